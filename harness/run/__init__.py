"""Sending a plan: probes × sender → interactions. Knows no report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from harness.contract import Contract, Operation, Role, State
from harness.contract.links import placeholders, result_urls
from harness.contract.money import amount
from harness.contract.pictures import last_frame_urls
from harness.contract.prices import Price
from harness.contract.shape import schema_at
from harness.document import canonical
from harness.errors import BudgetSpent, ConfigurationError
from harness.exchange.failure import never_left
from harness.exchange.pause import pause_asked
from harness.interaction import SITUATION_HEADER, Interaction, KeyState, Malformed, Request, ungiven_like
from harness.judge.attribution import Attribution, Cause, fields
from harness.judge.evidence import Evidence
from harness.judge.limits import Reach, reaches
from harness.judge.seen import Seen, read, state
from harness.pointer import Tokens, evaluate, parse, present, put, value
from harness.probe.asking import question
from harness.probe.build import Builder
from harness.probe.condition import Body
from harness.probe.cover import thrifty
from harness.probe.isolate import Answer, narrowing
from harness.probe.limits import carrying, closing_in, wrong
from harness.probe.plan import UNKNOWN, Plan, Probe
from harness.probe.sample import sample
from harness.run.inbox import Inbox, receiving
from harness.run.pricing import Pricing
from harness.run.sending import Sender, Sent, Step, StepKind

#: How many of the jobs that ended are polled once more, to see that the end is one.
POLLED_AGAIN = 3
#: Once a job has outlived its deadline, the others are not waited for as long.
IMPATIENT_POLLS = 3
#: Seconds that a Retry-After is honoured for at most.
LONGEST_PAUSE = 120.0
#: Requests without any answer after which an address is taken for a wrong one.
UNANSWERED = 3
#: Further requests about one refused valid request: enough for two values of sixty-four that go together, and others.
NARROWING_PROBES = 24
#: Further requests about one limit: enough to close in on one of a hundred thousand.
LIMIT_PROBES = 48
#: Families of probes whose callback URL is one of ours: what breaks a rule is sent as it was planned.
ADDRESSED = ("valid", "random", "fuzz", "narrowing", "situation")
#: How often a request that surely never left is sent again, and seconds before the first of these times.
ATTEMPTS, FIRST_PAUSE = 2, 1.0


#: Whose real limits are looked for: of those that are not where they are documented, or of all.
Limits = Literal["wrong", "all"]
#: What a search comes to.
Told = TypeVar("Told")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds between polls, a job's deadline in seconds, how to wait, and how many jobs may be under way.

    ``jitter``: the part of a wait by which it may be longer, so that many runs do not ask in step. ``tidy``: have the
    provider delete what it made, where it documents how.
    """

    poll: float
    deadline: float
    sleep: Callable[[float], None]
    jobs: int = 1
    jitter: float = 0.0
    tidy: bool = False


@dataclass(frozen=True, slots=True)
class _Due:
    """When a job wants to be looked at again on the run's clock, and the step that it then takes."""

    at: float
    key: str


@dataclass(frozen=True, slots=True)
class Errand:
    """What a search sends its requests for: in their keys, their purpose, the claim in question, and at most how many.

    ``what`` is not found out where the budget does not do.
    """

    key: str
    purpose: str
    claim: str
    what: str
    most: int


@dataclass
class Run:
    """One pass over a plan. ``interactions`` grows as it goes; what was sent stays there whatever happens.

    Told the same answers, it takes the same steps: whoever sends through a journal can tell it again. ``stopping`` is
    asked before each request that was not sent yet.
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

    def __post_init__(self) -> None:
        self._anchor: Seen | None = None
        self._under_way: list[tuple[_Due, Iterator[_Due]]] = []
        self._ended = 0
        self._made: list[tuple[str, Seen]] = []
        self._impatient = False
        self._taken: dict[str, bool] = {}
        self._causes: list[tuple[str | None, Cause]] = []
        self._hopeless: set[str | None] = set()
        self._short: BudgetSpent | None = None
        self._deleted: set[str] = set()
        self._answered = False
        self._attribution = Attribution(self.contract, self.contract.submit, ())

    def go(self, plan: Plan) -> list[Interaction]:
        """Send every probe; follow every job that is accepted.

        A probe that the budget cannot cover is left out, and the cheaper ones are still sent; then BudgetSpent
        is raised. ``skipped`` says why, for each claim that was to be broken (for others, by the probe's id).
        Raises Stopped as soon as ``stopping`` says so.
        """
        if self.inbox is not None:
            for each in self.inbox.recalled(self.sender.arrivals()):
                self._hear(each)
        with receiving(self.inbox, self._arrived):
            self._all(plan)
        return self.interactions

    def _all(self, plan: Plan) -> None:
        for probe in plan.probes:
            try:
                self._until(0 if probe.anchored else self.pace.jobs - 1)
                if probe.anchored and self._anchor is None:
                    self._skip(probe, "no job was accepted whose id could be used")
                elif self._full:
                    self._skip(probe, f"--max-requests {self.max_requests} was reached")
                else:
                    self._probe(probe)
            except BudgetSpent as spent:
                self._short = self._short or spent
                self._skip(probe, "the budget did not cover the request that puts it to the test")
        if self.find_limits:
            self._find_limits(plan)
        self._until(0)
        self._tidy_up()
        if self._short:
            raise self._short

    def _tidy_up(self) -> None:
        """Have deleted what the jobs made. The last one's is left to the probes of deletion, which come before this."""
        complete = self.contract.role(Role.COMPLETE)
        if complete is None or not self.pace.tidy:
            return
        for key, submission in self._made:
            if submission is not self._anchor:
                probe = Probe(
                    family="clean-up", operation=complete.id, anchored=True, **_wired(self.contract, complete)
                )
                self._send(f"{key}/clean-up", self._request(probe, complete, submission), complete, purpose="clean-up")

    @property
    def _full(self) -> bool:
        if self.max_requests is None:
            return False
        return sum(each.arrival is None for each in self.interactions) >= self.max_requests

    def _skip(self, probe: Probe, reason: str) -> None:
        for name in probe.breaks or (probe.id,):
            self.skipped.setdefault(name, reason)

    def _probe(self, probe: Probe) -> None:
        operation = self.contract.operations[probe.operation]
        request = self._request(probe, operation, self._anchor)
        sent, seen = self._send(probe.id, request, operation, probe.authorization, probe.family)
        if seen is not None and seen.accepted and operation.role is Role.COMPLETE and self._anchor is not None:
            self._asked_again(probe.id, self._anchor)
        if seen is None or operation.role is not Role.SUBMIT:
            return
        if seen.meaning == "consent" and probe.situation:
            self._consented(probe, seen)
        if probe.authorization != "key" or probe.situation or not seen.bodied:
            if seen.accepted:
                self._follow(seen, sent)
        elif self._heard(seen, sent) is False and not seen.breaks:
            self._narrow(seen)

    def _request(self, probe: Probe, operation: Operation, anchor: Seen | None) -> Request:
        path, body = dict(probe.path), probe.body
        if probe.anchored:
            path = {name: str(_filled(text, anchor)) for name, text in path.items()}
            body = _replaced(body, lambda each: _filled(each, anchor))
        url = self.base_url + operation.path
        for name, text in path.items():
            url = url.replace(f"{{{name}}}", text)
        if probe.query:
            url += "?" + "&".join(f"{name}={text}" for name, text in probe.query.items())
        headers = {"accept": "application/json, video/*"}
        if operation.body is not None:
            headers["content-type"] = "application/json"
        if probe.situation:
            headers[SITUATION_HEADER] = probe.situation
        raw = probe.raw if probe.raw is not None else json.dumps(body) if operation.body is not None else ""
        return Request(method=operation.method, url=url, headers=headers, body=raw.encode())

    # Sending

    def _send(
        self, key: str, request: Request, operation: Operation, authorization: KeyState = "key", purpose: str = ""
    ) -> tuple[Sent, Seen | None]:
        """Send one request of an operation. What surely never left is sent again, and nothing else is."""
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
            what=_what(self.contract, request),
        )
        sent = self._exchange(step)
        for attempt in range(1, ATTEMPTS + 1):
            if not never_left(sent.interaction) or not self._answered:
                break
            if submission:
                self.sender.settle(step.key, 0.0, "never left")
            step = replace(step, key=f"{key}/again-{attempt}")
            self._wait(step.key, FIRST_PAUSE * 4 ** (attempt - 1))
            sent = self._exchange(step)
        if submission and self.inbox is not None:
            self.inbox.given_out(sent.interaction.request.json)
        seen = read(self.contract, sent.interaction)
        if submission and price is not None:
            self.sender.settle(step.key, *_settled(sent.interaction, seen, price))
        return sent, seen

    def _addressed(self, request: Request) -> Request:
        """The same submission with a callback address of this run's, if it names any."""
        if self.inbox is None or isinstance(request.json, Malformed):
            return request
        body = self.inbox.addressed(request.json)
        return request if body is request.json else replace(request, body=json.dumps(body).encode())

    def _exchange(self, step: Step) -> Sent:
        if self.stopping() and not self.sender.known(step.key):
            raise Stopped
        sent = self.sender.send(step)
        made = replace(sent.interaction, name=f"{sent.interaction.name.rpartition('#')[0]}#{len(self.interactions)}")
        self._hear(made)
        if made.response is not None:
            self._answered = True
        elif not self._answered and len(self.interactions) >= UNANSWERED:
            raise ConfigurationError(
                f"nothing answers as an HTTP server: {made.failure}",
                where=self.base_url,
                hint="Is the address right, with its base path, and is the server up?",
            )
        return Sent(step.key, made, sent.at)

    def _hear(self, made: Interaction) -> None:
        self.interactions.append(made)
        self.heard(made)

    def _arrived(self, delivery: Interaction) -> None:
        """A delivery of the provider's is written down before anything is made of it."""
        self.sender.arrived(delivery)
        self._hear(delivery)

    def _wait(self, key: str, seconds: float) -> None:
        """Wait for a step's time, unless what came of it is known already."""
        if seconds > 0 and not self.sender.known(key):
            self.pace.sleep(seconds)

    # Money

    def _usd(self, body: Body) -> float:
        """What a job can cost, as far as it is known without asking."""
        known = self.pricing.known(body)
        return known.usd if known else 0.0

    def _price(self, request: Request) -> Price | None:
        body = None if isinstance(request.json, Malformed) else request.json
        quote = self.contract.role(Role.QUOTE)
        known = self.pricing.known(body)
        if known is None and self.pricing.asks and quote is not None and "quote" in self.contract.prices:
            known = self._quoted(quote, body)
        return self.pricing.settled(known)

    def _quoted(self, quote: Operation, body: Any) -> Price | None:
        """The provider's own price; asked for once for each different question."""
        probe = Probe(family="quote", operation=quote.id, body=question(self.contract, quote, body))
        if probe.id not in self.pricing.quotes:
            sent, _ = self._send(f"quote/{probe.id}", self._request(probe, quote, None), quote, purpose="quote")
            answer = sent.interaction.response.json if sent.interaction.response else None
            price = None if isinstance(answer, Malformed) else value(answer, parse(self.contract.prices["quote"]))
            self.pricing.quotes[probe.id] = None if (usd := amount(price)) is None else Price(usd, "quoted")
        return self.pricing.quotes[probe.id]

    # Jobs

    def _follow(self, submission: Seen, sent: Sent) -> None:
        """Take a job up, and go on with whatever is due until no more are under way than may be."""
        job = self._job(sent.key, submission, sent.at)
        first = next(job, None)
        if first is not None:
            self._under_way.append((first, job))
        self._until(self.pace.jobs - 1)

    def _until(self, many: int) -> None:
        """Look after the jobs, the one that is due next first, until only so ``many`` are left."""
        while self._under_way:
            due, job = min(self._under_way, key=lambda each: each[0].at)
            late = due.at <= self.sender.clock() or self.sender.known(due.key)
            if len(self._under_way) <= many and not late:
                return
            self._under_way.remove((due, job))
            self._wait(due.key, due.at - self.sender.clock())
            following = next(job, None)
            if following is not None:
                self._under_way.append((following, job))

    def _job(self, key: str, submission: Seen, started: float) -> Iterator[_Due]:
        """Poll a job to its end, fetch its file, and now and then look again. Yields when it wants to go on."""
        poll = self.contract.role(Role.POLL)
        answer = submission.answer
        name = None if isinstance(answer, Malformed) else value(answer, self.contract.job.id)
        if poll is None or not isinstance(name, str):
            return
        request = self._polling(poll, submission)
        polls, now, last = 0, started, None
        while last is None or not (found := state(self.contract, last)) or not found.terminal:
            if last is not None:
                if self._full or (self._impatient and polls >= IMPATIENT_POLLS):
                    break
                if now - started >= self.pace.deadline:
                    self._gave_up(last)
                    break
                pause = max(self.pace.poll, _pause(last, now)) * (1 + self.pace.jitter * _share(f"{key}/{polls}"))
                yield _Due(now + pause, f"{key}/poll-{polls}")
            sent, last = self._send(f"{key}/poll-{polls}", request, poll, purpose="poll")
            now = sent.at
            polls += 1
            if last is None or not (
                last.accepted or last.meaning in ("rate-limited", "unavailable", "server-error", "upstream", "none")
            ):
                break
        final = None
        if last is not None:
            final = state(self.contract, last)
            self._refunded(key, last, final)
            self._metered(key, last)
        if self.inbox is not None and final is not None and final.terminal:
            self.inbox.ended(submission.body)
            for each in self.inbox.arrived():
                self._arrived(each)
        if last is not None and final is State.SUCCEEDED:
            self._fetch(key, submission, last)
            self._fetch_last_frames(key, submission, last)
            self._ended += 1
            if self._ended <= POLLED_AGAIN:
                self._send(f"{key}/poll-again", request, poll, purpose="poll again")
            if not self._deletes(key, submission):
                self._anchor = submission
                self._made.append((key, submission))
        self._anchor = self._anchor or submission

    def _gave_up(self, last: Seen) -> None:
        place = next(i for i, each in enumerate(self.interactions) if each.name == last.interaction.name)
        self.interactions[place] = replace(self.interactions[place], gave_up=True)
        self._impatient = True

    def _refunded(self, key: str, last: Seen, final: State | None) -> None:
        """A failed job costs nothing where that is documented; that it did not is seen by no answer that says so."""
        money = self.contract.money
        free = final is State.FAILED and (money.failures_unbilled or last.meaning in money.unbilled)
        if free and self.pricing.needed:
            self.sender.settle(key, 0.0, "refunded")

    def _metered(self, key: str, last: Seen) -> None:
        """What the provider says that the job cost takes the place of what was set aside."""
        if not self.pricing.needed or self.contract.job.cost is None or isinstance(last.answer, Malformed):
            return
        cost = amount(value(last.answer, self.contract.job.cost))
        if cost is not None:
            self.sender.settle(key, cost, "metered")

    # Deletion and consent, where they are documented

    def _asked_again(self, key: str, submission: Seen) -> None:
        """Ask once more for a video that was deleted."""
        poll = self.contract.role(Role.POLL)
        if poll is not None:
            self._send(f"{key}/deleted", self._polling(poll, submission), poll, purpose="after deletion")

    def _deletes(self, key: str, submission: Seen) -> bool:
        """Have the file of one job deleted, in the next documented way that was not tried yet; not the anchor's."""
        poll, promises = self.contract.role(Role.POLL), self.contract.promises
        if poll is None or self._anchor is None:
            return False
        if promises.flag and "flag" not in self._deleted:
            self._deleted.add("flag")
            request = self._polling(poll, submission)
            body = {**request.json}
            put(body, promises.flag, True)
            self._send(f"{key}/delete", replace(request, body=json.dumps(body).encode()), poll, purpose="deletion")
            self._asked_again(key, submission)
            return True
        links = result_urls(self.contract, "submission", submission.answer) if promises.link else []
        if links and "link" not in self._deleted and self._served(links[0]):
            self._deleted.add("link")
            for method, name in (("DELETE", "delete"), ("GET", "deleted")):
                request = Request(method=method, url=links[0], headers={"accept": "video/*"})
                kind: StepKind = "once" if method == "DELETE" else "reading"
                self._exchange(
                    Step(
                        key=f"{key}/{name}", request=request, kind=kind, authorization="missing", purpose="deletion",
                        group=Role.COMPLETE,
                    )
                )  # fmt: skip
            return True
        return False

    def _served(self, url: str) -> bool:
        """Whether a video came from there: nothing is deleted at an address that an answer merely names."""
        return any(i.request.url == url and i.response is not None and i.response.media for i in self.interactions)

    def _consented(self, probe: Probe, asked: Seen) -> None:
        """The same request with the documented consent. Never to a provider: nobody here may attest anything."""
        tokens, submit = self.contract.promises.consent, self.contract.submit
        if not tokens or not isinstance(asked.body, dict):
            return
        body = {**asked.body}
        put(body, tokens, sample(schema_at(submit.body or {}, tokens) or {}))
        request = self._request(replace(probe, body=body), submit, None)
        sent, seen = self._send(f"{probe.id}/consented", request, submit, purpose=probe.family)
        if seen is not None and seen.accepted:
            self._follow(seen, sent)

    def _polling(self, poll: Operation, submission: Seen) -> Request:
        probe = Probe(family="poll", operation=poll.id, anchored=True, **_wired(self.contract, poll))
        return self._request(probe, poll, submission)

    def _fetch(self, key: str, submission: Seen, last: Seen) -> None:
        """The video, wherever the documentation says it is."""
        if last.interaction.response and last.interaction.response.media:
            return
        contract = self.contract
        for place, answer in (("submission", submission.answer), ("body", last.answer)):
            if isinstance(answer, Malformed):
                continue
            authorized = any(r.authorized for r in contract.job.results if r.place == place)
            for url in result_urls(contract, place, answer)[:1]:
                self._exchange(
                    Step(
                        key=f"{key}/result",
                        request=Request(method="GET", url=url, headers={"accept": "video/*"}),
                        kind="reading",
                        authorization="key" if authorized else "missing",
                        purpose="result",
                        group=Role.CONTENT,
                    )
                )
                return
        content = contract.role(Role.CONTENT)
        if content is not None:
            probe = Probe(family="content", operation=content.id, anchored=True, **_wired(contract, content))
            self._send(f"{key}/result", self._request(probe, content, submission), content, purpose="result")

    def _fetch_last_frames(self, key: str, submission: Seen, last: Seen) -> None:
        """What may be the last picture, where a request asked for it: the documentation says what it is within."""
        capability = self.contract.capabilities.get("return_last_frame")
        if capability is None or value(submission.body, capability.tokens) is not True:
            return
        answer = None if isinstance(last.answer, Malformed) else last.answer
        for number, url in enumerate(last_frame_urls(self.contract, answer)):
            self._exchange(
                Step(
                    key=f"{key}/last-frame-{number}",
                    request=Request(method="GET", url=url, headers={"accept": "image/*"}),
                    kind="reading",
                    authorization="missing",
                    purpose="last frame",
                    group=Role.CONTENT,
                )
            )

    # Attribution

    def _narrow(self, refused: Seen) -> None:
        """Find the values that a valid request is refused for."""
        given = fields(refused.body)
        if refused.model in self._hopeless:
            return
        builder = Builder(self.contract, self.contract.submit)
        suspects = self._attribution.suspects(refused)
        base = _base(builder, refused.model, suspects)
        if base is None:
            return
        asking = narrowing(
            builder,
            base,
            refused.body,
            [tokens for tokens in suspects if tokens != self.contract.model_tokens],
            others=self._attribution.others(refused),
            known=[frozenset(c.texts) for model, c in self._causes if model == refused.model and c.within(given)],
            cost=self._usd,
        )
        accepting = f"{self.contract.provider}.{self.contract.submit.id}.accepted.status"
        found = self._asked(
            Errand("narrow", "narrowing", accepting, "what a valid request was refused for", NARROWING_PROBES), asking
        )
        for places in found or ():
            if places:
                self._causes.append((refused.model, Cause(texts={tokens: given[tokens] for tokens in places})))
            else:
                self._hopeless.add(refused.model)

    # Limits

    def _find_limits(self, plan: Plan) -> None:
        """Close in on the limits that are not where they are documented, or on all; the cheapest first."""
        evidence = Evidence(self.contract, self.interactions)
        builder = Builder(self.contract, self.contract.submit)
        submitted = [probe for probe in plan.probes if probe.operation == self.contract.submit.id]
        models = {probe.model or self.contract.model_of(probe.body) for probe in submitted}
        bases = {model: base for model in self.contract.models if model in models and (base := thrifty(builder, model))}
        cheapest = sorted(bases, key=lambda model: self._usd(bases[model]))
        wanted = []
        for name, drawn in evidence.bounds.items():
            claim = self.contract.claims[name]
            for bound in drawn if claim.operation == self.contract.submit.id else ():
                seen = {model: _known(reach) for (model, _), reach in reaches(bound, evidence).items()}
                fitting = [model for model in ([claim.model] if claim.model else cheapest) if model in bases]
                amiss = [model for model in fitting if wrong(bound, seen.get(model, {}))]
                chosen = amiss or (fitting if self.find_limits == "all" else [])
                for model in chosen:
                    at_edge = carrying(builder, bound, bases[model], bound.documented or 1)
                    if at_edge is not None:
                        wanted.append((self._usd(at_edge), name, bound, bases[model], seen.get(model, {}), model))
                        break
        for _, name, bound, base, known, model in sorted(wanted, key=lambda each: each[:2]):
            allowed = evidence.drawn_at(bound, model)
            asking = closing_in(builder, bound, base, known, every=self.find_limits == "all", allowed=allowed)
            self._asked(Errand("limit", "limit", name, "where its limit really lies", LIMIT_PROBES), asking)

    # Searches

    def _asked(self, errand: Errand, asking: Generator[Body, Answer, Told]) -> Told | None:
        """Send the bodies that a search asks for, and tell it what came of each. What is known already is not sent."""
        submit, many = self.contract.submit, 0
        answer: Answer = None
        try:
            body = next(asking)
            while True:
                if canonical(body) in self._taken:
                    answer = self._taken[canonical(body)]
                elif self._attribution.covers(body):
                    answer = True
                elif many >= errand.most or self._full:
                    answer = None
                else:
                    many += 1
                    answer = self._put(errand, submit, body)
                body = asking.send(answer)
        except StopIteration as done:
            told: Told = done.value
            return told

    def _put(self, errand: Errand, submit: Operation, body: Body) -> Answer:
        probe = Probe(family=errand.purpose, operation=submit.id, body=body)
        try:
            sent, seen = self._send(
                f"{errand.key}/{probe.id}", self._request(probe, submit, None), submit, purpose=errand.purpose
            )
        except BudgetSpent as spent:
            self._short = self._short or spent
            self.skipped.setdefault(errand.claim, f"the budget did not cover finding out {errand.what}")
            return None
        answer = None if seen is None else self._heard(seen, sent)
        if answer is not None:
            self._taken[canonical(body)] = answer  # what left may have had another callback URL
        return answer

    def _heard(self, seen: Seen, sent: Sent) -> Answer:
        """Remember what came of a submission that was sent with a good key, and follow its job."""
        if not seen.accepted:
            if seen.refused:
                self._taken[canonical(seen.body)] = False
            return False if seen.refused else None
        self._taken[canonical(seen.body)] = True
        self._attribution.note(seen)
        self._follow(seen, sent)
        return True


class Stopped(Exception):  # no error: somebody asked for it
    """The run was asked to stop, and did before its next request."""


def _base(builder: Builder, model: str | None, suspects: Collection[Tokens]) -> Body | None:
    """The cheapest valid request, unless what makes it cheap is suspect: then the smallest."""
    cheap = thrifty(builder, model)
    return builder.minimal(model) if cheap is None or any(present(cheap, each) for each in suspects) else cheap


def _known(reach: Reach) -> dict[int, bool]:
    """What was accepted and what was refused, in one."""
    return {**dict.fromkeys(reach.refused, False), **dict.fromkeys(reach.accepted, True)}


def _settled(made: Interaction, seen: Seen | None, price: Price) -> tuple[float | None, str]:
    """What a submission is taken to have cost, and how that is known; None where nobody knows."""
    if never_left(made):
        return 0.0, "never left"
    if seen is not None and 400 <= seen.status < 500:
        return 0.0, "refused"
    if seen is not None and seen.accepted:
        return price.usd, price.source
    return None, "unknown"


def _what(contract: Contract, request: Request) -> str:
    body = None if isinstance(request.json, Malformed) else request.json
    return f"a job of {contract.model_of(body) or 'an unnamed model'}"


def _share(key: str) -> float:
    """From 0 to 1, the same for the same key: chance that a run that is told again meets again."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


def _filled(expression: Any, anchor: Seen | None) -> Any:
    """A value from the anchor job, where the plan holds an expression."""
    if not isinstance(expression, str) or not expression.startswith("$") or anchor is None:
        return expression
    if expression.startswith(UNKNOWN):
        return ungiven_like(str(value(anchor.answer, parse(expression.removeprefix(UNKNOWN)))))
    return evaluate(expression, request_body=anchor.body, response_body=anchor.answer, path=anchor.path, headers={})


def _pause(seen: Seen, now: float) -> float:
    """Seconds that the server asks to be left alone, at most LONGEST_PAUSE; 0 if it asks for nothing."""
    response = seen.interaction.response
    if response is None or response.status not in (429, 503):
        return 0.0
    return min(pause_asked(response.headers, now), LONGEST_PAUSE)


def _wired(contract: Contract, operation: Operation) -> dict[str, Any]:
    path, body = placeholders(contract, operation)
    return {"path": path, "body": body if operation.body is not None else None}


def _replaced(body: Any, fill: Callable[[Any], Any]) -> Any:
    match body:
        case dict():
            return {name: _replaced(inner, fill) for name, inner in body.items()}
        case list():
            return [_replaced(inner, fill) for inner in body]
        case _:
            return fill(body)
