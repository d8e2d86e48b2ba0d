"""What the plugin adds to a start of pytest that does not use it. Run: make bench."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
#: What the plugin may add, in seconds.
MOST = 0.03
PAIRS = 15


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
    """In pairs, and the least of each."""
    (tmp_path / "test_a.py").write_text("def test_a(): pass\n")
    without, with_it = [], []

    def pair() -> None:
        without.append(start(tmp_path))
        with_it.append(start(tmp_path, "-p", "harness.plugin"))

    benchmark.pedantic(pair, rounds=PAIRS, warmup_rounds=2)
    added = min(with_it) - min(without)
    benchmark.extra_info["added ms"] = round(added * 1000, 1)
    assert added < MOST
