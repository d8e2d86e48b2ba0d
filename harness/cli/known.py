"""What is known of what a request asks for besides the rules: what others reported, and where documents disagree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.claim import Claim, Kind, PublicReport
from harness.contract import Contract, Operation
from harness.pointer import present
from harness.report.safe import plain

#: Kinds of claim that have their place in a request.
_ASKED = frozenset({Kind.SHAPE, Kind.DEPENDENCY, Kind.MODEL, Kind.CAPABILITY, Kind.MEDIA, Kind.CONTRADICTION})


def known(contract: Contract, operation: Operation, body: Any) -> Iterator[str]:
    """Each public report and each contradiction once that is about a field of the body and fits its model."""
    told: set[tuple[str, ...]] = set()
    model = contract.model_of(body)
    for claim in contract.claims.values():
        if claim.operation != operation.id or claim.model not in (None, model) or not _concerns(claim, body):
            continue
        for report in claim.reported:
            # On one model's claim a report is by our own reading, whatever name the model had for its author.
            if (claim.model or report.model) in (None, model) and _first(told, report.link, report.summary):
                yield f"{claim.pointer}: {plain(told_of(report))} (not judged here)"
        for dispute in claim.contradicted if claim.check == "request" else ():
            if _first(told, dispute.claim, ""):
                said = f"the documentation contradicts itself: {plain(dispute.statement.rstrip('.'), 300)}"
                yield f"{claim.pointer}: {said}. See: harness explain {dispute.claim}"


def told_of(report: PublicReport) -> str:
    """A public report in one sentence, with the link."""
    return f"reported in public ({report.evidence}, {report.date}): {report.summary.rstrip('.')}. {report.link}"


def _concerns(claim: Claim, body: Any) -> bool:
    """Whether the body has the field, or lacks it where that is what the claim is about."""
    if claim.kind not in _ASKED or not claim.tokens:
        return False
    there = present(body, claim.tokens)
    return not there and present(body, claim.tokens[:-1]) if claim.keyword == "required" else there


def _first(told: set[tuple[str, ...]], *name: str) -> bool:
    new = name not in told
    told.add(name)
    return new
