"""Dependencies: rules between places of a request, in a small closed vocabulary.

Each is data (``specs/<provider>/provider.yaml``) and is compiled to JSON Schema, its normative form.
A *condition* is one of

* ``/pointer``                                       the place is present, and is no empty array
* ``{at: /pointer, is: value}`` or ``{at, in: […]}``  it has this value, or one of these
* ``{at: /pointer, matches: regex}``                 it is a string that matches
* ``{at: /pointer, has: {key: value, …}}``           it is an array with an entry like this
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, product
from typing import Any

import jsonschema_rs

from harness.claim import Claim, Kind, Level
from harness.contract.files import DataFile
from harness.contract.model import Model, Operation
from harness.contract.narrowing import FILLED, applies
from harness.contract.shape import entry
from harness.contract.sources import Sources
from harness.errors import UnknownName
from harness.pointer import Tokens, dotted, nest, parse

JSONSchema = dict[str, Any]


def condition(said: Any) -> JSONSchema:
    """The schema of the whole body that is valid exactly when the condition holds."""
    match said:
        case str():
            return _exactly(parse(said), FILLED)
        case {"at": str(at), "is": value}:
            return _exactly(parse(at), {"const": value})
        case {"at": str(at), "in": list(values)}:
            return _exactly(parse(at), {"enum": values})
        case {"at": str(at), "matches": str(regex)}:
            return _exactly(parse(at), {"type": "string", "pattern": regex})
        case {"at": str(at), "has": dict(like)}:
            return _exactly(parse(at), {"type": "array", "contains": entry(like)})
        case _:
            raise ValueError(f"not a condition: {said!r}")


def place(said: Any) -> Tokens:
    """The place that a condition is about."""
    return parse(said if isinstance(said, str) else said["at"])


def _exactly(tokens: Tokens, schema: Mapping[str, Any]) -> JSONSchema:
    """Like :func:`nest`, but refusing a document in which the place is absent."""
    nested = dict(schema)
    for token in reversed(tokens):
        if token == "*":
            nested = {"type": "array", "contains": nested}
        else:
            nested = {"type": "object", "required": [token], "properties": {token: nested}}
    return nested


def _requires(said: Mapping[str, Any]) -> JSONSchema:
    return {"if": condition(said["when"]), "then": condition(said["needs"])}


def _requires_any(said: Mapping[str, Any]) -> JSONSchema:
    return {"if": condition(said["when"]), "then": {"anyOf": [condition(c) for c in said["needs"]]}}


def _excludes(said: Mapping[str, Any]) -> JSONSchema:
    return {"not": {"allOf": [condition(c) for c in said["these"]]}}


def _exactly_one(said: Mapping[str, Any]) -> JSONSchema:
    return {"oneOf": [condition(c) for c in said["of"]]}


def _at_least_one(said: Mapping[str, Any]) -> JSONSchema:
    return {"anyOf": [condition(c) for c in said["of"]]}


def _at_most_one(said: Mapping[str, Any]) -> JSONSchema:
    pairs = combinations([condition(c) for c in said["of"]], 2)
    return {"not": {"anyOf": [{"allOf": list(pair)} for pair in pairs]}}


def _all_or_none(said: Mapping[str, Any]) -> JSONSchema:
    parts = [condition(c) for c in said["of"]]
    return {"anyOf": [{"allOf": parts}, {"not": {"anyOf": parts}}]}


def _count(said: Mapping[str, Any]) -> JSONSchema:
    limit: JSONSchema = {"contains": entry(said["has"]), "minContains": said.get("min", 0)}
    if "max" in said:
        limit["maxContains"] = said["max"]
    return nest(parse(said["at"]), limit)


def _each(said: Mapping[str, Any]) -> JSONSchema:
    """Every entry like ``when`` has all the members that ``needs`` names."""
    return nest(parse(said["at"]), {"items": {"if": entry(said["when"]), "then": {"required": said["needs"]}}})


def _length(said: Mapping[str, Any]) -> JSONSchema:
    return nest(parse(said["at"]), {"maxItems": said["max"]})


def _sum(said: Mapping[str, Any]) -> JSONSchema:
    """All arrays together have at most ``max`` entries: one alternative per way to share them out."""
    arrays, most = [parse(a) for a in said["of"]], said["max"]
    shares = (s for s in product(range(most + 1), repeat=len(arrays)) if sum(s) == most)
    return {
        "anyOf": [
            {"allOf": [nest(at, {"maxItems": n}) for at, n in zip(arrays, share, strict=True)]} for share in shares
        ]
    }


def _forbidden(said: Mapping[str, Any]) -> JSONSchema:
    return {"not": condition(said["at"])}


def _required(said: Mapping[str, Any]) -> JSONSchema:
    return condition(said["at"])


def _pattern(said: Mapping[str, Any]) -> JSONSchema:
    return nest(parse(said["at"]), {"if": {"type": "string"}, "then": {"pattern": said["regex"]}})


def _one_of(said: Mapping[str, Any]) -> JSONSchema:
    return nest(parse(said["at"]), {"enum": said["values"]})


def _range(said: Mapping[str, Any]) -> JSONSchema:
    limits = {key: said[key] for key in ("minimum", "maximum") if key in said}
    return nest(parse(said["at"]), limits)


def _citation(said: Mapping[str, Any]) -> JSONSchema:
    """A text that cites the n-th entry needs n such entries: ``cites: "@image{n}"``. There are never more than ``max``.

    What follows a letter or a digit is no citation (``me@image1.example``), nor is a part of a longer number.
    """
    array = parse(said["of"] if isinstance(said["of"], str) else said["of"]["at"])
    like = {} if isinstance(said["of"], str) else entry(said["of"]["has"])
    rules = []
    for n in range(1, said["max"] + 1):
        enough = _exactly(array, {"type": "array", "contains": like or {}, "minContains": n})
        rules.append({"if": _cited(said, str(n)), "then": enough})
    known = "|".join(map(str, range(1, said["max"] + 1)))
    return {"allOf": [*rules, {"not": _cited(said, f"(?!(?:{known})(?![0-9]))[1-9][0-9]*")}]}


def _cited(said: Mapping[str, Any], number: str) -> JSONSchema:
    written = said["cites"].replace("{n}", number)
    return condition({"at": said["text"], "matches": f"(?:^|[^A-Za-z0-9]){written}(?![0-9])"})


def _unique(said: Mapping[str, Any]) -> JSONSchema:
    """No two entries share ``key``: said for every value in ``values``, which bounds what is checked."""
    low, high = said["values"]
    once = [
        {"contains": entry({said["key"]: value}), "minContains": 0, "maxContains": 1} for value in range(low, high + 1)
    ]
    return nest(parse(said["at"]), {"allOf": once})


def _scaled(said: Mapping[str, Any]) -> JSONSchema:
    """``at`` is at most ``factor`` × the number in ``by``, whose texts are listed with their numbers."""
    return {
        "allOf": [
            {
                "if": condition({"at": said["by"], "is": text}),
                "then": nest(parse(said["at"]), {"maximum": number * said["factor"]}),
            }
            for text, number in said["numbers"].items()
        ]
    }


#: The vocabulary: rule → compiler. A new rule is one function and one line (and its ways of being violated).
RULES: Mapping[str, Callable[[Mapping[str, Any]], JSONSchema]] = {
    "requires": _requires,
    "requires-any": _requires_any,
    "excludes": _excludes,
    "exactly-one": _exactly_one,
    "at-least-one": _at_least_one,
    "at-most-one": _at_most_one,
    "all-or-none": _all_or_none,
    "count": _count,
    "each": _each,
    "length": _length,
    "sum": _sum,
    "forbidden": _forbidden,
    "required": _required,
    "pattern": _pattern,
    "one-of": _one_of,
    "range": _range,
    "citation": _citation,
    "unique": _unique,
    "scaled": _scaled,
}


def claims(
    provider: str, operations: Mapping[str, Operation], models: Mapping[str, Model], file: DataFile, quotes: Sources
) -> Iterator[Claim]:
    """One claim per row of ``dependencies``, or one per model that a row is restricted to."""
    for number, said in enumerate(file.content.get("dependencies", ())):
        place = f"dependencies/{number}"
        operation = said.get("operation", file.content["operations"]["submit"])
        if operation not in operations:
            raise UnknownName("operation", operation, operations, where=f"{file.path} ({place})")
        try:
            schema = {"if": {"type": "object"}, "then": RULES[said["rule"]](said)}
            jsonschema_rs.validator_for(schema)  # a regular expression that is none would refuse every body
        except (KeyError, ValueError, TypeError) as fault:
            told = str(fault).partition("\n")[0]
            raise file.fault(
                f"{place}: cannot be compiled: {told}",
                "dependencies",
                number,
                hint="specs/README.md lists what each rule needs.",
            ) from None
        tokens = parse(said["field"])
        chosen = [m.id for m in models.values() if applies(said, m)] if "models" in said else [None]
        for model in chosen:
            at = f"@{model}" if model else ""
            yield Claim(
                id=f"{provider}.{operation}.{dotted(tokens)}.{said['id']}{at}",
                operation=operation,
                kind=Kind(said.get("kind", "dependency")),
                rule=said["id"],
                tokens=tokens,
                model=model,
                statement=said["statement"],
                source=quotes.quote(said["source"], place),
                check="request",
                schema=schema,
                parameters={**said, "rule": said["rule"]},
                level=Level(said.get("level", "MUST")),
                refusals=frozenset(said.get("refusals", ("invalid",))),
                ignored=said.get("ignored", False),
                history=quotes.history(
                    {"x-history": [{"rule": "*", **h} for h in said.get("history", ())]}, "*", place
                ),
                place=("provider.yaml", "dependencies", str(number)),
            )
