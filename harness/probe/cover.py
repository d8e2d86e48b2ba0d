"""Each-choice cover: every documented value of every field in as few valid requests as may be."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.claim import Claim
from harness.contract import Role
from harness.contract.bounds import bounds
from harness.contract.shape import flattened, schema_at
from harness.contract.wanted import decoded
from harness.json_text import canonical
from harness.pointer import Tokens, alone, parse, value
from harness.probe.build import Builder
from harness.probe.condition import Body, share_out
from harness.probe.limits import written
from harness.probe.sample import sample, samples

#: A field and one value that the documentation permits there.
Choice = tuple[Tokens, Any]
#: Values by the field that they are for.
Offered = Mapping[Tokens, Sequence[Any]]


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
    yield from narrowed(builder, model, tokens)
    narrowing = _narrowing(builder, model, tokens)
    if not {"forbidden", "enum"} & set(narrowing) and not _unsaid(narrowing):
        within = [claim for rule, claim in narrowing.items() if rule != "required"]
        for each in ends(builder, model, tokens):
            if all(claim.keeps(alone(tokens, each)) for claim in within):
                yield each


def narrowed(builder: Builder, model: str | None, tokens: Tokens) -> Iterator[Any]:
    """The values that are worth sending with this model in particular: what its entry lists, or where it ends."""
    known = schema_at(builder.schema, tokens) or {}
    narrowing = _narrowing(builder, model, tokens)
    if "forbidden" in narrowing or _unsaid(narrowing):
        return
    if "enum" in narrowing:
        yield from narrowing["enum"].parameters["value"]
        return
    if builder.operation.role is Role.QUOTE and (listed := builder.listed(tokens, model)):
        yield from (each for each in samples(known) if each in listed)
        return
    if {"maxLength", "maxItems"} & set(narrowing):
        yield sample(known)
    elif not {"maximum", "minimum"} & set(narrowing):  # outside which a documented example may lie
        yield from samples(known)
        yield from _listed_within(builder, model, tokens)
    yield from ends(builder, model, tokens, own=True)


def ends(builder: Builder, model: str | None, tokens: Tokens, *, own: bool = False) -> Iterator[Any]:
    """The last values that claims permit at one place: all that hold for the model, or its ``own`` alone."""
    for claim in builder.contract.request_claims(builder.operation.id, model):
        if claim.model is not None or not own:
            for bound in bounds(builder.contract, claim):
                if bound.tokens == tokens and bound.documented is not None:
                    yield written(builder, bound, bound.documented)


def _narrowing(builder: Builder, model: str | None, tokens: Tokens) -> Mapping[str, Claim]:
    return {
        claim.parameters["narrows"]: claim
        for claim in builder.contract.request_claims(builder.operation.id, model)
        if claim.tokens == tokens and "narrows" in claim.parameters
    }


def _unsaid(narrowing: Mapping[str, Claim]) -> bool:
    """Whether no document says that the model takes the field, only how far it would go."""
    return any(claim.parameters["partly"] for claim in narrowing.values())


def _listed_within(builder: Builder, model: str | None, tokens: Tokens) -> Iterator[Any]:
    """Arrays with an entry for each value that a nested closed list of the model offers."""
    item = flattened((schema_at(builder.schema, tokens) or {}).get("items", {}))
    for claim in builder.contract.request_claims(builder.operation.id, model):
        nested = claim.tokens[: len(tokens)] == tokens and len(claim.tokens) == len(tokens) + 2
        if claim.parameters.get("narrows") == "enum" and nested:
            for each in claim.parameters["value"]:
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
    builder: Builder, model: str | None, offered: Offered | None = None, *, brimful: Iterable[Claim] = ()
) -> Iterator[tuple[Body, list[Choice]]]:
    """(valid body, what it covers) until every choice that can be made validly has been made.

    ``offered`` are the values to cover, by place; without it, all :func:`choices`. ``brimful`` are claims on several
    arrays together, which one body each fills as far as they permit. Greedy: each body takes as many uncovered choices
    as keep it valid, one per field.
    """
    base = thrifty(builder, model)
    if base is None:
        return
    if offered is None:
        offered = {tokens: list(choices(builder, model, tokens)) for tokens in fields(builder)}
    left = {tokens: list({canonical(each): each for each in values}.values()) for tokens, values in offered.items()}
    yield base, [(tokens, value(base, tokens)) for tokens in left if _taken(base, tokens, left[tokens])]
    short = thrifty(builder, model, ("duration",))
    bases = [base] if short is None else [base, short]
    for claim in brimful:
        arrays = [parse(at) for at in claim.parameters["of"]]
        if (full := _full(builder, base, claim, arrays)) is not None:
            yield _grown(builder, full, left, arrays)
    while any(left.values()):
        # What does not go with a chosen resolution (a size) goes with none.
        grown = next((made for each in bases if (made := _grown(builder, each, left))[1]), None)
        if grown is None:
            return  # what is left fits no valid request of this model
        yield grown


def _full(builder: Builder, base: Body, claim: Claim, arrays: Sequence[Tokens]) -> Body | None:
    """``base`` with as many entries as the claim permits ``arrays`` together."""
    body = copy.deepcopy(base)
    if not share_out(body, arrays, claim.parameters["max"], builder.schema):
        return None
    return builder.mended(body, keep=[builder.contract.model_tokens, *arrays])


def _grown(
    builder: Builder, base: Body, left: Mapping[Tokens, list[Any]], keep: Sequence[Tokens] = ()
) -> tuple[Body, list[Choice]]:
    """``base`` with as many of the choices that are left as keep it valid, one per field; they are left no more."""
    body, covered = dict(base), []
    kept = list(keep)
    for tokens, wanted in left.items():
        for each in wanted if tokens not in keep else ():
            grown = builder.with_value(body, tokens, each, keep=kept)
            if grown is not None:
                body, kept = grown, [*kept, tokens]
                covered.append((tokens, each))
                wanted.remove(each)
                break
    return body, covered


def _taken(body: Body, tokens: Tokens, left: list[Any]) -> bool:
    now = value(body, tokens)
    if now in left:
        left.remove(now)
        return True
    return False
