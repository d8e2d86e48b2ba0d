"""Two contracts of one provider side by side, claim by claim: one imported, one made by hand, and why they differ.

Claims are the same where they say the same rule of the same place; operations are told by method and path, since
names are everybody's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.claim import Claim, Kind
from harness.compare.claims import place
from harness.compare.demands import value_shift, wording
from harness.contract.model import Contract
from harness.contract.revision import Revision, revision
from harness.report.safe import cell, code

#: Claims that are named for a reason.
SHOWN = 3


class Found(StrEnum):
    """Where a claim stands."""

    BOTH = "both"
    DIFFERENT = "both, and they differ"
    IMPORTED = "only imported"
    HELD = "only by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One claim, where it stands, and why not in both alike ("" where it does)."""

    found: Found
    claim: Claim
    why: str = ""
    detail: str = ""


_PROSE: Mapping[Kind, str] = {
    Kind.DEPENDENCY: "a dependency: OpenAPI leaves it to prose",
    Kind.MODEL: "a model's own limit: from the catalogue, by a table written by hand",
    Kind.CAPABILITY: "declared by the catalogue, which the document does not hold",
    Kind.MONEY: "on bills: prose",
    Kind.WEBHOOK: "on webhooks: prose of a guide",
    Kind.LIFECYCLE: "on the life of a job: prose",
    Kind.MEDIA: "on the delivered file: an axis or a default that was told by a reader",
    Kind.CONTRADICTION: "two documents, or a document and the catalogue, against each other",
}


def beside(imported: Contract, held: Contract) -> tuple[Row, ...]:
    """Every claim of either, those of the import first."""
    mine, theirs = _keyed(imported), _keyed(held)
    views = revision(imported, ""), revision(held, "")
    rows = []
    for key, claim in mine.items():
        if key not in theirs:
            rows.append(Row(found=Found.IMPORTED, claim=claim, why=_only_imported(claim, imported, held, views[1])))
            continue
        detail = _difference(theirs[key], claim, held, imported)
        found = Found.DIFFERENT if detail else Found.BOTH
        rows.append(Row(found=found, claim=claim, why=_differs(theirs[key], held) if detail else "", detail=detail))
    rows += [
        Row(found=Found.HELD, claim=claim, why=_only_held(claim, held, imported, views[0]))
        for key, claim in theirs.items()
        if key not in mine
    ]
    return tuple(rows)


def as_markdown(rows: tuple[Row, ...], held: str) -> Iterator[str]:
    """A table by kind, then by reason; what documents say stands in code spans."""
    kinds = [kind for kind in Kind if any(row.claim.kind is kind for row in rows)]
    counted = Counter((row.claim.kind, row.found) for row in rows)
    yield f"## Beside the contract of {code(held)}"
    yield ""
    yield "| Kind | " + " | ".join(Found) + " |"
    yield "| --- |" + " ---: |" * len(Found)
    for kind in kinds:
        yield f"| {kind} | " + " | ".join(f"{counted[kind, found]:,}" for found in Found) + " |"
    total = Counter(row.found for row in rows)
    yield "| all | " + " | ".join(f"{total[found]:,}" for found in Found) + " |"
    for found in (Found.DIFFERENT, Found.IMPORTED, Found.HELD):
        reasons = Counter(row.why for row in rows if row.found is found)
        if not reasons:
            continue
        yield ""
        yield f"### {found.capitalize()}, and why"
        yield ""
        yield "| Claims | Why | For instance |"
        yield "| ---: | --- | --- |"
        for why, count in reasons.most_common():
            several = [row for row in rows if row.found is found and row.why == why]
            named = "<br>".join(_named(row) for row in several[:SHOWN])
            yield f"| {count:,} | {why} | {named} |"


def _named(row: Row) -> str:
    shown = cell(row.claim.id)
    return f"{shown}: {cell(row.detail)}" if row.detail else shown


def _keyed(contract: Contract) -> dict[tuple[Any, str], Claim]:
    return {
        (_operation(claim, contract), claim.id.removeprefix(f"{contract.provider}.{claim.operation}.")): claim
        for claim in contract.claims.values()
    }


def _operation(claim: Claim, contract: Contract) -> tuple[str, str]:
    operation = contract.operations[claim.operation]
    return operation.method, re.sub(r"\{[^}]*\}", "{}", operation.path)


def _difference(was: Claim, now: Claim, held: Contract, imported: Contract) -> str:
    """What two claims of one rule say differently; "" for nothing."""
    if was.rule == "documented":
        old: Any = sorted(held.operations[was.operation].answers)
        new: Any = sorted(imported.operations[now.operation].answers)
    else:
        old, new = was.parameters.get("value"), now.parameters.get("value")
    if value_shift(was.rule, old, new, whole=False):
        return wording(was.rule, old, new)
    return f"{was.level} → {now.level}" if was.level is not now.level else ""


def _differs(held_claim: Claim, held: Contract) -> str:
    source = held_claim.source
    if source.document != _default(held):
        return f"by hand from another document ({code(source.document)})"
    return "by hand with what prose or another revision of the document says"


def _only_imported(claim: Claim, imported: Contract, held: Contract, theirs: Revision) -> str:
    operation = next((o for o in held.operations.values() if _same(o, imported, claim)), None)
    if operation is None:
        return "the hand-made contract does not have the operation"
    status = claim.parameters.get("status", 0)
    if status in operation.answers and f".{operation.answers[status].meaning}." not in f".{claim.id}.":
        return f"by hand the status means something else: {operation.answers[status].meaning}"
    if claim.check == "response" and status not in operation.answers:
        return "by hand the answer is not documented"
    if claim.kind in (Kind.SHAPE, Kind.RESPONSE, Kind.REFUSAL) and claim.check in ("request", "response"):
        where = (operation.id, *place(claim)[1:])
        return (
            f"the member is there by hand, and `{claim.rule}` of it is not claimed"
            if where in theirs.places
            else "by hand the member is left out, with a reason in the inventory, or said otherwise"
        )
    if claim.kind is Kind.CAPABILITY or claim.rule == "unknown":
        return "the document's own example of a model"
    return "told by a field's name or form, which by hand was decided otherwise"


def _only_held(claim: Claim, held: Contract, imported: Contract, mine: Revision) -> str:
    if claim.kind in _PROSE:
        return _PROSE[claim.kind]
    if claim.source.document != _default(held):
        return f"from another document ({code(claim.source.document)})"
    operation = next((o for o in imported.operations.values() if _same(o, held, claim)), None)
    if operation is None:
        return "the document does not have the operation, or no role in the job was found for it"
    if "headers" in claim.id.split("."):
        return "on a header: what it holds is said in prose"
    if (operation.id, *place(claim)[1:]) in mine.places:
        return f"`{claim.rule}` is said in prose"
    if claim.tokens and any(
        (operation.id, place(claim)[1], claim.tokens[:depth]) in mine.places for depth in range(1, len(claim.tokens))
    ):
        return "a member inside one that the document leaves open or gives several forms"
    return "a member or an answer that the document has only in prose"


def _same(operation: Any, contract: Contract, claim: Claim) -> bool:
    return (operation.method, re.sub(r"\{[^}]*\}", "{}", operation.path)) == _operation(claim, contract)


def _default(contract: Contract) -> str:
    return str(contract.openapi.get("x-document", ""))
