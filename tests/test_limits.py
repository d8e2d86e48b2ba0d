"""Limits: wherever the real one lies, it is found between two witnesses, and nothing is said that was not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from math import ceil, log2

import pytest
from conftest import contract_of, lantern, planned
from conftest import seen as recorded
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.bounds import Bound, Side, bounds
from harness.interaction import Interaction
from harness.judge import judge
from harness.pointer import present
from harness.probe.limits import FARTHEST, TIMES, edge
from harness.probe.plan import Plan, plan
from harness.run.sources import simulated
from harness.simulator import Quirk, known
from harness.verdict import Outcome, Verdict


def bound(documented: int | None, side: Side = Side.UPPER, unit: str = "number", listed: tuple[int, ...] = ()) -> Bound:
    claim = lantern().claims["lantern.createClip.steps.maximum"]
    return Bound(claim=claim, tokens=("steps",), side=side, unit=unit, documented=documented, listed=listed)


def sought(
    of: Bound,
    accepts: Callable[[int], bool | None],
    known: dict[int, bool] | None = None,
    start: int = 1,
    every: bool = True,
) -> tuple[dict[int, bool], int]:
    """What is known at the end, and after how many requests."""
    asking, sent = edge(of, known or {}, every=every, start=start), 0
    try:
        number = next(asking)
        while True:
            sent += 1
            number = asking.send(accepts(number))
    except StopIteration as done:
        return done.value, sent


@given(st.integers(2, 5000), st.integers(1, 40_000))
def test_the_real_maximum_is_found_between_two_witnesses(documented: int, real: int) -> None:
    seen, sent = sought(bound(documented), lambda n: n <= real)
    assert seen[min(real, TIMES * documented)]
    assert real >= TIMES * documented or not seen[real + 1]
    if real == documented:
        assert sent == 2
    elif real < documented:
        assert sent <= 4 + ceil(log2(documented))
    else:
        assert sent <= 1 + ceil(log2(TIMES)) + 2 + ceil(log2(TIMES * documented))


@given(st.integers(1, 60), st.integers(1, 60))
def test_the_real_minimum_is_found_between_two_witnesses(documented: int, real: int) -> None:
    seen, sent = sought(bound(documented, Side.LOWER, "seconds"), lambda n: n >= real, start=200)
    assert seen[real] or real < 1
    assert real == 1 or not seen[real - 1]
    assert sent <= 5 + ceil(log2(200)) + 16


@given(st.sets(st.integers(1, 20), min_size=2), st.data())
def test_among_listed_values_the_last_accepted_is_found(listed: set[int], data: st.DataObject) -> None:
    values = tuple(sorted(listed))
    real = data.draw(st.sampled_from(values))
    seen, _ = sought(bound(values[-1], unit="seconds", listed=values), lambda n: n <= real)
    assert max(n for n, accepted in seen.items() if accepted) == real
    following = next((n for n in values if n > real), real + 1)
    assert seen[following] is False


@given(st.sets(st.integers(1, 15), min_size=1), st.integers(2, 15))
def test_lengths_here_and_there_are_all_seen(offered: set[int], documented: int) -> None:
    """A provider that has 5 and 10 only: each length between what is accepted and what is documented is looked at."""
    seen, _ = sought(bound(documented, unit="seconds"), lambda n: n in offered)
    assert all(accepted == (n in offered) for n, accepted in seen.items())
    last = max((n for n, accepted in seen.items() if accepted), default=None)
    if last is not None and last < documented:
        assert all(n in seen for n in range(last + 1, documented + 1))
        assert last == max(n for n in offered if n <= documented)


def test_a_model_s_list_ends_where_it_ends_whatever_the_operation_refuses_beyond() -> None:
    contract = contract_of("venice")
    claim = contract.claims["venice.queueVideo.duration.enum@veo3-fast-text-to-video"]
    assert [(each.side, each.documented) for each in bounds(contract, claim)] == [(Side.UPPER, 8), (Side.LOWER, 4)]


def test_a_limit_that_holds_is_looked_at_only_when_asked_for() -> None:
    assert sought(bound(10), lambda n: n <= 10, {10: True, 11: False}, every=False) == ({10: True, 11: False}, 0)
    assert sought(bound(10), lambda n: n <= 7, {3: True, 10: False}, every=False)[0][8] is False
    assert sought(bound(10), lambda n: n <= 12, {11: True}, every=False)[0][13] is False


def test_a_limit_that_nobody_documents_is_looked_for_only_so_far() -> None:
    seen, sent = sought(bound(None), lambda _: True, start=5)
    assert max(seen) == 5 * TIMES and sent == 4
    assert sought(bound(None), lambda _: True, start=5, every=False) == ({}, 0)
    seen, sent = sought(bound(1000, unit="characters"), lambda _: True)
    assert max(seen) == 8000
    assert max(sought(bound(90_000, unit="characters"), lambda _: True)[0]) == FARTHEST["characters"]


@given(st.integers(1, 300), st.dictionaries(st.integers(-5, 400), st.booleans()), st.randoms(use_true_random=False))
def test_answers_without_sense_end_the_search_and_break_nothing(
    documented: int, known: dict[int, bool], chance: object
) -> None:
    for side in Side:
        _, sent = sought(bound(documented, side, "seconds"), lambda _: chance.choice((True, False, None)), known)  # type: ignore[attr-defined]
        assert sent <= 60


@pytest.mark.parametrize(
    "given, number", [("4s", 4), ("4", None), ("4.5s", None), ("s", None), (4, None), (None, None)]
)
def test_only_what_is_written_as_documented_is_on_the_scale(given: object, number: int | None) -> None:
    upper = next(bounds(lantern(), lantern().claims["lantern.createClip.length.enum"]))
    assert (upper.documented, upper.listed) == (8, (2, 4, 8))
    assert upper.measure({"length": given}) == number


def test_a_single_refusal_decides_nothing() -> None:
    """The real limit is 1000, and one value below it is refused once, for a reason of its own."""
    for flaky in (902, 990, 1000):
        left = [flaky]

        def accepts(number: int, left: list[int] = left) -> bool:
            if number in left:
                left.remove(number)
                return False
            return number <= 1000

        seen, _ = sought(bound(800), accepts, {800: True, 801: True})
        assert (left, seen[1000], seen[1001]) == ([], True, False)
    assert sought(bound(800), lambda n: n <= 800, {800: True, 801: False}, every=True) == ({800: True, 801: False}, 0)


# On a provider


@cache
def _lantern() -> Plan:
    return plan(lantern(), models=["lantern-large"])


def run(provider: str, claim: str, *quirks: Quirk, which: str = "wrong", model: str | None = None) -> list[Interaction]:
    """The part of the plan that has to do with the claim's field, and what --find-limits adds."""
    contract = contract_of(provider)
    tokens = contract.claims[claim].tokens
    whole = planned(provider, (model or contract.default_model,)) if provider != "lantern" else _lantern()
    few = tuple(
        probe
        for probe in whole.probes
        if probe.operation == contract.submit.id
        and (probe.breaks == (claim,) or (probe.family == "valid" and present(probe.body, tokens)))
    )
    going = simulated(contract, [*quirks, Quirk(name="no-file", summary="", does={"job": "fails"}, breaks=())])
    going.find_limits = which  # type: ignore[assignment]
    return going.go(replace(whole, probes=few))


def of(provider: str, claim: str, seen: list[Interaction]) -> Verdict:
    return next(verdict for verdict in judge(contract_of(provider), seen) if verdict.claim.id == claim)


@pytest.mark.parametrize(
    "provider, quirk, model, claim, observed",
    [
        ("unified-v2", "prompt-ends-at-500", None, "createVideo.prompt.maxLength", "documented 800, observed 500"),
        ("unified-v2", "prompt-ends-at-1000", None, "createVideo.prompt.maxLength", "documented 800, observed 1000"),
        ("unified-v2", "refuses-ten-seconds", None, "createVideo.duration.enum", "documented 10, observed 5"),
        (
            "venice", "prompt-ends-at-2000", "seedance-2-0-fast-text-to-video-basic",
            "queueVideo.prompt.maxLength@seedance-2-0-fast-text-to-video-basic", "documented 3500, observed 2000",
        ),
        (
            "openrouter", "twelve-seconds-at-most", "x-ai/grok-imagine-video",
            "createVideos.duration.enum@x-ai/grok-imagine-video", "documented 15, observed 12",
        ),
        (
            "relaydance", "eighteen-seconds", "doubao-seedance-2-0-720p",
            "createVideo.seconds.enum@doubao-seedance-2-0-720p", "documented 15, observed 18",
        ),
        (
            "relaydance", "twelve-seconds-at-most", "doubao-seedance-2-0-1080p",
            "createVideo.seconds.enum@doubao-seedance-2-0-1080p", "documented 15, observed 12",
        ),
    ],
)  # fmt: skip
def test_a_provider_that_moved_a_limit_is_told_where_to(
    provider: str, quirk: str, model: str | None, claim: str, observed: str
) -> None:
    claim = f"{provider}.{claim}"
    seen = run(provider, claim, known(provider)[quirk], model=model)
    verdict = of(provider, claim, seen)
    assert verdict.outcome is Outcome.FAIL
    told = next(noted for noted in verdict.observed if noted.text.startswith("at most"))
    assert observed in told.text
    assert all(observed in divergence.observed for divergence in verdict.divergences)
    named = {each.name: each for each in seen}
    statuses = [named[name].response.status for name in told.witnesses]  # type: ignore[union-attr]
    assert [status < 300 for status in statuses] == [True, False]


PROMPT = "lantern.createClip.prompt.maxLength"


def test_a_limit_that_holds_is_noted_and_costs_nothing_more() -> None:
    seen = run("lantern", PROMPT)
    assert not [each for each in seen if each.purpose == "limit"]
    verdict = of("lantern", PROMPT, seen)
    assert verdict.outcome is Outcome.PASS
    (noted,) = verdict.observed
    assert noted.text == "at most: documented 200, observed 200" and not noted.differs
    assert noted.shown_by == "200 was accepted and 201 refused (with lantern-large)"


def test_all_limits_are_looked_at_when_asked_for() -> None:
    one, all_of_them = run("lantern", PROMPT), run("lantern", PROMPT, which="all")
    told = [v for v in judge(lantern(), all_of_them) if v.observed]
    assert len(told) > len([v for v in judge(lantern(), one) if v.observed]) + 5
    assert all("observed" in noted.text for v in told for noted in v.observed)
    assert not [v for v in told if v.outcome is Outcome.FAIL]


def test_what_is_offered_here_and_there_has_no_single_limit() -> None:
    claim = "lantern.createClip.length.enum"
    seen = run(
        "lantern", claim, Quirk(name="q", summary="", does={"refuses": {"at": "/length", "is": "4s"}}, breaks=())
    )
    verdict = of("lantern", claim, seen)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.observed[0].text.endswith("observed no single limit")
    assert verdict.observed[0].shown_by.startswith("2, 8 accepted")


def test_a_limit_is_found_in_any_recording_and_not_where_something_else_may_be_to_blame() -> None:
    base = {"model": "lantern-large", "length": "2s", "caption": "A boat", "tag": "pond"}
    taken = recorded(0, 202, {"id": "j"}, body={**base, "prompt": "x" * 150})
    refused = recorded(1, 400, {"error": "no"}, body={**base, "prompt": "x" * 151})
    doubtful = recorded(1, 400, {"error": "no"}, body={**base, "prompt": "x" * 151, "seed": 3})
    assert "documented 200, observed 150" in of("lantern", PROMPT, [taken, refused]).observed[0].text
    assert of("lantern", PROMPT, [taken, doubtful]).observed == ()
    assert of("lantern", PROMPT, [refused]).observed == ()
    later = recorded(1, 400, {"error": "no"}, body={**base, "prompt": "x" * 180})
    assert "accepted up to 150, refused from 180" in of("lantern", PROMPT, [taken, later]).observed[0].shown_by


def test_requests_for_limits_break_nothing_else() -> None:
    for each in run("lantern", PROMPT, which="all"):
        if each.purpose == "limit":
            broken = {lantern().claims[name].tokens for name in lantern().violations("createClip", each.request.json)}
            assert len(broken) <= 1
