"""Good practice that no document promises: noticed, shown apart, and counted nowhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from anything import INTERACTIONS
from conftest import PROVIDERS, SLOWLY, lantern, played
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.claim import Kind, Level
from harness.cli import main
from harness.contract import load
from harness.contract.protocol import practice
from harness.interaction import Interaction, Origin, Provenance
from harness.judge import judge, judge_both
from harness.judge.protocol import CHECKS
from harness.report import FILES
from harness.report.practice import tally
from harness.simulator import known
from harness.verdict import Outcome


def seen_of(provider: str) -> list[Interaction]:
    return list(played(provider, (load(provider).default_model,)))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_claims_are_this_projects_own_and_no_part_of_the_contract(provider: str) -> None:
    contract = load(provider)
    claims = practice(contract)
    assert claims and not set(claims) & set(contract.claims)
    for name, claim in claims.items():
        assert ".protocol." in name and claim.source.document == "protocol" and claim.source.quote
        assert claim.level is Level.SHOULD and claim.kind in (Kind.LIFECYCLE, Kind.RESPONSE)
        assert "protocol" not in contract.documents and claim.check in CHECKS


@pytest.mark.parametrize("provider", SLOWLY)
def test_an_honest_provider_keeps_it(provider: str) -> None:
    found = judge_both(load(provider), seen_of(provider))[1]
    assert {v.outcome for v in found} <= {Outcome.PASS, Outcome.UNTESTED}
    assert {v.claim.check for v in found if v.outcome is Outcome.PASS} == set(CHECKS)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_rule_has_a_quirk_that_departs_from_it(provider: str) -> None:
    """That each is caught is shown with all the others by tests/test_kill_matrix.py."""
    broken = {glob.rpartition(".")[2] for q in known(provider).values() for glob in q.breaks if ".protocol." in glob}
    assert broken == {name.removeprefix("protocol-") for name in CHECKS}


def test_what_is_documented_is_judged_as_without_it() -> None:
    contract, seen = load("unified-v2"), seen_of("unified-v2")
    assert judge(contract, seen) == judge_both(contract, seen)[0]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(INTERACTIONS, max_size=6))
def test_it_never_raises_and_repeats_itself(interactions: list[Interaction]) -> None:
    assert judge_both(lantern(), interactions)[1] == judge_both(lantern(), interactions)[1]


def test_a_fault_of_ours_in_one_check_spoils_no_other() -> None:
    contract, seen = load("unified-v2"), seen_of("unified-v2")
    no_pointer = replace(contract, job=replace(contract.job, error=5))  # type: ignore[arg-type]
    sound = {v.claim.check: v for v in judge_both(contract, seen)[1]}
    found = {v.claim.check: v for v in judge_both(no_pointer, seen)[1]}
    told = tally({"practice": [{"outcome": v.outcome} for v in found.values()]})
    assert "1 not judged because of a harness fault" in told
    assert sound.pop("protocol-consistent").outcome is Outcome.PASS
    assert found.pop("protocol-consistent").outcome is Outcome.ERROR
    assert found == sound


def test_what_an_abridged_exchange_leaves_out_proves_nothing() -> None:
    abridged = Provenance(origin=Origin.PUBLISHED, abridged=True)
    bare = []
    for each in seen_of("unified-v2"):
        body = each.response.body if each.response and each.response.status < 400 else b""
        response = each.response and replace(each.response, headers={}, body=body)
        bare.append(replace(each, provenance=abridged, response=response))
    assert Outcome.FAIL not in {v.outcome for v in judge_both(load("unified-v2"), bare)[1]}


def check(tmp_path: Path, *words: str) -> tuple[int, dict[str, object]]:
    model = load("relaydance").default_model
    base = ["check", "relaydance", "--simulated", "--model", model, "--random", "0", "--fail-on", "should"]
    code = main([*base, "--out", str(tmp_path), "--format", "json,text,markdown,html,junit", *words])
    (entry,) = json.loads((tmp_path / "report.json").read_text())["providers"]
    return code, entry


def test_reports_show_it_apart_and_count_it_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, entry = check(tmp_path, "--quirk", "video-of-no-type", "gone-once-fetched")
    assert code == 0 and entry["counts"]["fail"] == 0  # type: ignore[index]
    assert not [v for v in entry["verdicts"] if ".protocol." in v["claim"]]  # type: ignore[attr-defined]
    assert "good practice, not documented: 2 not followed" in capsys.readouterr().out
    for name in ("report.md", "report.html"):
        text = (tmp_path / name).read_text()
        assert "Good practice, not documented" in text and "relaydance.getVideo.protocol.safe" in text
    assert ".protocol." not in (tmp_path / FILES["junit"]).read_text()


def test_it_can_be_turned_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, entry = check(tmp_path, "--quirk", "video-of-no-type", "--no-protocol")
    assert "practice" not in entry
    assert "good practice" not in capsys.readouterr().out


def test_a_claim_of_it_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "relaydance.getVideo.protocol.safe"]) == 0
    assert "RFC 9110" in capsys.readouterr().out
