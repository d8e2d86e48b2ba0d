"""What a job can cost at most, and the budget that every submission passes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from anything import JSON
from conftest import PROVIDERS, contract_of, lantern, planned
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.model import Contract, Model
from harness.contract.prices import Price, documented_price
from harness.errors import BudgetSpent, ConfigurationError, SpecError
from harness.run.budget import Caps, Committed, allow


def worst_price(contract: Contract, body: Any) -> float | None:
    found = documented_price(contract, body)
    return None if found is None else found.usd


@pytest.mark.parametrize("length, cost", [("2s", 0.10), ("8s", 0.40), (None, 1.50), ("nonsense", 1.50)])
def test_a_price_a_second(length: str | None, cost: float) -> None:
    assert worst_price(lantern(), {"length": length}) == pytest.approx(cost)


#: How the names of a price list are read.
PRICES: dict[str, Any] = {
    "currency": "USD",
    "catalogue": "/skus",
    "units": {
        "second": "(?<!megapixel_)second",
        "megapixel-second": "megapixel_second",
        "token": "token",
        "input": "_input$",
        "job": "per_video|flat",
    },
    "token": {"pixels": 1024, "frames": 24},
    "cents": "cents_",
}


def catalogued(prices: dict[str, Any], body: dict[str, Any]) -> float | None:
    contract = lantern()
    models = {"m": Model(id="m", entry={"id": "m", "skus": prices})}
    return worst_price(replace(contract, models=models, prices=PRICES), {"model": "m", **body})


@pytest.mark.parametrize(
    "prices, body, cost",
    [
        ({"per_second": "0.1"}, {"length": "4s"}, 0.4),
        ({"cents_per_second": "10"}, {"length": "4s"}, 0.4),
        ({"per_video": "0.3"}, {"length": "4s"}, 0.3),
        ({"video_second_480p": 0.1, "video_second_1080p": 0.5}, {"length": "2s", "resolution": "480p"}, 0.2),
        ({"video_second_480p": 0.1, "video_second_1080p": 0.5}, {"length": "2s"}, 1.0),
        ({"video_second_4k": 1.0, "video_second_1080p": 0.5}, {"length": "2s", "resolution": "1080p"}, 1.0),
        ({"video_second_4K": 1.0}, {"length": "2s", "resolution": "720p"}, 2.0),
        ({"per_second": 0.1, "cents_per_image_input": 5}, {"length": "2s", "a": ["https://x/1", "data:,"]}, 0.3),
        ({"cents_flat": 30, "per_second": 0.1}, {"length": "2s"}, 0.3),
        ({"megapixel_second": 0.5}, {"length": "2s", "resolution": "480p"}, 0.5 * 2160 * 2160 * 21 / 9 / 1e6 * 30),
        ({"token": 1e-6}, {"length": "2s", "resolution": "480p"}, 1e-6 * 480 * 480 * 21 / 9 * 24 * 2 / 1024),
        ({}, {"length": "2s"}, None),
    ],
)
def test_the_dearest_price_that_could_apply_counts(
    prices: dict[str, Any], body: dict[str, Any], cost: float | None
) -> None:
    found = catalogued(prices, body)
    assert found is None if cost is None else found == pytest.approx(cost)


SORA = {"model": "openai/sora-2-pro"}


@pytest.mark.parametrize(
    "body, cost",
    [
        ({**SORA, "duration": 4, "resolution": "720p"}, 4 * 0.3),
        ({**SORA, "duration": 1, "resolution": "720p"}, 20 * 0.3),  # not listed: any length may be made
        ({**SORA, "duration": 500, "resolution": "720p"}, 500 * 0.3),
        ({**SORA, "duration": 4, "resolution": "480p"}, 4 * 0.5),  # not listed: any resolution may be made
        ({**SORA, "duration": 4, "resolution": "720p", "size": "1920x1080"}, 4 * 0.5),
        ({**SORA, "duration": 4, "size": "1280x720"}, 4 * 0.3),
        ({**SORA, "duration": 4, "size": "640x480"}, 4 * 0.5),
        ({"model": "runway/aleph-2", "duration": 1}, 30 * 0.28),  # it has no list
        (
            {"model": "black-forest-labs/flux-video-upscale", "duration": 1, "resolution": "480p"},
            0.105 * 2160 * 2160 * 21 / 9 / 1e6 * 30,  # neither is in its hands
        ),
        (
            {"model": "bytedance/seedance-2.0", "duration": 15, "resolution": "4K", "size": "480x480"},
            0.000007 * 2160 * 2160 * 21 / 9 * 24 * 15 / 1024,
        ),
        (
            {"model": "bytedance/seedance-2.0", "duration": 15, "resolution": "480p", "size": "3840x2160"},
            0.000007 * 3840 * 2160 * 24 * 15 / 1024,
        ),
    ],
)
def test_a_wish_that_may_be_ignored_makes_nothing_cheaper(body: dict[str, Any], cost: float) -> None:
    assert worst_price(contract_of("openrouter"), {"prompt": "a boat", **body}) == pytest.approx(cost)


def test_a_model_that_nobody_knows_may_be_the_dearest() -> None:
    contract = contract_of("openrouter")
    dearest = max(worst_price(contract, {"model": name, "duration": 1}) or 0.0 for name in contract.models)
    assert worst_price(contract, {"model": "nobody", "duration": 1}) == pytest.approx(dearest)


@pytest.mark.parametrize("price", ["free", None, True, "nan", -1, "inf", 10**400, {"usd": 1}])
def test_a_price_that_is_no_amount_names_the_model_and_the_sku(price: Any) -> None:
    with pytest.raises(SpecError, match=r"the price of 'per_second' of model 'm' is .*, which is not an amount"):
        catalogued({"per_video": "0", "per_second": price}, {"length": "2s"})


@pytest.mark.parametrize(
    "name, said",
    [("per_minute", "nothing says so"), ("token_input", "token or input says so")],
)
def test_a_price_of_which_nobody_knows_what_it_is_for_is_refused(name: str, said: str) -> None:
    with pytest.raises(SpecError, match=f"'{name}' of model 'm' is the price of: {said}") as caught:
        catalogued({"per_second": 0.1, name: 1}, {"length": "2s"})
    assert "prices/units in provider.yaml" in str(caught.value)


def test_pixels_cost_what_the_largest_could() -> None:
    small = catalogued({"token": "0.000001"}, {"length": "2s", "resolution": "480p"})
    large = catalogued({"token": "0.000001"}, {"length": "2s"})
    assert small is not None and large is not None
    assert 0 < small < large


def test_a_model_without_a_list_has_no_price() -> None:
    contract = replace(lantern(), prices=PRICES)
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


# The budget


JOBS = st.lists(st.tuples(st.floats(0, 5), st.sampled_from(["refused", "accepted", "unknown"])), max_size=12)


@given(JOBS, st.floats(0, 20))
def test_what_is_spent_and_reserved_never_exceeds_a_cap(jobs: list[tuple[float, str]], budget: float) -> None:
    committed = 0.0
    for price, outcome in jobs:
        try:
            allow(Price(price, "p"), Caps(run=budget), Committed(run=committed), "a job")
        except BudgetSpent:
            continue
        committed += 0.0 if outcome == "refused" else price
        assert committed <= budget + 1e-6


@pytest.mark.parametrize(
    "caps, flag",
    [
        (Caps(run=1.0), "--budget"),
        (Caps(run=9.0, provider=1.0), "--max-per-provider"),
        (Caps(run=9.0, day=1.0), "--max-per-day"),
        (Caps(run=9.0, job=0.4), "--max-per-job"),
    ],
)
def test_every_cap_says_which_it_is(caps: Caps, flag: str) -> None:
    taken = Committed(run=0.6, provider=0.6, day=0.6)
    with pytest.raises(BudgetSpent, match=flag) as caught:
        allow(Price(0.5, "documented"), caps, taken, "a job")
    assert caught.value.exit_code == 4
    assert allow(Price(0.3, "documented"), caps, taken, "a job").usd == 0.3


def test_without_a_price_there_is_no_budget_to_keep() -> None:
    with pytest.raises(ConfigurationError, match="the price of a job is not documented") as caught:
        allow(None, Caps(run=1.0), Committed(), "a job")
    assert "--assume-price" in str(caught.value)
