"""Each-choice cover: every documented value of every field in as few valid requests as may be."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from harness.claim import Claim
from harness.contract.shape import flattened, schema_at
from harness.contract.wanted import decoded
from harness.document import canonical
from harness.pointer import Tokens, parse, value
from harness.probe.build import Builder
from harness.probe.condition import Body, example_entry
from harness.probe.sample import sample, samples, text

#: A field and one value that the documentation permits there.
Choice = tuple[Tokens, Any]


def fields(builder: Builder) -> Iterator[Tokens]:
    """Every place of the body that is filled on its own: leaves and arrays, not what stands inside arrays."""

    def walk(tokens: Tokens) -> Iterator[Tokens]:
        known = schema_at(builder.schema, tokens) or {}
        properties = known.get("properties")
        if properties and known.get("type") == "object":
            required = set(known.get("required", ()))
            if tokens and required == set(properties):
                yield tokens  # an object that is only complete or absent (a consent)
                return
            for name in properties:
                yield from walk((*tokens, name))
        elif tokens and tokens != builder.contract.model_tokens:
            yield tokens

    yield from walk(())


def choices(builder: Builder, model: str | None, tokens: Tokens) -> Iterator[Any]:
    """Every value worth sending at one place, narrowed to what the model's catalogue entry allows."""
    known = schema_at(builder.schema, tokens) or {}
    narrowing: dict[str, Claim] = {
        claim.parameters["narrows"]: claim
        for claim in builder.contract.request_claims(builder.operation.id, model)
        if claim.tokens == tokens and "narrows" in claim.parameters
    }
    if "forbidden" in narrowing:
        return
    if "enum" in narrowing:
        yield from narrowing["enum"].parameters["value"]
        return
    if "maxLength" in narrowing:
        yield sample(known)
        yield text(narrowing["maxLength"].parameters["value"])
        return
    if "maximum" in narrowing or "minimum" in narrowing:
        yield from (narrowing[rule].parameters["value"] for rule in ("minimum", "maximum") if rule in narrowing)
        return
    yield from samples(known)
    if known.get("type") == "array":
        yield from _full(builder, model, tokens)


def _full(builder: Builder, model: str | None, tokens: Tokens) -> Iterator[Any]:
    """Arrays filled to a limit that a dependency or the model sets, and entries that a nested closed list offers."""
    item = flattened((schema_at(builder.schema, tokens) or {}).get("items", {}))
    for claim in builder.contract.request_claims(builder.operation.id, model):
        said = claim.parameters
        if said.get("rule") == "count" and parse(said["at"]) == tokens and "max" in said:
            yield [example_entry(builder.schema, tokens, said["has"]) for _ in range(said["max"])]
        elif said.get("rule") == "length" and parse(said["at"]) == tokens:
            yield [sample(item) for _ in range(said["max"])]
        elif (
            said.get("narrows") == "enum"
            and claim.tokens[: len(tokens)] == tokens
            and len(claim.tokens) == len(tokens) + 2
        ):
            for each in said["value"]:
                yield [{**sample(item), claim.tokens[-1]: each}]


def thrifty(builder: Builder, model: str | None, named: tuple[str, ...] = ("duration", "resolution")) -> Body | None:
    """The smallest valid body for a model, with the cheapest that it may ask for of what is ``named``.

    What a request leaves open may be decided dearly. None if no valid body can be built.
    """
    body = builder.minimal(model)
    for name in named:
        capability = builder.contract.capabilities.get(name)
        if body is None or capability is None or schema_at(builder.schema, capability.tokens) is None:
            continue
        known = [(decoded(capability.encoding, each), each) for each in choices(builder, model, capability.tokens)]
        for _, each in sorted((pair for pair in known if pair[0] is not None), key=lambda pair: pair[0]):
            grown = builder.with_value(body, capability.tokens, each)
            if grown is not None:
                body = grown
                break
    return body


def cover(
    builder: Builder,
    model: str | None,
    only: frozenset[Tokens] | None = None,
    done: Container[tuple[Tokens, str]] = (),
) -> Iterator[tuple[Body, list[Choice]]]:
    """(valid body, what it covers) until every choice that can be made validly has been made.

    ``only`` restricts the cover to some fields, ``done`` leaves out choices (with the canonical text of the value)
    that were made before. Greedy: each body takes as many uncovered choices as
    keep it valid, one per field.
    """
    base = thrifty(builder, model)
    if base is None:
        return
    open_choices: dict[Tokens, list[Any]] = {}
    for tokens in fields(builder):
        if only is None or tokens in only:
            values = {canonical(each): each for each in choices(builder, model, tokens)}
            open_choices[tokens] = [each for text, each in values.items() if (tokens, text) not in done]
    yield base, [(tokens, value(base, tokens)) for tokens in open_choices if _taken(base, tokens, open_choices[tokens])]
    short = thrifty(builder, model, ("duration",))
    bases = [base] if short is None else [base, short]
    while any(open_choices.values()):
        # What does not go with a chosen resolution (a size) goes with none.
        grown = next((made for each in bases if (made := _grown(builder, each, open_choices))[1]), None)
        if grown is None:
            return  # what is left fits no valid request of this model
        yield grown


def _grown(builder: Builder, base: Body, open_choices: dict[Tokens, list[Any]]) -> tuple[Body, list[Choice]]:
    """``base`` with as many open choices as keep it valid, one per field; they are open no more."""
    body, covered = dict(base), []
    kept: list[Tokens] = []
    for tokens, left in open_choices.items():
        for wanted in left:
            grown = builder.with_value(body, tokens, wanted, keep=kept)
            if grown is not None:
                body, kept = grown, [*kept, tokens]
                covered.append((tokens, wanted))
                left.remove(wanted)
                break
    return body, covered


def _taken(body: Body, tokens: Tokens, left: list[Any]) -> bool:
    now = value(body, tokens)
    if now in left:
        left.remove(now)
        return True
    return False
