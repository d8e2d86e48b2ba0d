"""What no document says that a model takes: a request that has it is neither valid nor forbidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.claim import Claim
from harness.contract.model import Contract, Operation, Role, Undecided
from harness.contract.shape import schema_at
from harness.pointer import Tokens, filled


def undecided(contract: Contract, operation: Operation, body: Any) -> Mapping[Tokens, Undecided]:
    """The places of a request at which it has something of which no document says that its model takes it.

    What a model's entry lists is said of the submission: of a price for anything else, no document says that it is
    told, nor that it is not.
    """
    model = contract.models.get(contract.model_of(body) or "")
    if model is None or operation.role not in (Role.SUBMIT, Role.QUOTE):
        return {}
    found = {
        each.tokens: each
        for each in model.undecided
        if each.holds(body) and schema_at(operation.body or {}, each.tokens) is not None
    }
    if operation.role is Role.QUOTE:
        broken = {each.tokens for each in contract.request_claims(operation.id, model.id) if not each.keeps(body)}
        for claim in contract.request_claims(contract.submit.id, model.id):
            beyond = narrowing(claim) and filled(body, claim.tokens) and not claim.keeps(body)
            if beyond and claim.tokens not in broken:
                found[claim.tokens] = Undecided(tokens=claim.tokens)
    return found


def narrowing(claim: Claim) -> bool:
    """Whether a claim is what a model's entry makes of a field."""
    return claim.model is not None and "narrows" in claim.parameters
