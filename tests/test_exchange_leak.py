"""A secret is found in whatever spelling it was written, and nothing else is taken for one."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from hypothesis import example, given
from hypothesis import strategies as st
from spellings import KEY, SPELLINGS, each, pieces

from harness.exchange.leak import leaks, scanned
from harness.exchange.redact import Redactor
from harness.exchange.spelling import BLOCK, OVERLAP, Finder


def planted(spelled: str, before: bytes = b"", after: bytes = b"") -> bytes:
    return before + b" " + spelled.encode("latin-1" if "\0" in spelled else "utf-8") + b" " + after


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_found_and_then_gone(name: str) -> None:
    finder = Finder([KEY])
    data = planted(SPELLINGS[name](KEY), b'{"x": "', b'"}')
    assert finder.found(data), data
    left = Redactor([KEY]).data(data)
    assert not finder.found(left), left
    assert left.startswith(b'{"x": "') and left.endswith(b'"}')


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("part", [KEY[:16], KEY[-16:], KEY[:25], KEY[-25:]], ids=["first", "last", "more", "most"])
def test_sixteen_characters_of_either_end_are_enough(name: str, part: str) -> None:
    data = planted(SPELLINGS[name](part))
    assert Finder([KEY]).found(data), data
    assert not Finder([KEY]).found(Redactor([KEY]).data(data))


def test_the_middle_of_a_known_part_goes_with_it() -> None:
    assert Redactor([KEY]).text(f"it began with {pieces(' ', 5)(KEY[:30])}!") == "it began with [redacted]!"


TOKEN = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=", min_size=20, max_size=90)
KEYS = TOKEN.filter(lambda key: min(sum(map(str.isalnum, part)) for part in (key[:16], key[-16:])) >= 8)


@given(KEYS, st.sampled_from(sorted(SPELLINGS)), st.binary(max_size=40), st.integers(-300, 40))
@example(KEY, "raw", b"\\", -20)
@example("n" + KEY, "raw", b"\\", 0)
def test_any_key_in_any_spelling_at_any_place(key: str, name: str, before: bytes, place: int) -> None:
    spelled = planted(SPELLINGS[name](key))
    padding = before + b"." * max(0, BLOCK + place - len(before))
    stream = io.BytesIO(padding + spelled + b"." * OVERLAP)
    (found, *_) = scanned(stream, Finder([key]))
    assert len(padding) <= found.start < found.end <= len(padding) + len(spelled)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60))
def test_a_key_of_any_characters_is_found_as_it_is(key: str) -> None:
    assert Finder([key]).found(f"a {key} b".encode())


@given(st.binary(max_size=300), KEYS)
def test_bytes_that_hold_no_key_are_left_alone(data: bytes, key: str) -> None:
    assert Finder([key]).found(data) == []


@pytest.mark.parametrize("key", [KEY, "a-key-for-nobody", "sk-or-v1-0123456789abcdef0123456789abcdef"])
def test_what_is_committed_is_clean(key: str) -> None:
    files = [path for folder in ("cassettes", "specs", "schemas") for path in (ROOT / folder).rglob("*.*")]
    assert len(files) > 20
    assert list(leaks(files, [key])) == []


@pytest.mark.parametrize("text", ["", "short", "sk-live-4f9Zq7L", "Bearer $KEY", KEY[:12], KEY[5:20]])
def test_what_is_no_key_is_silence(text: str) -> None:
    assert Finder([KEY]).found(planted(text)) == []


def test_pieces_are_found_that_give_a_key_away_together() -> None:
    thirds = json.dumps({"head": KEY[:13], "mid": KEY[13:26], "tail": KEY[26:]})
    assert Finder([KEY]).found(thirds.encode())
    left = Redactor([KEY]).text(thirds)
    assert list(json.loads(left)) == ["head", "mid", "tail"] and KEY[:13] not in left and KEY[13:26] not in left
    both = json.dumps([" ".join(KEY), KEY[:13], KEY[13:26], KEY[26:]])
    assert not Finder([KEY]).found(Redactor([KEY]).text(both).encode())
    assert Finder([KEY]).found(json.dumps([KEY[:13], "…", KEY[-9:]]).encode())
    assert not Finder([KEY]).found(json.dumps([KEY[:8], "…", KEY[-4:]]).encode()), "as a provider may mask it"


def test_a_key_that_is_spread_over_headers_is_taken_out_of_them() -> None:
    headers = {"content-type": "application/json", "x-a": KEY[:13], "x-b": KEY[13:26], "x-c": KEY[26:]}
    left = Redactor([KEY]).headers(headers)
    assert left.keys() == headers.keys() and left["content-type"] == "application/json"
    assert not Finder([KEY]).found(json.dumps(left).encode())


def test_short_secrets_are_not_looked_for() -> None:
    assert not Finder(["", "a", "1234567"])
    assert Finder(["1234567"]).found(b"1234567") == []


def test_file_place_and_spelling_are_told_and_the_key_is_not(tmp_path: Path) -> None:
    clean, dirty = tmp_path / "clean.txt", tmp_path / "dirty.txt"
    clean.write_bytes(b"nothing")
    text = yaml.safe_dump({"a": each("%{:02x}")(KEY), "b": "y" * 200_000, "c": f"no such key: {KEY}"})
    dirty.write_text(text)
    first, second = leaks([clean, dirty], [KEY])
    assert (first.file, second.file) == (dirty, dirty)
    assert (first.how, first.offset) == ("percent-encoded", text.index("%73"))
    assert (second.how, second.offset) == ("as it is", text.index("sk-"))
    assert KEY not in repr([first, second]) and KEY not in repr(Finder([KEY]))


def test_a_large_file_is_read_in_small_pieces(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        for _ in range(20):
            file.write(b"ordinary text, " * 70_000)
        file.write(KEY.encode())
    tracemalloc.start()
    (found,) = leaks([large], [KEY])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.offset == large.stat().st_size - len(KEY)
    assert peak < 10_000_000 < large.stat().st_size


def test_a_text_made_of_nothing_but_keys_goes_as_a_whole() -> None:
    assert Redactor([KEY]).data(pieces(" ", 5)(KEY).encode() * 5_000) == b"[redacted]"
