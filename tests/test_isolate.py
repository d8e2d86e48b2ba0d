"""Narrowing down: whatever is refused is named exactly, with few requests, and nothing else is blamed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.probe.isolate import isolate


def asked(
    names: int, refuses: Callable[[frozenset[int]], bool | None], suspects: int | None = None
) -> tuple[list[frozenset[int]], int]:
    """The causes found, and after how many requests; what was answered before, all of it at first, is not asked."""
    asking = isolate(range(names), names if suspects is None else suspects)
    answers: dict[frozenset[int], bool | None] = {frozenset(range(names)): False}
    sent = 0
    try:
        wanted = next(asking)
        while True:
            if wanted not in answers:
                sent += 1
                said = refuses(wanted)
                answers[wanted] = None if said is None else not said
            wanted = asking.send(answers[wanted])
    except StopIteration as done:
        return done.value, sent


@pytest.mark.parametrize("names", [1, 2, 3, 5, 8, 12, 16, 40])
def test_a_single_cause_is_named_in_few_requests(names: int) -> None:
    for cause in range(names):
        found, sent = asked(names, lambda tried, cause=cause: cause in tried)  # type: ignore[misc]
        assert found == [{cause}]
        assert sent <= (ceil(log2(names)) if names > 1 else 0) + 2


@pytest.mark.parametrize("names", [2, 3, 5, 8, 12, 16])
def test_two_values_that_are_only_refused_together_are_named_together(names: int) -> None:
    for pair in map(frozenset, combinations(range(names), 2)):
        found, sent = asked(names, lambda tried, pair=pair: pair <= tried)  # type: ignore[misc]
        assert found == [pair]
        assert sent <= 2 * ceil(log2(names)) + 4


@pytest.mark.parametrize("suspects", [0, 1, 4])
def test_values_that_were_accepted_before_are_blamed_in_combination_only(suspects: int) -> None:
    found, sent = asked(8, lambda tried: {suspects, 7} <= tried, suspects)
    assert found == [{suspects, 7}]
    assert sent <= 2 * 3 + 4
    if suspects:
        found, sent = asked(8, lambda tried: suspects - 1 in tried, suspects)
        assert found == [{suspects - 1}] and sent <= ceil(log2(suspects)) + 4


@given(st.integers(2, 14), st.data())
def test_two_causes_are_both_found(names: int, data: st.DataObject) -> None:
    one, other = data.draw(st.permutations(range(names)))[:2]
    found, _ = asked(names, lambda tried: bool({one, other} & tried))
    assert set(found) == {frozenset({one}), frozenset({other})}


def test_a_request_that_is_refused_without_any_of_the_values_clears_them_all() -> None:
    assert asked(9, lambda _: True)[0] == [frozenset()]


def test_an_answer_that_tells_nothing_ends_the_search_without_a_cause() -> None:
    assert asked(9, lambda _: None) == ([], 1)


@given(st.integers(0, 10), st.integers(0, 10), st.randoms(use_true_random=False))
def test_answers_without_sense_blame_nothing_that_was_accepted_alone(names: int, suspects: int, chance: object) -> None:
    answers: dict[frozenset[int], bool | None] = {}

    def refuses(tried: frozenset[int]) -> bool | None:
        return answers.setdefault(tried, chance.choice((True, False, None)))  # type: ignore[attr-defined]

    found, sent = asked(names, refuses, min(suspects, names))
    assert sent <= 60
    for cause in found:
        assert answers.get(cause, cause == set(range(names))) is True
