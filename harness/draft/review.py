"""What a reviewer of a first contract is shown, and the inventory: which words of the document became which claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.claim import Claim, Kind
from harness.contract.model import Contract
from harness.document import yaml_text
from harness.draft.contract import Draft
from harness.draft.operations import DOCUMENT
from harness.report.safe import code

#: Of one kind, in the review; the inventory has all.
SHOWN = 40
_INVENTORIED = (Kind.SHAPE, Kind.DEPENDENCY)


def inventory(draft: Draft, contract: Contract) -> str:
    """inventory.yaml: every field of the submission with its claims, and what became none with the reason."""
    grouped: dict[str, list[str]] = {}
    for claim in contract.claims.values():
        if claim.operation == contract.submit.id and claim.kind in _INVENTORIED:
            grouped.setdefault(claim.tokens[0] if claim.tokens else "", []).append(claim.id)
    items: list[dict[str, object]] = [
        {"says": draft.fields.get(name) or f"the request body of {contract.submit.id}", "claims": claims}
        for name, claims in grouped.items()
    ]
    items += [{"says": f"{place}: {quote}", "excluded": reason} for place, quote, reason in draft.excluded]
    items += [{"says": note, "excluded": "could not be read, or has no place in a contract"} for note in draft.notes]
    items += [{"says": each, "excluded": "no part of a video job, as far as its shape tells"} for each in draft.left]
    return yaml_text([{"document": DOCUMENT, "items": items}])


def review(draft: Draft, contract: Contract) -> str:
    """REVIEW.md: what was found, mended, guessed, left out. A document's own text stands in code spans."""
    return "\n".join(_lines(draft, contract)) + "\n"


def _lines(draft: Draft, contract: Contract) -> Iterator[str]:
    yield f"# {code(draft.provider)}: a first contract, for review"
    yield ""
    yield f"Imported from {code(draft.document)} and not checked by anybody yet: go through this list, then delete it."
    yield ""
    yield "## The job"
    yield ""
    for role, shown in draft.operations.items():
        yield f"- {role}: {code(shown)}"
    yield ""
    yield f"## {len(contract.claims)} claims"
    yield ""
    counted = Counter(_group(claim) for claim in contract.claims.values())
    yield from (f"- {count} {group}" for group, count in counted.most_common())
    yield from _section(
        "Put right without guessing",
        [
            f"{code(each.place)}: {code(each.written)} is read as {code(each.read)} ({each.why})"
            if each.read is not None
            else f"{code(each.place)}: {code(each.written)} is left out ({each.why})"
            for each in draft.repairs
        ],
    )
    yield from _section(
        "Not known, or guessed: what stands now, and where to put it right",
        [f"{_prose(each.what)}: {_prose(each.now)} → {code(each.where)}" for each in draft.unknown],
    )
    yield from _section(
        "Read, and not claimed (inventory.yaml has the reasons)",
        [f"{code(place)}: {_prose(reason)}" for place, _, reason in draft.excluded],
    )
    yield from _section("Not read", [code(note) for note in draft.notes])
    yield from _section("Operations that are no part of it", [code(each) for each in draft.left])


def _group(claim: Claim) -> str:
    return f"{claim.kind.value}, on {claim.operation}" if claim.kind is Kind.SHAPE else claim.kind.value


def _section(title: str, items: list[str]) -> Iterator[str]:
    if items:
        yield ""
        yield f"## {title} ({len(items)})"
        yield ""
        yield from (f"- {each}" for each in items[:SHOWN])
        if len(items) > SHOWN:
            yield f"- … and {len(items) - SHOWN} more"


def _prose(text: str) -> str:
    """Ours, with a document's names in it: as code where it is not plainly ours."""
    return text if all(each.isalnum() or each in " ,.:;()='-/" for each in text) and text.isascii() else code(text)
