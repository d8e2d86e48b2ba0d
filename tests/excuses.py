"""Reports in which divergences are waived or known, and a gate says what it made of them."""

from __future__ import annotations

from typing import Any

from reports import claim, diverging, entry_of, interaction, reported, saying

from harness.verdict import Outcome, Verdict

WAIVED = {
    "reason": "they call it a feature",
    "link": "https://example.com/tickets/7",
    "owner": "video team",
    "expires": "2026-12-31",
    "where": ".github/waivers.yaml:2",
}
KNOWN = {"since": "2026-05-01", "where": "baseline.json"}
DELETE = "- claim: acme.createVideo.e"


def remark(matter: str, *, fails: bool, **more: Any) -> dict[str, Any]:
    said = {"matter": matter, "fails": fails, "text": "it is no longer true", "where": ".github/waivers.yaml:9"}
    return {**said, "lines": [], **more}


def excused(*more: Verdict) -> dict[str, Any]:
    """Two divergences, one waived and one known, and a gate that fails for something else."""
    entry = entry_of(
        [
            diverging(interaction(), claim("acme.createVideo.a")),
            diverging(interaction(), claim("acme.createVideo.b")),
            Verdict(claim=claim("acme.createVideo.c"), outcome=Outcome.PASS, witnesses=3),
            *more,
        ]
    )
    entry["verdicts"][0]["waived"] = WAIVED
    entry["verdicts"][1]["known"] = KNOWN
    entry["excused"] = {"waived": 1, "known": 1}
    said = [remark("waiver-unreached", fails=False), remark("waiver-untrue", fails=True, lines=[DELETE])]
    return reported(entry) | {"gate": {"passed": False, "remarks": said}}


def saying_everywhere(words: str) -> dict[str, Any]:
    """A stored report in which also what excuses, and what the gate said, is ``words``."""
    made = saying(words)
    entry = made["providers"][0]
    failed = next(each for each in entry["verdicts"] if each["outcome"] == "fail")
    waived = {**failed, "claim": words, "waived": dict.fromkeys(WAIVED, words)}
    known = {**failed, "claim": "b", "known": dict.fromkeys(KNOWN, words)}
    entry["verdicts"] += [waived, known]
    entry["counts"]["fail"] += 2
    entry["excused"] = {"waived": 1, "known": 1}
    said = [remark("waiver-untrue", fails=True, text=words, where=words, lines=[words, words])] * 40
    return made | {"gate": {"passed": False, "remarks": [*said, remark("baseline-gone", fails=False, text=words)]}}
