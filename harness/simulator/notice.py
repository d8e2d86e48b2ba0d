"""What a simulated provider sends to callback URLs: documented, or as a quirk has it. Nothing is sent here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.contract import State
from harness.contract.model import Webhook
from harness.pointer import Tokens, is_index, value
from harness.simulator import synthesis
from harness.simulator.engine import SIMULATED_HEADER, Simulator

#: Seconds by which a stale signature is older than is documented to be good.
_TOO_OLD = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One request to a callback URL."""

    address: str
    headers: dict[str, str]
    body: bytes


def ready(simulator: Simulator, now: float) -> list[Notice]:
    """What is due of the jobs that have ended; it is then due no longer. ``now`` in Unix seconds."""
    ended = [(a, job) for a, job in simulator.due if simulator.state(simulator.jobs[job]).terminal]
    simulator.due[:] = [each for each in simulator.due if each not in ended]
    return [notice for address, job in ended for notice in notices(simulator, address, job, now)]


def notices(simulator: Simulator, address: str, job: str, now: float) -> Iterator[Notice]:
    """What the end of one job has the provider send; nothing where no webhook is documented."""
    webhook, ways = simulator.contract.webhook, simulator.behaviour.webhook
    simulator.addresses.append(address)
    if webhook is None or "never" in ways:
        return
    state = simulator.state(simulator.jobs[job])
    if "other-state" in ways:
        state = State.FAILED if state is State.SUCCEEDED else State.SUCCEEDED
    if "other-address" in ways:
        address = simulator.addresses[0]
    word = simulator.word(state)
    body = _body(simulator, webhook, job, state)
    if "other-form" in ways:
        body = value(body, webhook.job[:-1]) if webhook.job[:-1] else {"data": body}
    for number in range(2 if "unidentified-repeat" in ways else 1):
        raw = json.dumps(body).encode()
        headers = {"content-type": "application/json", SIMULATED_HEADER: simulator.contract.provider}
        if webhook.event is not None and "no-id" not in ways:
            known = (webhook.event.form or "{job}-{status}").format(job=job, status=word)
            headers[webhook.event.header.lower()] = f"{known}-{number + 1}" if number else known
        headers |= _signed(simulator, webhook, raw, now)
        yield Notice(address=address, headers=headers, body=raw)


def _signed(simulator: Simulator, webhook: Webhook, raw: bytes, now: float) -> dict[str, str]:
    scheme, ways, secret = webhook.signature, simulator.behaviour.webhook, simulator.secret
    if scheme is None or secret is None or "unsigned" in ways:
        return {}
    if "signs-other-bytes" in ways:
        raw = json.dumps(json.loads(raw), separators=(",", ":")).encode()
    if "other-secret" in ways:
        secret = f"not {secret}"
    if "stale" in ways:
        now -= (scheme.tolerance or 0) + _TOO_OLD
    return {name.lower(): text for name, text in scheme.headers(secret, raw, max(now, 0)).items()}


def _body(simulator: Simulator, webhook: Webhook, job: str, state: State) -> Any:
    """The documented body, with the members that a poll of the same job has where they stand beside its id."""
    contract, word = simulator.contract, simulator.word(state)
    beside = webhook.job[: len(webhook.job) - len(contract.job.id)]
    known: dict[Tokens, Any] = {webhook.job: job, webhook.status: word}
    if webhook.name is not None:
        known[webhook.name[0]] = webhook.name[1].format(status=word)
    held = {(*beside, *contract.job.error)} if contract.job.error else set()
    for result in contract.job.results:
        if result.place == "body":
            place = tuple("*" if is_index(token) else token for token in result.tokens)
            held.add((*beside, *place[:1]))
            if state is State.SUCCEEDED:
                known[*beside, *place] = simulator.jobs[job].file_url
    if state is State.FAILED and contract.job.error:
        known[*beside, *contract.job.error] = "Simulated failure."
    model = contract.model_of(simulator.jobs[job].body)
    known[*beside, *contract.model_tokens] = model
    return synthesis.body(webhook.schema, known, held)
