"""A run's callback addresses: given out with submissions, waited at, and read as interactions."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from harness.contract.model import Webhook
from harness.errors import HarnessError
from harness.exchange.mailbox import OURS, TAKEN, Delivery, Mailbox
from harness.exchange.redact import Redactor
from harness.interaction import Arrival, Interaction, Malformed, Provenance, Request, Response
from harness.pointer import present, put, value

#: Seconds between two looks at what has come.
_LOOK = 0.05


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How long deliveries are waited for once the last job has ended: seconds, the clock and how to wait."""

    patience: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass
class Inbox:
    """The addresses under ``base``, a URL that leads to ``mailbox``. ``secret`` verifies signatures; None: unchecked.

    ``secrets`` are taken out of what is kept. ``close`` is called once nothing more is waited for. ``keep`` has each
    delivery before its sender is told that it was taken, in whatever thread; a HarnessError asks for it again.
    """

    webhook: Webhook
    base: str
    mailbox: Mailbox
    waiting: Waiting
    provenance: Provenance
    recording: str
    secret: str | None = None
    secrets: Iterable[str] = ()
    close: Callable[[], None] = lambda: None
    keep: Callable[[Interaction], None] = lambda _: None
    _addresses: dict[int, str] = field(default_factory=dict)
    _awaited: set[str] = field(default_factory=set)
    _recalled: set[str] = field(default_factory=set)
    _came: list[Interaction] = field(default_factory=list)
    _read: int = 0

    def __post_init__(self) -> None:
        self._numbers = itertools.count()
        self._redactor = Redactor([*self.secrets, *([self.secret] if self.secret else [])])
        self.mailbox.keep = self._take

    def addressed(self, body: Any) -> Any:
        """A submission that names a callback URL, with a new one of ours in its place; any other as it is."""
        given = value(body, self.webhook.tokens)
        if not present(body, self.webhook.tokens) or given in self._addresses.values():
            return body
        path = self.mailbox.path()
        address = self.base + path
        self._addresses[int(path.rpartition("/")[2])] = address
        body = copy.deepcopy(body)
        put(body, self.webhook.tokens, address)
        return body

    def given_out(self, body: Any) -> None:
        """Know the address again that a submission named, if an earlier life of this run gave it out."""
        address = value(body, self.webhook.tokens) if not isinstance(body, Malformed) else None
        number = self.mailbox.recall(address) if isinstance(address, str) else None
        if number is not None:
            self._addresses.setdefault(number, str(address))

    def recalled(self, deliveries: Sequence[Interaction]) -> Sequence[Interaction]:
        """Take note of what came in an earlier life of this run."""
        numbers = (int(each.name.rpartition("-")[2]) for each in deliveries)
        self._numbers = itertools.count(max(numbers, default=-1) + 1)
        self._recalled = {each.request.url for each in deliveries}
        return deliveries

    def ended(self, body: Any) -> None:
        """The job that ``body`` submitted has ended: from now on a delivery of it is waited for."""
        address = value(body, self.webhook.tokens)
        if address in self._addresses.values() and address not in self._recalled:
            self._awaited.add(address)

    def arrived(self) -> Iterator[Interaction]:
        """What has come since this was last asked."""
        for each in self._came[self._read :]:
            self._read += 1
            self._awaited.discard(each.request.url)
            yield each

    def settled(self) -> Iterator[Interaction]:
        """Wait for what should still come; then one interaction without a response for each that did not."""
        started = self.waiting.clock()
        while True:
            yield from self.arrived()
            if not self._awaited or self.waiting.clock() - started >= self.waiting.patience:
                break
            self.waiting.sleep(_LOOK)
        for address in sorted(self._awaited):
            yield self._missing(address)
        self._awaited.clear()

    def _take(self, delivery: Delivery) -> bool:
        """Whether a delivery is safe, so that its sender may forget it. The mailbox asks for one after the other."""
        if delivery.number not in self._addresses:  # an earlier life gave it out, and this one has not come to it yet
            return False
        made = self._interaction(delivery)
        try:
            self.keep(made)
        except HarnessError:
            return False
        self._came.append(made)
        return True

    def _interaction(self, delivery: Delivery) -> Interaction:
        scheme = self.webhook.signature
        signature = scheme.verify(self.secret, delivery.headers, delivery.body).value if scheme else None
        address = self._addresses[delivery.number]
        request = Request(method=delivery.method, url=address, headers=delivery.headers, body=delivery.body)
        return self._kept(request, delivery.received, signature, Response(status=TAKEN), None)

    def _missing(self, address: str) -> Interaction:
        words = f"nothing came within {self.waiting.patience:g} s of the end of the last job"
        refused = sum(self.mailbox.turned_away[status] for status in OURS)
        if refused:
            words += f", and {refused} deliveries were turned away for want of room"
        made = self._kept(Request(method="POST", url=address), self.waiting.clock(), None, None, words)
        return replace(made, gave_up=bool(refused))

    def _kept(
        self, request: Request, received: float, signature: str | None, response: Response | None, failure: str | None
    ) -> Interaction:
        number = next(self._numbers)
        return self._redactor.interaction(
            Interaction(
                name=f"{self.recording}#delivery-{number}",
                request=request,
                response=response,
                provenance=self.provenance,
                failure=failure,
                purpose="delivery",
                arrival=Arrival(received=round(received, 3), signature=signature),
            )
        )


@contextmanager
def receiving(inbox: Inbox | None, keep: Callable[[Interaction], None]) -> Iterator[None]:
    """Keep what comes to the inbox, however the block ends: only an interruption is not made to wait."""
    if inbox is None:
        yield
        return
    patient = True
    try:
        yield
    except BaseException as why:
        patient = isinstance(why, HarnessError)
        raise
    finally:
        try:
            for each in inbox.settled() if patient else inbox.arrived():
                keep(each)
        finally:
            inbox.close()
