"""The command that holds providers side by side: compare."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.cli.checking import recorded
from harness.compare import TABLE_FORMATS, by_model, by_provider, served
from harness.contract import Contract, data_folder, load, providers
from harness.errors import UnknownName
from harness.report import load as load_report
from harness.report import report


def compare(said: argparse.Namespace) -> int:
    """Print or write what was asked for. To differ is no failure, so the exit code says nothing of it."""
    contracts = [load(name) for name in said.provider or providers()]
    if said.models:
        _write(_served(contracts), said.out)
        return 0
    if said.format not in TABLE_FORMATS:
        raise UnknownName("format", said.format, TABLE_FORMATS)
    evidence = _evidence(contracts, said)
    table = by_model(contracts, said.model, evidence) if said.model else by_provider(contracts, evidence)
    _write(TABLE_FORMATS[said.format](table.differences() if said.differences else table), said.out)
    return 0


def arguments(command: argparse.ArgumentParser) -> None:
    """What ``harness compare`` takes."""
    command.add_argument("provider", nargs="*", help="provider ids (default: all)")
    command.add_argument(
        "--model",
        "--same-model",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="compare models: a family as --models lists them (seedance-2.0), its title, an id, or a glob",
    )
    command.add_argument("--models", action="store_true", help="list which models several providers serve")
    command.add_argument("--differences", action="store_true", help="only the axes on which they differ")
    command.add_argument("--report", type=Path, help="report.json with what was observed (default: the recordings)")
    command.add_argument("--cassettes", type=Path, help="folder of cassettes (default: the shipped ones)")
    command.add_argument("--format", default="text", help=f"{', '.join(TABLE_FORMATS)} (default: %(default)s)")
    command.add_argument("--out", type=Path, metavar="FILE", help="file to write (default: stdout)")
    command.set_defaults(run=compare)


def _evidence(contracts: Sequence[Contract], said: argparse.Namespace) -> Mapping[str, Any]:
    if said.report is not None:
        return load_report(said.report)
    folder = said.cassettes or data_folder("cassettes")
    entries = [entry for contract in contracts for entry in recorded(contract, folder)]
    return report(entries, generated_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"))


def _served(contracts: Sequence[Contract]) -> str:
    lines = ["Models by family, those that most providers serve first: harness compare --model FAMILY", ""]
    for family, serving in served(contracts):
        lines.append(f"{family.id}  ({family.title})")
        lines += [f"    {provider}: {', '.join(models)}" for provider, models in serving.items()]
    return "\n".join(lines) + "\n"


def _write(text: str, path: Path | None) -> None:
    if path is None:
        sys.stdout.write(text)
    else:
        path.write_text(text, encoding="utf-8")
