"""Checks on what is promised of a job's life: progress, echoes, addresses, and where its video is, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from harness.claim import Claim
from harness.contract import Role, State
from harness.contract.links import job_id, result_urls
from harness.interaction import Interaction, Malformed
from harness.json_text import canonical
from harness.judge.evidence import Evidence, Life
from harness.judge.seen import ABRIDGED, Seen
from harness.pointer import dotted, present, value
from harness.verdict import Agrees, Direction, Finding, Unclear, divergence

_diverges = partial(divergence, Direction.LIFECYCLE)

_NUMBER = re.compile(r"(\d{1,15}(?:\.\d{1,15})?) ?%?")


def progress(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A number that says how far a job is does not fall while it is under way, nor when it succeeds."""
    for life in evidence.jobs.values():
        before: float | None = None
        for seen in life.polls:
            now = _number(_told(seen, claim)) if seen.accepted else None
            state = evidence.state(seen)
            if now is None or state not in (State.QUEUED, State.RUNNING, State.SUCCEEDED):
                continue
            if before is not None and now < before:
                yield _diverges(
                    seen.interaction, f"`{dotted(claim.tokens)}` fell from {before:g} to {now:g}",
                    f"{before:g} or more", f"{now:g}",
                )  # fmt: skip
            elif before is not None:
                yield Agrees(seen.interaction)
            before = now
            if state is State.SUCCEEDED:
                break


def reason(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A failed job says why."""
    for seen in _polled(evidence):
        if evidence.state(seen) is not State.FAILED:
            continue
        if _told(seen, claim) not in (None, "", [], {}):
            yield Agrees(seen.interaction)
        elif seen.interaction.provenance.abridged:
            yield Unclear(seen.interaction, ABRIDGED)
        else:
            yield _diverges(
                seen.interaction, "the job failed and does not say why", f"`{dotted(claim.tokens)}`", "nothing there"
            )


def early(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """No address of a video before the job has succeeded."""
    for seen in _polled(evidence):
        state = evidence.state(seen)
        if state not in (State.QUEUED, State.RUNNING) or isinstance(seen.answer, Malformed):
            continue
        named = result_urls(evidence.contract, "body", seen.answer)
        if named:
            yield _diverges(
                seen.interaction, f"the job is {state} and names its video", "no address yet", named[0][:120]
            )
        else:
            yield Agrees(seen.interaction)


def served(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """What a succeeded job names is there. Before, nobody promised it; once it was, it may have been deleted since."""
    order = evidence.order
    for life in evidence.jobs.values():
        if life.submission is None or evidence.final(life) is not State.SUCCEEDED:
            continue
        since = min(order[id(s.interaction)] for s in life.polls if evidence.state(s) is State.SUCCEEDED)
        for fetched in _fetched(life):
            response = fetched.response
            if response is not None and response.ok:
                yield Agrees(fetched)
                break
            if order[id(fetched)] < since:
                continue
            missing = response is not None and response.status in (404, 410)
            if response is not None and missing and not life.deletions and not fetched.provenance.abridged:
                yield _diverges(
                    fetched, f"job {life.id}: the address of its video answers {response.status}",
                    "the video", f"status {response.status}",
                )  # fmt: skip
            else:
                yield Unclear(fetched, f"answered {response.status if response else 'nothing'}")


def streamed(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """With a link from the submission, the poll answers with JSON to the end."""
    for life in evidence.jobs.values():
        if life.submission is None or not result_urls(evidence.contract, "submission", life.submission.answer):
            continue
        for seen in _answered(life):
            response = seen.interaction.response
            if response is not None and response.media is not None:
                yield _diverges(
                    seen.interaction, "the poll answered with the video although a link was given", "JSON", "a video"
                )
            elif evidence.state(seen) is State.SUCCEEDED:
                yield Agrees(seen.interaction)


def echo(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """What answers repeat of the request is what the request said."""
    submit = evidence.contract.submit.id == claim.operation
    for life in evidence.jobs.values():
        if life.submission is None or not present(life.submission.body, claim.parameters["given"]):
            continue
        given = value(life.submission.body, claim.parameters["given"])
        for seen in [life.submission] if submit else _answered(life):
            if isinstance(seen.answer, Malformed) or not present(seen.answer, claim.tokens):
                continue
            found = value(seen.answer, claim.tokens)
            if _repeats(found, given):
                yield Agrees(seen.interaction)
            else:
                yield _diverges(
                    seen.interaction, f"`{dotted(claim.tokens)}` repeats something else than was sent",
                    canonical(given)[:120], canonical(found)[:120],
                )  # fmt: skip


def address(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The address for polling is that of the poll operation, for the same job; relative ones are addresses too."""
    for life in evidence.jobs.values():
        for seen in [*([life.submission] if life.submission else []), *_answered(life)]:
            given = _told(seen, claim)
            if not isinstance(given, str):
                continue
            if _polls(evidence, given) == life.id:
                yield Agrees(seen.interaction)
            else:
                yield _diverges(
                    seen.interaction, f"`{dotted(claim.tokens)}` does not lead to this job", life.id, given[:120]
                )


def _polls(evidence: Evidence, url: str) -> str | None:
    """The id of the job that a GET of this address would poll."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    found = evidence.contract.match("GET", path)
    if found is None or found[0].role is not Role.POLL:
        return None
    return job_id(evidence.contract, found[0], found[1], None)


def _fetched(life: Life) -> list[Interaction]:
    """Requests for the video itself, in their order; those with a bad key say nothing of it."""
    asked = [seen.interaction for seen in life.contents if seen.key_sound and not seen.breaks]
    polled = {id(seen.interaction) for seen in life.polls}
    known = {id(each) for each in asked}
    return [*asked, *(each for each in life.files if id(each) not in known and id(each) not in polled)]


def _repeats(found: Any, given: Any) -> bool:
    """Members that the answer adds are no other values, and 24 is 24.0."""
    match found, given:
        case dict(), dict():
            return all(name in found and _repeats(found[name], inner) for name, inner in given.items())
        case list(), list():
            return len(found) == len(given) and all(map(_repeats, found, given))
        case (bool(), _) | (_, bool()):
            return found is given
        case _:
            return bool(found == given)


def _number(found: Any) -> float | None:
    """30, or "30%"; None for what is no number."""
    if isinstance(found, bool):
        return None
    if isinstance(found, int | float):
        return float(found) if abs(found) < 1e15 else None
    match = _NUMBER.fullmatch(found) if isinstance(found, str) else None
    return float(match[1]) if match else None


def _told(seen: Seen, claim: Claim) -> Any:
    return None if isinstance(seen.answer, Malformed) else value(seen.answer, claim.tokens)


def _answered(life: Life) -> Iterator[Seen]:
    return (seen for seen in life.polls if seen.accepted)


def _polled(evidence: Evidence) -> Iterator[Seen]:
    for life in evidence.jobs.values():
        yield from _answered(life)
