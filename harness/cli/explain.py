"""harness explain: one claim in full, or a list of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import NoReturn

from harness.claim import Claim, Kind, matches
from harness.cli.known import told_of
from harness.cli.talk import say
from harness.contract import Contract, load, load_all, providers
from harness.contract.protocol import practice
from harness.errors import UnknownName, nearest
from harness.simulator import known as quirks_of


def explain(args: argparse.Namespace) -> int:
    """One claim in full, or a list."""
    if args.name in providers():
        contract = load(args.name)
        _listed(contract.claims.values(), reported=args.reported)
        if not args.reported and (number := sum(bool(claim.reported) for claim in contract.claims.values())):
            see = f"harness explain {contract.provider} --reported"
            print(f"note: others reported in public on {number} of these claims: {see}", file=sys.stderr)
        return 0
    contracts = {each.provider: each for each in load_all()}
    claims = {
        claim.id: (contract, claim)
        for contract in contracts.values()
        for claim in (*contract.claims.values(), *practice(contract).values())
    }
    if args.name in claims:
        _explained(*claims[args.name])
        return 0
    operations = {f"{each.provider}.{operation}" for each in contracts.values() for operation in each.operations}
    glob = f"{args.name}.*" if args.name in operations else args.name
    fitting = [claim for name, (_, claim) in claims.items() if matches(glob, name)]
    if not fitting:
        _unknown(args.name, contracts, operations, claims)
    _listed(fitting, reported=args.reported)
    return 0


def _listed(claims: Iterable[Claim], *, reported: bool) -> None:
    """A line for each claim, marked where there are public reports; or only those claims, with the reports."""
    shown = [claim for claim in claims if claim.reported or not reported]
    for claim in shown:
        mark = "  [reported in public]" if claim.reported and not reported else ""
        say(f"{claim.id}\t{claim.level}\t{claim.statement}{mark}")
        for each in claim.reported if reported else ():
            say(f"    {told_of(each)}")
    if not shown:
        print("no public report on these claims is held here", file=sys.stderr)


def _unknown(name: str, known: Iterable[str], operations: Iterable[str], claims: Iterable[str]) -> NoReturn:
    """Raises UnknownName: a word without a dot is to be a provider, one with a single dot may be an operation."""
    if "." not in name:
        raise UnknownName("provider", name, known, see="harness providers")
    if name.count(".") == 1 and nearest(name, operations):
        raise UnknownName("operation", name, operations)
    raise UnknownName("claim", name, claims, see="harness explain PROVIDER")


def _explained(contract: Contract, claim: Claim) -> None:
    say(f"{claim.id}\n  {claim.level} · {claim.kind} · operation {claim.operation} · {claim.pointer or 'no one field'}")
    say(f"  {claim.statement}")
    say(f"  source   {claim.source.document} ({claim.source.revision}): “{claim.source.quote}”")
    if claim.source.url:
        say(f"           {claim.source.url}")
    for earlier in claim.history:
        say(
            f"  earlier  {earlier.source.document} ({earlier.source.revision}): {earlier.value} "
            f"“{earlier.source.quote}”"
        )
    if claim.kind is Kind.CONTRADICTION:
        against = claim.parameters["against"]
        say(f"  against  {against.document} ({against.revision}): “{against.quote}”")
    for dispute in claim.contradicted:
        say(f"  disputed the documentation contradicts itself: {dispute.statement} ({dispute.claim})")
        for side in dispute.sides:
            say(f"           {side.document} ({side.revision}): “{side.quote}”")
    for each in claim.reported:
        say(f"  reported in public ({each.evidence}, {each.date}): {each.summary}\n           {each.link}")
        say(f"           asked: {each.asked}{f' of {each.model}' if each.model else ''}")
    quirks = quirks_of(contract.provider, contract.folder).values()
    catching = [quirk.name for quirk in quirks if any(matches(glob, claim.id) for glob in quirk.breaks)]
    if catching:
        say(f"  quirks   {', '.join(catching)}")
    say(f"  judged by the check {claim.check!r}")
