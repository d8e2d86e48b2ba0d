"""Holding claims against observations. Pure: nothing is sent, read, or timed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from harness.claim import Claim, Kind
from harness.contract import Contract
from harness.interaction import Interaction, Origin
from harness.judge import lifecycle, media, pictures, requests, responses, webhook
from harness.judge.evidence import Evidence
from harness.verdict import Direction, Divergence, Finding, Outcome, Verdict, verdict

Check = Callable[[Claim, Evidence], Iterator[Finding]]


def _contradiction(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The documents disagree with themselves, whatever was observed."""
    against = claim.parameters["against"]
    yield Divergence(
        direction=Direction.CONTRADICTION,
        summary=claim.statement,
        expected=f"{claim.source.document}: {claim.source.quote}",
        observed=f"{against.document}: {against.quote}",
    )


#: A new check is one generator and one line.
CHECKS: Mapping[str, Check] = {
    "request": requests.request,
    "accepted-status": requests.accepted_status,
    "serves": requests.serves,
    "accept-then-fail": requests.accept_then_fail,
    "documented-status": responses.documented_status,
    "invalid-status": responses.invalid_status,
    "media-type": responses.media_type,
    "response": responses.response,
    "authorization": responses.authorization,
    "malformed-body": responses.malformed_body,
    "job-words": lifecycle.words,
    "job-forward": lifecycle.forward,
    "job-terminal": lifecycle.terminal,
    "job-id": lifecycle.same_id,
    "job-ends": lifecycle.ends,
    "job-result": lifecycle.result,
    "unknown-id": lifecycle.unknown_id,
    "media-container": media.container,
    "media-duration": media.duration,
    "media-aspect-ratio": media.aspect_ratio,
    "media-resolution": media.resolution,
    "media-size": media.size,
    "media-audio": media.audio,
    "media-default": media.default,
    "media-audible": media.audible,
    "media-frame-rate": media.frame_rate,
    "media-pixels": media.pixels,
    "media-frame": pictures.frame,
    "media-last-frame-returned": pictures.returned,
    "media-last-frame-dimensions": pictures.dimensions,
    "media-last-frame-picture": pictures.picture,
    "media-repeat": pictures.repeat,
    "media-difference": pictures.differs,
    "webhook-notified": webhook.notified,
    "webhook-addressed": webhook.addressed,
    "webhook-form": webhook.form,
    "webhook-same-state": webhook.same_state,
    "webhook-identified": webhook.identified,
    "webhook-signed": webhook.signed,
    "webhook-fresh": webhook.fresh,
    "contradiction": _contradiction,
}


def judge(
    contract: Contract, interactions: Sequence[Interaction], *, unprobed: Mapping[str, str] | None = None
) -> list[Verdict]:
    """A verdict for every claim of the contract, in the order of their ids.

    ``unprobed`` gives reasons for claims that no request could be made for. Never raises, whatever the
    interactions hold.
    """
    evidence = Evidence(contract, interactions)
    simulated = bool(interactions) and all(i.provenance.origin is Origin.SIMULATED for i in interactions)
    return [_held(claim, evidence, simulated, unprobed or {}) for claim in contract.claims.values()]


def _held(claim: Claim, evidence: Evidence, simulated: bool, unprobed: Mapping[str, str]) -> Verdict:
    if claim.kind is Kind.CONTRADICTION and simulated:
        reason = "the documents disagree; a simulator plays one reading of them and settles nothing"
        return Verdict(claim=claim, outcome=Outcome.NOT_APPLICABLE, reason=reason)
    return verdict(claim, CHECKS[claim.check](claim, evidence), unprobed.get(claim.id) or _untested(claim))


def _untested(claim: Claim) -> str:
    match claim.check:
        case "request":
            return "no request that breaks this claim, and no other, was seen"
        case "response" | "media-type":
            return f"no answer with status {claim.parameters['status']} that reaches this was seen"
        case "authorization":
            return "no request with such a key was seen"
        case "serves":
            return "no request named this model"
        case "job-terminal":
            return "no job was polled again after it had ended"
        case "media-repeat":
            return "no request with it was made twice"
        case "media-difference":
            return "no two jobs with the same seed differ in it alone"
        case check if check.startswith(("job-", "media-")):
            return "no job was followed that far"
        case check if check.startswith("webhook-"):
            return "no delivery was seen; a live run receives them with --webhook-listen"
        case _:
            return "no such request was seen"
