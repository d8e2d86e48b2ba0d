"""Checks of good practice, which no provider documents: repeated polls, safe GETs, media types, errors in JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.claim import Claim
from harness.contract import Role, State
from harness.contract.links import job_id, result_urls
from harness.contract.money import cost_in
from harness.interaction import SITUATION_HEADER, Interaction, Malformed, Response
from harness.judge.evidence import Evidence, Life
from harness.judge.seen import ABRIDGED, Seen
from harness.pointer import value
from harness.verdict import Agrees, Direction, Finding, Unclear, divergence

#: Ways of packing that whoever records undoes.
_UNPACKED = {"gzip", "x-gzip", "deflate", "identity", ""}


def consistent(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Two polls of a job that has ended, with nothing in between, say the same."""
    for first, second, fetched in _looks(evidence):
        if fetched or not second.accepted:
            continue
        before, after = _told(evidence, first), _told(evidence, second)
        changed = [name for name in before if before[name] != after[name]]
        if changed:
            said = ", ".join(f"{name} {_short(before[name])} and then {_short(after[name])}" for name in changed)
            yield divergence(
                Direction.LIFECYCLE, second.interaction, f"asked twice, the ended job had {said}", "the same", said
            )
        else:
            yield Agrees(second.interaction)


def safe(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A job that succeeded is still there, and still has its file, once that was fetched by GET."""
    for first, second, fetched in _looks(evidence):
        if not fetched or evidence.state(first) is not State.SUCCEEDED:
            continue
        if second.accepted:
            if evidence.state(second) is State.SUCCEEDED:  # what else a job may become is job-terminal's to say
                yield _still_there(evidence, first, second)
        elif second.meaning in ("not-found", "invalid", "undocumented"):
            summary = f"the job is refused with {second.status} since its file was fetched"
            yield divergence(Direction.LIFECYCLE, second.interaction, summary, "the job as before", str(second.status))
        else:
            yield Unclear(second.interaction, f"answered {second.status or 'nothing'}")


def _still_there(evidence: Evidence, first: Seen, second: Seen) -> Finding:
    if _names_file(evidence, first) and not _names_file(evidence, second):
        summary = "the job does not name its file any more since that was fetched"
        return divergence(Direction.LIFECYCLE, second.interaction, summary, "the file as before", "no file")
    return Agrees(second.interaction)


def video_type(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Files that a decoder takes for videos are called so."""
    for life in evidence.jobs.values():
        for interaction in life.files:
            response = interaction.response
            if response is None or response.media is None or response.media.video_codec is None:
                continue
            yield _typed(interaction, response, "video/*", response.media_type.startswith("video/"))


def json_type(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Objects and arrays in JSON are called so."""
    for seen in evidence.by_operation.get(claim.operation, ()):
        response = seen.interaction.response
        if response is None or response.media is not None or not isinstance(response.json, dict | list):
            continue
        sent = response.media_type
        named = sent == "application/json" or (sent.startswith("application/") and sent.endswith("+json"))
        yield _typed(seen.interaction, response, "application/json", named)


def json_error(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The body of an error is JSON."""
    for seen in evidence.by_operation.get(claim.operation, ()):
        response = seen.interaction.response
        if response is None or response.status < 400:
            continue
        answer = response.json
        if not isinstance(answer, Malformed):
            yield Agrees(seen.interaction)
        elif seen.interaction.provenance.abridged:
            yield Unclear(seen.interaction, ABRIDGED)
        else:
            summary = f"the body of the error {answer.reason} (status {response.status})"
            yield divergence(Direction.MALFORMED_RESPONSE, seen.interaction, summary, "JSON", answer.reason)


def encoding(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Bodies that are packed as they say have been unpacked, and say it no more: what is left does not hold."""
    for seen in evidence.by_operation.get(claim.operation, ()):
        response = seen.interaction.response
        if response is None or not response.body:
            continue
        named = {each.strip().lower() for each in response.headers.get("content-encoding", "identity").split(",")}
        if named <= {"identity", ""}:
            yield Agrees(seen.interaction)
        elif named <= _UNPACKED:
            said = ", ".join(sorted(named))
            yield divergence(
                Direction.MALFORMED_RESPONSE, seen.interaction, f"the body is not packed by {said}", said, "other bytes"
            )
        else:
            yield Unclear(seen.interaction, "it is packed in a way that is not known here")


#: Of these claims alone; ``harness.judge.CHECKS`` has those on what is documented.
CHECKS: Mapping[str, Callable[[Claim, Evidence], Iterator[Finding]]] = {
    "protocol-consistent": consistent,
    "protocol-safe": safe,
    "protocol-video-type": video_type,
    "protocol-json-type": json_type,
    "protocol-json-error": json_error,
    "protocol-encoding": encoding,
}


def _looks(evidence: Evidence) -> Iterator[tuple[Seen, Seen, bool]]:
    """Every two looks at an ended job by the same request, in a row, and whether a GET of its file came between.

    Looking stops where somebody asked for something else: to delete the job, or by a poll with other members.
    """
    places = evidence.order
    ended_by_us = _completed(evidence)
    for life in evidence.jobs.values():
        until = ended_by_us.get(life.id, len(places))
        first: Seen | None = None
        for seen in _polls(life):
            here = places[id(seen.interaction)]
            if here > until:
                break
            if first is not None:
                if seen.interaction.request.body != first.interaction.request.body:
                    break
                between = range(places[id(first.interaction)] + 1, here)
                fetched = any(places[id(f)] in between and f.request.method == "GET" for f in life.files)
                yield first, seen, fetched
            state = evidence.state(seen) if seen.accepted else None
            first = seen if state is not None and state.terminal else None


def _polls(life: Life) -> Iterator[Seen]:
    """Those that ask for nothing but the job's state: no refusal was asked for."""
    for seen in life.polls:
        plain = SITUATION_HEADER not in seen.interaction.request.headers
        if plain and not seen.breaks and seen.key_sound:
            yield seen


def _completed(evidence: Evidence) -> Mapping[str, int]:
    """Where each job was deleted by request, if it was."""
    operation = evidence.contract.role(Role.COMPLETE)
    found: dict[str, int] = {}
    for seen in evidence.by_operation.get(operation.id, ()) if operation else ():
        name = job_id(evidence.contract, seen.operation, seen.path, seen.body)
        if name is not None:
            found.setdefault(name, evidence.order[id(seen.interaction)])
    return found


def _told(evidence: Evidence, seen: Seen) -> Mapping[str, Any]:
    """What must not change about a job that has ended. Addresses may: they are often made anew for each answer."""
    answer = None if isinstance(seen.answer, Malformed) else seen.answer
    error = evidence.contract.job.error
    return {
        "state": evidence.state(seen),
        "cost": cost_in(evidence.contract, answer),
        "error": value(answer, error) if error else None,
    }


def _names_file(evidence: Evidence, seen: Seen) -> bool:
    return not isinstance(seen.answer, Malformed) and bool(result_urls(evidence.contract, "body", seen.answer))


def _typed(interaction: Interaction, response: Response, wanted: str, named: bool) -> Finding:
    if named:
        return Agrees(interaction)
    sent = response.media_type or "no media type"
    if not response.media_type and interaction.provenance.abridged:
        return Unclear(interaction, "the published exchange leaves the media type out")
    return divergence(Direction.MALFORMED_RESPONSE, interaction, f"the media type is {sent[:60]}", wanted, sent[:60])


def _short(said: object) -> str:
    if isinstance(said, int) and abs(said) > 10**15:  # spelling it out takes long, and Python refuses very long ones
        return "a number of more than fifteen digits"
    return str(said)[:40]
