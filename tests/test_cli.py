"""The command line: exit codes, and one clear message for every kind of bad input."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import vcr
from commands import run
from conftest import ROOT

from harness.cli import main
from harness.contract import load
from harness.exchange import load_recording
from harness.judged import judged
from harness.simulator import chosen
from harness.simulator.server import serving


def refused(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """The message of a command that ends with code 2."""
    code, _, said = run(capsys, *words)
    assert code == 2, said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) <= 4, said
    return said


@pytest.mark.parametrize(
    ("words", "named", "offered"),
    [
        (["check", "venise"], "venise", "venice"),
        (["check", "venice", "--simulated", "--quirk", "never-doen"], "never-doen", "never-done"),
        (
            ["check", "venice", "--simulated", "--model", "topaz-video-upscaler"],
            "topaz-video-upscaler",
            "topaz-video-upscale",
        ),
        (["explain", "venice.queueVideo.duration.enums"], "enums", "venice.queueVideo.duration.enum"),
        (["explain", "venise"], "unknown provider 'venise'", "'venice'"),
        (["explain", "openrouter.createVideo"], "unknown operation", "'openrouter.createVideos'"),
        (["serve", "openrouter", "--quirk", "no-such"], "no-such", "harness quirks openrouter"),
        (["validate", "venice", "x.json", "--operation", "queueVideos"], "queueVideos", "queueVideo"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(
    words: list[str],
    named: str,
    offered: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.json").write_text("{}")
    said = refused(capsys, *words)
    assert named in said and offered in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[" * 100_000, "nested deeper"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"seed": ' + b"9" * 5_000 + b"}", "digits"),
        (b'"\\ud800"', "surrogate"),
        (b"<<<<<<< ours\n{}\n=======\n", "merge-conflict"),
        (b"model: x\n", "not JSON"),
    ],
)
def test_a_request_file_that_is_no_json_is_refused(
    text: bytes, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "request.json"
    path.write_bytes(text)
    said = refused(capsys, "validate", "venice", path)
    assert "request.json" in said
    if words != "empty":
        assert words in said


@pytest.mark.parametrize("body", ["[]", "null", "7", '"x"', "{}"])
def test_any_json_is_validated(body: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text(body)
    code, out, _ = run(capsys, "validate", "relaydance", path)
    assert code == 1
    assert "relaydance.createVideo." in out


def test_a_missing_request_file_and_a_folder_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "No such file" in refused(capsys, "validate", "venice", tmp_path / "none.json")
    assert "folder" in refused(capsys, "validate", "venice", tmp_path)


def test_for_a_folder_the_files_in_it_are_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml", "report.json", "c.txt"):
        (tmp_path / name).write_text("x")
    for words in (["judge", "venice"], ["report"]):
        said = refused(capsys, *words, tmp_path)
        assert f"Name a file in it: {tmp_path / 'report.json'} or {tmp_path / '*.yaml'}" in said


def test_what_is_no_recording_is_told_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text('{"report_version": 1, "providers": []}')
    said = refused(capsys, "judge", "venice", path)
    assert "is no vcrpy cassette and no HAR file" in said and f"to show it: harness report {path}" in said
    said = refused(capsys, "judge", "venice", ROOT / "README.md")
    assert "is no vcrpy cassette and no HAR file" in said and "Record it again" not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,}', "r.json:1: is not JSON: "),
        ('{"a": [1,\n 2, ]}', "r.json:2: is not JSON: "),
        ('{"a": "," "}"}', "(column 11)\n"),
    ],
)
def test_a_fault_of_json_has_its_column_and_a_comma_too_many_is_called_that(
    text: str, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "r.json").write_text(text)
    told = refused(capsys, "validate", "venice", tmp_path / "r.json")
    assert said in told and "(column " in told
    assert ("railing comma" in told) == ("column 11" not in said)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\x00\x01\x02",
        b"- !!python/object/apply:os.system ['true']\n",
        b"a: &a [x]\nb: &b [*a, *a, *a]\n" + b"".join(b"c%d: &c%d [*b, *b]\n" % (n, n) for n in range(9)),
        b"version: 2\ninteractions: []\n",
        b"<html></html>",
        b"<<<<<<< ours\nversion: 1\n=======\n",
        b"[" * 100_000,
        b'{"log": {"entries": 7}}',
    ],
)
def test_a_hostile_recording_is_refused_with_its_name(
    text: bytes, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "tape.yaml"
    path.write_bytes(text)
    code, _, said = run(capsys, "judge", "venice", path)
    assert code in (2, 5)
    assert "tape.yaml" in said and "Traceback" not in said
    assert path.read_bytes() == text


def test_a_recording_of_somebody_else_is_nothing_to_judge(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = run(capsys, "judge", "openrouter", ROOT / "cassettes" / "venice" / "published.yaml")
    assert code == 5
    assert "published.yaml" in said


def test_a_cassette_is_never_overwritten(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("precious")
    assert "mine.yaml" in refused(capsys, "record", "relaydance", "--simulated", "--out", path)
    assert path.read_text() == "precious"


def test_a_live_run_wants_a_budget_a_key_and_a_yes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    live = [
        "check",
        "unified-v2",
        "--live",
        "--base-url",
        "http://127.0.0.1:9",
        "--out",
        tmp_path,
        "--assume-price",
        "1",
    ]
    monkeypatch.delenv("UNIFIED_V2_API_KEY", raising=False)
    assert "--budget" in refused(capsys, *live)
    assert "UNIFIED_V2_API_KEY" in refused(capsys, *live, "--budget", "1")
    monkeypatch.setenv("UNIFIED_V2_API_KEY", "a-key-for-nobody")
    assert "--allow-private" in refused(capsys, *live, "--budget", "1")
    live.append("--allow-private")
    assert "--yes" in refused(capsys, *live, "--budget", "1")
    assert "--poll-interval" not in refused(capsys, *live, "--budget", "1", "--poll-interval", "0")
    assert "1 second or more" in refused(
        capsys, *live[:3], "--base-url", "https://a.example", "--budget", "1", "--assume-price", "1",
        "--poll-interval", "0",
    )  # fmt: skip
    assert "base URL" in refused(capsys, *live[:3], "--base-url", "ftp://x", "--budget", "1", "--yes")
    assert "no-key" not in capsys.readouterr().out


@contextmanager
def silent_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener.getsockname()[1]


def test_an_unreachable_server_is_told_after_a_few_requests(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNIFIED_V2_API_KEY", "a-key-for-nobody")
    with silent_port() as port:
        base = f"http://127.0.0.1:{port}"
        words = (
            "--base-url",
            base,
            "--budget",
            "1",
            "--yes",
            "--allow-private",
            "--assume-price",
            "0.01",
            "--out",
            tmp_path,
        )
        said = refused(capsys, "check", "unified-v2", "--live", *words)
    assert base in said and "Is the address right" in said


def test_a_server_that_speaks_no_http_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNIFIED_V2_API_KEY", "a-key-for-nobody")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            for _ in range(3):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"220 mail.example ESMTP\r\n")

        threading.Thread(target=greet, daemon=True).start()
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        words = (
            "--base-url",
            base,
            "--budget",
            "1",
            "--yes",
            "--allow-private",
            "--assume-price",
            "0.01",
            "--out",
            tmp_path,
        )
        said = refused(capsys, "check", "unified-v2", "--live", *words)
    assert "nothing answers as an HTTP server" in said


def test_a_price_that_nobody_knows_stops_a_live_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RELAYDANCE_API_KEY", "a-key-for-nobody")
    with serving(load("relaydance"), []) as base:
        said = refused(
            capsys, "check", "relaydance", "--live", "--base-url", base, "--budget", "1", "--yes", "--allow-private",
            "--out", tmp_path,
        )  # fmt: skip
    assert "--assume-price" in said


def test_the_budget_stops_a_run_and_keeps_what_it_saw(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RELAYDANCE_API_KEY", "a-key-for-nobody")
    with serving(load("relaydance"), []) as base:
        code, _, said = run(
            capsys, "check", "relaydance", "--live", "--base-url", base, "--budget", "0.05", "--yes", "--allow-private",
            "--assume-price", "0.02", "--model", "doubao-seedance-2-0-720p", "--out", tmp_path,
        )  # fmt: skip
    assert code == 4 and "0.05" in said
    (tape,) = tmp_path.glob("*.yaml")
    assert "a-key-for-nobody" not in tape.read_text() + (tmp_path / "report.json").read_text()
    entry = json.loads((tmp_path / "report.json").read_text())["providers"][0]
    assert entry["source"]["provenance"] == "simulated"  # the server says that it is one
    assert 0 < entry["requests"]["cost_usd"] <= 0.05


@pytest.mark.slow
def test_a_served_quirk_is_named_by_a_live_check_with_a_curl(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VENICE_API_KEY", "a-key-for-nobody")
    with serving(load("venice"), chosen("venice", ["audio-alone"])) as base:
        code, out, said = run(
            capsys, "check", "venice", "--live", "--base-url", base, "--budget", "5", "--yes", "--allow-private",
            "--model", "seedance-2-5-reference-to-video-basic", "--random", "0", "--out", tmp_path,
        )  # fmt: skip
    assert code == 1, said
    assert "venice.queueVideo.reference_audio_urls.audio-needs-picture" in out
    (command,) = [line for line in out.splitlines() if line.startswith("curl")]
    assert "$VENICE_API_KEY" in command and base in command


def test_a_cassette_of_plain_httpx_and_vcrpy_is_judged(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "theirs.yaml"
    headers = {"Authorization": "Bearer their-own-secret-key"}
    with (
        serving(load("relaydance"), chosen("relaydance", ["submission-says-queued"])) as base,
        vcr.use_cassette(str(path)),
    ):
        body = {"model": "doubao-seedance-2-0-720p", "prompt": "A paper boat", "seconds": "5"}
        job = httpx.post(f"{base}/v1/video/generations", json=body, headers=headers).json()["task_id"]
        for _ in range(2):
            url = httpx.get(f"{base}/v1/video/generations/{job}", headers=headers).json().get("url")
        assert httpx.get(url).status_code == 200
    code, out, said = run(capsys, "judge", "relaydance", path, "--out", tmp_path / "report")
    assert code == 1, said
    made = json.loads((tmp_path / "report" / "report.json").read_text())
    outcomes = {v["claim"]: v["outcome"] for v in made["providers"][0]["verdicts"]}
    assert outcomes["relaydance.createVideo.accepted.status.enum"] == "fail"
    assert outcomes["relaydance.getVideo.job.ends"] == "pass"
    assert outcomes["relaydance.createVideo.seconds.delivered"] == "pass"
    assert "their-own-secret-key" not in (tmp_path / "report" / "report.json").read_text() + out


def test_a_har_is_judged(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def message(body: object) -> dict[str, object]:
        return {
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "content": {"mimeType": "application/json", "text": json.dumps(body)},
        }

    sent = {"model": "doubao-seedance-2-0-720p", "prompt": "A paper boat", "metadata": {"resolution": "8K"}}
    entry = {
        "startedDateTime": "2026-11-01T10:00:00.000Z",
        "time": 12,
        "request": {
            "method": "POST", "url": "https://relaydance.com/v1/video/generations", "headers": [],
            "postData": {"mimeType": "application/json", "text": json.dumps(sent)},
        },
        "response": {"status": 200, "statusText": "OK", **message({"task_id": "task_1", "status": "submitted"})},
    }  # fmt: skip
    path = tmp_path / "browser.har"
    path.write_text(
        json.dumps({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [entry]}})
    )
    code, out, said = run(capsys, "judge", "relaydance", path)
    assert code == 1, said
    assert "relaydance.createVideo.metadata.resolution.enum" in out and "LIVE" in out


class _Stranger(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b"[" * 100_000)

    do_GET = do_POST

    def log_message(self, *_: object) -> None: ...


def test_a_server_that_answers_rubbish_diverges_and_breaks_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNIFIED_V2_API_KEY", "a-key-for-nobody")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Stranger)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        code, out, said = run(
            capsys, "check", "unified-v2", "--live", "--base-url", f"http://127.0.0.1:{server.server_port}",
            "--budget", "9", "--yes", "--allow-private", "--assume-price", "0.01", "--max-requests", "20",
            "--out", tmp_path,
        )  # fmt: skip
    finally:
        server.shutdown()
        server.server_close()
    assert code == 1, said
    assert "unified-v2.createVideo.accepted.media-type" in out


def test_usage_errors_are_code_two(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = run(capsys, "check", "--no-such-flag")
    assert code == 2 and "--no-such-flag" in said
    assert run(capsys)[0] == 2


@pytest.mark.parametrize(
    ("words", "usage", "said"),
    [
        ("check venice --formt html", "usage: harness check", "did you mean --format?"),
        ("check venice --formt=html", "usage: harness check", "did you mean --format?"),
        ("baseline prune x.json --baselin b.json --x", "usage: harness baseline prune", "unrecognized arguments: --x"),
        ("providers venice", "usage: harness providers", "unrecognized arguments: venice"),
        ("chek", "usage: harness ", "there is no 'chek'; did you mean 'check'?"),
        ("baseline updat", "usage: harness baseline", "did you mean 'update'?"),
        ("check --fail-on shuld", "usage: harness check", "did you mean 'should'?"),
        ("xyzzy", "usage: harness ", "choose from"),
    ],
)
def test_a_slip_of_a_command_or_a_flag_is_answered_with_the_nearest_and_the_usage_of_the_command(
    words: str, usage: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, *words.split())
    assert told.startswith(usage) and said in told


def test_explain_shows_quote_history_and_public_reports(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "explain", "venice.queueVideo.reference_image_urls.maxItems")
    assert code == 0
    assert "source" in out and "earlier" in out
    code, out, _ = run(capsys, "explain", "relaydance.getVideo.accepted.task_id.required")
    assert "reported in public" in out


def test_a_run_that_is_killed_keeps_what_it_saw(tmp_path: Path) -> None:
    with serving(load("relaydance"), []) as base:
        words = ["check", "relaydance", "--live", "--base-url", base, "--budget", "9", "--yes", "--allow-private"]
        words += ["--assume-price", "0.01", "--poll-interval", "0.2", "--out", str(tmp_path)]
        environment = {**os.environ, "RELAYDANCE_API_KEY": "a-key-for-nobody"}
        going = subprocess.Popen(
            [sys.executable, "-m", "harness", *words],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        while not (tmp_path / "relaydance-plan.json").exists():
            time.sleep(0.05)
        time.sleep(1)
        going.send_signal(signal.SIGTERM)
        _, said = going.communicate(timeout=30)
    assert going.returncode == 130, said
    (tape,) = tmp_path.glob("relaydance-*.yaml")
    assert "interactions:" in tape.read_text()
    assert json.loads((tmp_path / "report.json").read_text())["providers"][0]["requests"]["total"] > 0


def test_a_key_goes_to_one_providers_address_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VENICE_API_KEY", "a-key-for-nobody")
    live = ["--live", "--base-url", "http://127.0.0.1:9", "--budget", "1", "--yes", "--out", tmp_path]
    assert "one provider" in refused(capsys, "check", "venice", "relaydance", *live)
    said = refused(
        capsys, "check", "venice", "--live", "--base-url", "http://me:pass@127.0.0.1:9", "--budget", "1", "--yes"
    )
    assert "pass@" not in said and "user name" in said


@pytest.mark.parametrize(
    "words", [["--budget", "nan"], ["--budget", "-1"], ["--assume-price", "0"], ["--max-requests", "-2"]]
)
def test_amounts_that_would_switch_the_budget_off_are_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert words[0] in refused_usage(capsys, "check", "venice", "--live", *words)


@pytest.mark.parametrize(
    ("mode", "flag", "needs"),
    [
        ([], ["--quirk", "no-such-quirk"], "--quirk needs --simulated"),
        ([], ["--model", "no-such-model"], "--model needs --simulated or --live"),
        (["--recorded"], ["--max-requests", "0"], "--max-requests needs --simulated or --live"),
        ([], ["--budget", "3"], "--budget needs --live"),
        ([], ["--yes"], "--yes needs --live"),
        (["--simulated"], ["--base-url", "http://127.0.0.1:9"], "--base-url needs --live"),
        (["--simulated"], ["--cassettes", "cassettes"], "--cassettes needs --recorded"),
        (["--live"], ["--cassettes", "cassettes"], "--cassettes needs --recorded"),
        (["--live"], ["--quirk", "never-done"], "--quirk needs --simulated"),
    ],
)
def test_a_flag_of_which_nothing_would_come_is_refused(
    mode: list[str], flag: list[str], needs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert needs in refused(capsys, "check", "unified-v2", *mode, *flag)


def test_a_recording_refuses_such_a_flag_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["record", "unified-v2", "--simulated", "--out", tmp_path / "tape.yaml", "--budget", "3"]
    assert "--budget needs --live" in refused(capsys, *words)


def refused_usage(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    code, _, said = run(capsys, *words)
    assert code == 2
    return said


def test_a_format_is_checked_before_anything_is_sent(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = refused(capsys, "check", "relaydance", "--simulated", "--format", "pdf", "--out", tmp_path)
    assert "pdf" in said and "json" in said


def test_a_folder_that_is_a_file_and_a_port_in_use_are_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("precious")
    assert "taken" in refused(capsys, "check", "unified-v2", "--recorded", "--out", tmp_path / "taken")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert "--port" in refused(capsys, "serve", "venice", "--port", str(listener.getsockname()[1]))


def test_schemas_removes_no_file_of_others(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "venice").mkdir()
    (tmp_path / "venice" / "precious.json").write_text("{}")
    (tmp_path / "venice" / "goneVideo.request.json").write_text("{}")
    run(capsys, "schemas", "venice", "--out", tmp_path)
    assert (tmp_path / "venice" / "precious.json").exists()
    assert not (tmp_path / "venice" / "goneVideo.request.json").exists()


@pytest.mark.parametrize("folder, what", [("nowhere", "is not a folder"), (".", "holds no provider")])
def test_a_folder_without_specs_is_named(
    folder: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_SPECS", str(tmp_path / folder))
    assert what in refused(capsys, "lint")


def test_a_terminal_of_few_letters_is_written_to() -> None:
    words = [sys.executable, "-m", "harness", "explain", "venice.queueVideo.duration.enum"]
    done = subprocess.run(words, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=True)
    assert b"\\u201c" in done.stdout


def taped(path: Path) -> Path:
    """One exchange of a provider, as somebody's tests would have it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "cassettes" / "unified-v2" / "simulated-reported.yaml", path)
    return path


@pytest.mark.parametrize(
    "place, asked, what",
    [
        ("c/unified-v2/a.yaml", "nowhere", "is not a folder"),
        ("c/unified-v2/a.yaml", "c/unified-v2", "holds recordings itself\n  Name "),
        ("c/unified_v2/a.yaml", "c", "Is unified_v2 to be unified-v2?"),
    ],
)
def test_a_folder_that_is_not_laid_out_as_it_must_be_is_named(
    place: str, asked: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taped(tmp_path / place)
    for command in (["check"], ["compare", "unified-v2", "venice"]):
        assert what in refused(capsys, *command, "--cassettes", tmp_path / asked)


def test_recordings_in_folders_below_count_once_and_alone(tmp_path: Path) -> None:
    for name in ("unified-v2/test_module/a.YAML", "unified-v2/b.yaml"):
        taped(tmp_path / "c" / name)
    words = ["--cassettes", str(tmp_path / "c"), "--out", str(tmp_path / "out"), "--fail-on", "never"]
    assert main(["check", *words]) == 0
    (entry,) = json.loads((tmp_path / "out" / "report.json").read_text())["providers"]
    alone = judged(load("unified-v2"), load_recording(tmp_path / "c" / "unified-v2" / "b.yaml"), mode="recorded")
    assert entry["requests"] == alone[0]["requests"] and entry["source"]["provenance"] == "simulated"


def test_what_is_left_out_of_a_folder_of_recordings_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "c"
    names = ("venise/a.yaml", "d.yaml", "unified-v2/mine.txt", "unified-v2/run.plan.json", "venice/no.txt", ".git/x")
    for name in ("unified-v2/a.yaml", *names):
        taped(folder / name)
    words = ["--cassettes", folder, "--out", tmp_path / "out", "--fail-on", "never"]
    code, _, said = run(capsys, "check", "unified-v2", *words)
    assert code == 0
    assert said.splitlines()[:3] == [
        f"note: {folder / 'venise'} is left out, as no provider has that name; is 'venice' meant?",
        f"note: {folder}: left out, as it is in no folder of a provider's name: d.yaml",
        f"note: {folder / 'unified-v2'}: left out, as it is none of .yaml, .yml, .json, .har: mine.txt",
    ]
    assert said.count("left out") == 3, "what is not asked about, hidden or a plan is not spoken of"
    assert "is left out" in run(capsys, "compare", "unified-v2", "--cassettes", folder)[2]


def test_a_slip_is_answered_with_what_may_be_meant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = {"model": "seedance-2-0-text-to-video-bsic", "prompt": "x", "duration": "5", "aspect_ratios": "16:9"}
    (tmp_path / "r.json").write_text(json.dumps(body))
    code, out, said = run(capsys, "validate", "venice", tmp_path / "r.json")
    assert code == 1 and "given: \"5\"; is '5s' meant?" in out
    assert "is 'seedance-2-0-text-to-video-basic' meant?" in said
    assert "no document names a member 'aspect_ratios'; is 'aspect_ratio' meant?" in said


def validated(capsys: pytest.CaptureFixture[str], folder: Path, provider: str, **body: object) -> tuple[int, str, str]:
    (folder / "r.json").write_text(json.dumps(body))
    return run(capsys, "validate", provider, folder / "r.json")


@pytest.mark.parametrize(
    ("provider", "body", "near"),
    [
        ("venice", {"model": "minimax-h3-text-to-video", "duration": "30s"}, "'15s'"),
        ("venice", {"model": "minimax-h3-text-to-video", "aspect_ratio": "16:10"}, "'16:9'"),
        ("venice", {"model": "minimax-h3-text-to-video", "resolution": "4p"}, None),
        ("openrouter", {"model": "google/veo-3.1", "duration": 5}, "4"),
        ("openrouter", {"model": "google/veo-3.1", "resolution": "480p"}, "'720p'"),
        ("unified-v2", {"duration": 7}, "5"),
        ("unified-v2", {"duration": 10**400}, None),
        ("unified-v2", {"ratio": "adaptiv"}, "'adaptive'"),
        ("venice", {"omni_reference_task_type": "7:0"}, None),
    ],
)
def test_what_may_be_meant_is_nearest_by_value_and_of_the_models_own(
    provider: str, body: dict[str, object], near: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = validated(capsys, tmp_path, provider, prompt="x", **body)
    assert code == 1
    assert f"; is {near} meant?" in out if near else "meant?" not in out


def test_the_list_of_the_model_is_shown_where_the_list_for_all_is_broken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = "minimax-h3-text-to-video"
    _, out, _ = validated(capsys, tmp_path, "venice", model=model, prompt="x", duration="5s", resolution="719p")
    assert f"`resolution` is one of 768P, 2K (venice.queueVideo.resolution.enum@{model})" in out
    assert "is '768P' meant?" in out


def test_what_others_reported_of_what_is_asked_for_is_noted_and_decides_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"prompt": "x", "duration": "5s", "resolution": "768P", "aspect_ratio": "16:9"}
    code, out, said = validated(capsys, tmp_path, "venice", model="minimax-h3-text-to-video", **asked)
    assert code == 0 and "keeps every documented rule" in out
    assert said.count("/resolution: reported in public (error text, 2026-07-31): 720p was refused") == 1
    assert "src/venice/models.ts:539 (not judged here)" in said
    assert "harness explain venice.queueVideo.duration.contradicts-r2v-guide" in said
    asked["resolution"] = "720p"
    code, out, said = validated(capsys, tmp_path, "venice", model="seedance-2-0-text-to-video-basic", **asked)
    assert code == 0 and "reported in public" not in said, "those reports are of another model"
    _, _, said = validated(capsys, tmp_path, "relaydance", model="doubao-seedance-2-0-720p", prompt="x")
    assert "note:" not in said, "nothing is known of a field that is not asked for"


def test_all_that_others_reported_of_a_provider_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    many = sum(bool(claim.reported) for claim in load("venice").claims.values())
    _, out, said = run(capsys, "explain", "venice")
    assert out.count("[reported in public]") == many
    assert f"on {many} of these claims: harness explain venice --reported" in said
    _, out, _ = run(capsys, "explain", "venice", "--reported")
    assert sum(line.startswith("venice.") for line in out.splitlines()) == many
    assert "COMPLETED carries no URL" in out and "veniceai/venice-mcp-server#41" in out
    _, out, said = run(capsys, "explain", "venice.queueVideo.upscale_factor.*", "--reported")
    assert not out and "no public report" in said


def test_an_operation_is_explained_by_its_claims(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "explain", "openrouter.createVideos")
    assert code == 0
    assert {line.rsplit(".", 1)[0].split(".")[1] for line in out.splitlines() if line} == {"createVideos"}


def test_a_name_that_is_far_from_all_is_not_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean" not in refused(capsys, "serve", "relaydance", "--quirk", "never-done")


def test_a_clients_own_slips_are_counted_and_those_of_our_runs_are_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def submission(duration: int) -> dict[str, object]:
        body = {"model": "doubao-seedance-1-0-pro-250528", "prompt": "x", "duration": duration}
        return {
            "request": {
                "method": "POST",
                "uri": f"{contract.base_url}{contract.submit.path}",
                "headers": {"content-type": ["application/json"]},
                "body": json.dumps(body),
            },
            "response": {"status": {"code": 500, "message": ""}, "headers": {}, "body": {"string": ""}},
        }

    contract = load("unified-v2")
    for name, seconds in (("mine", (5, 7)), ("good", (5, 10))):
        recorded = {"version": 1, "interactions": [submission(each) for each in seconds]}
        (tmp_path / f"{name}.json").write_text(json.dumps(recorded))
    words = ["judge", "unified-v2", "--fail-on", "never"]
    _, _, said = run(capsys, *words, tmp_path / "mine.json")
    assert (
        "note: 1 of 2 submissions breaks documented rules (mine#1); "
        "which, shows: harness validate unified-v2 REQUEST.json\n" in said
    )
    assert "note:" not in run(capsys, *words, tmp_path / "good.json")[2]
    assert "break documented" not in run(capsys, *words, ROOT / "cassettes/unified-v2/simulated-reported.yaml")[2]
