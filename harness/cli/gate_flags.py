"""What decides a command's exit code: the flags for it, read before anything is sent."""

from __future__ import annotations

import argparse

from harness.gate import Gate, at_least, at_most, load_baseline, load_requirements, load_waivers

#: The arguments that decide, as a run that is resumed remembers them; and those of them that are files.
SETTINGS = ("fail_on", "max_divergences", "min_tested", "waivers", "baseline", "require")
FILES = ("waivers", "baseline", "require")


def gate(args: argparse.Namespace) -> Gate:
    """What the arguments ask for. Raises GateError or UnknownName for a file or a limit that cannot be used."""
    return Gate(
        fail_on=args.fail_on or "must",
        most=dict(map(at_most, args.max_divergences or ())),
        least=dict(map(at_least, args.min_tested or ())),
        waivers=load_waivers(args.waivers) if args.waivers else (),
        required=load_requirements(args.require) if args.require else (),
        baseline=load_baseline(args.baseline) if args.baseline else None,
        where=str(args.baseline or ""),
    )
