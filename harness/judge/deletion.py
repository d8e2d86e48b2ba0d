"""Deleted means gone: what is asked for after a deletion is refused, as of something that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from harness.claim import Claim
from harness.contract import Role
from harness.contract.links import job_id
from harness.interaction import Interaction, Response
from harness.judge.evidence import Evidence, Life
from harness.pointer import value
from harness.verdict import Agrees, Direction, Divergence, Finding, Unclear

#: Statuses that say that a thing is not there (any more).
_GONE = frozenset({404, 410})


def deleted(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Nobody gets what was deleted, in the one of three ways that the claim is about."""
    order = evidence.order
    ended = _ended(claim, evidence)
    for life in evidence.jobs.values():
        if life not in ended:
            continue
        moment = order[id(ended[life])]
        for asked in _asked(claim, life):
            if order[id(asked)] > moment:
                yield _held(asked, life)


def _ended(claim: Claim, evidence: Evidence) -> dict[Life, Interaction]:
    """The first interaction that deleted a job's video."""
    found: dict[Life, Interaction] = {}
    if claim.parameters["by"] == "operation":
        for seen in evidence.by_operation.get(claim.operation, ()):
            name = job_id(evidence.contract, seen.operation, seen.path, seen.body)
            life = None if name is None else evidence.job(name, seen.interaction)
            if seen.accepted and life is not None:
                found.setdefault(life, seen.interaction)
        return found
    for life in evidence.jobs.values():
        if claim.parameters["by"] == "flag":
            for seen in life.polls:
                state = evidence.state(seen)
                if seen.accepted and state and state.terminal and value(seen.body, claim.tokens) is True:
                    found.setdefault(life, seen.interaction)
        else:
            for each in life.deletions:
                if each.response is not None and each.response.ok:
                    found.setdefault(life, each)
    return found


def _asked(claim: Claim, life: Life) -> list[Interaction]:
    if claim.parameters["by"] == "link":
        polled = {id(seen.interaction) for seen in life.polls}
        return [each for each in life.files if id(each) not in polled]
    return [s.interaction for s in life.polls if s.operation.role is Role.POLL and s.key_sound]


def _held(asked: Interaction, life: Life) -> Finding:
    response: Response | None = asked.response
    if response is not None and response.status in _GONE:
        return Agrees(asked)
    if response is None or not response.ok:
        return Unclear(asked, f"answered {response.status if response else 'nothing'}")
    return Divergence(
        direction=Direction.LIFECYCLE,
        summary=f"job {life.id} was deleted and is answered with status {response.status}",
        expected="refused: it is not there any more",
        observed=f"status {response.status}",
        interaction=asked,
    )
