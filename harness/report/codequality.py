"""GitLab's code quality report: what a merge request shows as new or mended, one entry per divergence that counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from harness.json_text import Json
from harness.report import excused, order, words
from harness.report.place import spec, within
from harness.report.safe import plain
from harness.report.sarif import fingerprint

#: Of one description, which GitLab shows in one line.
SHOWN = 400

_SEVERITIES = {"MUST": "critical", "SHOULD": "minor", "MAY": "info"}


def render(report: Json) -> str:
    """A list of findings, all ASCII; what the simulator did is information, never a fault of a provider's."""
    return json.dumps(list(_findings(report)), indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def _findings(report: Json) -> Iterator[dict[str, Any]]:
    for number, remark in enumerate(each for each in excused.remarks(report) if each["fails"]):
        place = within(remark["where"]) or ("harness", 1)
        identity = fingerprint(f"{number} {remark['matter']} {remark['text']}", "gate")
        yield _finding(remark["matter"], "blocker", excused.told(remark), identity, place)
    for entry in report["providers"]:
        simulated, provenance = order.simulated(entry), entry["source"]["provenance"]
        for (level, direction), verdicts in order.worst_first(entry):
            for verdict in verdicts:
                said = words.direction(direction)
                told = f"{words.badge(entry, verdict).upper()}: {said}: {plain(order.summary(verdict), SHOWN)}"
                old = words.age(verdict)
                yield _finding(
                    verdict["claim"],
                    "info" if simulated else _SEVERITIES[level],
                    f"{told} ({old})" if old else told,
                    fingerprint(verdict["claim"], provenance),
                    spec(entry, verdict),
                )


def _finding(name: object, severity: str, told: str, identity: str, place: tuple[str, int]) -> dict[str, Any]:
    return {
        "check_name": plain(name, SHOWN),
        "description": plain(told, SHOWN),
        "severity": severity,
        "fingerprint": identity,
        "location": {"path": place[0], "lines": {"begin": place[1]}},
    }
