"""Where a run's answers come from: the simulator in process, or an address."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from harness.contract import Contract
from harness.contract.model import Manners
from harness.errors import ConfigurationError
from harness.exchange import Session, live_transport, refuse_private
from harness.exchange.key import key_of
from harness.exchange.mailbox import Mailbox
from harness.interaction import Interaction, Origin, Provenance
from harness.run import Pace, Run
from harness.run.courier import Courier, Errand
from harness.run.inbox import Inbox, Waiting
from harness.run.pricing import Pricing
from harness.run.sending import Direct, Sender
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
_JITTER = 0.1
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def simulated(
    contract: Contract,
    quirks: Sequence[Quirk],
    *,
    date: str | None = None,
    through: Callable[[Session, Callable[[], float]], Sender] = Direct,
) -> Run:
    """A run against the simulator in this process, on a clock that only its own waiting moves.

    ``through`` makes the sender of a session and that clock.
    """
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
    pace = Pace(poll=contract.job.poll_seconds, deadline=contract.job.deadline_seconds, sleep=sleep)
    run = Run(contract, through(session, lambda: now[0]), SIMULATED_BASE, pace, pricing=Pricing(contract, needed=False))
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


@dataclass(frozen=True, kw_only=True)
class Address:
    """A real address and what a session with it needs; picklable, and without the key.

    ``date`` is when the run began, ISO 8601.
    """

    base: str
    key_variable: str
    allow_private: bool
    date: str

    @property
    def loopback(self) -> bool:
        return urlsplit(self.base).hostname in LOOPBACK

    @property
    def provenance(self) -> Provenance:
        """What every interaction says of where it comes from."""
        return Provenance(origin=Origin.LIVE, date=self.date, base_url=self.base)

    def session(self, after: int = 0) -> Session:
        """Signed links are numbered from the one after ``after`` on.

        Raises ConfigurationError for a key that is missing, or that cannot be sent.
        """
        key = key_of(os.environ, self.key_variable)
        if not key:
            raise ConfigurationError("no API key", hint=f"Set {self.key_variable} in the environment.")
        return Session(
            live_transport(allow_private=self.allow_private),
            provenance=self.provenance,
            recording="live",
            key=key,
            origins=frozenset({self.base}),
            after=after,
        )


def address(contract: Contract, *, base_url: str | None, allow_private: bool, date: str) -> Address:
    """The address of a live run. Raises ConfigurationError for one that is none, and for a key that is none."""
    base = (base_url or contract.base_url).rstrip("/")
    try:
        parts = urlsplit(base)
    except ValueError:  # an IPv6 address with only one bracket
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"{base!r} is not a base URL", hint="For example: --base-url https://api.example.com/v1"
        )
    if parts.query or parts.fragment or not _port(parts):
        raise ConfigurationError(
            f"{base!r} is not a base URL", hint="Leave out what follows ? or #; a port is from 1 to 65535."
        )
    if parts.username or parts.password:
        raise ConfigurationError(
            "the base URL holds a user name or password",
            hint=f"Credentials are read from {contract.key_variable} alone; leave them out of the address.",
        )
    if not key_of(os.environ, contract.key_variable):
        raise ConfigurationError(
            f"no API key for {contract.provider}", hint=f"Set {contract.key_variable} in the environment."
        )
    refuse_private(base, allow_private=allow_private)
    return Address(base=base, key_variable=contract.key_variable, allow_private=allow_private, date=date)


def _port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def live(
    contract: Contract,
    where: Address,
    *,
    journal: Path,
    run: str,
    began: float,
    pricing: Pricing,
    poll: float | None = None,
    jobs: int | None = None,
    sleep: Callable[[float], None] = time.sleep,
    patience: Callable[[], None] = lambda: None,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Run, Courier]:
    """A run against a real address, whose every request passes the journal, and the courier that sends them.

    ``began`` is where the run's clock stands, the last time that the journal knows; 0 for a run that begins. Time in
    which nobody looked does not count against a job.
    """
    errand = Errand(
        journal=journal,
        run=run,
        provider=contract.provider,
        offset=(began or time.time()) - time.monotonic(),
        sessions=where.session,
        manners=Manners() if where.loopback else contract.manners,
    )
    courier = Courier(errand, patience, tell)
    poll_seconds, deadline = contract.job.poll_seconds, contract.job.deadline_seconds
    if where.loopback:
        poll_seconds, deadline = _LOOPBACK_POLL, min(_LOOPBACK_DEADLINE, deadline)
    pace = Pace(
        poll=poll_seconds if poll is None else poll,
        deadline=deadline,
        sleep=sleep,
        places=courier.places(deadline),
        say=tell,
        jobs=jobs or contract.manners.jobs,
        jitter=_JITTER,
        name=run,
        tidy=True,
    )
    return Run(contract, courier, where.base, pace, pricing=pricing), courier


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
