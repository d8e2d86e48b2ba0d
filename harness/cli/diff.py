"""The commands that compare: diff."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli import diff_revisions
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


def diff(args: argparse.Namespace) -> int:
    """What turned between two reports, or shifted between two revisions."""
    old = diff_revisions.given(args.old)
    new = diff_revisions.given(args.new) if args.new is not None else None
    if diff_revisions.alike(old, new) is not diff_revisions.What.REPORT:
        found = diff_revisions.timeline(old, new, provider=args.provider, cassettes=args.cassettes)
        print(REVISION_FORMATS[args.format](found), end="")
        return int(_matters(found, args.fail_on or _REVISIONS[0]))
    assert new is not None
    if args.fail_on in _REVISIONS:
        raise ConfigurationError(
            f"--fail-on {args.fail_on} is for revisions of documents", hint=f"Of reports: {', '.join(FAIL_ON)}."
        )
    return _reports(old.path, new.path, args)


def _reports(old: Path, new: Path, args: argparse.Namespace) -> int:
    found = differences(load(old), load(new))
    if not found.comparable:
        raise NothingToJudge(
            "nothing to compare: the reports have no provider with the same provenance in common",
            where=f"{old}, {new}",
            hint="Compare live with live, published with published, simulated with simulated.",
        )
    print(FORMATS[args.format](found), end="")
    return int(_turned(found, args.fail_on or "new"))


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
