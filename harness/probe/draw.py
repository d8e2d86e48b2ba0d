"""Values of a Hypothesis strategy outside any test: written down in a plan, never generated while sending."""

from __future__ import annotations

import warnings
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning

from harness.json_text import canonical

T = TypeVar("T")


def drawn(strategy: st.SearchStrategy[T], number: int, seeded: int) -> list[T]:
    """``number`` distinct values (fewer if there are no more), outside any test."""
    found: dict[str, T] = {}
    if number <= 0:
        return []

    @seed(seeded)
    @settings(
        max_examples=number * 3, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), print_blob=False,
    )  # fmt: skip
    @given(strategy)
    def collect(value: T) -> None:
        if len(found) < number:
            found.setdefault(canonical(value), value)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        collect()
    return list(found.values())
