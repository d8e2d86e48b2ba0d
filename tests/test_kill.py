"""A live run that is killed with SIGKILL, again and again: nothing is sent twice, nothing is lost, nothing changes.

HARNESS_KILLS says how many times in all (`make kills`: 300); a few are enough for every day.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from campaigns import KEY, begun, counting, name_of, rows, started

from harness.run.journal import Journal


def told(folder: Path) -> dict[str, Any]:
    """The report without what no two runs have in common: times, the port, the name of the run."""
    text = (folder / "out" / "report.json").read_text(encoding="utf-8")
    text = re.sub(r"127\.0\.0\.1:\d+", "HOST", text)
    report: dict[str, Any] = json.loads(text)
    report.pop("generated_at")
    return _timeless(report)


def _timeless(value: Any) -> Any:
    match value:
        case dict():
            return {k: _timeless(v) for k, v in value.items() if k not in ("elapsed", "recorded", "jobs", "latency")}
        case list():
            return [_timeless(each) for each in value]
        case _:
            return value


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], int, Counter[bytes]]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with counting(0) as (base, app):
        assert begun(folder, base).wait(120) == 0, (folder / "said.txt").read_text()
        return told(folder), rows(folder), app.submitted


def killed(folder: Path, chance: random.Random, whole: int, base: str, kills: int) -> None:
    """One run, killed ``kills`` times on its way, from before its first request until after its last."""
    process = begun(folder, base)
    for number in range(kills):
        here = rows(folder)
        target = here + chance.randint(1, max(1, 2 * (whole - here) // (kills - number)))
        while process.poll() is None and rows(folder) < target:
            time.sleep(0.002)
            if rows(folder) >= whole:  # recording and reporting
                time.sleep(chance.uniform(0, 0.8))
                break
        time.sleep(chance.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if not rows(folder):  # nothing was written down, so there is nothing to resume
            process = begun(folder, base)
            continue
        process = started(folder, "resume", name_of(folder))
    assert process.wait(120) == 0, (folder / "said.txt").read_text()


def check_a_killed_run(tmp_path: Path, seed: int, kills: int, undisturbed: Any) -> None:
    report, whole, submissions = undisturbed
    with counting(seed) as (base, app):
        killed(tmp_path, random.Random(seed), whole, base, kills)
    assert app.submitted == submissions, "a submission was sent twice, or never"
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        known = {
            str(json.loads(body)["id"])
            for row in journal.steps(name_of(tmp_path), "lantern")
            if row.kind == "submission" and row.interaction and (body := _accepted(row.interaction))
        }
        assert journal.check() == []
    assert known == app.accepted, "a job was accepted that the journal does not know"
    assert told(tmp_path) == report
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()


def _accepted(interaction: str) -> bytes | None:
    from harness.exchange.kept import unpacked

    response = unpacked(interaction).response
    return response.body if response and response.status in (200, 202) else None


def test_a_run_that_is_killed_goes_on_as_if_nothing_had_happened(tmp_path: Path, undisturbed: Any) -> None:
    check_a_killed_run(tmp_path, 1, 3, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_ends_its_request_reports_and_says_how_to_go_on(
    how: signal.Signals, tmp_path: Path, undisturbed: Any
) -> None:
    report, whole, submissions = undisturbed
    with counting(5) as (base, app):
        process = begun(tmp_path, base)
        while process.poll() is None and rows(tmp_path) < whole // 3:
            time.sleep(0.005)
        process.send_signal(how)
        assert process.wait(60) == 130
        said = (tmp_path / "said.txt").read_text()
        assert "stopping after the request that is under way" in said
        assert f"go on with: harness resume {name_of(tmp_path)} --journal" in said
        assert (tmp_path / "out" / "report.json").exists() and "Traceback" not in said
        assert started(tmp_path, "runs").wait(60) == 0
        listed = (tmp_path / "said.txt").read_text().removeprefix(said)
        assert f"harness resume {name_of(tmp_path)} --journal {tmp_path / 'journal.sqlite'}" in listed
        assert started(tmp_path, "resume", name_of(tmp_path)).wait(60) == 0
    assert app.submitted == submissions
    assert told(tmp_path) == report


@pytest.mark.slow
def test_asked_twice_it_stops_at_once_and_loses_nothing(tmp_path: Path, undisturbed: Any) -> None:
    report, whole, submissions = undisturbed
    with counting(6) as (base, app):
        process = begun(tmp_path, base)
        while process.poll() is None and rows(tmp_path) < whole // 3:
            time.sleep(0.005)
        app.slow = 1.5
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        before = time.monotonic()
        assert process.wait(60) == 130
        assert time.monotonic() - before < 1.0
        app.slow = 0.0
        assert "harness: stopped. What was sent is in the journal" in (tmp_path / "said.txt").read_text()
        assert started(tmp_path, "resume", name_of(tmp_path)).wait(60) == 0
    assert app.submitted == submissions
    assert told(tmp_path) == report


@pytest.mark.slow
def test_whoever_reads_its_output_does_not_wait_for_the_request_under_way(tmp_path: Path, undisturbed: Any) -> None:
    _, whole, _ = undisturbed
    with counting(8) as (base, app):
        process = begun(tmp_path, base, said=subprocess.PIPE)
        while process.poll() is None and rows(tmp_path) < whole // 3:
            time.sleep(0.005)
        app.slow = 6
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        before = time.monotonic()
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        assert time.monotonic() - before < 3
        assert process.returncode == 130 and b"stopped. What was sent is in the journal" in said
        app.slow = 0.0


KILLS = int(os.environ.get("HARNESS_KILLS", "30"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 2 + KILLS // 10))
def test_killed_at_random_points(seed: int, tmp_path: Path, undisturbed: Any) -> None:
    check_a_killed_run(tmp_path, seed, 10, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("budget", ["0.3", "0.5"])
def test_a_run_that_its_budget_stopped_goes_on_with_a_larger_one(budget: str, tmp_path: Path, undisturbed: Any) -> None:
    report, _, submissions = undisturbed
    with counting(7) as (base, app):
        assert begun(tmp_path, base, budget).wait(120) == 4, (tmp_path / "said.txt").read_text()
        resumed = started(tmp_path, "resume", name_of(tmp_path), "--budget", "1000")
        assert resumed.wait(120) == 0, (tmp_path / "said.txt").read_text()
    assert app.submitted == submissions
    assert told(tmp_path) == report
