"""The simulator: as documented when honest, on any transport, with real files."""

from __future__ import annotations

import json
from collections import Counter
from enum import StrEnum
from fractions import Fraction
from typing import Any

import httpx
import pytest
from anything import BODIES, HEADERS, JSON, URLS
from conftest import PROVIDERS, ROOT, SLOWLY, contract_of, few, lantern, verdicts
from hostile import BODY
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.contract import Contract, Role, load
from harness.contract.pixels import has_lines
from harness.contract.wanted import wanted
from harness.errors import UnknownName
from harness.exchange.media import facts
from harness.interaction import SITUATION_HEADER, UNISSUED_KEY
from harness.pointer import value
from harness.probe.build import Builder
from harness.probe.plan import plan
from harness.run.sources import simulated
from harness.simulator import SIMULATED_HEADER, Quirk, SimulatedTransport, Simulator, chosen, known
from harness.simulator.clip import Clip, film
from harness.simulator.quirks import JobQuirk, LifeQuirk
from harness.simulator.server import serving
from harness.verdict import Outcome, Verdict

KEY = {"authorization": "Bearer sk-test-0000-0000"}

#: Small enough to be played whole in the fast suite.
WHOLE = ("relaydance", "unified-v2")
FEWER = tuple(sorted(set(PROVIDERS) - set(WHOLE)))


def clean(found: tuple[Verdict, ...]) -> None:
    """No divergence, no fault of ours, and nearly everything that applies was seen to hold."""
    wrong = {
        v.claim.id: v.reason or v.divergences[0].summary for v in found if v.outcome in (Outcome.FAIL, Outcome.ERROR)
    }
    assert wrong == {}
    counts = Counter(v.outcome for v in found if v.outcome is not Outcome.NOT_APPLICABLE)
    assert counts[Outcome.PASS] >= 0.95 * counts.total(), counts


@pytest.mark.parametrize("provider", WHOLE)
def test_an_honest_provider_passes(provider: str) -> None:
    clean(verdicts(provider))


@pytest.mark.slow
@pytest.mark.parametrize("provider", FEWER)
def test_an_honest_provider_passes_with_a_few_models(provider: str) -> None:
    contract = load(provider)
    models = few(contract)
    found = tuple(v for v in verdicts(provider, models) if v.claim.model is None or v.claim.model in models)
    other = {v.claim.id for v in verdicts(provider, models) if v.outcome in (Outcome.FAIL, Outcome.ERROR)}
    assert other == set()
    # What only other models take cannot be seen with these.
    reachable = tuple(v for v in found if v.outcome is not Outcome.UNTESTED or v.claim.check != "request")
    clean(reachable)


@pytest.mark.slow
@pytest.mark.parametrize("provider", FEWER)
def test_an_honest_provider_passes_with_every_model(provider: str) -> None:
    clean(verdicts(provider))


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(lantern())


def ask(simulator: Simulator, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = simulator.handle(method, f"http://s.invalid/v1{path}", {**KEY, **headers}, content)
    assert SIMULATED_HEADER in reply.headers
    return reply.status, json.loads(reply.body) if reply.headers["content-type"] == "application/json" else reply.body


def test_a_job_goes_its_way(simulator: Simulator) -> None:
    status, answer = ask(simulator, "POST", "/clips", BODY)
    assert status == 202
    states = [ask(simulator, "GET", f"/clips/{answer['id']}")[1] for _ in range(3)]
    assert [each["status"] for each in states] == ["drawing", "done", "done"]
    assert all(each["id"] == answer["id"] for each in states)
    path = states[-1]["video"].removeprefix("http://s.invalid")
    reply = simulator.handle("GET", f"http://s.invalid{path}", {}, b"")
    assert reply.headers["content-type"] == "video/mp4"
    assert facts(reply.body).container == "mp4"


@pytest.mark.parametrize(
    "method, path, body, headers, status",
    [
        ("POST", "/clips", {**BODY, "length": "3s"}, {}, 400),
        ("POST", "/clips", b"{", {}, 400),
        ("POST", "/clips", b"", {}, 400),
        ("POST", "/clips", BODY, {"authorization": f"Bearer {UNISSUED_KEY}"}, 401),
        ("POST", "/clips", BODY, {"authorization": "Basic x"}, 401),
        ("POST", "/clips", BODY, {"authorization": ""}, 401),
        ("POST", "/clips", BODY, {SITUATION_HEADER: "payment"}, 402),
        ("POST", "/clips", BODY, {SITUATION_HEADER: "rate-limited"}, 429),
        ("POST", "/clips", BODY, {SITUATION_HEADER: "accepted"}, 202),
        ("GET", "/clips/none", None, {}, 404),
    ],
)
def test_requests_are_answered_as_documented(
    simulator: Simulator, method: str, path: str, body: Any, headers: dict[str, str], status: int
) -> None:
    assert ask(simulator, method, path, body, **headers)[0] == status


@pytest.mark.parametrize("path", ["/nowhere", "/simulated/none.mp4"])
def test_other_addresses_are_not_found(simulator: Simulator, path: str) -> None:
    reply = simulator.handle("GET", f"http://s.invalid{path}", KEY, b"")
    assert reply.status == 404


@settings(max_examples=80)
@given(
    method=st.sampled_from(["GET", "POST", ""]),
    url=URLS.filter(lambda url: "[" not in url),
    headers=HEADERS,
    body=BODIES,
)
def test_the_simulator_answers_whatever_is_sent(method: str, url: str, headers: dict[str, str], body: bytes) -> None:
    reply = Simulator(lantern()).handle(method, url, headers, body)
    assert 200 <= reply.status < 600


@settings(max_examples=60)
@given(body=JSON)
def test_any_json_is_accepted_or_refused(body: Any) -> None:
    status, _ = ask(Simulator(lantern()), "POST", "/clips", body)
    assert status in (202, 400)


def first_probes(contract: Contract) -> list[tuple[str, str, Any, dict[str, str]]]:
    """A few requests of every family that needs no job: method, path, content, headers."""
    chosen_probes: dict[tuple[str, str], Any] = {}
    for probe in plan(contract, models=[contract.default_model], simulated=True).probes:
        if not probe.anchored:
            chosen_probes.setdefault((probe.family, probe.operation), probe)
    sent = []
    for probe in chosen_probes.values():
        operation = contract.operations[probe.operation]
        path = operation.path.replace("{", "no-such-").replace("}", "")
        content = probe.raw if probe.raw is not None else "" if probe.body is None else json.dumps(probe.body)
        headers = {"content-type": "application/json", **(KEY if probe.authorization == "key" else {})}
        headers |= {SITUATION_HEADER: probe.situation} if probe.situation else {}
        sent.append((operation.method, path, content, headers))
    return sent


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_server_answers_like_the_simulator_in_process(provider: str) -> None:
    contract = load(provider)
    with serving(contract, []) as base, httpx.Client(base_url=base, trust_env=False, timeout=20) as over_the_wire:
        transport = SimulatedTransport(Simulator(contract))
        with httpx.Client(transport=transport, base_url=base) as in_process:
            for method, path, content, headers in first_probes(contract):
                there = over_the_wire.request(method, path, content=content, headers=headers)
                here = in_process.request(method, path, content=content, headers=headers)
                assert there.status_code == here.status_code
                assert there.headers["content-type"] == here.headers["content-type"]
                assert there.headers[SIMULATED_HEADER] == provider
                assert there.content == here.content


@pytest.mark.parametrize("name", ["%2F", "a%2Fb", "%0A", "%3F", "%23", "%C2%95", "no%20such"])
def test_the_server_takes_an_id_as_it_was_sent(name: str) -> None:
    with serving(lantern(), []) as base:
        answer = httpx.get(f"{base}/clips/{name}", headers=KEY, trust_env=False, timeout=20)
    assert answer.status_code == 404 and answer.headers["content-type"] == "application/json"


def test_a_job_over_the_wire_ends_in_a_real_file() -> None:
    contract = load("relaydance")
    body = Builder(contract, contract.submit).minimal(contract.default_model)
    poll = contract.role(Role.POLL)
    assert poll is not None
    with serving(contract, []) as base, httpx.Client(base_url=base, headers=KEY, trust_env=False, timeout=20) as client:
        job = value(client.post(contract.submit.path, json=body).json(), contract.job.id)
        for _ in range(5):
            name = poll.parameters[0]["name"]
            answer = client.get(poll.path.replace(f"{{{name}}}", job)).json()
        url = value(answer, contract.job.results[0].tokens)
        assert url.startswith(base)
        assert facts(client.get(url).content).container == "mp4"


# Files


@pytest.mark.parametrize("width, height", [(1280, 720), (720, 1280), (854, 480), (640, 640), (101, 51)])
@pytest.mark.parametrize("seconds, audio", [(2, True), (5.5, False)])
def test_a_clip_is_as_large_long_and_loud_as_asked(width: int, height: int, seconds: float, audio: bool) -> None:
    measured = facts(film(Clip(width=width, height=height, seconds=seconds, sound="tone" if audio else None)))
    assert measured.fault is None
    assert measured.container == "mp4"
    assert (measured.width, measured.height) == (width - width % 2, height - height % 2)
    assert measured.duration == pytest.approx(seconds, abs=0.2)
    assert (measured.audio_codec is not None) is audio


def test_equal_arguments_make_equal_bytes() -> None:
    asked = Clip(width=64, height=64, seconds=1.0, sound="tone")
    made = film(asked)
    film.cache_clear()
    assert film(asked) == made


@pytest.mark.parametrize("provider", SLOWLY)
def test_delivered_files_are_what_was_asked_for(provider: str) -> None:
    contract = load(provider)
    models = [contract.default_model]
    made = plan(contract, models=models)
    run = simulated(contract, [])
    run.go(made)
    bodies = {
        value(i.response.json, contract.job.id): i.request.json
        for i in run.interactions
        if i.response and i.purpose in ("valid", "random") and i.response.status < 300
        if contract.match(i.request.method, i.request.path) and i.request.body
        if isinstance(i.response.json, dict)
    }
    measured = 0
    for interaction in run.interactions:
        if interaction.response is None or interaction.response.media is None:
            continue
        media = interaction.response.media
        name = next(
            (job for job in bodies if job and job in interaction.request.url + interaction.request.body.decode()), None
        )
        if name is None:
            continue
        asked = wanted(contract, bodies[name])
        measured += 1
        assert media.width and media.height and media.duration
        if asked.duration:
            assert media.duration == pytest.approx(asked.duration, abs=0.3)
        if asked.size:
            assert (media.width, media.height) == asked.size
        elif asked.aspect_ratio:
            assert float(Fraction(media.width, media.height)) == pytest.approx(
                asked.aspect_ratio[0] / asked.aspect_ratio[1], rel=0.03
            )
        if asked.resolution and not asked.size:
            assert has_lines((media.width, media.height), asked.resolution)
        if asked.audio is not None:
            assert (media.audio_codec is not None) is asked.audio
    assert measured >= 3


# Quirks


def quirky(**does: Any) -> Simulator:
    return Simulator(lantern(), [Quirk(name="q", summary="s", does=does, breaks=())])


@pytest.mark.parametrize(
    "does, body, status",
    [
        ({"accepts": ["lantern.createClip.length.enum"]}, {**BODY, "length": "3s"}, 202),
        ({"accepts": ["lantern.createClip.*"]}, {}, 202),
        ({"refuses": {"at": "/ratio", "is": "9:16"}}, {**BODY, "ratio": "9:16"}, 400),
        ({"refuses": {"at": "/ratio", "is": "9:16"}}, {**BODY, "ratio": "16:9"}, 202),
        ({"malformed-bodies": "createClip"}, b"{", 202),
        ({"accepts-then-fails": ["lantern.createClip.length.enum"]}, {**BODY, "length": "3s"}, 202),
        ({"answers": {"operation": "createClip", "meaning": "invalid", "status": 422}}, {}, 422),
    ],
)
def test_a_quirk_changes_one_thing(does: dict[str, Any], body: Any, status: int) -> None:
    assert ask(quirky(**does), "POST", "/clips", body)[0] == status
    assert ask(quirky(**does), "POST", "/clips", BODY)[0] == 202


def test_a_word_and_an_answer_can_be_changed() -> None:
    playing = quirky(
        words={"queued": "PENDING"},
        answers={"operation": "createClip", "meaning": "accepted", "wrap": {"under": "/data", "with": {"code": 0}}},
    )
    assert ask(playing, "POST", "/clips", BODY)[1]["data"]["status"] == "PENDING"


def test_quirks_are_chosen_by_name() -> None:
    for provider in PROVIDERS:
        reported = [quirk.name for quirk in chosen(provider, ["all-reported"])]
        assert reported == [quirk.name for quirk in known(provider).values() if quirk.reported]
    with pytest.raises(UnknownName, match="unknown quirk 'never-end'") as caught:
        chosen("unified-v2", ["never-end"])
    assert "never-ends" in str(caught.value)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_quirk_says_what_it_does_and_breaks(provider: str) -> None:
    assert len(known(provider)) >= 40
    for quirk in known(provider).values():
        assert quirk.summary and quirk.does and quirk.breaks


def test_a_provider_s_jobs_are_its_own() -> None:
    contract = contract_of("lantern")
    one, other = Simulator(contract), Simulator(contract)
    ask(one, "POST", "/clips", BODY)
    assert len(one.jobs) == 1
    assert other.jobs == {}


def test_an_accepted_submission_names_the_model_that_was_asked_for() -> None:
    body = {"model": "seedance-2-0-text-to-video-basic", "prompt": "A boat", "duration": "5s", "aspect_ratio": "16:9"}
    assert ask(Simulator(load("venice")), "POST", "/video/queue", body)[1]["model"] == body["model"]


def test_a_listed_model_has_what_the_answer_must_have_and_keeps_what_the_catalogue_says() -> None:
    contract = load("venice")
    status, listed = ask(Simulator(contract), "GET", "/models?type=video")
    assert (status, listed["object"], listed["type"]) == (200, "list", "video")
    for entry, model in zip(listed["data"], contract.models.values(), strict=True):
        assert (entry["object"], entry["owned_by"]) == ("model", "venice.ai")
        assert entry["model_spec"].items() >= model.entry["model_spec"].items() and "privacy" in entry["model_spec"]


@pytest.mark.parametrize(("kind", "words"), [("job", JobQuirk), ("life", LifeQuirk)])
def test_the_simulator_knows_every_way_that_a_quirk_may_name(kind: str, words: type[StrEnum]) -> None:
    form = json.loads((ROOT / "schemas" / "quirks.json").read_text())["items"]["properties"]["does"]["properties"][kind]
    assert list(words) == form.get("items", form)["enum"]
