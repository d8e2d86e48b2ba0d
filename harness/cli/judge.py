"""harness judge: recordings, whoever made them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from harness.cli.gate_flags import gate
from harness.cli.write_reports import finish, formats
from harness.contract import Contract, load
from harness.contract.addresses import Addresses, addresses
from harness.errors import NothingToJudge
from harness.exchange import load_recordings
from harness.exchange.entries import ELSEWHERE
from harness.interaction import Interaction
from harness.judge.seen import read
from harness.judged import distinct, judged
from harness.run.sources import relabelled

#: Interactions named in a note.
_NAMED = 3


def judge(args: argparse.Namespace) -> int:
    """Judge recordings, whoever made them."""
    names, decides = formats(args), gate(args)
    contract = load(args.provider)
    files = distinct(args.file)
    if len(files) < len(args.file):
        print(f"note: {len(args.file) - len(files)} of the files are copies of others; judged once", file=sys.stderr)
    interactions = relabelled(load_recordings(files))
    entries = judged(contract, interactions, mode="recorded", second=args.second_opinion, protocol=args.protocol)
    where = addresses(contract, interactions)
    if not any(where.match(each) for each in interactions):
        raise NothingToJudge(
            f"no interaction is addressed to an operation of {contract.provider}",
            where=", ".join(map(str, args.file)),
            hint=f"It is at {contract.base_url}; another address counts once one of its models is submitted to it.",
        )
    if slips := _slips(contract, interactions, where):
        print(f"note: {slips}", file=sys.stderr)
    return finish(entries, args, names, decides, demonstrations=False)


def _slips(contract: Contract, interactions: Sequence[Interaction], where: Addresses) -> str:
    """Which submissions of somebody else's client break a rule; our own runs break them to see what is answered."""
    others = (read(contract, each, where) for each in interactions if each.provenance.note == ELSEWHERE)
    sent = [seen for seen in others if seen is not None and seen.operation is contract.submit]
    broken = [seen for seen in sent if any(not contract.claims[name].ignored for name in seen.breaks)]
    if not broken:
        return ""
    named = ", ".join(seen.interaction.name for seen in broken[:_NAMED]) + (", …" if len(broken) > _NAMED else "")
    return (
        f"{len(broken)} of {len(sent)} submissions {'breaks' if len(broken) == 1 else 'break'} documented rules "
        f"({named}); which, shows: harness validate {contract.provider} REQUEST.json"
    )
