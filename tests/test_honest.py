"""Honest simulators are clean, whatever valid requests chance brings."""

from __future__ import annotations

import pytest
from conftest import contract_of, each_provider, few

from harness.judge import judge
from harness.probe.plan import plan
from harness.probe.strategies import random_valid
from harness.run.sources import simulated
from harness.verdict import Outcome

#: Random valid requests of one run, and how many seeds there are.
RANDOM, SEEDS = 30, 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
@each_provider
def test_an_honest_simulator_is_clean_with_every_seed(provider: str, seed: int) -> None:
    contract = contract_of(provider)
    models = few(contract)[:2]
    made = plan(contract, models=models, simulated=True, extra=random_valid(contract, RANDOM, seed, models))
    run = simulated(contract, [])
    run.go(made)
    verdicts = judge(contract, run.interactions, unprobed=made.unprobed)
    assert [v.claim.id for v in verdicts if v.outcome in (Outcome.FAIL, Outcome.ERROR)] == []
    random = sum(probe.family == "random" for probe in made.probes)
    assert random > RANDOM / 2
