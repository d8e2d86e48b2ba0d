"""What came of holding a claim against what was observed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from harness.claim import Claim
from harness.interaction import Interaction


class Outcome(StrEnum):
    """In order of gravity, gravest first."""

    ERROR = "error"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    PASS = "pass"
    UNTESTED = "untested"
    NOT_APPLICABLE = "not-applicable"


class Direction(StrEnum):
    """How behaviour and documentation disagree."""

    ACCEPTS_FORBIDDEN = "accepts-forbidden"
    REFUSES_PERMITTED = "refuses-permitted"
    IGNORES = "ignores"
    UNDOCUMENTED_RESPONSE = "undocumented-response"
    MALFORMED_RESPONSE = "malformed-response"
    LIFECYCLE = "lifecycle"
    MEDIA = "media"
    MONEY = "money"
    WEBHOOK = "webhook"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """One place where a claim and an observation disagree. Blames neither side.

    Where it took other interactions to tell: ``suspects`` are the values that the refusal was narrowed to, or that
    the limit lies between, and ``witnesses`` the names of the interactions that speak for it.
    """

    direction: Direction
    summary: str
    expected: str
    observed: str
    interaction: Interaction | None = None
    suspects: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agrees:
    """An observation that bears the claim out."""

    interaction: Interaction


@dataclass(frozen=True, slots=True)
class Unclear:
    """An observation that reached the claim and could not tell."""

    interaction: Interaction
    reason: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """An observation that speaks against the claim and cannot be laid to it alone: agreement does not outweigh it."""

    interaction: Interaction
    reason: str
    suspects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What was observed of a claim beside whether it holds, and what shows it: in words, and by interactions' names.

    ``differs``: that is not as documented.
    """

    text: str
    shown_by: str
    witnesses: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class OurFault:
    """Something that the harness did wrong."""

    interaction: Interaction | None
    reason: str


Finding = Divergence | Agrees | Unclear | Doubt | Noted | OurFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A claim, its outcome and the evidence.

    ``suspects`` are the values between which an inconclusive verdict could not tell; ``observed`` is what was seen
    of the claim besides, whatever the outcome: where a limit really lies.
    """

    claim: Claim
    outcome: Outcome
    reason: str | None = None
    divergences: tuple[Divergence, ...] = ()
    witnesses: int = 0  # observations that bear the claim out
    suspects: tuple[str, ...] = ()
    observed: tuple[Noted, ...] = ()


def verdict(claim: Claim, findings: Iterable[Finding], untested: str) -> Verdict:
    """Fold findings: the gravest decides. ``untested`` is the reason when there are none."""
    divergences: list[Divergence] = []
    witnesses = 0
    unclear: str | None = None
    doubt: Doubt | None = None
    noted: list[Noted] = []
    fault: str | None = None
    for finding in findings:
        match finding:
            case Divergence():
                divergences.append(finding)
            case Agrees():
                witnesses += 1
            case Unclear(_, why):
                unclear = unclear or why
            case Doubt():
                doubt = doubt or finding
            case Noted():
                noted.append(finding)
            case OurFault(_, why):
                fault = fault or why
    outcome: Outcome
    reason: str | None = None
    if fault:
        outcome, reason = Outcome.ERROR, fault
    elif divergences:
        outcome = Outcome.FAIL
    elif doubt:
        outcome, reason = Outcome.INCONCLUSIVE, doubt.reason
    elif witnesses:
        outcome = Outcome.PASS
    elif unclear:
        outcome, reason = Outcome.INCONCLUSIVE, unclear
    else:
        outcome, reason = Outcome.UNTESTED, untested
    return Verdict(
        claim=claim,
        outcome=outcome,
        reason=reason,
        divergences=tuple(divergences),
        witnesses=witnesses,
        suspects=doubt.suspects if doubt and outcome is Outcome.INCONCLUSIVE else (),
        observed=tuple(noted),
    )
