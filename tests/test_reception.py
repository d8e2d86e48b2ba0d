"""A run that learns nothing stops: its key is refused, its account is empty, or its address is another one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.cli import main
from harness.run.journal import Journal
from harness.run.reception import ALIKE


class Constant(ThreadingHTTPServer):
    """Answers whatever comes with the same status, or with status 0 not at all, and counts."""

    status = 401
    asked = 0


class _Answer(BaseHTTPRequestHandler):
    server: Constant

    def do_POST(self) -> None:
        self.server.asked += 1
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if not self.server.status:
            self.close_connection = True
            return
        self.send_response(self.server.status)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"error": {"message": "no"}}')

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def answering(status: int) -> Iterator[Constant]:
    server = Constant(("127.0.0.1", 0), _Answer)
    server.status = status
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def checked(base: str, out: Path, *more: str) -> int:
    words = ["check", "relaydance", "--live", "--allow-private", "--yes", "--budget", "100", "--assume-price", "0.2"]
    return main([*words, "--base-url", base, "--out", str(out), "--journal", str(out / "journal.sqlite"), *more])


@pytest.mark.parametrize(
    "status, what, code",
    [
        (401, "as if the key were not valid", 2),
        (402, "as if the account had no money left", 2),
        (404, "and nothing was found so far", 2),
        pytest.param(429, "however long was waited in between", 6, marks=pytest.mark.slow),  # for 15 seconds
    ],
)
def test_a_run_stops_where_nothing_is_learned(
    status: int,
    what: str,
    code: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RELAYDANCE_API_KEY", "a-key-that-expired")
    with answering(status) as server:
        base = f"http://127.0.0.1:{server.server_port}"
        assert checked(base, tmp_path) == code
        said = capsys.readouterr().err
        assert f"the last {ALIKE} requests were answered with {status}, {what}" in said
        assert "go on with: harness resume" in said
        assert server.asked < 3 * ALIKE  # requests without a key are refused for good reason, and do not count


def test_submissions_without_an_answer_are_all_told_of_and_the_run_goes_on_when_there_are_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELAYDANCE_API_KEY", "a-key-that-is-good")
    with answering(0) as server:
        base = f"http://127.0.0.1:{server.server_port}"
        assert checked(base, tmp_path, "--max-requests", "40", "--random", "0") == 2
        said = capsys.readouterr().err
        assert f"{server.asked} submissions may have started jobs; {server.asked * 0.2:.4f} USD stay set aside" in said
        path = tmp_path / "journal.sqlite"
        with closing(Journal(path)) as journal:
            (run,) = journal.runs()
            assert run["state"] == "stopped"
            (set_aside,) = {row.basis for row in journal.steps(run["id"], "relaydance")}
            assert set_aside == "unknown"
        server.status = 400
        assert main(["resume", run["id"], "--journal", str(path)]) == 1
        assert server.asked >= 40


def test_a_provider_that_refuses_everything_as_invalid_is_tested_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELAYDANCE_API_KEY", "a-key-that-is-good")
    with answering(400) as server:
        base = f"http://127.0.0.1:{server.server_port}"
        assert checked(base, tmp_path, "--max-requests", "40", "--random", "0") == 1
        assert server.asked >= 40


@pytest.mark.parametrize("tail", ["?x=1", "/v1#part", ":99999", ":0"])
def test_an_address_with_more_than_a_path_is_none(
    tail: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELAYDANCE_API_KEY", "a-key-for-nobody")
    assert checked(f"http://127.0.0.1{tail}", tmp_path) == 2
    assert "is not a base URL" in capsys.readouterr().err
