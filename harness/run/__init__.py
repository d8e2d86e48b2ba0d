"""Sending a plan: probes × session → interactions. Knows no report."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from harness.contract import Contract, Operation, Role, State
from harness.contract.links import expressions, placeholders, result_urls
from harness.contract.prices import worst_price
from harness.document import canonical
from harness.errors import BudgetSpent, ConfigurationError
from harness.exchange import Session
from harness.interaction import Interaction, KeyState, Malformed, Request
from harness.judge.attribution import Attribution
from harness.judge.seen import Seen, read, state
from harness.pointer import evaluate, parse, put, value
from harness.probe.build import Builder
from harness.probe.plan import Plan, Probe
from harness.run.budget import Ledger
from harness.run.inbox import Inbox, receiving
from harness.simulator import SITUATION_HEADER

#: How many of the jobs that ended are polled once more, to see that the end is one.
POLLED_AGAIN = 3
#: Once a job has outlived its deadline, the others are not waited for as long.
IMPATIENT_POLLS = 3
#: Seconds that a Retry-After is honoured for at most.
LONGEST_PAUSE = 120.0
#: Requests without any answer after which an address is taken for a wrong one.
UNANSWERED = 3
#: Discriminating probes for one refused valid request: enough for every field it has.
NARROWING_PROBES = 12


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Time as an argument: seconds between polls, a job's deadline, the clock and how to wait."""

    poll: float
    deadline: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass
class Run:
    """One pass over a plan. ``interactions`` grows as it goes; what was sent stays there whatever happens."""

    contract: Contract
    session: Session
    base_url: str
    pace: Pace
    ledger: Ledger | None = None
    assumed_price: float | None = None
    max_requests: int | None = None
    heard: Callable[[Interaction], None] = lambda _: None
    inbox: Inbox | None = None
    interactions: list[Interaction] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    spent: float = 0.0  # this run's share of the ledger, which several runs may write in
    unknown: float = 0.0

    def __post_init__(self) -> None:
        self._anchor: Seen | None = None
        self._ended = 0
        self._impatient = False
        self._taken: set[str] = set()
        self._answered = False
        self._seen_prices: set[float] = set()
        self._quotes: dict[str, float | None] = {}
        self._attribution = Attribution(self.contract, self.contract.submit, ())

    def go(self, plan: Plan) -> list[Interaction]:
        """Send every probe; follow every job that is accepted.

        A probe that the budget cannot cover is left out, and the cheaper ones are still sent; then BudgetSpent
        is raised. ``skipped`` says why, for each claim that was to be broken (for others, by the probe's id).
        """
        with receiving(self.inbox, self._keep):
            self._all(plan)
        return self.interactions

    def _all(self, plan: Plan) -> None:
        short: BudgetSpent | None = None
        for probe in plan.probes:
            try:
                if probe.anchored and self._anchor is None:
                    self._skip(probe, "no job was accepted whose id could be used")
                elif self._full:
                    self._skip(probe, f"--max-requests {self.max_requests} was reached")
                else:
                    self._probe(probe)
            except BudgetSpent as spent:
                short = short or spent
                self._skip(probe, "the budget did not cover the request that puts it to the test")
        if short:
            raise short

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
        request = self._request(probe, operation)
        seen = self._send(request, operation, probe.authorization, probe.family)
        if seen is None or operation.role is not Role.SUBMIT:
            return
        if seen.accepted:
            self._taken.add(canonical(seen.body))
            self._follow(seen)
            self._attribution.note(seen)
        elif (
            seen.refused
            and not seen.breaks
            and probe.authorization == "key"
            and probe.family in ("valid", "random", "fuzz")
        ):
            self._narrow(seen)

    def _request(self, probe: Probe, operation: Operation) -> Request:
        path, body = dict(probe.path), probe.body
        if probe.anchored:
            path = {name: str(self._filled(text)) for name, text in path.items()}
            body = _replaced(body, self._filled)
        if probe.family == "unknown-id":
            path, body = self._unknown(operation, path, body)
        if self.inbox is not None and operation.role is Role.SUBMIT and not probe.breaks:
            body = self.inbox.addressed(body)
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

    def _filled(self, expression: Any) -> Any:
        """A value from the anchor job, where the plan holds an expression."""
        if not isinstance(expression, str) or not expression.startswith("$") or self._anchor is None:
            return expression
        return evaluate(
            expression,
            request_body=self._anchor.body,
            response_body=self._anchor.answer,
            path=self._anchor.path,
            headers={},
        )

    def _unknown(self, operation: Operation, path: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        """The same request about a job that does not exist."""
        parameters, fields = expressions(self.contract, operation)
        where = "$response.body#" + "".join(f"/{token}" for token in self.contract.job.id)
        path = {name: "no-such-job" if parameters.get(name) == where else text for name, text in path.items()}
        for pointer, expression in fields.items():
            if expression == where:
                body = dict(body)
                put(body, parse(pointer), "no-such-job")
        return path, body

    def _send(
        self, request: Request, operation: Operation, authorization: KeyState = "key", purpose: str = ""
    ) -> Seen | None:
        reserved = self._reserve(request, operation)
        interaction = self.session.exchange(request, authorization=authorization, purpose=purpose)
        self._keep(interaction)
        seen = read(self.contract, interaction)
        if reserved is not None and self.ledger is not None:
            refused = seen is not None and 400 <= seen.status < 500
            taken = seen is not None and seen.accepted
            cost = 0.0 if refused else reserved if taken else None
            self.ledger.settle(reserved, cost)
            self.spent += cost or 0.0
            self.unknown += reserved if cost is None else 0.0
        return seen

    def _keep(self, interaction: Interaction) -> None:
        self.interactions.append(interaction)
        self.heard(interaction)
        if interaction.response is not None:
            self._answered = True
        elif not self._answered and len(self.interactions) >= UNANSWERED:
            raise ConfigurationError(
                f"nothing answers as an HTTP server: {interaction.failure}",
                where=self.base_url,
                hint="Is the address right, with its base path, and is the server up? Nothing was accepted.",
            )

    def _reserve(self, request: Request, operation: Operation) -> float | None:
        if self.ledger is None or operation.role is not Role.SUBMIT:
            return None
        body = None if isinstance(request.json, Malformed) else request.json
        return self.ledger.reserve(self._price(body), f"a job of {self.contract.model_of(body) or 'an unnamed model'}")

    def _price(self, body: Any) -> float | None:
        """The worst price: the documented list, else the provider's own quote, else what the user assumes.

        A body that names no known model could be taken for any: the dearest price seen so far counts.
        """
        documented = worst_price(self.contract, body)
        quote = self.contract.role(Role.QUOTE)
        if documented is None and quote is not None and "quote" in self.contract.prices:
            documented = self._quoted(quote, body)
        if documented is None:
            documented = self.assumed_price if self.assumed_price is not None else max(self._seen_prices, default=None)
        if documented is not None:
            self._seen_prices.add(documented)
        return documented

    def _quoted(self, quote: Operation, body: Any) -> float | None:
        builder = Builder(self.contract, quote)
        named = self.contract.model_of(body)
        wanted = builder.minimal(named if named in self.contract.models else self.contract.default_model) or {}
        for name, given in body.items() if isinstance(body, dict) else ():
            if name in (quote.body or {}).get("properties", {}):
                wanted = builder.with_value(wanted, (name,), given) or wanted
        key = json.dumps(wanted, sort_keys=True)
        if key not in self._quotes:
            request = Request(
                method=quote.method,
                url=self.base_url + quote.path,
                headers={"content-type": "application/json"},
                body=key.encode(),
            )
            interaction = self.session.exchange(request, authorization="key", purpose="quote")
            self._keep(interaction)
            answer = interaction.response.json if interaction.response else None
            price = None if isinstance(answer, Malformed) else value(answer, parse(self.contract.prices["quote"]))
            sound = isinstance(price, (int, float)) and not isinstance(price, bool) and price >= 0
            self._quotes[key] = float(str(price)) if sound else None
        return self._quotes[key]

    # Jobs

    def _follow(self, submission: Seen) -> None:
        """Poll a job to its end, fetch its file, and now and then look again."""
        poll = self.contract.role(Role.POLL)
        answer = submission.answer
        name = None if isinstance(answer, Malformed) else value(answer, self.contract.job.id)
        if poll is None or not isinstance(name, str):
            return
        before, self._anchor = self._anchor, submission
        probe = Probe(family="poll", operation=poll.id, anchored=True, **_wired(self.contract, poll))
        started, polls, last = self.pace.clock(), 0, None
        while last is None or not (now := state(self.contract, last)) or not now.terminal:
            if last is not None:
                if self._full or (self._impatient and polls >= IMPATIENT_POLLS):
                    break
                if self.pace.clock() - started >= self.pace.deadline:
                    self._gave_up()
                    break
                self.pace.sleep(max(self.pace.poll, _retry_after(last)))
            last = self._send(self._request(probe, poll), poll, purpose="poll")
            polls += 1
            if last is None or not (
                last.accepted or last.meaning in ("rate-limited", "unavailable", "server-error", "upstream", "none")
            ):
                break
        final = state(self.contract, last) if last is not None else None
        if self.inbox is not None and final is not None and final.terminal:
            self.inbox.ended(submission.body)
            for each in self.inbox.arrived():
                self._keep(each)
        ended = final is State.SUCCEEDED
        if ended and last is not None:
            self._fetch(submission, last)
            self._ended += 1
            if self._ended <= POLLED_AGAIN:
                self._send(self._request(probe, poll), poll, purpose="poll again")
        elif before is not None:
            self._anchor = before

    def _gave_up(self) -> None:
        self.interactions[-1] = replace(self.interactions[-1], gave_up=True)
        self._impatient = True

    def _fetch(self, submission: Seen, last: Seen) -> None:
        """The video, wherever the documentation says it is."""
        if last.interaction.response and last.interaction.response.media:
            return
        contract = self.contract
        for place, answer in (("submission", submission.answer), ("body", last.answer)):
            if isinstance(answer, Malformed):
                continue
            authorized = any(r.authorized for r in contract.job.results if r.place == place)
            for url in result_urls(contract, place, answer)[:1]:
                request = Request(method="GET", url=url, headers={"accept": "video/*"})
                self._keep(
                    self.session.exchange(request, authorization="key" if authorized else "missing", purpose="result")
                )
                return
        content = contract.role(Role.CONTENT)
        if content is not None:
            probe = Probe(family="content", operation=content.id, anchored=True, **_wired(contract, content))
            self._send(self._request(probe, content), content, purpose="result")

    # Attribution

    def _narrow(self, refused: Seen) -> None:
        """Find the value that a valid request is refused for: each suspect alone on the smallest valid request."""
        suspects = self._attribution.suspects(refused)
        if len(suspects) < 2:
            return
        builder = Builder(self.contract, self.contract.submit)
        base = builder.minimal(refused.model)
        if base is None:
            return
        bodies = [base]
        for tokens in list(suspects)[:NARROWING_PROBES]:
            alone = builder.with_value(base, tokens, value(refused.body, tokens)) if tokens else None
            if alone is not None and alone != base:
                bodies.append(alone)
        for body in bodies:
            if self._full or canonical(body) in self._taken:  # what was accepted once tells nothing new
                continue
            probe = Probe(family="narrowing", operation=self.contract.submit.id, model=refused.model, body=body)
            seen = self._send(self._request(probe, self.contract.submit), self.contract.submit, purpose="narrowing")
            if seen is not None and seen.accepted:
                self._taken.add(canonical(seen.body))
                self._attribution.note(seen)
                self._follow(seen)


def _retry_after(seen: Seen) -> float:
    """Seconds that the server asks to be left alone, at most LONGEST_PAUSE; 0 if it asks for nothing."""
    response = seen.interaction.response
    asked = response.headers.get("retry-after", "") if response else ""
    return min(float(asked), LONGEST_PAUSE) if asked.isascii() and asked.isdigit() else 0.0


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
