"""Setting up a run as the arguments ask for it, and keeping what it saw."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Callable
from pathlib import Path

from harness.contract import Contract
from harness.errors import ConfigurationError, UnknownName
from harness.exchange import save_cassette
from harness.interaction import Interaction
from harness.probe.plan import Plan, plan
from harness.run import Run
from harness.run.budget import Ledger
from harness.run.sources import live, relabelled, simulated
from harness.simulator import chosen


def ready(contract: Contract, said: argparse.Namespace, ledger: Ledger | None) -> tuple[Run, Plan]:
    """The run and its plan. ``ledger`` is what all live runs of one command share; see :func:`ledger`."""
    from harness.probe.fuzz import fuzzed
    from harness.probe.strategies import random_valid

    for model in said.model or ():
        if model not in contract.models:
            raise UnknownName("model", model, contract.models, see=f"harness explain {contract.provider}")
    extra = [*random_valid(contract, said.random, said.seed, said.model), *fuzzed(contract, said.fuzz)]
    planned = plan(contract, models=said.model, simulated=ledger is None, extra=extra)
    run = sender(contract, said, planned, ledger)
    run.max_requests = said.max_requests
    run.heard = _progress(contract.provider, len(planned.probes))
    return run, planned


def sender(contract: Contract, said: argparse.Namespace, planned: Plan, ledger: Ledger | None) -> Run:
    """What sends a plan: the simulator with the quirks asked for, or with a ledger the address, after asking."""
    if ledger is None:
        return simulated(contract, chosen(contract.provider, said.quirk), date=_today())
    return _live(contract, said, planned, ledger)


def ledger(said: argparse.Namespace, providers: int) -> Ledger | None:
    """The one budget of a live command. Raises ConfigurationError for what a live run lacks."""
    if said.mode != "live":
        return None
    if said.quirk:
        raise ConfigurationError("--quirk is for the simulator", hint="Use --simulated, or harness serve.")
    if said.budget is None:
        raise ConfigurationError("a live run needs a budget", hint="Say what it may cost at most: --budget USD.")
    if said.base_url and providers != 1:
        raise ConfigurationError(
            "--base-url is one provider's address", hint="Name the one provider whose key may be sent there."
        )
    return Ledger(said.budget)


def _live(contract: Contract, said: argparse.Namespace, planned: Plan, ledger: Ledger) -> Run:
    run = live(
        contract,
        base_url=said.base_url,
        allow_private=said.allow_private,
        ledger=ledger,
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


def write_plan(planned: Plan, path: Path) -> None:
    """What is about to be sent, written down before anything is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = {
        "provider": planned.provider,
        "probes": [p.as_json() for p in planned.probes],
        "unprobed": planned.unprobed,
    }
    path.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")


def keep(run: Run, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_cassette(path, relabelled(run.interactions))


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


def stamp() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
