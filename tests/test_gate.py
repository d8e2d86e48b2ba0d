"""What decides about a run: waivers, a baseline, required claims and limits, each both ways."""

from __future__ import annotations

import copy
import datetime
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from harness.claim import Level
from harness.compare import differences
from harness.errors import GateError, HarnessError, UnknownName
from harness.gate import (
    Gate,
    Known,
    Matter,
    Required,
    Waiver,
    at_least,
    at_most,
    closing,
    decide,
    dump,
    load_baseline,
    load_requirements,
    load_waivers,
    pruned,
    updated,
    waive,
)
from harness.verdict import Direction, Outcome

TODAY = datetime.date(2026, 11, 21)
FORBIDDEN, REFUSED = "accepts-forbidden", "refuses-permitted"
FOUND = "lantern.createClip.duration.enum"


def verdict(outcome: str, *directions: str, claim: str = FOUND, level: str = "MUST") -> dict[str, Any]:
    assert bool(directions) == (outcome == "fail")
    divergences = [
        {"direction": each, "summary": "s", "expected": "e", "observed": "o", "provenance": "live"}
        | {"interaction": None, "request": None, "response": None, "curl": None}
        for each in directions
    ]
    return {
        "claim": claim,
        "operation": "createClip",
        "pointer": "/duration",
        "kind": "shape",
        "level": level,
        "model": None,
        "statement": "s",
        "source": {"document": "d", "revision": "r", "quote": "q"},
        "outcome": outcome,
        "reason": None if outcome in ("pass", "fail") else "no credit",
        "divergences": divergences,
    }


def entry(*verdicts: Mapping[str, Any], provenance: str = "live", provider: str = "lantern") -> dict[str, Any]:
    counts = {each.value: sum(v["outcome"] == each for v in verdicts) for each in Outcome}
    return {
        "provider": provider,
        "source": {"mode": "recorded", "provenance": provenance, "base_url": None, "recorded": None},
        "counts": counts,
        "requests": {"total": 1, "submitted": 0, "accepted": 0, "cost_usd": 0.0},
        "verdicts": list(verdicts),
    }


def report(*entries: Mapping[str, Any], day: str = "2026-11-21") -> dict[str, Any]:
    made = {"report_version": 1, "harness_version": "0", "generated_at": f"{day}T00:00:00+00:00"}
    return made | {"providers": list(entries)}


def waiver(claim: str = FOUND, **more: Any) -> Waiver:
    said = {"reason": "ticket 7", "link": "https://example.com/7", "owner": "video team"}
    return Waiver(claim=claim, **{**said, "expires": TODAY, "where": "w.yaml:1", "lines": ("- x",), **more})


def code(*entries: Mapping[str, Any], demonstrations: bool = False, **gate: Any) -> int:
    return decide(entries, Gate(**gate), today=TODAY, demonstrations=demonstrations).code


def matters(*entries: Mapping[str, Any], **gate: Any) -> list[Matter]:
    return [remark.matter for remark in decide(entries, Gate(**gate), today=TODAY).remarks]


# Waivers


def test_a_divergence_that_is_waived_does_not_fail_the_run_and_stays_a_failure() -> None:
    assert code(entry(verdict("fail", FORBIDDEN))) == 1
    decision = decide([entry(verdict("fail", FORBIDDEN))], Gate(waivers=[waiver()]), today=TODAY)
    assert (decision.code, list(decision.remarks)) == (0, [])
    (told,) = decision.entries[0]["verdicts"]
    assert told["outcome"] == "fail" and told["divergences"]
    assert told["waived"] == {
        "reason": "ticket 7",
        "link": "https://example.com/7",
        "owner": "video team",
        "expires": "2026-11-21",
        "where": "w.yaml:1",
    }


def test_a_waiver_of_a_claim_that_passes_fails_the_run_and_names_the_lines_to_delete() -> None:
    decision = decide([entry(verdict("pass"))], Gate(waivers=[waiver()]), today=TODAY)
    assert decision.code == 1
    (remark,) = decision.remarks
    assert remark.matter is Matter.WAIVER_UNTRUE and FOUND in remark.text
    assert str(remark).splitlines()[1] == "    - x" and str(remark).startswith("w.yaml:1: ")


def test_a_waiver_holds_to_the_end_of_its_last_day() -> None:
    found = entry(verdict("fail", FORBIDDEN))
    assert code(found, waivers=[waiver(expires=TODAY)]) == 0
    late = waiver(expires=TODAY - datetime.timedelta(days=1))
    assert code(found, waivers=[late]) == 1
    assert matters(found, waivers=[late]) == [Matter.WAIVER_EXPIRED]
    assert "waived" not in decide([found], Gate(waivers=[late]), today=TODAY).entries[0]["verdicts"][0]


def test_an_expired_waiver_fails_a_run_that_does_not_reach_its_claim() -> None:
    assert code(entry(provider="other"), waivers=[waiver(expires=datetime.date(2020, 1, 1))]) == 1


@pytest.mark.parametrize("outcome", ["untested", "inconclusive", "error", "not-applicable"])
def test_what_could_not_be_told_is_not_waived_and_refutes_no_waiver(outcome: str) -> None:
    decision = decide([entry(verdict(outcome))], Gate(waivers=[waiver()]), today=TODAY)
    assert "waived" not in decision.entries[0]["verdicts"][0]
    (remark,) = decision.remarks
    assert remark.matter is Matter.WAIVER_UNREACHED and not remark.fails and outcome in remark.text
    assert decision.code == (3 if outcome == "error" else 0)


def test_a_waiver_of_a_claim_that_does_not_exist_is_answered_with_the_nearest() -> None:
    decision = decide([entry(verdict("pass"))], Gate(waivers=[waiver(f"{FOUND}s")]), today=TODAY)
    (remark,) = decision.remarks
    assert (decision.code, remark.matter) == (1, Matter.WAIVER_UNKNOWN)
    assert f"{FOUND}'" in remark.text
    assert matters(entry(verdict("pass")), waivers=[waiver("lantern.nothing.*")]) == [Matter.WAIVER_UNKNOWN]


def test_a_waiver_for_a_provider_that_is_not_in_the_run_is_left_alone() -> None:
    assert matters(entry(provider="other"), waivers=[waiver()]) == [Matter.WAIVER_UNREACHED]


def test_a_glob_holds_as_long_as_one_of_its_claims_diverges() -> None:
    glob = waiver("lantern.createClip.*.enum")
    found = entry(verdict("fail", FORBIDDEN), verdict("pass", claim="lantern.createClip.ratio.enum"))
    decision = decide([found], Gate(waivers=[glob]), today=TODAY)
    assert decision.code == 0
    (remark,) = decision.remarks
    assert remark.matter is Matter.WAIVER_PARTLY and "lantern.createClip.ratio.enum" in remark.text
    passing = entry(verdict("pass"), verdict("pass", claim="lantern.createClip.ratio.enum"))
    assert matters(passing, waivers=[glob]) == [Matter.WAIVER_UNTRUE]
    half = entry(verdict("untested"), verdict("pass", claim="lantern.createClip.ratio.enum"))
    assert matters(half, waivers=[glob]) == [Matter.WAIVER_UNREACHED]


def test_brackets_in_a_glob_are_those_of_claim_ids() -> None:
    assert waiver("lantern.a.frames[].kind.enum@*").covers("lantern.a.frames[].kind.enum@some/model-1.0")
    assert not waiver("lantern.a.frames[].kind.enum@*").covers("lantern.a.framesx.kind.enum@m")
    assert not waiver("lantern.a.b").covers("lantern.a.bc")


def test_a_waiver_that_names_the_claim_goes_before_a_glob() -> None:
    both = [waiver("lantern.*", reason="all"), waiver(reason="this one")]
    (told,), _ = waive([entry(verdict("fail", FORBIDDEN))], both, today=TODAY)
    assert told["verdicts"][0]["waived"]["reason"] == "this one"


def test_a_waiver_of_one_direction_does_not_waive_another() -> None:
    narrow = waiver(direction=FORBIDDEN)
    assert code(entry(verdict("fail", FORBIDDEN)), waivers=[narrow]) == 0
    assert code(entry(verdict("fail", FORBIDDEN, REFUSED)), waivers=[narrow]) == 1
    assert matters(entry(verdict("fail", FORBIDDEN, REFUSED)), waivers=[narrow]) == [Matter.WAIVER_PARTLY]
    assert matters(entry(verdict("fail", REFUSED)), waivers=[narrow]) == [Matter.WAIVER_UNTRUE]


def test_a_direction_that_is_not_spelled_out_is_not_waived_unseen() -> None:
    cut = verdict("fail", FORBIDDEN) | {"directions": [FORBIDDEN, REFUSED]}
    assert code(entry(cut), waivers=[waiver(direction=FORBIDDEN)]) == 1


def test_a_waiver_of_one_provenance_says_nothing_of_another() -> None:
    both = [entry(verdict("fail", FORBIDDEN)), entry(verdict("pass"), provenance="published")]
    assert code(*both, waivers=[waiver(provenance="live")]) == 0
    assert code(*both, waivers=[waiver()]) == 0
    assert code(*both, waivers=[waiver(provenance="published")]) == 1
    assert matters(both[0], waivers=[waiver(provenance="published")]) == [Matter.WAIVER_UNREACHED]
    elsewhere = entry(verdict("pass", claim="lantern.x.y"), provenance="published")
    assert code(both[0], elsewhere, waivers=[waiver("lantern.*", provenance="live")]) == 0


def test_a_demonstration_neither_needs_a_waiver_nor_refutes_one() -> None:
    played = entry(verdict("fail", FORBIDDEN), provenance="simulated")
    assert code(played, entry(verdict("pass")), demonstrations=True) == 0
    shown = decide([entry(verdict("untested")), played], Gate(waivers=[waiver()]), today=TODAY, demonstrations=True)
    assert "waived" not in shown.entries[1]["verdicts"][0]
    assert [remark.matter for remark in shown.remarks] == [Matter.WAIVER_UNREACHED]
    assert code(played, waivers=[waiver()]) == 0, "alone, the simulator is what is tested"


def test_the_last_line_says_what_counts_and_what_does_not() -> None:
    def said(*entries: Mapping[str, Any], demonstrations: bool = False, **gate: Any) -> str:
        decides = Gate(**gate)
        made = decide(entries, decides, today=TODAY, demonstrations=demonstrations)
        return closing(made.entries, made.code, decides.allowed, demonstrations=demonstrations)

    wrong = verdict("fail", FORBIDDEN)
    minor = verdict("fail", FORBIDDEN, claim="lantern.createClip.tag.enum", level="SHOULD")
    assert said(entry(verdict("pass"))) == "Passes (exit code 0)."
    assert said(entry(wrong, minor)) == f"Fails (exit code 1): 1 MUST ({FOUND}). Not counted: 1 SHOULD."
    assert said(entry(wrong, minor), fail_on="never") == "Passes (exit code 0). Not counted: 1 MUST, 1 SHOULD."
    assert said(entry(wrong), waivers=[waiver()]) == "Passes (exit code 0). Not counted: 1 excused."
    shown = said(entry(wrong, provenance="simulated"), demonstrations=True)
    assert shown == "Passes (exit code 0). Not counted: 1 simulated."
    assert said(entry(verdict("error"))).startswith("Fails (exit code 3): a fault of the harness")


def test_a_fault_of_the_harness_goes_before_everything() -> None:
    assert code(entry(verdict("error"), verdict("fail", FORBIDDEN, claim="lantern.x.y")), waivers=[waiver()]) == 3
    assert code(entry(verdict("error")), fail_on="never") == 0


# The file of waivers

ROW = {"link": "https://example.com/7", "owner": "video team", "expires": "2026-12-31"}
GOOD = f"""\
# Known to the vendor.
- claim: {FOUND}
  reason: >
    They say that
    it is meant.
  link: https://example.com/7
  owner: video team
  expires: 2026-12-31

# The other one.
- {{claim: lantern.createClip.*, reason: r, link: "http://x.y/z", owner: o, expires: "2027-01-01"}}
"""


def written(tmp_path: Path, text: str, name: str = "w.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_waiver_knows_the_lines_that_deleting_it_deletes(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    first, second = load_waivers(path, ["lantern"])
    assert first.where == f"{path}:2" and first.expires == datetime.date(2026, 12, 31)
    assert "\n".join(first.lines) == "\n".join(GOOD.splitlines()[1:8])
    assert second.where == f"{path}:11" and second.lines == (GOOD.splitlines()[10],)


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([None, '"', "'", "|", ">"]),
    st.integers(20, 200),
    st.data(),
)
def test_deleting_the_lines_of_a_waiver_deletes_it_and_nothing_else(
    reasons: list[str], style: str | None, width: int, data: st.DataObject
) -> None:
    rows = [{**ROW, "claim": f"lantern.a.b{place}", "reason": f"x {reason}"} for place, reason in enumerate(reasons)]
    items = [
        yaml.safe_dump([row], default_style=style, width=width, sort_keys=False, allow_unicode=True) for row in rows
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), "".join(f"# About {place}.\n{item}\n" for place, item in enumerate(items)))
        found = load_waivers(path, ["lantern"])
        gone = data.draw(st.sampled_from(found))
        kept = path.read_text(encoding="utf-8").split("\n")
        first = int(gone.where.rpartition(":")[2]) - 1
        assert tuple(kept[first : first + len(gone.lines)]) == gone.lines
        del kept[first : first + len(gone.lines)]
        path.write_text("\n".join(kept), encoding="utf-8")
        left = [each for each in found if each is not gone]
        assert [(each.claim, each.reason) for each in load_waivers(path, ["lantern"])] == [
            (each.claim, each.reason) for each in left
        ]


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "- claim: lantern.x\n  reson: late\n  owner: we\n  expires: 20270101\n- lantern.y\n")
    with pytest.raises(GateError) as refused:
        load_waivers(path)
    assert str(refused.value).replace(str(path), "w.yaml").splitlines() == [
        "w.yaml:2: entry 1: unknown key 'reson'",
        "  Did you mean 'reason'?",
        "  w.yaml:1: entry 1: 'link' is a required property",
        "  w.yaml:4: entry 1: expires: 20270101 is not of type 'string' "
        "(The last day on which it holds: YYYY-MM-DD, in UTC)",
        "  w.yaml:5: entry 2: 'lantern.y' is not of type 'object'",
    ]
    with pytest.raises(GateError, match="a list is needed\n  Begin each entry with '- claim:'"):
        load_waivers(written(tmp_path, "claim: lantern.x\n"))
    with pytest.raises(GateError, match="… and 6 more"):
        load_waivers(written(tmp_path, "- x\n" * 12))


@pytest.mark.parametrize("text", ["", "# none any more\n\n", "[]\n"])
def test_a_file_from_which_every_waiver_was_deleted_is_no_fault(text: str, tmp_path: Path) -> None:
    assert load_waivers(written(tmp_path, text)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  owner: video", "  onwer: video", ["w.yaml:7", "'onwer'", "'owner'"]),
        ("  owner: video team\n", "", ["w.yaml:2", "'owner' is a required property"]),
        ("2026-12-31", "2026-02-30", ["w.yaml:8", "'2026-02-30'", "YYYY-MM-DD"]),
        ("2026-12-31", "soon", ["w.yaml:8", "soon", "YYYY-MM-DD"]),
        (FOUND, '"*.enum"', ["w.yaml:2", "'*.enum'", "of one provider"]),
        (FOUND, "lantren.createClip.x", ["w.yaml:2", "'lantren'", "'lantern'"]),
        ("owner: video team", "direction: accept-forbidden\n  owner: v", ["w.yaml:7", "'accepts-forbidden'"]),
        ("link: https://example.com/7", "link: ticket 7", ["w.yaml:6", "ticket 7"]),
        ("- {claim: lantern.createClip.*", f"- {{claim: {FOUND}", ["w.yaml:11", "second time", "w.yaml:2"]),
        ("- {claim", "- {claim: [", ["w.yaml:11", "not YAML"]),
    ],
)
def test_a_malformed_waiver_is_answered_with_file_line_and_remedy(
    old: str, new: str, said: list[str], tmp_path: Path
) -> None:
    with pytest.raises((GateError, UnknownName)) as refused:
        load_waivers(written(tmp_path, GOOD.replace(old, new, 1)), ["lantern"])
    assert refused.value.exit_code == 2
    assert all(each in str(refused.value) for each in said), str(refused.value)


# The baseline


def test_what_is_known_does_not_fail_the_run_and_what_is_new_does() -> None:
    known = updated((), [report(entry(verdict("fail", FORBIDDEN)))])
    assert known == (Known(FOUND, "live", FORBIDDEN, "2026-11-21"),)
    decision = decide([entry(verdict("fail", FORBIDDEN))], Gate(baseline=known, where="b.json"), today=TODAY)
    assert decision.code == 0 and not decision.remarks
    assert decision.entries[0]["verdicts"][0]["known"] == {"since": "2026-11-21", "where": "b.json"}
    assert code(entry(verdict("fail", FORBIDDEN, claim="lantern.x.y")), baseline=known) == 1
    assert code(entry(verdict("fail", REFUSED)), baseline=known) == 1, "another direction is new"
    assert code(entry(verdict("fail", FORBIDDEN, REFUSED)), baseline=known) == 1
    assert code(entry(verdict("fail", FORBIDDEN), provenance="published"), baseline=known) == 1


@pytest.mark.parametrize("outcome", ["pass", "untested", "inconclusive", "error", "not-applicable"])
def test_only_divergences_are_taken_into_a_baseline(outcome: str) -> None:
    assert updated((), [report(entry(verdict(outcome)))]) == ()


def test_a_waived_divergence_stays_with_its_waiver() -> None:
    waived = decide([entry(verdict("fail", FORBIDDEN))], Gate(waivers=[waiver()]), today=TODAY).entries
    assert updated((), [report(*waived)]) == ()
    known = updated((), [report(entry(verdict("fail", FORBIDDEN)))])
    both = decide([entry(verdict("fail", FORBIDDEN))], Gate(waivers=[waiver()], baseline=known), today=TODAY)
    assert "known" not in both.entries[0]["verdicts"][0] and not both.remarks


def test_the_simulator_beside_real_evidence_is_not_taken_into_a_baseline() -> None:
    played = entry(verdict("fail", FORBIDDEN), provenance="simulated")
    assert updated((), [report(entry(verdict("pass")), played)]) == ()
    assert updated((), [report(played)]) == (Known(FOUND, "simulated", FORBIDDEN, "2026-11-21"),)


def test_updating_keeps_since_when_something_is_known() -> None:
    known = updated((), [report(entry(verdict("fail", FORBIDDEN)), day="2026-01-01")])
    again = updated(known, [report(entry(verdict("fail", FORBIDDEN, REFUSED)))])
    assert [each.since for each in again] == ["2026-01-01", "2026-11-21"]


@pytest.mark.parametrize(
    ("seen", "left"),
    [
        (entry(verdict("pass")), 0),
        (entry(verdict("fail", REFUSED)), 0),
        (entry(), 0),
        (entry(verdict("fail", FORBIDDEN)), 1),
        (entry(verdict("untested")), 1),
        (entry(verdict("inconclusive")), 1),
        (entry(verdict("error")), 1),
        (entry(verdict("pass"), provenance="published"), 1),
        (entry(provider="other"), 1),
    ],
)
def test_only_what_was_seen_to_be_gone_is_pruned(seen: dict[str, Any], left: int) -> None:
    known = (Known(FOUND, "live", FORBIDDEN, "2026-01-01"),)
    assert len(pruned(known, [report(seen)])) == left
    told = matters(seen, baseline=known)
    assert (Matter.BASELINE_GONE in told) == (not left)


def test_that_something_known_is_gone_is_said_and_fails_nothing() -> None:
    known = (Known(FOUND, "live", FORBIDDEN, "2026-01-01"),)
    decision = decide([entry(verdict("pass"))], Gate(baseline=known, where="b.json"), today=TODAY)
    assert decision.code == 0
    assert "harness baseline prune REPORT.json --baseline b.json" in decision.remarks[0].text


def test_a_baseline_that_was_merged_badly_names_the_line(tmp_path: Path) -> None:
    known = Known(FOUND, "live", FORBIDDEN, "2026-01-01")
    with pytest.raises(GateError, match=r"b\.json:5: .* appears twice"):
        load_baseline(written(tmp_path, dump([known, known]), "b.json"))
    with pytest.raises(GateError, match="harness baseline update"):
        load_baseline(tmp_path / "none.json")


KNOWN = st.builds(
    Known,
    claim=st.from_regex(r"[a-z]{1,4}\.[a-z.@/\[\]-]{1,8}", fullmatch=True),
    provenance=st.sampled_from(["live", "published", "simulated"]),
    direction=st.sampled_from([each.value for each in Direction]),
    since=st.dates().map(str),
)


@given(st.sets(KNOWN))
def test_a_baseline_reads_back_as_it_was_written(known: set[Known]) -> None:
    text = dump(known)
    said = json.loads(text)
    Draft202012Validator(json.loads((ROOT / "schemas" / "baseline.json").read_text())).validate(said)
    again = tuple(Known(**each) for each in said["divergences"])
    assert [repr(each) for each in again] == [repr(each) for each in sorted(known)]
    assert dump(reversed(again)) == text


# Required claims


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ([entry(verdict("fail", FORBIDDEN))], "diverges"),
        ([entry(verdict("untested"))], "is untested: no credit"),
        ([entry(verdict("inconclusive"))], "is inconclusive"),
        ([entry(verdict("not-applicable"))], "is not-applicable"),
        ([entry(verdict("pass")), entry(verdict("fail", FORBIDDEN), provenance="published")], "diverges"),
        ([entry(verdict("pass", claim=f"{FOUND}s"))], f"did you mean '{FOUND}s'?"),
        ([entry(provider="other")], "lantern is not in this run"),
    ],
)
def test_what_is_required_and_does_not_pass_fails_the_run(seen: list[dict[str, Any]], why: str) -> None:
    decision = decide(seen, Gate(fail_on="never", required=[Required(FOUND, "r.yaml:1")]), today=TODAY)
    assert decision.code == 1
    (remark,) = decision.remarks
    assert remark.matter is Matter.REQUIRED and why in remark.text and remark.where == "r.yaml:1"


def test_what_is_required_and_passes_anywhere_is_met() -> None:
    required = [Required(FOUND)]
    assert code(entry(verdict("pass")), required=required) == 0
    assert code(entry(verdict("pass")), entry(verdict("untested"), provenance="published"), required=required) == 0


def test_a_waiver_or_a_baseline_makes_no_required_claim_pass() -> None:
    found, required = entry(verdict("fail", FORBIDDEN)), [Required(FOUND)]
    assert code(found, required=required, waivers=[waiver()]) == 1
    assert code(found, required=required, baseline=updated((), [report(found)])) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"- {FOUND}\n- {FOUND}\n", "r.yaml:2: .* appears twice"),
        ("- lantern.createClip.*\n", "r.yaml:1"),
        ("- lantren.x.y\n", "(?s)r.yaml:1: unknown provider 'lantren'.*'lantern'"),
        ("claims: []\n", "a list is needed"),
        ("[]\n", "r.yaml:1"),
    ],
)
def test_a_malformed_list_of_required_claims_names_the_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=said):
        load_requirements(written(tmp_path, text, "r.yaml"), ["lantern"])


def test_required_claims_stand_one_to_a_line(tmp_path: Path) -> None:
    path = written(tmp_path, f"# frozen\n- {FOUND}\n- lantern.getClip.status.enum\n", "r.yaml")
    assert [each.claim for each in load_requirements(path, ["lantern"])] == [FOUND, "lantern.getClip.status.enum"]


# Limits


@pytest.mark.parametrize(
    ("fail_on", "level", "expected"),
    [("must", "MUST", 1), ("must", "SHOULD", 0), ("should", "SHOULD", 1), ("should", "MAY", 0), ("never", "MUST", 0)],
)
def test_fail_on_names_the_levels_that_may_not_diverge(fail_on: str, level: str, expected: int) -> None:
    assert code(entry(verdict("fail", FORBIDDEN, level=level)), fail_on=fail_on) == expected


def test_a_level_may_have_a_number_of_divergences_of_each_provider() -> None:
    two = [verdict("fail", FORBIDDEN, claim=f"lantern.x.{n}", level="SHOULD") for n in (1, 2)]
    assert code(entry(*two), most={Level.SHOULD: 2}) == 0
    assert matters(entry(*two), most={Level.SHOULD: 1}) == [Matter.TOO_MANY]
    assert code(entry(*two), most={Level.SHOULD: 1}, waivers=[waiver("lantern.x.1")]) == 0, "what is waived is not new"
    assert code(entry(*two), entry(*two, provider="other"), most={Level.SHOULD: 2}) == 0
    assert code(entry(verdict("fail", FORBIDDEN)), most={Level.MUST: 1}) == 0, "it goes before --fail-on"


def test_a_share_of_a_level_must_have_been_tested() -> None:
    found = [verdict("pass", claim="lantern.x.1"), verdict("inconclusive", claim="lantern.x.2")]
    never = verdict("not-applicable", claim="lantern.x.3")
    assert code(entry(*found, never), least={Level.MUST: 50.0}) == 0
    assert matters(entry(*found, never), least={Level.MUST: 50.1}) == [Matter.TOO_FEW]
    assert code(entry(*found, never), least={Level.SHOULD: 100.0}) == 0
    published = entry(verdict("pass", claim="lantern.x.2"), provenance="published")
    assert code(entry(*found, never), published, least={Level.MUST: 100.0}) == 0, "by any real evidence"


def test_limits_are_said_in_words_of_the_levels() -> None:
    assert at_most("should=3") == (Level.SHOULD, 3)
    assert at_least("MUST=90%") == (Level.MUST, 90.0)
    for text, said in (("shoud=3", "'should'"), ("must", "must=90%"), ("must=90", "0% to 100%"), ("must=x%", "x%")):
        with pytest.raises(GateError, match=said):
            at_least(text)
    for text in ("should=-1", "should=1.5", "should=", "should=²"):
        with pytest.raises(GateError, match="should=3"):
            at_most(text)


# Whatever the entries


CLAIMS = [FOUND, "lantern.createClip.ratio.enum", "lantern.getClip.status.enum@m/1", "other.a.b"]
VERDICTS = st.builds(
    lambda outcome, claim, level, ways: verdict(
        outcome, *(sorted(ways) if outcome == "fail" else ()), claim=claim, level=level
    ),
    st.sampled_from([each.value for each in Outcome]),
    st.sampled_from(CLAIMS),
    st.sampled_from([each.value for each in Level]),
    st.sets(st.sampled_from([each.value for each in Direction]), min_size=1, max_size=3),
)
ENTRIES = st.lists(
    st.builds(
        lambda verdicts, provenance, provider: entry(*verdicts, provenance=provenance, provider=provider),
        st.lists(VERDICTS, max_size=5),
        st.sampled_from(["live", "published", "simulated"]),
        st.sampled_from(["lantern", "other"]),
    ),
    max_size=4,
)
WAIVERS = st.lists(
    st.builds(
        waiver,
        st.sampled_from([*CLAIMS, "lantern.*", "lantern.*.enum", "lantern.nothing"]),
        expires=st.sampled_from([TODAY, TODAY - datetime.timedelta(days=1)]),
        provenance=st.sampled_from([None, "live", "simulated"]),
        direction=st.sampled_from([None, FORBIDDEN]),
    ),
    max_size=4,
)


@given(ENTRIES, WAIVERS, st.booleans())
def test_deciding_never_raises_and_hides_nothing(
    entries: list[dict[str, Any]], waivers: list[Waiver], demonstrations: bool
) -> None:
    before = copy.deepcopy(entries)
    gate = Gate(waivers=waivers, baseline=updated((), [report(*entries[:1])]), required=[Required(FOUND)])
    made = decide(entries, gate, today=TODAY, demonstrations=demonstrations)
    assert entries == before, "nothing given is changed"
    assert made == decide(entries, gate, today=TODAY, demonstrations=demonstrations)
    for old, new in zip(entries, made.entries, strict=True):
        for was, now in zip(old["verdicts"], new["verdicts"], strict=True):
            marks = now.keys() - was.keys()
            assert {key: now[key] for key in was} == was and len(marks) <= 1
            assert not marks or was["outcome"] == "fail"
    whole = report(*made.entries) | {"gate": made.as_json()}
    Draft202012Validator(json.loads((ROOT / "schemas" / "report.json").read_text())).validate(whole)
    assert not differences(report(*entries), whole).changes, "to compare reports, nothing has turned"
