"""What decides a command's exit code: the flags for it, read before anything is sent."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.gate import FAIL_ON, Gate, at_least, at_most, load_baseline, load_requirements, load_waivers

#: The arguments that decide, as a run that is resumed remembers them; and those of them that are files.
SETTINGS = ("fail_on", "max_divergences", "min_tested", "waivers", "baseline", "require")
FILES = ("waivers", "baseline", "require")


def arguments(command: argparse.ArgumentParser, *, again: bool = False) -> None:
    """The flags. ``again``: of a run that remembers its own, so that what is not said stays as it was."""
    group = command.add_argument_group("what decides the exit code")
    group.add_argument(
        "--fail-on",
        choices=tuple(FAIL_ON),
        default=None if again else "must",
        help=f"levels whose divergences make exit code 1 (default: {'as it was begun' if again else 'must'})",
    )
    group.add_argument(
        "--waivers",
        type=Path,
        metavar="FILE",
        help="divergences that may stand for a reason and a time (schemas/waivers.json); one that matches nothing, has "
        "expired or is no longer true makes exit code 1",
    )
    group.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="divergences known before, which do not count (see: harness baseline)",
    )
    group.add_argument(
        "--require",
        type=Path,
        metavar="FILE",
        help="a requirement set: claim ids that must be tested and pass (schemas/requirements.json)",
    )
    group.add_argument(
        "--max-divergences",
        nargs="+",
        action="extend",
        metavar="LEVEL=N",
        help="at most N claims of a level may diverge, at each provider: should=3; goes before --fail-on",
    )
    group.add_argument(
        "--min-tested",
        nargs="+",
        action="extend",
        metavar="LEVEL=P%",
        help="at least this share of a level's claims must be tested, of each provider: must=90%%",
    )


def gate(said: argparse.Namespace) -> Gate:
    """What the arguments ask for. Raises GateError or UnknownName for a file or a limit that cannot be used."""
    return Gate(
        fail_on=said.fail_on or "must",
        most=dict(map(at_most, said.max_divergences or ())),
        least=dict(map(at_least, said.min_tested or ())),
        waivers=load_waivers(said.waivers) if said.waivers else (),
        required=load_requirements(said.require) if said.require else (),
        baseline=load_baseline(said.baseline) if said.baseline else None,
        where=str(said.baseline or ""),
    )
