"""harness explain: one claim in full, or a list of them."""

from __future__ import annotations

import argparse

from harness.claim import Claim, Kind, matches
from harness.cli.talk import say
from harness.contract import Contract, load, load_all, providers
from harness.contract.protocol import practice
from harness.errors import UnknownName
from harness.simulator import known


def explain(args: argparse.Namespace) -> int:
    """One claim in full, or a list."""
    if args.name in providers():
        contract = load(args.name)
        for claim in contract.claims.values():
            say(f"{claim.id}\t{claim.level}\t{claim.statement}")
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
    fitting = [name for name in claims if matches(args.name, name)]
    if not fitting:
        raise UnknownName("claim", args.name, claims, see="harness explain PROVIDER")
    for name in fitting:
        say(f"{name}\t{claims[name][1].level}\t{claims[name][1].statement}")
    return 0


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
    quirks = known(contract.provider, contract.folder).values()
    catching = [quirk.name for quirk in quirks if any(matches(glob, claim.id) for glob in quirk.breaks)]
    if catching:
        say(f"  quirks   {', '.join(catching)}")
    say(f"  judged by the check {claim.check!r}")
