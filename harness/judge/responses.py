"""Checks on answers: status, media type, body, and how requests are refused."""

from __future__ import annotations

from collections.abc import Iterator

from harness.claim import Claim
from harness.interaction import Malformed, Request
from harness.judge.evidence import Evidence
from harness.judge.seen import ABRIDGED, Seen
from harness.pointer import dotted, present, values
from harness.verdict import Agrees, Direction, Divergence, Finding, Unclear

#: Answers that a request with a bad key may get before its key is looked at.
_TELLS_NOTHING = frozenset({"payment", "protocol", "rate-limited", "server-error", "upstream", "unavailable"})


def documented_status(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Every answer has a documented status."""
    for seen in evidence.by_operation.get(claim.operation, ()):
        if seen.meaning == "none":
            yield Unclear(seen.interaction, f"no answer: {seen.interaction.failure or 'unknown'}")
        elif seen.documented:
            yield Agrees(seen.interaction)
        elif seen.by_http:
            yield Unclear(seen.interaction, seen.by_http)
        else:
            yield _undocumented(
                seen,
                f"answered with the undocumented status {seen.status}",
                f"one of {', '.join(map(str, sorted(seen.operation.answers)))}",
            )


def invalid_status(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Invalid requests are refused with a status that the documentation gives to refusals."""
    claims = evidence.contract.claims
    for seen in evidence.by_operation.get(claim.operation, ()):
        broken = [claims[name] for name in seen.breaks if not claims[name].ignored]
        if not broken or not seen.key_sound or not seen.known_model:
            continue
        if any(seen.meaning in each.refusals for each in broken):
            yield Agrees(seen.interaction)
        elif seen.meaning == "undocumented" and seen.refused:
            yield _undocumented(
                seen,
                f"an invalid request was refused with {seen.status} instead of {claim.parameters['status']}",
                f"status {claim.parameters['status']}",
            )


def media_type(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """An answer has one of the media types documented for its status, and a body that is what it says."""
    documented = claim.parameters["types"]
    for seen in evidence.by_status.get((claim.operation, claim.parameters["status"]), ()):
        response = seen.interaction.response
        assert response is not None
        if not documented:
            yield Agrees(seen.interaction)
            continue
        sent = response.media_type
        malformed = isinstance(seen.answer, Malformed) and response.media is None
        if not sent and seen.interaction.provenance.abridged:
            yield Unclear(seen.interaction, "the published exchange leaves the media type out")
        elif not sent and response.body:
            yield malformed_answer(seen, "the answer has no media type", " or ".join(documented), "no Content-Type")
        elif sent not in documented and sent:
            yield malformed_answer(seen, f"the media type is {sent}", " or ".join(documented), sent)
        elif malformed and "json" in (sent or documented[0]) and seen.interaction.provenance.abridged:
            yield Unclear(seen.interaction, "the published exchange leaves the body out")
        elif malformed and "json" in (sent or documented[0]):
            yield malformed_answer(seen, f"the body {seen.answer.reason}", "a JSON body", seen.answer.reason)
        elif response.media is not None and "json" in (sent or documented[0]):
            yield malformed_answer(
                seen, "the body is a media file", "a JSON body", response.media.container or "a media file"
            )
        elif response.media is None and _is_no_object(seen, sent):
            yield malformed_answer(seen, f"the body is {_short(seen.answer)}", "a JSON object", _short(seen.answer))
        else:
            yield Agrees(seen.interaction)


def _is_no_object(seen: Seen, media_type: str) -> bool:
    documented = seen.operation.answers[seen.status].content.get(media_type, {})
    return documented.get("type") == "object" and not isinstance(seen.answer, dict | Malformed)


def response(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The part of an answer's body that the claim is about is as documented."""
    for seen in evidence.by_status.get((claim.operation, claim.parameters["status"]), ()):
        body = seen.answer
        if isinstance(body, Malformed) or (seen.interaction.response and seen.interaction.response.media):
            continue
        if claim.keeps(body):
            if _reached(claim, body):
                yield Agrees(seen.interaction)
        elif claim.rule == "required" and seen.interaction.provenance.abridged:
            yield Unclear(seen.interaction, ABRIDGED)
        else:
            found = next(values(body, claim.tokens), None)
            shown = "absent" if claim.rule == "required" else _short(found)
            yield malformed_answer(seen, f"`{dotted(claim.tokens)}` is {shown}", claim.statement, shown)


def _reached(claim: Claim, body: object) -> bool:
    if claim.rule == "required":
        return any(present(parent, claim.tokens[-1:]) for parent in values(body, claim.tokens[:-1]))
    return present(body, claim.tokens)


def _undocumented(seen: Seen, summary: str, expected: str) -> Divergence:
    return Divergence(
        direction=Direction.UNDOCUMENTED_RESPONSE,
        summary=summary,
        expected=expected,
        observed=f"status {seen.status}",
        interaction=seen.interaction,
    )


def malformed_answer(seen: Seen, summary: str, expected: str, observed: str) -> Divergence:
    """An answer whose status is documented, in another form than documented."""
    return Divergence(
        direction=Direction.MALFORMED_RESPONSE,
        summary=f"{summary} (status {seen.status})",
        expected=expected,
        observed=observed,
        interaction=seen.interaction,
    )


def authorization(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Keys are asked for as documented: a request with none, an unknown or a malformed one is refused."""
    way = claim.parameters["way"]
    for seen in evidence.by_operation.get(claim.operation, ()):
        if way == "optional":
            if seen.key == "missing":
                yield from _optional(seen)
        elif seen.key == way:
            bad_anyway = seen.breaks or not seen.bodied or seen.meaning == "not-found"
            if seen.meaning == "unauthenticated":
                yield Agrees(seen.interaction)
            elif seen.accepted:
                yield Divergence(
                    direction=Direction.ACCEPTS_FORBIDDEN,
                    summary=f"served although the key was {way}",
                    expected=f"status {claim.parameters['status']}",
                    observed=f"status {seen.status}",
                    interaction=seen.interaction,
                )
            elif seen.meaning == "none":
                yield Unclear(seen.interaction, f"no answer: {seen.interaction.failure or 'unknown'}")
            elif bad_anyway:
                yield Unclear(seen.interaction, "the request is refused for something else than its key")
            elif seen.meaning in _TELLS_NOTHING:
                yield _tells_nothing(seen)
            else:
                yield _undocumented(
                    seen,
                    f"a request whose key was {way} got {seen.status} ({seen.meaning})",
                    f"status {claim.parameters['status']}",
                )


def _optional(seen: Seen) -> Iterator[Finding]:
    if seen.accepted:
        yield Agrees(seen.interaction)
    elif seen.meaning == "unauthenticated":
        yield Divergence(
            direction=Direction.REFUSES_PERMITTED,
            summary="a key is needed although the documentation asks for none",
            expected="accepted without a key",
            observed=f"status {seen.status}",
            interaction=seen.interaction,
        )
    else:
        yield _tells_nothing(seen)


def _tells_nothing(seen: Seen) -> Unclear:
    return Unclear(
        seen.interaction, f"answered {seen.status or 'nothing'} ({seen.meaning}), which says nothing of the key"
    )


def malformed_body(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A body that is no JSON is refused as invalid."""
    for seen in evidence.by_operation.get(claim.operation, ()):
        request, body = seen.interaction.request, seen.body
        if not isinstance(body, Malformed) or seen.interaction.provenance.abridged or not request.body:
            continue
        if why := _perhaps_json(request, body):
            yield Unclear(seen.interaction, why)
        elif seen.accepted:
            yield Divergence(
                direction=Direction.ACCEPTS_FORBIDDEN,
                summary="a body that is not JSON was accepted",
                expected=f"status {claim.parameters['status']}",
                observed=f"status {seen.status}",
                interaction=seen.interaction,
            )
        elif seen.meaning not in ("invalid", "undocumented"):
            yield Unclear(seen.interaction, f"answered {seen.status} ({seen.meaning})")
        elif not seen.key_sound:
            yield Unclear(seen.interaction, f"refused, but the key was {seen.key}")
        elif seen.meaning == "invalid":
            yield Agrees(seen.interaction)
        else:
            yield _undocumented(
                seen, f"a body that is not JSON got status {seen.status}", f"status {claim.parameters['status']}"
            )


def _perhaps_json(request: Request, body: Malformed) -> str | None:
    """Why a body that was not read need not be one that is not JSON; None where it is sent as JSON, and is none."""
    if encoding := request.headers.get("content-encoding"):
        return f"the body is encoded as {encoding[:40]}"
    if request.media_type and not request.media_type.endswith("json"):
        return f"the body is not sent as JSON but as {request.media_type[:60]}"
    return f"the body {body.reason}, and is JSON all the same" if body.unread else None


def _short(found: object) -> str:
    text = repr(found)
    return text if len(text) <= 80 else f"{text[:77]}…"
