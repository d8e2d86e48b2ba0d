"""How fast a delivered file is measured: read, decoded from its first picture to its last, and listened to."""

from __future__ import annotations

from typing import Any

import pytest

from harness.exchange.media import facts
from harness.simulator.clip import Clip, film

#: Clips for each round. A thousand a minute is what a day's recordings need.
NUMBER = 50


@pytest.mark.benchmark(group="measuring")
@pytest.mark.parametrize(
    "clip",
    [
        Clip(width=1280, height=720, seconds=5, sound="tone"),
        Clip(width=854, height=480, seconds=5, sound="tone", rate=24),
    ],
    ids=["two pictures of 720 lines", "120 pictures of 480 lines"],
)
def test_clips_are_measured(benchmark: Any, clip: Clip) -> None:
    data = film(clip)

    def measure() -> bool:
        return all(facts(data).fault is None for _ in range(NUMBER))

    assert benchmark.pedantic(measure, rounds=3, warmup_rounds=1)
    benchmark.extra_info["clips per minute"] = round(60 * NUMBER / benchmark.stats.stats.mean)
