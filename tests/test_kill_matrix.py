"""Every named lie of every simulated provider is caught, by the claims that are said to catch it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from conftest import PROVIDERS
from test_judge import killed

from harness.contract import load
from harness.run.proof import kill, matrix
from harness.simulator import known

#: Every sixtieth quirk of a provider is proven in the fast suite; all when slow.
EVERY = 60
#: These need every model, or files that take long to make.
LONG = ("auto-refused", "video-is-webm", "always-small", "two-pixels-wider", "prompt-left-out", "polling-url-missing")


def rows() -> Iterator[object]:
    for provider in PROVIDERS:
        for number, name in enumerate(known(provider)):
            fast = number % EVERY == 0 and name not in LONG
            slow = [] if fast else [pytest.mark.slow]
            yield pytest.param(provider, name, marks=slow, id=f"{provider}-{name}")


@pytest.mark.parametrize("provider, quirk", list(rows()))
def test_a_quirk_is_caught(provider: str, quirk: str) -> None:
    row = killed(provider, quirk)
    assert row.missed == (), "said to fail, and did not"
    assert row.killed_by


def test_a_quirk_that_changes_nothing_is_missed() -> None:
    """``kill`` plays quirks by their names: a real one, said to break something else, is not caught by that."""
    contract = load("unified-v2")
    honest = known("unified-v2")["takes-any-duration"]
    row = kill(contract, replace(honest, breaks=("unified-v2.createVideo.ratio.enum",)))
    assert row.missed == ("unified-v2.createVideo.ratio.enum",)
    assert not row.caught


@pytest.mark.slow
def test_the_matrix_has_a_row_for_every_quirk() -> None:
    assert [row.quirk.name for row in matrix("unified-v2")] == list(known("unified-v2"))
