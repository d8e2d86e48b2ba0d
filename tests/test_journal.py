"""What is written down before it is sent, and what holds when everything else breaks."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import lantern
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.model import Manners
from harness.contract.prices import Price
from harness.errors import BudgetSpent, ConfigurationError, JournalError, StrangeJournal, UnknownName
from harness.exchange.kept import packed, unpacked
from harness.interaction import Arrival, Interaction, MediaFacts, Origin, Provenance, Request, Response
from harness.run.budget import Caps
from harness.run.courier import Courier, Errand
from harness.run.journal import Journal
from harness.run.manners import Paced
from harness.run.sending import INTERRUPTED, Step
from harness.run.sources import Address
from harness.simulator.server import serving

KEY = "sk-test-5f0c2b7e91d84a36"
DAY = "2026-01-01"


def journal(folder: Path, *, run: float = 1.0, **caps: float) -> Journal:
    made = Journal(folder / "journal.sqlite")
    made.start("r", created=f"{DAY}T00:00:00Z", caps=Caps(run=run, **caps), settings={"a": 1})
    made.part("r", "lantern", base_url="http://x", plan={"probes": []})
    return made


def intend(into: Journal, key: str, usd: float | None = 0.4, run: str = "r", day: str = DAY) -> None:
    price = None if usd is None else Price(usd, "documented")
    into.intend(run, "lantern", key, digest="d", kind="submission", at=1.0, day=day, price=price)


# Money


def test_an_intent_sets_its_worst_price_aside(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    intend(kept, "a")
    intend(kept, "b")
    with pytest.raises(BudgetSpent, match="could cost 0.4000 USD and 0.2000 of 1.00 USD"):
        intend(kept, "c")
    assert kept.find("r", "lantern", "c") is None
    kept.settle("r", "lantern", "a", cost=0.0, basis="refused")
    intend(kept, "c")
    assert kept.money("r").reserved == pytest.approx(0.8)


def test_what_nobody_knows_stays_set_aside(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    intend(kept, "a")
    kept.settle("r", "lantern", "a", cost=None, basis="unknown")
    assert (kept.money("r").reserved, kept.money("r").unknown, kept.money("r").spent) == (0.4, 0.4, 0.0)


def test_without_a_price_nothing_is_written_down(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    with pytest.raises(ConfigurationError, match="not documented"):
        intend(kept, "a", None)
    assert list(kept.steps("r", "lantern")) == []


def test_a_days_cap_counts_every_run_of_the_day(tmp_path: Path) -> None:
    kept = journal(tmp_path, run=9.0, day=1.0)
    kept.start("s", created=f"{DAY}T01:00:00Z", caps=Caps(run=9.0, day=1.0), settings={})
    intend(kept, "a", 0.7)
    with pytest.raises(BudgetSpent, match="--max-per-day"):
        intend(kept, "a", 0.7, run="s")
    intend(kept, "a", 0.7, run="s", day="2026-01-02")


_RACER = """
import sys, time
from pathlib import Path
from harness.contract.prices import Price
from harness.errors import BudgetSpent
from harness.run.journal import Journal
path, name, start = sys.argv[1:]
kept = Journal(Path(path))
time.sleep(max(0.0, float(start) - time.time()))
try:
    for n in range(20):
        kept.intend("r", "lantern", f"{name}-{n}", digest="d", kind="submission", at=1.0, day="2026-01-01",
                    price=Price(0.3, "documented"))
except BudgetSpent:
    pass
"""


def test_eight_processes_at_the_last_dollar_never_spend_more(tmp_path: Path) -> None:
    kept = journal(tmp_path, run=1.0)
    start = str(time.time() + 4)
    racers = [subprocess.Popen([sys.executable, "-c", _RACER, kept.path, str(n), start]) for n in range(8)]
    assert [each.wait(60) for each in racers] == [0] * 8
    assert len(list(kept.steps("r", "lantern"))) == 3
    assert kept.check() == []


# The file


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = journal(tmp_path / "new").path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="file/journal.sqlite") as caught:
        Journal(tmp_path / "file" / "journal.sqlite")
    assert "--journal FILE" in str(caught.value) and caught.value.exit_code == 6


def test_what_is_no_journal_is_told(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b"no database, whatever it is called" * 50)
    with pytest.raises(JournalError, match="not a database"):
        Journal(tmp_path / "j")


def test_a_run_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="unknown run 'q'"):
        journal(tmp_path).run("q")


def test_on_a_full_disk_nothing_is_half_written(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    intend(kept, "a", 0.1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # no file may grow beyond one page
    try:
        with pytest.raises(JournalError, match="cannot be used"):
            intend(kept, "b", 0.1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert [row.key for row in kept.steps("r", "lantern")] == ["a"]
    intend(kept, "b", 0.1)
    assert kept.check() == []


def test_a_part_of_a_run_is_held_by_one(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    with kept.holding("r", "run") as first, kept.holding("r", "run") as second, kept.holding("r", "other") as other:
        assert (first, second, other) == (True, False, True)
    with kept.holding("r", "run") as again:
        assert again


# Interactions


@given(
    body=st.binary(max_size=30), status=st.integers(100, 599),
    headers=st.dictionaries(st.text(), st.text(), max_size=3), failure=st.none() | st.text(),
    quirks=st.lists(st.text(), max_size=2), gave_up=st.booleans(),
    arrived=st.booleans(),
)  # fmt: skip
def test_an_interaction_comes_back_as_it_was(
    body: bytes,
    status: int,
    headers: dict[str, str],
    failure: str | None,
    quirks: list[str],
    gave_up: bool,
    arrived: bool,
) -> None:
    media = MediaFacts(size=3, sha256="0", duration=1.5, peak=0.0, first_frame="A" * 256) if status % 2 else None
    response = Response(status=status, headers=headers, body=b"" if media else body, media=media)
    one = Interaction(
        name="live#0",
        request=Request(method="POST", url="http://x/y", headers=headers, body=body),
        response=None if failure else response,
        provenance=Provenance(origin=Origin.SIMULATED, date=DAY, quirks=tuple(quirks)),
        failure=failure,
        gave_up=gave_up,
        arrival=Arrival(received=1.25, signature="valid") if arrived else None,
    )
    assert unpacked(packed(one)) == one


# The process that sends


@pytest.fixture
def courier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Courier, Journal, str]]:
    monkeypatch.setenv("LANTERN_API_KEY", KEY)
    kept = journal(tmp_path, run=100.0)
    with serving(lantern(), []) as base:
        where = Address(base=base, key_variable="LANTERN_API_KEY", allow_private=True, date=DAY)
        made = Courier(
            Errand(
                journal=kept.path, run="r", provider="lantern", offset=time.time() - time.monotonic(),
                sessions=where.session, manners=Manners(),
            )
        )  # fmt: skip
        yield made, kept, base
        made.close()


def step(base: str, key: str, prompt: str = "A boat") -> Step:
    body = b'{"model": "lantern-large", "prompt": "%s", "length": "2s"}' % prompt.encode()
    headers = {"content-type": "application/json"}
    request = Request(method="POST", url=f"{base}/clips", headers=headers, body=body)
    return Step(key=key, request=request, kind="submission", price=Price(0.1, "documented"))


def test_what_came_of_a_step_is_read_in_the_journal(courier: tuple[Courier, Journal, str]) -> None:
    sender, kept, base = courier
    sent = sender.send(step(base, "a"))
    row = kept.find("r", "lantern", "a")
    assert row is not None and row.interaction is not None
    assert sent.interaction == unpacked(row.interaction)
    assert sender.known("a")
    assert sender.send(step(base, "a")) == sent


def test_errors_of_the_courier_are_the_runs(courier: tuple[Courier, Journal, str]) -> None:
    sender, kept, base = courier
    kept.change_caps("r", Caps(run=0.05))
    with pytest.raises(BudgetSpent, match="--budget"):
        sender.send(step(base, "a"))
    kept.change_caps("r", Caps(run=1.0))
    assert sender.send(step(base, "a")).interaction.response is not None


def test_another_request_under_the_same_key_is_never_sent(courier: tuple[Courier, Journal, str]) -> None:
    sender, _, base = courier
    sender.send(step(base, "a"))
    with pytest.raises(StrangeJournal, match="was another request") as caught:
        sender.send(step(base, "a", "Another boat"))
    assert "begin a new run" in str(caught.value)


def test_a_submission_that_a_dead_courier_left_is_not_sent_again(courier: tuple[Courier, Journal, str]) -> None:
    sender, kept, base = courier
    first = step(base, "a")
    kept.intend("r", "lantern", "a", digest=first.digest, kind="submission", at=1.0, day=DAY, price=first.price)
    sent = sender.send(first)
    assert sent.interaction.response is None
    assert sent.interaction.failure == INTERRUPTED
    assert KEY not in repr(sent.interaction)


def test_a_courier_that_dies_is_replaced(courier: tuple[Courier, Journal, str]) -> None:
    sender, _, base = courier
    sender.send(step(base, "a"))
    assert sender._process is not None
    os.kill(sender._process.pid, signal.SIGKILL)
    sender._process.join()
    sent = sender.send(step(base, "b"))
    assert sent.interaction.response is not None


# Manners


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def paced(kept: Journal, clock: Clock, manners: Manners) -> Paced:
    return Paced(kept, manners, clock=clock, sleep=clock.sleep)


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


def journal_of(folder: Path) -> Journal:
    return Journal(folder / "journal.sqlite")


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
