"""Limits: wherever the real one lies, it is found between two witnesses, and nothing is said that was not seen."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, log2

import pytest
from conftest import lantern
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.bounds import Bound, Side, bounds
from harness.probe.limits import FARTHEST, TIMES, edge


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
        assert sent <= 3 + ceil(log2(documented))
    else:
        assert sent <= 1 + ceil(log2(TIMES)) + 1 + ceil(log2(TIMES * documented))


@given(st.integers(1, 60), st.integers(1, 60))
def test_the_real_minimum_is_found_between_two_witnesses(documented: int, real: int) -> None:
    seen, sent = sought(bound(documented, Side.LOWER, "seconds"), lambda n: n >= real, start=200)
    assert seen[real] or real < 1
    assert real == 1 or not seen[real - 1]
    assert sent <= 4 + ceil(log2(200)) + 16


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
