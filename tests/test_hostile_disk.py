"""A full disk, a closed folder, a file made to fill our memory: said in one line, and blamed on nobody."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from clips import video
from conftest import ROOT
from hostile import KEY, http, line, outcomes, sends
from raw import served

from harness.exchange import boxes
from harness.exchange.boxes import Crowded, check_tables
from harness.exchange.media import MAX_FRAME, MAX_PACKETS, facts

#: Runs a command that may write no file of more bytes than this, as on a disk with no more room.
_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from harness.cli import main
sys.exit(main(sys.argv[2:]))
"""


def limited(size: int, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _LIMITED, str(size), *map(str, words)]
    everything = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=ROOT, env=everything, capture_output=True, text=True, timeout=60, check=False)


def test_a_full_disk_is_one_line_and_code_two(tmp_path: Path) -> None:
    tape = ROOT / "cassettes" / "venice" / "published.yaml"
    done = limited(4096, "judge", "venice", tape, "--out", tmp_path, "--format", "json")
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.strip().splitlines()) <= 2
    assert "File too large" in done.stderr


def test_a_full_disk_leaves_no_half_of_a_cassette(tmp_path: Path) -> None:
    tape = tmp_path / "tape.yaml"
    done = limited(
        40_000, "record", "relaydance", "--simulated", "--max-requests", "60", "--random", "0", "--out", tape
    )
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert not tape.exists() and not list(tmp_path.glob("*.tmp"))


def test_a_folder_that_cannot_be_written_to_is_told_before_anything_is_sent() -> None:
    with served(lambda connection, request: pytest.fail("something was sent")) as base:
        words = ["check", "relaydance", "--live", "--base-url", base, "--allow-private", "--budget", "1", "--yes"]
        done = limited(10**9, *words, "--assume-price", "0.01", "--out", "/proc/nobody", RELAYDANCE_API_KEY=KEY)
    assert done.returncode == 2 and "/proc/nobody" in done.stderr and "Traceback" not in done.stderr


_SPOOLS = """
import resource, sys
from pathlib import Path
from hostile import line
resource.setrlimit(resource.RLIMIT_FSIZE, (2 * 1024 ** 2,) * 2)
found, made = line("tape", sys.argv[1], Path(sys.argv[2]))
print(found.failure)
"""


def test_no_room_for_a_video_is_no_fault_of_its_server(tmp_path: Path) -> None:
    large = http(video() + bytes(5 * 1024**2), "content-type: video/mp4", status="200 OK")
    with served(lambda connection, _: connection.sendall(large)) as base:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
        command = [sys.executable, "-c", _SPOOLS, base, str(tmp_path)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "does not take the answer" in done.stdout and "File too large" in done.stdout


def test_a_large_video_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    large = http(video() + bytes(20 * 1024**2), "content-type: video/mp4")
    with served(lambda connection, _: sends(large)(connection)) as base:
        folder = tmp_path / "tape"
        folder.mkdir()
        found, made = line("tape", base, folder)
    assert found.response is not None and found.response.media is not None
    assert found.response.media.container == "mp4" and found.response.media.size > 20 * 1024**2
    assert list(tmp_path.iterdir()) == [folder]
    assert "error" not in outcomes(made).values()


TABLE = [b"moov", b"trak", b"mdia", b"minf", b"stbl"]
FRAGMENT = [b"moof", b"traf", b"trun"]


def rewritten(data: bytes, path: list[bytes], change: Callable[[bytes], bytes]) -> bytes:
    """The MP4 with the inside of one box changed."""
    out, at = b"", 0
    while at + 8 <= len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        inside = data[at + 8 : at + size]
        if name == path[0]:
            inside = rewritten(inside, path[1:], change) if path[1:] else change(inside)
        out += struct.pack(">I4s", 8 + len(inside), name) + inside
        at += size
    return out


BOMBS = {
    "a table that says a thousand million samples": rewritten(
        video(sound=False), [*TABLE, b"stsz"], lambda old: old[:4] + struct.pack(">II", 1, 10**9)
    ),
    "a fragment that says so": rewritten(
        video(sound=False, fragments=True), FRAGMENT, lambda _: struct.pack(">II", 0, 10**9)
    ),
    "a sample of a gigabyte": rewritten(
        video(sound=False), [*TABLE, b"stsz"], lambda old: old[:12] + struct.pack(">I", 2**30) + old[16:]
    ),
    "a sample of a gigabyte in a fragment": rewritten(
        video(sound=False, fragments=True), FRAGMENT, lambda _: struct.pack(">IIiII", 0x205, 1, 8, 0, 2**30)
    ),
    "nothing but boxes": video() + struct.pack(">I4s", 8, b"free") * (boxes.MAX_BOXES + 1),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_made_to_fill_our_memory_is_not_opened(name: str) -> None:
    found = facts(BOMBS[name])
    assert found.container is None and found.fault is not None
    assert "says it has" in found.fault or "has more than" in found.fault


@pytest.mark.parametrize("options", [{}, {"fragments": True}, {"sound": False}, {"form": "mov"}], ids=str)
def test_the_tables_of_real_files_are_read(options: dict[str, object]) -> None:
    data = video(**options)  # type: ignore[arg-type]
    check_tables(io.BytesIO(data), len(data), most=MAX_PACKETS, largest=MAX_FRAME)
    with pytest.raises(Crowded, match="frames and packets"):
        check_tables(io.BytesIO(data), len(data), most=20, largest=MAX_FRAME)
    with pytest.raises(Crowded, match="a frame of"):
        check_tables(io.BytesIO(data), len(data), most=MAX_PACKETS, largest=20)
