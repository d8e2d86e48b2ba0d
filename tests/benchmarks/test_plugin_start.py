"""What the plugin adds to a start of pytest that does not use it. Run: make bench."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
#: What the plugin may add, as a part of a start without it: 30 ms where that one takes 300.
MOST = 0.1
PAIRS = 21


def start(folder: Path, *words: str) -> float:
    """Seconds of processor time that a session with one empty test takes, as a whole process.

    Not of the clock on the wall: what else the machine is busy with is none of the plugin's doing.
    """
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.benchmark(group="a start of pytest")
def test_a_start_of_pytest_that_does_not_use_the_plugin(benchmark: Any, tmp_path: Path) -> None:
    """As a ratio of two starts in a row, the middle one of many: a machine is slower at one time than at another."""
    (tmp_path / "test_a.py").write_text("def test_a(): pass\n")
    ratios = []

    def pair() -> None:
        ratios.append(start(tmp_path, "-p", "harness.plugin") / start(tmp_path))

    benchmark.pedantic(pair, rounds=PAIRS, warmup_rounds=2)
    added = statistics.median(ratios) - 1
    benchmark.extra_info["added %"] = round(added * 100, 1)
    assert added < MOST
