"""HAR 1.2, as browsers and proxies export it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from harness.document import parse_json, read_text
from harness.errors import RecordingError
from harness.exchange import checked, entries
from harness.exchange.checked import Place, Wrong
from harness.exchange.redact import Redactor, taken
from harness.interaction import Interaction, Origin, Provenance, Response

_REMEDY = "Export the HAR file again, with contents, from the browser or proxy that made it."
_VERSIONS = ("1.1", "1.2")


def load(path: Path) -> list[Interaction]:
    """The http exchanges of a HAR file, redacted, in the order they started; raises RecordingError."""
    text = read_text(path, RecordingError)
    try:
        document = parse_json(text, where=str(path), error=RecordingError)
    except RecordingError as fault:
        raise RecordingError(fault.message, where=fault.where, hint=fault.hint or _REMEDY) from None
    try:
        return _interactions(document, path.stem, Redactor(after=taken(text)))
    except Wrong as fault:
        raise fault.in_file(str(path), text, hint=_REMEDY) from None


def _interactions(document: Any, recording: str, redactor: Redactor) -> list[Interaction]:
    log = checked.mapping(checked.member(checked.mapping(document, ()), "log", ()), ("log",))
    version = checked.member(log, "version", ("log",))
    if version not in _VERSIONS:
        raise Wrong(f"must be one of {', '.join(_VERSIONS)}", ("log", "version"))
    listed = checked.sequence(checked.member(log, "entries", ("log",)), ("log", "entries"))
    read = [(entry, ("log", "entries", i)) for i, entry in enumerate(listed)]
    room = entries.Room()
    found = [each for entry, place in read if (each := _entry(checked.mapping(entry, place), place, room)) is not None]
    if not found:
        raise Wrong("holds no http exchanges", ("log", "entries"))
    return [
        redactor.interaction(Interaction(name=f"{recording}#{i}", **parts))
        for i, (_, parts) in enumerate(sorted(found, key=lambda each: each[0]))
    ]


def _entry(entry: Mapping[str, Any], place: Place, room: entries.Room) -> tuple[datetime, dict[str, Any]] | None:
    """When it started, and the parts of an interaction; None for what never was http (data:, blob:)."""
    at = (*place, "request")
    sent = checked.mapping(checked.member(entry, "request", place), at)
    url = checked.address(checked.member(sent, "url", at), (*at, "url"), absolute=False)
    if not url.lower().startswith(("http:", "https:")):
        return None
    checked.address(url, (*at, "url"))
    date = checked.date(checked.member(entry, "startedDateTime", place), (*place, "startedDateTime"))
    try:
        started = datetime.fromisoformat(date)
    except ValueError:
        raise Wrong(f"{date[:40]!r} is not a time", (*place, "startedDateTime")) from None
    taken = checked.member(entry, "time", place, None)
    answer = checked.mapping(checked.member(entry, "response", place), (*place, "response"))
    response, failure, abridged = _answer(answer, (*place, "response"), room)
    return started if started.tzinfo else started.replace(tzinfo=UTC), {
        "request": entries.requested(
            checked.method(checked.member(sent, "method", at), (*at, "method")),
            url,
            _headers(checked.member(sent, "headers", at), (*at, "headers")),
            _posted(checked.member(sent, "postData", at, None), (*at, "postData")),
            (*at, "postData"),
            room,
        ),
        "response": response,
        "failure": failure,
        "provenance": Provenance(
            origin=Origin.LIVE,
            date=date,
            abridged=abridged,
            note=entries.ELSEWHERE,
        ),
        # Milliseconds; browsers write -1 for what they did not measure.
        "elapsed": None if taken in (None, -1) else round(checked.milliseconds(taken, (*place, "time")) / 1000, 4),
    }


def _answer(answer: Mapping[str, Any], place: Place, room: entries.Room) -> tuple[Response | None, str | None, bool]:
    """The response or why there is none, and whether its body was left out of the file."""
    status = checked.integer(checked.member(answer, "status", place), (*place, "status"), -1, 999)
    if status <= 0:
        told = checked.member(answer, "_error", place, None) or checked.member(answer, "statusText", place, None)
        return None, f"no answer: {told[:200]}" if isinstance(told, str) and told else "no answer", False
    checked.integer(status, (*place, "status"), 100, 999)
    headers = _headers(checked.member(answer, "headers", place), (*place, "headers"))
    # The text is unpacked already, whatever the headers say.
    headers.pop("content-encoding", None)
    at = (*place, "content")
    content = checked.mapping(checked.member(answer, "content", place), at)
    text = content.get("text")
    if text is None:
        # Exports leave large bodies out, and write 0 or -1 for their size as they please.
        media = headers.get("content-type", "").startswith(("video/", "audio/", "image/", "application/octet-stream"))
        return Response(status=status, headers=headers), None, media or content.get("size") != 0
    written = checked.text(text, (*at, "text"))
    encoding = checked.member(content, "encoding", at, None)
    if encoding not in (None, "", "base64"):
        raise Wrong("must be base64 or absent", (*at, "encoding"))
    body = checked.unpacked(written, (*at, "text")) if encoding == "base64" else written.encode()
    if "content-type" not in headers and isinstance(content.get("mimeType"), str):
        headers["content-type"] = content["mimeType"]
    return entries.answered(status, headers, body, at, room), None, False


def _posted(value: Any, place: Place) -> bytes:
    if value is None:
        return b""
    posted = checked.mapping(value, place)
    text = posted.get("text")
    if text:
        written = checked.text(text, (*place, "text"))
        packed = posted.get("encoding") == "base64"
        return checked.unpacked(written, (*place, "text")) if packed else written.encode()
    pairs = []
    for i, each in enumerate(checked.sequence(posted.get("params") or [], (*place, "params"))):
        at = (*place, "params", i)
        named = checked.mapping(each, at)
        name = checked.text(named.get("name"), (*at, "name"))
        pairs.append((name, checked.text(named.get("value", ""), (*at, "value"))))
    return urlencode(pairs).encode()


def _headers(value: Any, place: Place) -> dict[str, str]:
    merged: dict[str, str] = {}
    for i, each in enumerate(checked.sequence(value, place)):
        at = (*place, i)
        pair = checked.mapping(each, at)
        name = checked.text(checked.member(pair, "name", at), (*at, "name")).lower()
        text = checked.text(checked.member(pair, "value", at), (*at, "value"))
        if not name.startswith(":"):  # HTTP/2 writes method and path as headers
            merged[name] = f"{merged[name]}, {text}" if name in merged else text
    return merged
