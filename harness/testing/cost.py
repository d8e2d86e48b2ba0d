"""Which claims only a submission can put to the test, and so one that a provider may bill."""

from __future__ import annotations

from harness.claim import Claim
from harness.contract import Contract, Role

#: What is tested without a key, without a body, or without any request at all.
_FREE = frozenset(("authorization", "malformed-body", "unknown-id", "contradiction"))
_FREE_OPERATIONS = (Role.CATALOGUE, Role.QUOTE)
#: Answers that start no job, and that no submission is needed for.
_FREE_ANSWERS = frozenset(("unauthenticated", "not-found"))


def paid(contract: Contract, claim: Claim) -> bool:
    """Whether a live test of the claim sends what can be billed: what should be refused may be taken all the same."""
    operation = contract.operations[claim.operation]
    if claim.check in _FREE or operation.role in _FREE_OPERATIONS:
        return False
    answer = operation.answers.get(claim.parameters.get("status", 0))
    return answer is None or answer.meaning not in _FREE_ANSWERS
