"""Whatever a server answers: bounded in time and memory, kept as it came, judged as what it is, and shown."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from clips import video
from conftest import ROOT
from hostile import (
    CHUNKED,
    JOB,
    OK,
    Behaviour,
    bomb,
    cycle,
    endless,
    http,
    line,
    outcomes,
    resets,
    sends,
    told,
)
from raw import served

from harness.exchange.wire import MAX_BODY
from harness.interaction import Interaction, Malformed

SECONDS = 0.4
ANSWER = "lantern.createClip.accepted"

#: What is no answer, and the words for it. The provider is never blamed for what never came.
NO_ANSWER = {
    "closes": (sends(b""), "cut off or not HTTP"),
    "closes after the status": (sends(b"HTTP/1.1 202 Accepted\r\n"), "cut off or not HTTP"),
    "resets at once": (resets(b""), "connection broke"),
    "resets in the body": (resets(told(OK)[:-5]), "connection broke"),
    "says too much": (sends(http(OK, "content-type: application/json", length=len(OK) + 10)), "cut off"),
    "negative length": (sends(http(OK, length=-1)), "cut off or not HTTP"),
    "length in words": (sends(http(OK, length="many")), "cut off or not HTTP"),
    "length of 5000 digits": (sends(http(OK, length="9" * 5000)), "cut off or not HTTP"),
    "two lengths": (sends(http(OK, "content-length: 1")), "cut off or not HTTP"),
    "chunk of no size": (sends(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n"), "cut off or not HTTP"),
    "chunk of negative size": (sends(CHUNKED + b"-5\r\n{}\r\n0\r\n\r\n"), "cut off or not HTTP"),
    "chunk of endless size": (sends(CHUNKED + b"f" * 5000), "cut off or not HTTP"),
    "last chunk missing": (sends(CHUNKED + b"2\r\n{}\r\n"), "cut off"),
    "endless chunk extension": (endless(CHUNKED + b"2;", b"a" * 65536), "cut off or not HTTP"),
    "header of 10 MB": (sends(http(OK, "x-large: " + "a" * 10**7)), "cut off or not HTTP"),
    "a hundred thousand headers": (sends(http(OK, *(f"x-{i}: a" for i in range(10**5)))), "cut off or not HTTP"),
    "endless header": (endless(b"HTTP/1.1 202 Accepted\r\nx: ", b"a" * 65536), "cut off or not HTTP"),
    "header without a colon": (sends(http(OK, "nonsense")), "cut off or not HTTP"),
    "header with NUL": (sends(http(OK, "x: a\0b")), "cut off or not HTTP"),
    "status of four digits": (sends(http(OK, status="2022 OK")), "cut off or not HTTP"),
    "status of letters": (sends(http(OK, status="abc OK")), "cut off or not HTTP"),
    "status zero": (sends(http(OK, status="000 OK")), "cut off or not HTTP"),
    "HTTP/0.9": (sends(OK), "cut off or not HTTP"),
    "HTTP/2": (sends(b"\0\0\x12\x04\0\0\0\0\0" + bytes(18)), "cut off or not HTTP"),
    "mail": (sends(b"220 mail.example ESMTP\r\n"), "cut off or not HTTP"),
    "TLS alert": (sends(b"\x15\x03\x01\0\x02\x02\x28"), "cut off or not HTTP"),
    "1xx for ever": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 99), "no complete answer within"),
    "early hints for ever": (
        endless(b"", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", 0.01),
        "no complete answer within",
    ),
    "silence": (lambda connection: time.sleep(2 * SECONDS), "no complete answer within"),
    "dripping status": (endless(b"HTTP/1.1 202 ", b"a", 0.05), "no complete answer within"),
    "dripping header": (endless(b"HTTP/1.1 202 Accepted\r\nx: ", b"a", 0.05), "no complete answer within"),
    "dripping body": (endless(http(b"", length=10**6), b"a", 0.05), "no complete answer within"),
    "dripping chunks": (endless(CHUNKED, b"1\r\n \r\n", 0.05), "no complete answer within"),
    "dripping gzip": (
        endless(CHUNKED.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n"), b"1\r\n\x1f\r\n", 0.05),
        "no complete answer within",
    ),
    "endless body": (endless(http(b"", length=""), b" " * 65536), f"larger than {MAX_BODY} bytes"),
    "endless chunks": (endless(CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"), f"larger than {MAX_BODY}"),
    "endless video that is none": (
        endless(http(b"", "content-type: video/mp4", length=""), bytes(65536)),
        f"larger than {MAX_BODY}",
    ),
    "gzip bomb": (sends(told(bomb(32 * 1024**2), "content-encoding: gzip")), "unpacks to more than"),
    "gzip bomb in gzip": (sends(told(bomb(32 * 1024**2, 2), "content-encoding: gzip, gzip")), "unpacks to more"),
}

#: What is an answer, and why its body is no JSON (None where it is).
NO_JSON = {
    "empty": (sends(told(b"")), "is empty"),
    "HTML": (sends(told(b"<html><body>Sorry</body></html>")), "it begins with"),
    "MP4": (sends(told(video())), "is empty"),  # it was measured and dropped
    "invalid UTF-8": (sends(told(b'{"id": "\xff\xfe"}')), "is not UTF-8"),
    "UTF-16": (sends(told(json.dumps(JOB).encode("utf-16"))), "is not UTF-8"),
    "NaN": (sends(told(b'{"id": "c-1", "status": "waiting", "cost": NaN}')), "NaN"),
    "infinity": (sends(told(b'{"id": "c-1", "status": "waiting", "cost": -Infinity}')), "Infinity"),
    "a number beyond numbers": (sends(told(b'{"id": "c-1", "status": "waiting", "cost": 1e999}')), "too large"),
    "keys that stand twice": (sends(told(b'{"id": "c-1", "id": "c-2", "status": "waiting"}')), "twice"),
    "100,000 deep": (sends(told(b"[" * 100_000)), "deeper"),
    "100,000 deep and closed": (sends(told(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)), "deeper"),
    "5,000 digits": (sends(told(b'{"id": ' + b"7" * 5_000 + b"}")), "digits"),
    "a lone surrogate": (sends(told(b'{"id": "\\ud800", "status": "waiting"}')), "surrogate"),
    "a lone surrogate as bytes": (sends(told(b'{"id": "\xed\xa0\x80"}')), "is not UTF-8"),
    "cut short": (sends(told(OK[:-4])), ""),
    "two values": (sends(told(OK + OK)), "is none from character"),
    "JavaScript": (sends(told(b"callback({});")), "it begins with"),
    "half a million values": (sends(told(b"[" + b"0," * 500_000 + b"0]")), "values"),
    "twice packed, wrongly": (sends(told(gzip.compress(OK), "content-encoding: gzip, gzip")), ""),
    "packed as said, not": (sends(told(b"plain", "content-encoding: gzip")), ""),
    "packed, cut short": (sends(told(gzip.compress(OK * 99)[:-9], "content-encoding: gzip")), ""),
    "unknown packing": (sends(told(b"\x8b\x02\x80\x03", "content-encoding: br")), ""),
}

#: JSON, and no object.
NO_OBJECT = [b"[]", b"null", b"1", b'"x"', b'[{"id": "c-1", "status": "waiting"}]']

#: What is whole, odd as it looks.
WHOLE = {
    "as documented": told(OK),
    "a few early hints": b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 3 + told(OK),
    "no length": http(OK, "content-type: application/json", length=""),
    "says too little": http(OK + b"   ", "content-type: application/json", length=len(OK)),
    "the same length twice": http(OK, "content-type: application/json", f"content-length: {len(OK)}"),
    "length and chunks": CHUNKED.replace(b"\r\n\r\n", b"\r\ncontent-length: 3\r\n\r\n")
    + b"%x\r\n%s\r\n0\r\n\r\n" % (len(OK), OK),
    "chunks of one byte": CHUNKED + b"".join(b"1\r\n%c\r\n" % byte for byte in OK) + b"0\r\n\r\n",
    "a byte order mark": told(b"\xef\xbb\xbf" + OK),
    "gzip": told(gzip.compress(OK), "content-encoding: gzip"),
    "gzip in gzip": told(gzip.compress(gzip.compress(OK)), "content-encoding: gzip, gzip"),
    "gzip in deflate, by two headers": told(
        zlib.compress(gzip.compress(OK)), "content-encoding: gzip", "content-encoding: deflate"
    ),
    "raw deflate": told(zlib.compress(OK)[2:-4], "content-encoding: deflate"),
    "not packed at all": told(OK, "content-encoding: identity"),
    "headers that are no ASCII": told(OK, "x-name: caf\xe9", "x-b: \x80\xff"),
    "a hundred cookies": told(OK, *(f"set-cookie: a{i}=b" for i in range(100))),
}


def line_of(behave: Behaviour, folder: Path, **options: Any) -> tuple[Interaction, Mapping[str, Any]]:
    with served(cycle(behave)) as base:
        return line("tape", base, folder, **{"deadline": 10.0} | options)


@pytest.mark.parametrize("name", NO_ANSWER)
def test_what_is_no_answer_is_kept_as_a_failure_and_blames_nobody(name: str, tmp_path: Path) -> None:
    behave, words = NO_ANSWER[name]
    started = time.monotonic()
    found, made = line_of(behave, tmp_path, deadline=SECONDS if "within" in words else 10.0)
    assert time.monotonic() - started < 10
    assert found.response is None and found.failure is not None and words in found.failure, found.failure
    assert found.failure.isprintable() and len(found.failure) < 300
    assert "fail" not in outcomes(made).values() and "error" not in outcomes(made).values()
    assert made["requests"]["total"] == 1


@pytest.mark.parametrize("name", NO_JSON)
def test_what_is_no_json_is_kept_as_it_came_and_diverges(name: str, tmp_path: Path) -> None:
    behave, words = NO_JSON[name]
    found, made = line_of(behave, tmp_path)
    assert found.failure is None and found.response is not None and found.response.status == 202
    assert isinstance(found.response.json, Malformed) and words in found.response.json.reason
    said = outcomes(made)
    assert said[f"{ANSWER}.media-type"] == "fail" and "error" not in said.values()


@pytest.mark.parametrize("body", NO_OBJECT)
def test_json_that_is_no_object_diverges(body: bytes, tmp_path: Path) -> None:
    found, made = line_of(sends(told(body)), tmp_path)
    assert found.response is not None and found.response.body == body
    assert outcomes(made)[f"{ANSWER}.media-type"] == "fail"


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_whole_is_read(name: str, tmp_path: Path) -> None:
    found, made = line_of(sends(WHOLE[name]), tmp_path)
    assert found.failure is None and found.response is not None and found.response.json == JOB
    assert set(outcomes(made).values()) <= {"pass", "untested", "not-applicable", "inconclusive"}


#: What takes the most memory, if anything does.
HEAVY: dict[str, Callable[[], Behaviour]] = {
    "gzip bomb of 4 GiB": lambda: sends(told(bomb(4 * 1024**3), "content-encoding: gzip")),
    "gzip bomb of 1 GiB in gzip": lambda: sends(told(bomb(1024**3, 2), "content-encoding: gzip, gzip")),
    "gzip bomb of 1 GiB in gzip in gzip": lambda: sends(told(bomb(1024**3, 3), "content-encoding: gzip, gzip, gzip")),
    "video in a gzip bomb": lambda: sends(
        http(gzip.compress(video() + bytes(300 * 1024**2)), "content-encoding: gzip", status="200 OK")
    ),
    "millions of values": lambda: sends(told(b"[" + b"0," * 6_000_000 + b"0]")),
    "millions of lists": lambda: sends(told(b"[" + b"[]," * 4_000_000 + b"0]")),
    "millions of members": lambda: sends(told(b"{" + b'"a":{},' * 1_700_000 + b'"b":0}')),
    "one long text": lambda: sends(told(b'{"id": "' + b"a" * (MAX_BODY - 100) + b'"}')),
    "one long text of escapes": lambda: sends(told(b'{"id": "' + b"\\u0041" * (MAX_BODY // 6 - 100) + b'"}')),
    "text of many addresses": lambda: sends(told(b'{"a": "' + b"http://a@b?sig=c&" * (MAX_BODY // 17 - 9) + b'"}')),
    "bytes that are no text": lambda: sends(told(bytes(range(256)) * (MAX_BODY // 256 - 1))),
    "nothing but brackets": lambda: sends(told(b"[" * (MAX_BODY - 100))),
    "nothing but quotes": lambda: sends(told(b'"' * (MAX_BODY - 100))),
    "endless video": lambda: endless(http(video(), "content-type: video/mp4", length=""), bytes(65536)),
}
_CLIENT = """
import re, sys, time
from pathlib import Path
from hostile import line
for name in sys.argv[2:]:
    started = time.monotonic()
    found, made = line(name.rpartition("/")[2].replace(":", "-"), name, Path(sys.argv[1]), deadline=3.0,
                       media_deadline=20.0, max_media=600 * 1024 ** 2)
    said = found.failure or (found.response.media and found.response.media.container) or "an answer"
    # ru_maxrss begins with what the process was forked from; this does not.
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
    print(peak, round(time.monotonic() - started), said, flush=True)
"""


def peaks(behaviours: list[Behaviour], folder: Path) -> list[tuple[int, int, str]]:
    """MB at most so far, seconds, and what came of it: after each in turn, in a process that does nothing else."""
    with ExitStack() as stack:
        bases = [stack.enter_context(served(cycle(each))) for each in behaviours]
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
        command = [sys.executable, "-c", _CLIENT, str(folder), *bases]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    lines = [line.split(" ", 2) for line in done.stdout.splitlines()]
    return [(int(megabytes), int(seconds), said) for megabytes, seconds, said in lines]


@pytest.mark.slow
def test_all_of_it_in_one_process_stays_below_200_mb(tmp_path: Path) -> None:
    light = [behave for table in (NO_ANSWER, NO_JSON) for behave, _ in table.values()]
    found = peaks([*light, *(make() for make in HEAVY.values())], tmp_path)
    told_by = dict(zip([*NO_ANSWER, *NO_JSON, *HEAVY], found, strict=True))
    assert max(megabytes for megabytes, _, _ in found) < 200, told_by
    assert max(seconds for _, seconds, _ in found) < 60, told_by


@pytest.mark.slow
@pytest.mark.parametrize("header", ["", "transfer-encoding: chunked"], ids=["length", "chunks"])
def test_a_video_of_500_mb_is_measured_in_little_memory(header: str, tmp_path: Path) -> None:
    size = 500 * 1024**2
    clip, empty = video(), (size + 8).to_bytes(4) + b"free"

    def behave(connection: socket.socket) -> None:
        whole = len(clip) + len(empty) + size
        connection.sendall(http(b"", "content-type: video/mp4", header or "x-a: b", length="" if header else whole))
        for piece in (clip, empty, *([bytes(1024**2)] * (size // 1024**2))):
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if header else piece)
        connection.sendall(b"0\r\n\r\n" if header else b"")

    ((megabytes, _, said),) = peaks([behave], tmp_path)
    assert said == "mp4"
    assert megabytes < 150
