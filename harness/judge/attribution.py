"""A valid request was refused: which of its values is to blame?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.claim import Claim
from harness.contract import Contract, Operation
from harness.contract.links import expressions
from harness.document import canonical
from harness.judge.seen import Seen
from harness.pointer import Tokens, parse

#: A place (``*`` for array items) and the canonical text of what stands there.
Feature = tuple[Tokens, str]


def features(body: Any, tokens: Tokens = ()) -> Iterator[Feature]:
    """What a body consists of: leaves with their values, arrays with their lengths."""
    match body:
        case dict():
            for name, inner in body.items():
                yield from features(inner, (*tokens, name))
        case list():
            yield (tokens, f"{len(body)} entries")
            for inner in body:
                yield from features(inner, (*tokens, "*"))
        case str() if len(body) > 200:
            yield (tokens, f"{len(body)} characters")
        case _:
            yield (tokens, canonical(body))


class Attribution:
    """Suspects: what refused valid requests have and accepted ones never had.

    Simulators with different quirks are different providers: what one accepted clears nothing with another.
    """

    def __init__(self, contract: Contract, operation: Operation, seen: Sequence[Seen]) -> None:
        self.contract, self.operation = contract, operation
        self._accepted: dict[tuple[str | None, tuple[str, ...]], set[Feature]] = {}
        self._anywhere: dict[tuple[str, ...], set[Feature]] = {}
        for each in seen:
            self.note(each)

    def note(self, seen: Seen) -> None:
        """Take in one more observation."""
        if seen.accepted and seen.bodied and seen.operation.id == self.operation.id:
            found = set(features(seen.body))
            quirks = seen.interaction.provenance.quirks
            self._accepted.setdefault((seen.model, quirks), set()).update(found)
            self._anywhere.setdefault(quirks, set()).update(found)

    def suspects(self, seen: Seen) -> dict[Tokens, list[str]]:
        """Places of a refused valid request whose values no accepted request of its model had."""
        quirks = seen.interaction.provenance.quirks
        cleared = self._accepted.get((seen.model, quirks))
        if cleared is None:  # nothing of this model was ever accepted: compare with the other models
            cleared = self._anywhere.get(quirks, set())
        given = {parse(pointer) for pointer in expressions(self.contract, self.operation)[1]}
        places: dict[Tokens, list[str]] = {}
        for tokens, text in features(seen.body):
            if (tokens, text) not in cleared and tokens not in given:
                places.setdefault(_field(tokens), []).append(text)
        return places

    def blamed(self, seen: Seen) -> Claim | None:
        """The one claim that the refusal contradicts, if the suspects leave only one place."""
        places = set(self.suspects(seen))
        if len(places) > 1 and self.contract.model_tokens in places:
            places -= self._unavoidable(seen.model)
        if len(places) != 1:
            return None
        tokens = next(iter(places))
        return claim_at(self.contract, self.operation, tokens, seen.model)

    def _unavoidable(self, model: str | None) -> set[Tokens]:
        """Places for which the model's entry lists one value only: to refuse that value is to refuse the model."""
        return {
            claim.tokens
            for claim in self.contract.request_claims(self.operation.id, model)
            if claim.parameters.get("narrows") == "enum" and len(claim.parameters["value"]) == 1
        }


def claim_at(contract: Contract, operation: Operation, tokens: Tokens, model: str | None) -> Claim | None:
    """The most telling claim on a place: the model's own, then a closed list, a bound, the type."""
    if tokens == contract.model_tokens and model is not None:
        served = contract.claims.get(f"{contract.provider}.{operation.id}.{'.'.join(tokens)}.serves@{model}")
        if served:
            return served
    order: Mapping[str, int] = {
        "enum": 0,
        "maximum": 1,
        "minimum": 1,
        "maxLength": 2,
        "maxItems": 2,
        "type": 3,
        "required": 4,
    }
    fitting = [
        claim
        for claim in contract.request_claims(operation.id, model)
        if claim.tokens[: len(tokens)] == tokens and claim.kind.value in ("shape", "model", "capability")
    ]
    return min(fitting, key=lambda c: (c.model is None, len(c.tokens), order.get(c.rule, 5), c.id), default=None)


def _field(tokens: Tokens) -> Tokens:
    """Values inside one array are one suspect: the array."""
    return tokens[: tokens.index("*")] if "*" in tokens else tokens
