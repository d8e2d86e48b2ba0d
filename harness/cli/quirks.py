"""harness quirks: the misbehaviours a simulator can play, and the proof that each is caught."""

from __future__ import annotations

import argparse

from harness.contract import load, providers
from harness.simulator import Quirk, known


def quirks(args: argparse.Namespace) -> int:
    """The quirks, or the kill matrix."""
    from harness.run.proof import matrix

    missed = 0
    for name in args.provider or providers():
        load(name)
        if not args.prove:
            for quirk in known(name).values():
                print(f"{name}\t{quirk.name}\t{quirk.summary}{_reported(quirk)}")
            continue
        caught = total = 0
        for row in matrix(name):
            total += 1
            caught += row.caught
            shown = ", ".join(claim.removeprefix(f"{name}.") for claim in row.killed_by[:4])
            more = f" (+{len(row.killed_by) - 4})" if len(row.killed_by) > 4 else ""
            print(f"{'caught' if row.caught else 'MISSED'}\t{name}\t{row.quirk.name}\t{shown}{more}")
            for glob in row.missed:
                print(f"\t\t\texpected and not failed: {glob}")
        print(f"{name}: {caught} of {total} quirks caught")
        missed += total - caught
    return 1 if missed else 0


def _reported(quirk: Quirk) -> str:
    return f"  [reported: {quirk.reported['link']}]" if quirk.reported else ""
