"""Sending a plan: probes × sender → interactions. Knows no report."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

from harness.contract import Contract, Role
from harness.contract.shape import schema_at
from harness.errors import BudgetSpent, HarnessError, Unpriced
from harness.interaction import Interaction
from harness.judge.seen import Seen
from harness.pointer import put
from harness.probe.plan import Plan, Probe
from harness.probe.sample import sample
from harness.run.conversation import Conversation, Stopped
from harness.run.inbox import Inbox, receiving
from harness.run.jobs import Jobs, Pace
from harness.run.pricing import Pricing
from harness.run.searches import Limits, Searches
from harness.run.sending import Sender, Sent

__all__ = ["Limits", "Pace", "Run", "Stopped"]


@dataclass
class Run:
    """One pass over a plan. ``interactions`` grows as it goes; what was sent stays there whatever happens.

    Told the same answers, it takes the same steps: whoever sends through a journal can tell it again. ``stopping`` is
    asked before each request that was not sent yet. ``unended`` are the ids of jobs that were given up.
    """

    contract: Contract
    sender: Sender
    base_url: str
    pace: Pace
    pricing: Pricing
    max_requests: int | None = None
    find_limits: Limits | None = None
    heard: Callable[[Interaction], None] = lambda _: None
    stopping: Callable[[], bool] = lambda: False
    inbox: Inbox | None = None
    interactions: list[Interaction] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    unended: list[str] = field(default_factory=list)

    def go(self, plan: Plan) -> list[Interaction]:
        """Send every probe; follow every job that is accepted.

        A probe that the budget cannot cover is left out, and the cheaper ones are still sent; then BudgetSpent
        is raised. ``skipped`` says why, for each claim that was to be broken (for others, by the probe's id).
        Raises Stopped as soon as ``stopping`` says so.
        """
        conversation = Conversation(
            contract=self.contract,
            sender=self.sender,
            base_url=self.base_url,
            pricing=self.pricing,
            sleep=self.pace.sleep,
            max_requests=self.max_requests,
            heard=self.heard,
            stopping=self.stopping,
            inbox=self.inbox,
            interactions=self.interactions,
            skipped=self.skipped,
            unended=self.unended,
        )
        jobs = Jobs(conversation, self.pace)
        searches = Searches(conversation, jobs)
        if self.inbox is not None:
            self.inbox.keep = self.sender.arrived
            for each in self.inbox.recalled(self.sender.arrivals()):
                conversation.hear(each)
        with receiving(self.inbox, conversation.hear):
            try:
                for probe in plan.probes:
                    _Turn(conversation, jobs, searches, probe).take()
                if self.find_limits:
                    searches.find_limits(plan, self.find_limits)
                jobs.finish()
            except HarnessError:
                jobs.give_up()
                raise
            jobs.tidy_up()
            if conversation.short:
                raise conversation.short
        return self.interactions


@dataclass(frozen=True, slots=True)
class _Turn:
    """One probe's turn in a run."""

    conversation: Conversation
    jobs: Jobs
    searches: Searches
    probe: Probe

    def take(self) -> None:
        """Send the probe, or say why not."""
        try:
            if self.probe.anchored:
                self.jobs.finish()
            else:
                self.jobs.room()
            if self.probe.anchored and self.jobs.anchor is None:
                self._skip("no job was accepted whose id could be used")
            elif self.conversation.full:
                self._skip(f"--max-requests {self.conversation.max_requests} was reached")
            else:
                self._send()
        except Unpriced:
            if not self.conversation.pricing.partial:
                raise
            self._skip("nobody says what the request that puts it to the test can cost: --assume-price USD")
        except BudgetSpent as spent:
            self._skip("the budget did not cover the request that puts it to the test", spent)

    def _skip(self, reason: str, spent: BudgetSpent | None = None) -> None:
        for name in self.probe.breaks or (self.probe.id,):
            self.conversation.skip(name, reason, spent)

    def _send(self) -> None:
        probe, jobs = self.probe, self.jobs
        operation = self.conversation.contract.operations[probe.operation]
        request = self.conversation.request(probe, jobs.anchor)
        # A run that goes on with more money may have come to another anchor by now: then it is another request.
        key = f"{jobs.anchor_key}/{probe.id}" if probe.anchored else probe.id
        with jobs.place(key) if operation.role is Role.SUBMIT else nullcontext():
            sent, seen = self.conversation.send(key, request, operation, probe.authorization, probe.family)
            if seen is not None and operation.role is Role.SUBMIT:
                self._submitted(seen, sent)
        if seen is not None and seen.accepted and operation.role is Role.COMPLETE and jobs.anchor is not None:
            jobs.asked_again(key, jobs.anchor)

    def _submitted(self, seen: Seen, sent: Sent) -> None:
        """Take up what came of a submission."""
        probe = self.probe
        if seen.meaning == "consent" and probe.situation:
            self._consented(seen)
        if probe.authorization != "key" or probe.situation or not seen.bodied:
            if seen.accepted:
                self.jobs.follow(seen, sent)
        elif self.searches.heard(seen, sent) is False and not seen.breaks:
            self.searches.narrow(seen)

    def _consented(self, asked: Seen) -> None:
        """The same request with the documented consent. Never to a provider: nobody here may attest anything."""
        contract = self.conversation.contract
        tokens, submit = contract.promises.consent, contract.submit
        if not tokens or not isinstance(asked.body, dict):
            return
        body = {**asked.body}
        put(body, tokens, sample(schema_at(submit.body or {}, tokens) or {}))
        request = self.conversation.request(replace(self.probe, body=body))
        key = f"{self.probe.id}/consented"
        sent, seen = self.conversation.send(key, request, submit, purpose=self.probe.family)
        if seen is not None and seen.accepted:
            self.jobs.follow(seen, sent)
