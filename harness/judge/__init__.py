"""Holding claims against observations. Pure: nothing is sent, read, or timed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from harness.claim import Claim, Kind
from harness.contract import Contract
from harness.contract.model import SITUATIONS
from harness.contract.protocol import practice
from harness.interaction import Interaction, Origin
from harness.judge import (
    consent,
    deletion,
    lifecycle,
    media,
    money,
    pictures,
    promises,
    protocol,
    requests,
    responses,
    webhook,
)
from harness.judge.evidence import Evidence
from harness.verdict import Direction, Divergence, Finding, OurFault, Outcome, Verdict, verdict

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
    "job-progress": promises.progress,
    "job-reason": promises.reason,
    "job-early": promises.early,
    "job-served": promises.served,
    "job-streamed": promises.streamed,
    "job-echo": promises.echo,
    "job-address": promises.address,
    "job-deleted": deletion.deleted,
    "consent-given": consent.given,
    "consent-media": consent.media,
    "payment-insufficient": consent.insufficient,
    "header-form": consent.header_form,
    "header-absent": consent.header_absent,
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
    "money-cost": money.cost,
    "money-cost-named": money.cost_named,
    "money-priced": money.priced,
    "money-quoted": money.quoted,
    "money-failed": money.failed,
    "money-unbilled": money.unbilled,
    "money-balance": money.balance,
    "money-repeated": money.repeated,
    "contradiction": _contradiction,
}


def judge(
    contract: Contract, interactions: Sequence[Interaction], *, unprobed: Mapping[str, str] | None = None
) -> list[Verdict]:
    """A verdict for every claim of the contract, in the order of their ids.

    ``unprobed`` gives reasons for claims that no request could be made for, or not every one that it takes to tell.
    Never raises, whatever the interactions hold.
    """
    return _documented(Evidence(contract, interactions), unprobed or {})


def judge_both(
    contract: Contract, interactions: Sequence[Interaction], *, unprobed: Mapping[str, str] | None = None
) -> tuple[list[Verdict], list[Verdict]]:
    """Verdicts on what the provider documents, as :func:`judge` gives them, and apart from them on good practice.

    Never raises, either.
    """
    evidence = Evidence(contract, interactions)
    kept = [
        _guarded(claim, protocol.CHECKS[claim.check], evidence, "no answer that shows it was seen")
        for claim in practice(contract).values()
    ]
    return _documented(evidence, unprobed or {}), kept


def _documented(evidence: Evidence, unprobed: Mapping[str, str]) -> list[Verdict]:
    origins = {each.provenance.origin for each in evidence.interactions}
    simulated = origins == {Origin.SIMULATED}
    return [_held(claim, evidence, simulated, unprobed) for claim in evidence.contract.claims.values()]


def _held(claim: Claim, evidence: Evidence, simulated: bool, unprobed: Mapping[str, str]) -> Verdict:
    if claim.kind is Kind.CONTRADICTION and simulated:
        reason = "the documents disagree; a simulator plays one reading of them and settles nothing"
        return Verdict(claim=claim, outcome=Outcome.NOT_APPLICABLE, reason=reason)
    untested = unprobed.get(claim.id) or _untested(claim, evidence.contract)
    held = _guarded(claim, CHECKS[claim.check], evidence, untested)
    if held.outcome is Outcome.INCONCLUSIVE and claim.id in unprobed:
        return replace(held, reason=f"{held.reason}; {unprobed[claim.id]}")
    return held


def _guarded(claim: Claim, check: Check, evidence: Evidence, untested: str) -> Verdict:
    """What a check finds; a fault of ours in one must not lose what all the others found."""
    try:
        return verdict(claim, check(claim, evidence), untested)
    except Exception as fault:
        told = OurFault(None, f"the check {claim.check} failed: {type(fault).__name__}: {fault}")
        return verdict(claim, [told], "")


def _untested(claim: Claim, contract: Contract) -> str:
    answer = contract.operations[claim.operation].answers.get(claim.parameters.get("status", 0))
    if answer is not None and answer.meaning in SITUATIONS:
        return f"no answer with status {answer.status} was seen, and no request of a live run can bring one about"
    match claim.check:
        case "consent-given":
            return "nobody was asked for consent and then gave it; a live run attests nothing for anybody"
        case "consent-media":
            return "nobody was asked for consent"
        case "job-deleted":
            return "nothing was deleted and then asked for again"
        case "job-reason":
            return "no job was seen to fail"
        case "header-form" | "header-absent":
            return f"no answer with status {claim.parameters['status']} that reaches this was seen"
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
        case check if check.startswith("money-"):
            shown = claim.parameters["shown"]
            return "no answer that shows it was seen" if shown else "no documented answer shows what a job cost"
        case _:
            return "no such request was seen"
