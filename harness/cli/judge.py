"""harness judge: recordings, whoever made them."""

from __future__ import annotations

import argparse
import sys

from harness.cli.gate_flags import gate
from harness.cli.write_reports import finish, formats
from harness.contract import load
from harness.contract.addresses import addresses
from harness.errors import NothingToJudge
from harness.exchange import load_recordings
from harness.judged import distinct, judged
from harness.run.sources import relabelled


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
    return finish(entries, args, names, decides, demonstrations=False)
