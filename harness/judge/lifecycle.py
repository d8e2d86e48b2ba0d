"""Checks on a job's life: documented words, one direction, an end, and a result."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.claim import Claim
from harness.contract import Role, State
from harness.contract.links import job_id, result_urls
from harness.interaction import UNISSUED_ID, Malformed, is_unissued
from harness.judge.evidence import Evidence, Life
from harness.judge.seen import Seen, as_id
from harness.pointer import value
from harness.verdict import Agrees, Direction, Finding, Unclear, divergence

_diverges = partial(divergence, Direction.LIFECYCLE)

#: A job may skip states, but never go to an earlier one.
_RANK = {State.QUEUED: 0, State.RUNNING: 1}


def words(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Only documented status words."""
    known = evidence.contract.job.words
    for life in evidence.jobs.values():
        for seen in _answered(life):
            word = evidence.word(seen)
            if word is None:
                continue
            if isinstance(word, str) and word in known:
                yield Agrees(seen.interaction)
            else:
                yield _diverges(
                    seen.interaction, f"the status word is {str(word)[:60]!r}", ", ".join(known), str(word)[:60]
                )


def forward(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """States never go back."""
    for life in evidence.jobs.values():
        before: State | None = None
        for seen in _answered(life):
            state = evidence.state(seen)
            if state is None:
                continue
            if before is not None and not before.terminal:
                if _RANK.get(state, 2) < _RANK[before]:
                    yield _diverges(
                        seen.interaction, f"the job went from {before} back to {state}", f"{before} or later", state
                    )
                else:
                    yield Agrees(seen.interaction)
            before = state


def terminal(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """What has ended stays as it ended."""
    for life in evidence.jobs.values():
        ended: State | None = None
        for seen in _answered(life):
            state = evidence.state(seen)
            if ended is not None and state is not None:
                if state is ended:
                    yield Agrees(seen.interaction)
                else:
                    yield _diverges(seen.interaction, f"the job had {ended} and is now {state}", ended, state)
            elif state is not None and state.terminal:
                ended = state


def same_id(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Answers about a job carry its id, where they carry one."""
    tokens = evidence.contract.job.id
    for life in evidence.jobs.values():
        for seen in _answered(life):
            found = None if isinstance(seen.answer, Malformed) else value(seen.answer, tokens)
            if as_id(found) == life.id:
                yield Agrees(seen.interaction)
            elif found is not None:
                yield _diverges(seen.interaction, "the answer carries another job's id", life.id, str(found)[:60])


def ends(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """An accepted job that was followed reaches an end."""
    for life in evidence.jobs.values():
        if life.submission is None or not life.polls or life.submission.interaction.provenance.abridged:
            continue
        last = life.polls[-1]
        late = next((seen for seen in life.polls if seen.interaction.gave_up and seen.accepted), None)
        ended = evidence.final(life)
        if ended is State.FAILED and late is not None and State.FAILED not in evidence.contract.job.words.values():
            ended = None  # a refused poll after the time was up need not be about the job
        if ended is not None:
            yield Agrees(last.interaction)
        elif late is not None:  # a poll that was answered, unlike one that met a rate limit
            word = str(evidence.word(late))[:40]
            if evidence.state(late) in _RANK:
                yield _diverges(late.interaction, f"the job was still {word!r} when its time was up", "an end", word)
            else:
                shown = "no status word" if evidence.word(late) is None else f"the undocumented word {word!r}"
                yield Unclear(late.interaction, f"the job's time was up, and its last poll shows {shown}")
        else:
            yield Unclear(last.interaction, "polling stopped before the job ended")


def result(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A job that succeeded says where its video is (or the poll is the video, or there is a content operation)."""
    contract = evidence.contract
    places = {each.place for each in contract.job.results}
    for life in evidence.jobs.values():
        given = result_urls(contract, "submission", life.submission.answer) if life.submission else []
        for seen in _answered(life):
            if evidence.state(seen) is not State.SUCCEEDED:
                continue
            media = seen.interaction.response is not None and seen.interaction.response.media is not None
            named = [] if isinstance(seen.answer, Malformed) else result_urls(contract, "body", seen.answer)
            if media or named or given or places == {"operation"} or any(each.accepted for each in life.contents):
                yield Agrees(seen.interaction)
            elif seen.interaction.provenance.abridged or life.submission is None:
                yield Unclear(seen.interaction, "the recording does not show everything about this job")
            elif "operation" in places and not _not_there(evidence, life, seen):
                yield Unclear(seen.interaction, "no address is named, and whether the video is served was not seen")
            else:
                yield _diverges(
                    seen.interaction,
                    "the job succeeded and nothing says where its video is",
                    "a URL or the video itself",
                    "neither",
                )


def _not_there(evidence: Evidence, life: Life, succeeded: Seen) -> bool:
    """Whether the content operation said, after the job had succeeded, that there is no video."""
    since = evidence.order[id(succeeded.interaction)]
    refused = (each for each in life.contents if each.key_sound and each.meaning in ("not-found", "invalid"))
    return any(evidence.order[id(each.interaction)] > since for each in refused)


def unknown_id(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """An id that no job has is refused as documented."""
    for seen in evidence.by_operation.get(claim.operation, ()):
        name = job_id(evidence.contract, seen.operation, seen.path, seen.body)
        if name is None or seen.breaks or not seen.key_sound:
            continue
        if not _nobodys(evidence, name, seen):
            continue
        if seen.meaning == "not-found":
            yield Agrees(seen.interaction)
        elif seen.meaning == "none" or seen.status == 429 or seen.status >= 500:
            yield Unclear(seen.interaction, f"answered {seen.status or 'nothing'}")
        else:
            yield _diverges(
                seen.interaction,
                f"an unknown id got status {seen.status}",
                f"status {claim.parameters['status']}",
                f"status {seen.status}",
            )


def _nobodys(evidence: Evidence, name: str, seen: Seen) -> bool:
    """Whether an id is one of those that are sent because no job has them."""
    given = evidence.job(name, seen.interaction)
    return UNISSUED_ID in name or (is_unissued(name) and (given is None or given.submission is None))


def _answered(life: Life) -> Iterator[Seen]:
    """Polls that were served; a refused poll (its own probe) says nothing of the job."""
    return (seen for seen in life.polls if seen.accepted and seen.operation.role is Role.POLL)
