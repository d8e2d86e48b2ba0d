"""Which values of a message a claim is about: what a reader's eye should fall on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from harness.claim import Claim
from harness.interaction import Malformed
from harness.pointer import Tokens, exact

#: Of an array with thousands of entries nobody looks at more.
MOST = 20


def places(claim: Claim, body: Any) -> list[str]:
    """Pointers of the values that break the claim; where none does, of all at the claim's place."""
    if isinstance(body, Malformed) or not claim.tokens:
        return []
    there = list(_concrete(body, claim.tokens))
    broken = _broken(claim, body)
    guilty = [place for place in there if any(_within(place, fault) or _within(fault, place) for fault in broken)]
    return [exact(place) for place in (guilty or there)[:MOST]]


def _within(inner: Tokens, outer: Tokens) -> bool:
    return inner[: len(outer)] == outer


def _broken(claim: Claim, body: Any) -> set[Tokens]:
    """Where the claim's schema finds fault; the whole body tells nothing and is left out."""
    try:
        faults = jsonschema_rs.validator_for(dict(claim.schema or {}), validate_formats=True).iter_errors(body)
        return {tuple(map(str, fault.instance_path)) for fault in faults} - {()}
    except (ValueError, UnicodeEncodeError, RecursionError):
        return set()


def _concrete(body: Any, tokens: Tokens, above: Tokens = ()) -> Iterator[Tokens]:
    """The places at ``tokens`` that there are, ``*`` replaced by each index."""
    if not tokens:
        yield above
        return
    head, rest = tokens[0], tokens[1:]
    match body:
        case list() if head == "*":
            for number, item in enumerate(body):
                yield from _concrete(item, rest, (*above, str(number)))
        case dict() if head in body:
            yield from _concrete(body[head], rest, (*above, head))
