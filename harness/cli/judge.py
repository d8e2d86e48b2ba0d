"""harness judge: recordings, whoever made them."""

from __future__ import annotations

import argparse
import sys

from harness.cli.gate_flags import gate
from harness.cli.write_reports import finish, formats
from harness.contract import load
from harness.errors import NothingToJudge
from harness.exchange import load_recording
from harness.judged import distinct, judged
from harness.run.sources import relabelled


def judge(args: argparse.Namespace) -> int:
    """Judge recordings, whoever made them."""
    names, decides = formats(args), gate(args)
    contract = load(args.provider)
    files = distinct(args.file)
    if len(files) < len(args.file):
        print(f"note: {len(args.file) - len(files)} of the files are copies of others; judged once", file=sys.stderr)
    interactions = relabelled([each for path in files for each in load_recording(path)])
    entries = judged(contract, interactions, mode="recorded", second=args.second_opinion, protocol=args.protocol)
    if not any(contract.match(each.request.method, each.request.path) for each in interactions):
        raise NothingToJudge(
            f"no interaction is addressed to an operation of {contract.provider}", where=", ".join(map(str, args.file))
        )
    return finish(entries, args, names, decides, demonstrations=False)
