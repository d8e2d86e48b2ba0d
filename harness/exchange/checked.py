"""Values read from a file that anybody may have written, each with the place it stands at."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from harness.document import line_of
from harness.errors import RecordingError

Place: TypeAlias = tuple[str | int, ...]

_METHOD = re.compile(r"^[A-Za-z!#$%&'*+.^_`|~0-9-]{1,32}$")
#: Characters of a poster, a small JPEG in a data URI.
MAX_POSTER = 6 * 1024
_POSTER = re.compile(r"data:image/jpeg;base64,[A-Za-z0-9+/]+={0,2}")
_THUMBNAIL = re.compile(r"[A-Za-z0-9+/]{256}")
_DATE = re.compile(r"^\d{4}(?:-\d\d)?$")
_MISSING: Any = object()
REMEDY = "Record it again, or bring back the last good version of the file."


class Wrong(Exception):
    """What is wrong with the value at ``place``."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.message, self.place = message, place

    def in_file(self, where: str, text: str, *, hint: str = REMEDY) -> RecordingError:
        """The error for the user: file, line and, inside the list of exchanges, its number."""
        message = f"{_written(self.place)} {self.message}" if self.place else self.message
        return RecordingError(message, where=f"{where}:{line_of(text, self.place)}", hint=hint)


def mapping(value: Any, place: Place) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Wrong(f"must be a mapping, not {kind(value)}", place)
    return value


def sequence(value: Any, place: Place) -> list[Any]:
    if not isinstance(value, list):
        raise Wrong(f"must be a list, not {kind(value)}", place)
    return value


def text(value: Any, place: Place) -> str:
    if not isinstance(value, str):
        raise Wrong(f"must be text, not {kind(value)}; put it in quotes", place)
    return value


def integer(value: Any, place: Place, least: int = 0, most: int = 2**63 - 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong(f"must be an integer, not {kind(value)}", place)
    if not least <= value <= most:
        raise Wrong(f"must be between {least} and {most}", place)
    return value


def number(value: Any, place: Place, *, low: float = 0, high: float = 1e9, what: str) -> float:
    """A number from ``low`` to ``high``; ``what`` says which kind it must be."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Wrong(f"must be a number, not {kind(value)}", place)
    if not low <= value <= high:
        raise Wrong(f"must be {what}", place)
    return float(value)


seconds = partial(number, what="a number of seconds")
milliseconds = partial(number, what="a number of milliseconds")
rate = partial(number, what="a number of pictures a second")
#: Below full scale; what is clipped may be a little above.
level = partial(number, low=-1000, high=1000, what="a level in dB")
#: Before the year 5138.
moment = partial(number, high=1e11, what="a time in Unix seconds")


def thumbnail(value: Any, place: Place) -> str:
    """As :func:`harness.exchange.decoding.thumbnail` makes them."""
    if not _THUMBNAIL.fullmatch(text(value, place)):
        raise Wrong("must be the base64 of 192 bytes", place)
    return str(value)


def poster(value: Any, place: Place) -> str:
    """A data URI of a JPEG, and a small one."""
    if len(text(value, place)) > MAX_POSTER or not _POSTER.fullmatch(value):
        raise Wrong(f"must be a data URI of a JPEG, at most {MAX_POSTER} characters", place)
    return str(value)


def boolean(value: Any, place: Place) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"must be true or false, not {kind(value)}", place)
    return value


def date(value: Any, place: Place) -> str:
    """ISO 8601, as precise as is known: ``2026``, ``2026-11``, ``2026-11-02``, ``2026-11-02T10:00:00Z``."""
    written = text(value, place)
    try:
        datetime.fromisoformat(f"{written}-01-01"[:10] if _DATE.match(written) else written)
    except ValueError:
        raise Wrong(f"{written[:40]!r} is not an ISO 8601 date", place) from None
    return written


def method(value: Any, place: Place) -> str:
    name = text(value, place)
    if not _METHOD.match(name):
        raise Wrong(f"{name[:40]!r} is not an HTTP method", place)
    return name


def address(value: Any, place: Place, *, absolute: bool = True) -> str:
    """A URL; where ``absolute``, with a scheme of http or https and a host.

    Otherwise it is whatever a server handed us as one, and we wrote down: a broken one loses no recording.
    """
    url = text(value, place)
    try:
        parts = urlsplit(url)
        usable = not absolute or (parts.scheme in ("http", "https") and parts.hostname is not None and parts.port != -1)
    except ValueError:
        raise Wrong(f"{url[:80]!r} is not a URL", place) from None
    if not usable:
        raise Wrong(f"{url[:80]!r} is not an http or https URL", place)
    return url


def member(parent: Mapping[str, Any], key: str, place: Place, default: Any = _MISSING) -> Any:
    """The value under a key, or ``default``; a key without one must be there."""
    if key not in parent:
        if default is _MISSING:
            raise Wrong(f"has no `{key}`", place)
        return default
    return parent[key]


def headers(value: Any, place: Place) -> dict[str, str]:
    """Names in lower case. Several values of one name are joined with a comma, as HTTP has it."""
    merged: dict[str, str] = {}
    for name, given in mapping(value, place).items():
        here = (*place, name)
        for each in given if isinstance(given, list) else [given]:
            said, known = _header(each, here), merged.get(name.lower())
            merged[name.lower()] = said if known is None else f"{known}, {said}"
    return merged


def _header(value: Any, place: Place) -> str:
    match value:
        case bytes():
            return value.decode("latin-1")
        case int() if not isinstance(value, bool):
            return str(value)
        case _:
            return text(value, place)


def body(value: Any, place: Place) -> bytes:
    """Bytes from text, from bytes, from nothing, or from ``{string: …}`` and ``{base64_string: …}``."""
    match value:
        case None:
            return b""
        case bytes():
            return value
        case str():
            return value.encode("utf-8")
        case {"base64_string": str() as packed}:
            return unpacked(packed, (*place, "base64_string"))
        case {"string": inner} if not isinstance(inner, Mapping):
            return body(inner, (*place, "string"))
    raise Wrong(f"must be text or bytes, not {kind(value)}", place)


def sent(value: Any, place: Place) -> bytes:
    """A request's body: as ``body`` takes it, or an object, which vcrpy writes where aiohttp was given ``json=``."""
    if not isinstance(value, Mapping) or "string" in value or "base64_string" in value:
        return body(value, place)
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError) as why:
        raise Wrong(f"is not JSON: {why}", place) from None


def unpacked(packed: str, place: Place) -> bytes:
    try:
        return base64.b64decode("".join(packed.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Wrong("is not base64", place) from None


def kind(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case bytes():
            return "bytes"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _written(place: Place) -> str:
    match place:
        case ("interactions", int(number), *rest):
            head = f"interaction {number}"
        case ("log", "entries", int(number), *rest):
            head = f"entry {number}"
        case _:
            head, rest = "", list(place)
    tail = ".".join(str(each)[:80] for each in rest)
    named = f"`{''.join(c if c.isprintable() else '?' for c in tail)}`" if tail else ""
    return f"{head}: {named}".rstrip(": ") if head else named
