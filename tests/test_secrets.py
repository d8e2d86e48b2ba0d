"""A server that gives our key back in every way it can; nothing that is written or printed holds it."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from clips import video
from conftest import ROOT
from raw import served
from spellings import KEY, SPELLINGS

from harness.cli import command_line, main
from harness.cli.leak_check import refuse_leaks, sealed
from harness.contract import load
from harness.errors import SecretLeaked
from harness.exchange.leak import leaks
from harness.exchange.spelling import Finder

JOB = {"task_id": "t-1", "id": "t-1", "status": "submitted"}


def http(status: str, headers: list[str], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"content-length: {len(body)}", "connection: close"]
    return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + body


def told(status: str, value: object, *headers: str) -> bytes:
    return http(status, ["content-type: application/json", *headers], json.dumps(value).encode())


def flat(text: str) -> str:
    """As it may stand in a header."""
    return "".join(c for c in text if c.isprintable())


#: Ways to give a text back that holds the key.
PLACES: dict[str, Callable[[str], bytes]] = {
    "error": lambda t: told("401 Unauthorized", {"error": {"message": f"Incorrect API key: {t}", "code": t}}),
    "invalid": lambda t: told("400 Bad Request", {"error": {"message": f"field {t}", "type": "x"}, t: t}),
    "body as it is": lambda t: http("400 Bad", ["content-type: application/json"], b'{"error": "' + t.encode() + b'"}'),
    "accepted": lambda t: told("200 OK", JOB | {"echo": t, "url": f"https://cdn.example/{t}?key={t}"}),
    "accepted by the key's name": lambda t: told("202 Accepted", JOB | {"task_id": t, "id": t}),
    "two members": lambda t: told("400 Bad", {"error": [t[: len(t) // 2], t[len(t) // 2 :]]}),
    "header": lambda t: told("400 Bad", {"error": {}}, f"x-echo: {flat(t)}", f"x-more: a{flat(t)}b"),
    "cookie": lambda t: told("400 Bad", {}, f"set-cookie: session={flat(t)}; HttpOnly"),
    "redirect": lambda t: http("302 Found", [f"location: https://elsewhere.example/?next={flat(t)}"], b""),
    "redirect to a user": lambda t: http("307 Go", [f"location: http://me:{flat(t)}@127.0.0.1/"], b""),
    "media type": lambda t: http("200 OK", [f"content-type: application/{flat(t)}; a={flat(t)}"], b"{}"),
    "reason": lambda t: http(f"418 {flat(t)}", ["content-type: text/plain"], b""),
    "broken header": lambda t: http("200 OK", [f"{flat(t)} {flat(t)}"], b"{}"),
    "broken status": lambda t: b"HTTP/1.1 " + t.encode() + b"\r\n\r\n",
    "not HTTP": lambda t: t.encode() * 3,
    "broken length": lambda t: b"HTTP/1.1 200 OK\r\ncontent-length: " + t.encode() + b"\r\n\r\n{}",
    "broken chunk": lambda t: b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + t.encode() + b"\r\n",
    "page": lambda t: http("502 Bad Gateway", ["content-type: text/html"], f"<p title='{t}'>{t}</p>".encode()),
    "no text": lambda t: http("500 No", ["content-type: application/octet-stream"], b"\xff\0" + t.encode() + b"\xff"),
    "video": lambda t: http("200 OK", ["content-type: video/mp4"], t.encode()),
    "packed": lambda t: http("400 Bad", ["content-encoding: gzip"], gzip.compress(json.dumps({"error": t}).encode())),
    "packed twice": lambda t: http(
        "400 Bad", ["content-encoding: gzip, gzip"], gzip.compress(gzip.compress(json.dumps({"error": t}).encode()))
    ),
    "real video": lambda t: http("200 OK", ["content-type: video/mp4", f"x-name: {flat(t)}"], video() + t.encode()),
}  # fmt: skip


def echo(answers: Iterator[bytes]) -> AbstractContextManager[str]:
    """A raw server that gives one answer after the other."""
    return served(lambda connection, _: connection.sendall(next(answers)))


def check(base: str, out: Path, requests: int) -> subprocess.CompletedProcess[bytes]:
    words = ["check", "relaydance", "--live", "--base-url", base, "--allow-private", "--budget", "1000", "--yes"]
    words += ["--assume-price", "0.01", "--poll-interval", "0", "--max-requests", str(requests), "--out", str(out)]
    words += ["--format", "html,json,markdown,junit,sarif,text"]
    environment = {**os.environ, "RELAYDANCE_API_KEY": KEY, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "harness", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        timeout=500,
        check=False,
    )


def nothing_leaks(pairs: list[tuple[str, str]], out: Path) -> None:
    answers = [PLACES[place](SPELLINGS[spelling](KEY)) for place, spelling in pairs]
    given = itertools.count()
    with echo(answers[next(given) % len(answers)] for _ in itertools.count()) as base:
        done = check(base, out, len(answers) + 3)
    assert next(given) >= len(answers), done.stderr.decode()
    assert done.returncode in (0, 1), done.stderr.decode()
    files = [path for path in out.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".html", ".json", ".md", ".xml", ".sarif", ".yaml"}
    found = [(leak.file.name, leak.offset, leak.how) for leak in leaks(files, [KEY])]
    assert found == []
    assert Finder([KEY]).found(done.stdout + done.stderr) == []


def test_a_key_given_back_in_every_place_is_nowhere_to_be_found(tmp_path: Path) -> None:
    spellings = itertools.cycle(SPELLINGS)
    pairs = [(place, next(spellings)) for _ in range(2) for place in PLACES]
    nothing_leaks([("error", "raw"), *pairs], tmp_path)


@pytest.mark.slow
# A job whose id was the key is not asked about again, so that most of these answers would never be given.
@pytest.mark.parametrize("place", [each for each in PLACES if "by the key's name" not in each])
def test_a_key_given_back_in_every_spelling_is_nowhere_to_be_found(place: str, tmp_path: Path) -> None:
    # Now and then something else: a run whose key is refused five times in a row asks no further.
    between = [(each, spelling) for spelling in SPELLINGS for each in (place, "invalid")]
    nothing_leaks([("error", "raw"), *between], tmp_path)


def recording(path: Path, text: str) -> Path:
    """A HAR in which a key stands that nobody can know by its name."""
    url = load("relaydance").base_url + "/v1/video/generations/t-1"
    request = {"method": "GET", "url": url, "headers": []}
    content = {"mimeType": "application/json", "text": json.dumps({"task_id": "t-1", "trace": text})}
    entry = {"startedDateTime": "2026-11-01T10:00:00Z", "time": 1, "request": request}
    entry["response"] = {"status": 200, "headers": [], "content": content}
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}))
    return path


def test_a_report_that_holds_a_key_is_removed_and_the_run_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELAYDANCE_API_KEY", KEY)
    har, out = recording(tmp_path / "browser.har", KEY), tmp_path / "report"
    out.mkdir()
    (out / "older.txt").write_text(KEY)
    code = main(["judge", "relaydance", str(har), "--out", str(out), "--format", "json"])
    said = capsys.readouterr().err
    assert code == 3
    assert "report.json at byte" in said and "as it is" in said and KEY not in said
    assert not (out / "report.json").exists()
    assert (out / "older.txt").read_text() == KEY, "what this run did not write is none of its business"
    assert har.exists()


def test_a_report_without_a_key_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAYDANCE_API_KEY", KEY)
    har = recording(tmp_path / "browser.har", "nothing")
    assert main(["judge", "relaydance", str(har), "--out", str(tmp_path / "report")]) != 3
    assert (tmp_path / "report" / "report.json").exists()


def test_the_other_name_of_a_file_that_held_a_key_is_empty(tmp_path: Path) -> None:
    file, other = tmp_path / "tape.yaml", tmp_path / "copy.yaml"
    file.write_text(f"a: {KEY[:20]}")
    other.hardlink_to(file)
    with pytest.raises(SecretLeaked, match=r"tape\.yaml at byte 3 \(in part\)") as caught:
        refuse_leaks([file], [KEY])
    assert not file.exists() and other.read_bytes() == b""
    assert KEY[:16] not in str(caught.value)


@pytest.mark.parametrize(("flag", "name"), [("--keep", "kept/venice.yaml"), ("--log", "run.jsonl"), ("--out", "t.txt")])
def test_whatever_a_command_was_told_to_write_is_looked_at(
    flag: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENICE_API_KEY", KEY)
    place = tmp_path / name.partition("/")[0]
    args = command_line().parse_args(["compare", "venice", "--request", "r.json", "--live", flag, str(place)])
    for text, leaks_out in (("nothing", False), (f"key: {KEY}", True)):

        def run(_: object, text: str = text) -> int:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
            return 0

        args.run = run
        with pytest.raises(SecretLeaked, match="venice.yaml|run.jsonl|t.txt") if leaks_out else nullcontext():
            assert sealed(args) == 0
        assert (tmp_path / name).exists() is not leaks_out


def test_no_document_with_a_key_in_it_goes_on_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    specs = tmp_path / "specs"
    shutil.copytree(ROOT / "specs" / "unified-v2", specs / "unified-v2")
    monkeypatch.setenv("HARNESS_SPECS", str(specs))
    monkeypatch.setenv("UNIFIED_V2_API_KEY", KEY)
    told, record = specs / "unified-v2" / "openapi.yaml", specs / "unified-v2" / "official.json"
    assert main(["drift", "unified-v2", "--openapi", str(told), "--keep"]) == 0
    before = record.read_bytes()
    given = tmp_path / "today.yaml"
    given.write_text(re.sub(r"(?m)^  version: .*", f'  version: "{KEY}"', told.read_text()))
    assert main(["drift", "unified-v2", "--openapi", str(given), "--keep"]) == 3
    said = capsys.readouterr().err
    assert "Nothing was put on record" in said and KEY not in said
    assert record.read_bytes() == before
