"""The commands that judge: check, record, judge, validate."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness import document
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
from harness.exchange import load_recording, save_cassette
from harness.interaction import Interaction, Origin
from harness.judge import judge
from harness.probe.plan import Plan, plan
from harness.report import FORMATS, entry, report
from harness.report.text import render
from harness.run import Run
from harness.run.sources import live, relabelled, simulated
from harness.simulator import chosen
from harness.verdict import Outcome


def check(said: argparse.Namespace) -> int:
    """Judge, write the reports, print the summary."""
    contracts = [load(name) for name in said.provider or providers()]
    entries: list[dict[str, Any]] = []
    stopped: HarnessError | None = None
    for contract in contracts:
        if said.mode == "recorded":
            entries += _recorded(contract, said.cassettes or data_folder("cassettes"), said.second_opinion)
            continue
        run, planned = _run(contract, said)
        if said.mode == "live":
            _write_plan(planned, said.out / f"{contract.provider}-plan.json")
        try:
            run.go(planned)
        except BudgetSpent as spent:
            stopped = spent
        finally:
            if said.mode == "live" and run.interactions:
                _keep(run, said.out / f"{contract.provider}-{_stamp()}.yaml")
        entries += _judged(
            contract, relabelled(run.interactions), mode=said.mode, planned=planned, run=run, second=said.second_opinion
        )
    if not any(each["requests"]["total"] for each in entries):
        if stopped:
            raise stopped
        raise NothingToJudge("nothing to judge", hint="No recording holds an interaction of these providers.")
    code = _finish(entries, said)
    if stopped:
        print(f"harness: {stopped}", file=sys.stderr)
        return stopped.exit_code
    return code


def record(said: argparse.Namespace) -> int:
    """Run the plan and keep a cassette."""
    contract = load(said.provider)
    if said.out.exists():
        raise RecordingError("already exists and is not overwritten", where=str(said.out), hint="Choose another --out.")
    run, planned = _run(contract, said)
    _write_plan(planned, said.out.with_suffix(".plan.json"))
    try:
        run.go(planned)
    finally:
        if run.interactions:
            _keep(run, said.out)
    print(f"{said.out}: {len(run.interactions)} interactions")
    return 0


def judge_files(said: argparse.Namespace) -> int:
    """Judge recordings, whoever made them."""
    contract = load(said.provider)
    interactions = relabelled([each for path in said.file for each in load_recording(path)])
    entries = _judged(contract, interactions, mode="recorded", second=said.second_opinion)
    if not any(contract.match(each.request.method, each.request.path) for each in interactions):
        raise NothingToJudge(
            f"no interaction is addressed to an operation of {contract.provider}", where=", ".join(map(str, said.file))
        )
    return _finish(entries, said)


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


def _run(contract: Contract, said: argparse.Namespace) -> tuple[Run, Plan]:
    from harness.probe.strategies import fuzzed, random_valid

    for model in said.model or ():
        if model not in contract.models:
            raise UnknownName("model", model, contract.models, see=f"harness explain {contract.provider}")
    extra = [*random_valid(contract, said.random, said.seed, said.model), *fuzzed(contract, said.fuzz)]
    offline = said.mode == "simulated"
    planned = plan(contract, models=said.model, simulated=offline, extra=extra)
    if offline:
        run = simulated(contract, chosen(contract.provider, said.quirk), date=_today())
    else:
        run = _live(contract, said, planned)
    run.max_requests = said.max_requests
    run.heard = _progress(contract.provider, len(planned.probes))
    return run, planned


def _live(contract: Contract, said: argparse.Namespace, planned: Plan) -> Run:
    if said.quirk:
        raise ConfigurationError("--quirk is for the simulator", hint="Use --simulated, or harness serve.")
    if said.budget is None:
        raise ConfigurationError("a live run needs a budget", hint="Say what it may cost at most: --budget USD.")
    run = live(
        contract,
        base_url=said.base_url,
        allow_private=said.allow_private,
        budget=said.budget,
        assumed_price=said.assume_price,
        poll=said.poll_interval,
        date=_today(),
    )
    if not said.yes:
        _ask(f"Send up to {len(planned.probes)} requests to {run.base_url}, for at most {said.budget:.2f} USD?")
    return run


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise ConfigurationError("a live run asks before it spends", hint="Add --yes where nobody can answer.")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ConfigurationError("not started")


def _write_plan(planned: Plan, path: Path) -> None:
    """What is about to be sent, written down before anything is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = {
        "provider": planned.provider,
        "probes": [p.as_json() for p in planned.probes],
        "unprobed": planned.unprobed,
    }
    path.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")


def _keep(run: Run, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_cassette(path, relabelled(run.interactions))


def _recorded(contract: Contract, folder: Path, second: bool) -> Iterable[dict[str, Any]]:
    files = sorted(p for p in (folder / contract.provider).glob("*") if p.suffix in (".yaml", ".yml", ".json", ".har"))
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
    made = []
    for origin in sorted(origins):
        group = [each for each in interactions if each.provenance.origin is origin]
        verdicts = judge(contract, group, unprobed=planned.unprobed if planned else None)
        quirks = sorted({name for each in group for name in each.provenance.quirks})
        spent = run.ledger.spent if run is not None and run.ledger is not None else 0.0
        extra: dict[str, Any] = {"quirks": quirks} if quirks else {}
        if second:
            from harness.probe.fuzz import second_opinion

            extra["schemathesis"] = second_opinion(contract, group)
        made.append(entry(contract, verdicts, group, mode=mode, provenance=origin, cost_usd=spent, extra=extra))
    return made


def _finish(entries: list[dict[str, Any]], said: argparse.Namespace) -> int:
    made = report(entries, generated_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"))
    formats = [name.strip() for name in said.format.split(",") if name.strip()]
    for name in formats:
        if name not in FORMATS:
            raise UnknownName("format", name, FORMATS)
    if said.out is not None:
        said.out.mkdir(parents=True, exist_ok=True)
        for name in formats:
            if name != "text":
                (said.out / f"report.{name}").write_text(FORMATS[name](made), encoding="utf-8")
    if "text" in formats:
        print(render(made, color=_color()))
    if said.out is not None:
        print(f"Reports: {', '.join(str(said.out / f'report.{name}') for name in formats if name != 'text')}")
    return _code(made, said.fail_on)


def _code(made: Mapping[str, Any], fail_on: str) -> int:
    levels = {"must": {"MUST"}, "should": {"MUST", "SHOULD"}, "never": set[str]()}[fail_on]
    verdicts = [verdict for each in made["providers"] for verdict in each["verdicts"]]
    if fail_on != "never" and any(verdict["outcome"] == Outcome.ERROR for verdict in verdicts):
        return 3
    return int(any(verdict["outcome"] == Outcome.FAIL and verdict["level"] in levels for verdict in verdicts))


def _color() -> bool:
    import os

    if os.environ.get("NO_COLOR"):
        return False
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def _progress(provider: str, probes: int) -> Callable[[Interaction], None]:
    if not sys.stderr.isatty():
        return lambda _: None
    count = [0]

    def heard(_: Interaction) -> None:
        count[0] += 1
        if count[0] % 25 == 0:
            print(
                f"\r{provider}: {count[0]} requests sent for {probes} probes", end="\x1b[K", file=sys.stderr, flush=True
            )

    return heard


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _stamp() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
