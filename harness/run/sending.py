"""One request of a run on its way: told from the journal, or sent with its intent written down before."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from harness.contract.prices import Price
from harness.errors import ConfigurationError, JournalError, StrangeJournal
from harness.exchange import Session
from harness.exchange.kept import packed, unpacked
from harness.interaction import Interaction, KeyState, Request
from harness.json_text import canonical
from harness.run.journal import INTERRUPTED, Came, Journal, Row
from harness.run.lifeboat import Answer, Lifeboat

#: Seconds for which an answer is offered to a journal that does not take it, and between two offers.
_PATIENCE, _PAUSE = 600.0, 1.0
#: Seconds for which the sender of a delivery is made to wait for the journal; it will come again.
_DELIVERY_PATIENCE = 5.0

#: What a failure says when a link cannot be followed, as the journal keeps no signatures.
LOST_LINK = "not sent: the link was signed, and is not known any more since the run was stopped"

#: ``submission`` may start a job, ``once`` changes something, ``reading`` changes nothing and may be sent again.
StepKind = Literal["submission", "once", "reading"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request of a run. ``key`` says which, however often the run is told again.

    ``planned``: the request without what differs from one telling to the next; ``group``: requests that share a
    rate limit; ``price``: the most that a submission can cost; ``what`` names it in messages; ``source``: the step to
    repeat for the link that the request goes to, should nobody know it whole any more.
    """

    key: str
    request: Request
    kind: StepKind
    planned: Request | None = None
    authorization: KeyState = "key"
    purpose: str = ""
    group: str = ""
    price: Price | None = None
    what: str = "a request"
    source: Step | None = None

    @property
    def digest(self) -> str:
        """Of what is sent: the same key must mean the same request."""
        made = self.planned or self.request
        sent = [made.method, made.url, made.body.decode("utf-8", "replace"), self.authorization]
        return hashlib.sha256(canonical(sent).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a step, and when on the run's own clock, in seconds."""

    key: str
    interaction: Interaction
    at: float


class Sender(Protocol):
    """Whatever a run sends its requests through."""

    def send(self, step: Step) -> Sent:
        """Send it, or tell what came of it. Raises BudgetSpent or ConfigurationError when it may not be sent."""

    def known(self, key: str) -> bool:
        """Whether what came of that step is known already, so that nobody needs to wait for its time."""

    def submitted(self, key: str, came: Came) -> None:
        """Say what came of a submission; as often as it is told again."""

    def settle(self, key: str, cost: float, basis: str) -> None:
        """Say what it cost, once that is known better than by its price."""

    def clock(self) -> float:
        """The run's own clock, in seconds."""

    def arrived(self, delivery: Interaction) -> None:
        """Write down what came to a callback address; in whatever thread. Raises JournalError."""

    def arrivals(self) -> list[Interaction]:
        """What was written down of that before."""


class Direct:
    """Through a session, and nothing is written down: for the simulator in this process."""

    def __init__(self, session: Session, clock: Callable[[], float]) -> None:
        self._session = session
        self.clock = clock

    def send(self, step: Step) -> Sent:
        made = self._session.exchange(step.request, authorization=step.authorization, purpose=step.purpose)
        return Sent(step.key, made, self.clock())

    def known(self, key: str) -> bool:
        return False

    def submitted(self, key: str, came: Came) -> None:
        pass

    def settle(self, key: str, cost: float, basis: str) -> None:
        pass

    def arrived(self, delivery: Interaction) -> None:
        pass

    def arrivals(self) -> list[Interaction]:
        return []


@dataclass
class JournalReader:
    """The part of a sender that sends nothing: what the journal knows of one provider's steps in a run."""

    journal: Journal
    run: str
    provider: str
    clock: Callable[[], float]

    def known(self, key: str) -> bool:
        row = self.journal.find(self.run, self.provider, key)
        return row is not None and row.interaction is not None

    def submitted(self, key: str, came: Came) -> None:
        self.journal.submitted(self.run, self.provider, key, came)

    def settle(self, key: str, cost: float, basis: str) -> None:
        self.journal.settle(self.run, self.provider, key, cost=cost, basis=basis)

    def arrived(self, delivery: Interaction) -> None:
        patience = min(self.journal.patience, _DELIVERY_PATIENCE)
        with closing(Journal(self.journal.path, patience=patience)) as own:  # a connection is one thread's
            own.arrived(self.run, self.provider, delivery.name, interaction=packed(delivery), at=self.clock())

    def arrivals(self) -> list[Interaction]:
        rows = self.journal.steps(self.run, self.provider)
        return [unpacked(row.interaction) for row in rows if row.kind == "delivery" and row.interaction is not None]

    def find(self, step: Step) -> Row | None:
        """The step's row; raises StrangeJournal when it is another request's."""
        row = self.journal.find(self.run, self.provider, step.key)
        if row is not None and row.digest != step.digest:
            raise StrangeJournal(
                f"step {step.key} of run {self.run} was another request when the run began",
                where=str(self.journal.path),
                hint="The specs or the harness changed since. Nothing was sent; begin a new run.",
            )
        return row

    def told(self, step: Step) -> Sent:
        """What the journal says came of a step: the only way in which anybody hears of it."""
        row = self.find(step)
        if row is None or row.interaction is None or row.ended is None:
            raise LookupError(f"no outcome of {step.key}")
        return Sent(step.key, unpacked(row.interaction), row.ended)


@dataclass
class Journalled(JournalReader):
    """Through a session, by the journal: what is in it is told, what is not is written down and then sent.

    ``before`` and ``after`` keep the provider's manners: they wait, and take note of refusals. An answer that the
    journal does not take goes into the ``lifeboat`` and is offered again for ``patience`` seconds, which is told with
    ``say``; it is told to nobody before it is in the journal.
    """

    session: Session
    day: Callable[[], str]
    lifeboat: Lifeboat | None = None
    patience: float = _PATIENCE
    sleep: Callable[[float], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None
    before: Callable[[Step], None] = lambda _: None
    after: Callable[[Step, Interaction], None] = lambda _step, _made: None

    def send(self, step: Step) -> Sent:
        row = self.find(step)
        if row is None or (row.interaction is None and step.kind == "reading"):
            self._exchange(step, fresh=row is None)
        elif row.interaction is None:
            lost = self.session.unanswered(step.request, step.authorization, step.purpose, INTERRUPTED)
            self._record(step, lost)
        return self.told(step)

    def _exchange(self, step: Step, *, fresh: bool) -> None:
        lost = self._lost(step)
        if not lost:
            self.before(step)
        if fresh:
            self.journal.intend(
                self.run, self.provider, step.key, digest=step.digest, kind=step.kind, at=self.clock(), day=self.day(),
                price=step.price, what=step.what,
            )  # fmt: skip
        if lost:
            self._record(step, self.session.unanswered(step.request, step.authorization, step.purpose, LOST_LINK))
            return
        try:
            made = self.session.exchange(step.request, authorization=step.authorization, purpose=step.purpose)
        except ConfigurationError:  # its address may not be called: nothing left, and nothing is to be set aside
            self.journal.withdraw(self.run, self.provider, step.key)
            raise
        self._record(step, made)
        self.after(step, made)

    def _lost(self, step: Step) -> bool:
        """Whether the step's link is known to nobody, even after it was asked for once more."""
        if self.session.lost(step.request) and step.source is not None:
            keys = (f"{step.source.key}-{number}" for number in itertools.count())
            key = next(each for each in keys if self.journal.find(self.run, self.provider, each) is None)
            again = replace(step.source, key=key)
            self._exchange(again, fresh=True)
            self.session.renew(step.request.url, self.told(again).interaction)
        return self.session.lost(step.request)

    def adopt(self) -> None:
        """Write down what an earlier process had to leave in the lifeboat."""
        if self.lifeboat is not None and (left := self.lifeboat.taken()) is not None:
            self._write(left)
            self.lifeboat.empty()

    def _record(self, step: Step, made: Interaction) -> None:
        answer = Answer(key=step.key, interaction=packed(made), at=self.clock())
        try:
            self._write(answer)
        except JournalError as fault:
            if self.lifeboat is None:
                raise
            self._insist(answer, self.lifeboat, fault)

    def _insist(self, answer: Answer, lifeboat: Lifeboat, fault: JournalError) -> None:
        kept = "is safe beside it, and" if lifeboat.take(answer) else "is only in memory, and"
        self.say(f"the journal {fault.message}; an answer {kept} is offered to it for {self.patience:.0f} s")
        until = self.clock() + self.patience
        while True:
            self.sleep(_PAUSE)
            try:
                self._write(answer)
            except JournalError:
                if self.clock() >= until:
                    raise
            else:
                lifeboat.empty()
                return

    def _write(self, answer: Answer) -> None:
        self.journal.outcome(self.run, self.provider, answer.key, interaction=answer.interaction, at=answer.at)
