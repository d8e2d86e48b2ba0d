"""Values in neutral words: how a provider's way of writing one is read, and how it is written in its way.

Neutral are seconds as a number, ``"16:9"``, ``"720p"``, ``"1280x720"``, true and false, numbers, text, addresses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.contract.wanted import decoded

Neutral = Any


def read(encoding: str, written: Any) -> Neutral | None:
    """The neutral value of what a field says; None where it has none (``"adaptive"`` is no ratio)."""
    reader = _READERS.get(encoding)
    return reader(written) if reader else None


def written(encoding: str, wanted: Neutral, documented: Sequence[Any] | None = None) -> Any:
    """``wanted`` as the field has it: of the documented ways of writing it the plainest, else the usual one."""
    usual = _WRITERS.get(encoding, lambda value: value)(wanted)
    if documented is None or usual in documented:
        return usual
    return next((each for each in documented if read(encoding, each) == wanted), usual)


def nearest(encoding: str, wanted: Neutral, allowed: Sequence[Neutral]) -> Neutral | None:
    """The allowed value that comes closest; of two the smaller. None where nothing compares."""
    if not allowed or encoding not in _MEASURES:
        return allowed[0] if allowed else None
    return min(allowed, key=lambda each: (apart(encoding, each, wanted), str(each)))


def apart(encoding: str, one: Neutral, other: Neutral) -> float:
    """How far two values are from each other; only values of one encoding compare."""
    measure = _MEASURES.get(encoding)
    return round(measure(one, other), 9) if measure else 0.0


def clean(number: float) -> int | float:
    """5.0 as 5."""
    return int(number) if float(number).is_integer() else number


def _seconds(encoding: str) -> Callable[[Any], Neutral | None]:
    def reader(given: Any) -> Neutral | None:
        found = decoded(encoding, given)
        return None if found is None else clean(found)

    return reader


def _pair(encoding: str, between: str) -> Callable[[Any], Neutral | None]:
    def reader(given: Any) -> Neutral | None:
        found = decoded(encoding, given)
        return None if found is None else f"{found[0]}{between}{found[1]}"

    return reader


def _lines(given: Any) -> Neutral | None:
    found = decoded("resolution", given)
    return None if found is None else f"{found}p"


def _number(given: Any) -> Neutral | None:
    return given if isinstance(given, int | float) and not isinstance(given, bool) else None


def _text(given: Any) -> Neutral | None:
    return given if isinstance(given, str) else None


_READERS: Mapping[str, Callable[[Any], Neutral | None]] = {
    "seconds": _seconds("seconds"),
    "seconds-string": _seconds("seconds-string"),
    "seconds-suffixed": _seconds("seconds-suffixed"),
    "ratio": _pair("ratio", ":"),
    "pixels": _pair("pixels", "x"),
    "resolution": _lines,
    "boolean": lambda given: given if isinstance(given, bool) else None,
    "integer": _number,
    "number": _number,
    "text": _text,
    "url": _text,
}

_WRITERS: Mapping[str, Callable[[Any], Any]] = {
    "seconds": clean,
    "seconds-string": lambda seconds: str(clean(seconds)),
    "seconds-suffixed": lambda seconds: f"{clean(seconds)}s",
}


def _difference(one: float, other: float) -> float:
    return abs(one - other)


def _shape(ratio: str) -> float:
    across, down = ratio.replace("x", ":").split(":")
    return math.log(int(across) / int(down))


def _area(size: str) -> float:
    across, down = size.split("x")
    return math.log(int(across) * int(down))


_MEASURES: Mapping[str, Callable[[Any, Any], float]] = {
    "seconds": _difference,
    "seconds-string": _difference,
    "seconds-suffixed": _difference,
    "number": _difference,
    "integer": _difference,
    "ratio": lambda one, other: abs(_shape(one) - _shape(other)),
    "resolution": lambda one, other: abs(math.log(int(one[:-1]) / int(other[:-1]))),
    # another shape is another picture; another number of pixels is the same one, less sharp
    "pixels": lambda one, other: 10 * abs(_shape(one) - _shape(other)) + abs(_area(one) - _area(other)),
}
