"""The command that keeps a baseline: update, prune, show."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from harness.gate import Baseline, Known, dump, load_baseline, pruned, updated
from harness.report import load
from harness.report.words import number


def update(args: argparse.Namespace) -> int:
    """Add what diverges in the reports."""
    before = load_baseline(args.baseline) if args.baseline.exists() else ()
    after = updated(before, map(load, args.report))
    _changed(args.baseline, before, after, "+", sorted({*after} - {*before}))
    return 0


def prune(args: argparse.Namespace) -> int:
    """Take out what no longer diverges by the reports."""
    before = load_baseline(args.baseline)
    after = pruned(before, map(load, args.report))
    _changed(args.baseline, before, after, "-", sorted({*before} - {*after}))
    return 0


def show(args: argparse.Namespace) -> int:
    """List what is known."""
    known = load_baseline(args.baseline)
    for (provider, provenance), group in groupby(
        sorted(known, key=lambda each: (each.provider, each.provenance, each)),
        key=lambda each: (each.provider, each.provenance),
    ):
        print(f"{provider}  {provenance.upper()}")
        for each in group:
            print(f"  since {each.since}  {each.claim}  {each.direction}")
    print(f"{args.baseline}: {number(len(known), 'known divergence')}")
    return 0


def _changed(path: Path, before: Baseline, after: Baseline, sign: str, changed: Sequence[Known]) -> None:
    """Write the file if it is another now, and say what changed."""
    if after != before or not path.exists():
        path.write_text(dump(after), encoding="utf-8")
    for each in changed:
        print(f"{sign} {each.claim}  {each.direction}  {each.provenance}")
    what = "added" if sign == "+" else "taken out"
    print(f"{path}: {len(changed):,} {what}, {number(len(after), 'known divergence')}")
