"""The command that keeps a baseline: update, prune, show."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from harness.gate import Baseline, Known, dump, load_baseline, pruned, updated
from harness.report import load
from harness.report.words import number


def arguments(command: argparse.ArgumentParser) -> None:
    """What ``harness baseline`` takes."""
    does = command.add_subparsers(metavar="COMMAND", required=True)
    update = does.add_parser("update", help="add what diverges in reports; the file is made if there is none")
    prune = does.add_parser("prune", help="take out what no longer diverges by reports; what they do not tell of stays")
    show = does.add_parser("show", help="what is known, and since when")
    for each, run in ((update, _update), (prune, _prune), (show, _show)):
        if each is not show:
            each.add_argument("report", nargs="+", type=Path, metavar="REPORT.json")
        each.add_argument("--baseline", type=Path, required=True, metavar="FILE", help="the baseline's file")
        each.set_defaults(run=run)


def _update(said: argparse.Namespace) -> int:
    before = load_baseline(said.baseline) if said.baseline.exists() else ()
    after = updated(before, map(load, said.report))
    _changed(said.baseline, before, after, "+", sorted({*after} - {*before}))
    return 0


def _prune(said: argparse.Namespace) -> int:
    before = load_baseline(said.baseline)
    after = pruned(before, map(load, said.report))
    _changed(said.baseline, before, after, "-", sorted({*before} - {*after}))
    return 0


def _show(said: argparse.Namespace) -> int:
    known = load_baseline(said.baseline)
    for (provider, provenance), group in groupby(
        sorted(known, key=lambda each: (each.provider, each.provenance, each)),
        key=lambda each: (each.provider, each.provenance),
    ):
        print(f"{provider}  {provenance.upper()}")
        for each in group:
            print(f"  since {each.since}  {each.claim}  {each.direction}")
    print(f"{said.baseline}: {number(len(known), 'known divergence')}")
    return 0


def _changed(path: Path, before: Baseline, after: Baseline, sign: str, changed: Sequence[Known]) -> None:
    """Write the file if it is another now, and say what changed."""
    if after != before or not path.exists():
        path.write_text(dump(after), encoding="utf-8")
    for each in changed:
        print(f"{sign} {each.claim}  {each.direction}  {each.provenance}")
    what = "added" if sign == "+" else "taken out"
    print(f"{path}: {len(changed):,} {what}, {number(len(after), 'known divergence')}")
