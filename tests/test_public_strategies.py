"""``harness.strategies``: what users of Hypothesis draw from, at Hypothesis' own default settings."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from conftest import PROVIDERS, ROOT, few
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.strategies import SearchStrategy

from harness import strategies
from harness.contract import load
from harness.errors import ConfigurationError, HarnessError, UnknownName

#: As who writes ``@given`` alone has them, whatever profile the suite runs with; only that it says the same twice, and
#: that a busy machine is no fault of a strategy's.
PLAIN = settings(
    settings.get_profile("default"),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
SUBJECT = "venice"
CLAIM = "venice.queueVideo.duration.enum"
ANSWERED = "venice.queueVideo.response.documented"
#: A request that breaks it breaks another one, too.
UNBREAKABLE = "relaydance.createVideo.metadata.content.references-exclude-last-frame"

every_operation = pytest.mark.parametrize(
    ("provider", "operation"),
    [
        pytest.param(name, each.id, marks=[pytest.mark.slow] if name in ("openrouter", "venice") else [])
        for name in PROVIDERS
        for each in load(name).operations.values()
        if each.body is not None
    ],
)


def drawn(strategy: SearchStrategy[Any]) -> list[Any]:
    """A hundred examples, as a test gets them."""
    found = []

    @PLAIN
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


@every_operation
def test_requests_break_nothing(provider: str, operation: str) -> None:
    contract = load(provider)
    bodies = drawn(strategies.requests(provider, operation=operation))
    assert bodies and not [each for each in bodies if contract.violations(operation, each)]
    assert "$re" not in str(bodies)  # nothing is left to be filled from a submission


@every_operation
def test_violating_requests_break_the_claim_that_they_name_and_no_other(provider: str, operation: str) -> None:
    contract = load(provider)
    broken = drawn(strategies.violating(provider, operation=operation))
    assert broken and all(contract.violations(operation, body) == {claim} for claim, body in broken)
    assert len({claim for claim, _ in broken}) > 3


def test_one_claim_is_broken_in_more_ways_than_one() -> None:
    broken = drawn(strategies.violating(SUBJECT, CLAIM))
    assert {claim for claim, _ in broken} == {CLAIM}
    assert len({body["duration"] for _, body in broken}) > 3


def test_a_model_that_is_asked_for_is_the_only_one() -> None:
    model = few(load(SUBJECT))[1]
    assert {body["model"] for body in drawn(strategies.requests(SUBJECT, model=model))} == {model}
    named = drawn(strategies.claims(SUBJECT, model=model))
    assert {claim.partition("@")[2] for claim in named} == {"", model}


def test_every_claim_that_is_drawn_can_be_broken() -> None:
    found = set(drawn(strategies.claims(SUBJECT, operation="quoteVideo")))
    assert len(found) > 5
    for claim in found:
        strategies.violating(SUBJECT, claim)  # raises where nothing breaks it


def test_what_fails_shrinks_to_the_default_model_and_the_field_that_shows_it() -> None:
    quick = settings(PLAIN, phases=[Phase.generate, Phase.shrink], max_examples=1000)
    least = find(strategies.requests(SUBJECT), lambda each: True, settings=quick)
    shown = find(strategies.requests(SUBJECT), lambda each: "aspect_ratio" in each, settings=quick)
    assert least["model"] == shown["model"] == load(SUBJECT).default_model
    assert set(shown) == {*least, "aspect_ratio"}
    _, broken = find(strategies.violating(SUBJECT, CLAIM), lambda each: True, settings=quick)
    assert set(broken) == set(least) and broken["model"] == least["model"]


@pytest.mark.slow
def test_the_same_test_draws_the_same_twice() -> None:
    assert drawn(strategies.violating(SUBJECT)) == drawn(strategies.violating(SUBJECT))


def test_an_example_may_be_changed_without_changing_the_next() -> None:
    @PLAIN
    @given(strategies.violating(SUBJECT, CLAIM))
    def spoil(broken: tuple[str, Any]) -> None:
        assert "spoilt" not in broken[1]
        broken[1]["spoilt"] = True

    spoil()


def test_a_test_that_forbids_what_is_drawn_fails() -> None:
    @PLAIN
    @given(strategies.requests(SUBJECT))
    def strict(body: dict[str, Any]) -> None:
        assert set(body) <= {"model", "prompt", "duration", "image_url"}

    with pytest.raises(AssertionError):
        strict()


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ((strategies.requests, "venise"), UnknownName, "Did you mean 'venice'?"),
        ((strategies.requests, SUBJECT, {"operation": "queuevideo"}), UnknownName, "Did you mean 'queueVideo'?"),
        ((strategies.requests, SUBJECT, {"operation": "listModels"}), ConfigurationError, "takes no body"),
        ((strategies.claims, SUBJECT, {"model": "veo3.1-fast"}), UnknownName, "Did you mean 'veo3.1-fast-"),
        ((strategies.violating, SUBJECT, {"claim": CLAIM[:-1]}), UnknownName, f"Did you mean '{CLAIM}'?"),
        (
            (strategies.violating, SUBJECT, {"claim": CLAIM, "operation": "quoteVideo"}),
            ConfigurationError,
            "queueVideo",
        ),
        ((strategies.violating, SUBJECT, {"claim": ANSWERED}), ConfigurationError, "not about what a request says"),
        ((strategies.violating, "relaydance", {"claim": UNBREAKABLE}), ConfigurationError, "no request breaks"),
    ],
)
def test_a_wrong_name_is_told_before_anything_is_drawn(
    asked: tuple[Any, ...], error: type[HarnessError], told: str
) -> None:
    make, provider, *more = asked
    with pytest.raises(error) as raised:
        make(provider, **(more[0] if more else {}))
    assert told in str(raised.value)


def test_neither_schemathesis_nor_a_web_server_is_needed_to_import_them() -> None:
    heavy = ["schemathesis", "httpx", "vcr", "av", "starlette", "harness.run"]
    told = f"import sys, harness.strategies; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
