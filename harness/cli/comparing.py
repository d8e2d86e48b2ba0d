"""The commands that compare: diff."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.compare import FORMATS, Turn, differences
from harness.errors import NothingToJudge
from harness.report import load

#: What makes exit code 1, by --fail-on.
FAIL_ON = {
    "new": {Turn.NEW, Turn.TROUBLE},
    "untested": {Turn.NEW, Turn.TROUBLE, Turn.LOST},
}


def diff(said: argparse.Namespace) -> int:
    """What turned between two reports. Simulated evidence decides only where no real evidence is compared."""
    found = differences(load(said.old), load(said.new))
    if not found.comparable:
        raise NothingToJudge(
            "nothing to compare: the reports have no provider with the same provenance in common",
            where=f"{said.old}, {said.new}",
            hint="Compare live with live, published with published, simulated with simulated.",
        )
    print(FORMATS[said.format](found), end="")
    return int(any(change.turn in FAIL_ON[said.fail_on] for change in found.decisive))


def arguments(command: argparse.ArgumentParser) -> None:
    """What ``harness diff`` takes."""
    command.add_argument("old", metavar="OLD", type=Path, help="the older report.json")
    command.add_argument("new", metavar="NEW", type=Path, help="the newer report.json")
    command.add_argument("--format", choices=tuple(FORMATS), default="text", help="default: %(default)s")
    command.add_argument(
        "--fail-on",
        choices=tuple(FAIL_ON),
        default="new",
        help="exit code 1 on new divergences and errors; 'untested': also on what is no longer tested "
        "(default: %(default)s)",
    )
    command.epilog = (
        "exit codes: 0 nothing new, 1 as --fail-on says, 2 a file that is no report, 5 nothing in common to compare. "
        "Simulated evidence decides only where no real evidence is compared."
    )
    command.set_defaults(run=diff)
