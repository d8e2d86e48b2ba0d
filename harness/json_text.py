"""JSON as RFC 8259 has it: read strictly and within bounds, and written in one way."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, NoReturn, TypeAlias

#: Deeper than any provider's body; far below Python's own recursion limit.
MAX_DEPTH = 200
#: Python refuses to convert longer integers, and no documented field has one.
MAX_DIGITS = 1_000
#: Values in one message: many times a model catalogue, and in memory a hundred times their bytes.
MAX_VALUES = 250_000

#: A JSON object, read and not changed.
Json: TypeAlias = Mapping[str, Any]

#: A JSON string; where it has no end, all that is left: nothing behind a quote is read twice.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_STRING_OR_BRACKET = re.compile(rf"(?s){_STRING}|[\[\]{{}}]")
_STRING_OR_VALUE = re.compile(rf"(?s){_STRING}|[,\[{{]".encode())

_SURROGATE = re.compile("[\ud800-\udfff]")


class UnreadJson(ValueError):
    """JSON by its grammar, which is not read here: too deep, too large, or of more than one meaning."""


def strict_json(text: str | bytes) -> Any:
    """JSON as RFC 8259 has it.

    Raises ValueError for what ``json.loads`` lets through or dies of: NaN and Infinity, numbers that
    overflow to infinity, a key that appears twice, nesting beyond MAX_DEPTH, giant integers, lone
    surrogates, bytes that are not UTF-8. UnreadJson where it is JSON all the same.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            raise ValueError(f"is not UTF-8 text (byte {fault.start})") from None
    if _depth(text) > MAX_DEPTH:
        raise UnreadJson(f"is nested deeper than {MAX_DEPTH} levels")
    value = json.loads(
        text,
        parse_constant=_refuse_constant,
        parse_float=_finite,
        parse_int=_bounded_int,
        object_pairs_hook=_unique,
    )
    if "\\u" in text or "\\U" in text or _SURROGATE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise UnreadJson("has a lone surrogate, which is not a character") from None
    return value


def message_json(body: bytes) -> Any:
    """:func:`strict_json` of one message from a server, which may have MAX_VALUES values; raises ValueError."""
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MAX_VALUES:
        outside = (mark for mark in _STRING_OR_VALUE.finditer(body) if body[mark.start()] != 0x22)
        if next(itertools.islice(outside, MAX_VALUES, None), None) is not None:
            raise UnreadJson(f"has more than {MAX_VALUES:,} values")
    return strict_json(body)


def too_deep(body: bytes) -> bool:
    """Whether a body nests deeper than MAX_DEPTH, so that :func:`message_json` does not begin to make values of it."""
    return _depth(body.decode("utf-8", "replace")) > MAX_DEPTH


def canonical(value: Any) -> str:
    """One text for equal JSON values: sorted keys, no spaces, ASCII. ``1`` and ``1.0`` stay apart."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)


def _depth(text: str) -> int:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0
    deepest = depth = 0
    for mark in _STRING_OR_BRACKET.finditer(text):
        match mark.group()[0]:
            case "[" | "{":
                depth += 1
                deepest = max(deepest, depth)
                if deepest > MAX_DEPTH:
                    return deepest
            case "]" | "}":
                depth -= 1
    return deepest


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"has {name}, which is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise UnreadJson(f"has the number {text[:40]}, which is too large")
    return value


def _bounded_int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise UnreadJson(f"has an integer of {len(text)} digits")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise UnreadJson(f"has the key {twice[:80]!r} twice")
    return value
