"""Setting up a run as the arguments ask for it, and keeping what it saw."""

from __future__ import annotations

import argparse
import datetime
import json
from pathlib import Path

from harness.contract import Contract
from harness.document import parse_json, read_text
from harness.errors import ConfigurationError, UnknownName
from harness.exchange import save_cassette
from harness.probe.plan import Plan, plan
from harness.run import Run
from harness.run.pricing import Pricing
from harness.run.sources import relabelled, simulated
from harness.simulator import chosen

#: USD that one job can cost, whoever made it.
_DEAREST = 1_000_000


def planned(contract: Contract, args: argparse.Namespace, *, simulated: bool) -> Plan:
    """The plan for one provider, the cheapest first by the prices that count.

    Raises UnknownName for a model that its catalogue does not have.
    """
    from harness.probe.fuzz import fuzzed
    from harness.probe.strategies import random_valid

    for model in args.model or ():
        if model not in contract.models:
            raise UnknownName("model", model, contract.models, see=f"harness explain {contract.provider}")
    extra = random_valid(contract, args.random, args.seed, args.model)
    extra += fuzzed(contract, args.fuzz, args.seed, args.model)
    cost = None if simulated else priced(contract, args).usd
    return plan(contract, models=args.model, simulated=simulated, extra=extra, cost=cost)


def priced(contract: Contract, args: argparse.Namespace, *, asks: bool = True) -> Pricing:
    """What submissions cost by the arguments and the documents. ``asks``: whether quotes are to be had."""
    return Pricing(contract, listed=listed_prices(args.prices), assumed=args.assume_price, asks=asks)


def listed_prices(path: Path | None) -> dict[str, float]:
    """The user's own prices: a JSON object, model id → USD for one job. Raises ConfigurationError."""
    if path is None:
        return {}
    listed = parse_json(read_text(path, ConfigurationError), where=str(path), error=ConfigurationError)
    if not isinstance(listed, dict):
        raise ConfigurationError("is not a list of prices", where=str(path), hint='For example: {"some-model": 0.25}')
    for model, usd in listed.items():
        if isinstance(usd, bool) or not isinstance(usd, (int, float)) or not 0 < usd <= _DEAREST:
            raise ConfigurationError(
                f"the price of {model!r} is {json.dumps(usd)[:40]}",
                where=str(path),
                hint=f"USD for one job, above zero and up to {_DEAREST:,}.",
            )
    return {model: float(usd) for model, usd in listed.items()}


def in_process(contract: Contract, args: argparse.Namespace) -> tuple[Run, Plan]:
    """A run against the simulator in this process, and its plan."""
    made = planned(contract, args, simulated=True)
    run = simulated(contract, chosen(contract.provider, args.quirk, contract.folder), date=today())
    run.max_requests = args.max_requests
    run.find_limits = args.find_limits
    return run, made


def write_plan(planned: Plan, path: Path) -> None:
    """What is about to be sent, written down before anything is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(planned.as_json(), indent=1) + "\n", encoding="utf-8")


def keep(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """What was seen, as a cassette."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_cassette(path, relabelled(run.interactions), overwrite=overwrite)


def today() -> str:
    """The date in UTC, ISO 8601."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()
