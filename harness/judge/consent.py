"""Checks on consent and payment: when they are asked for, and whether what was asked for is then enough."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from harness.claim import Claim
from harness.contract.promises import brings_media
from harness.interaction import Malformed
from harness.json_text import canonical
from harness.judge.evidence import Evidence
from harness.judge.responses import malformed_answer
from harness.judge.seen import ABRIDGED, Seen
from harness.pointer import dotted, present
from harness.verdict import Agrees, Direction, Divergence, Finding, Unclear


def given(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Whoever was asked for consent and sends the same request again with it is not asked again, nor refused."""
    asked: dict[str, int] = defaultdict(int)
    for seen in evidence.by_operation.get(claim.operation, ()):
        if not isinstance(seen.body, dict) or seen.breaks or not seen.key_sound:
            continue
        request = canonical({name: each for name, each in seen.body.items() if name != claim.tokens[0]})
        if not present(seen.body, claim.tokens):
            asked[request] += seen.meaning == "consent"
        elif asked[request]:
            if seen.accepted:
                yield Agrees(seen.interaction)
            elif seen.meaning == "consent" or seen.refused:
                yield Divergence(
                    direction=Direction.REFUSES_PERMITTED,
                    summary=f"the request was sent again with `{dotted(claim.tokens)}` and got status {seen.status}",
                    expected=f"accepted: {claim.statement}",
                    observed=f"status {seen.status}",
                    interaction=seen.interaction,
                )
            else:
                yield Unclear(seen.interaction, f"answered {seen.status or 'nothing'} ({seen.meaning})")


def media(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A request without pictures, videos and sounds is not asked for consent."""
    for seen in evidence.by_operation.get(claim.operation, ()):
        if seen.meaning != "consent" or not seen.bodied:
            continue
        if brings_media(evidence.contract, seen.body):
            yield Agrees(seen.interaction)
        else:
            yield Divergence(
                direction=Direction.REFUSES_PERMITTED,
                summary="consent was asked for a request that brings no media",
                expected=claim.statement,
                observed=f"status {seen.status}",
                interaction=seen.interaction,
            )


def insufficient(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The documented word stands somewhere in the answer to somebody who presented a key."""
    word = claim.parameters["says"]
    for seen in _keyed(claim, evidence):
        if isinstance(seen.answer, Malformed):
            continue
        if word in _texts(seen.answer):
            yield Agrees(seen.interaction)
        elif seen.interaction.provenance.abridged:
            yield Unclear(seen.interaction, ABRIDGED)
        else:
            yield malformed_answer(seen, f"a lack of credit is not called {word}", word, canonical(seen.answer)[:120])


def header_form(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A header that is documented as JSON in Base64 can be read as that."""
    for seen in evidence.by_status.get((claim.operation, claim.parameters["status"]), ()):
        sent = _header(claim, seen)
        if sent is None:
            continue
        try:
            json.loads(base64.b64decode(sent, validate=True))
        except (ValueError, RecursionError):
            yield malformed_answer(
                seen, f"`{claim.parameters['header']}` is not JSON in Base64", "JSON in Base64", sent[:120]
            )
        else:
            yield Agrees(seen.interaction)


def header_absent(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A header for others is not sent to those who present a key."""
    for seen in _keyed(claim, evidence):
        sent = _header(claim, seen)
        if sent is None and not seen.interaction.provenance.abridged:
            yield Agrees(seen.interaction)
        elif sent is not None:
            yield malformed_answer(seen, f"`{claim.parameters['header']}` was sent", "no such header", sent[:120])


def _keyed(claim: Claim, evidence: Evidence) -> Iterator[Seen]:
    answered = evidence.by_status.get((claim.operation, claim.parameters["status"]), ())
    return (seen for seen in answered if seen.key == "key")


def _header(claim: Claim, seen: Seen) -> str | None:
    response = seen.interaction.response
    return None if response is None else response.headers.get(claim.parameters["header"])


def _texts(found: Any) -> set[str]:
    """The texts of the answer's own members, and of theirs."""
    members = found.values() if isinstance(found, dict) else ()
    nested = [inner for each in members if isinstance(each, dict) for inner in each.values()]
    return {each for each in (*members, *nested) if isinstance(each, str)}
