"""Every named lie of every simulated provider is caught, by the claims that are said to catch it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from conftest import MINIATURE, PROVIDERS, killed, lantern

from harness.contract import load
from harness.run.proof import kill, matrix
from harness.simulator import known

#: Providers with few models, of which one quirk of each kind is proven in the fast suite; all of all when slow.
QUICK = ("unified-v2", "relaydance")
#: These need files that take long to make, or most of a plan.
LONG = ("video-is-webm", "eighteen-seconds")


def rows() -> Iterator[object]:
    kinds: set[frozenset[str]] = set()
    for provider in PROVIDERS:
        for name, quirk in known(provider).items():
            kind = frozenset(quirk.does)
            fast = provider in QUICK and kind not in kinds and name not in LONG
            kinds |= {kind} if fast else set()
            yield pytest.param(provider, name, marks=() if fast else pytest.mark.slow, id=f"{provider}-{name}")


@pytest.mark.parametrize("provider, quirk", list(rows()))
def test_a_quirk_is_caught(provider: str, quirk: str) -> None:
    row = killed(provider, quirk)
    assert row.missed == (), "said to fail, and did not"
    assert row.killed_by


def test_a_quirk_that_changes_nothing_is_missed() -> None:
    """A real one, said to break something else, is not caught by that."""
    contract = load("unified-v2")
    honest = known("unified-v2")["takes-any-duration"]
    row = kill(contract, replace(honest, breaks=("unified-v2.createVideo.ratio.enum",)))
    assert row.missed == ("unified-v2.createVideo.ratio.enum",)
    assert not row.caught


def test_a_quirk_of_a_contract_from_elsewhere_is_played_by_that_contract() -> None:
    quirk = known("lantern", MINIATURE)["takes-any-length"]
    assert kill(lantern(), quirk).caught


@pytest.mark.slow
def test_the_matrix_has_a_row_for_every_quirk() -> None:
    assert [row.quirk.name for row in matrix("unified-v2")] == list(known("unified-v2"))
