"""What may have been meant by a value that is not listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from harness.compare import values
from harness.errors import nearest

#: Larger numbers are no lengths or sizes of anything.
_LARGEST = 1e9


def closest(given: Any, listed: Sequence[Any]) -> Any | None:
    """The listed value nearest by what it says, as a number, length, shape or size; else by its spelling."""
    for way, read in _READERS.items():
        known = {neutral: each for each in reversed(listed) if (neutral := read(each)) is not None}
        if known and (wanted := read(given)) is not None:
            return known[values.nearest(way, wanted, list(known))]
    return nearest(given, [each for each in listed if isinstance(each, str)]) if isinstance(given, str) else None


def _number(given: Any) -> float | None:
    """A number, also as text and with the ``s`` of seconds: a client may send 5 where ``"5s"`` is documented."""
    found = values.read("number", given)
    found = values.read("seconds-suffixed", given) if found is None else found
    return found if found is not None and abs(found) < _LARGEST else None


_READERS: Mapping[str, Callable[[Any], Any]] = {
    **{way: partial(values.read, way) for way in ("ratio", "resolution", "pixels")},
    "number": _number,
}
