"""Whole runs against a provider whose jobs go wrong, over real sockets: each ends, and says what it saw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import pytest
from clips import video
from conftest import MINIATURE, ROOT
from hostile import KEY, http, outcomes, told
from raw import served

from harness.cli import main
from harness.exchange import load_recording
from harness.interaction import Interaction, Origin, Provenance, Request, Response
from harness.run.allowance import Allowance

#: (the server's own address, how often it was polled before) → what it answers to a poll.
Poll: TypeAlias = Callable[[str, int], bytes]
SUBMITTED = b'{"id": "c-1", "status": "waiting"}'


def done(**more: Any) -> bytes:
    return told(json.dumps({"id": "c-1", "status": "done", **more}).encode(), status="200 OK")


class Provider:
    """Takes every submission, and answers polls and downloads as it is told. ``asked`` is what came in."""

    def __init__(self, *, submitted: bytes | None = None, poll: Poll | None = None, file: bytes | None = None) -> None:
        self.submitted = told(SUBMITTED) if submitted is None else submitted
        self.poll = poll or (lambda base, _: done(video=f"{base}/file.mp4"))
        self.file = http(video(), "content-type: video/mp4", status="200 OK") if file is None else file
        self.base = ""
        self.asked: list[bytes] = []

    def __call__(self, connection: Any, request: bytes) -> None:
        self.asked.append(request)
        path = request.split(b" ", 2)[1]
        if request.startswith(b"POST"):
            connection.sendall(self.submitted)
        elif b"/clips/" in path:
            connection.sendall(self.poll(self.base, self.count(b"GET /clips/") - 1))
        else:
            connection.sendall(self.file)

    def count(self, start: bytes) -> int:
        return sum(each.startswith(start) for each in self.asked)


def checked(
    provider: Provider, out: Path, monkeypatch: pytest.MonkeyPatch, requests: int = 8, *more: str
) -> tuple[int, Mapping[str, Any]]:
    """The exit code of a live check of the provider that does not exist, and its entry in the report."""
    monkeypatch.setenv("HARNESS_SPECS", str(MINIATURE))
    monkeypatch.setenv("LANTERN_API_KEY", KEY)
    with served(provider) as provider.base:
        words = ["check", "lantern", "--live", "--base-url", provider.base, "--allow-private", "--budget", "1000"]
        words += ["--yes", "--poll-interval", "0", "--max-requests", str(requests), "--out", str(out), *more]
        code = main([*words, "--format", "html,json,markdown,junit,sarif,text"])
    (made,) = json.loads((out / "report.json").read_text())["providers"]
    (tape,) = out.glob("lantern-*.yaml")
    kept = load_recording(tape)
    assert made["requests"]["total"] == len(kept)
    assert len(kept) >= len(provider.asked)
    assert made["counts"]["error"] == 0
    return code, made


XML = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"


def few(names: Iterable[str], *always: str) -> list[Any]:
    """All of the names; those that are not always played are so in the long campaigns alone."""
    assert set(always) <= set(names)
    return [name if name in always else pytest.param(name, marks=pytest.mark.slow) for name in names]


CONTAINER = "lantern.createClip.video.container"
#: What stands where the file should, what becomes of the claim that it is a video, and the words for it.
FILES = {
    "expired": (http(XML, "content-type: application/xml", status="403 Forbidden"), "inconclusive", "status 403"),
    "gone": (http(b"", status="410 Gone"), "inconclusive", "status 410"),
    "redirected to itself": (http(b"", "location: /file.mp4", status="302 Found"), "inconclusive", "status 302"),
    "redirected to a private address": (
        http(b"", "location: http://169.254.169.254/latest/meta-data", status="302 Found"),
        "inconclusive",
        "status 302",
    ),
    "redirected to a file": (http(b"", "location: file:///etc/passwd", status="301 Moved"), "inconclusive", "301"),
    "cut off": (http(video(), "content-type: video/mp4", length=10**6, status="200 OK"), "inconclusive", "cut off"),
    "empty": (http(b"", "content-type: video/mp4", status="200 OK"), "fail", "not a media file"),
    "cut short": (http(video()[:-500], "content-type: video/mp4", status="200 OK"), "fail", "cut short"),
    "a page": (http(b"<html>Sorry</html>", "content-type: video/mp4", status="200 OK"), "fail", "HTML"),
    "JSON": (http(b'{"error": "gone"}', "content-type: video/mp4", status="200 OK"), "fail", "not a media file"),
}


@pytest.mark.parametrize("name", few(FILES, "expired", "redirected to a file", "cut off", "a page"))
def test_a_file_that_does_not_come_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, outcome, words = FILES[name]
    provider = Provider(file=file)
    _, made = checked(provider, tmp_path, monkeypatch, requests=4)
    (verdict,) = [each for each in made["verdicts"] if each["claim"] == CONTAINER]
    assert verdict["outcome"] == outcome
    assert words in (verdict["reason"] or verdict["divergences"][0]["summary"])
    assert provider.count(b"GET /file.mp4") == 1, "no redirect is followed, and nothing is fetched twice"


#: Addresses that nobody should call, and why they are not.
ADDRESSES = {
    "file:///etc/passwd": "cannot be used",
    "gopher://127.0.0.1/x": "cannot be used",
    "https://" + "a" * 70_000 + "/": "cannot be",
    "https://nobody.invalid/v.mp4": "cannot be resolved",
    "http://192.0.2.1/v.mp4": "plain http",
    "https://127.0.0.1:1/v.mp4": "no connection",
}


@pytest.mark.parametrize(
    "url", few(ADDRESSES, "file:///etc/passwd", "http://192.0.2.1/v.mp4"), ids=lambda url: url[:20]
)
def test_an_address_that_nobody_can_call_loses_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider(poll=lambda base, _: done(video=url))
    _, made = checked(provider, tmp_path, monkeypatch, requests=4)
    (verdict,) = [each for each in made["verdicts"] if each["claim"] == CONTAINER]
    assert verdict["outcome"] == "inconclusive" and ADDRESSES[url] in verdict["reason"]


#: What goes wrong, and the claim that says so.
JOBS: dict[str, tuple[dict[str, Any], str]] = {
    "no id": ({"submitted": told(b'{"status": "waiting"}')}, "createClip.accepted.id.required"),
    "an id that is a number": (
        {"submitted": told(b'{"id": 7, "status": "waiting"}')},
        "createClip.accepted.id.type",
    ),
    "a list": ({"submitted": told(b"[]")}, "createClip.accepted.media-type"),
    "a redirect to nowhere": ({"submitted": http(b"", status="307 Go")}, "createClip.response.documented"),
    "no address": ({"poll": lambda base, _: done()}, "getClip.job.result"),
    "null": ({"poll": lambda base, _: done(video=None)}, "getClip.job.result"),
    "another id": (
        {"poll": lambda base, n: done(id=f"c-{n}", video=f"{base}/file.mp4")},
        "getClip.job.same-id",
    ),
    "a page": ({"poll": lambda base, _: told(b"<html>", status="200 OK")}, "getClip.accepted.media-type"),
}


@pytest.mark.parametrize("name", few(JOBS, "no id", "no address"))
def test_a_job_that_goes_wrong_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    behaviour, claim = JOBS[name]
    provider = Provider(**behaviour)
    code, made = checked(provider, tmp_path, monkeypatch)
    assert code == 1 and outcomes(made)[f"lantern.{claim}"] == "fail"


IDS = ["../../v1/keys", "a/b?x=1#y", "..", "%2e%2e", "{clip}", "é &=+"]


@pytest.mark.parametrize("name", few(IDS, "../../v1/keys", "a/b?x=1#y", ".."))
def test_an_id_leads_to_its_own_job_whatever_characters_are_in_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider(
        submitted=told(json.dumps({"id": name, "status": "waiting"}).encode()),
        poll=lambda base, _: done(id=name, video=f"{base}/file.mp4"),
    )
    _, made = checked(provider, tmp_path, monkeypatch, requests=4)
    (polled,) = {
        line for each in provider.asked if not (line := each.split(b"\r\n")[0].split()[1]).endswith(b".mp4")
    } - {b"/clips"}
    place, _, segment = polled.decode().rpartition("/")
    assert place == "/clips" and segment not in (".", "..") and unquote(segment) == name
    assert outcomes(made)["lantern.getClip.job.same-id"] == outcomes(made)[CONTAINER] == "pass"


@pytest.mark.parametrize("status", few(["500 Oops", "502 Bad Gateway", "503 Busy", "429 Slow"], "500 Oops"))
def test_a_submission_whose_job_may_exist_is_never_sent_again(
    status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider(submitted=told(SUBMITTED, status=status))
    checked(provider, tmp_path, monkeypatch, requests=20)
    authorized = [each for each in provider.asked if each.startswith(b"POST") and KEY.encode() in each]
    bodies = [each.partition(b"\r\n\r\n")[2] for each in authorized]
    least = 2 if status == "429 Slow" else 6  # after five of these, some of them without the key, the run stops
    assert len(bodies) >= least and len(set(bodies)) == len(bodies)


SOON = ["retry-after: nonsense", "retry-after: 0", "x-ratelimit-reset: 0", "x-a: b"]


@pytest.mark.parametrize("header", few(SOON, "retry-after: nonsense"))
def test_a_poll_that_comes_too_soon_is_asked_again(
    header: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poll(base: str, number: int) -> bytes:
        return done(video=f"{base}/file.mp4") if number else told(b'{"error": "slow"}', header, status="429 Slow")

    provider = Provider(poll=poll)
    _, made = checked(provider, tmp_path, monkeypatch, requests=5)
    assert provider.count(b"GET /file.mp4") == 1
    assert outcomes(made)["lantern.getClip.job.ends"] == outcomes(made)[CONTAINER] == "pass"


def test_jobs_under_way_are_named_when_the_account_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two are taken, and after them nothing is."""

    class Emptied(Provider):
        def __call__(self, connection: Any, request: bytes) -> None:
            if request.startswith(b"POST"):
                self.taken += KEY.encode() in request
                self.submitted = told(b'{"id": "c-%d", "status": "waiting"}' % self.taken)
                if KEY.encode() not in request or self.taken > 2:
                    self.submitted = told(b'{"reason": "no money"}', status="402 Payment Required")
            super().__call__(connection, request)

        taken = 0

    provider = Emptied(poll=lambda base, _: told(b'{"id": "c-1", "status": "drawing"}', status="200 OK"))
    code, _ = checked(provider, tmp_path, monkeypatch, 10_000, "--jobs", "4", "--poll-interval", "5")
    assert code == 2
    assert "2 jobs (c-1, c-2) had not ended when last asked, and may still cost" in capsys.readouterr().err


@pytest.mark.slow
def test_a_job_that_never_ends_is_given_up_at_its_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider(poll=lambda base, _: told(b'{"id": "c-1", "status": "drawing"}', status="200 OK"))
    _, made = checked(provider, tmp_path, monkeypatch, requests=100_000)
    assert outcomes(made)["lantern.getClip.job.ends"] == "fail"


#: Of a poll: sound, and most of what an answer may have.
LARGE = json.dumps({"id": "c-1", "status": "waiting", "note": "a b " * 240_000}).encode()
_PEAK = """
import re, sys
from pathlib import Path
from harness.cli import main
main(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def test_answers_are_held_until_they_weigh_too_much_together() -> None:
    allowance = Allowance(left=3_000_000)

    def answered(body: bytes) -> Interaction:
        sent = Request(method="GET", url="https://lantern.example/clips/c-1")
        answer = Response(status=200, body=body)
        return Interaction(name="a#0", request=sent, response=answer, provenance=Provenance(origin=Origin.LIVE))

    first, small = answered(LARGE), answered(SUBMITTED)
    assert allowance.held(first) is first
    kept = allowance.held(answered(LARGE))
    assert kept.response is None and "the answer (200, 960,046 bytes) is too much" in (kept.failure or "")
    assert allowance.held(small) is small, "what is small is always held"


@pytest.mark.slow
def test_a_run_holds_only_so_much_of_what_a_server_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider(poll=lambda base, _: told(LARGE, status="200 OK"))
    checked(provider, tmp_path, monkeypatch, requests=12)
    (tape,) = tmp_path.glob("lantern-*.yaml")
    polls = [each for each in load_recording(tape) if each.request.method == "GET" and "/clips/" in each.request.path]
    assert [each.response is not None for each in polls] == [True] * 4 + [False] * (len(polls) - 4)
    assert polls[0].response is not None and polls[0].response.body == LARGE, "what is held is held as it came"
    assert (polls[-1].failure or "").endswith("bytes) is too much beside those that this run holds already")


@pytest.mark.slow
def test_a_run_whose_every_poll_is_large_stays_below_200_mb(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HARNESS_SPECS": str(MINIATURE), "LANTERN_API_KEY": KEY}
    with served(Provider(poll=lambda base, _: told(LARGE, status="200 OK"))) as base:
        words = ["check", "lantern", "--live", "--base-url", base, "--allow-private", "--budget", "1000", "--yes"]
        words += ["--poll-interval", "0", "--max-requests", "60", "--out", str(tmp_path), "--format", "json"]
        command = [sys.executable, "-c", _PEAK, *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert int(done.stdout.split()[-1]) < 200 * 1024, done.stderr
