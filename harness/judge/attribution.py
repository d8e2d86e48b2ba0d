"""A valid request was refused: which of its values is to blame?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from harness.claim import Claim
from harness.contract import Contract, Operation
from harness.contract.links import expressions
from harness.json_text import canonical
from harness.judge.content import is_address, is_open, limits_at
from harness.judge.seen import Seen
from harness.pointer import Tokens, parse
from harness.verdict import Suspect

#: A place (``*`` for array items) and the canonical text of what stands there.
Feature = tuple[Tokens, str]
#: Accepted requests that are named as witnesses, at most.
_WITNESSES = 3


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a valid request was refused: the places whose values no accepted request has, or has together.

    ``texts`` are these values, place by place; ``witnesses`` the names of accepted interactions that clear the rest.
    """

    texts: Mapping[Tokens, Sequence[str]]
    witnesses: tuple[str, ...] = ()

    @property
    def suspects(self) -> tuple[Suspect, ...]:
        """Each place with its value."""
        return tuple(Suspect(tokens, tuple(texts)) for tokens, texts in self.texts.items())

    def within(self, values: Mapping[Tokens, Sequence[str]]) -> bool:
        """Whether a request with these values has the cause in it."""
        return all(values.get(tokens) == texts for tokens, texts in self.texts.items())


def features(body: Any, tokens: Tokens = ()) -> Iterator[Feature]:
    """What a body consists of: leaves with their values, arrays with their lengths, long texts with a digest."""
    match body:
        case dict() if body or not tokens:
            for name, inner in body.items():
                yield from features(inner, (*tokens, name))
        case list():
            yield (tokens, f"{len(body)} entries")
            for inner in body:
                yield from features(inner, (*tokens, "*"))
        case str() if len(body) > 200:
            digest = hashlib.sha256(body.encode(errors="surrogatepass")).hexdigest()
            yield (tokens, f"{len(body)} characters ({digest[:12]})")
        case _:
            yield (tokens, canonical(body))


def fields(body: Any) -> dict[Tokens, list[str]]:
    """What a body consists of, place by place: an array with all that is in it is one."""
    places: dict[Tokens, list[str]] = {}
    for tokens, text in features(body):
        places.setdefault(_field(tokens), []).append(text)
    return places


class Attribution:
    """Suspects: what refused valid requests have and accepted ones never had.

    Simulators with different quirks are different providers: what one accepted clears nothing with another.
    """

    def __init__(self, contract: Contract, operation: Operation, seen: Sequence[Seen]) -> None:
        self.contract, self.operation = contract, operation
        self._accepted: dict[tuple[str | None, tuple[str, ...]], set[Feature]] = {}
        self._anywhere: dict[tuple[str, ...], set[Feature]] = {}
        self._requests: dict[tuple[str | None, tuple[str, ...]], list[tuple[str, dict[Tokens, list[str]]]]] = {}
        self._bodies: dict[tuple[str | None, tuple[str, ...]], list[Any]] = {}
        for each in seen:
            self.note(each)

    def note(self, seen: Seen) -> None:
        """Take in one more observation."""
        if seen.accepted and seen.bodied and seen.operation.id == self.operation.id:
            found = set(features(seen.body))
            quirks = seen.interaction.provenance.quirks
            self._accepted.setdefault((seen.model, quirks), set()).update(found)
            self._anywhere.setdefault(quirks, set()).update(found)
            self._requests.setdefault((seen.model, quirks), []).append((seen.interaction.name, fields(seen.body)))
            self._bodies.setdefault((seen.model, quirks), []).append(seen.body)

    def suspects(self, seen: Seen) -> dict[Tokens, list[str]]:
        """Places of a refused valid request whose values no accepted request of its model had."""
        places: dict[Tokens, list[str]] = {}
        for tokens, text in self._suspected(seen):
            places.setdefault(_field(tokens), []).append(text)
        return places

    def _suspected(self, seen: Seen) -> Iterator[Feature]:
        quirks = seen.interaction.provenance.quirks
        cleared = self._accepted.get((seen.model, quirks))
        if cleared is None:  # nothing of this model was ever accepted: compare with the other models
            cleared = self._anywhere.get(quirks, set())
        for tokens, text in features(seen.body):
            if (tokens, text) not in cleared and tokens not in self._given:
                yield tokens, text

    def others(self, seen: Seen) -> list[Tokens]:
        """Places of a refused valid request that only a combination can make suspect."""
        suspects = self.suspects(seen)
        known = {self.contract.model_tokens, *self._given}
        return [tokens for tokens in fields(seen.body) if tokens not in suspects and tokens not in known]

    def covers(self, body: Any) -> bool:
        """Whether one accepted request of the same model has everything that ``body`` has."""
        wanted, named = fields(body), self.contract.model_of(body)
        accepted = (each for (model, _), group in self._requests.items() if model == named for each in group)
        return any(not _missing(wanted, had) for _, had in accepted)

    def taken_with(self, seen: Seen) -> tuple[str, list[Tokens]] | None:
        """An accepted request with everything that a refused one has: its name, and what it has besides, the least."""
        wanted = fields(seen.body)
        holding = ((name, had) for name, had in self._taken(seen) if not _missing(wanted, had))
        more = [(name, [tokens for tokens in had if tokens not in wanted]) for name, had in holding]
        return min(more, key=lambda each: len(each[1]), default=None)

    def cause(self, seen: Seen) -> Cause | None:
        """What a refused valid request was refused for, where only one place, or one pair of places, can be it."""
        suspects = self.suspects(seen)
        if len(suspects) > 1 and self.contract.model_tokens in suspects:
            suspects = {t: texts for t, texts in suspects.items() if t not in self._unavoidable(seen.model)}
        given = fields(seen.body)
        if len(suspects) == 1:
            places: tuple[Tokens, ...] = tuple(suspects)
        elif suspects:
            return None
        else:
            pairs = self._apart(seen)
            if len(pairs) != 1:
                return None
            places = pairs[0]
        return Cause(texts={each: given[each] for each in places}, witnesses=self._witnesses(seen, places))

    def blamed(self, seen: Seen, cause: Cause, alike: Sequence[Seen]) -> Claim | None:
        """The one claim that the refusal contradicts; None for a combination, and for what may be refused as content.

        ``alike`` are the valid requests of the same model that were refused for what they have at the same place.
        What such a place says is to blame only where the request goes as far as a documented limit, or (texts) where
        nothing that it says is accepted: no document promises that every picture can be fetched, or every wish granted.
        """
        if len(cause.texts) != 1:
            return None
        tokens = next(iter(cause.texts))
        if tokens == self.contract.model_tokens or not self._is_content(seen, tokens):
            inner = {each for each, _ in self._suspected(seen) if _field(each) == tokens}
            exact = inner.pop() if len(inner) == 1 else tokens
            return claim_at(self.contract, self.operation, exact, seen.model)
        limited = self._limit(seen, tokens, alike)
        if limited is not None:
            return limited
        said = {tuple(fields(each.body)[tokens]) for each in alike}
        never = len(said) > 1 and not any(tokens in had for _, had in self._taken(seen))
        if never and not any(is_address(text) for texts in said for text in texts):
            return claim_at(self.contract, self.operation, tokens, seen.model)
        return None

    def _is_content(self, seen: Seen, place: Tokens) -> bool:
        """Whether a place says, in the refused request alone, what could be said in countless other words."""
        accepted = {text for _, text in self._anywhere.get(seen.interaction.provenance.quirks, ())}
        suspected = (each for each in self._suspected(seen) if _field(each[0]) == place)
        return any(
            text not in accepted and is_open(self.contract, self.operation, tokens, text, seen.model)
            for tokens, text in suspected
        )

    def _limit(self, seen: Seen, tokens: Tokens, alike: Sequence[Seen]) -> Claim | None:
        """The claim at whose limit a place is refused, if nothing as far out as this was ever accepted."""
        accepted = self._bodies.get((seen.model, seen.interaction.provenance.quirks), ())
        for bound in limits_at(self.contract, self.operation, tokens, seen.model):
            reached = bound.measure(seen.body)
            taken = (n for body in accepted if (n := bound.measure(body)) is not None)
            if reached is None or any(n * bound.sign >= reached * bound.sign for n in taken):
                continue
            if any(bound.measure(each.body) == bound.documented for each in alike):
                return bound.claim
        return None

    @cached_property
    def _given(self) -> set[Tokens]:
        """Places that are filled with what an earlier answer said."""
        return {parse(pointer) for pointer in expressions(self.contract, self.operation)[1]}

    def _taken(self, seen: Seen) -> Sequence[tuple[str, dict[Tokens, list[str]]]]:
        return self._requests.get((seen.model, seen.interaction.provenance.quirks), ())

    def _apart(self, seen: Seen) -> list[tuple[Tokens, Tokens]]:
        """Pairs of places whose values were accepted, and never in one request."""
        wanted = fields(seen.body)
        lacking = [_missing(wanted, had) for _, had in self._taken(seen)]
        return [
            (one, other)
            for one, other in combinations((t for t in wanted if t not in self._given), 2)
            if lacking and all(one in each or other in each for each in lacking)
        ]

    def _witnesses(self, seen: Seen, cause: Sequence[Tokens]) -> tuple[str, ...]:
        """A few accepted requests that together had everything but the cause."""
        wanted = fields(seen.body)
        left = set(wanted) if len(cause) > 1 else set(wanted) - set(cause)
        had = [(name, set(wanted) - _missing(wanted, each)) for name, each in self._taken(seen)]
        named: list[str] = []
        while had and len(named) < _WITNESSES:
            name, cleared = max(had, key=lambda each: len(each[1] & left))
            if not cleared & left:
                break
            named.append(name)
            left -= cleared
        return tuple(named)

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


def _missing(wanted: Mapping[Tokens, list[str]], had: Mapping[Tokens, list[str]]) -> set[Tokens]:
    return {tokens for tokens, texts in wanted.items() if had.get(tokens) != texts}


def _field(tokens: Tokens) -> Tokens:
    """Values inside one array are one suspect: the array."""
    return tokens[: tokens.index("*")] if "*" in tokens else tokens
