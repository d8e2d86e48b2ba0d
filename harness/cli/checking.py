"""The commands that judge: check, record, judge, validate."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness import document
from harness.cli.finishing import finish, formats
from harness.cli.running import keep, ledger, ready, stamp, write_plan
from harness.contract import Contract, data_folder, load, providers
from harness.errors import (
    BudgetSpent,
    ConfigurationError,
    HarnessError,
    NothingToJudge,
    RecordingError,
    RequestFileError,
    UnknownName,
)
from harness.exchange import load_recording
from harness.interaction import Interaction, Origin
from harness.judge import judge
from harness.probe.plan import Plan
from harness.report import entry
from harness.run import Run
from harness.run.sources import relabelled


def check(said: argparse.Namespace) -> int:
    """Judge, write the reports, print the summary. What was seen is judged and kept however a run ends."""
    names = formats(said)
    contracts = [load(name) for name in said.provider or providers()]
    purse = ledger(said, len(contracts))
    entries: list[dict[str, Any]] = []
    stopped: HarnessError | KeyboardInterrupt | None = None
    for contract in contracts:
        if said.mode == "recorded":
            entries += recorded(contract, said.cassettes or data_folder("cassettes"), said.second_opinion)
            continue
        run, planned = ready(contract, said, purse)
        if purse is not None:
            write_plan(planned, said.out / f"{contract.provider}-plan.json")
        try:
            run.go(planned)
        except (BudgetSpent, KeyboardInterrupt) as why:
            stopped = why
        finally:
            if purse is not None and run.interactions:
                keep(run, said.out / f"{contract.provider}-{stamp()}.yaml")
        entries += _judged(
            contract, relabelled(run.interactions), mode=said.mode, planned=planned, run=run, second=said.second_opinion
        )
        if isinstance(stopped, KeyboardInterrupt):
            break
    if not any(each["requests"]["total"] for each in entries):
        raise stopped or NothingToJudge(
            "nothing to judge", hint="No recording holds an interaction of these providers."
        )
    code = finish(entries, said, names, demonstrations=said.mode == "recorded")
    if isinstance(stopped, KeyboardInterrupt):
        raise stopped
    if stopped:
        print(f"harness: {stopped}", file=sys.stderr)
        return stopped.exit_code
    return code


def record(said: argparse.Namespace) -> int:
    """Run the plan and keep a cassette."""
    contract = load(said.provider)
    purse = ledger(said, 1)
    if said.out.exists():
        raise RecordingError("already exists and is not overwritten", where=str(said.out), hint="Choose another --out.")
    run, planned = ready(contract, said, purse)
    write_plan(planned, said.out.with_suffix(".plan.json"))
    try:
        run.go(planned)
    finally:
        if run.interactions:
            keep(run, said.out)
    print(f"{said.out}: {len(run.interactions)} interactions")
    return 0


def judge_files(said: argparse.Namespace) -> int:
    """Judge recordings, whoever made them."""
    names = formats(said)
    contract = load(said.provider)
    interactions = relabelled([each for path in said.file for each in load_recording(path)])
    entries = _judged(contract, interactions, mode="recorded", second=said.second_opinion)
    if not any(contract.match(each.request.method, each.request.path) for each in interactions):
        raise NothingToJudge(
            f"no interaction is addressed to an operation of {contract.provider}", where=", ".join(map(str, said.file))
        )
    return finish(entries, said, names, demonstrations=False)


def validate(said: argparse.Namespace) -> int:
    """Which documented rules does a request break?"""
    contract = load(said.provider)
    where = str(said.request)
    text = sys.stdin.read() if where == "-" else document.read_text(said.request, RequestFileError)
    operation = said.operation or contract.submit.id
    if operation not in contract.operations:
        raise UnknownName("operation", operation, contract.operations)
    if contract.operations[operation].body is None:
        raise ConfigurationError(f"{operation} takes no request body")
    body = document.parse_json(text, where=where, error=RequestFileError)
    broken = sorted(contract.violations(operation, body))
    model = contract.model_of(body)
    if model is not None and model not in contract.models:
        print(
            f"note: {model!r} is not in the catalogue held here; only the rules for all models were applied",
            file=sys.stderr,
        )
    for name in broken:
        claim = contract.claims[name]
        print(f"{claim.level} {name}\n    at {claim.pointer or 'the body'}: {claim.statement}")
        print(f"    {claim.source.document} ({claim.source.revision}): “{claim.source.quote}”")
        if claim.ignored:
            print("    (documented to be ignored, not refused)")
    serious = [name for name in broken if not contract.claims[name].ignored]
    print(f"{where}: {len(broken)} documented rules broken" if broken else f"{where}: keeps every documented rule")
    return 1 if serious else 0


def recorded(contract: Contract, folder: Path, second: bool = False) -> Iterable[dict[str, Any]]:
    """What a provider's recordings in a folder of cassettes come to, one entry for each provenance."""
    kinds = (".yaml", ".yml", ".json", ".har")
    here = (path for path in (folder / contract.provider).glob("*") if path.suffix in kinds)
    files = sorted(path for path in here if not path.name.endswith(".plan.json"))
    interactions = relabelled([each for path in files for each in load_recording(path)])
    return _judged(contract, interactions, mode="recorded", documents=True, second=second)


def _judged(
    contract: Contract,
    interactions: Sequence[Interaction],
    *,
    mode: str,
    planned: Plan | None = None,
    run: Run | None = None,
    documents: bool = False,
    second: bool = False,
) -> list[dict[str, Any]]:
    """One entry per provenance. ``documents``: hold the documents against themselves in any case."""
    origins = {each.provenance.origin for each in interactions} | ({Origin.PUBLISHED} if documents else set())
    reasons = {**(planned.unprobed if planned else {}), **(run.skipped if run else {})}
    made = []
    for origin in sorted(origins):
        group = [each for each in interactions if each.provenance.origin is origin]
        verdicts = judge(contract, group, unprobed=reasons)
        quirks = sorted({name for each in group for name in each.provenance.quirks})
        extra: dict[str, Any] = {"quirks": quirks} if quirks else {}
        if run and run.unknown:
            extra["unknown_usd"] = round(run.unknown, 6)  # reserved for submissions whose outcome nobody knows
        if second:
            from harness.probe.fuzz import second_opinion

            extra["schemathesis"] = second_opinion(contract, group)
        made.append(
            entry(
                contract,
                verdicts,
                group,
                mode=mode,
                provenance=origin,
                cost_usd=run.spent if run else 0.0,
                extra=extra,
            )
        )
    return made
