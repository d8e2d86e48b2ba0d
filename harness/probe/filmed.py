"""Requests for the sake of what is seen in their videos: supplied pictures, a seed sent twice, a mark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from harness.claim import Claim
from harness.contract.shape import schema_at
from harness.probe.build import Builder
from harness.probe.condition import Body, example_entry
from harness.probe.cover import thrifty
from harness.probe.sample import sample


def filmed(builder: Builder, models: Iterable[str]) -> Iterator[tuple[str, Body, int]]:
    """(model, valid body, how often it was sent before), each with the first of ``models`` that takes it."""
    order = list(models)
    for claim in builder.contract.claims.values():
        for model in order if claim.check.startswith("media-") else ():
            bodies = list(_bodies(builder, claim, model))
            yield from ((model, body, again) for body, again in bodies)
            if bodies:
                break


def _bodies(builder: Builder, claim: Claim, model: str) -> Iterator[tuple[Body, int]]:
    match claim.check:
        case "media-frame":
            bare = builder.minimal(model)
            given = _picture(builder, claim.parameters["capability"])
            body = None if bare is None else builder.with_value(bare, claim.tokens, given)
            if body is not None:
                yield body, 0
        case "media-repeat":
            body = _seeded(builder, model)
            if body is not None:
                yield from ((body, again) for again in (0, 1))
        case "media-difference":
            plain = _seeded(builder, model)
            body = None if plain is None else builder.with_value(plain, claim.tokens, True)
            if plain is not None and body is not None:
                yield from ((plain, 0), (body, 0))


def _picture(builder: Builder, name: str) -> Any:
    """A picture that is to be the video's first or last, with nothing beside it: no other shape is asked for."""
    capability = builder.contract.capabilities[name]
    if capability.encoding == "entries":
        return [example_entry(builder.schema, capability.tokens, capability.like)]
    return sample(schema_at(builder.schema, capability.tokens) or {})


def _seeded(builder: Builder, model: str) -> Body | None:
    """The cheapest request, with a seed where there is one: its videos can be compared."""
    plain, seed = thrifty(builder, model), builder.contract.capabilities.get("seed")
    if plain is None or seed is None:
        return plain
    return builder.with_value(plain, seed.tokens, sample(schema_at(builder.schema, seed.tokens) or {}))
