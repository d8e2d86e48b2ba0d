"""What a budget buys: the plan sent to the simulator, on the prices that a live run would reckon with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from harness.claim import Kind
from harness.contract import Contract, Role
from harness.contract.prices import Price
from harness.errors import BudgetSpent, ConfigurationError
from harness.exchange import Session
from harness.interaction import Interaction
from harness.judge import judge
from harness.pointer import present
from harness.probe.plan import Plan, Probe
from harness.run.budget import Caps, Committed, allow
from harness.run.journal import Came
from harness.run.pricing import Pricing
from harness.run.searches import NARROWING_PROBES
from harness.run.sending import Direct, Sent, Step
from harness.run.sources import simulated
from harness.verdict import Outcome

#: Outcomes of a claim that something reached.
_REACHED = (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One planned request: the most that it can cost (None: nobody says), and the claims that it puts to the test."""

    probe: Probe
    submission: bool
    price: Price | None
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What a run within ``budget`` USD would come to if the provider did as documented.

    ``ceiling``: the most that it could cost all the same, with all that finding out the causes of refusals can take;
    ``reached`` and ``untested``: claim ids; ``left_out``: planned requests that the budget does not cover.
    """

    budget: float
    requests: int
    submissions: int
    jobs: int
    expected: float
    ceiling: float
    reached: tuple[str, ...]
    untested: tuple[str, ...]
    left_out: int


def lines(contract: Contract, plan: Plan, pricing: Pricing) -> list[Line]:
    """The plan in its order, with prices and what each request is for."""
    made = []
    for probe in plan.probes:
        submission = contract.operations[probe.operation].role is Role.SUBMIT
        price = pricing.price(probe.body) if submission else None
        made.append(Line(probe=probe, submission=submission, price=price, tests=tuple(_tested(contract, probe))))
    return made


def submissions(contract: Contract, plan: Plan) -> list[Probe]:
    """The requests of a plan that may start jobs."""
    return [each for each in plan.probes if contract.operations[each.operation].role is Role.SUBMIT]


def worst(contract: Contract, plan: Plan, pricing: Pricing) -> float:
    """The most that the submissions of a plan can cost together, as far as anybody names a price."""
    return round(sum(pricing.usd(each.body) for each in submissions(contract, plan)), 6)


def bought(contract: Contract, plan: Plan, pricing: Callable[[], Pricing], budget: float) -> Bought:
    """Play the plan against the honest simulator within ``budget``, and count what it reaches."""
    purse = _Purse(Caps(run=budget))
    run = simulated(contract, [], through=purse.through)
    run.pricing = pricing()
    with suppress(BudgetSpent):
        run.go(plan)
    permitted = (each for each in submissions(contract, plan) if not each.breaks)
    further = NARROWING_PROBES * sum(run.pricing.usd(each.body) for each in permitted)
    verdicts = [each for each in judge(contract, run.interactions) if each.claim.kind is not Kind.CONTRADICTION]
    reached = tuple(each.claim.id for each in verdicts if each.outcome in _REACHED)
    return Bought(
        budget=budget,
        requests=len(run.interactions),
        submissions=purse.submissions,
        jobs=purse.jobs,
        expected=round(purse.spent, 6),
        ceiling=round(min(budget, purse.ceiling + further), 6),
        reached=reached,
        untested=tuple(each.claim.id for each in verdicts if each.outcome is Outcome.UNTESTED),
        left_out=purse.denied,
    )


def _tested(contract: Contract, probe: Probe) -> Sequence[str]:
    """The claims that a probe breaks, or, for a valid one, those on the values that it sends."""
    if probe.breaks:
        return probe.breaks
    if probe.body is None or probe.family not in ("valid", "random", "fuzz"):
        return ()
    claims = contract.request_claims(probe.operation, probe.model)
    return [each.id for each in claims if each.tokens and present(probe.body, each.tokens)]


@dataclass
class _Purse:
    """Money in memory, kept by the same rules as in the journal."""

    caps: Caps
    spent: float = 0.0
    ceiling: float = 0.0
    submissions: int = 0
    jobs: int = 0
    denied: int = 0
    _session: Direct | None = None
    _prices: dict[str, float] = field(default_factory=dict)

    def through(self, session: Session, clock: Callable[[], float]) -> _Purse:
        self._session, self.clock = Direct(session, clock), clock
        return self

    def send(self, step: Step) -> Sent:
        if self._session is None:
            raise RuntimeError("no session yet")
        if step.kind == "submission":
            try:
                price = allow(step.price, self.caps, Committed(run=self.spent), step.what)
            except (BudgetSpent, ConfigurationError) as fault:
                self.denied += 1
                raise BudgetSpent(fault.message) from None
            self._prices[step.key] = price.usd
            self.spent += price.usd
            self.ceiling += price.usd
            self.submissions += 1
        return self._session.send(step)

    def known(self, key: str) -> bool:
        return False

    def arrived(self, delivery: Interaction) -> None:
        pass

    def arrivals(self) -> list[Interaction]:
        return []

    def submitted(self, key: str, came: Came) -> None:
        if came in ("refused", "never left"):
            self.spent -= self._prices[key]
        else:
            self.jobs += 1

    def settle(self, key: str, cost: float, basis: str) -> None:
        """What the simulator says that it cost is nobody's price, and what is refunded counts all the same."""


def cost_of(lines: Sequence[Line], claims: Sequence[str]) -> dict[str, Any]:
    """What it would cost at most to reach ``claims``: the cheapest request for each, counted once."""
    cheapest: dict[str, Line] = {}
    for line in lines:
        if line.submission and line.price is not None:
            for name in line.tests:
                if name not in cheapest or line.price.usd < _usd(cheapest[name]):
                    cheapest[name] = line
    needed = {each.probe.id: each for name in claims if (each := cheapest.get(name)) is not None}
    return {"claims": sum(name in cheapest for name in claims), "usd": round(sum(map(_usd, needed.values())), 6)}


def _usd(line: Line) -> float:
    return line.price.usd if line.price else 0.0
