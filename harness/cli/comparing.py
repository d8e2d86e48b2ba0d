"""The commands that compare: diff."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli import revising
from harness.compare import FORMATS, REVISION_FORMATS, Difference, Timeline, Turn, differences
from harness.errors import ConfigurationError, NothingToJudge
from harness.report import load

#: What turned verdicts make exit code 1, by --fail-on.
FAIL_ON = {
    "new": {Turn.NEW, Turn.TROUBLE},
    "untested": {Turn.NEW, Turn.TROUBLE, Turn.LOST},
}
#: What revisions can fail on besides, the default first.
_REVISIONS = ("breaking", "any")


def diff(said: argparse.Namespace) -> int:
    """What turned between two reports, or shifted between two revisions."""
    old = revising.given(said.old)
    new = revising.given(said.new) if said.new is not None else None
    if revising.alike(old, new) is not revising.What.REPORT:
        found = revising.timeline(old, new, provider=said.provider, cassettes=said.cassettes)
        print(REVISION_FORMATS[said.format](found), end="")
        return int(_matters(found, said.fail_on or _REVISIONS[0]))
    assert new is not None
    if said.fail_on in _REVISIONS:
        raise ConfigurationError(
            f"--fail-on {said.fail_on} is for revisions of documents", hint=f"Of reports: {', '.join(FAIL_ON)}."
        )
    return _reports(old.path, new.path, said)


def _reports(old: Path, new: Path, said: argparse.Namespace) -> int:
    found = differences(load(old), load(new))
    if not found.comparable:
        raise NothingToJudge(
            "nothing to compare: the reports have no provider with the same provenance in common",
            where=f"{old}, {new}",
            hint="Compare live with live, published with published, simulated with simulated.",
        )
    print(FORMATS[said.format](found), end="")
    return int(_turned(found, said.fail_on or "new"))


def _turned(found: Difference, fail_on: str) -> bool:
    return any(change.turn in FAIL_ON[fail_on] for change in found.decisive)


def _matters(found: Timeline, fail_on: str) -> bool:
    match fail_on, found.recordings:
        case "any", seen:
            return bool(found.revised) or bool(seen and seen.decisive)
        case "breaking", seen:
            return found.breaking or bool(seen and _turned(seen, "new"))
        case _, seen:
            return bool(seen and _turned(seen, fail_on))
