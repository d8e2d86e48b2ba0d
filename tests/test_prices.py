"""What a job can cost at most, and the budget that every submission passes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from conftest import PROVIDERS, contract_of, lantern, planned
from hypothesis import given
from hypothesis import strategies as st
from test_document import JSON

from harness.contract.model import Model
from harness.contract.prices import worst_price
from harness.errors import BudgetSpent, ConfigurationError
from harness.run.budget import Ledger


@pytest.mark.parametrize("length, cost", [("2s", 0.10), ("8s", 0.40), (None, 1.50), ("nonsense", 1.50)])
def test_a_price_a_second(length: str | None, cost: float) -> None:
    assert worst_price(lantern(), {"length": length}) == pytest.approx(cost)


def catalogued(prices: dict[str, Any], body: dict[str, Any]) -> float | None:
    contract = lantern()
    models = {"m": Model(id="m", entry={"id": "m", "skus": prices})}
    return worst_price(
        replace(contract, models=models, prices={"currency": "USD", "catalogue": "/skus"}), {"model": "m", **body}
    )


@pytest.mark.parametrize(
    "prices, body, cost",
    [
        ({"per_second": "0.1"}, {"length": "4s"}, 0.4),
        ({"cents_per_second": "10"}, {"length": "4s"}, 0.4),
        ({"per_video": "0.3"}, {"length": "4s"}, 0.3),
        ({"video_second_480p": 0.1, "video_second_1080p": 0.5}, {"length": "2s", "resolution": "480p"}, 0.2),
        ({"video_second_480p": 0.1, "video_second_1080p": 0.5}, {"length": "2s"}, 1.0),
        ({"video_second_4k": 1.0, "video_second_1080p": 0.5}, {"length": "2s", "resolution": "1080p"}, 1.0),
        ({"video_second_4K": 1.0}, {"length": "2s", "resolution": "720p"}, None),
        ({}, {"length": "2s"}, None),
    ],
)
def test_the_dearest_price_that_could_apply_counts(
    prices: dict[str, Any], body: dict[str, Any], cost: float | None
) -> None:
    found = catalogued(prices, body)
    assert found is None if cost is None else found == pytest.approx(cost)


def test_pixels_cost_what_the_largest_could() -> None:
    small = catalogued({"token": "0.000001"}, {"length": "2s", "resolution": "480p"})
    large = catalogued({"token": "0.000001"}, {"length": "2s"})
    assert small is not None and large is not None
    assert 0 < small < large


def test_a_model_without_a_list_has_no_price() -> None:
    contract = replace(lantern(), prices={"currency": "USD", "catalogue": "/skus"})
    assert worst_price(contract, {"model": "nobody"}) is None
    assert worst_price(contract, None) is None
    assert worst_price(replace(lantern(), prices={"currency": "USD"}), {}) is None


@pytest.mark.parametrize("provider", PROVIDERS)
@given(body=JSON)
def test_any_body_has_a_price_or_none(provider: str, body: Any) -> None:
    found = worst_price(contract_of(provider), body)
    assert found is None or found >= 0


def test_every_planned_submission_of_a_priced_catalogue_has_a_price() -> None:
    for provider in PROVIDERS:
        contract = contract_of(provider)
        if "catalogue" not in contract.prices:
            continue
        models = (contract.default_model,)
        prices = [
            worst_price(contract, probe.body)
            for probe in planned(provider, models).probes
            if probe.operation == contract.submit.id and probe.family == "valid"
        ]
        assert prices and all(price is not None and price > 0 for price in prices)


# The ledger


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from(["refused", "accepted", "unknown"]))), st.floats(0, 20))
def test_what_is_spent_and_reserved_never_exceeds_the_budget(jobs: list[tuple[float, str]], budget: float) -> None:
    ledger = Ledger(budget)
    for price, outcome in jobs:
        try:
            reserved = ledger.reserve(price, "a job")
        except BudgetSpent:
            continue
        ledger.settle(reserved, {"refused": 0.0, "accepted": reserved, "unknown": None}[outcome])
        assert ledger.spent + ledger.reserved <= budget + 1e-6
        assert ledger.reserved >= -1e-6


def test_an_outcome_that_is_not_known_stays_reserved() -> None:
    ledger = Ledger(1.0)
    ledger.settle(ledger.reserve(0.6, "a job"), None)
    assert (ledger.spent, ledger.reserved, ledger.unknown) == (0.0, 0.6, 0.6)
    with pytest.raises(BudgetSpent, match="0.5000 USD and 0.4000 of 1.00 USD is left"):
        ledger.reserve(0.5, "a job")


def test_a_refused_job_costs_nothing() -> None:
    ledger = Ledger(1.0)
    for _ in range(5):
        ledger.settle(ledger.reserve(1.0, "a job"), 0.0)
    assert ledger.spent == 0


def test_without_a_price_there_is_no_budget_to_keep() -> None:
    with pytest.raises(ConfigurationError, match="the price of a job is not documented") as caught:
        Ledger(1.0).reserve(None, "a job")
    assert "--assume-price" in str(caught.value)


def test_stopping_for_money_has_its_own_exit_code() -> None:
    with pytest.raises(BudgetSpent) as caught:
        Ledger(0.0).reserve(0.01, "a job")
    assert caught.value.exit_code == 4
