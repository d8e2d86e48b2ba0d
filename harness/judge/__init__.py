"""Holding claims against observations. Pure: nothing is sent, read, or timed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Registered:
    """A check, and why a claim that no observation reaches is untested; ``{status}`` is the claim's own."""

    check: Check
    untested: str = "no such request was seen"


def _contradiction(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The documents disagree with themselves, whatever was observed."""
    against = claim.parameters["against"]
    yield Divergence(
        direction=Direction.CONTRADICTION,
        summary=claim.statement,
        expected=f"{claim.source.document}: {claim.source.quote}",
        observed=f"{against.document}: {against.quote}",
    )


_UNREACHED = "no answer with status {status} that reaches this was seen"
_UNFOLLOWED = "no job was followed that far"
_UNDELIVERED = "no delivery was seen; a live run receives them with --webhook-listen"
_UNSHOWN = "no answer that shows it was seen"

#: A new check is one generator and one line.
CHECKS: Mapping[str, Registered] = {
    "request": Registered(requests.request, "no request was recorded that breaks only this claim"),
    "accepted-status": Registered(requests.accepted_status),
    "serves": Registered(requests.serves, "no valid request with a good key named this model"),
    "accept-then-fail": Registered(requests.accept_then_fail),
    "documented-status": Registered(responses.documented_status),
    "invalid-status": Registered(responses.invalid_status),
    "media-type": Registered(responses.media_type, _UNREACHED),
    "response": Registered(responses.response, _UNREACHED),
    "authorization": Registered(responses.authorization, "no request with such a key was seen"),
    "malformed-body": Registered(responses.malformed_body),
    "job-words": Registered(lifecycle.words, _UNFOLLOWED),
    "job-forward": Registered(lifecycle.forward, _UNFOLLOWED),
    "job-terminal": Registered(lifecycle.terminal, "no job was polled again after it had ended"),
    "job-id": Registered(lifecycle.same_id, _UNFOLLOWED),
    "job-ends": Registered(lifecycle.ends, _UNFOLLOWED),
    "job-result": Registered(lifecycle.result, _UNFOLLOWED),
    "unknown-id": Registered(lifecycle.unknown_id),
    "job-progress": Registered(promises.progress, _UNFOLLOWED),
    "job-reason": Registered(promises.reason, "no job was seen to fail"),
    "job-early": Registered(promises.early, _UNFOLLOWED),
    "job-served": Registered(promises.served, _UNFOLLOWED),
    "job-streamed": Registered(promises.streamed, _UNFOLLOWED),
    "job-echo": Registered(promises.echo, _UNFOLLOWED),
    "job-address": Registered(promises.address, _UNFOLLOWED),
    "job-deleted": Registered(deletion.deleted, "nothing was deleted and then asked for again"),
    "consent-given": Registered(
        consent.given, "nobody was asked for consent and then gave it; a live run attests nothing for anybody"
    ),
    "consent-media": Registered(consent.media, "nobody was asked for consent"),
    "payment-insufficient": Registered(consent.insufficient),
    "header-form": Registered(consent.header_form, _UNREACHED),
    "header-absent": Registered(consent.header_absent, _UNREACHED),
    "media-container": Registered(media.container, _UNFOLLOWED),
    "media-duration": Registered(media.duration, _UNFOLLOWED),
    "media-aspect-ratio": Registered(media.aspect_ratio, _UNFOLLOWED),
    "media-resolution": Registered(media.resolution, _UNFOLLOWED),
    "media-size": Registered(media.size, _UNFOLLOWED),
    "media-audio": Registered(media.audio, _UNFOLLOWED),
    "media-default": Registered(media.default, _UNFOLLOWED),
    "media-audible": Registered(media.audible, _UNFOLLOWED),
    "media-frame-rate": Registered(media.frame_rate, _UNFOLLOWED),
    "media-pixels": Registered(media.pixels, _UNFOLLOWED),
    "media-frame": Registered(pictures.frame, _UNFOLLOWED),
    "media-last-frame-returned": Registered(pictures.returned, _UNFOLLOWED),
    "media-last-frame-dimensions": Registered(pictures.dimensions, _UNFOLLOWED),
    "media-last-frame-picture": Registered(pictures.picture, _UNFOLLOWED),
    "media-repeat": Registered(pictures.repeat, "no request with it was made twice"),
    "media-difference": Registered(pictures.differs, "no two jobs with the same seed differ in it alone"),
    "webhook-notified": Registered(webhook.notified, _UNDELIVERED),
    "webhook-addressed": Registered(webhook.addressed, _UNDELIVERED),
    "webhook-form": Registered(webhook.form, _UNDELIVERED),
    "webhook-same-state": Registered(webhook.same_state, _UNDELIVERED),
    "webhook-identified": Registered(webhook.identified, _UNDELIVERED),
    "webhook-signed": Registered(webhook.signed, _UNDELIVERED),
    "webhook-fresh": Registered(webhook.fresh, _UNDELIVERED),
    "money-cost": Registered(money.cost, _UNSHOWN),
    "money-cost-named": Registered(money.cost_named, _UNSHOWN),
    "money-priced": Registered(money.priced, _UNSHOWN),
    "money-quoted": Registered(money.quoted, _UNSHOWN),
    "money-failed": Registered(money.failed, _UNSHOWN),
    "money-unbilled": Registered(money.unbilled, _UNSHOWN),
    "money-balance": Registered(money.balance, _UNSHOWN),
    "money-repeated": Registered(money.repeated, _UNSHOWN),
    "contradiction": Registered(_contradiction),
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
    kept = [_guarded(claim, protocol.CHECKS[claim.check], evidence, _UNSHOWN) for claim in practice(contract).values()]
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
    held = _guarded(claim, CHECKS[claim.check].check, evidence, untested)
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
    if claim.parameters.get("shown") is False:
        return "no documented answer shows what a job cost"
    return CHECKS[claim.check].untested.format_map(claim.parameters)
