"""What came of holding a claim against what was observed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from harness.claim import Claim
from harness.interaction import Interaction
from harness.pointer import Tokens


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


@dataclass(frozen=True, slots=True)
class Suspect:
    """A place of a valid request that was refused, and the values there (JSON) that no accepted request had."""

    tokens: Tokens
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """One place where a claim and an observation disagree. Blames neither side.

    ``suspects`` where a refusal had to be laid to one of a request's values, or to several that are refused only
    together; ``witnesses`` are the names of the interactions that it took besides to tell.
    """

    direction: Direction
    summary: str
    expected: str
    observed: str
    interaction: Interaction | None = None
    suspects: tuple[Suspect, ...] = ()
    witnesses: tuple[str, ...] = ()


def divergence(
    direction: Direction, interaction: Interaction, summary: str, expected: str, observed: str
) -> Divergence:
    """A divergence that one interaction shows by itself, without suspects and further witnesses."""
    return Divergence(
        direction=direction, summary=summary, expected=expected, observed=observed, interaction=interaction
    )


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
class Unseen:
    """An observation that would reach the claim if it were kept whole: the reason why the claim is untested."""

    reason: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """An observation that speaks against the claim and cannot be laid to it alone: agreement does not outweigh it."""

    interaction: Interaction
    reason: str
    suspects: tuple[Suspect, ...] = ()


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


Finding = Divergence | Agrees | Unclear | Unseen | Doubt | Noted | OurFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A claim, its outcome and the evidence.

    ``unsettled`` is what left an inconclusive one open; ``observed`` is what was seen of the claim besides, whatever
    the outcome: where a limit really lies. ``recorded`` are the first and the last day (ISO 8601) of the exchanges that
    it rests on; empty where there are none, or none with a date.
    """

    claim: Claim
    outcome: Outcome
    reason: str | None = None
    divergences: tuple[Divergence, ...] = ()
    witnesses: int = 0  # observations that bear the claim out
    unsettled: Unclear | Doubt | None = None
    observed: tuple[Noted, ...] = ()
    recorded: tuple[str, ...] = ()


def verdict(claim: Claim, findings: Iterable[Finding], untested: str) -> Verdict:
    """Fold findings: the gravest decides. ``untested`` is the reason when there are none."""
    divergences: list[Divergence] = []
    witnesses = 0
    unclear: Unclear | None = None
    doubt: Doubt | None = None
    noted: list[Noted] = []
    fault: str | None = None
    unseen: str | None = None
    days: set[str] = set()
    for finding in findings:
        if not isinstance(finding, (Noted, Unseen)) and finding.interaction and finding.interaction.provenance.date:
            days.add(finding.interaction.provenance.date[:10])
        match finding:
            case Divergence():
                divergences.append(finding)
            case Agrees():
                witnesses += 1
            case Unclear():
                unclear = unclear or finding
            case Unseen(why):
                unseen = unseen or why
            case Doubt():
                doubt = doubt or finding
            case Noted():
                noted.append(finding)
            case OurFault(_, why):
                fault = fault or why
    outcome: Outcome
    reason: str | None = None
    unsettled: Unclear | Doubt | None = None
    if fault:
        outcome, reason = Outcome.ERROR, fault
    elif divergences:
        outcome = Outcome.FAIL
    elif doubt:
        outcome, unsettled = Outcome.INCONCLUSIVE, doubt
    elif witnesses:
        outcome = Outcome.PASS
    elif unclear:
        outcome, unsettled = Outcome.INCONCLUSIVE, unclear
    else:
        outcome, reason = Outcome.UNTESTED, unseen or untested
    return Verdict(
        claim=claim,
        outcome=outcome,
        reason=unsettled.reason if unsettled else reason,
        divergences=tuple(divergences),
        witnesses=witnesses,
        unsettled=unsettled,
        observed=tuple(noted),
        recorded=tuple(dict.fromkeys((min(days), max(days)))) if days else (),
    )
