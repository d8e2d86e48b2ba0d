"""What decides a command's exit code: the flags for it, read before anything is sent."""

from __future__ import annotations

import argparse

from harness.gate import Gate, at_least, at_most, load_baseline, load_requirements, load_waivers

#: The arguments that decide, as a run that is resumed remembers them; and those of them that are files.
SETTINGS = ("fail_on", "max_divergences", "min_tested", "waivers", "baseline", "require")
FILES = ("waivers", "baseline", "require")


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
