"""The fixtures for tests of somebody's own client: what it does wrong by the provider's documents, both ways."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import av  # noqa: F401  Pytester forgets what was first imported in a test, and half of PyAV does not survive that
import httpx
import pytest
from conftest import PROVIDERS
from hypothesis import given
from hypothesis import strategies as st
from sessions import PAGE, alone

from harness.contract import Role, load
from harness.contract.links import expressions
from harness.errors import UnknownName
from harness.interaction import Origin
from harness.pointer import evaluate
from harness.probe.build import Builder
from harness.testing.client import RULES, Meant, field, findings
from harness.testing.playing import (
    KEY,
    PATIENCE,
    ClientFaults,
    Playing,
    Vendor,
    WatchedClient,
    WatchedSimulator,
    playing,
)

SUBJECT = "relaydance"
BODY = {"model": "doubao-seedance-2-0-720p", "prompt": "A paper boat", "seconds": "5", "metadata": {"ratio": "9:16"}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["model", "metadata", "x"]), inner),
    max_leaves=5,
)


class Client:
    """A small client of one vendor, which does as the documents say; each test gives it one fault."""

    polls = 60
    pause = 0.0

    def __init__(self, vendor: Playing) -> None:
        self.http = httpx.Client(base_url=vendor.base_url, trust_env=False, timeout=10)
        self.key = {"authorization": f"Bearer {vendor.key}"}

    def body(self) -> dict[str, object]:
        return dict(BODY)

    def submit(self) -> str:
        answer = self.http.post("/v1/video/generations", json=self.body(), headers=self.key).raise_for_status()
        return str(answer.json()["task_id"])

    def ended(self, status: str) -> bool:
        if status not in ("submitted", "running", "succeeded", "failed"):
            raise ValueError(f"unknown status {status}")
        return status in ("succeeded", "failed")

    def wait(self, job: str) -> dict[str, str]:
        for _ in range(self.polls):
            task: dict[str, str] = (
                self.http.get(f"/v1/video/generations/{job}", headers=self.key).raise_for_status().json()
            )
            if self.ended(task["status"]):
                return task
            time.sleep(self.pause)
        raise TimeoutError(job)

    def fetch(self, url: str) -> bytes:
        return self.http.get(url).raise_for_status().content

    def video(self) -> bytes:
        with self.http:
            task = self.wait(self.submit())
            if task["status"] == "failed":
                raise RuntimeError("failed")
            return self.fetch(task["url"])


class DropsTheRatio(Client):
    def body(self) -> dict[str, object]:
        return {name: each for name, each in BODY.items() if name != "metadata"}


class SendsANumber(Client):
    def body(self) -> dict[str, object]:
        return {**BODY, "seconds": 5}


class WaitsForSucceeded(Client):
    """The classic: whatever is not the one word means to go on."""

    polls = 100_000

    def ended(self, status: str) -> bool:
        return status == "succeeded"


class PollsOn(Client):
    def wait(self, job: str) -> dict[str, str]:
        task = super().wait(job)
        for _ in range(3):
            super().wait(job)
        return task


class SubmitsAgain(Client):
    def submit(self) -> str:
        try:
            return super().submit()
        except httpx.HTTPStatusError:
            return super().submit()


class LeaksTheKey(Client):
    def fetch(self, url: str) -> bytes:
        return self.http.get(url, headers=self.key).raise_for_status().content


class ForgetsTheKey(Client):
    def submit(self) -> str:
        self.key = {}
        return super().submit()


class Waits(Client):
    pause = 0.06


@contextmanager
def watched(*quirks: str, **more: float) -> Iterator[tuple[Playing, WatchedClient]]:
    with playing(Vendor(SUBJECT, quirks, **more)) as vendor:  # type: ignore[arg-type]
        yield vendor, WatchedClient(vendor)


def faults(make: Callable[[Playing], Client], *quirks: str, lose: int = 0, **more: float) -> dict[str, str]:
    """Rule → claim of what is wrong with a client that makes one video, however that ends."""
    with watched(*quirks, **more) as (vendor, client):
        client.expect_sent({"metadata.ratio": "9:16"})
        vendor.lose_answers(lose)
        try:
            make(vendor).video()
        except (httpx.HTTPError, ValueError, TimeoutError, RuntimeError):
            pass
        return {each.rule: each.claim.id for each in client.findings()}


@pytest.mark.parametrize("quirks", [(), ("upper-case-status-words",), ("runs-for-ever",), ("url-leads-nowhere",)])
def test_a_client_that_keeps_to_the_documents_is_found_nothing_of(quirks: tuple[str, ...]) -> None:
    assert faults(Client, *quirks) == {}


@pytest.mark.parametrize(
    ("make", "quirks", "rule", "claim"),
    [
        (DropsTheRatio, (), "not-sent", "createVideo.metadata.ratio.type"),
        (SendsANumber, (), "broken-rule", "createVideo.seconds.type"),
        (WaitsForSucceeded, ("upper-case-status-words",), "unknown-word", "getVideo.job.words"),
        (WaitsForSucceeded, ("runs-for-ever",), "endless", "getVideo.job.ends"),
        (PollsOn, (), "past-the-end", "getVideo.job.terminal"),
        (LeaksTheKey, (), "key-elsewhere", "getVideo.job.served"),
        (ForgetsTheKey, (), "not-admitted", "createVideo.authorization.missing"),
    ],
)
def test_a_fault_of_a_client_is_named_with_the_claim_that_it_should_have_read(
    make: type[Client], quirks: tuple[str, ...], rule: str, claim: str
) -> None:
    found = faults(make, *quirks)
    assert found.pop(rule) == f"{SUBJECT}.{claim}"
    assert not found


def test_a_submission_of_which_nobody_knows_what_came_is_not_sent_again() -> None:
    assert faults(Client, lose=1) == {}
    assert set(faults(SubmitsAgain, lose=1)) == {"sent-again"}
    assert faults(SubmitsAgain) == {}


def test_a_pace_is_looked_at_where_the_test_says_how_fast_its_clock_runs() -> None:
    assert faults(Client) == {}
    assert set(faults(Client, speed=100)) == {"hasty"}  # every 5 s, so every 50 ms
    assert faults(Waits, speed=100) == {}


def test_every_rule_has_found_something_above() -> None:
    assert {rule.__name__.replace("_", "-") for rule in RULES} == {
        "broken-rule", "not-admitted", "not-sent", "unknown-word", "endless", "past-the-end", "hasty", "sent-again",
        "key-elsewhere",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("metadata.ratio", ("metadata", "ratio")),
        ("ratio", ("metadata", "ratio")),
        ("aspect_ratio", ("metadata", "ratio")),
    ],
)
def test_a_field_has_a_path_a_neutral_name_and_a_last_part(name: str, path: tuple[str, ...]) -> None:
    assert field(load(SUBJECT), name) == path


def test_a_misspelt_field_claim_quirk_or_provider_is_told_the_nearest() -> None:
    with watched() as (_, client):
        with pytest.raises(UnknownName, match="Did you mean 'prompt'"):
            client.expect_sent({"promt": "x"})
        with pytest.raises(UnknownName, match="unknown claim"):
            client.allow("relaydance.createVideo.secnds.type")
    with pytest.raises(UnknownName, match="Did you mean 'runs-for-ever'"), playing(Vendor(SUBJECT, ["runs-forever"])):
        pass
    with pytest.raises(UnknownName, match="Did you mean 'relaydance'"), playing(Vendor("relaydanc")):
        pass


def test_what_a_test_does_wrong_on_purpose_is_allowed() -> None:
    with watched() as (vendor, client):
        client.allow("relaydance.createVideo.seconds.*")
        with pytest.raises(httpx.HTTPStatusError):
            SendsANumber(vendor).video()
        client.judge()
        with pytest.raises(httpx.HTTPStatusError):
            ForgetsTheKey(vendor).video()
        with pytest.raises(ClientFaults, match="relaydance.createVideo.authorization.missing"):
            client.judge()


def test_what_a_client_sent_and_got_is_kept_without_the_key_and_marked_as_simulated() -> None:
    with watched("runs-for-ever") as (vendor, client):
        with pytest.raises(TimeoutError):
            Client(vendor).video()
        kept = client.interactions
    assert len(kept) == 1 + Client.polls
    assert {each.provenance.origin for each in kept} == {Origin.SIMULATED}
    assert {each.provenance.quirks for each in kept} == {("runs-for-ever",)}
    assert all(vendor.key not in str(each.request.headers) for each in kept)


def test_findings_need_nothing_but_exchanges() -> None:
    with watched() as (vendor, _):
        DropsTheRatio(vendor).video()
        exchanges = vendor.exchanges
    meant = Meant(fields={("metadata", "ratio"): "9:16"})
    assert findings(vendor.contract, exchanges, meant) == findings(vendor.contract, exchanges, meant)
    (found,) = findings(vendor.contract, exchanges, meant)
    assert found.summary == "the client dropped metadata.ratio" and "9:16" in str(found)
    assert not findings(vendor.contract, exchanges, Meant(fields={}))


# In somebody's project


PROJECT = """
import httpx, pytest, time

def generate(base_url, key, ratio):
    with httpx.Client(base_url=base_url, headers={{"authorization": f"Bearer {{key}}"}}, trust_env=False) as http:
        task = http.post("/v1/video/generations", json={{
            "model": "doubao-seedance-2-0-720p", "prompt": "A paper boat", "seconds": "5"
        }}).raise_for_status().json()
        while task["status"] != "succeeded":
            task = http.get(f"/v1/video/generations/{{task['task_id']}}").raise_for_status().json()
        return task["url"]

@pytest.mark.harness_provider("relaydance"{quirks})
def test_portrait(harness_provider, harness_client):
    harness_client.expect_sent({{"ratio": "9:16"}})
    assert generate(harness_provider.base_url, harness_provider.key, ratio="9:16")
"""


def run(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    pytester.makepyfile(source)
    return alone(pytester, "--strict-markers")


def test_a_client_that_drops_a_field_fails_its_own_test_by_the_claim(pytester: pytest.Pytester) -> None:
    result = run(pytester, PROJECT.format(quirks=""))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "the client has 1 finding against the simulator of relaydance, not the provider",
            "relaydance.createVideo.metadata.ratio.type: the client dropped metadata.ratio",
            '*expected*metadata.ratio: "9:16"',
            "*quote*page*“ratio*",
        ]
    )


def test_a_client_that_polls_for_ever_ends_and_is_told_why(pytester: pytest.Pytester) -> None:
    result = run(pytester, PROJECT.format(quirks=', quirks=["upper-case-status-words"]'))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E*410 Gone*", "E*relaydance.getVideo.job.words: the client kept polling on a status word*"]
    )


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("", "which provider? Mark the test: @pytest.mark.harness_provider*"),
        ('@pytest.mark.harness_provider("relaydans")', "*unknown provider 'relaydans'"),
        ('@pytest.mark.harness_provider("relaydance", quirks=["runs-for-eve"])', "*unknown quirk 'runs-for-eve'"),
        ('@pytest.mark.harness_provider("relaydance", quirk="runs-for-ever")', "*unexpected keyword argument 'quirk'*"),
    ],
)
def test_a_marker_that_cannot_be_meant_is_an_error_of_its_test(pytester: pytest.Pytester, mark: str, said: str) -> None:
    result = run(pytester, f"import pytest\n{mark}\ndef test_one(harness_provider): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*During handling of the above exception*")


def test_each_test_has_a_provider_of_its_own_which_is_gone_when_it_ends(pytester: pytest.Pytester) -> None:
    source = """
    import httpx, pytest
    addresses = []

    @pytest.mark.parametrize("number", [1, 2])
    @pytest.mark.harness_provider("relaydance")
    def test_one(harness_provider, number):
        addresses.append(harness_provider.base_url)
        httpx.get(harness_provider.base_url + "/v1/models", trust_env=False)
        assert len(harness_provider.interactions) == 1
        assert number == 2

    def test_gone():
        for address in addresses:
            with pytest.raises(httpx.ConnectError):
                httpx.get(address, trust_env=False)
        assert len(set(addresses)) == 2
    """
    run(pytester, source).assert_outcomes(passed=2, failed=1)


MY_CLIENT = """
import httpx

def generate(base_url, key, prompt, ratio):
    body = {"model": "doubao-seedance-2-0-720p", "prompt": prompt, "seconds": "5", "metadata": {"ratio": ratio}}
    with httpx.Client(base_url=base_url, headers={"authorization": f"Bearer {key}"}, trust_env=False) as http:
        task = http.post("/v1/video/generations", json=body).raise_for_status().json()
        while task["status"] not in END:
            task = http.get(f"/v1/video/generations/{task['task_id']}").raise_for_status().json()
"""


@pytest.mark.parametrize(
    ("end", "outcome"),
    [('("succeeded", "failed")', {"failed": 1}), ('("succeeded", "failed", "SUCCESS")', {"passed": 1})],
)
def test_the_readme_shows_how_a_client_is_tested(pytester: pytest.Pytester, end: str, outcome: dict[str, int]) -> None:
    (shown,) = (each for each in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "harness_client" in each)
    pytester.makepyfile(my_client=f"END = {end}\n{MY_CLIENT}")
    run(pytester, shown).assert_outcomes(**outcome)


@given(
    requests=st.lists(
        st.tuples(
            st.sampled_from(["GET", "POST", "DELETE"]),
            st.sampled_from(["/v1/video/generations", "/v1/video/generations/sim-1ed7e4b2-000001", "/v1/models", "/x"]),
            st.binary(max_size=20)
            | st.just(json.dumps(BODY).encode())
            | JSON.map(lambda each: json.dumps(each).encode()),
            st.sampled_from([{}, {"authorization": f"Bearer {KEY}"}, {"authorization": "Basic x"}]),
        ),
        max_size=8,
    )
)
def test_whatever_a_client_sends_is_judged(requests: list[tuple[str, str, bytes, dict[str, str]]]) -> None:
    simulator = WatchedSimulator(load(SUBJECT))
    for method, path, body, headers in requests:
        simulator.handle(method, f"http://127.0.0.1:1{path}", headers, body)
    vendor = Playing(Vendor(SUBJECT), simulator, "http://127.0.0.1:1")
    for found in findings(vendor.contract, vendor.exchanges, Meant(fields={("metadata", "ratio"): "9:16"})):
        assert found.claim.id in vendor.contract.claims and str(found)


def test_an_asynchronous_client_is_judged_as_any_other(pytester: pytest.Pytester) -> None:
    source = """
    import httpx, pytest

    @pytest.fixture
    def anyio_backend():
        return "asyncio"

    @pytest.mark.anyio
    @pytest.mark.harness_provider("relaydance")
    async def test_one(harness_provider, harness_client):
        harness_client.expect_sent({"prompt": "A paper boat"})
        async with httpx.AsyncClient(base_url=harness_provider.base_url, trust_env=False) as http:
            await http.get("/v1/models", headers={"authorization": f"Bearer {harness_provider.key}"})
    """
    pytester.makepyfile(source)
    result = alone(pytester, "-p", "anyio.pytest_plugin")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["relaydance.createVideo.prompt.*: the client submitted nothing, and so no prompt"])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_can_be_played_for_a_client_that_reads_its_documents(provider: str) -> None:
    contract = load(provider)
    poll = contract.role(Role.POLL)
    assert poll is not None
    body = Builder(contract, contract.submit).minimal(contract.default_model)
    with playing(Vendor(provider)) as vendor:
        client = WatchedClient(vendor)
        with httpx.Client(base_url=vendor.base_url, trust_env=False, timeout=20) as http:
            http.headers["authorization"] = f"Bearer {vendor.key}"
            job = http.request(contract.submit.method, contract.submit.path, json=body).raise_for_status().json()

            def ask() -> None:
                fill = partial(evaluate, request_body=body, response_body=job, path={}, headers={})
                path, fields = expressions(contract, poll)
                address = poll.path
                for name, expression in path.items():
                    address = address.replace(f"{{{name}}}", str(fill(expression)))
                asked = {name.removeprefix("/"): fill(expression) for name, expression in fields.items()}
                http.request(poll.method, address, json=asked or None)

            for _ in range(3):
                ask()
            assert not client.findings()
            for _ in range(PATIENCE + 3):
                ask()
            assert [each.rule for each in client.findings()] == ["past-the-end"]
            assert vendor.interactions[-1].gave_up
