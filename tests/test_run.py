"""Sending a plan: in order, within the budget, and asking further where a refusal is not understood."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import lantern, planned, played, seen
from hostile import BODY

from harness.claim import Kind
from harness.contract import Contract, Role, load
from harness.errors import BudgetSpent, ConfigurationError
from harness.exchange import Session
from harness.interaction import Interaction, Malformed, Origin, Provenance, Response
from harness.json_text import canonical
from harness.judge import judge
from harness.judge.seen import read
from harness.pointer import present, put, value
from harness.probe.asking import quote_body
from harness.probe.plan import Plan, Probe, plan
from harness.run import Run
from harness.run.budget import Caps
from harness.run.conversation import _came
from harness.run.jobs import IMPATIENT_POLLS, POLLED_AGAIN
from harness.run.journal import Journal, Ledger
from harness.run.pricing import Pricing
from harness.run.sending import Journalled
from harness.run.sources import address, relabelled, simulated
from harness.simulator import SIMULATED_HEADER, Quirk, known
from harness.verdict import Doubt, Outcome, Suspect


@cache
def small() -> Plan:
    return plan(lantern(), models=["lantern-large"], simulated=True)


def only(*bodies: dict[str, Any]) -> Plan:
    probes = tuple(Probe(family="valid", operation="createClip", body=body) for body in bodies)
    return Plan(provider="lantern", probes=probes, unprobed={})


def run(*quirks: Quirk, contract: Contract | None = None, **more: Any) -> Run:
    made = simulated(contract or lantern(), quirks)
    for name, setting in more.items():
        setattr(made, name, setting)
    return made


def quirk(**does: Any) -> Quirk:
    return Quirk(name="q", summary="s", does=does, breaks=())


def purposes(interactions: list[Interaction]) -> Counter[str | None]:
    return Counter(each.purpose for each in interactions)


def test_every_probe_is_sent_once() -> None:
    going = run()
    going.go(small())
    sent = purposes(going.interactions)
    assert sent["violating"] == sum(p.family == "violating" for p in small().probes)
    assert sent["valid"] == sum(p.family == "valid" for p in small().probes)
    assert not going.skipped


def test_two_runs_see_the_same() -> None:
    one, other = run().go(small()), run().go(small())
    assert [(i.request, i.response) for i in one] == [(i.request, i.response) for i in other]


def test_a_job_is_polled_to_its_end_and_its_file_fetched() -> None:
    seen = run().go(only(BODY))
    assert [each.purpose for each in seen] == ["valid", "poll", "poll", "result", "poll again"]
    last = seen[3].response
    assert last is not None and last.media is not None and last.media.container == "mp4"


def test_only_some_jobs_are_looked_at_again() -> None:
    bodies = [{**BODY, "prompt": f"Boat {n}"} for n in range(POLLED_AGAIN + 2)]
    assert purposes(run().go(only(*bodies)))["poll again"] == POLLED_AGAIN


def test_a_job_that_never_ends_is_given_up_and_the_next_ones_sooner() -> None:
    seen = run(quirk(job="never-ends")).go(only(*({**BODY, "prompt": f"Boat {n}"} for n in range(3))))
    assert sum(each.gave_up for each in seen) == 1  # the others were only not waited for
    lengths = []
    for each in seen:
        if each.purpose == "valid":
            lengths.append(0)
        else:
            lengths[-1] += 1
    job = lantern().job
    assert lengths[0] == job.deadline_seconds / job.poll_seconds + 1
    assert lengths[1:] == [IMPATIENT_POLLS] * 2


def test_a_forbidden_request_that_is_accepted_is_followed_too() -> None:
    seen = run(quirk(**{"accepts-then-fails": ["lantern.createClip.length.enum"]})).go(
        Plan(
            provider="lantern",
            probes=(Probe(family="violating", operation="createClip", body={**BODY, "length": "3s"}),),
            unprobed={},
        )
    )
    assert purposes(seen)["poll"] >= 1
    found = {v.claim.id: v for v in judge(lantern(), seen)}
    assert found["lantern.createClip.job.accept-then-fail"].outcome is Outcome.FAIL


def test_no_more_requests_are_sent_than_asked_for() -> None:
    going = run(max_requests=7)
    assert len(going.go(small())) == 7
    assert "--max-requests 7 was reached" in going.skipped.values()


def test_what_needs_a_job_is_skipped_without_one() -> None:
    going = run()
    anchored = tuple(probe for probe in small().probes if probe.anchored)
    going.go(replace(small(), probes=anchored))
    assert going.interactions == []
    assert set(going.skipped) == {probe.id for probe in anchored}


def test_whoever_listens_hears_every_interaction() -> None:
    heard: list[Interaction] = []
    going = run(heard=heard.append)
    assert going.go(only(BODY)) == heard


# Money


def paying(path: Path, budget: float, *quirks: Quirk, contract: Contract | None = None, **prices: Any) -> Run:
    """A run of the simulator that keeps a budget, by a journal in ``path``."""
    contract = contract or lantern()
    journal = Journal(path / "journal.sqlite")
    journal.start("r", created="2026-01-01T00:00:00Z", caps=Caps(run=budget), settings={})
    journal.part("r", contract.provider, base_url="", plan={})

    def through(session: Session, clock: Callable[[], float]) -> Journalled:
        return Journalled(journal, "r", contract.provider, clock, session=session, day=lambda: "2026-01-01")

    made = simulated(contract, quirks, through=through)
    made.pricing = Pricing(contract, **prices)
    return made


def kept(going: Run) -> Journal:
    assert isinstance(going.sender, Journalled)
    return going.sender.journal


def money(going: Run) -> Ledger:
    return kept(going).money("r")


def test_a_run_stops_before_it_could_spend_more_than_its_budget(tmp_path: Path) -> None:
    going = paying(tmp_path, 0.25)  # two seconds cost ten cents
    with pytest.raises(BudgetSpent):
        going.go(only(*({**BODY, "prompt": f"Boat {n}"} for n in range(5))))
    assert money(going).spent == pytest.approx(0.20)
    assert purposes(going.interactions)["valid"] == 2


def test_refusals_are_reserved_and_given_back(tmp_path: Path) -> None:
    going = paying(tmp_path, 1.6)
    probes = tuple(p for p in small().probes if p.family == "violating" and isinstance(p.body, dict))
    going.go(replace(small(), probes=probes))
    assert (money(going).spent, money(going).reserved) == (0, 0)


def test_without_a_documented_price_one_must_be_named(tmp_path: Path) -> None:
    contract = replace(lantern(), prices={"currency": "USD"})
    with pytest.raises(ConfigurationError, match="the price of a job of lantern-large is not documented"):
        paying(tmp_path / "none", 1.0, contract=contract).go(only(BODY))
    for name, prices in {"assumed": {"assumed": 0.4}, "listed": {"listed": {"lantern-large": 0.4}}}.items():
        going = paying(tmp_path / name, 1.0, contract=contract, **prices)
        with pytest.raises(BudgetSpent):
            going.go(only(*({**BODY, "prompt": f"Boat {n}"} for n in range(5))))
        assert purposes(going.interactions)["valid"] == 2


def test_a_provider_that_quotes_is_asked_for_its_price(tmp_path: Path) -> None:
    contract = load("venice")
    going = paying(tmp_path, 5.0, contract=contract)
    made = planned("venice", (contract.default_model,))
    probes = [p for p in made.probes if p.operation == contract.submit.id and p.family == "valid"][:3]
    going.go(replace(made, probes=tuple(probes)))
    quote = contract.role(Role.QUOTE)
    assert quote is not None
    assert purposes(going.interactions)["quote"] >= 1
    assert 0 < money(going).spent < 5


def test_what_a_job_cost_takes_the_place_of_what_was_set_aside(tmp_path: Path) -> None:
    contract = load("openrouter")
    going = paying(tmp_path, 500.0, contract=contract)
    made = planned("openrouter", (contract.default_model,))
    probes = [p for p in made.probes if p.operation == contract.submit.id and p.family == "valid"][:2]
    going.go(replace(made, probes=tuple(probes)))
    assert money(going).metered == pytest.approx(money(going).spent)
    assert money(going).claimed >= money(going).metered > 0


def test_what_a_running_job_is_said_to_cost_releases_nothing(tmp_path: Path) -> None:
    contract = load("openrouter")
    going = paying(tmp_path, 500.0, quirk(job="never-ends"), contract=contract)
    made = planned("openrouter", (contract.default_model,))
    probe = next(p for p in made.probes if p.operation == contract.submit.id and p.family == "valid")
    going.go(replace(made, probes=(probe,)))
    assert money(going).metered == 0 and money(going).spent > 0
    assert len(going.unended) == 1


def test_the_price_of_one_model_is_no_price_of_another(tmp_path: Path) -> None:
    contract = replace(lantern(), prices={"currency": "USD"})
    small_one = {name: each for name, each in BODY.items() if name != "caption"} | {"model": "lantern-small"}
    going = paying(tmp_path, 5.0, contract=contract, listed={"lantern-large": 0.01})
    going.go(only(BODY, small_one))
    assert [each.request.json["model"] for each in going.interactions if each.purpose == "valid"] == ["lantern-large"]
    assert any("--assume-price" in reason for reason in going.skipped.values())


def test_a_quote_is_asked_for_the_very_values_that_are_sent(tmp_path: Path) -> None:
    contract = load("venice")
    model = contract.default_model
    for seconds in ("5s", "120s"):
        body = {"model": model, "prompt": "A boat", "duration": seconds}
        quote = contract.role(Role.QUOTE)
        assert quote is not None
        assert quote_body(contract, quote, body)["duration"] == seconds


@pytest.mark.parametrize("status, basis", [(400, "refused"), (408, "unknown"), (499, "unknown"), (418, "unknown")])
def test_only_a_refusal_gives_back_what_was_set_aside(status: int, basis: str) -> None:
    made = seen(0, status, {}, body=BODY)
    assert _came(lantern(), made, read(lantern(), made)) == basis


def test_a_refusal_that_names_a_job_gives_nothing_back() -> None:
    made = seen(0, 400, {"id": "task-1"}, body=BODY)
    assert _came(lantern(), made, read(lantern(), made)) == "unknown"


# Told again


def test_a_run_told_again_sends_nothing_and_sees_the_same(tmp_path: Path) -> None:
    first = paying(tmp_path, 50)
    first.go(small())
    before = list(kept(first).steps("r", "lantern"))

    def through(session: Session, clock: Callable[[], float]) -> Journalled:
        return Journalled(kept(first), "r", "lantern", clock, session=session, day=lambda: "2026-01-02")

    second = simulated(lantern(), [], through=through)
    second.pricing = Pricing(lantern())
    second.go(small())
    assert list(kept(first).steps("r", "lantern")) == before
    assert [(i.name, i.request, i.response) for i in second.interactions] == [
        (i.name, i.request, i.response) for i in first.interactions
    ]


def test_what_the_jobs_made_is_deleted_where_the_provider_documents_how() -> None:
    contract = load("venice")
    made = planned("venice", (contract.default_model,))
    probes = tuple(p for p in made.probes if p.operation == contract.submit.id and p.family == "valid")[:6]
    going = simulated(contract, [])
    going.pace = replace(going.pace, tidy=True)
    going.go(replace(made, probes=probes))
    cleaned = [each for each in going.interactions if each.purpose == "clean-up"]
    assert len(cleaned) == len(probes) - 3  # two are deleted in other ways, the last one by the probes of deletion
    assert all(each.response is not None and each.response.status == 200 for each in cleaned)
    assert not any(
        v.outcome is Outcome.FAIL and v.claim.kind.value != "contradiction" for v in judge(contract, going.interactions)
    )


def test_polls_of_many_runs_do_not_keep_step() -> None:
    def waits(name: str) -> list[float]:
        found: list[float] = []
        going = run()
        sleep, poll = going.pace.sleep, going.pace.poll

        def waiting(seconds: float) -> None:
            found.append(seconds)
            sleep(seconds)

        going.pace = replace(going.pace, jitter=0.1, name=name, sleep=waiting)
        going.go(only(*({**BODY, "prompt": f"Boat {n}"} for n in range(8))))
        assert all(poll <= each <= poll * 1.1 + 1e-9 for each in found)
        return found

    assert len(set(waits("a"))) > 4
    assert waits("a") == waits("a") != waits("b"), "the same run waits alike, another does not ask in step"


def test_several_jobs_under_way_see_what_one_at_a_time_sees() -> None:
    bodies = [{**BODY, "prompt": f"Boat {n}"} for n in range(7)]
    going = run()
    going.pace = replace(going.pace, jobs=3)
    seen = going.go(only(*bodies))
    alone = run().go(only(*bodies))
    assert purposes(seen) == purposes(alone)
    assert [i.purpose for i in seen][:4] != [i.purpose for i in alone][:4]


# Attribution


def test_a_refusal_with_many_suspects_is_narrowed_down() -> None:
    refusing = quirk(refuses={"at": "/ratio", "is": "9:16"})
    body = {**BODY, "ratio": "9:16", "resolution": "1080p", "seed": 7, "sound": True}
    seen = run(refusing).go(only(body))
    assert purposes(seen)["narrowing"] >= 3
    found = {v.claim.id: v for v in judge(lantern(), seen)}
    assert found["lantern.createClip.ratio.enum"].outcome is Outcome.FAIL
    failing = {name for name, v in found.items() if v.outcome is Outcome.FAIL and v.claim.kind.value != "contradiction"}
    assert failing == {"lantern.createClip.ratio.enum"}


def failing(seen: list[Interaction], **more: Any) -> set[str]:
    found = judge(lantern(), seen, **more)
    return {v.claim.id for v in found if v.outcome is Outcome.FAIL and v.claim.kind is not Kind.CONTRADICTION}


def test_a_single_suspect_is_sent_alone_before_it_is_blamed() -> None:
    refusing = quirk(refuses={"at": "/ratio", "is": "9:16"})
    seen = run(refusing).go(only(BODY, {**BODY, "ratio": "9:16"}))
    assert purposes(seen)["narrowing"] == 2  # alone, and without it
    assert failing(seen) == {"lantern.createClip.ratio.enum"}


#: Eleven values that the smallest request does not have. (Jobs fail below, since nobody looks at the files.)
RICH = {
    **BODY, "length": "8s", "ratio": "9:16", "resolution": "1080p", "sound": True, "steps": 20, "strength": 1.5,
    "seed": 7, "zoom": 2, "voice": "low", "music": "a flute", "start_frame": "https://example.com/a.png",
}  # fmt: skip


@pytest.mark.parametrize("field", ["ratio", "resolution", "length", "voice", "zoom"])
def test_one_of_many_values_is_found_by_halving(field: str) -> None:
    seen = run(quirk(refuses={"at": f"/{field}", "is": RICH[field]}, job="fails")).go(only(RICH))
    assert purposes(seen)["narrowing"] <= 7
    assert failing(seen) <= {f"lantern.createClip.{field}.{rule}" for rule in ("enum", "type")} and failing(seen)
    (verdict,) = (v for v in judge(lantern(), seen) if v.claim.id in failing(seen))
    assert verdict.divergences[0].suspects == (Suspect((field,), (canonical(RICH[field]),)),)
    assert set(verdict.divergences[0].witnesses) <= {each.name for each in seen} and verdict.divergences[0].witnesses


def test_an_address_is_found_as_well_and_no_claim_is_blamed_for_where_it_leads() -> None:
    seen = run(quirk(refuses={"at": "/start_frame", "is": RICH["start_frame"]}, job="fails")).go(only(RICH))
    assert purposes(seen)["narrowing"] <= 7
    assert not failing(seen)
    (doubt,) = (v.unsettled for v in judge(lantern(), seen) if isinstance(v.unsettled, Doubt))
    assert doubt.suspects == (Suspect(("start_frame",), (canonical(RICH["start_frame"]),)),)


@pytest.mark.slow
@pytest.mark.parametrize("one, other", [("length", "resolution"), ("steps", "music"), ("ratio", "seed")])
def test_values_that_are_refused_only_together_are_reported_together(one: str, other: str) -> None:
    both = [{"at": f"/{one}", "is": RICH[one]}, {"at": f"/{other}", "is": RICH[other]}]
    for bodies in ([RICH], [{**BODY, other: RICH[other]}, RICH], [{**BODY, one: RICH[one], other: RICH[other]}]):
        seen = run(quirk(refuses=both, job="fails")).go(only(*bodies))
        assert failing(seen) == {"lantern.createClip.accepted.status"}
        (verdict,) = (v for v in judge(lantern(), seen) if v.claim.id in failing(seen))
        for each in verdict.divergences:
            assert {suspect.tokens for suspect in each.suspects} == {(one,), (other,)}
            assert f"{one} = " in each.summary and f"{other} = " in each.summary


def test_what_was_found_once_is_not_looked_for_again() -> None:
    refusing = quirk(refuses={"at": "/voice", "is": "low"}, job="fails")
    once, twice = run(refusing).go(only(RICH)), run(refusing).go(only(RICH, {**RICH, "seed": 8, "zoom": 3}))
    assert purposes(twice)["narrowing"] == purposes(once)["narrowing"] + 1  # what is new, without what is known
    assert failing(twice) == failing(once)


def test_a_model_that_refuses_everything_is_not_asked_about_each_value() -> None:
    seen = run(quirk(refuses={"at": "/model", "is": "lantern-large"})).go(only(RICH, {**RICH, "seed": 8}))
    assert purposes(seen)["narrowing"] <= 6


def test_a_budget_that_ends_while_narrowing_leaves_the_verdict_open_and_says_so(tmp_path: Path) -> None:
    refusing = quirk(refuses={"at": "/voice", "is": "low"}, job="fails")
    going = paying(tmp_path, 0.45, refusing, listed={"lantern-large": 0.2})
    with pytest.raises(BudgetSpent):
        going.go(only(RICH))
    verdict = next(
        v
        for v in judge(lantern(), going.interactions, unprobed=going.skipped)
        if v.claim.id == "lantern.createClip.accepted.status"
    )
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "the budget did not cover finding out" in (verdict.reason or "")
    assert isinstance(verdict.unsettled, Doubt) and len(verdict.unsettled.suspects) > 1


def test_narrowing_probes_keep_every_documented_rule() -> None:
    refusing = quirk(refuses={"at": "/end_frame", "matches": "."})
    body = {**BODY, "start_frame": "https://example.com/a.png", "end_frame": "https://example.com/b.png", "seed": 1}
    for each in run(refusing).go(only(body)):
        if each.purpose == "narrowing":
            assert lantern().violations("createClip", each.request.json) == set()


# Limits

#: Prompts of more than 150 characters are refused, where 200 are documented.
SHORTER = quirk(refuses={"at": "/prompt", "matches": "^.{151,}"}, job="fails")
LONGEST = "lantern.createClip.prompt.maxLength"


def prompts() -> Plan:
    return only({**BODY, "prompt": "A boat"}, {**BODY, "prompt": "x" * 200})


def test_the_search_for_limits_stops_at_the_budget_with_what_is_known(tmp_path: Path) -> None:
    going = paying(tmp_path, 0.45, SHORTER)  # four clips
    going.find_limits = "all"
    with pytest.raises(BudgetSpent):
        going.go(prompts())
    assert money(going).spent <= 0.45
    assert going.skipped[LONGEST] == "the budget did not cover finding out where its limit really lies"
    verdict = next(v for v in judge(lantern(), going.interactions, unprobed=going.skipped) if v.claim.id == LONGEST)
    assert verdict.outcome is Outcome.FAIL
    assert "accepted up to" in verdict.observed[0].shown_by and "refused from" in verdict.observed[0].shown_by


def test_a_search_told_again_sends_nothing_and_finds_the_same(tmp_path: Path) -> None:
    first = paying(tmp_path, 50, SHORTER)
    first.find_limits = "all"
    first.go(prompts())
    before = list(kept(first).steps("r", "lantern"))

    def through(session: Session, clock: Callable[[], float]) -> Journalled:
        return Journalled(kept(first), "r", "lantern", clock, session=session, day=lambda: "2026-01-02")

    second = simulated(lantern(), [SHORTER], through=through)
    second.pricing, second.find_limits = Pricing(lantern()), "all"
    second.go(prompts())
    assert {each.key.split("/")[0] for each in before} >= {"narrow", "limit"}
    assert list(kept(first).steps("r", "lantern")) == before
    assert [(i.name, i.request) for i in second.interactions] == [(i.name, i.request) for i in first.interactions]


# Where answers come from


def test_simulated_answers_say_so() -> None:
    for each in run().go(only(BODY)):
        assert each.provenance.origin is Origin.SIMULATED
        assert each.response is not None and SIMULATED_HEADER in each.response.headers


def test_a_simulator_behind_a_real_address_is_still_simulated() -> None:
    each = run().go(only(BODY))[0]
    live_one = replace(each, provenance=Provenance(origin=Origin.LIVE))
    assert relabelled([live_one])[0].provenance.origin is Origin.SIMULATED
    assert each.response is not None
    real = replace(live_one, response=Response(status=202, headers={}, body=each.response.body))
    silent = replace(live_one, response=None)
    assert [i.provenance.origin for i in relabelled([real, silent])] == [Origin.LIVE, Origin.LIVE]


def test_a_live_run_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANTERN_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="no API key for lantern") as caught:
        address(lantern(), base_url=None, allow_private=False, date="2026-01-01")
    assert "LANTERN_API_KEY" in str(caught.value)


@pytest.mark.parametrize(
    "url", ["lantern.example", "ftp://lantern.example", "https://", "file:///etc/passwd", "http://[x"]
)
def test_a_live_run_needs_a_usable_address(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTERN_API_KEY", "sk-test-000000000000")
    with pytest.raises(ConfigurationError, match="is not a base URL"):
        address(lantern(), base_url=url, allow_private=False, date="2026-01-01")


def test_no_key_is_in_what_was_seen() -> None:
    for each in played("unified-v2"):
        assert "no-real-key" not in repr((each.request, each.response))


def test_what_is_sent_is_what_was_planned() -> None:
    contract = load("relaydance")
    made = planned("relaydance")
    sent = [i.request for i in played("relaydance") if i.purpose in ("violating", "valid", "malformed")]
    bodies = [p for p in made.probes if p.family in ("violating", "valid", "malformed")]
    assert len(sent) == len(bodies)
    for request, probe in zip(sent, bodies, strict=True):
        assert request.method == contract.operations[probe.operation].method
        if probe.raw is not None:
            assert request.body == probe.raw.encode()
            assert isinstance(request.json, Malformed)
        elif probe.body is not None and not probe.anchored:
            body, webhook = json.loads(request.body), contract.webhook
            if webhook is not None and not probe.breaks and present(probe.body, webhook.tokens):
                assert value(body, webhook.tokens).startswith("https://inbox.invalid/")
                put(body, webhook.tokens, value(probe.body, webhook.tokens))
            assert body == probe.body


def test_the_quirks_of_a_run_are_in_its_provenance() -> None:
    chosen = known("unified-v2")["never-ends"]
    going = simulated(load("unified-v2"), [chosen])
    assert going.go(replace(planned("unified-v2"), probes=planned("unified-v2").probes[:1]))[0].provenance.quirks == (
        "never-ends",
    )
