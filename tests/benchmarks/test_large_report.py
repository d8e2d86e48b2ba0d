"""How long a report of 100,000 verdicts takes to write, and in how much memory beyond its own. Run: make bench."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from large import large

from harness.report import pieces

TESTS = Path(__file__).parent.parent
NUMBER = 100_000
#: Megabytes that writing may take beyond the report: the page's table of shared texts, and buffers.
MOST = 64

#: Prints the kilobytes by which the highest memory rose while the report was written. A fresh process, because the
#: highest memory of a process never falls.
MEASURED = """
import resource, sys
from large import large
from harness.report import pieces
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
made = large(int(sys.argv[1]))
for each in pieces(sys.argv[2], large(100)):
    pass  # what is imported and compiled once is no part of it
before = peak()
with open(sys.argv[3], "w", encoding="utf-8") as file:
    file.writelines(pieces(sys.argv[2], made))
print(peak() - before)
"""


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return large(NUMBER)


@pytest.mark.benchmark(group="writing 100,000 verdicts")
@pytest.mark.parametrize("name", ["html", "json"])
def test_a_large_report_is_written_in_little_memory(
    benchmark: Any, report: dict[str, Any], name: str, tmp_path: Path
) -> None:
    benchmark.pedantic(lambda: sum(len(each) for each in pieces(name, report)), rounds=2)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(NUMBER), name, str(tmp_path / "report")],
        cwd=TESTS,
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    megabytes = int(done.stdout) / 1024
    benchmark.extra_info["megabytes beyond the report"] = round(megabytes, 1)
    assert megabytes < MOST
