"""Where a run's answers come from: the simulator in process, or an address."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from harness.contract import Contract
from harness.errors import ConfigurationError
from harness.exchange import Session, live_transport
from harness.exchange.mailbox import Mailbox
from harness.interaction import Interaction, Origin, Provenance
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
#: Against our own machine nobody needs to be spared.
_LOOPBACK_POLL, _LOOPBACK_DEADLINE = 0.02, 10.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")


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
    loopback = parts.hostname in LOOPBACK
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
