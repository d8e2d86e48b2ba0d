"""YAML 1.2 and JSON, strictly and within bounds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from anything import JSON, SCALARS
from hypothesis import given
from hypothesis import strategies as st

from harness.document import Lines, line_of, parse_json, parse_yaml, read_text
from harness.errors import SpecError
from harness.json_text import MAX_DEPTH, canonical, strict_json

#: JSON whose texts may stand in YAML as they are.
WORDS = st.text(st.characters(categories=["L", "N", "P", "S"]))
PRINTABLE = st.recursive(
    st.booleans() | st.integers(-(10**30), 10**30) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def read(text: str) -> Any:
    return parse_yaml(text, where="file.yaml", error=SpecError)


@pytest.mark.parametrize(
    "text, value",
    [
        ("16:9", "16:9"),
        ("1:1", "1:1"),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("2026-01-02", "2026-01-02"),
        ("010", 10),
        ("0o10", 8),
        ("0x10", 16),
        ("1_000", "1_000"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("~", None),
        ("null", None),
        ("True", True),
        ("'true'", "true"),
        ("<<: x", {"<<": "x"}),
        ("401: x", {"401": "x"}),
        ("=", "="),
        ("!!binary aGk=", b"hi"),
    ],
)
def test_yaml_is_read_as_yaml_1_2(text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "is empty"),
        ("# nothing", "is empty"),
        ("a: 1\nb: 2\na: 3", "file.yaml:3: the key 'a' appears twice"),
        ("a:\n\t- 1", "file.yaml:2: is not YAML"),
        ("a: [1", "is not YAML"),
        ("<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> theirs", "merge-conflict"),
        ("!!python/object/apply:os.system [echo]", "is not allowed"),
        ("!custom x", "the tag !custom is not allowed"),
        ("a: !!set {x}", "is not allowed"),
        ("? [a]\n: b", "a key must be a string"),
        ("a: &a [*a]", "an alias contains itself"),
        (".inf", "is not a JSON number"),
        (".nan", "is not a JSON number"),
        ("1e999", "is not a JSON number"),
        ("9" * 5000, "digits"),
        ("a: *nowhere", "is not YAML"),
        ("a\n---\nb", "is not YAML"),
        ("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), "nested deeper"),
        ("a: \x07", "is not YAML"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(SpecError) as caught:
        read(text)
    assert says in str(caught.value)
    assert "file.yaml" in str(caught.value)


def test_an_alias_bomb_is_refused() -> None:
    rows = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"] + [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(SpecError, match="alias bomb"):
        read("\n".join(rows))


@given(PRINTABLE)
def test_json_is_yaml(value: Any) -> None:
    assert read(json.dumps(value, ensure_ascii=False)) == value


@given(PRINTABLE)
def test_quoted_yaml_reads_the_same_for_readers_of_1_1(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert yaml.safe_load(text) == read(text)


@given(JSON)
def test_strict_json_reads_what_json_writes(value: Any) -> None:
    assert strict_json(json.dumps(value)) == value
    assert strict_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.text() | st.binary())
def test_strict_json_raises_nothing_but_value_errors(text: str | bytes) -> None:
    try:
        strict_json(text)
    except ValueError:
        pass


@given(st.text())
def test_yaml_raises_nothing_but_our_error(text: str) -> None:
    try:
        read(text)
    except SpecError as error:
        assert "file.yaml" in str(error)


@pytest.mark.parametrize(
    "text, says",
    [
        ("NaN", "has NaN"),
        ("[Infinity]", "has Infinity"),
        ("1e999", "too large"),
        ('{"a": 1, "a": 2}', "has the key 'a' twice"),
        ('"\\ud800"', "lone surrogate"),
        ("[" * 5000, "nested deeper"),
        ("9" * 2000, "digits"),
        (b'"\xff"', "is not UTF-8"),
    ],
)
def test_what_json_loads_lets_through_is_refused(text: str | bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        strict_json(text)


def test_a_device_is_no_file_and_a_pipe_is_read_to_its_end() -> None:
    with pytest.raises(SpecError, match="/dev/zero: is a device, not a file"):
        read_text(Path("/dev/zero"), SpecError)
    done = subprocess.run(
        [sys.executable, "-c", "from pathlib import Path; from harness.document import read_text;"
         "print(len(read_text(Path('/dev/stdin'), ValueError)))"],
        input=b"x" * 100_000, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout == b"100000\n"


def test_a_pipe_without_an_end_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.document.MAX_BYTES", 100_000)
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as endless:
        assert endless.stdout is not None
        with pytest.raises(SpecError, match="is larger than"):
            read_text(Path(f"/dev/fd/{endless.stdout.fileno()}"), SpecError)
        endless.kill()


def test_brackets_in_strings_are_no_depth() -> None:
    assert strict_json(json.dumps(["[" * 500])) == ["[" * 500]


def test_json_errors_name_file_and_line() -> None:
    with pytest.raises(SpecError, match="file.json:2: is not JSON"):
        parse_json('{\n"a" 1}', where="file.json", error=SpecError)


@pytest.mark.parametrize(
    "pointer, line", [(("a",), 1), (("a", "b"), 2), (("c", 1), 5), (("c", 9), 3), (("nowhere",), 1), ((), 1)]
)
def test_a_place_has_a_line(pointer: tuple[str | int, ...], line: int) -> None:
    assert line_of("a:\n  b: 1\nc:\n  - x\n  - y\n", pointer) == line


@pytest.mark.parametrize(
    "pointer, line",
    [
        (("a", "x"), 4),  # where the reference leads
        (("a", "y"), 2),  # beside it
        (("b", "x"), 4),  # through a part of an allOf
        (("b", "z"), 7),
        (("round", "x"), None),
        (("gone", "x"), None),
        (("a", "nowhere"), None),
        ((), 1),
    ],
)
def test_places_are_found_through_references(pointer: tuple[str, ...], line: int | None) -> None:
    text = (
        'a: {$ref: "#/defs/one",\n    y: 1}\ndefs: {one: {\n    x: 1}}\n'
        'b:\n  allOf: [{$ref: "#/defs/one"},\n    {z: 1}]\n'
        'round: {$ref: "#/round"}\ngone: {$ref: "#/defs/gone"}\n'
    )
    assert Lines(text).of(pointer) == line
    assert Lines(text).nearest(pointer) >= 1


@given(st.dictionaries(st.text(), SCALARS, max_size=5))
def test_equal_values_have_one_canonical_text(value: dict[str, Any]) -> None:
    assert canonical(value) == canonical(dict(reversed(list(value.items()))))


@pytest.mark.parametrize("content, says", [(b"\xff\xfe\x00", "is not UTF-8"), (None, "No such file")])
def test_an_unreadable_file_is_one_clear_message(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "file.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SpecError, match=says) as caught:
        read_text(path, SpecError)
    assert str(path) in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="is a folder"):
        read_text(tmp_path, SpecError)


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1")
    assert read(read_text(path, SpecError)) == {"a": 1}
