"""How fast providers are asked, and how many jobs they have in hand, whoever asks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from campaigns import begun, counting

from harness.contract.model import Manners
from harness.interaction import Interaction, Origin, Provenance, Request, Response
from harness.run.budget import Caps
from harness.run.journal import Journal
from harness.run.limiter import Limiter, Places
from harness.run.manners import Paced
from harness.run.sending import Step


def journal_of(folder: Path) -> Journal:
    return Journal(folder / "journal.sqlite")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def paced(kept: Journal, clock: Clock, manners: Manners) -> Paced:
    return Paced(Limiter(kept), manners, clock=clock, sleep=clock.sleep)


def grouped(group: str) -> Step:
    return Step(key="k", request=Request(method="GET", url="https://lantern.example/x"), kind="reading", group=group)


def test_requests_leave_no_faster_than_documented_whoever_sends_them(tmp_path: Path) -> None:
    clock, manners = Clock(), Manners(per_minute={"submit": 30})
    one, other = (paced(journal_of(tmp_path), clock, manners) for _ in range(2))
    left = []
    for n in range(6):
        (one if n % 2 else other).wait(grouped("submit"))
        left.append(clock.now)
    assert [round(b - a, 6) for a, b in pairwise(left)] == [2.0] * 5
    one.wait(grouped("poll"))
    assert clock.now == left[-1]


def test_failures_stay_below_what_locks_a_key_out(tmp_path: Path) -> None:
    clock = Clock()
    polite = paced(journal_of(tmp_path), clock, Manners(failures=20, failure_seconds=30))
    request, live = grouped("submit").request, Provenance(origin=Origin.LIVE)
    refused = Interaction(name="n", request=request, response=Response(status=400), provenance=live)
    times = []
    for _ in range(60):
        polite.wait(grouped("submit"))
        polite.note(grouped("submit"), refused)
        times.append(clock.now)
        clock.now += 0.1
    assert all(sum(t - 30 < each <= t for each in times) < 20 for t in times)


def test_a_clock_that_jumps_stops_nobody_for_long(tmp_path: Path) -> None:
    clock = Clock()
    polite = paced(journal_of(tmp_path), clock, Manners(per_minute={"submit": 1}))
    clock.now = 10_000_000.0
    polite.wait(grouped("submit"))
    clock.now = 1000.0  # as if somebody had set it back
    before = clock.now
    polite.wait(grouped("submit"))
    assert clock.now - before <= 60


def refused(status: int, **headers: str) -> Interaction:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    response = Response(status=status, headers=named)
    return Interaction(
        name="n", request=grouped("").request, response=response, provenance=Provenance(origin=Origin.LIVE)
    )


@pytest.mark.parametrize(
    "status, asked, waits", [(429, "30", 30), (503, "30", 30), (429, "86400", 900), (400, "30", 0)]
)
def test_whoever_asks_to_be_left_alone_is_by_every_process(
    status: int, asked: str, waits: float, tmp_path: Path
) -> None:
    clock = Clock()
    said: list[str] = []
    one, other = (paced(journal_of(tmp_path), clock, Manners()) for _ in range(2))
    other.say = said.append
    one.wait(grouped("submit"))
    one.note(grouped("submit"), refused(status, retry_after=asked))
    other.wait(grouped("poll"))
    assert clock.now == 1000 + waits
    assert said == ([f"https://lantern.example:443 is left alone for {waits} s"] if waits else [])
    other.wait(replace(grouped("poll"), request=Request(method="GET", url="https://elsewhere.example/x")))
    assert clock.now == 1000 + waits


def test_too_many_requests_are_waited_out_longer_each_time(tmp_path: Path) -> None:
    clock = Clock()
    polite = paced(journal_of(tmp_path), clock, Manners())
    left = []
    for status in (429, 429, 429, 200, 429, 503, 400):
        polite.wait(grouped("submit"))
        left.append(clock.now)
        polite.note(grouped("submit"), refused(status))
    assert [b - a for a, b in pairwise(left)] == [1, 2, 4, 0, 1, 0]


def test_what_is_under_way_may_be_a_failure_too(tmp_path: Path) -> None:
    clock = Clock()
    journal_of(tmp_path)
    manners = Manners(failures=5, failure_seconds=30)  # two at a time, as three are left to somebody else
    first, second, third = (paced(journal_of(tmp_path), clock, manners) for _ in range(3))
    first.wait(grouped("submit"))
    second.wait(grouped("submit"))

    def answers(_: float) -> None:
        first.note(grouped("submit"), refused(200))

    third.sleep = answers
    before = clock.now
    third.wait(grouped("submit"))
    assert clock.now == before, "an answer that is no failure makes room at once"


# Jobs


def places(folder: Path, run: str, clock: Clock, base: str = "http://x") -> Places:
    kept = journal_of(folder)
    kept.start(run, created="2026-01-01T00:00:00Z", caps=Caps(run=1.0), settings={})
    kept.part(run, "lantern", base_url=base, plan={})
    return Places(limiter=Limiter(kept), run=run, provider="lantern", longest=60, clock=clock)


def test_no_more_jobs_are_under_way_at_one_address_than_may_be_whoever_began_them(tmp_path: Path) -> None:
    clock = Clock()
    one, other, elsewhere = (
        places(tmp_path, run, clock, base) for run, base in (("a", "http://x"), ("b", "http://x"), ("c", "http://y"))
    )
    assert one.take(0, 2) and one.take(1, 2)
    assert not other.take(0, 2)
    assert elsewhere.take(0, 2)
    one.hold(1)
    assert other.take(0, 2)
    assert not other.take(1, 2) and not one.take(1, 2)


def test_a_run_that_died_holds_its_places_no_longer_than_a_job_can_take(tmp_path: Path) -> None:
    clock = Clock()
    gone, other = (places(tmp_path, run, clock) for run in "ab")
    assert gone.take(0, 1)
    clock.now += 59
    assert not other.take(0, 1)
    clock.now += 2
    assert other.take(0, 1)
    other.hold(0)
    clock.now -= 500  # a clock that was set back holds nobody up either
    assert gone.take(0, 1)


def test_processes_share_what_a_provider_takes_at_once(tmp_path: Path) -> None:
    """Two runs at a time, one job at a time, and each comes to its end."""
    journal = ("--journal", str(tmp_path / "shared.sqlite"))
    folders = [tmp_path / name for name in "ab"]
    with counting(1) as (base, app):
        for each in folders:
            each.mkdir()
        runs = [begun(each, base, more=journal) for each in folders]
        assert [each.wait(120) for each in runs] == [0] * 2, (folders[0] / "said.txt").read_text()
    assert len(app.accepted) >= 8
    assert app.most == 1


def test_a_journal_of_the_first_version_is_taken_up(tmp_path: Path) -> None:
    with closing(journal_of(tmp_path)) as kept:
        kept.start("r", created="2026-01-01T00:00:00Z", caps=Caps(run=1.0), settings={})
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as db:
        db.executescript("DROP TABLE places; PRAGMA user_version = 1;")
    with closing(journal_of(tmp_path)) as kept:
        assert [each["id"] for each in kept.runs()] == ["r"]
        kept.part("r", "lantern", base_url="http://x", plan={})
        Limiter(kept).hold("r", "lantern", 1, 0.0)
