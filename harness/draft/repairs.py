"""Slips of official documents that can be put right without guessing: keywords of another dialect, unquoted texts.

YAML 1.1 reads an unquoted ``16:9`` as 969 and ``5`` as a number, whatever type stands beside it; ``exclusiveMinimum:
true`` is the draft that OpenAPI 3.0 has, and no JSON Schema since. What could have been more than one thing (``true``
in a list of texts was ``on``, ``yes`` or ``true``) is taken out instead, and said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import SpecError
from harness.json_text import canonical
from harness.pointer import Tokens, exact

#: The largest official document has a tenth of it.
MAX_NODES = 2_000_000
#: Names of members that hold a value rather than a schema.
_VALUES = frozenset({"const", "default", "enum", "example", "examples", "required"})
#: Names of members that hold schemas (or answers, parameters …) by names that are no keywords.
_NAMED = frozenset({"properties", "patternProperties", "schemas", "responses", "paths", "parameters", "headers"})
#: Where our own format keeps a keyword as it was written.
_MENDED = "x-documented-keywords"
_BOUNDS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))
_RATIO = re.compile(r"[0-9]{1,2}:[0-9]{1,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What was written at a place of the document, what it is read as (None: left out), and why."""

    place: str
    written: str
    read: str | None
    why: str


def repaired(content: Mapping[str, Any], where: str = "") -> tuple[dict[str, Any], tuple[Repair, ...]]:
    """The document with its slips put right, and each of them. The document itself is not changed.

    Raises SpecError for one that is far larger than any, as aliases can make it.
    """
    if _beyond(content, MAX_NODES) < 0:
        raise SpecError(f"has more than {MAX_NODES:,} values", where=where, hint="Is it an alias bomb?")
    found: list[Repair] = []
    newer = str(content.get("openapi", "")).startswith("3.1")
    made = _mended(content, (), found, newer=newer)
    return made, tuple(found)


def _beyond(node: Any, left: int) -> int:
    """How many values may still come after this one and all that is in it; below zero for too many."""
    left -= 1
    for each in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        if left < 0:
            break
        left = _beyond(each, left)
    return left


def _mended(node: Any, at: Tokens, found: list[Repair], *, newer: bool, named: bool = False) -> Any:
    if isinstance(node, list):
        return [_mended(each, (*at, str(number)), found, newer=newer) for number, each in enumerate(node)]
    if not isinstance(node, Mapping):
        return node
    made = {
        key: each
        if not named and key in _VALUES
        else _mended(each, (*at, key), found, newer=newer, named=not named and key in _NAMED)
        for key, each in node.items()
        if named or key != _MENDED  # ours to say
    }
    if not named:
        _bounds(made, at, found, newer=newer)
        _texts(made, at, found)
    return made


def _bounds(node: dict[str, Any], at: Tokens, found: list[Repair], *, newer: bool) -> None:
    for exclusive, bound in _BOUNDS:
        written = node.get(exclusive)
        limit = node.get(bound)
        if not isinstance(written, bool):
            continue
        if written and (isinstance(limit, bool) or not isinstance(limit, (int, float))):
            continue  # nothing to be exclusive of: the reader of schemas leaves it out and says so
        read = {exclusive: node.pop(bound)} if written else {bound: limit} if bound in node else {}
        node.pop(exclusive)
        node |= read
        if newer:  # an error there; in OpenAPI 3.0 the usual way to say it
            node[_MENDED] = {**node.get(_MENDED, {}), exclusive: written}
        was = f"{exclusive}: {canonical(written)}" + (f", {bound}: {canonical(limit)}" if limit is not None else "")
        why = f"{exclusive} is a number in OpenAPI 3.1" if newer else "the form of OpenAPI 3.0"
        found.append(_repair((*at, exclusive), was, canonical(read)[1:-1], why))


def _texts(node: dict[str, Any], at: Tokens, found: list[Repair]) -> None:
    """Values of a text that were read as numbers because nobody quoted them."""
    types = node.get("type")
    if types != "string" and types not in (["string", "null"], ["null", "string"]):
        return
    given = node.get("enum")
    listed: list[Any] = given if isinstance(given, list) else []
    ratios = any(isinstance(each, str) and _RATIO.fullmatch(each) for each in listed)
    ratios |= any("ratio" in token.lower() for token in at[-2:])
    texts: list[Any] = []
    for number, each in enumerate(listed):
        text = _unquoted(each, ratios)
        texts.append(text)
        if text is not each and text is not None:
            found.append(_repair((*at, "enum", str(number)), canonical(each), text, _why(each, text)))
        elif isinstance(each, bool):
            why = "on, yes or true: nobody can tell which was written; the whole list is left out"
            found.append(_repair((*at, "enum", str(number)), canonical(each), None, why))
    if any(isinstance(each, bool) for each in texts):
        del node["enum"]
    elif texts:
        node["enum"] = texts
    for keyword in ("default", "example", "const"):
        if keyword in node and (text := _unquoted(node[keyword], ratios)) is not node[keyword] and text is not None:
            found.append(_repair((*at, keyword), canonical(node[keyword]), text, _why(node[keyword], text)))
            node[keyword] = text


def _unquoted(value: Any, ratios: bool) -> Any:
    """The text that a number was written as; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    wide, high = divmod(value, 60)
    if ratios and 1 <= wide < 60 and high:
        return f"{wide}:{high}"
    return str(value)


def _why(value: Any, text: str) -> str:
    return "unquoted, and read as minutes and seconds" if ":" in text else "unquoted, and read as a number"


def _repair(at: Tokens, written: str, read: str | None, why: str) -> Repair:
    return Repair(place=exact(at), written=written, read=read, why=why)
