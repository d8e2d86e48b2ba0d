"""report.json: written, and read again with clear errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from harness.document import parse_json, read_text
from harness.errors import RecordingError
from harness.folders import data_folder
from harness.report.build import REPORT_VERSION
from harness.report.safe import plain

_ENCODER = json.JSONEncoder(ensure_ascii=True, allow_nan=False)
_AGAIN = "Write it again: harness check --format json --out DIR"


def render(report: Mapping[str, Any]) -> str:
    """The report as JSON. All ASCII, so that no terminal or editor obeys what a server sent."""
    return "".join(pieces(report))


def pieces(report: Mapping[str, Any]) -> Iterator[str]:
    """The same text in pieces, one verdict to a line: json's quick encoder cannot indent, and its slow one takes
    fifteen times as long, which a report of 100,000 verdicts makes felt."""
    yield from _object(report, "", _entries)
    yield "\n"


def _entries(key: str, value: Any) -> Iterator[str] | None:
    return _array(value, " ", lambda each: _object(each, " ", _verdicts)) if key == "providers" else None


def _verdicts(key: str, value: Any) -> Iterator[str] | None:
    return _array(value, "  ", lambda each: iter((_compact(each),))) if key == "verdicts" else None


def _object(value: Mapping[str, Any], margin: str, inner: Callable[[str, Any], Iterator[str] | None]) -> Iterator[str]:
    """An object, one member to a line; ``inner`` gives the pieces of the members that are laid out in turn."""
    before = "{\n"
    for key, each in value.items():
        yield f"{before}{margin} {_compact(key)}: "
        yield from inner(key, each) or (_compact(each),)
        before = ",\n"
    yield f"\n{margin}}}" if value else "{}"


def _array(values: Sequence[Any], margin: str, inner: Callable[[Any], Iterator[str]]) -> Iterator[str]:
    before = "[\n"
    for each in values:
        yield f"{before}{margin} "
        yield from inner(each)
        before = ",\n"
    yield f"\n{margin}]" if values else "[]"


def _compact(value: Any) -> str:
    return _ENCODER.encode(value)


def load(path: Path) -> dict[str, Any]:
    """A report read back. Raises RecordingError: unreadable, truncated, no report, another version."""
    text = read_text(path, RecordingError)
    where = str(path)
    if not text.strip():
        raise RecordingError("is empty", where=where, hint=_AGAIN)
    if text.lstrip().startswith("{") and not text.rstrip().endswith("}"):
        raise RecordingError("ends in the middle: it is truncated", where=where, hint=_AGAIN)
    report = parse_json(text, where=where, error=RecordingError)
    if not isinstance(report, dict) or "report_version" not in report:
        raise RecordingError("is not a harness report: it has no report_version", where=where, hint=_AGAIN)
    version = report["report_version"]
    if version != REPORT_VERSION:
        raise RecordingError(
            f"has report_version {plain(json.dumps(version), 40)}; this harness reads version {REPORT_VERSION}",
            where=where,
            hint="Read it with the harness that wrote it, or judge the recordings again.",
        )
    if not _fast().is_valid(report):
        raise RecordingError(_fault(report), where=where, hint=_AGAIN)
    return report


def schema() -> dict[str, Any]:
    """The published schema of report.json."""
    path = data_folder("schemas") / "report.json"
    read: dict[str, Any] = parse_json(read_text(path, RecordingError), where=str(path), error=RecordingError)
    return read


@cache
def _fast() -> Any:
    return jsonschema_rs.validator_for(schema())


def _fault(report: Mapping[str, Any]) -> str:
    fault = best_match(Draft202012Validator(schema()).iter_errors(report))
    if fault is None:
        return "is not a harness report"
    return f"is not a harness report: {plain(fault.json_path, 200)}: {plain(fault.message, 200)}"
