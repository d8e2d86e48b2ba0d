"""harness lint: what the documentation contradicts itself in, and faults of our own specs."""

from __future__ import annotations

import argparse

from harness.claim import Kind
from harness.cli.talk import say
from harness.contract import load, providers
from harness.contract.lint import faults
from harness.simulator import known


def lint(args: argparse.Namespace) -> int:
    """Contradictions in the documentation, and faults of our own specs."""
    wrong = 0
    for name in args.provider or providers():
        contract = load(name)
        found = [claim for claim in contract.claims.values() if claim.kind is Kind.CONTRADICTION]
        say(
            f"{name}: {len(contract.claims)} claims, {len(contract.exclusions)} exclusions, {len(found)} contradictions"
        )
        for claim in found:
            say(f"  {claim.id}\n      {claim.statement}")
            for side in (claim.source, claim.parameters["against"]):
                say(f"      {side.document}: “{side.quote}”")
        for fault in faults(contract, known(name, contract.folder).values()):
            wrong += 1
            say(f"  FAULT {fault}")
    return 2 if wrong else 0
