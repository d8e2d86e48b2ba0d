"""Shape claims: what a JSON Schema says of one place, keyword by keyword.

Each claim's schema refuses a document exactly when that one keyword is broken: a value of the wrong
type breaks ``type`` and not also ``enum``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.claim import Claim, Kind, Level, Source
from harness.contract.sources import Sources
from harness.pointer import Tokens, dotted, nest

#: Keywords that become one claim each, with the sentence they make. ``{f}`` is the field, ``{v}`` the value.
KEYWORDS: Mapping[str, str] = {
    "type": "{f} is of type {v}",
    "const": "{f} is {v}",
    "enum": "{f} is one of {v}",
    "minimum": "{f} is at least {v}",
    "exclusiveMinimum": "{f} is more than {v}",
    "maximum": "{f} is at most {v}",
    "exclusiveMaximum": "{f} is less than {v}",
    "minLength": "{f} has at least {v} characters",
    "maxLength": "{f} has at most {v} characters",
    "minItems": "{f} has at least {v} entries",
    "maxItems": "{f} has at most {v} entries",
    "uniqueItems": "{f} repeats no entry",
    "pattern": "{f} matches {v}",
    "format": "{f} is a {v}",
}


@dataclass(frozen=True, kw_only=True)
class Among:
    """Entries of an array: those at ``tokens`` that have these members. Others may have anything."""

    tokens: Tokens
    like: Mapping[str, Any]

    def nested(self, tokens: Tokens, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Like :func:`nest`, holding entries like this only against ``schema``, for a place within them."""
        within = nest(tokens[len(self.tokens) :], schema)
        return nest(self.tokens, {"if": entry(self.like), "then": within})

    def __str__(self) -> str:
        return " and ".join(f"`{name}` is {value}" for name, value in self.like.items())


@dataclass(frozen=True, kw_only=True)
class Place:
    """What the claims made from one schema have in common."""

    prefix: str  # provider.operation, or provider.operation.meaning for responses
    operation: str
    kind: Kind
    check: str
    sources: Sources
    fallback: Source | None = None
    parameters: Mapping[str, Any] | None = None
    level: Level = Level.MUST
    schema: Tokens = ()  # where our data has the schema
    among: Among | None = None  # of which entries of an array it is said


def entry(like: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an array entry that is an object with these members."""
    return {
        "type": "object",
        "properties": {key: {"const": value} for key, value in like.items()},
        "required": list(like),
    }


def steps(tokens: Tokens) -> Tokens:
    """The way through a schema to the part that is about one place of a body."""
    return tuple(step for token in tokens for step in (("items",) if token == "*" else ("properties", token)))


def flattened(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """``allOf`` of plain object schemas as one object schema; anything else is left alone."""
    parts = schema.get("allOf")
    if not parts or not all(
        set(part) <= {"type", "properties", "required", "x-source", "description"} for part in parts
    ):
        return schema
    merged: dict[str, Any] = {k: v for k, v in schema.items() if k != "allOf"}
    merged["properties"] = dict(merged.get("properties", {}))
    merged["required"] = list(merged.get("required", ()))
    for part in parts:
        merged["properties"].update(part.get("properties", {}))
        merged["required"] += [name for name in part.get("required", ()) if name not in merged["required"]]
        merged.setdefault("type", part.get("type", "object"))
    return merged


def schema_at(schema: Mapping[str, Any], tokens: Tokens) -> Mapping[str, Any] | None:
    """The documented schema of one place of a body."""
    node: Any = schema
    for token in tokens:
        node = flattened(node)
        node = node.get("items") if token == "*" else node.get("properties", {}).get(token)
        if node is None:
            return None
    return flattened(node)


def nodes(schema: Mapping[str, Any], tokens: Tokens = ()) -> Iterator[tuple[Tokens, Mapping[str, Any]]]:
    """Every place that a schema documents, with what it says there."""
    schema = flattened(schema)
    yield tokens, schema
    for name, inner in schema.get("properties", {}).items():
        yield from nodes(inner, (*tokens, name))
    if isinstance(schema.get("items"), Mapping):
        yield from nodes(schema["items"], (*tokens, "*"))


def claims(place: Place, schema: Mapping[str, Any], tokens: Tokens = ()) -> Iterator[Claim]:
    """One claim per keyword at ``tokens`` and below."""
    schema = flattened(schema)
    yield from _keywords(place, schema, tokens)
    required = schema.get("required", ())
    properties: Mapping[str, Any] = schema.get("properties", {})
    for name, inner in properties.items():
        below = (*tokens, name)
        inside = replace(place, among=Among(tokens=tokens, like=inner["x-when"])) if "x-when" in inner else place
        if name in required:
            yield _required(inside, inner, below)
        yield from claims(inside, inner, below)
    if schema.get("additionalProperties") is False:
        yield _closed(place, schema, tokens)
    if isinstance(schema.get("items"), Mapping):
        yield from claims(place, schema["items"], (*tokens, "*"))


def _keywords(place: Place, schema: Mapping[str, Any], tokens: Tokens) -> Iterator[Claim]:
    if not tokens and place.check == "response":
        return  # an answer that is no object is the media-type claim's business
    types = schema.get("type")
    for keyword, sentence in KEYWORDS.items():
        if keyword not in schema:
            continue
        if not tokens and keyword == "type":
            text = "the request body is a JSON object"
        else:
            said = schema.get("x-says", {}).get(keyword)
            field = f"`{dotted(tokens)}`"
            text = f"{field} {said}" if said else sentence.format(f=field, v=_shown(schema[keyword]))
        rule: dict[str, Any] = {keyword: schema[keyword]}
        if keyword in ("enum", "const", "format", "pattern") and types:
            rule = {"if": {"type": types}, "then": rule}
        yield _claim(place, schema, tokens, keyword, text, tokens, rule, {"value": schema[keyword]})


def _required(place: Place, inner: Mapping[str, Any], tokens: Tokens) -> Claim:
    text = f"`{dotted(tokens)}` is present"
    return _claim(place, inner, tokens, "required", text, tokens[:-1], {"required": [tokens[-1]]}, {})


def _closed(place: Place, schema: Mapping[str, Any], tokens: Tokens) -> Claim:
    names = list(schema.get("properties", {}))
    rule = {"properties": {name: {} for name in names}, "additionalProperties": False}
    text = f"`{dotted(tokens)}` has no other members than {_shown(names)}"
    return _claim(place, schema, tokens, "additionalProperties", text, tokens, rule, {"value": names})


def _claim(
    place: Place,
    node: Mapping[str, Any],
    tokens: Tokens,
    rule: str,
    statement: str,
    at: Tokens,
    schema: Mapping[str, Any],
    parameters: Mapping[str, Any],
) -> Claim:
    where = f"{place.prefix}.{dotted(tokens)}"
    among = place.among
    return Claim(
        id=f"{where}.{rule}",
        operation=place.operation,
        kind=place.kind,
        rule=rule,
        tokens=tokens,
        statement=f"{statement}, in an entry whose {among}" if among else statement,
        source=place.sources.of(node, rule, where, place.fallback),
        check=place.check,
        level=Level(node.get("x-level", {}).get(rule, place.level)),
        schema=among.nested(at, schema) if among else nest(at, schema),
        parameters={**(place.parameters or {}), **parameters, **({"among": among} if among else {})},
        history=place.sources.history(node, rule, where),
        place=(*place.schema, *steps(tokens), *(() if rule == "required" else (rule,))),
    )


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
