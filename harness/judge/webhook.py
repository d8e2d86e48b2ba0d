"""Checks on webhooks: sent, to the right address, as documented, and saying what polling says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jsonschema_rs

from harness.claim import Claim
from harness.contract import State
from harness.contract.model import Webhook
from harness.contract.signature import Signature
from harness.interaction import Interaction, Malformed
from harness.judge.evidence import Evidence, Life
from harness.judge.seen import as_id
from harness.pointer import value
from harness.verdict import Agrees, Direction, Finding, Unclear, divergence

_diverges = partial(divergence, Direction.WEBHOOK)

#: Clocks differ; a signature from so many seconds ahead is one of those.
_AHEAD = 60.0
_SIGNED: Mapping[str, str] = {
    Signature.MISSING: "no signature",
    Signature.MALFORMED: "a signature in another form",
    Signature.WRONG: "a signature that the secret does not make of these bytes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
    """One delivery as the contract reads it: the job and the status word it names, and whose address it came to."""

    interaction: Interaction
    job: str | None
    word: Any
    life: Life | None  # of the job it names
    here: tuple[Life, ...]  # jobs whose submissions gave this address


def notified(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A job that has ended is told of, at whatever address."""
    told: dict[str | None, Interaction] = {}
    places: dict[str, Interaction] = {}
    for notice in _notices(evidence):
        told.setdefault(notice.job, notice.interaction)
        places.setdefault(_url(notice), notice.interaction)
    waited = {each.request.url: each for each in evidence.deliveries if each.response is None}
    for life in evidence.jobs.values():
        address = _address(evidence, life)
        if life.submission is None or address is None:
            continue
        came, state = told.get(life.id) or places.get(address), evidence.final(life)
        if came is not None:
            yield Agrees(came)
        elif address in waited and waited[address].gave_up:
            yield Unclear(life.submission.interaction, waited[address].failure or "deliveries were turned away")
        elif address in waited and state is not None:
            yield _diverges(
                life.submission.interaction,
                f"the job {state} and nobody was told",
                f"a delivery to {address}",
                waited[address].failure or "none",
            )


def addressed(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """What is said of a job is said at the address that its own submission gave."""
    for notice in _events(evidence):
        if notice.life is None:
            continue
        if notice.life in notice.here:
            yield Agrees(notice.interaction)
        else:
            own = _address(evidence, notice.life) or "(none was given)"
            yield _diverges(notice.interaction, "sent to the callback URL of another job", own, _url(notice))


def form(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A POST with the documented JSON, about a job that was submitted."""
    webhook = _webhook(evidence)
    validator = jsonschema_rs.validator_for(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", **webhook.schema}, validate_formats=True
    )
    for notice in _events(evidence):
        wrong = _misshapen(webhook, validator, notice)
        if wrong is None and notice.life is None and not notice.interaction.provenance.abridged:
            wrong = "the id of a job that was submitted", str(notice.job)[:60]
        if wrong is None:
            yield Agrees(notice.interaction)
        else:
            yield _diverges(notice.interaction, "what was sent is not as documented", *wrong)


def same_state(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The state that is sent is the final one that polling shows."""
    for notice in _events(evidence):
        if notice.life is None or not isinstance(notice.word, str):
            continue
        sent, polled = evidence.contract.job.words.get(notice.word), evidence.final(notice.life)
        if polled is None and (sent is None or sent.terminal):
            yield Unclear(notice.interaction, "the job was not polled to its end")
        elif sent is polled:
            yield Agrees(notice.interaction)
        else:
            expected = polled or "a final state"
            yield _diverges(
                notice.interaction, f"the delivery says {notice.word[:40]!r}", str(expected), _state(sent, notice.word)
            )


def identified(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Deliveries of one event carry one id, and of two events two."""
    event = _webhook(evidence).event
    assert event is not None, "the claim is made of it"
    ids: dict[tuple[str, str], str] = {}
    owners: dict[str, tuple[str, str]] = {}
    for notice in _notices(evidence):
        given = notice.interaction.request.headers.get(event.header.lower())
        if given is None:
            yield _diverges(
                notice.interaction, "nothing identifies the delivery", f"`{event.header}`", "no such header"
            )
            continue
        if notice.job is None or not isinstance(notice.word, str):
            yield Unclear(notice.interaction, "the delivery does not say which job it is about")
            continue
        which = (notice.job, notice.word)
        expected = event.form.format(job=notice.job, status=notice.word) if event.form else ids.get(which, given)
        if given != expected:
            yield _diverges(notice.interaction, "an event has another id than documented", expected, given[:120])
        elif owners.setdefault(given, which) != which:
            yield _diverges(notice.interaction, "two events have one id", "an id of its own", given[:120])
        else:
            yield Agrees(notice.interaction)
        ids.setdefault(which, given)


def signed(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The signature was checked against the secret on arrival; the secret is in no recording."""
    scheme = _webhook(evidence).signature
    assert scheme is not None, "the claim is made of it"
    for notice in _notices(evidence):
        found = notice.interaction.arrival.signature if notice.interaction.arrival else None
        if found == Signature.VALID:
            yield Agrees(notice.interaction)
        elif found is not None and found in _SIGNED:
            yield _diverges(
                notice.interaction, f"the delivery has {_SIGNED[found]}", scheme.form, _shown(notice, scheme.header)
            )
        else:
            yield Unclear(notice.interaction, f"not checked when it arrived: {scheme.secret} was not set")


def fresh(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The signature is no older on arrival than a receiver is told to accept."""
    scheme = _webhook(evidence).signature
    assert scheme is not None and scheme.tolerance is not None, "the claim is made of it"
    for notice in _notices(evidence):
        at, arrival = scheme.signed_at(notice.interaction.request.headers), notice.interaction.arrival
        if at is None or arrival is None:
            yield Unclear(notice.interaction, "the delivery does not say when it was signed")
            continue
        age = arrival.received - at
        if -_AHEAD <= age <= scheme.tolerance:
            yield Agrees(notice.interaction)
        else:
            yield _diverges(
                notice.interaction,
                f"the delivery was signed {abs(age):.0f} s {'before' if age > 0 else 'after'} it arrived",
                f"at most {scheme.tolerance:g} s before",
                f"{age:.0f} s",
            )


def _notices(evidence: Evidence) -> list[_Notice]:
    """What came, in order. What was waited for in vain is not among it."""
    webhook = evidence.contract.webhook
    if webhook is None:
        return []
    givers: dict[str, list[Life]] = {}
    for life in evidence.jobs.values():
        if (address := _address(evidence, life)) is not None:
            givers.setdefault(address, []).append(life)
    found = []
    for interaction in evidence.deliveries:
        if interaction.response is None:
            continue
        body = None if isinstance(interaction.request.json, Malformed) else interaction.request.json
        named = as_id(value(body, webhook.job))
        found.append(
            _Notice(
                interaction=interaction,
                job=named,
                word=value(body, webhook.status),
                life=evidence.job(named or "", interaction),
                here=tuple(givers.get(interaction.request.url, ())),
            )
        )
    return found


def _events(evidence: Evidence) -> Iterator[_Notice]:
    """Deliveries without their repetitions: what came to one address under the same id, or in the same bytes."""
    event = _webhook(evidence).event
    seen: set[tuple[str, str | bytes]] = set()
    for notice in _notices(evidence):
        request = notice.interaction.request
        known = request.headers.get(event.header.lower()) if event else None
        which = (request.url, known or request.body)
        if which not in seen:
            seen.add(which)
            yield notice


def _address(evidence: Evidence, life: Life) -> str | None:
    """The callback URL that a job's submission gave."""
    given = value(life.submission.body, _webhook(evidence).tokens) if life.submission else None
    return given if isinstance(given, str) else None


def _misshapen(webhook: Webhook, validator: Any, notice: _Notice) -> tuple[str, str] | None:
    """(expected, observed), or None for a body in the documented form."""
    request = notice.interaction.request
    if request.method != "POST":
        return "POST", request.method
    if isinstance(request.json, Malformed):
        return "JSON", f"a body that {request.json.reason}"
    fault = next(iter(validator.iter_errors(request.json)), None)
    if fault is not None:
        return "the documented form", f"{'/'.join(map(str, fault.instance_path)) or 'the body'}: {fault.message}"[:300]
    if webhook.name is not None and isinstance(notice.word, str):
        tokens, named = webhook.name
        wanted, given = named.format(status=notice.word), value(request.json, tokens)
        if given != wanted:
            return wanted, str(given)[:60]
    return None


def _webhook(evidence: Evidence) -> Webhook:
    webhook = evidence.contract.webhook
    assert webhook is not None, "the claim is made of it"
    return webhook


def _url(notice: _Notice) -> str:
    return notice.interaction.request.url


def _state(state: State | None, word: str) -> str:
    return state.value if state is not None else repr(word[:40])


def _shown(notice: _Notice, header: str) -> str:
    return notice.interaction.request.headers.get(header.lower(), "no such header")[:120]
