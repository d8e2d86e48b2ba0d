"""The report as a value: report.json's shape, built from verdicts and interactions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness import __version__
from harness.claim import Claim, Kind, PublicReport, Source
from harness.contract.addresses import Addresses, addresses
from harness.contract.model import Contract, Role
from harness.contract.places import lines
from harness.interaction import Interaction, Origin
from harness.pointer import dotted, exact
from harness.report import evidence, jobs, marks
from harness.report.safe import clip, storable
from harness.verdict import Divergence, Doubt, Outcome, Suspect, Verdict

REPORT_VERSION = 1
#: Divergences of one verdict that are spelled out; ``divergence_count`` tells how many there were.
SPELLED_OUT = 5
#: Suspects that are named, and characters of a value: a refused request may be long.
SUSPECTS, SUSPECT = 20, 200
#: Claims on what a provider answers; the others are on what may be asked.
_ABOUT_ANSWERS = frozenset({Kind.RESPONSE, Kind.REFUSAL})
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
    practice: Sequence[Verdict] = (),
    spelled_out: int | None = SPELLED_OUT,
) -> dict[str, Any]:
    """What was found about one provider from evidence of one provenance.

    ``practice`` are verdicts on what no document says: they stand apart and are not counted.
    ``extra`` adds fields and never replaces one. ``spelled_out``: how many divergences of a verdict; None for all.
    Raises ValueError when evidence of another provenance is among it: a verdict never rests on a mixture.
    """
    where = addresses(contract, interactions)
    _refuse_mixture([*verdicts, *practice], interactions, provenance)
    counted = Counter(verdict.outcome for verdict in verdicts)
    places = lines(contract, (verdict.claim for verdict in verdicts))
    fixed = {
        "provider": contract.provider,
        "title": contract.title,
        "source": _source(where, interactions, mode, provenance),
        "counts": {outcome.value: counted[outcome] for outcome in OUTCOMES},
        "requests": {**_requests(where, interactions), "cost_usd": cost_usd},
        "exclusions": len(contract.exclusions),
        "quirks": sorted({quirk for each in interactions for quirk in each.provenance.quirks}),
        **jobs.summary(where, interactions),
        "verdicts": [
            _verdict(contract, each, provenance, spelled_out) | _place_in_specs(places.get(each.claim.id))
            for each in sorted(verdicts, key=lambda v: v.claim.id)
        ],
    }
    if practice:
        fixed["practice"] = [_verdict(contract, each, provenance, spelled_out) for each in practice]
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


def _source(where: Addresses, interactions: Sequence[Interaction], mode: str, provenance: Origin) -> dict[str, Any]:
    dates = sorted({each.provenance.date[:10] for each in interactions if each.provenance.date})
    given = {each.provenance.base_url for each in interactions if each.provenance.base_url}
    bases = sorted(given or {origin for each in interactions if (origin := where.origin(each))})
    return {
        "mode": mode,
        "provenance": provenance.value,
        "base_url": ", ".join(bases) or None,
        "recorded": " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else None,
    }


def _requests(where: Addresses, interactions: Sequence[Interaction]) -> dict[str, int]:
    sent = [each for each in interactions if each.arrival is None]
    submitted = [each for each in sent if _submits(where, each)]
    accepted = [each for each in submitted if each.response and each.response.ok]
    counted = {"total": len(sent), "answered": sum(each.response is not None for each in sent)}
    counted |= {"submitted": len(submitted), "accepted": len(accepted)}
    arrived = sum(each.arrival is not None and each.response is not None for each in interactions)
    return counted | ({"deliveries": arrived} if arrived else {})


def _submits(where: Addresses, interaction: Interaction) -> bool:
    found = where.match(interaction)
    return found is not None and found[0].role is Role.SUBMIT


def _verdict(contract: Contract, verdict: Verdict, provenance: Origin, spelled_out: int | None) -> dict[str, Any]:
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
        "recorded": " to ".join(verdict.recorded) or None,
        "catalogue": contract.fingerprint,
        "witnesses": verdict.witnesses,
        "divergence_count": len(verdict.divergences),
        **_directions(verdict),
        "divergences": [_divergence(contract, claim, each, provenance) for each in verdict.divergences[:spelled_out]],
        **_unsettled(contract, verdict, provenance),
        **_observed(verdict),
        **_background(contract, claim),
    }


def _directions(verdict: Verdict) -> dict[str, Any]:
    """Every direction of a claim that diverges, also of divergences that are not spelled out."""
    directions = sorted({each.direction.value for each in verdict.divergences})
    return {"directions": directions} if directions else {}


def _place_in_specs(place: tuple[str, int] | None) -> dict[str, Any]:
    return {} if place is None else {"spec_file": place[0], "spec_line": place[1]}


def _unsettled(contract: Contract, verdict: Verdict, provenance: Origin) -> dict[str, Any]:
    """The exchange that left the claim open; left out where there is none."""
    if verdict.unsettled is None:
        return {}
    suspects = verdict.unsettled.suspects if isinstance(verdict.unsettled, Doubt) else ()
    exchange = _exchange(contract, verdict.claim, verdict.unsettled.interaction, suspects)
    return {"unsettled": {"provenance": provenance.value, **exchange}}


def _observed(verdict: Verdict) -> dict[str, Any]:
    """What was seen of the claim whatever the outcome; left out where there is nothing."""
    observed = [
        {
            "text": clip(each.text),
            "shown_by": clip(each.shown_by),
            "witnesses": [clip(n) for n in each.witnesses],
            "differs": each.differs,
        }
        for each in verdict.observed
    ]
    return {"observed": observed} if observed else {}


def _background(contract: Contract, claim: Claim) -> dict[str, Any]:
    """What is known besides the verdict; left out where there is nothing."""
    history = [{"value": each.value, "source": _quoted(contract, each.source)} for each in claim.history]
    reported = [_reported(each) for each in claim.reported]
    contradicted = [
        {"claim": each.claim, "statement": each.statement, "sides": [_quoted(contract, side) for side in each.sides]}
        for each in claim.contradicted
    ]
    known = {"contradicted": contradicted, "history": history, "reported": reported}
    return {name: each for name, each in known.items() if each}


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


def _divergence(contract: Contract, claim: Claim, divergence: Divergence, provenance: Origin) -> dict[str, Any]:
    said = {
        "direction": divergence.direction.value,
        "summary": clip(divergence.summary),
        "expected": clip(divergence.expected),
        "observed": clip(divergence.observed),
        "provenance": provenance.value,
        **({"witnesses": [clip(name) for name in divergence.witnesses]} if divergence.witnesses else {}),
    }
    if divergence.interaction is None:
        return said | {"interaction": None, "request": None, "response": None, "curl": None}
    return said | _exchange(contract, claim, divergence.interaction, divergence.suspects)


def _exchange(
    contract: Contract, claim: Claim, interaction: Interaction, suspects: Sequence[Suspect]
) -> dict[str, Any]:
    """What was sent and answered; ``marks`` point at the suspects, or at what the claim is about."""
    request, response = interaction.request, interaction.response
    sent = evidence.shown_request(request)
    answered = None if response is None else evidence.shown_response(response)
    if suspects:
        sent |= {"marks": [exact(each.tokens) for each in suspects[:SUSPECTS]]}
    elif claim.kind in _ABOUT_ANSWERS:
        marked = [] if response is None else marks.places(claim, response.json)
        answered = answered and answered | ({"marks": marked} if marked else {})
    elif marked := marks.places(claim, request.json):
        sent |= {"marks": marked}
    return {
        "interaction": interaction.name,
        "elapsed": interaction.elapsed,
        "request": sent,
        "response": answered,
        "failure": None if interaction.failure is None else clip(interaction.failure),
        "curl": evidence.curl(interaction, contract.key_variable),
        "origin": evidence.origin(interaction),
        **_suspects(suspects),
    }


def _suspects(suspects: Sequence[Suspect]) -> dict[str, Any]:
    """Fields and their values as JSON text; left out where there are none."""
    told = [{"field": dotted(each.tokens), "values": [clip(v, SUSPECT) for v in each.values]} for each in suspects]
    return {"suspects": told[:SUSPECTS]} if told else {}
