"""``harness.fuzzing``: the contracts as schemas of Schemathesis, and a check of answers against the claims."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from conftest import ROOT, SLOWLY
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS
from schemathesis.core.failures import FailureGroup
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER

from harness import fuzzing
from harness.contract import load
from harness.errors import ConfigurationError, UnknownName
from harness.interaction import Interaction, Origin, Provenance, Request, Response
from harness.probe.build import Builder
from harness.probe.draw import drawn
from harness.probe.fuzz import bodies
from harness.simulator.quirks import Quirk, chosen
from harness.simulator.server import serving

SUBJECT = "venice"
KEY = {"Authorization": "Bearer any"}
NOWHERE = "http://127.0.0.1:9"
BODY = Builder(load(SUBJECT), load(SUBJECT).submit).minimal(load(SUBJECT).default_model)


def failed(provider: str, *quirks: Quirk) -> set[str]:
    """The claims that fail when a simulator with these quirks is tested, operation by operation."""
    found: set[str] = set()
    with serving(load(provider), list(quirks)) as url:
        for each in fuzzing.schema(provider, base_url=url).get_all_operations():
            for mode in schemathesis.GenerationMode:
                found |= _failed(each.ok(), mode)
    return found


def _failed(operation: Any, mode: Any) -> set[str]:
    @settings(max_examples=8, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def test(case: Any) -> None:
        case.call_and_validate(headers=KEY, checks=fuzzing.CHECKS)

    if mode is schemathesis.GenerationMode.NEGATIVE and not operation.body:
        return set()  # a path is not negated
    try:
        test()
    except FailureGroup as failures:
        return {each.title for each in failures.exceptions}
    return set()


def claims(status: int, answer: Any, *, body: Any = BODY, path: str = "/video/queue", **headers: str) -> set[str]:
    """The claims that the check finds broken by one answer."""
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    seen = Interaction(
        name="test",
        request=Request(method="POST", url=f"{NOWHERE}{path}", headers=KEY, body=json.dumps(body).encode()),
        response=Response(status=status, headers={"content-type": "application/json", **headers}, body=content),
        provenance=Provenance(origin=Origin.LIVE),
    )
    return {each.name for each in fuzzing.objections(load(SUBJECT), seen)}


QUEUED = {"model": BODY["model"], "queue_id": "q"}
REFUSED = {"error": "no"}


@pytest.mark.parametrize("provider", SLOWLY)
def test_an_honest_simulator_passes(provider: str) -> None:
    assert failed(provider) == set()


@pytest.mark.parametrize(
    ("quirk", "claim"),
    [
        ("refused-as-not-acceptable", "venice.queueVideo.response.documented"),
        ("status-on-queueing", "venice.queueVideo.accepted.body.additionalProperties"),
    ],
)
def test_an_answer_that_is_not_as_documented_fails_by_the_name_of_its_claim(quirk: str, claim: str) -> None:
    assert claim in failed(SUBJECT, *chosen(SUBJECT, [quirk]))


def test_a_server_that_takes_what_is_forbidden_fails_by_the_name_of_a_claim_on_the_request() -> None:
    lenient = Quirk(name="lenient", summary="", does={"accepts": [f"{SUBJECT}.queueVideo.*"]}, breaks=())
    found = failed(SUBJECT, lenient)
    assert found and {load(SUBJECT).claims[name].check for name in found} == {"request"}


def test_what_is_documented_fails_nothing() -> None:
    assert claims(200, QUEUED) == set()
    assert claims(400, REFUSED, body={**BODY, "duration": "5"}) == set()


def test_what_is_forbidden_and_accepted_is_laid_to_each_claim_that_it_breaks() -> None:
    accepted = claims(200, QUEUED, body={**BODY, "duration": "5", "aspect_ratio": "16:10"})
    assert {"venice.queueVideo.duration.enum", "venice.queueVideo.aspect_ratio.enum"} <= accepted


def test_a_valid_request_that_is_refused_fails() -> None:
    assert claims(400, REFUSED) == {"venice.queueVideo.accepted.status"}


def test_what_says_nothing_of_the_request_fails_nothing() -> None:
    assert claims(402, {"error": "no credit", "code": "INSUFFICIENT_BALANCE"}) <= {
        "venice.queueVideo.payment.body.type"
    }
    assert claims(404, REFUSED, path="/elsewhere") == set()
    assert claims(404, REFUSED, path="/video/complete", body={"model": BODY["model"], "queue_id": "made-up"}) == set()


def test_a_failure_tells_quote_and_what_was_expected_and_observed() -> None:
    with serving(load(SUBJECT), chosen(SUBJECT, ["refused-as-not-acceptable"])) as url:
        operation = fuzzing.schema(SUBJECT, base_url=url)["/video/queue"]["POST"]
        with pytest.raises(FailureGroup) as raised:
            operation.Case(body={}, media_type="application/json").call_and_validate(headers=KEY, checks=fuzzing.CHECKS)
    told = {each.title: each.message for each in raised.value.exceptions}["venice.queueVideo.response.documented"]
    source = load(SUBJECT).claims["venice.queueVideo.response.documented"].source
    assert source.quote in told and source.document in told
    assert "expected: one of 200" in told and "observed: status 406" in told
    assert told.startswith("SIMULATED, not the provider: ")


def test_every_body_is_valid_or_breaks_one_claim_as_schemathesis_says_that_it_meant() -> None:
    contract = load(SUBJECT)
    operation = fuzzing.schema(SUBJECT, base_url=NOWHERE)["/video/queue"]["POST"]
    for mode, broken in ((schemathesis.GenerationMode.POSITIVE, 0), (schemathesis.GenerationMode.NEGATIVE, 1)):
        found = drawn(operation.as_strategy(generation_mode=mode).map(lambda case: case.body), 20, 0)
        assert found and {len(contract.violations(contract.submit.id, body)) for body in found} == {broken}


def test_what_the_plan_takes_from_schemathesis_stays_schemathesis_own() -> None:
    contract = load("relaydance")
    assert any(len(contract.violations(contract.submit.id, each)) > 1 for each in bodies(contract, 20))


def test_importing_again_registers_nothing_twice() -> None:
    names, hooks = CHECKS.get_all_names(), len(GLOBAL_HOOK_DISPATCHER.get_all_by_name("after_load_schema"))
    check = fuzzing.harness_claims
    assert importlib.reload(fuzzing).harness_claims is check
    assert CHECKS.get_all_names() == names
    assert len(GLOBAL_HOOK_DISPATCHER.get_all_by_name("after_load_schema")) == hooks


def test_nothing_else_of_ours_brings_schemathesis_in() -> None:
    told = "import sys, harness, harness.cli, harness.strategies; print('schemathesis' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"


def test_no_schema_for_strangers_or_for_the_provider_itself() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'venice'"):
        fuzzing.schema("venise", base_url=NOWHERE)
    with pytest.raises(ConfigurationError, match="is paid for"):
        fuzzing.schema(SUBJECT, base_url=load(SUBJECT).base_url)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("quirks", "code", "told"),
    [
        ((), 0, " passed"),
        (("refuses-with-422",), 1, "unified-v2.createVideo.response.documented"),
    ],
)
def test_the_command_of_schemathesis_knows_the_check_by_its_hooks(
    quirks: tuple[str, ...], code: int, told: str, tmp_path: Path
) -> None:
    command = re.search(
        r"SCHEMATHESIS_HOOKS=harness.fuzzing schemathesis (run [^\n]+)",
        (ROOT / "docs" / "in-your-tests.md").read_text(),
    )
    assert command
    with serving(load("unified-v2"), chosen("unified-v2", quirks)) as url:
        words = command[1].replace(SUBJECT, "unified-v2").replace("http://127.0.0.1:8700", url)
        words = words.replace("specs/", f"{ROOT}/specs/")
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", *shlex.split(words), "--max-examples", "8", "--no-color"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "harness.fuzzing"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == code, done.stdout + done.stderr
    assert told in done.stdout
