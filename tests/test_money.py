"""What answers say of money: claims from what is documented, checks both ways, and the laws of what a run books."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from conftest import PROVIDERS, ROOT, TESTS
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.claim import Kind
from harness.cli import main
from harness.contract import Contract, load
from harness.contract.money import amount, left, same
from harness.contract.prices import Price
from harness.errors import BudgetSpent, SpecError
from harness.interaction import Interaction
from harness.judge import judge
from harness.judge.money import observed
from harness.probe.plan import plan
from harness.run.budget import Caps
from harness.run.journal import Came, Journal
from harness.run.sources import simulated
from harness.simulator import Quirk
from harness.simulator.server import serving
from harness.verdict import Outcome

#: A provider that does not exist and documents everything that can be documented of bills.
LEDGER = TESTS / "ledger"
#: lie → the claims that notice it.
LIES = {
    "no-cost": {"cost-named"},
    "negative-cost": {"cost"},
    "beyond-the-list": {"priced", "quoted"},
    "more-than-quoted": {"priced", "quoted"},
    "bills-failures": {"failed", "priced"},
    "bills-refusals": {"unbilled"},
    "falls-by-itself": {"balance", "unbilled"},
    "rises-by-itself": {"balance"},
    "other-repeat": {"repeated"},
}


def coin() -> Contract:
    return load("coin", LEDGER)


def played(*lies: str) -> list[Interaction]:
    quirks = [Quirk(name=lie, summary="", does={"money": [lie]}, breaks=()) for lie in lies]
    return list(simulated(coin(), quirks).go(plan(coin(), simulated=True)))


@cache
def honest() -> tuple[Interaction, ...]:
    return tuple(played())


def outcomes(interactions: list[Interaction]) -> dict[str, Outcome]:
    return {v.claim.rule: v.outcome for v in judge(coin(), interactions) if v.claim.kind is Kind.MONEY}


# Claims


def test_claims_are_made_of_what_is_documented_and_of_nothing_else() -> None:
    rules = {p: {c.rule for c in load(p).claims.values() if c.kind is Kind.MONEY} for p in PROVIDERS}
    assert rules == {
        "openrouter": {"cost", "cost-named", "priced"},
        "relaydance": {"failed"},
        "unified-v2": set(),
        "venice": {"quoted", "unbilled"},
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  cost: /cost\n", "", "money/cost"),
        ("quote: /usd, ", "", "money/quoted"),
        ("meanings: [content-policy]", "meanings: [consent]", "no answer of createReel means consent"),
    ],
)
def test_a_claim_that_nothing_could_show_is_refused_with_its_line(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    folder = tmp_path / "coin"
    folder.mkdir()
    for path in (LEDGER / "coin").iterdir():
        text = path.read_text()
        (folder / path.name).write_text(text.replace(old, new, 1) if path.name == "provider.yaml" else text)
    with pytest.raises(SpecError, match=said) as fault:
        load("coin", tmp_path)
    assert "provider.yaml:" in str(fault.value)


# Checks, both ways


def test_an_honest_provider_passes_every_claim() -> None:
    found = outcomes(list(honest()))
    assert found == dict.fromkeys(found, Outcome.PASS)
    assert set().union(*LIES.values()) == set(found)


def test_every_lie_of_the_vocabulary_is_told_here() -> None:
    schema = json.loads((ROOT / "schemas" / "quirks.json").read_text())
    assert set(schema["items"]["properties"]["does"]["properties"]["money"]["items"]["enum"]) == set(LIES)


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_noticed_by_the_claims_on_it_and_by_no_other(lie: str) -> None:
    failing = {v.claim.rule for v in judge(coin(), played(lie)) if v.outcome in (Outcome.FAIL, Outcome.ERROR)}
    assert failing == LIES[lie]


def test_two_recordings_are_two_accounts() -> None:
    richer = [replace(each, name=f"other#{n}") for n, each in enumerate(stained(honest(), 0.0002, "2000.00"))]
    assert outcomes([*honest(), *richer])["balance"] is Outcome.PASS
    assert outcomes([*honest(), *stained(honest(), 0.0002, "2000.00")])["balance"] is Outcome.FAIL


def test_where_no_document_says_what_the_same_bytes_start_it_is_an_observation() -> None:
    silent = replace(coin(), money=replace(coin().money, repeated=None))
    assert observed(coin(), honest()) == []
    assert observed(silent, honest()) == ["3 byte-identical submissions started 3 jobs"]
    assert observed(silent, played("other-repeat")) == ["3 byte-identical submissions started 1 job"]


# Laws

AMOUNTS = (
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=6)
    | st.lists(st.integers(), max_size=2) | st.just({"usd": 1})
)  # fmt: skip


def stained(interactions: tuple[Interaction, ...], cost: Any, header: str) -> Iterator[Interaction]:
    """The same exchanges with other costs, quotes and balances."""
    for each in interactions:
        if each.response is None or each.response.media is not None or not each.response.body:
            yield each
            continue
        body = json.loads(each.response.body)
        body |= {name: cost for name in ("cost", "usd") if name in body}
        headers = {**each.response.headers, "coins-left": header}
        yield replace(each, response=replace(each.response, body=json.dumps(body).encode(), headers=headers))


@settings(max_examples=40)
@given(cost=AMOUNTS, header=st.text(max_size=8) | st.floats().map(str) | st.just("9" * 30))
def test_judging_never_raises_whatever_stands_where_money_does(cost: Any, header: str) -> None:
    found = judge(coin(), list(stained(honest(), cost, header)))
    assert not [v.claim.id for v in found if v.outcome is Outcome.ERROR]


@given(AMOUNTS)
def test_an_amount_is_finite_and_not_below_zero_or_none(said: Any) -> None:
    found = amount(said)
    assert found is None or 0 <= found <= 1e12


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_being_the_same_amount_does_not_depend_on_the_order(one: float, other: float) -> None:
    assert same(one, one) and same(one, other) == same(other, one)


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e9", "1_0", "$3", "9" * 13, "\u0663", None])
def test_what_is_no_plain_number_is_no_balance(text: str | None) -> None:
    assert left(text) is None


BOOKED = st.lists(
    st.tuples(st.floats(0.001, 1.0), st.sampled_from(["price", "metered", "refunded", "unknown", "refused", "open"])),
    max_size=12,
)


@settings(max_examples=25)
@given(booked=BOOKED, budget=st.floats(0.0, 4.0))
def test_what_was_spent_refunded_and_lost_stays_within_the_budget(
    booked: list[tuple[float, str]], budget: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    journal = Journal(tmp_path_factory.mktemp("books") / "journal.sqlite")
    journal.start("r", created="2026-01-01", caps=Caps(run=budget), settings={})
    for number, (usd, basis) in enumerate(booked):
        try:
            journal.intend(
                "r", "coin", str(number), digest="", kind="submission", at=0.0, day="2026-01-01",
                price=Price(usd, "documented"),
            )  # fmt: skip
        except BudgetSpent:
            continue
        key = ("r", "coin", str(number))
        if basis in ("metered", "refunded"):
            journal.submitted(*key, "accepted")
            journal.settle(*key, cost=usd / 2 if basis == "metered" else 0.0, basis=basis)
        elif basis != "open":
            journal.submitted(*key, "accepted" if basis == "price" else cast(Came, basis))
    money = journal.money("r")
    journal.close()
    assert money.spent + money.refunded + money.unknown <= budget + 1e-5
    assert money.unknown <= money.reserved and money.metered <= money.claimed + 1e-9


# A live run


def live(provider: str, folder: Path, *quirks: Quirk, specs: Path | None = None) -> dict[str, Any]:
    """A live run over loopback; its entry in the report."""
    contract = load(provider, specs)
    with serving(contract, quirks) as base:
        words = ["check", provider, "--live", "--base-url", base, "--budget", "5", "--yes", "--allow-private"]
        words += ["--model", contract.default_model, "--assume-price", "0.05", "--random", "0"]
        main([*words, "--out", str(folder), "--format", "json,text,markdown,html"])
    (entry,) = json.loads((folder / "report.json").read_text())["providers"]
    money: dict[str, Any] = entry["money"]
    assert money["spent"] + money["refunded"] + money["unknown"] <= money["budget"] == 5
    return money


def test_the_report_of_a_live_run_shows_its_money(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARNESS_SPECS", str(LEDGER))
    monkeypatch.setenv("COIN_API_KEY", "sk-test-0000-nobodys")
    money = live("coin", tmp_path, specs=LEDGER)
    assert 0 < money["metered"] < money["claimed"] and money["planned"] > 0
    assert "  money: $5.00 budget, $" in capsys.readouterr().out
    assert "| planned at most | $" in (tmp_path / "report.md").read_text()
    page = (tmp_path / "report.html").read_text()
    assert "Money of this live run" in page and "metered by the provider" in page


def test_what_a_failed_job_would_have_cost_is_refunded_where_that_is_documented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELAYDANCE_API_KEY", "sk-test-0000-nobodys")
    fails = Quirk(name="fails", summary="", does={"job": "fails"}, breaks=())
    money = live("relaydance", tmp_path, fails)
    assert money["refunded"] > 0 and money["spent"] == 0
    assert "not billed by the documentation" in capsys.readouterr().out
