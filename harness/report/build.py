"""The report as a value: report.json's shape, built from verdicts and interactions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness import __version__
from harness.claim import Claim, PublicReport, Source
from harness.contract.model import Contract, Role
from harness.contract.places import lines
from harness.interaction import Interaction, Origin
from harness.report import evidence
from harness.report.safe import clip, storable
from harness.verdict import Divergence, Outcome, Verdict

REPORT_VERSION = 1
#: Divergences of one verdict that are spelled out; ``divergence_count`` tells how many there were.
SPELLED_OUT = 5
#: The counts, in the order in which DESIGN lists the outcomes.
OUTCOMES = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.INCONCLUSIVE,
    Outcome.UNTESTED,
    Outcome.NOT_APPLICABLE,
    Outcome.ERROR,
)


def report(entries: Iterable[Mapping[str, Any]], *, generated_at: str) -> dict[str, Any]:
    """The whole report: real evidence before simulated, providers in alphabetical order within."""
    return {
        "report_version": REPORT_VERSION,
        "harness_version": __version__,
        "generated_at": generated_at,
        "providers": sorted((dict(each) for each in entries), key=_place),
    }


def entry(
    contract: Contract,
    verdicts: Sequence[Verdict],
    interactions: Sequence[Interaction],
    *,
    mode: str,
    provenance: Origin,
    cost_usd: float,
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    """What was found about one provider from evidence of one provenance.

    ``extra`` adds fields and never replaces one. Raises ValueError when evidence of another provenance
    is among it: a verdict never rests on a mixture.
    """
    _refuse_mixture(verdicts, interactions, provenance)
    counted = Counter(verdict.outcome for verdict in verdicts)
    places = lines(contract, (verdict.claim for verdict in verdicts))
    fixed = {
        "provider": contract.provider,
        "title": contract.title,
        "source": _source(interactions, mode, provenance),
        "counts": {outcome.value: counted[outcome] for outcome in OUTCOMES},
        "requests": {**_requests(contract, interactions), "cost_usd": cost_usd},
        "exclusions": len(contract.exclusions),
        "quirks": sorted({quirk for each in interactions for quirk in each.provenance.quirks}),
        "verdicts": [
            _verdict(contract, verdict, provenance) | _place_in_specs(places.get(verdict.claim.id))
            for verdict in sorted(verdicts, key=lambda v: v.claim.id)
        ],
    }
    stored: dict[str, Any] = storable({**fixed, **{key: each for key, each in extra.items() if key not in fixed}})
    return stored


def _place(entry: Mapping[str, Any]) -> tuple[bool, str, str, str]:
    source = entry["source"]
    return source["provenance"] == Origin.SIMULATED, entry["provider"], source["provenance"], source["mode"]


def _refuse_mixture(verdicts: Sequence[Verdict], interactions: Sequence[Interaction], origin: Origin) -> None:
    cited = (d.interaction for verdict in verdicts for d in verdict.divergences if d.interaction)
    strange = next((each for each in (*interactions, *cited) if each.provenance.origin is not origin), None)
    if strange is not None:
        raise ValueError(f"{strange.name} is {strange.provenance.origin}, and this entry is for {origin} evidence")


def _source(interactions: Sequence[Interaction], mode: str, provenance: Origin) -> dict[str, Any]:
    dates = sorted({each.provenance.date[:10] for each in interactions if each.provenance.date})
    bases = sorted({each.provenance.base_url for each in interactions if each.provenance.base_url})
    return {
        "mode": mode,
        "provenance": provenance.value,
        "base_url": ", ".join(bases) or None,
        "recorded": " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else None,
    }


def _requests(contract: Contract, interactions: Sequence[Interaction]) -> dict[str, int]:
    submitted = [each for each in interactions if _submits(contract, each)]
    accepted = [each for each in submitted if each.response and 200 <= each.response.status < 300]
    return {"total": len(interactions), "submitted": len(submitted), "accepted": len(accepted)}


def _submits(contract: Contract, interaction: Interaction) -> bool:
    try:
        found = contract.match(interaction.request.method, interaction.request.path)
    except ValueError:  # a URL that cannot be parsed
        return False
    return found is not None and found[0].role is Role.SUBMIT


def _verdict(contract: Contract, verdict: Verdict, provenance: Origin) -> dict[str, Any]:
    claim = verdict.claim
    return {
        "claim": claim.id,
        "operation": claim.operation,
        "pointer": claim.pointer,
        "kind": claim.kind.value,
        "level": claim.level.value,
        "model": claim.model,
        "statement": claim.statement,
        "source": _quoted(contract, claim.source),
        "outcome": verdict.outcome.value,
        "reason": None if verdict.reason is None else clip(verdict.reason),
        "witnesses": verdict.witnesses,
        "divergence_count": len(verdict.divergences),
        "divergences": [_divergence(contract, each, provenance) for each in verdict.divergences[:SPELLED_OUT]],
        **_told(verdict),
        **_background(contract, claim),
    }


def _told(verdict: Verdict) -> dict[str, Any]:
    """What the verdict says besides, left out where it says nothing."""
    observed = [
        {"text": clip(each.text), "shown_by": clip(each.shown_by), "witnesses": [clip(n) for n in each.witnesses]}
        for each in verdict.observed
    ]
    return _listed("suspects", verdict.suspects) | ({"observed": observed} if observed else {})


def _listed(name: str, texts: Iterable[str]) -> dict[str, Any]:
    return {name: [clip(each) for each in texts]} if texts else {}


def _place_in_specs(place: tuple[str, int] | None) -> dict[str, Any]:
    return {} if place is None else {"spec_file": place[0], "spec_line": place[1]}


def _background(contract: Contract, claim: Claim) -> dict[str, Any]:
    """What is known besides the verdict; left out where there is nothing."""
    history = [{"value": each.value, "source": _quoted(contract, each.source)} for each in claim.history]
    reported = [_reported(each) for each in claim.reported]
    return ({"history": history} if history else {}) | ({"reported": reported} if reported else {})


def _quoted(contract: Contract, source: Source) -> dict[str, Any]:
    document = contract.documents.get(source.document)
    return {
        "document": source.document,
        "title": document.title if document else source.document,
        "revision": source.revision,
        "quote": source.quote,
        "url": source.url or (document.url if document else None),
    }


def _reported(public: PublicReport) -> dict[str, Any]:
    return {
        "summary": public.summary,
        "direction": public.direction,
        "link": public.link,
        "date": public.date,
        "evidence": public.evidence,
        "asked": public.asked,
        "model": public.model,
    }


def _divergence(contract: Contract, divergence: Divergence, provenance: Origin) -> dict[str, Any]:
    said = {
        "direction": divergence.direction.value,
        "summary": clip(divergence.summary),
        "expected": clip(divergence.expected),
        "observed": clip(divergence.observed),
        "provenance": provenance.value,
        **_listed("suspects", divergence.suspects),
        **_listed("witnesses", divergence.witnesses),
    }
    interaction = divergence.interaction
    if interaction is None:
        return said | {"interaction": None, "request": None, "response": None, "curl": None}
    response = interaction.response
    return said | {
        "interaction": interaction.name,
        "elapsed": interaction.elapsed,
        "request": evidence.shown_request(interaction.request),
        "response": None if response is None else evidence.shown_response(response),
        "failure": None if interaction.failure is None else clip(interaction.failure),
        "curl": evidence.curl(interaction, contract.key_variable),
        "origin": evidence.origin(interaction),
    }
