"""How fast probes are made and verified, bodies checked and interactions judged. Run: make bench."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from harness.contract import Contract, load
from harness.judge import judge
from harness.probe.build import Builder
from harness.probe.fuzz import loaded
from harness.probe.plan import plan
from harness.probe.strategies import random_valid, requests
from harness.run.sources import simulated

#: Verified requests for each round: enough that starting Hypothesis does not count.
NUMBER = 100
SUBJECT = "relaydance"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load(SUBJECT)


def verified(strategy: Any, contract: Contract, number: int) -> tuple[int, int]:
    """(valid, generated) when ``number`` bodies are drawn and each is checked against the contract."""
    counts = [0, 0]

    @seed(0)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(body: Any) -> None:
        counts[0] += not contract.violations(contract.submit.id, body)
        counts[1] += 1

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        draw()
    return counts[0], counts[1]


def note(benchmark: Any, valid: int, number: int) -> None:
    benchmark.extra_info["valid"] = valid
    benchmark.extra_info["generated"] = number
    benchmark.extra_info["verified valid per second"] = round(valid / benchmark.stats.stats.mean, 1)


@pytest.mark.benchmark(group="verified valid requests")
def test_requests_from_our_strategies(benchmark: Any, contract: Contract) -> None:
    valid, number = benchmark.pedantic(verified, args=(requests(contract), contract, NUMBER), rounds=5, warmup_rounds=1)
    note(benchmark, valid, number)
    assert valid == number


@pytest.mark.benchmark(group="verified valid requests")
def test_requests_from_schemathesis(benchmark: Any, contract: Contract) -> None:
    operation = loaded(contract)[contract.submit.path][contract.submit.method]
    strategy = operation.as_strategy().map(lambda case: case.body)
    valid, number = benchmark.pedantic(verified, args=(strategy, contract, NUMBER), rounds=5, warmup_rounds=1)
    note(benchmark, valid, number)
    assert number


@pytest.mark.benchmark(group="a whole plan")
@pytest.mark.parametrize("provider", ["relaydance", "unified-v2", "openrouter"])
def test_a_plan_with_every_probe_verified(benchmark: Any, provider: str) -> None:
    contract = load(provider)
    made = benchmark.pedantic(plan, args=(contract,), kwargs={"simulated": True}, rounds=5)
    benchmark.extra_info["probes per second"] = round(len(made.probes) / benchmark.stats.stats.mean, 1)
    assert made.probes


@pytest.mark.benchmark(group="a whole plan")
def test_random_requests_without_repetition(benchmark: Any, contract: Contract) -> None:
    assert len(benchmark.pedantic(random_valid, args=(contract, 50, 0), rounds=5)) == 50


@pytest.fixture(scope="module", params=["relaydance", "openrouter"])
def observed(request: pytest.FixtureRequest) -> tuple[Contract, list[Any]]:
    contract = load(request.param)
    models = list(contract.models)[:4]
    run = simulated(contract, [])
    return contract, run.go(plan(contract, models=models, simulated=True))


@pytest.mark.benchmark(group="judging")
def test_interactions_are_judged(benchmark: Any, observed: tuple[Contract, list[Any]]) -> None:
    contract, interactions = observed
    found = benchmark.pedantic(judge, args=(contract, interactions), rounds=10, warmup_rounds=1)
    benchmark.extra_info["interactions per second"] = round(len(interactions) / benchmark.stats.stats.mean)
    assert len(found) == len(contract.claims)


@pytest.mark.benchmark(group="checking bodies")
@pytest.mark.parametrize("provider", ["relaydance", "unified-v2", "openrouter", "venice"])
def test_a_body_is_held_against_every_claim(benchmark: Any, provider: str) -> None:
    contract = load(provider)
    body = Builder(contract, contract.submit).minimal(contract.default_model)
    assert benchmark(contract.violations, contract.submit.id, body) == frozenset()
