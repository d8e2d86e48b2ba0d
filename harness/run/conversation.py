"""Everything that one run says to one provider: each request sent once, paid for, and heard of."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from harness.contract import Contract, Operation, Role, State
from harness.contract.money import amount
from harness.contract.prices import Price
from harness.errors import BudgetSpent
from harness.exchange.failure import never_left
from harness.interaction import Interaction, KeyState, Malformed, Request
from harness.judge.seen import Seen, read
from harness.pointer import Tokens, parse, present, value
from harness.probe.asking import quote_body
from harness.probe.condition import Body
from harness.probe.plan import Probe
from harness.run.allowance import Allowance
from harness.run.inbox import Inbox
from harness.run.journal import Came
from harness.run.pricing import Pricing, named
from harness.run.reception import Reception
from harness.run.requests import about, requested
from harness.run.sending import Sender, Sent, Step, StepKind

#: Families of probes whose callback URL is one of ours: what breaks a rule is sent as it was planned.
ADDRESSED = ("valid", "random", "fuzz", "narrowing", "situation")
#: How often a request that surely never left is sent again, and seconds before the first of these times.
ATTEMPTS, FIRST_PAUSE = 2, 1.0


#: Statuses by which a server says of itself that it did not begin; others may be a proxy's, which knows nothing of it.
_REFUSALS = {400, 401, 402, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 426, 428, 429, 431, 451}
#: Meanings that say nothing of whether a job was begun, documented or not.
_NO_WORD = ("unavailable", "server-error", "upstream", "none", "accepted")


class Stopped(Exception):  # no error: somebody asked for it
    """The run was asked to stop, and did before its next request."""


@dataclass
class Conversation:
    """``interactions`` grows as it goes; what was sent stays there whatever happens.

    ``skipped`` says what was not sent and why, ``unended`` names the jobs that were given up, ``short`` is the first
    refusal of the budget. ``stopping`` is asked before each request that was not sent yet, ``sleep`` waits for seconds.
    """

    contract: Contract
    sender: Sender
    base_url: str
    pricing: Pricing
    sleep: Callable[[float], None]
    max_requests: int | None = None
    heard: Callable[[Interaction], None] = lambda _: None
    stopping: Callable[[], bool] = lambda: False
    inbox: Inbox | None = None
    interactions: list[Interaction] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    unended: list[str] = field(default_factory=list)
    short: BudgetSpent | None = None

    def __post_init__(self) -> None:
        self._reception = Reception(self.base_url, self.contract.key_variable)
        self._allowance = Allowance()

    @property
    def full(self) -> bool:
        """Whether no more requests may be sent."""
        if self.max_requests is None:
            return False
        return sum(each.arrival is None for each in self.interactions) >= self.max_requests

    def skip(self, name: str, reason: str, spent: BudgetSpent | None = None) -> None:
        """Say that a claim (or a probe) was left out; ``spent``: for want of money."""
        self.skipped.setdefault(name, reason)
        self.short = self.short or spent

    def request(self, probe: Probe, anchor: Seen | None = None) -> Request:
        return requested(self.contract, self.base_url, probe, anchor)

    def about(self, operation: Operation, submission: Seen) -> Request:
        return about(self.contract, self.base_url, operation, submission)

    def send(
        self, key: str, request: Request, operation: Operation, authorization: KeyState = "key", purpose: str = ""
    ) -> tuple[Sent, Seen | None]:
        """Send one request of an operation. What surely never left is sent again, and nothing else is.

        Raises BudgetSpent where a submission is not covered, Stopped where nothing more is to be sent.
        """
        submission = operation.role is Role.SUBMIT
        kind: StepKind = "submission" if submission else "once" if operation.role is Role.COMPLETE else "reading"
        price = self._price(request) if submission and self.pricing.needed else None
        step = Step(
            key=key,
            request=self._addressed(request) if submission and purpose in ADDRESSED else request,
            planned=request,
            kind=kind,
            authorization=authorization,
            purpose=purpose,
            group=operation.role or "",
            price=price,
            what=named(self.contract, None if isinstance(request.json, Malformed) else request.json),
        )
        told_again = self.sender.known(key)
        sent = self.exchange(step)
        for attempt in range(1, ATTEMPTS + 1):
            if not never_left(sent.interaction) or not self._reception.answered:
                break
            step = replace(step, key=f"{key}/again-{attempt}")
            self.wait(step.key, FIRST_PAUSE * 4 ** (attempt - 1))
            sent = self.exchange(step)
        if submission and self.inbox is not None:
            self.inbox.given_out(sent.interaction.request.json)
        seen = read(self.contract, sent.interaction)
        if not told_again:
            self._reception.read(seen, authorization)
        return sent, seen

    def exchange(self, step: Step) -> Sent:
        """Send a step that is no operation's, as the download of a file is none."""
        told_again = self.sender.known(step.key)
        if self.stopping() and not told_again:
            raise Stopped
        sent = self.sender.send(step)
        name = f"{sent.interaction.name.rpartition('#')[0]}#{len(self.interactions)}"
        made = replace(self._allowance.held(sent.interaction), name=name)
        if step.kind == "submission" and step.price is not None:
            self.sender.submitted(step.key, _came(made, read(self.contract, made), self.contract.job.id))
        self.hear(made)
        if not told_again:
            self._reception.hear(sent.interaction)
        return Sent(step.key, made, sent.at)

    def hear(self, made: Interaction) -> None:
        self.interactions.append(made)
        self.heard(made)

    def wait(self, key: str, seconds: float) -> None:
        """Wait for a step's time, unless what came of it is known already."""
        if seconds > 0 and not self.sender.known(key):
            self.sleep(seconds)

    def _addressed(self, request: Request) -> Request:
        """The same submission with a callback address of this run's, if it names any."""
        if self.inbox is None or isinstance(request.json, Malformed):
            return request
        body = self.inbox.addressed(request.json)
        return request if body is request.json else replace(request, body=json.dumps(body).encode())

    # Money

    def usd(self, body: Body) -> float:
        """What a job can cost, as far as it is known without asking."""
        return self.pricing.usd(body)

    def ended(self, key: str, last: Seen, final: State | None) -> None:
        """Settle what a job cost, now that its last answer is there.

        A failed job costs nothing where that is documented: that it did not is seen by no answer that says so. What
        the provider says at the end that it cost takes the place of what was set aside; that it cost nothing does not.
        """
        if not self.pricing.needed:
            return
        money = self.contract.money
        if final is State.FAILED and (money.failures_unbilled or last.meaning in money.unbilled):
            self.sender.settle(key, 0.0, "refunded")
        if self.contract.job.cost is None or isinstance(last.answer, Malformed):
            return
        cost = amount(value(last.answer, self.contract.job.cost))
        if cost and last.accepted and final is not None and final.terminal:
            self.sender.settle(key, cost, "metered")

    def _price(self, request: Request) -> Price | None:
        body = None if isinstance(request.json, Malformed) else request.json
        quote = self.contract.role(Role.QUOTE)
        known = self.pricing.known(body)
        if known is None and self.pricing.asks and quote is not None and "quote" in self.contract.prices:
            known = self._quoted(quote, body)
        return self.pricing.settled(known, body)

    def _quoted(self, quote: Operation, body: Any) -> Price | None:
        """The provider's own price; asked for once for each different question. None where it is not this job's.

        A job of no known model could be any; fields that a quote leaves out of account make a job dearer than quoted;
        and a job that would cost nothing is a quote that went wrong.
        """
        if self.contract.model_of(body) not in self.contract.models:
            return None
        if any(present(body, each) for each in self.contract.money.unquoted):
            return None
        probe = Probe(family="quote", operation=quote.id, body=quote_body(self.contract, quote, body))
        if probe.id not in self.pricing.quotes:
            _, seen = self.send(f"quote/{probe.id}", self.request(probe), quote, purpose="quote")
            quoted = seen is not None and seen.accepted and not isinstance(seen.answer, Malformed)
            usd = amount(value(seen.answer, parse(self.contract.prices["quote"]))) if seen and quoted else None
            self.pricing.quotes[probe.id] = Price(usd, "quoted") if usd else None
        return self.pricing.quotes[probe.id]


def _came(made: Interaction, seen: Seen | None, job_id: Tokens) -> Came:
    """What came of a submission."""
    if never_left(made):
        return "never left"
    if seen is not None and seen.accepted:
        return "accepted"
    began = seen is not None and isinstance(seen.answer, dict) and isinstance(value(seen.answer, job_id), str)
    if (
        seen is not None
        and not began
        and (seen.documented or seen.status in _REFUSALS)
        and seen.meaning not in _NO_WORD
    ):
        return "refused"
    return "unknown"
