"""What file a request asks for, whatever words the provider has for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.contract.model import Contract
from harness.contract.shape import schema_at
from harness.pointer import present, value

#: Lines of the named tiers that do not say their number.
NAMED_LINES: Mapping[str, int] = {"1k": 1024, "2k": 1440, "4k": 2160}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The file asked for; None where the request leaves it open. Seconds, pixels, lines of the short side."""

    duration: float | None = None
    aspect_ratio: tuple[int, int] | None = None
    resolution: int | None = None
    size: tuple[int, int] | None = None
    audio: bool | None = None


def wanted(contract: Contract, body: Any) -> Wanted:
    """Read a request's wishes through the provider's capability mapping. Unreadable values count as open."""
    found: dict[str, Any] = {}
    for name in ("duration", "aspect_ratio", "resolution", "size", "audio"):
        capability = contract.capabilities.get(name)
        if capability is not None:
            found[name] = decoded(capability.encoding, value(body, capability.tokens))
    return Wanted(**found)


def defaults(contract: Contract) -> Wanted:
    """What the documentation gives a request that leaves things open; it never says a size."""
    found: dict[str, Any] = {}
    for name in ("duration", "aspect_ratio", "resolution", "audio"):
        capability = contract.capabilities.get(name)
        known = schema_at(contract.submit.body or {}, capability.tokens) if capability else None
        if capability and known and "default" in known:
            found[name] = decoded(capability.encoding, known["default"])
    return Wanted(**found)


def settled(contract: Contract, body: Any) -> Wanted:
    """What a request asks for, and the documented defaults of what it leaves out. A word like `adaptive` stays open."""
    asked, usual = wanted(contract, body), defaults(contract)
    found: dict[str, Any] = {}
    for name in Wanted.__slots__:
        capability = contract.capabilities.get(name)
        said = capability is not None and present(body, capability.tokens)
        found[name] = getattr(asked if said else usual, name)
    return Wanted(**found)


def decoded(encoding: str, written: Any) -> Any:
    """The neutral value of what a field says, or None."""
    reader = _READERS.get(encoding)
    return reader(written) if reader else None


def _seconds(written: Any) -> float | None:
    return (
        float(written) if isinstance(written, (int, float)) and not isinstance(written, bool) and written > 0 else None
    )


def _seconds_text(written: Any) -> float | None:
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)s?", written) if isinstance(written, str) else None
    return float(match[1]) or None if match else None


def _ratio(written: Any) -> tuple[int, int] | None:
    return _pair(written, ":")


def _pixels(written: Any) -> tuple[int, int] | None:
    return _pair(written, "x")


def _pair(written: Any, between: str) -> tuple[int, int] | None:
    match = re.fullmatch(rf"([0-9]{{1,5}}){between}([0-9]{{1,5}})", written) if isinstance(written, str) else None
    if not match:
        return None
    pair = int(match[1]), int(match[2])
    return pair if all(pair) else None


def _lines(written: Any) -> int | None:
    if not isinstance(written, str):
        return None
    named = written.lower()
    if named in NAMED_LINES:
        return NAMED_LINES[named]
    match = re.search(r"([0-9]{3,4})p$", named)
    return int(match[1]) or None if match else None


def resolution_in(name: str) -> str | None:
    """The resolution that a longer name has in it, as ``720p`` or ``4k``; None if there is none."""
    match = re.search(r"(?<![0-9])(?:[0-9]{3,4}p|[0-9]k)(?![a-z])", name.lower())
    return match[0] if match else None


def lines_in(name: str) -> int | None:
    """The lines of the resolution that a longer name has in it."""
    return _lines(resolution_in(name))


def _boolean(written: Any) -> bool | None:
    return written if isinstance(written, bool) else None


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "seconds": _seconds,
    "seconds-string": _seconds_text,
    "seconds-suffixed": _seconds_text,
    "ratio": _ratio,
    "pixels": _pixels,
    "resolution": _lines,
    "boolean": _boolean,
}
