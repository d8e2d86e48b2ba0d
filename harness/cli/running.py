"""Setting up a run as the arguments ask for it, and keeping what it saw."""

from __future__ import annotations

import argparse
import datetime
import json
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from harness.contract import Contract
from harness.errors import ConfigurationError, UnknownName
from harness.exchange import save_cassette
from harness.exchange.receiver import listening
from harness.interaction import Interaction
from harness.probe.plan import Plan, plan
from harness.run import Run
from harness.run.budget import Ledger
from harness.run.listening import listen
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
    if ledger is None and said.webhook_listen:
        raise ConfigurationError(
            "--webhook-listen is for live runs", hint="Leave it out: the simulator's webhooks are received in process."
        )
    if ledger is None:
        run = simulated(contract, chosen(contract.provider, said.quirk), date=_today())
    else:
        run = _live(contract, said, planned, ledger)
    run.max_requests = said.max_requests
    run.heard = _progress(contract.provider, len(planned.probes))
    return run, planned


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
    if said.webhook_listen:
        _receive(run, said.webhook_listen)
    return run


def _receive(run: Run, place: str) -> None:
    if run.contract.webhook is None:
        print(f"harness: {run.contract.provider} documents no webhook; nothing listens", file=sys.stderr)
        return
    inbox = listen(run, listening(place), token=secrets.token_urlsafe(24))
    print(f"harness: webhooks are awaited at {inbox.base}", file=sys.stderr)
    signature = run.contract.webhook.signature
    if signature is not None and inbox.secret is None:
        print(f"harness: {signature.secret} is not set, so signatures are not checked", file=sys.stderr)


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
    if run.inbox is not None and (strangers := run.inbox.mailbox.turned_away.total()):
        print(f"harness: {strangers} requests to the webhook receiver were turned away", file=sys.stderr)


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
