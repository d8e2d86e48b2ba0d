"""One revision of what a provider documents, as far as it is known: its operations and its claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from harness.claim import Claim, Earlier
from harness.contract import shape
from harness.contract.model import Answers, Contract, Operation
from harness.pointer import Tokens

#: Where a claim looks: the operation, the meaning of the answer (None: the request), the place in the body.
Place = tuple[str, str | None, Tokens]


@dataclass(frozen=True, kw_only=True)
class Revision:
    """What a document said at one time. ``notes`` say what of it could not be read."""

    name: str  # of the file or folder; "" where the date alone tells revisions apart
    date: str  # or version; "" where it says none
    operations: Mapping[str, Operation]
    claims: Mapping[str, Claim]
    models: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Short: a whole revision is no message."""
        return f"Revision({self.name!r}, {self.date!r})"

    @cached_property
    def places(self) -> Mapping[Place, Mapping[str, Any]]:
        """Every place of a body that is documented, whether a rule is given for it or not, with its schema."""
        found: dict[Place, Mapping[str, Any]] = {}
        for operation in self.operations.values():
            bodies = [(None, operation.body)] if operation.body is not None else []
            answers = [(each.meaning, each.content.get("application/json", {})) for each in operation.answers.values()]
            for meaning, schema in (*bodies, *answers):
                found |= {(operation.id, meaning, tokens): node for tokens, node in shape.nodes(schema)}
        return found


def revision(contract: Contract, name: str) -> Revision:
    """A provider's folder as a revision: every kind of claim."""
    return Revision(
        name=name,
        date=str(contract.openapi.get("info", {}).get("version", "")),
        operations=contract.operations,
        claims=contract.claims,
        models=frozenset(contract.models),
    )


def recalled(contract: Contract) -> list[tuple[Earlier, Claim]]:
    """What a contract keeps of older revisions: each with the claim as it was read then."""
    return [
        (earlier, replace(claim, source=earlier.source, parameters={**claim.parameters, "value": earlier.value}))
        for claim in contract.claims.values()
        for earlier in claim.history
    ]


def overlaid(contract: Contract, side: Revision, other: Revision, names: Iterable[str]) -> Contract:
    """The contract as ``side`` would have it where ``side`` and ``other`` differ, and as it is elsewhere.

    ``names`` are the claims that differ. Operations that the contract does not have stay out: nothing could
    be addressed to them.
    """
    claims = dict(contract.claims)
    for name in names:
        claims.pop(name, None)
        claim = side.claims.get(name)
        if claim is not None and claim.operation in contract.operations:
            claims[name] = claim
    operations = {
        name: replace(operation, answers=_answers(operation, side, other))
        for name, operation in contract.operations.items()
    }
    return replace(contract, claims=dict(sorted(claims.items())), operations=operations)


def _answers(operation: Operation, side: Revision, other: Revision) -> Answers:
    if operation.id not in side.operations or operation.id not in other.operations:
        return operation.answers
    mine, theirs = side.operations[operation.id].answers, other.operations[operation.id].answers
    moved = mine.keys() ^ theirs.keys()
    kept = {status: answer for status, answer in operation.answers.items() if status not in moved}
    said = kept | {status: answer for status, answer in mine.items() if status in moved}
    accepted = any(answer.meaning == "accepted" for answer in said.values())
    return Answers(said, operation.answers.ranges) if accepted else operation.answers
