"""Every way to break one claim on a request and no other."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from harness.claim import Claim
from harness.contract.bounds import Side, bounds
from harness.contract.shape import Among, schema_at
from harness.pointer import is_index, parse, put, remove, value, values
from harness.probe.build import Builder
from harness.probe.condition import Body, entries, example_entry, make_false, make_true, share_out
from harness.probe.sample import WRONG_TYPES, kind, near_misses, sample, text

#: (name of the way, the broken body). Not yet verified.
Candidates = Iterator[tuple[str, Body]]


def violating(builder: Builder, claim: Claim, base: Body) -> Iterator[tuple[str, Body]]:
    """(way, body) that break exactly ``claim``, each built on the valid body ``base``.

    Verified against the contract: what would break another claim as well, and cannot be mended, is left out.
    """
    way_out = WAYS.get(claim.vocabulary)
    if way_out is None:
        return
    seen = set()
    for way, body in way_out(builder, claim, copy.deepcopy(base)):
        exact = _exact(builder, claim, body)
        if exact is not None and repr(exact) not in seen:
            seen.add(repr(exact))
            yield way, exact


def _exact(builder: Builder, claim: Claim, body: Body) -> Body | None:
    broken = builder.contract.violations(builder.operation.id, body)
    if broken == {claim.id}:
        return body
    if claim.id not in broken or not isinstance(body, dict):
        return None
    mended = builder.mended(body, keep=[builder.contract.model_tokens, claim.tokens], but=claim.id)
    if mended is None or builder.contract.violations(builder.operation.id, mended) != {claim.id}:
        return None
    return mended


def carrying(builder: Builder, claim: Claim, base: Body) -> Body | None:
    """``base`` with the claim's place present and valid, or None if the model does not take it."""
    among: Among | None = claim.parameters.get("among")
    if among is not None:
        array = among.tokens[:-1]
        return builder.with_value(base, array, [example_entry(builder.schema, array, among.like)], decided=False)
    if not claim.tokens or next(values(base, claim.tokens), None) is not None:
        return copy.deepcopy(base)
    known = schema_at(builder.schema, claim.tokens)
    if known is None:
        return copy.deepcopy(base)
    return builder.with_value(base, claim.tokens, sample(known), decided=False)


def _each(builder: Builder, claim: Claim, base: Body, wrong: Iterator[tuple[str, Any]]) -> Candidates:
    carrier = carrying(builder, claim, base) or base
    for way, bad in wrong:
        body = copy.deepcopy(carrier)
        if claim.tokens:
            put(body, claim.tokens, bad)
            yield way, body


def _type(builder: Builder, claim: Claim, base: Body) -> Candidates:
    types = claim.parameters["value"]
    allowed = types if isinstance(types, list) else [types]
    plain = next((each for each in allowed if each != "null"), "null")
    wrong = [(w, v) for w, v in WRONG_TYPES.get(plain, ()) if not (v is None and "null" in allowed)]
    return iter(wrong) if not claim.tokens else _each(builder, claim, base, iter(wrong))


def _enum(builder: Builder, claim: Claim, base: Body) -> Candidates:
    allowed = claim.parameters["value"]
    known = schema_at(builder.schema, claim.tokens) or {}
    wider = [("listed-elsewhere", each) for each in known.get("enum", ()) if each not in allowed]
    return _each(builder, claim, base, iter([*wider[:1], *wider[-1:], *near_misses(allowed)][:8]))


def _limit(builder: Builder, claim: Claim, base: Body) -> Candidates:
    limit = claim.parameters["value"]
    known = schema_at(builder.schema, claim.tokens) or {}
    step = 1 if kind(known) == "integer" else 0.5
    narrow = claim.keyword
    beyond = {"minimum": limit - step, "maximum": limit + step, "exclusiveMinimum": limit, "exclusiveMaximum": limit}
    far = {"minimum": limit - 1000, "maximum": limit * 10 + 1000}
    wrong = [("just-outside", beyond[narrow])]
    if narrow in far:
        wrong.append(("far-outside", far[narrow]))
    return _each(builder, claim, base, iter(wrong))


def _length(builder: Builder, claim: Claim, base: Body) -> Candidates:
    limit = claim.parameters["value"]
    wrong = [("one-too-many", text(limit + 1))] if claim.keyword == "maxLength" else [("one-too-few", text(limit - 1))]
    return _each(builder, claim, base, iter(wrong))


def _items(builder: Builder, claim: Claim, base: Body) -> Candidates:
    said = claim.parameters
    tokens = parse(said["at"]) if "at" in said else claim.tokens
    few = claim.vocabulary == "minItems"
    limit = said.get("max", said.get("value"))
    number = limit - 1 if few else limit + 1
    body = copy.deepcopy(base)
    put(body, tokens, entries(builder.schema, tokens, number))
    yield "one-too-few" if few else "one-too-many", body


def _pattern(builder: Builder, claim: Claim, base: Body) -> Candidates:
    carrier = carrying(builder, claim, base) or base
    now = value(carrier, claim.tokens)
    known = now if isinstance(now, str) else "x"
    if is_index(known):
        numbers = [("one-more", str(int(known) + 1)), ("far-outside", "9999"), ("fraction", f"{known}.5")]
        for bound in bounds(builder.contract, claim):
            if bound.side is Side.UPPER and bound.documented is not None:
                beyond = bound.documented + 1
                numbers += [("just-outside", str(beyond)), ("twice-that", str(2 * beyond))]
        return _each(builder, claim, carrier, iter([*numbers, ("word", "five")]))
    wrong = [
        ("plain-http", known.replace("https://", "http://")),
        ("other-scheme", "ftp://example.com/file"),
        ("no-url", "not a url"),
        ("space", f"{known} x"),
        ("padded", f" {known}"),
        ("empty", ""),
    ]
    return _each(builder, claim, carrier, iter(wrong))


def _required(builder: Builder, claim: Claim, base: Body) -> Candidates:
    tokens = parse(claim.parameters["at"]) if "at" in claim.parameters else claim.tokens
    known = schema_at(builder.schema, tokens)
    body = copy.deepcopy(base)
    if "*" in tokens:
        carried = carrying(builder, claim, base) if "among" in claim.parameters else None
        carried = carried or builder.with_value(base, tokens, sample(known or {}), decided=False)
        body = carried if carried is not None else body
    elif len(tokens) > 1 and not list(values(body, tokens[:-1])):
        put(body, tokens, sample(known or {}))
    remove(body, tokens)
    yield "left-out", body


def _forbidden(builder: Builder, claim: Claim, base: Body) -> Candidates:
    at = claim.parameters.get("at", "")
    tokens = parse(at) if at else claim.tokens
    known = schema_at(builder.schema, tokens)
    given = sample(known) if known is not None else _elsewhere(builder, tokens[-1])
    body = copy.deepcopy(base)
    put(body, tokens, given)
    yield "given", body


def _elsewhere(builder: Builder, name: str) -> Any:
    """The sample of a field that is documented in another place under the same name."""

    def search(schema: Mapping[str, Any]) -> Any:
        for key, inner in schema.get("properties", {}).items():
            if key == name:
                return sample(inner)
            found = search(inner)
            if found is not None:
                return found
        return None

    found = search(builder.schema)
    return found if found is not None else "x"


def _closed(builder: Builder, claim: Claim, base: Body) -> Candidates:
    names = claim.parameters["value"]
    snake = next((name for name in names if "_" in name), None)
    body = copy.deepcopy(base)
    put(body, (*claim.tokens, "no_such_member"), "x")
    yield "unknown-member", body
    if snake:
        head, *rest = snake.split("_")
        body = copy.deepcopy(base)
        put(body, (*claim.tokens, head + "".join(map(str.capitalize, rest))), "x")
        yield "camel-case", body


def _not_value(builder: Builder, claim: Claim, base: Body) -> Candidates:
    return _each(builder, claim, base, iter([("refused-value", claim.parameters["value"])]))


def _unknown(builder: Builder, claim: Claim, base: Body) -> Candidates:
    model = builder.contract.default_model
    return _each(builder, claim, base, iter([("made-up", "no-such-model"), ("near", f"{model}-no-such-model")]))


def _requires(builder: Builder, claim: Claim, base: Body) -> Candidates:
    said = claim.parameters
    needs = said["needs"] if isinstance(said["needs"], list) else [said["needs"]]
    body = copy.deepcopy(base)
    if make_true(body, said["when"], builder.schema):
        for wanted in needs:
            make_false(body, wanted)
            make_true(body, said["when"], builder.schema)
            _strip(body, wanted)
        yield "partner-missing", body


def _strip(body: Body, wanted: Any) -> None:
    """Remove a needed member from within array entries, where removing the array would remove the cause too."""
    if isinstance(wanted, str) and "*" in wanted:
        remove(body, parse(wanted))


def _excludes(builder: Builder, claim: Claim, base: Body) -> Candidates:
    body = copy.deepcopy(base)
    if all(make_true(body, each, builder.schema) for each in claim.parameters["these"]):
        yield "together", body


def _one_of_conditions(builder: Builder, claim: Claim, base: Body) -> Candidates:
    said = claim.parameters
    rule, parts = said["rule"], said["of"]
    if rule in ("exactly-one", "at-least-one"):
        body = copy.deepcopy(base)
        for each in parts:
            make_false(body, each)
        yield "none", body
    if rule in ("exactly-one", "at-most-one"):
        for one, other in pairwise(parts):
            body = copy.deepcopy(base)
            if make_true(body, one, builder.schema) and make_true(body, other, builder.schema):
                yield "two", body
    if rule == "all-or-none":
        for left_out in parts:
            body = copy.deepcopy(base)
            for each in parts:
                make_true(body, each, builder.schema)
            make_false(body, left_out)
            yield "one-missing", body


def _count(builder: Builder, claim: Claim, base: Body) -> Candidates:
    said = claim.parameters
    tokens = parse(said["at"])
    if "max" in said:
        body = copy.deepcopy(base)
        put(body, tokens, entries(builder.schema, tokens, said["max"] + 1, said["has"]))
        yield "one-too-many", body
        if said["max"] > 1:
            mixed = copy.deepcopy(body)
            put(mixed, tokens, entries(builder.schema, tokens, 2 * said["max"] + 2, said["has"]))
            yield "twice-too-many", mixed
    if said.get("min"):
        body = copy.deepcopy(base)
        put(body, tokens, entries(builder.schema, tokens, said["min"] - 1, said["has"]))
        yield "one-too-few", body


def _incomplete(builder: Builder, claim: Claim, base: Body) -> Candidates:
    said = claim.parameters
    tokens = parse(said["at"])
    whole = example_entry(builder.schema, tokens, said["when"])
    for name in said["needs"]:
        lacking = {key: inner for key, inner in whole.items() if key != name}
        for way, given in (("partner-missing", [lacking]), ("second-entry", [whole, lacking])):
            body = copy.deepcopy(base)
            put(body, tokens, given)
            yield way, body


def _sum(builder: Builder, claim: Claim, base: Body) -> Candidates:
    """Fill the arrays one after the other, each up to its own limit, to one entry too many."""
    body = copy.deepcopy(base)
    arrays = [parse(pointer) for pointer in claim.parameters["of"]]
    if share_out(body, arrays, claim.parameters["max"] + 1, builder.schema):
        yield "one-too-many", body


def _range(builder: Builder, claim: Claim, base: Body) -> Candidates:
    said = claim.parameters
    wrong = []
    if "minimum" in said:
        wrong.append(("just-below", said["minimum"] - 1))
    if "maximum" in said:
        wrong.append(("just-above", said["maximum"] + 1))
    for way, bad in wrong:
        body = copy.deepcopy(base)
        put(body, parse(said["at"]), bad)
        yield way, body


def _one_of(builder: Builder, claim: Claim, base: Body) -> Candidates:
    said = claim.parameters
    known = schema_at(builder.schema, parse(said["at"])) or {}
    wider = [("listed-elsewhere", each) for each in known.get("enum", ()) if each not in said["values"]]
    for way, bad in [*wider[:2], *near_misses(said["values"])]:
        body = copy.deepcopy(base)
        put(body, parse(said["at"]), bad)
        yield way, body


def _citation(builder: Builder, claim: Claim, base: Body) -> Candidates:
    said = claim.parameters
    array = parse(said["of"] if isinstance(said["of"], str) else said["of"]["at"])
    like = {} if isinstance(said["of"], str) else said["of"]["has"]
    for way, present, cited in (("cites-nothing", 0, 1), ("cites-one-too-many", 1, 2)):
        body = copy.deepcopy(base)
        entries = [example_entry(builder.schema, array, like) for _ in range(present)]
        if entries:
            put(body, array, entries)
        else:
            remove(body, array)
        put(body, parse(said["text"]), f"A boat like {said['cites'].replace('{n}', str(cited))} on a pond")
        yield way, body


def _unique(builder: Builder, claim: Claim, base: Body) -> Candidates:
    said = claim.parameters
    tokens = parse(said["at"])
    entry = sample(schema_at(builder.schema, (*tokens, "*")) or {})
    body = copy.deepcopy(base)
    put(body, tokens, [dict(entry), dict(entry)])
    yield "twice-the-same", body


def _scaled(builder: Builder, claim: Claim, base: Body) -> Candidates:
    said = claim.parameters
    known = schema_at(builder.schema, parse(said["at"])) or {}
    for written, number in said["numbers"].items():
        if value(base, parse(said["by"])) == written:
            body = copy.deepcopy(base)
            put(body, parse(said["at"]), number * said["factor"] + 1)
            for parent in values(body, parse(said["at"])[:-1]):
                for name in (schema_at(builder.schema, parse(said["at"])[:-1]) or {}).get("required", ()):
                    parent.setdefault(name, sample(schema_at(builder.schema, (*parse(said["at"])[:-1], name)) or known))
            yield "just-above", body


#: rule → its ways. A new rule of the vocabulary is one function and one line.
WAYS: Mapping[str, Callable[[Builder, Claim, Body], Candidates]] = {
    "type": _type,
    "enum": _enum,
    "const": _enum,
    "minimum": _limit,
    "maximum": _limit,
    "exclusiveMinimum": _limit,
    "exclusiveMaximum": _limit,
    "minLength": _length,
    "maxLength": _length,
    "minItems": _items,
    "maxItems": _items,
    "length": _items,
    "pattern": _pattern,
    "format": _pattern,
    "required": _required,
    "forbidden": _forbidden,
    "additionalProperties": _closed,
    "not-value": _not_value,
    "unknown": _unknown,
    "requires": _requires,
    "requires-any": _requires,
    "excludes": _excludes,
    "exactly-one": _one_of_conditions,
    "at-least-one": _one_of_conditions,
    "at-most-one": _one_of_conditions,
    "all-or-none": _one_of_conditions,
    "count": _count,
    "each": _incomplete,
    "sum": _sum,
    "range": _range,
    "one-of": _one_of,
    "citation": _citation,
    "unique": _unique,
    "scaled": _scaled,
}
