"""What only further requests can tell: which value a refusal is for, and where a limit really lies."""

from __future__ import annotations

from collections.abc import Collection, Generator
from dataclasses import dataclass
from typing import Literal, TypeVar

from harness.errors import BudgetSpent
from harness.json_text import canonical
from harness.judge.attribution import Attribution, Cause, fields
from harness.judge.evidence import Evidence
from harness.judge.limits import Reach, reaches
from harness.judge.seen import Seen
from harness.pointer import Tokens, present
from harness.probe.build import Builder
from harness.probe.condition import Body
from harness.probe.cover import thrifty
from harness.probe.isolate import Answer, narrowing
from harness.probe.limits import Again, carrying, closing_in, wrong
from harness.probe.plan import Plan, Probe
from harness.run.conversation import Conversation
from harness.run.jobs import Jobs
from harness.run.sending import Sent

#: Further requests about one refused valid request: enough for two values of sixty-four that go together, and others.
NARROWING_PROBES = 24
#: Further requests about one limit: enough to close in on one of a hundred thousand.
LIMIT_PROBES = 48

#: Whose real limits are looked for: of those that are not where they are documented, or of all.
Limits = Literal["wrong", "all"]
#: What a search comes to.
Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class _Errand:
    """What a search sends its requests for: in their keys, their purpose, the claim in question, and at most how many.

    ``what`` is not found out where the budget does not do.
    """

    key: str
    purpose: str
    claim: str
    what: str
    most: int


class Searches:
    """They know what came of every submission that was sent with a good key, and ask for nothing twice."""

    def __init__(self, conversation: Conversation, jobs: Jobs) -> None:
        self._conversation = conversation
        self._contract = conversation.contract
        self._jobs = jobs
        self._taken: dict[str, bool] = {}
        self._causes: list[tuple[str | None, Cause]] = []
        self._hopeless: set[str | None] = set()
        self._attribution = Attribution(self._contract, self._contract.submit, ())

    def heard(self, seen: Seen, sent: Sent) -> Answer:
        """Remember what came of a submission that was sent with a good key, and follow its job."""
        if not seen.accepted:
            if seen.refused:
                self._taken[canonical(seen.body)] = False
            return False if seen.refused else None
        self._taken[canonical(seen.body)] = True
        self._attribution.note(seen)
        self._jobs.follow(seen, sent)
        return True

    def narrow(self, refused: Seen) -> None:
        """Find the values that a valid request is refused for."""
        given = fields(refused.body)
        if refused.model in self._hopeless:
            return
        builder = Builder(self._contract, self._contract.submit)
        suspects = self._attribution.suspects(refused)
        base = _base(builder, refused.model, suspects)
        if base is None:
            return
        asking = narrowing(
            builder,
            base,
            refused.body,
            [tokens for tokens in suspects if tokens != self._contract.model_tokens],
            others=self._attribution.others(refused),
            known=[frozenset(c.texts) for model, c in self._causes if model == refused.model and c.within(given)],
            cost=self._conversation.usd,
        )
        accepting = f"{self._contract.provider}.{self._contract.submit.id}.accepted.status"
        found = self._asked(
            _Errand("narrow", "narrowing", accepting, "what a valid request was refused for", NARROWING_PROBES), asking
        )
        for places in found or ():
            if places:
                self._causes.append((refused.model, Cause(texts={tokens: given[tokens] for tokens in places})))
            else:
                self._hopeless.add(refused.model)

    def find_limits(self, plan: Plan, whose: Limits) -> None:
        """Close in on the limits that are not where they are documented, or on all; the cheapest first."""
        contract, cost = self._contract, self._conversation.usd
        evidence = Evidence(contract, self._conversation.interactions)
        builder = Builder(contract, contract.submit)
        submitted = [probe for probe in plan.probes if probe.operation == contract.submit.id]
        models = {probe.model or contract.model_of(probe.body) for probe in submitted}
        bases = {model: base for model in contract.models if model in models and (base := thrifty(builder, model))}
        cheapest = sorted(bases, key=lambda model: cost(bases[model]))
        wanted = []
        for name, drawn in evidence.bounds.items():
            claim = contract.claims[name]
            for bound in drawn if claim.operation == contract.submit.id else ():
                seen = {model: _known(reach) for (model, _), reach in reaches(bound, evidence).items()}
                fitting = [model for model in ([claim.model] if claim.model else cheapest) if model in bases]
                amiss = [model for model in fitting if wrong(bound, seen.get(model, {}))]
                chosen = amiss or (fitting if whose == "all" else [])
                for model in chosen:
                    at_edge = carrying(builder, bound, bases[model], bound.documented or 1)
                    if at_edge is not None:
                        wanted.append((cost(at_edge), name, bound, bases[model], seen.get(model, {}), model))
                        break
        for _, name, bound, base, known, model in sorted(wanted, key=lambda each: each[:2]):
            allowed = evidence.drawn_at(bound, model)
            asking = closing_in(builder, bound, base, known, every=whose == "all", allowed=allowed)
            self._asked(_Errand("limit", "limit", name, "where its limit really lies", LIMIT_PROBES), asking)

    def _asked(self, errand: _Errand, asking: Generator[Body | Again, Answer, Told]) -> Told | None:
        """Send the bodies that a search asks for, and tell it what came of each.

        What is known already is not sent, unless it is asked for again.
        """
        many = 0
        answer: Answer = None
        try:
            wanted = next(asking)
            while True:
                again = isinstance(wanted, Again)
                body = wanted.body if isinstance(wanted, Again) else wanted
                if not again and canonical(body) in self._taken:
                    answer = self._taken[canonical(body)]
                elif not again and self._attribution.covers(body):
                    answer = True
                elif many >= errand.most or self._conversation.full:
                    answer = None
                else:
                    many += 1
                    answer = self._put(errand, body, again=again)
                wanted = asking.send(answer)
        except StopIteration as done:
            told: Told = done.value
            return told

    def _put(self, errand: _Errand, body: Body, *, again: bool) -> Answer:
        submit = self._contract.submit
        probe = Probe(family=errand.purpose, operation=submit.id, body=body)
        request = self._conversation.request(probe)
        key = f"{errand.key}/{probe.id}{'/again' if again else ''}"
        try:
            with self._jobs.place(key):
                sent, seen = self._conversation.send(key, request, submit, purpose=errand.purpose)
                answer = None if seen is None else self.heard(seen, sent)
        except BudgetSpent as spent:
            self._conversation.skip(errand.claim, f"the budget did not cover finding out {errand.what}", spent)
            return None
        if answer is not None:
            self._taken[canonical(body)] = answer  # what left may have had another callback URL
        return answer


def _base(builder: Builder, model: str | None, suspects: Collection[Tokens]) -> Body | None:
    """The cheapest valid request, unless what makes it cheap is suspect: then the smallest."""
    cheap = thrifty(builder, model)
    return builder.minimal(model) if cheap is None or any(present(cheap, each) for each in suspects) else cheap


def _known(reach: Reach) -> dict[int, bool]:
    """What was accepted and what was refused, in one."""
    return {**dict.fromkeys(reach.refused, False), **dict.fromkeys(reach.accepted, True)}
