"""Checks on money: what jobs cost by their own answers, and what left the account by its balance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from harness.claim import Claim
from harness.contract import Contract, Role, State
from harness.contract.addresses import addresses
from harness.contract.money import ROUNDING, SHARE, amount, cost_in, left, question, same
from harness.contract.prices import documented_price, told_by_time
from harness.interaction import Interaction, Malformed
from harness.judge.evidence import Evidence, Life
from harness.judge.seen import ABRIDGED, Seen, named_job
from harness.pointer import parse, present, value
from harness.verdict import Agrees, Direction, Finding, Unclear, divergence

_diverges = partial(divergence, Direction.MONEY)


@dataclass(frozen=True, slots=True)
class Movement:
    """What became of a balance between two answers of one recording, in USD; ``between`` ends with the second.

    ``earlier``: jobs that had been started by the time of the first of all balances, of which nobody saw a charge.
    """

    before: float
    after: float
    between: tuple[Seen, ...]
    earlier: int

    @property
    def fell(self) -> float:
        return self.before - self.after

    @property
    def last(self) -> Seen:
        return self.between[-1]

    @property
    def taken(self) -> list[Seen]:
        """Submissions that started a job."""
        return _taken(self.between)

    @property
    def lost(self) -> bool:
        """Whether something may have started a job and nobody knows."""
        return any(each.meaning == "none" or each.status >= 500 for each in self._submitted)

    @property
    def _submitted(self) -> list[Seen]:
        return [each for each in self.between if each.operation.role is Role.SUBMIT]


def cost(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A cost that an answer names is an amount."""
    for life in evidence.jobs.values():
        for seen in life.polls:
            if not seen.accepted or isinstance(seen.answer, Malformed):
                continue
            said = cost_in(evidence.contract, seen.answer)
            if said is None:
                continue
            if amount(said) is not None:
                yield Agrees(seen.interaction)
            else:
                yield _diverges(
                    seen.interaction, f"the cost is {_short(said)}", "an amount in USD, zero or more", _short(said)
                )


def cost_named(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The answer about a job that has succeeded names its cost."""
    for life in evidence.jobs.values():
        last = _at(life, evidence, State.SUCCEEDED)
        if last is None or isinstance(last.answer, Malformed):
            continue
        if cost_in(evidence.contract, last.answer) is not None:
            yield Agrees(last.interaction)
        elif evidence.contract.job.cost is not None and present(last.answer, evidence.contract.job.cost):
            yield Unclear(last.interaction, "the cost is null, which does not say what it was")
        elif last.interaction.provenance.abridged:
            yield Unclear(last.interaction, ABRIDGED)
        else:
            yield _diverges(last.interaction, "the job succeeded and its cost is not named", "a cost in USD", "no cost")


def priced(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A job costs no more than the price list says of what it asks for."""
    contract = evidence.contract
    for life, seen, spent in _costs(evidence):
        if life.submission is None or not life.submission.bodied:
            continue
        price = documented_price(contract, life.submission.body)
        if price is None:
            continue
        if not told_by_time(contract, life.submission.body):
            yield Unclear(seen.interaction, "the model's prices are not all per second, and their names are no rule")
        elif spent <= price.usd * (1 + SHARE) + ROUNDING:
            yield Agrees(seen.interaction)
        else:
            yield _diverges(
                seen.interaction, f"the job cost {_usd(spent)}, and the price list says {_usd(price.usd)} at most",
                f"{_usd(price.usd)} at most ({price.source})", _usd(spent),
            )  # fmt: skip


def quoted(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A job costs what was quoted for the same request: by its own answer, else by the balance."""
    contract = evidence.contract
    quotes = dict(_quotes(evidence))
    by_answer: set[Seen] = set()
    for life, seen, spent in _costs(evidence):
        usd = quotes.get(_asked(evidence, life.submission))
        if usd is not None and life.submission is not None and evidence.state(seen) is State.SUCCEEDED:
            by_answer.add(life.submission)
            yield _as_quoted(seen, usd, spent)
    for each in _movements(evidence):
        if len(each.taken) != 1 or each.lost or each.last is not each.taken[0] or each.last in by_answer:
            continue
        usd = quotes.get(_asked(evidence, each.last))
        if usd is None:
            continue
        if each.fell <= ROUNDING < usd:
            yield Unclear(each.last.interaction, "the balance did not fall with the submission; it may later")
        elif contract.money.balance is not None:
            yield _as_quoted(each.last, usd, each.fell)


def failed(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A job that failed costs nothing."""
    movements = list(_movements(evidence))
    for life in evidence.jobs.values():
        last = _at(life, evidence, State.FAILED)
        if last is None or life.submission is None:
            continue
        said = None if isinstance(last.answer, Malformed) else cost_in(evidence.contract, last.answer)
        spent = amount(said) if said is not None else _net(movements, life.submission, last)
        if spent is None:
            yield Unclear(last.interaction, "the job failed, and no answer shows what it cost")
        elif spent > ROUNDING:
            yield _diverges(last.interaction, f"the job failed and cost {_usd(spent)}", "nothing", _usd(spent))
        else:
            yield Agrees(last.interaction)


def unbilled(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A request that is refused with such a status costs nothing."""
    for each in _movements(evidence):
        free = [seen for seen in each.between if seen.meaning in evidence.contract.money.unbilled]
        if not free or each.taken or each.lost:
            continue
        if each.fell <= ROUNDING:
            yield Agrees(free[0].interaction)
        elif free == list(each.between[:-1]):
            refused = " and ".join(dict.fromkeys(str(seen.status) for seen in free))
            summary = f"{len(free)} request(s) were refused with {refused}, and the balance fell by {_usd(each.fell)}"
            yield _diverges(free[0].interaction, summary, "no charge", _usd(each.fell))
        else:
            yield Unclear(free[0].interaction, "the balance fell, and other requests were answered in between")


def balance(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The balance falls for jobs alone, and rises for refunds alone."""
    owing: Counter[str] = Counter()  # jobs whose submission the balance did not show: they may be charged for later
    for each in _movements(evidence):
        here = _recording(each.last)
        owing[here] += each.earlier
        refunds = any(evidence.state(seen) in (State.FAILED, State.CANCELLED, State.EXPIRED) for seen in each.between)
        refunds = refunds or any(seen.meaning in evidence.contract.money.unbilled for seen in each.between)
        moved = f"from {_usd(each.before)} to {_usd(each.after)}"
        if each.fell < -ROUNDING and not refunds:
            yield _diverges(each.last.interaction, f"the balance rose {moved} without a refund", "no rise", moved)
        elif each.fell > ROUNDING and not each.taken and owing[here]:
            owing[here] -= 1
            yield Unclear(each.last.interaction, "the balance fell after a job had been started, perhaps for that")
        elif each.fell > ROUNDING and not each.taken and not each.lost:
            yield _diverges(each.last.interaction, f"the balance fell {moved} and no job was started", "no fall", moved)
        else:
            owing[here] += len(each.taken) if each.fell <= ROUNDING else 0
            yield Agrees(each.last.interaction)


def repeated(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Submissions of the same bytes start as many jobs as documented."""
    jobs = evidence.contract.money.repeated
    for same_bytes in again(evidence):
        ids = {str(value(each.answer, evidence.contract.job.id)) for each in same_bytes}
        if len(ids) == (1 if jobs == 1 else len(same_bytes)):
            yield Agrees(same_bytes[-1].interaction)
        else:
            observed = f"{len(ids)} jobs"
            yield _diverges(
                same_bytes[-1].interaction,
                f"{len(same_bytes)} byte-identical submissions started {observed}",
                "one job" if jobs == 1 else "a job for each",
                observed,
            )


def again(evidence: Evidence) -> list[list[Seen]]:
    """Accepted submissions of the same bytes, where there were more than one in a recording."""
    grouped: dict[tuple[str, bytes], list[Seen]] = defaultdict(list)
    for seen in evidence.by_operation.get(evidence.contract.submit.id, ()):
        if seen.accepted and not seen.interaction.provenance.abridged:
            grouped[_recording(seen), seen.interaction.request.body].append(seen)
    return [group for group in grouped.values() if len(group) > 1]


def observed(contract: Contract, interactions: Sequence[Interaction]) -> list[str]:
    """How many jobs the same bytes started, where no document says how many they should: nobody is wrong in this."""
    if contract.money.repeated is not None:
        return []
    started: dict[tuple[str, bytes], list[str]] = defaultdict(list)
    where = addresses(contract, interactions)
    for each in interactions:
        found = None if each.provenance.abridged else where.match(each)
        if found is None or found[0].role is not Role.SUBMIT or each.response is None or each.response.status >= 300:
            continue
        name = named_job(contract, each.response.json)
        if name is not None:
            started[each.name.rpartition("#")[0], each.request.body].append(name)
    counted = Counter((len(names), len(set(names))) for names in started.values() if len(names) > 1)
    return [
        f"{sent} byte-identical submissions started {jobs} job{'s' * (jobs > 1)}{f', {times} times' * (times > 1)}"
        for (sent, jobs), times in sorted(counted.items())
    ]


def _movements(evidence: Evidence) -> Iterator[Movement]:
    """Every two answers of one recording that name the balance, one after the other."""
    header = evidence.contract.money.balance
    if header is None:
        return
    before: dict[str, float] = {}
    earlier: Counter[str] = Counter()
    between: dict[str, list[Seen]] = defaultdict(list)
    for seen in evidence.seen:
        here = _recording(seen)
        between[here].append(seen)
        response = seen.interaction.response
        after = None if response is None else left(response.headers.get(header))
        if after is None:
            continue
        if here in before:
            yield Movement(before[here], after, tuple(between[here]), earlier.pop(here, 0))
        else:
            earlier[here] = len(_taken(between[here]))
        before[here], between[here] = after, []


def _taken(seen: Sequence[Seen]) -> list[Seen]:
    return [each for each in seen if each.operation.role is Role.SUBMIT and each.accepted]


def _net(movements: list[Movement], submission: Seen, last: Seen) -> float | None:
    """USD that left the account from before a submission until after its job had failed; None where others moved it."""
    first = next((n for n, each in enumerate(movements) if submission in each.between), None)
    end = next((n for n, each in enumerate(movements) if last in each.between), None)
    if first is None or end is None:
        return None
    during = movements[first : end + 1]
    if any(each.lost for each in during) or sum(len(each.taken) for each in during) != 1:
        return None
    if any(_recording(each.last) != _recording(submission) for each in during):
        return None
    return during[0].before - during[-1].after


def _costs(evidence: Evidence) -> Iterator[tuple[Life, Seen, float]]:
    """Jobs whose last answer names an amount, with that answer."""
    for life in evidence.jobs.values():
        for seen in reversed(life.polls):
            if not seen.accepted or isinstance(seen.answer, Malformed):
                continue
            spent = amount(cost_in(evidence.contract, seen.answer))
            if spent is not None:
                yield life, seen, spent
                break


def _quotes(evidence: Evidence) -> Iterator[tuple[str, float]]:
    """What was quoted, by the question; two answers to one question are the later one."""
    contract = evidence.contract
    quote = contract.role(Role.QUOTE)
    if quote is None or "quote" not in contract.prices:
        return
    for seen in evidence.by_operation.get(quote.id, ()):
        if seen.accepted and not isinstance(seen.answer, Malformed):
            usd = amount(value(seen.answer, parse(contract.prices["quote"])))
            asked = question(contract, seen.body)
            if usd is not None and asked is not None:
                yield asked, usd


def _asked(evidence: Evidence, submission: Seen | None) -> str:
    """The question that a submission's quote would be; empty where nothing can be compared."""
    if submission is None or not submission.bodied:
        return ""
    return question(evidence.contract, submission.body) or ""


def _as_quoted(seen: Seen, usd: float, spent: float) -> Finding:
    if same(usd, spent):
        return Agrees(seen.interaction)
    return _diverges(
        seen.interaction, f"the job cost {_usd(spent)} and was quoted at {_usd(usd)}", _usd(usd), _usd(spent)
    )


def _at(life: Life, evidence: Evidence, state: State) -> Seen | None:
    """The last answer that shows the job in this final state."""
    return next((seen for seen in reversed(life.polls) if evidence.state(seen) is state), None)


def _recording(seen: Seen) -> str:
    """Balances of two recordings are two accounts', for all that anybody knows."""
    return seen.interaction.name.rpartition("#")[0]


def _usd(usd: float) -> str:
    return f"{usd:.4f} USD"


def _short(said: object) -> str:
    if isinstance(said, int) and not isinstance(said, bool) and abs(said) > 10**15:
        return "a number of more than fifteen digits"  # spelling it out takes long, and Python refuses very long ones
    return repr(said)[:60]
