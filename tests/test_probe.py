"""Plans: every probe does what it says and nothing else, in an order that costs least."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from anything import JSON
from conftest import PROVIDERS, ROOT, SLOWLY, contract_of, each_provider, lantern
from conftest import planned as planned_real
from hypothesis import given
from hypothesis import strategies as st

from harness.claim import Claim, Kind
from harness.contract import Contract, Role
from harness.contract.bounds import bounds
from harness.contract.undecided import undecided
from harness.interaction import Origin
from harness.json_text import canonical
from harness.pointer import values
from harness.probe.build import Builder
from harness.probe.cover import thrifty
from harness.probe.limits import carrying
from harness.probe.plan import Plan, Probe, plan
from harness.probe.sample import near_misses, samples, text
from harness.run import Run
from harness.run.sources import simulated

VALID = ("valid", "random", "fuzz")


def planned(provider: str) -> Plan:
    return _lantern() if provider == "lantern" else planned_real(provider)


@cache
def _lantern() -> Plan:
    return plan(lantern(), simulated=True)


def submissions(provider: str, *families: str) -> Iterator[Probe]:
    submit = contract_of(provider).submit.id
    return (p for p in planned(provider).probes if p.operation == submit and p.family in families)


@each_provider
def test_every_probe_breaks_what_it_says_and_nothing_else(provider: str) -> None:
    contract = contract_of(provider)
    for probe in planned(provider).probes:
        if probe.raw is not None or contract.operations[probe.operation].body is None:
            assert not probe.breaks
            continue
        broken = contract.violations(probe.operation, probe.body)
        assert broken == set(probe.breaks), probe.id
        if probe.family in VALID:
            assert not broken
        if probe.family == "violating":
            assert len(probe.breaks) == 1


@each_provider
def test_ids_are_unique(provider: str) -> None:
    counted = Counter(probe.id for probe in planned(provider).probes)
    assert max(counted.values()) == 1


@each_provider
def test_a_plan_is_the_same_every_time(provider: str) -> None:
    contract = contract_of(provider)
    models = list(contract.models)[:3]
    assert plan(contract, models=models, simulated=True) == plan(contract, models=models, simulated=True)


def test_a_plan_does_not_depend_on_the_order_of_sets() -> None:
    script = (
        "from harness.contract import load; from harness.probe.plan import plan;"
        "print([p.id for n in ('unified-v2', 'relaydance') for p in plan(load(n), simulated=True).probes])"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True, timeout=60,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(printed) == 1


@each_provider
def test_what_should_be_refused_is_sent_before_what_is_paid(provider: str) -> None:
    submit = contract_of(provider).submit.id
    probes = [probe for probe in planned(provider).probes if probe.operation == submit]
    refused = [n for n, p in enumerate(probes) if p.breaks or p.family in ("malformed", "authorization")]
    paid = [n for n, p in enumerate(probes) if p.family in VALID]
    assert max(refused) < min(paid)


@each_provider
def test_what_needs_a_job_comes_after_the_jobs_and_what_ends_it_last(provider: str) -> None:
    contract = contract_of(provider)
    probes = planned(provider).probes
    last_job = max(n for n, p in enumerate(probes) if p.operation == contract.submit.id and p.family != "situation")
    anchored = [n for n, p in enumerate(probes) if p.anchored]
    assert anchored and min(anchored) > last_job
    completing = contract.role(Role.COMPLETE)
    if completing is not None:
        ends = [n for n, p in enumerate(probes) if p.operation == completing.id and p.family == "valid"]
        assert ends == list(range(len(probes) - len(ends), len(probes)))


@each_provider
def test_every_claim_on_requests_is_put_to_the_test_or_said_not_to_be(provider: str) -> None:
    contract = contract_of(provider)
    broken = {name for probe in planned(provider).probes for name in probe.breaks}
    claims = {c.id for c in contract.claims.values() if c.check == "request"}
    assert claims - broken == set(planned(provider).unprobed)
    assert len(planned(provider).unprobed) <= len(claims) * 0.04


def can_carry(builder: Builder, model: str, tokens: tuple[str, ...], wanted: Any) -> bool:
    base = builder.minimal(model)
    return base is not None and builder.with_value(base, tokens, wanted) is not None


def carried(provider: str) -> set[tuple[str | None, tuple[str, ...], str]]:
    """(model, place, value) of every valid submission."""
    contract = contract_of(provider)
    places = {c.tokens for c in enums(contract)}
    return {
        (probe.model, tokens, canonical(found))
        for probe in submissions(provider, "valid")
        for tokens in places
        for found in values(probe.body, tokens)
    }


def enums(contract: Contract) -> Iterator[Claim]:
    for claim in contract.claims.values():
        listed = claim.rule == "enum" or claim.parameters.get("narrows") == "enum"
        if listed and claim.check == "request" and claim.operation == contract.submit.id:
            yield claim


@each_provider
def test_every_documented_value_of_a_model_is_sent_with_that_model(provider: str) -> None:
    contract = contract_of(provider)
    builder = Builder(contract, contract.submit)
    sent = carried(provider)
    for claim in enums(contract):
        if claim.model is None or "*" in claim.tokens:
            continue
        for wanted in claim.parameters["value"]:
            if (claim.model, claim.tokens, canonical(wanted)) not in sent:
                assert not can_carry(builder, claim.model, claim.tokens, wanted), f"{claim.id}: {wanted!r}"


@each_provider
def test_every_documented_value_is_sent_with_some_model(provider: str) -> None:
    contract = contract_of(provider)
    builder = Builder(contract, contract.submit)
    sent = {(tokens, text) for _, tokens, text in carried(provider)}
    for claim in enums(contract):
        if claim.model is not None or claim.tokens == contract.model_tokens:
            continue
        for wanted in claim.parameters["value"]:
            if (claim.tokens, canonical(wanted)) not in sent:
                able = [m for m in contract.models if can_carry(builder, m, claim.tokens, wanted)]
                assert not able, f"{claim.id}: {wanted!r} could be sent with {able[:3]}"


LIMITS = {
    "minimum": ("just-outside", "just-below"),
    "maximum": ("just-outside", "just-above"),
    "exclusiveMinimum": ("just-outside",),
    "exclusiveMaximum": ("just-outside",),
    "minLength": ("one-too-few",),
    "maxLength": ("one-too-many",),
    "minItems": ("one-too-few",),
    "maxItems": ("one-too-many",),
}


@each_provider
def test_limits_are_tried_from_both_sides(provider: str) -> None:
    contract = contract_of(provider)
    outside = {(name, p.way) for p in submissions(provider, "violating") for name in p.breaks}
    bodies = [p.body for p in submissions(provider, "valid")]
    tried = 0
    for claim in contract.claims.values():
        rule = claim.parameters.get("narrows", claim.rule)
        if claim.check != "request" or claim.operation != contract.submit.id or rule not in LIMITS or not claim.tokens:
            continue
        if claim.id in planned(provider).unprobed:
            continue
        tried += 1
        assert any((claim.id, way) in outside for way in LIMITS[rule]), f"nothing just outside {claim.id}"
        models = {c.model for c in contract.claims.values() if c.tokens == claim.tokens} - {None}
        if rule.startswith("exclusive") and not models:  # else it is their limits that can be reached
            reached = [each for body in bodies for each in values(body, claim.tokens)]
            assert any(abs(each - claim.parameters["value"]) <= 1 for each in reached), f"nothing inside {claim.id}"
    assert tried or provider == "relaydance", "only one provider documents no limit"


@each_provider
def test_the_last_permitted_value_of_every_limit_is_sent_in_a_valid_request(provider: str) -> None:
    contract = contract_of(provider)
    builder = Builder(contract, contract.submit)
    bases = {model: thrifty(builder, model) for model in contract.models}
    sent = list(submissions(provider, "valid"))
    # Of a `partly` limit no document says that its model takes the field at all.
    limits = [
        c for c in contract.claims.values() if c.operation == builder.operation.id and not c.parameters.get("partly")
    ]
    for claim in limits:
        for bound in bounds(contract, claim):
            mine = [probe.body for probe in sent if claim.model in (None, probe.model)]
            if (
                bound.documented is None
                or claim.parameters.get("partly")
                or any(bound.measure(body) == bound.documented for body in mine)
            ):
                continue
            able = [claim.model] if claim.model else list(contract.models)
            assert not any(
                (base := bases[model]) and carrying(builder, bound, base, bound.documented) for model in able
            ), f"{claim.id}: {bound.side} {bound.documented} could be sent"


def test_a_limit_in_a_pattern_of_digits_is_tried_just_beyond_it_and_at_twice_that() -> None:
    claim = "relaydance.createVideo.seconds.at-most-15@grok-imagine-video"
    sent = {p.body["seconds"] for p in submissions("relaydance", "violating") if p.breaks == (claim,)}
    assert {"16", "32"} <= sent
    assert not sent & {str(n) for n in range(1, 16)}


def test_arrays_that_are_counted_together_are_filled_as_far_as_they_may_be() -> None:
    contract = contract_of("venice")
    sums = [claim for claim in contract.claims.values() if claim.parameters.get("rule") == "sum"]
    for claim in sums:
        mine = [p.body for p in submissions("venice", "valid") if p.model == claim.model]
        shares = [[len(body.get(at[1:], [])) for at in claim.parameters["of"]] for body in mine]
        assert any(sum(share) == claim.parameters["max"] and all(share) for share in shares), claim.id
    assert sums


@each_provider
def test_no_valid_request_has_what_no_document_says_that_the_model_takes(provider: str) -> None:
    contract = contract_of(provider)
    for probe in planned(provider).probes:
        if probe.family in VALID and probe.body is not None:
            assert not undecided(contract, contract.operations[probe.operation], probe.body), probe.body


def test_a_list_that_the_catalogue_does_not_have_makes_no_value_a_permitted_one() -> None:
    contract = contract_of("openrouter")
    edited = [p.body for p in submissions("openrouter", "valid") if p.model == "runway/aleph-2"]
    assert edited and not any({"duration", "resolution", "size", "frame_images"} & set(body) for body in edited)
    assert all("prompt" in p.body for p in submissions("openrouter", *VALID))
    open_ends = {"model": "runway/aleph-2", "duration": 1, "resolution": "480p", "aspect_ratio": "16:9", "seed": 1}
    assert undecided(contract, contract.submit, open_ends).keys() == {("duration",), ("resolution",), ("prompt",)}
    assert undecided(contract, contract.submit, {"model": "google/veo-3.1", "prompt": "x", "duration": 4}) == {}
    assert undecided(contract, contract.submit, {"model": "no-such-model", "duration": 1}) == {}
    framed = {"model": "google/veo-3.1", "frame_images": [{"type": "image_url"}]}
    assert undecided(contract, contract.submit, framed).keys() == {("prompt",)}


def test_a_quote_is_asked_for_what_the_model_lists() -> None:
    contract = contract_of("venice")
    quote = contract.role(Role.QUOTE)
    assert quote is not None
    asked = [p for p in planned("venice").probes if p.operation == quote.id and p.family == "valid"]
    assert {"Auto", "1s", "30s"} <= {p.body["duration"] for p in asked}
    assert {"768P", "4k", "580p"} <= {p.body.get("resolution") for p in asked}
    for probe in asked:
        lists = contract.models[probe.body["model"]].entry["model_spec"]["constraints"]
        assert probe.body["duration"] in [*lists["durations"], "-1", "auto"]
        assert probe.body.get("resolution", lists["resolutions"]) in [*lists["resolutions"], lists["resolutions"]]
    beyond = {"model": "seedance-2-0-text-to-video-basic", "duration": "1s", "resolution": "2x", "aspect_ratio": "16:9"}
    assert undecided(contract, quote, beyond).keys() == {("duration",), ("resolution",)}


def test_sound_is_not_asked_of_a_model_without_any() -> None:
    contract = contract_of("venice")
    silent = {n for n, m in contract.models.items() if not m.entry["model_spec"]["constraints"]["audio"]}
    bodies = [p.body for p in planned("venice").probes if p.family in VALID and p.model in silent]
    assert bodies and not any(body.get("audio") for body in bodies)
    heard = {"model": min(silent), "prompt": "x", "duration": "5s", "audio": True}
    assert undecided(contract, contract.submit, heard).keys() == {("audio",)}
    assert undecided(contract, contract.submit, {**heard, "audio": 1}) == {}


@pytest.mark.parametrize("provider", ["openrouter", "relaydance"])
def test_what_is_said_of_a_kind_of_entry_is_broken_in_an_entry_of_that_kind(provider: str) -> None:
    sent = {"image_url": 0, "audio_url": 0, "video_url": 0}
    for probe in submissions(provider, "violating"):
        among = contract_of(provider).claims[probe.breaks[0]].parameters.get("among")
        if among is not None:
            entries = list(values(probe.body, among.tokens))
            assert entries and all(set(each) & set(sent) == {each["type"]} for each in entries)
            sent[among.like["type"]] += 1
    assert all(sent.values())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_near_misses_that_people_write_are_tried(provider: str) -> None:
    contract = contract_of(provider)
    sent = {canonical(v) for p in submissions(provider, "violating") for v in leaves(p.body)}
    listed = {str(v) for c in enums(contract) for v in c.parameters["value"]}
    if "16:9" in listed:
        assert '"16:10"' in sent
    if "720p" in listed:
        assert any(re.fullmatch(r'"[0-9]+P"', each) and json.loads(each) not in listed for each in sent)


def leaves(body: Any) -> Iterator[Any]:
    inside = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    for inner in inside:
        yield from leaves(inner)
    if not isinstance(body, dict | list):
        yield body


@pytest.mark.parametrize(
    "allowed, expected",
    [
        (["16:9", "1:1"], {"16:10", "1920x1080", "no-such-value", ""}),
        (["480p", "720p"], {"480P", "721p", "720", "no-such-value", ""}),
        (["5s", "10s"], {"5S", "11s", "10"}),
        (["4", "5"], {"6", "no-such-value"}),
        ([5, 10], {4, 11, 6, 9}),
        ([True], {False}),
        (["1280x720"], {"1282x720", "720x1282"}),
    ],
)
def test_near_misses_are_near_and_misses(allowed: list[Any], expected: set[Any]) -> None:
    found = [value for _, value in near_misses(allowed)]
    assert expected <= set(found)
    assert not set(found) & set(allowed)


@each_provider
def test_a_plan_survives_being_written_down(provider: str) -> None:
    for probe in planned(provider).probes:
        written = json.loads(json.dumps(probe.as_json()))
        assert Probe.from_json(written) == probe
        assert Probe.from_json(written).id == probe.id == written["id"]


@given(body=JSON, raw=st.none() | st.text(), breaks=st.lists(st.text(), max_size=2).map(tuple))
def test_any_probe_survives_being_written_down(body: Any, raw: str | None, breaks: tuple[str, ...]) -> None:
    probe = Probe(family="valid", operation="x", body=body, raw=raw, breaks=breaks, path={"a": "b"})
    assert Probe.from_json(json.loads(json.dumps(probe.as_json()))) == probe


def test_the_same_request_has_the_same_id_whatever_it_is_for() -> None:
    probe = Probe(family="valid", operation="x", body={"a": 1, "b": 2})
    assert replace(probe, family="random", body={"b": 2, "a": 1}, way="w").id == probe.id
    for other in (
        replace(probe, body={"a": 1}),
        replace(probe, body={"a": 1.5, "b": 2}),
        replace(probe, authorization="missing"),
        replace(probe, operation="y"),
        replace(probe, situation="payment"),
        replace(probe, raw="x"),
        replace(probe, path={"id": "1"}),
    ):
        assert other.id != probe.id


@pytest.mark.parametrize("provider", SLOWLY)
def test_situations_are_for_the_simulator_alone(provider: str) -> None:
    contract = contract_of(provider)
    assert not [p for p in plan(contract, models=[contract.default_model]).probes if p.situation]
    assert [p for p in planned(provider).probes if p.situation]


@each_provider
def test_a_plan_for_one_model_names_no_other(provider: str) -> None:
    contract = contract_of(provider)
    other = list(contract.models)[-1]
    named = {
        contract.model_of(p.body) for p in plan(contract, models=[other]).probes if p.family in ("valid", "violating")
    }
    assert named & set(contract.models) <= {other, contract.default_model}
    assert other in named


def test_extra_probes_are_verified_like_all_others() -> None:
    contract = lantern()
    good = Builder(contract, contract.submit).minimal("lantern-large")
    assert good is not None
    good["prompt"] = "Another boat"
    bad = {**good, "length": "3s"}
    extra = [Probe(family="random", operation="createClip", body=body) for body in (good, bad)]
    sent = [probe.body for probe in plan(contract, extra=extra).probes if probe.family == "random"]
    assert sent == [good]


@each_provider
def test_every_model_has_a_smallest_valid_request(provider: str) -> None:
    contract = contract_of(provider)
    builder = Builder(contract, contract.submit)
    for model in contract.models:
        body = builder.minimal(model)
        assert body is not None, model
        assert contract.model_of(body) == model


@each_provider
def test_samples_are_valid_and_harmless(provider: str) -> None:
    contract = contract_of(provider)
    for claim in contract.claims.values():
        if claim.kind is Kind.SHAPE and claim.rule == "type" and claim.parameters.get("value") == "string":
            known = {"type": "string", "maxLength": 30}
            assert all(isinstance(each, str) and len(each) <= 30 for each in samples(known))
    for probe in submissions(provider, "valid"):
        for leaf in leaves(probe.body):
            if isinstance(leaf, str) and "://" in leaf:
                host = leaf.split("://")[1].split("/")[0]
                assert host.endswith(("example.com", "example.org", ".example", "example.net")), leaf


@pytest.mark.parametrize("length", [0, 1, 79, 80, 81, 2500, 10001])
def test_prose_has_the_length_asked_for(length: int) -> None:
    assert len(text(length)) == length


def test_a_plan_is_played_to_its_end() -> None:
    run: Run = simulated(lantern(), [])
    run.go(planned("lantern"))
    assert not run.skipped
    assert {i.provenance.origin for i in run.interactions} == {Origin.SIMULATED}


@each_provider
def test_query_parameters_are_sent_with_a_documented_value_whoever_asks(provider: str) -> None:
    contract = contract_of(provider)
    for probe in planned(provider).probes:
        for parameter in contract.operations[probe.operation].parameters:
            if parameter.get("in") == "query" and (parameter.get("required") or "example" in parameter):
                allowed = parameter["schema"].get("enum")
                assert allowed is None or probe.query[parameter["name"]] in allowed, probe


def test_a_catalogue_that_wants_to_know_the_kind_of_model_is_asked_for_videos() -> None:
    asked = [probe.query for probe in planned("venice").probes if probe.operation == "listModels"]
    assert asked and all(query == {"type": "video"} for query in asked)
