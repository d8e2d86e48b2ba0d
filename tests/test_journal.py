"""What is written down before it is sent, and what holds when everything else breaks."""

from __future__ import annotations

import gc
import json
import os
import pickle
import resource
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import lantern
from hostile import told
from hypothesis import given
from hypothesis import strategies as st
from raw import served

from harness.contract.model import Manners
from harness.contract.prices import Price
from harness.errors import (
    BudgetSpent,
    ConfigurationError,
    HarnessError,
    JournalError,
    StrangeJournal,
    UnknownName,
)
from harness.exchange import Session, live_transport
from harness.exchange.kept import packed, unpacked
from harness.exchange.redact import taken_by
from harness.exchange.wire import origin
from harness.interaction import Arrival, Interaction, MediaFacts, Origin, Provenance, Request, Response
from harness.run.budget import Caps
from harness.run.conversation import Stopped
from harness.run.courier import Courier, Errand
from harness.run.journal import INTERRUPTED, Journal
from harness.run.lifeboat import ROOM, Answer, Lifeboat
from harness.run.limiter import Limiter
from harness.run.sending import LOST_LINK, Journalled, Step
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
    kept.submitted("r", "lantern", "a", "refused")
    intend(kept, "c")
    assert kept.money("r").reserved == pytest.approx(0.8)


def test_what_nobody_knows_stays_set_aside(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    intend(kept, "a")
    kept.submitted("r", "lantern", "a", "unknown")
    assert (kept.money("r").reserved, kept.money("r").unknown, kept.money("r").spent) == (0.4, 0.4, 0.0)


def test_what_a_job_cost_is_what_was_set_aside_for_it_however_often_that_is_told(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    intend(kept, "a")
    for came in ("accepted", "refused", "unknown", "accepted"):
        kept.submitted("r", "lantern", "a", came)
        assert (kept.money("r").spent, kept.money("r").reserved) == (0.4, 0.0)
    kept.settle("r", "lantern", "a", cost=0.3, basis="metered")
    kept.submitted("r", "lantern", "a", "accepted")
    assert (kept.money("r").spent, kept.money("r").metered, kept.money("r").claimed) == (0.3, 0.3, 0.4)


def test_an_intent_is_taken_back_only_while_nothing_came_of_it(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    intend(kept, "a")
    intend(kept, "b")
    kept.outcome("r", "lantern", "b", interaction="{}", at=2.0)
    for key in "ab":
        kept.withdraw("r", "lantern", key)
    assert [row.key for row in kept.steps("r", "lantern")] == ["b"]
    assert kept.money("r").reserved == 0.4


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


def test_what_is_no_journal_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE addresses (name TEXT)")
    for content in (b"hello\n", b"no database, whatever it is called" * 50, path.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(StrangeJournal, match="j: is not a journal of harness's") as caught:
            Journal(path)
        assert "--journal FILE" in str(caught.value) and caught.value.exit_code == 2
        assert path.read_bytes() == content and list(tmp_path.iterdir()) == [path]


def test_a_folder_and_a_damaged_file_are_no_journals(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be used"):
        Journal(tmp_path)
    kept = journal(tmp_path)
    for number in range(200):
        kept.arrived("r", "lantern", str(number), interaction="{}" * 200, at=1.0)
    kept.close()
    data = kept.path.read_bytes()
    kept.path.write_bytes(data[:4096] + bytes(len(data) - 8192) + data[-4096:])

    def read() -> None:
        list(Journal(kept.path).steps("r", "lantern"))

    with pytest.raises(StrangeJournal, match="is damaged") as caught:
        read()
    assert caught.value.exit_code == 2 and "may be paid for" in str(caught.value)


def test_a_journal_that_nobody_holds_any_more_troubles_no_thread(tmp_path: Path) -> None:
    gc.disable()
    try:
        ring: list[Any] = [journal(tmp_path)]
        ring.append(ring)
        del ring
        elsewhere = threading.Thread(target=gc.collect)
        elsewhere.start()
        elsewhere.join()
    finally:
        gc.enable()


def test_an_empty_file_becomes_a_journal(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").touch()
    assert journal(tmp_path).run("r")["state"] == "running"


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


def test_by_another_name_it_is_the_same_file(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link").symlink_to(kept.path)
    with kept.holding("r", "run"), Journal(tmp_path / "elsewhere" / "link").holding("r", "run") as second:
        assert not second
    os.link(kept.path, tmp_path / "second")
    with pytest.raises(StrangeJournal, match="2 names"):
        Journal(tmp_path / "second")


def test_a_run_does_not_go_on_in_a_copy_while_the_original_has_it(tmp_path: Path) -> None:
    first = journal(tmp_path)
    first.settle_in("r")
    first.close()
    (tmp_path / "copy").mkdir()
    path = Path(shutil.copy(first.path, tmp_path / "copy"))
    with pytest.raises(StrangeJournal, match=f"is a copy, and {first.path} has run r"):
        Journal(path).settle_in("r")
    Journal(first.path).settle_in("r")
    first.path.rename(tmp_path / "moved.sqlite")
    Journal(tmp_path / "moved.sqlite").settle_in("r")
    (tmp_path / "moved.sqlite").unlink()
    Journal(path).settle_in("r")


def test_a_finished_run_may_be_looked_at_in_any_copy(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    kept.settle_in("r")
    kept.mark("r", "finished")
    kept.close()
    Journal(Path(shutil.copy(kept.path, tmp_path / "copy"))).settle_in("r")


def test_what_was_taken_for_lost_gives_way_to_what_came_and_that_to_nothing(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    intend(kept, "a")
    for failure in (INTERRUPTED, "first", INTERRUPTED, "second"):
        kept.outcome("r", "lantern", "a", interaction=json.dumps({"failure": failure}), at=2.0)
    row = kept.find("r", "lantern", "a")
    assert row is not None and row.interaction == '{"failure": "first"}'


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


def test_a_courier_goes_on_numbering_signed_links_where_the_one_before_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANTERN_API_KEY", KEY)
    kept, signatures = journal(tmp_path, run=100.0), iter("abc")

    def signing(connection: socket.socket, _: bytes) -> None:
        connection.sendall(told(b'{"video": "https://cdn.example/v?sig=%s"}' % next(signatures).encode()))

    def shown(base: str, key: str) -> str:
        where = Address(base=base, key_variable="LANTERN_API_KEY", allow_private=True, date=DAY)
        errand = Errand(
            journal=kept.path, run="r", provider="lantern", offset=0.0, sessions=where.session, manners=Manners()
        )
        courier = Courier(errand)
        response = courier.send(step(base, key, prompt=key)).interaction.response
        courier.close()
        return response.body.decode() if response else ""

    with served(signing) as base:
        answers = [shown(base, key) for key in ("first", "second")]
    assert [each.partition("?sig=")[2] for each in answers] == [f'%5Bredacted-{n}%5D"}}' for n in (1, 2)]


def test_errors_of_the_courier_are_the_runs(courier: tuple[Courier, Journal, str]) -> None:
    sender, kept, base = courier
    kept.change_caps("r", Caps(run=0.05))
    with pytest.raises(BudgetSpent, match="--budget"):
        sender.send(step(base, "a"))
    kept.change_caps("r", Caps(run=1.0))
    assert sender.send(step(base, "a")).interaction.response is not None


def test_a_bug_in_the_courier_is_told_with_its_traceback_and_without_the_key(
    courier: tuple[Courier, Journal, str],
) -> None:
    sender, _, base = courier
    good = step(base, "a")
    bad = replace(good, request=replace(good.request, headers={"x": 5}))
    with pytest.raises(RuntimeError, match=r"(?s)Traceback .*wire\.py.*'int' object has no attribute 'encode'"):
        sender.send(bad)
    assert sender.send(step(base, "b")).interaction.response is not None, "the same courier is asked again"
    with_key = Address(base=base, key_variable="LANTERN_API_KEY", allow_private=True, date=DAY).session()
    assert KEY not in with_key.redacted(f"ValueError: {KEY}")


def test_every_error_of_ours_is_the_same_in_another_process() -> None:
    for kind in (HarnessError, *HarnessError.__subclasses__(), StrangeJournal):
        made = kind("kind", "name", []) if kind is UnknownName else kind("what", where="where", hint="hint")
        again = pickle.loads(pickle.dumps(made))
        assert (type(again), str(again), again.exit_code) == (kind, str(made), kind.exit_code)


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


# An answer that the journal does not take


class Busy:
    """A provider that accepts a job, while somebody else keeps the journal from being written to."""

    def __init__(self, path: Path) -> None:
        self.other = sqlite3.connect(path, isolation_level=None)
        weakref.finalize(self, self.other.close)
        self.accepted = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.other.execute("BEGIN IMMEDIATE")
        self.accepted += 1
        return httpx.Response(202, json={"id": "job-1"})

    def lets_go(self, _: float = 0.0) -> None:
        if self.other.in_transaction:
            self.other.execute("ROLLBACK")


def sending(kept: Journal, provider: Callable[[httpx.Request], httpx.Response], **more: Any) -> Journalled:
    """As a process that has nothing but the journal."""
    told = (row.interaction for row in kept.steps("r", "lantern"))
    session = Session(
        httpx.MockTransport(provider), provenance=Provenance(origin=Origin.LIVE), recording="live", key=KEY,
        origins=frozenset({"http://x"}), after=taken_by(unpacked(each) for each in told if each is not None),
    )  # fmt: skip
    return Journalled(kept, "r", "lantern", time.monotonic, session=session, day=lambda: DAY, **more)


def test_what_may_not_be_called_is_neither_set_aside_nor_taken_for_sent(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    session = Session(
        live_transport(), provenance=Provenance(origin=Origin.LIVE), recording="live", key=KEY,
        origins=frozenset({"http://127.0.0.1:9"}),
    )  # fmt: skip
    sender = Journalled(kept, "r", "lantern", time.monotonic, session=session, day=lambda: DAY)
    with pytest.raises(ConfigurationError, match="--allow-private"):
        sender.send(step("http://127.0.0.1:9", "a"))
    assert kept.find("r", "lantern", "a") is None
    assert kept.money("r").reserved == 0


def test_an_answer_in_hand_waits_for_the_journal(tmp_path: Path) -> None:
    journal(tmp_path).close()
    kept = Journal(tmp_path / "journal.sqlite", patience=0.05)
    provider, said = Busy(kept.path), []
    with Lifeboat(tmp_path / "answer") as lifeboat:
        sender = sending(kept, provider, lifeboat=lifeboat, sleep=provider.lets_go, say=said.append)
        sent = sender.send(step("http://x", "a"))
        assert lifeboat.taken() is None
    assert sent.interaction.response is not None and sent.interaction.response.json == {"id": "job-1"}
    assert said == [
        "the journal cannot be used: database is locked; an answer is safe beside it, and is offered to it for 600 s"
    ]
    assert not (tmp_path / "answer").exists()


def test_an_answer_that_was_never_taken_is_adopted_when_the_run_goes_on(tmp_path: Path) -> None:
    journal(tmp_path).close()
    kept = Journal(tmp_path / "journal.sqlite", patience=0.05)
    provider = Busy(kept.path)
    with Lifeboat(tmp_path / "answer") as lifeboat, pytest.raises(JournalError, match="database is locked"):
        sending(kept, provider, lifeboat=lifeboat, patience=0.0).send(step("http://x", "a"))
    provider.lets_go()
    with Lifeboat(tmp_path / "answer") as lifeboat:
        again = sending(kept, provider, lifeboat=lifeboat)
        again.adopt()
        sent = again.send(step("http://x", "a"))
    assert sent.interaction.response is not None and sent.interaction.response.json == {"id": "job-1"}
    assert provider.accepted == 1
    assert not (tmp_path / "answer").exists()


def test_the_lifeboat_has_its_room_before_the_disk_is_full(tmp_path: Path) -> None:
    with Lifeboat(tmp_path / "answer") as lifeboat:
        assert (tmp_path / "answer").stat().st_size == ROOM
        assert not lifeboat.take(Answer(key="a", interaction="x" * ROOM, at=1.0))
        assert lifeboat.taken() is None
        assert lifeboat.take(answer := Answer(key="a", interaction="x" * (ROOM - 100), at=1.0))
        assert lifeboat.taken() == answer and (tmp_path / "answer").stat().st_size == ROOM
    with pytest.raises(JournalError, match="no room can be kept"):
        Lifeboat(tmp_path / "nowhere" / "answer")


# Links that the journal keeps without their signatures


class Signing:
    """Tells of ``links`` videos by links that only it can sign."""

    def __init__(self, links: int = 1) -> None:
        self.links = links
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        names = [f"{len(self.asked)}{letter}" for letter in "abc"[: self.links]]
        links = [f"http://x/v.mp4?token=signed-{name}" for name in names if request.url.path == "/job"]
        return httpx.Response(200, json={"videos": links})


#: As the first of them is kept.
LINK = "http://x/v.mp4?token=%5Bredacted-1%5D"


def reading(key: str, url: str, source: Step | None = None) -> Step:
    return Step(key=key, request=Request(method="GET", url=url), kind="reading", source=source)


def test_a_signed_link_is_asked_for_again_by_whoever_goes_on(tmp_path: Path) -> None:
    kept, provider = journal(tmp_path), Signing()
    sent = sending(kept, provider).send(reading("poll", "http://x/job"))
    assert sent.interaction.response is not None
    (link,) = sent.interaction.response.json["videos"]
    assert link == LINK
    after = sending(kept, provider)  # another process, which has only the journal
    after.send(reading("result", link, reading("link", "http://x/job")))
    assert provider.asked == ["http://x/job", "http://x/job", "http://x/v.mp4?token=signed-2a"]
    after.send(reading("result", link, reading("link", "http://x/job")))
    after.send(reading("another", link))
    assert provider.asked[3:] == ["http://x/v.mp4?token=signed-2a"]


@pytest.mark.parametrize("links", [0, 2])
def test_a_link_that_nobody_knows_any_more_is_not_followed(links: int, tmp_path: Path) -> None:
    kept, provider = journal(tmp_path), Signing()
    sending(kept, provider).send(reading("poll", "http://x/job"))
    provider.links = links
    for key in ("result", "second"):
        sent = sending(kept, provider).send(reading(key, LINK, reading("link", "http://x/job")))
        assert sent.interaction.failure == LOST_LINK
    body = f'{{"start_frame": "{LINK}"}}'.encode()
    chained = Step(key="a", request=Request(method="POST", url="http://x/clips", body=body), kind="once")
    assert sending(kept, provider).send(chained).interaction.failure == LOST_LINK
    assert provider.asked == ["http://x/job"] * 3


def test_a_run_that_is_to_stop_does_not_wait_and_its_step_is_not_sent(courier: tuple[Courier, Journal, str]) -> None:
    sender, kept, base = courier
    Limiter(kept).spare(str(origin(base)), time.time() + 60)
    sender.stopping = lambda: True
    with pytest.raises(Stopped):
        sender.send(step(base, "a"))
    assert kept.find("r", "lantern", "a") is None
