"""Where a run's answers come from: the simulator in process, or an address."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from harness.claim import Claim
from harness.contract import Contract
from harness.errors import ConfigurationError
from harness.exchange import Session, live_transport
from harness.exchange.mailbox import Mailbox
from harness.exchange.receiver import Receiver
from harness.interaction import Interaction, Origin, Provenance
from harness.pointer import put
from harness.run import Pace, Run
from harness.run.budget import Ledger
from harness.run.inbox import Inbox, Waiting
from harness.simulator import SIMULATED_HEADER, Quirk, SimulatedTransport, Simulator, ready

#: Where the simulator in process pretends to be: a name that can never be resolved.
SIMULATED_BASE = "http://simulated.invalid"
#: Any key will do in process; this one is no word that an answer could hold.
_SIMULATED_KEY = "sk-0000-no-real-key-0000"
#: Where its webhooks go, the secret that signs them, and when its clock starts (Unix seconds).
_SIMULATED_INBOX = "https://inbox.invalid"
_SIMULATED_SECRET = "no-real-webhook-secret"
_SIMULATED_TOKEN = "no-real-token"
_SIMULATED_START = 1_700_000_000.0
#: Seconds for which a delivery is waited for after the last job has ended; on our own machine nothing takes long.
_PATIENCE, _LOOPBACK_PATIENCE = 60.0, 2.0
#: Against our own machine nobody needs to be spared.
_LOOPBACK_POLL, _LOOPBACK_DEADLINE = 0.02, 10.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def simulated(contract: Contract, quirks: Sequence[Quirk], *, date: str | None = None) -> Run:
    """A run against the simulator in this process, on a clock that only its own waiting moves."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    provenance = Provenance(
        origin=Origin.SIMULATED, date=date, base_url=SIMULATED_BASE, quirks=tuple(quirk.name for quirk in quirks)
    )
    simulator = Simulator(contract, quirks, secret=_SIMULATED_SECRET)
    mailbox = Mailbox(_SIMULATED_TOKEN, lambda: _SIMULATED_START + now[0])

    def deliver() -> None:
        for notice in ready(simulator, _SIMULATED_START + now[0]):
            if notice.address.startswith(_SIMULATED_INBOX):
                path = notice.address.removeprefix(_SIMULATED_INBOX)
                mailbox.take("POST", path, notice.headers, notice.body)

    session = Session(
        SimulatedTransport(simulator, deliver),
        provenance=provenance,
        recording="simulated",
        key=_SIMULATED_KEY,
        origins=frozenset({SIMULATED_BASE}),
        clock=lambda: now[0],
    )
    pace = Pace(
        poll=contract.job.poll_seconds, deadline=contract.job.deadline_seconds, clock=lambda: now[0], sleep=sleep
    )
    run = Run(contract, session, SIMULATED_BASE, pace)
    if contract.webhook is not None:
        run.inbox = Inbox(
            contract.webhook,
            _SIMULATED_INBOX,
            mailbox,
            Waiting(patience=0.0, clock=lambda: _SIMULATED_START + now[0], sleep=sleep),
            provenance,
            "simulated",
            secret=_SIMULATED_SECRET,
        )
    return run


def live(
    contract: Contract,
    *,
    base_url: str | None,
    allow_private: bool,
    ledger: Ledger,
    assumed_price: float | None,
    poll: float | None,
    date: str,
    heard: Callable[[Interaction], None] = lambda _: None,
) -> Run:
    """A run against a real address, under a budget. Raises ConfigurationError for a missing key."""
    key = os.environ.get(contract.key_variable)
    if not key:
        raise ConfigurationError(
            f"no API key for {contract.provider}", hint=f"Set {contract.key_variable} in the environment."
        )
    base = (base_url or contract.base_url).rstrip("/")
    try:
        parts = urlsplit(base)
    except ValueError:  # an IPv6 address with only one bracket
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"{base!r} is not a base URL", hint="For example: --base-url https://api.example.com/v1"
        )
    if parts.username or parts.password:
        raise ConfigurationError(
            "the base URL holds a user name or password",
            hint=f"Credentials are read from {contract.key_variable} alone; leave them out of the address.",
        )
    loopback = _loopback(parts.hostname)
    session = Session(
        live_transport(allow_private=allow_private),
        provenance=Provenance(origin=Origin.LIVE, date=date, base_url=base),
        recording="live",
        key=key,
        origins=frozenset({base}),
    )
    pace = Pace(
        poll=poll if poll is not None else _LOOPBACK_POLL if loopback else contract.job.poll_seconds,
        deadline=min(_LOOPBACK_DEADLINE, contract.job.deadline_seconds) if loopback else contract.job.deadline_seconds,
        clock=time.monotonic,
        sleep=time.sleep,
    )
    return Run(contract, session, base, pace, ledger=ledger, assumed_price=assumed_price, heard=heard)


def listen(run: Run, place: tuple[str, int, str | None], *, token: str) -> Inbox:
    """Have a run receive webhooks at ``place`` (host, port, and the URL that leads there from outside, if any).

    ``token`` makes the addresses unguessable. The provider must document webhooks. Raises ConfigurationError for an
    address that cannot be listened on, that the provider cannot reach, or that its documentation does not permit.
    """
    contract, (host, port, public) = run.contract, place
    webhook = contract.webhook
    assert webhook is not None, "callers have seen to it"
    mailbox = Mailbox(token, time.time)
    near = _loopback(urlsplit(run.base_url).hostname)
    if public is None and not (near and _loopback(host)):
        raise ConfigurationError(
            f"{contract.provider} cannot reach {host}:{port}",
            where="--webhook-listen",
            hint="Name the public address that leads there: HOST:PORT,https://hooks.example.com",
        )
    if public is not None:
        _permitted(contract, public)
    receiver = Receiver(host, port, mailbox)
    named = f"[{host}]" if ":" in host else host
    if public is None:
        # Where https is demanded, the simulator of `harness serve` sends to https://LOOPBACK without TLS.
        plain = f"http://{named}:{receiver.port}"
        public = f"https://{named}:{receiver.port}" if _forbids(contract, plain) else plain
    secret = os.environ.get(webhook.signature.secret) if webhook.signature else None
    run.inbox = Inbox(
        webhook,
        public,
        mailbox,
        Waiting(patience=_LOOPBACK_PATIENCE if near else _PATIENCE, clock=time.time, sleep=time.sleep),
        run.session.provenance,
        "live",
        secret=secret or None,
        secrets=[key] if (key := os.environ.get(contract.key_variable)) else [],
        close=receiver.close,
    )
    return run.inbox


def _permitted(contract: Contract, public: str) -> None:
    try:
        parts = urlsplit(public)
        plain = not (parts.query or parts.fragment or parts.username or parts.password)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and plain
    except ValueError:
        sound = False
    broken = _forbids(contract, public) if sound else []
    if not sound or broken:
        documented = f": {broken[0].statement}" if broken else ""
        raise ConfigurationError(
            f"{public!r} is no callback URL for {contract.provider}{documented}",
            where="--webhook-listen",
            hint="For example: 127.0.0.1:9000,https://hooks.example.com",
        )


def _forbids(contract: Contract, address: str) -> list[Claim]:
    """The documented rules on the callback URL that an address breaks."""
    assert contract.webhook is not None, "callers have seen to it"
    body: dict[str, Any] = {}
    put(body, contract.webhook.tokens, address)
    broken = (contract.claims[name] for name in sorted(contract.violations(contract.submit.id, body)))
    return [claim for claim in broken if claim.tokens == contract.webhook.tokens]


def _loopback(host: str | None) -> bool:
    return host in _LOOPBACK


def relabelled(interactions: Sequence[Interaction]) -> list[Interaction]:
    """Interactions whose answers say that a simulator gave them are simulated, however they were reached.

    So is what came to a callback URL, or did not, while such a simulator was the one that was tested.
    """
    told = {_place(each) for each in interactions if each.response and SIMULATED_HEADER in each.response.headers}
    return [
        replace(each, provenance=replace(each.provenance, origin=Origin.SIMULATED))
        if (each.response is not None and SIMULATED_HEADER in each.response.headers)
        or (each.arrival is not None and _place(each) in told)
        else each
        for each in interactions
    ]


def _place(interaction: Interaction) -> tuple[str | None, str]:
    """What was tested: the address, in one recording."""
    return interaction.provenance.base_url, interaction.name.partition("#")[0]
