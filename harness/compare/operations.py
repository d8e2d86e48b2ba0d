"""What the readings of several axes look up of an operation."""

from __future__ import annotations

from collections.abc import Iterator

from harness.claim import Claim, Kind
from harness.contract import Contract, Operation, Role


def poll_of(contract: Contract) -> Operation:
    """The operation that every provider has for following a job."""
    poll = contract.role(Role.POLL)
    assert poll is not None, "the form of provider.yaml requires a poll operation"
    return poll


def claim_of(contract: Contract, operation: Operation, name: str) -> Claim | None:
    """An operation's claim by the rest of its id, if there is one."""
    return contract.claims.get(f"{contract.provider}.{operation.id}.{name}")


def submitted(contract: Contract, name: str) -> Claim | None:
    """The same of the submission."""
    return claim_of(contract, contract.submit, name)


def claims_under(contract: Contract, operation: Operation, part: str) -> Iterator[Claim]:
    """An operation's claims whose ids go on with ``part``."""
    prefix = f"{contract.provider}.{operation.id}.{part}."
    return (claim for name, claim in contract.claims.items() if name.startswith(prefix))


def answers(contract: Contract, operation: Operation) -> Iterator[Claim]:
    """Claims on what an operation answers, not on what may be asked of it."""
    return (
        claim
        for claim in contract.claims.values()
        if claim.operation == operation.id and claim.kind in (Kind.RESPONSE, Kind.REFUSAL)
    )


def address(operation: Operation) -> str:
    """``GET /videos/{jobId}``."""
    return f"{operation.method} {operation.path}"
