"""What a place says in words of its own: a refusal may be for that, where no document limits it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract import Contract, Operation
from harness.contract.bounds import Bound, bounds
from harness.pointer import Tokens

#: Rules that say which texts there are.
_LISTED = frozenset({"enum", "const", "one-of"})


def is_open(contract: Contract, operation: Operation, tokens: Tokens, text: str, model: str | None) -> bool:
    """Whether a value, in canonical JSON or told by its length, is a text that the documents neither list nor form.

    An address that keeps a pattern may lead anywhere all the same.
    """
    if not text.startswith('"') and " characters (" not in text:
        return False
    here = (claim for claim in contract.request_claims(operation.id, model) if claim.tokens == tokens)
    rules = {claim.vocabulary for claim in here}
    return rules.isdisjoint(_LISTED) and ("pattern" not in rules or is_address(text))


def is_address(text: str) -> bool:
    """Whether a canonical text leads to something else. One of more than 200 characters is taken for one that does."""
    return "://" in text or text.startswith('"data:') or not text.startswith('"')


def limits_at(contract: Contract, operation: Operation, tokens: Tokens, model: str | None) -> Iterator[Bound]:
    """How long a text, and how many entries, the documents permit at a place; the model's own limit first.

    A single entry is no matter of how many.
    """
    here = [claim for claim in contract.request_claims(operation.id, model) if claim.tokens == tokens]
    for claim in sorted(here, key=lambda each: each.model is None):
        for bound in bounds(contract, claim):
            counted = bound.unit == "characters" or (bound.unit == "entries" and (bound.documented or 0) > 1)
            if counted and bound.tokens == tokens:
                yield bound
