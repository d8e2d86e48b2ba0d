"""Hypothesis strategies: valid by construction, or breaking exactly one claim."""

from __future__ import annotations

from conftest import contract_of, each_provider, few
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.probe.draw import drawn
from harness.probe.fuzz import fuzzed
from harness.probe.strategies import breaking, random_valid, requests


@each_provider
@settings(max_examples=60)
@given(data=st.data())
def test_requests_are_always_valid(provider: str, data: st.DataObject) -> None:
    contract = contract_of(provider)
    body = data.draw(requests(contract))
    assert contract.violations(contract.submit.id, body) == set()
    assert contract.model_of(body) in contract.models


@each_provider
@settings(max_examples=15)
@given(data=st.data())
def test_requests_to_other_operations_are_valid_too(provider: str, data: st.DataObject) -> None:
    contract = contract_of(provider)
    for operation in contract.operations.values():
        if operation.body is not None:
            body = data.draw(requests(contract, operation.id, contract.default_model))
            assert contract.violations(operation.id, body) == set()


@each_provider
@settings(max_examples=40)
@given(data=st.data())
def test_a_request_for_one_model_names_that_model(provider: str, data: st.DataObject) -> None:
    contract = contract_of(provider)
    model = data.draw(st.sampled_from(few(contract)))
    assert contract.model_of(data.draw(requests(contract, None, model))) == model


@each_provider
@settings(max_examples=40)
@given(data=st.data())
def test_breaking_breaks_exactly_one(provider: str, data: st.DataObject) -> None:
    contract = contract_of(provider)
    names = [c.id for c in contract.claims.values() if c.check == "request" and c.model in (None, *few(contract))]
    name = data.draw(st.sampled_from(names))
    body = data.draw(breaking(contract, name))
    assert contract.violations(contract.claims[name].operation, body) == {name}


@each_provider
def test_the_same_seed_gives_the_same_requests(provider: str) -> None:
    contract = contract_of(provider)
    once, again = (random_valid(contract, 5, 7) for _ in range(2))
    assert [p.id for p in once] == [p.id for p in again]
    assert len({p.id for p in once}) == len(once) == 5
    assert [p.id for p in random_valid(contract, 5, 8)] != [p.id for p in once]
    for probe in once:
        assert contract.violations(probe.operation, probe.body) == set()
        assert probe.family == "random"


def test_random_requests_keep_to_the_models_asked_for() -> None:
    contract = contract_of("lantern")
    assert {p.model for p in random_valid(contract, 6, 0, ["lantern-small"])} == {"lantern-small"}


def test_no_requests_are_drawn_when_none_are_wanted() -> None:
    contract = contract_of("lantern")
    assert random_valid(contract, 0, 0) == []
    assert fuzzed(contract, 0, 0) == []


def test_drawing_ends_when_there_is_nothing_new() -> None:
    assert sorted(drawn(st.booleans(), 10, 0)) == [False, True]


def test_what_schemathesis_generates_is_verified() -> None:
    contract = contract_of("relaydance")
    probes = fuzzed(contract, 40, 0)
    assert 0 < len(probes) <= 40 and len(fuzzed(contract, 1, 0)) <= 1
    assert any(probe.breaks for probe in probes) and not all(probe.breaks for probe in probes)
    for probe in probes:
        assert contract.violations(probe.operation, probe.body) == set(probe.breaks)
        assert len(probe.breaks) <= 1


def test_what_schemathesis_generates_keeps_to_the_seed_and_to_the_models_asked_for() -> None:
    contract = contract_of("lantern")
    once, again, other = (fuzzed(contract, 12, seed, ["lantern-small"]) for seed in (0, 0, 1))
    assert [p.id for p in once] == [p.id for p in again] != [p.id for p in other]
    assert {p.model for p in (*once, *other)} & set(contract.models) == {"lantern-small"}
