"""Claims on money: what an answer says of a job's cost, read off the provider's data.

Only what is documented becomes a claim: every member of provider.yaml's ``money`` is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.claim import Claim, Kind, Level
from harness.contract.files import DataFile
from harness.contract.model import Contract, Job, Money, Operation, Role
from harness.contract.sources import Sources
from harness.json_text import canonical
from harness.pointer import parse, present, value

#: An amount may be off by this share of what is documented, or by half a cent, whichever is more: bills are rounded.
SHARE, ROUNDING = 0.01, 0.005
_WITHIN = "within 1 % or half a cent"
_JOBS = {None: "", 1: "one job", 2: "two jobs"}
#: A header's amount: digits, so that no hostile text takes long to read or comes out infinite.
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?")


def described(said: Mapping[str, Any], job: Job, prices: Mapping[str, Any], submit: Operation, file: DataFile) -> Money:
    """The member ``money``. Raises SpecError for a claim that its own data leaves nothing to check."""
    for member, needed, there in (
        ("cost", "job/cost", job.cost is not None),
        ("named", "job/cost", job.cost is not None),
        ("priced", "job/cost", job.cost is not None),
        ("priced", "prices/catalogue or prices/per_second", bool({"catalogue", "per_second"} & set(prices))),
        ("quoted", "prices/quote", "quote" in prices),
    ):
        if member in said and not there:
            raise file.fault(f"`money/{member}` without `{needed}`", "money", member, hint=f"Give {needed}, too.")
    unbilled = frozenset(said.get("unbilled", {}).get("meanings", ()))
    if strange := sorted(unbilled - {each.meaning for each in submit.answers.values()}):
        raise file.fault(
            f"`money/unbilled`: no answer of {submit.id} means {strange[0]}", "money", "unbilled",
            hint="A meaning is the x-meaning of a response in openapi.yaml.",
        )  # fmt: skip
    quoted = said.get("quoted")
    return Money(
        balance=said["balance"]["header"].lower() if "balance" in said else None,
        unbilled=unbilled,
        failures_unbilled="failed" in said,
        unquoted=tuple(map(parse, quoted.get("unless", ()))) if isinstance(quoted, Mapping) else (),
        repeated=said["repeated"]["jobs"] if "repeated" in said else None,
    )


def claims(
    provider: str, submit: Operation, poll: Operation, said: Mapping[str, Any], money: Money, job: Job, quotes: Sources
) -> Iterator[Claim]:
    """One claim per documented member."""
    shown = job.cost is not None or money.balance is not None
    unbilled = ", ".join(str(s) for s, each in sorted(submit.answers.items()) if each.meaning in money.unbilled)
    stated: tuple[tuple[str, str, Operation, str, Level], ...] = (
        ("cost", "cost", poll, "a cost that an answer names is an amount in USD, never below zero", Level.MUST),
        ("named", "cost-named", poll, "the answer about a job that has succeeded names its cost", Level.SHOULD),
        # What a price's name means is not documented, so a job beyond it is no breach of a promise.
        ("priced", "priced", submit, f"a job costs no more than the price list says, {_WITHIN}", Level.SHOULD),
        ("quoted", "quoted", submit, f"a job costs what was quoted for the same request, {_WITHIN}", Level.MUST),
        ("failed", "failed", submit, "a job that failed costs nothing", Level.MUST),
        ("unbilled", "unbilled", submit, f"a request answered with {unbilled} costs nothing", Level.MUST),
        # Whoever else uses the account moves its balance as well, and no answer shows who did.
        ("balance", "balance", submit, "the balance falls only for jobs, and rises only for refunds", Level.SHOULD),
        ("repeated", "repeated", submit, f"submitted twice, the same bytes start {_JOBS[money.repeated]}", Level.MUST),
    )  # fmt: skip
    for member, rule, operation, statement, level in stated:
        if member not in said:
            continue
        given = said[member]
        source = given["source"] if isinstance(given, Mapping) and "source" in given else given
        yield Claim(
            id=f"{provider}.{operation.id}.money.{rule}",
            operation=operation.id,
            kind=Kind.MONEY,
            rule=rule,
            tokens=(),
            statement=statement,
            source=quotes.quote(source, f"money/{member}"),
            check=f"money-{rule}",
            level=level,
            parameters={"shown": shown or rule == "repeated"},
            place=("provider.yaml", "money", member),
        )


def amount(said: Any) -> float | None:
    """USD as an answer's body says them, or None for what is no amount: text, NaN, less than nothing."""
    sound = isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said <= 1e12
    return float(said) if sound else None


def left(header: str | None) -> float | None:
    """USD that a balance header says are left; None for what is no number."""
    return float(header) if header is not None and _NUMBER.fullmatch(header.strip()) else None


def same(one: float, other: float) -> bool:
    """Whether two amounts are the same but for rounding."""
    return abs(one - other) <= max(ROUNDING, SHARE * max(abs(one), abs(other)))


def asked_of(contract: Contract, body: Any) -> Any:
    """The part of a submission that its quote is asked with; None where a quote cannot name all that has a price."""
    quote = contract.role(Role.QUOTE)
    if quote is None or not isinstance(body, dict) or any(present(body, each) for each in contract.money.unquoted):
        return None
    fields = (quote.body or {}).get("properties", {})
    return {name: given for name, given in body.items() if name in fields}


def question(contract: Contract, body: Any) -> str | None:
    """What a quote's or a submission's body asks the price of, to compare the two by; None: nothing comparable."""
    asked = asked_of(contract, body)
    return None if asked is None else canonical(asked)


def cost_in(contract: Contract, answer: Any) -> Any:
    """What a poll's answer has where the cost stands: anything at all; None for nothing."""
    return None if contract.job.cost is None else value(answer, contract.job.cost)
