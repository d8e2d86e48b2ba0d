"""Bounds: where a claim draws a line on an ordered scale, and what a request says on that scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor
from typing import Any

from harness.claim import Claim
from harness.contract.model import Contract
from harness.contract.wanted import decoded
from harness.pointer import Tokens, alone, is_like, parse, present, value

#: Seconds up to which a documented pattern is asked which lengths it lets through.
_LENGTHS = range(1, 121)


class Side(StrEnum):
    """Which end of what is permitted."""

    UPPER = "at most"
    LOWER = "at least"


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One end of what a claim permits at one place.

    ``unit`` is ``seconds``, ``characters``, ``entries`` or ``number``; ``encoding`` how seconds are written; ``like``
    which entries count. ``documented`` is the last permitted value, None where the claim leaves this end open.
    ``listed``: the permitted values in order, where not every value between the ends is one.
    """

    claim: Claim
    tokens: Tokens
    side: Side
    unit: str
    documented: int | None
    listed: tuple[int, ...] = ()
    encoding: str = ""
    like: Mapping[str, Any] | None = None

    @property
    def sign(self) -> int:
        """Times this, values grow outward."""
        return 1 if self.side is Side.UPPER else -1

    def measure(self, body: Any) -> int | None:
        """What the body has there on the scale; None for what is no value of the scale at all."""
        if not present(body, self.tokens):
            return None
        given = value(body, self.tokens)
        match self.unit:
            case "characters":
                return len(given) if isinstance(given, str) else None
            case "entries":
                return _entries(given, self.like) if isinstance(given, list) else None
            case "seconds":
                read = decoded(self.encoding, given)
                whole = int(read) if read is not None and read == int(read) else None
                return whole if whole is not None and _same(seconds(self.encoding, whole), given) else None
            case _:
                sound = isinstance(given, (int, float)) and not isinstance(given, bool) and abs(given) < float("inf")
                return int(given) if sound and given == int(given) else None

    def on_scale(self, number: int) -> bool:
        """Whether the documentation has an opinion of its own on this value: not what a list leaves out in between."""
        return not self.listed or number in self.listed or not self.listed[0] < number < self.listed[-1]

    def outward(self, number: int) -> int:
        """The next value on the scale, away from what is permitted."""
        following = [each for each in self.listed if each * self.sign > number * self.sign]
        return min(following, key=lambda each: each * self.sign) if following else number + self.sign


def bounds(contract: Contract, claim: Claim) -> Iterator[Bound]:
    """The ends of what one claim on a request permits; nothing for a claim that is about no order."""
    if claim.check != "request":
        return
    said = claim.parameters
    tokens = parse(said["at"]) if "at" in said else claim.tokens
    if "*" in tokens or not tokens:
        return
    limit: Any = said.get("value")
    match claim.vocabulary:
        case "minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "maxItems" as rule if _number(limit):
            unit = {"Length": "characters", "Items": "entries"}.get(rule[3:], "number")
            length = contract.capabilities.get("duration")
            encoding = length.encoding if length and length.tokens == tokens and unit == "number" else ""
            unit = "seconds" if encoding else unit
            side = Side.UPPER if rule.startswith("max") else Side.LOWER
            documented = floor(limit) if side is Side.UPPER else ceil(limit)
            yield Bound(claim=claim, tokens=tokens, side=side, unit=unit, documented=documented, encoding=encoding)
            if side is Side.LOWER and not _drawn(
                contract, claim, ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
            ):
                yield Bound(claim=claim, tokens=tokens, side=Side.UPPER, unit=unit, documented=None, encoding=encoding)
            if rule == "maximum" and not _drawn(contract, claim, ("minimum", "exclusiveMinimum")):
                yield Bound(claim=claim, tokens=tokens, side=Side.LOWER, unit=unit, documented=None, encoding=encoding)
        case "range":
            for key, side in (("maximum", Side.UPPER), ("minimum", Side.LOWER)):
                if _number(said.get(key)):
                    yield Bound(claim=claim, tokens=tokens, side=side, unit="number", documented=int(said[key]))
        case "length" | "count":
            for key, side in (("max", Side.UPPER), ("min", Side.LOWER)):
                if said.get(key):  # none at all is another question than how many
                    yield Bound(
                        claim=claim,
                        tokens=tokens,
                        side=side,
                        unit="entries",
                        documented=said[key],
                        like=said.get("has"),
                    )
        case "enum" | "pattern" | "one-of":
            yield from _lengths(contract, claim, tokens)


def seconds(encoding: str, number: int) -> int | str:
    """So many seconds as the provider writes them."""
    return number if encoding == "seconds" else f"{number}s" if encoding == "seconds-suffixed" else str(number)


def _lengths(contract: Contract, claim: Claim, tokens: Tokens) -> Iterator[Bound]:
    """The shortest and the longest of the video lengths that a list or a pattern lets through."""
    length = contract.capabilities.get("duration")
    if length is None or length.tokens != tokens or claim.operation != contract.submit.id:
        return
    # A model's list says nothing of what the operation refuses anyway: the list itself is asked, not its schema.
    allowed = claim.parameters.get("values", claim.parameters.get("value"))
    written = {n: seconds(length.encoding, n) for n in _LENGTHS}
    if isinstance(allowed, list):
        listed = tuple(n for n, text in written.items() if text in allowed)
    else:
        listed = tuple(n for n, text in written.items() if claim.keeps(alone(tokens, text)))
    if listed and len(listed) < len(_LENGTHS):
        for side, documented in ((Side.UPPER, listed[-1]), (Side.LOWER, listed[0])):
            if documented in (_LENGTHS[0], _LENGTHS[-1]) and claim.rule != "enum":
                continue  # a pattern that goes on beyond where it was asked
            yield Bound(
                claim=claim, tokens=tokens, side=side, unit="seconds", documented=documented, listed=listed,
                encoding=length.encoding,
            )  # fmt: skip


def _drawn(contract: Contract, claim: Claim, rules: Sequence[str]) -> bool:
    """Whether any claim on the same place, the catalogue's included, draws a line by one of these rules."""
    return any(
        other.tokens == claim.tokens and other.keyword in (*rules, "enum", "range")
        for other in contract.claims.values()
        if other.operation == claim.operation and other.check == "request"
    )


def _entries(given: Sequence[Any], like: Mapping[str, Any] | None) -> int:
    if like is None:
        return len(given)
    return sum(is_like(each, like) for each in given)


def _number(limit: Any) -> bool:
    return isinstance(limit, (int, float)) and not isinstance(limit, bool)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
