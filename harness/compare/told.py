"""Offers and the portable subset as text, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness import __version__
from harness.compare.cells import listed
from harness.compare.forms import COMPARISON_VERSION
from harness.compare.offers import Adjusted, Fit, Offer
from harness.compare.portable import Common, Portable
from harness.compare.request import Wish
from harness.report.safe import cell, code, plain

#: Characters of a value in a sentence.
VALUE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTable:
    """What is told of a request: the wish, each provider's offer and, where it was sent, what became of it."""

    where: str
    wish: Wish
    offers: Sequence[Offer]
    outcomes: Mapping[str, str]  # provider → who answered, and what came of it


def as_text(told: OfferTable) -> str:
    """For a terminal: one paragraph for each provider."""
    lines = [f"{told.where}: {_wish(told.wish)}", ""]
    for offer in told.offers:
        lines.append(f"{offer.provider}: {_answer(offer)}")
        lines += [f"    {line}" for line in _details(offer)]
        if offer.body is not None and offer.answer is not Fit.CANNOT:
            lines.append(f"    {json.dumps(offer.body, ensure_ascii=True)}")
        if offer.provider in told.outcomes:
            lines.append(f"    {plain(told.outcomes[offer.provider], 300)}")
    return "\n".join(lines) + "\n"


def as_markdown(told: OfferTable) -> str:
    """For a page: a table, then each translated request."""
    lines = [f"### Portability of {code(told.where)}", "", _wish(told.wish), ""]
    heads = ["Provider", "Answer", "What changes", *(["What came of it"] if told.outcomes else [])]
    lines += ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for offer in told.offers:
        cells = [offer.provider, _answer(offer), "<br>".join(cell(line) for line in _details(offer))]
        cells += [cell(told.outcomes.get(offer.provider, "not sent"))] if told.outcomes else []
        lines.append("| " + " | ".join(cells) + " |")
    for offer in told.offers:
        if offer.body is not None and offer.answer is not Fit.CANNOT:
            lines += ["", f"{offer.provider}:", "", "```json", json.dumps(offer.body, indent=1), "```"]
    return "\n".join(lines) + "\n"


def as_json(told: OfferTable) -> str:
    """Everything, all ASCII."""
    made = {
        "comparison_version": COMPARISON_VERSION,
        "harness_version": __version__,
        "request": {"model": told.wish.model, **told.wish.members},
        "unsaid": list(told.wish.unsaid),
        "offers": [_offer_json(offer, told.outcomes.get(offer.provider)) for offer in told.offers],
    }
    return json.dumps(made, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def portable_text(found: Portable) -> str:
    """For a terminal: what all take, then what falls out, then an example with what each makes of it."""
    lines = [f"{found.model or 'Any model'}: what {', '.join(found.providers) or 'nobody'} have in common", ""]
    lines += [f"  {common.member:18}{_common(common)}" for common in found.common]
    lines += ["", *(f"  {member:18}not with {', '.join(who)}" for member, who in found.missing.items())]
    lines += [f"  {member:18}no value in common" for member in found.disjoint]
    lines += [f"  {provider} serves no such model" for provider in found.without]
    lines += ["", f"  for example {json.dumps(found.example)}"]
    lines += [f"    {offer.provider}: {_answer(offer)}" for offer in found.offers]
    lines += ["", "Where a provider has several models, one of them takes each; not every model takes all of it."]
    return "\n".join(lines) + "\n"


def portable_markdown(found: Portable) -> str:
    """For a page."""
    lines = [f"### {found.model or 'Any model'}: what {', '.join(found.providers)} have in common", ""]
    lines += ["| Member | In common |", "| --- | --- |"]
    lines += [f"| {cell(common.member)} | {_common(common)} |" for common in found.common]
    lines += [f"| {cell(member)} | not with {', '.join(who)} |" for member, who in found.missing.items()]
    lines += [f"| {cell(member)} | no value in common |" for member in found.disjoint]
    return "\n".join([*lines, "", "```json", json.dumps(found.example, indent=1), "```"]) + "\n"


def portable_json(found: Portable) -> str:
    """Everything, all ASCII; ``example`` is a request that ``harness compare --request`` takes."""
    made = {
        "comparison_version": COMPARISON_VERSION,
        "harness_version": __version__,
        "model": found.model,
        "providers": list(found.providers),
        "serving_no_such_model": list(found.without),
        "common": [_common_json(common) for common in found.common],
        "missing": {member: list(who) for member, who in found.missing.items()},
        "no_value_in_common": list(found.disjoint),
        "example": dict(found.example),
        "offers": [_offer_json(offer, None) for offer in found.offers],
    }
    return json.dumps(made, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


OFFER_FORMATS: Mapping[str, Callable[[OfferTable], str]] = {"text": as_text, "markdown": as_markdown, "json": as_json}
PORTABLE_FORMATS: Mapping[str, Callable[[Portable], str]] = {
    "text": portable_text,
    "markdown": portable_markdown,
    "json": portable_json,
}


def _wish(wish: Wish) -> str:
    said = [f"{name} {_shown(value)}" for name, value in wish.members.items()]
    return ", ".join([wish.model or "any model", *said])


def _answer(offer: Offer) -> str:
    return f"{offer.answer}{f', with {offer.model}' if offer.model else ''}"


def _details(offer: Offer) -> Iterator[str]:
    """What is in the way, what changes, what is not known; each with the claims."""
    if offer.reason:
        yield offer.reason
    for claim in offer.obstacles:
        yield f"{claim.statement} ({claim.id})"
    for change in offer.changes:
        yield _change(change)
    for member in offer.doubts:
        yield f"{member}: only some models take it, and it is not documented whether this one does"


def _change(change: Adjusted) -> str:
    wanted = "" if change.wanted is None else f" {_shown(change.wanted)}"
    given = "" if change.given is None else f" → {_shown(change.given)}"
    reasons = [change.why] if change.why else []
    reasons += [claim.id for claim in change.claims]
    return f"{change.member}{wanted}{given}: {change.kind}" + (f" ({', '.join(reasons)})" if reasons else "")


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"
    return plain(("off", "on")[value] if isinstance(value, bool) else value, VALUE)


def _common(common: Common) -> str:
    parts = []
    if common.values is not None:
        parts.append(listed(common.values))
    elif common.most is not None:
        parts.append(f"up to {common.most:,.0f}")
    else:
        parts.append("yes")
    if common.needed_by:
        parts.append(f"required by {', '.join(common.needed_by)}")
    return "; ".join(parts)


def _common_json(common: Common) -> dict[str, Any]:
    return {
        "member": common.member,
        "values": None if common.values is None else list(common.values),
        "least": common.least,
        "most": common.most,
        "required_by": list(common.needed_by),
    }


def _offer_json(offer: Offer, outcome: str | None) -> dict[str, Any]:
    changes = [
        {
            "member": change.member,
            "kind": change.kind.value,
            "wanted": change.wanted,
            "given": change.given,
            "why": change.why or None,
            "claims": [claim.id for claim in change.claims],
        }
        for change in offer.changes
    ]
    return {
        "provider": offer.provider,
        "answer": offer.answer.value,
        "model": offer.model,
        "reason": offer.reason or None,
        "obstacles": [claim.id for claim in offer.obstacles],
        "changes": changes,
        "doubts": list(offer.doubts),
        "body": offer.body,
        "outcome": outcome,
    }
