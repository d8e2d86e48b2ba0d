"""harness plan: what a live run would send, what it tests, and what it can cost at most. Sends nothing."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from harness.cli.setup import planned, priced
from harness.contract import Contract, Role, load, providers
from harness.probe.plan import Plan
from harness.run.forecast import Bought, Line, bought, cost_of, lines

#: Budgets that are laid side by side where none is asked for, in USD.
_LADDER = (0.0, 0.5, 2.0, 10.0)
#: Planned requests rows of one kind; the file has them all.
_SHOWN = 5


def plan(args: argparse.Namespace) -> int:
    """Print and save the plan of each provider."""
    for contract in [load(name) for name in args.provider or providers()]:
        made = planned(contract, args, simulated=False)

        pricing = partial(priced, contract, args, asks=False)
        listed = lines(contract, made, pricing())
        # Of what nobody knows the price of, no budget says what it buys.
        asked = args.budget if args.budget is not None else _LADDER
        known = any(each.price for each in listed) or not any(each.submission for each in listed)
        ladder = [bought(contract, made, pricing, each) for each in (asked if known else (0.0,))]
        if known:
            total = sum(each.price.usd for each in listed if each.price)
            ladder.append(bought(contract, made, pricing, total))
        path = args.out / f"{contract.provider}-plan.json"
        _save(path, made, listed, ladder)
        print(_text(contract, listed, ladder, path))
    return 0


def _save(path: Path, made: Plan, listed: Sequence[Line], ladder: Sequence[Bought]) -> None:
    whole: dict[str, Any] = made.as_json()
    for written, line in zip(whole["probes"], listed, strict=True):
        written["tests"] = list(line.tests)
        if line.submission:
            price = line.price
            written["worst_price_usd"] = price.usd if price else None
            written["price_from"] = price.source if price else "nobody: quoted before it is sent, or refused"
    whole["budgets"] = [
        {
            "budget_usd": each.budget,
            "ceiling_usd": each.ceiling,
            "expected_usd": each.expected,
            "requests": each.requests,
            "submissions": each.submissions,
            "jobs": each.jobs,
            "left_out": each.left_out,
            "reached": len(each.reached),
            "untested": list(each.untested),
            "testing_them": cost_of(listed, each.untested),
        }
        for each in ladder
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def _text(contract: Contract, listed: Sequence[Line], ladder: Sequence[Bought], path: Path) -> str:
    submissions = [each for each in listed if each.submission]
    priced = any(each.price for each in submissions)
    rows = [
        f"{contract.provider}: {len(listed)} probes, {len(submissions)} of them submissions; nothing is sent",
        *_unpriced(contract, submissions),
        "",
        "  budget    sends  submits  jobs   expected    at most   claims reached",
        *(_row(each, whole=priced and each is ladder[-1]) for each in ladder),
        *(_rest(ladder[:-1], ladder[-1]) if priced else ()),
        "",
        "  in this order:",
    ]
    for title, group in _groups(listed):
        rows.append(f"    {title} ({len(group)})")
        rows += [f"      {_line(each)}" for each in group[:_SHOWN]]
        rows += [f"      … and {len(group) - _SHOWN} more"] if len(group) > _SHOWN else []
    return "\n".join([*rows, "", f"  all of it: {path}", ""])


def _unpriced(contract: Contract, submissions: Sequence[Line]) -> list[str]:
    unknown = sum(each.price is None for each in submissions)
    if not unknown:
        return []
    asks = contract.role(Role.QUOTE) is not None and "quote" in contract.prices
    live = "asks for a quote of each, and never exceeds its --budget" if asks else "refuses to send them"
    return [
        "",
        f"  {unknown} submissions have no documented price: a live run {live}.",
        "  What a budget buys can be planned with a price: --assume-price USD, or --prices FILE.",
    ]


def _rest(ladder: Sequence[Bought], whole: Bought) -> list[str]:
    """What each budget leaves untested, and what testing it would cost."""
    rows = []
    for each in ladder:
        if many := len(set(each.untested) - set(whole.untested)):
            more, most = whole.expected - each.expected, max(0.0, whole.ceiling - each.budget)
            rows.append(
                f"    {each.budget:.2f} leaves {_claims(many)} untested that the whole plan reaches: "
                f"{more:,.2f} USD more as expected, {most:,.2f} at most"
            )
    if whole.untested:
        rows.append(f"    {_claims(len(whole.untested))} stay untested whatever the budget")
    return ["", *rows] if rows else []


def _claims(many: int) -> str:
    return f"{many:,} claim{'s' if many != 1 else ''}"


def _row(each: Bought, *, whole: bool) -> str:
    claims = len(each.reached) + len(each.untested)
    share = 100 * len(each.reached) / claims if claims else 0.0
    name = "all" if whole else f"{each.budget:.2f}"
    return (
        f"  {name:>6}  {each.requests:7,}  {each.submissions:7,}  {each.jobs:4,}  {each.expected:9.2f}"
        f"  {each.ceiling:9.2f}   {len(each.reached):,} of {claims:,} ({share:.0f} %)"
    )


def _groups(listed: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    free = [each for each in listed if not each.submission]
    refused = [each for each in listed if each.submission and each.probe.family not in ("valid", "random", "fuzz")]
    jobs = [each for each in listed if each.submission and each.probe.family in ("valid", "random", "fuzz")]
    named = [("should be refused, so free", refused), ("free", free), ("jobs, cheapest first", jobs)]
    return [(title, group) for title, group in named if group]


def _line(each: Line) -> str:
    price = "free" if not each.submission else f"≤ {each.price.usd:.4f} USD" if each.price else "no price"
    tests = ", ".join(each.tests[:1]) + (f" and {len(each.tests) - 1} more" if len(each.tests) > 1 else "")
    source = f" ({each.price.source})" if each.price else ""
    return f"{each.probe.id}  {price:14} {tests or each.probe.family}{source}"
