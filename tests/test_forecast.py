"""harness plan: what would be sent, what it can cost, and what a budget buys. Nothing is sent."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from conftest import contract_of, lantern

from harness.cli import main
from harness.cli.setup import planned
from harness.contract import Contract, Role
from harness.contract.prices import documented_price
from harness.probe.build import Builder
from harness.probe.cover import thrifty
from harness.probe.plan import Plan, plan
from harness.run.forecast import bought, cost_of, lines
from harness.run.pricing import Pricing

SETTINGS = {"model": ["lantern-large", "lantern-small"], "random": 0, "fuzz": 0, "seed": 0, "assume_price": None}


def small() -> Plan:
    return plan(lantern(), models=["lantern-large"])


def dry(contract: Contract, **prices: Any) -> Pricing:
    return Pricing(contract, asks=False, **prices)


@pytest.mark.parametrize("budget", [0.0, 0.3, 1.0, 50.0])
def test_what_a_budget_buys_costs_no_more(budget: float) -> None:
    what = bought(lantern(), small(), lambda: dry(lantern()), budget)
    assert what.expected <= what.ceiling <= budget
    assert set(what.reached).isdisjoint(what.untested)
    assert (what.submissions == 0) == (budget == 0)


def test_more_money_reaches_more() -> None:
    shares = [len(bought(lantern(), small(), lambda: dry(lantern()), usd).reached) for usd in (0.0, 0.2, 1.0, 50.0)]
    assert shares == sorted(shares) and shares[0] < shares[-1]


def test_without_a_price_no_submission_is_planned_to_be_sent() -> None:
    contract = contract_of("unified-v2")
    made = plan(contract)
    assert bought(contract, made, lambda: dry(contract), 10.0).submissions == 0
    assert bought(contract, made, lambda: dry(contract, assumed=0.1), 10.0).submissions > 50


def test_with_whatever_narrowing_takes_nothing_costs_more_than_is_said() -> None:
    what = bought(lantern(), small(), lambda: dry(lantern()), 1000.0)
    assert what.expected < what.ceiling <= 1000.0
    assert what.ceiling > sum(line.price.usd for line in lines(lantern(), small(), dry(lantern())) if line.price)


def test_the_cheapest_comes_first_by_the_prices_that_count(tmp_path: Path) -> None:
    prices = {"lantern-large": 5.0, "lantern-small": 0.01}

    def order(path: Path | None) -> list[float]:
        made = planned(lantern(), Namespace(**SETTINGS, prices=path), simulated=False)
        listed = lines(lantern(), made, dry(lantern(), listed=prices))
        return [each.price.usd for each in listed if each.price and each.probe.family == "valid"]

    path = tmp_path / "prices.json"
    path.write_text(json.dumps(prices))
    assert order(path) == sorted(order(path)) != order(None)


@pytest.mark.parametrize("body", [{}, {"model": None}, {"model": "nobody"}, [], None])
def test_a_job_of_any_model_may_be_the_dearest_that_is_listed(body: object) -> None:
    contract = contract_of("unified-v2")
    one = next(iter(contract.models))
    listed = dry(contract, listed={one: 5.0, "somebody-elses": 50.0}, assumed=0.02)
    known = listed.known(body)
    assert known is None, "of the other models nobody says"
    price = listed.settled(known, body)
    assert price is not None and price.usd == 5.0
    assert listed.usd({"model": list(contract.models)[-1]}) == 0.02
    every = dry(contract, listed=dict.fromkeys(contract.models, 3.0) | {"somebody-elses": 50.0})
    assert every.usd(body) == 3.0


def test_every_submission_has_its_worst_price_and_where_it_is_from() -> None:
    for line in lines(lantern(), small(), dry(lantern())):
        assert line.submission == (lantern().operations[line.probe.operation].role is Role.SUBMIT)
        assert (line.price is not None) == line.submission
        assert line.price is None or line.price.source == "documented per second"


def test_a_request_says_which_claims_it_tests() -> None:
    listed = lines(lantern(), small(), dry(lantern()))
    for line in listed:
        if line.probe.family == "violating":
            assert line.tests == line.probe.breaks
        if line.probe.family == "valid" and line.submission:
            assert line.tests


def test_what_stays_untested_has_a_price() -> None:
    listed = lines(lantern(), small(), dry(lantern()))
    cost = cost_of(listed, ["lantern.createClip.length.enum", "lantern.no-such-claim"])
    assert cost["claims"] == 1 and 0 < cost["usd"] <= 1.5


def test_the_cheapest_clip_is_asked_for_where_nothing_else_matters() -> None:
    contract = contract_of("openrouter")
    builder = Builder(contract, contract.submit)
    for model in list(contract.models)[:8]:
        plain, cheap = builder.minimal(model), thrifty(builder, model)
        before, after = documented_price(contract, plain), documented_price(contract, cheap)
        assert before is None or (after is not None and after.usd <= before.usd)
        assert contract.violations(contract.submit.id, cheap) == set()


def test_the_plan_is_printed_and_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["plan", "unified-v2", "--assume-price", "0.2", "--budget", "1", "--out", str(tmp_path)]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "nothing is sent" in said and "claims stay untested" in said
    written = json.loads((tmp_path / "unified-v2-plan.json").read_text())
    assert written["budgets"][0]["budget_usd"] == 1.0
    submission = next(each for each in written["probes"] if "worst_price_usd" in each)
    assert submission["price_from"] == "assumed"


def test_ones_own_prices_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prices = tmp_path / "prices.json"
    wrong = {
        '{"m": -1}': "the price of 'm' is -1",
        f'{{"m": {"9" * 900}}}': "up to 1,000,000",
        "[1]": "not a list",
        "{": "prices.json",
    }
    for text, told in wrong.items():
        prices.write_text(text)
        assert main(["plan", "unified-v2", "--prices", str(prices), "--out", str(tmp_path)]) == 2
        assert told in capsys.readouterr().err
