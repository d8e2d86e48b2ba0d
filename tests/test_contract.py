"""A contract's claims, taken together, say what its published schema says: two engines, one verdict."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from conftest import ALL, contract_of, each_provider, few, lantern, seen
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from harness.claim import Level, matches
from harness.contract import Contract, Operation, Role
from harness.contract.links import expressions, job_id, placeholders, result_urls
from harness.contract.model import Answer, Answers
from harness.contract.schemas import request
from harness.contract.shape import flattened, schema_at
from harness.judge import judge
from harness.pointer import Tokens, alone, dotted, parse, put
from harness.probe.build import Builder
from harness.probe.cover import fields
from harness.probe.strategies import breaking, requests

#: JSON near enough to requests to be of interest; no text ends in a newline, which ``$`` forgives in Python alone.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 4000)
    | st.floats(-5, 50, allow_nan=False).map(lambda number: round(number, 2))
    | st.sampled_from(["", "5", "10", "16:9", "720p", "5s", "on", "https://example.com/a.png", "no-such-model"])
    | TEXTS
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "role", "url", "image_url", "at", "id"]) | TEXTS, inner, max_size=3)
    ),
    max_leaves=6,
)


@cache
def published(provider: str, operation: str) -> Draft202012Validator:
    """The second engine. Formats are annotations unless asked for, so our claims on them are left out."""
    contract = contract_of(provider)
    return Draft202012Validator(request(contract, contract.operations[operation]))


def strict(contract: Contract, operation: Operation, body: Any) -> set[str]:
    """Broken rules that make a body invalid: neither those that are documented to be ignored, nor formats."""
    broken = contract.violations(operation.id, body)
    return {name for name in broken if not contract.claims[name].ignored and contract.claims[name].rule != "format"}


def agree(contract: Contract, operation: Operation, body: Any) -> None:
    broken = strict(contract, operation, body)
    errors = [error.message[:200] for error in published(contract.provider, operation.id).iter_errors(body)]
    assert bool(broken) is bool(errors), f"claims: {sorted(broken)}; published schema: {errors}"


@cache
def places(provider: str) -> list[Tokens]:
    """Where a request may be changed: every field, and the members of the entries of arrays."""
    contract = contract_of(provider)
    found = list(fields(Builder(contract, contract.submit)))
    for tokens in list(found):
        item = schema_at(contract.submit.body or {}, (*tokens, "*"))
        found += (
            [(*tokens, "*"), *((*tokens, "*", name) for name in (item or {}).get("properties", {}))] if item else []
        )
    return [*found, contract.model_tokens, ("no_such_member",)]


@st.composite
def near(draw: st.DrawFn, contract: Contract) -> Any:
    """A valid request with some places overwritten by whatever."""
    body = copy.deepcopy(draw(requests(contract, None, draw(st.sampled_from(few(contract))))))
    for tokens in draw(st.lists(st.sampled_from(places(contract.provider)), min_size=1, max_size=3)):
        known = schema_at(contract.submit.body or {}, tokens) or {}
        documented = [st.sampled_from(known["enum"])] if "enum" in known else []
        put(body, tokens, draw(st.one_of(*documented, JSON)))
    return body


@each_provider
@settings(max_examples=40)
@given(data=st.data())
def test_valid_requests_keep_every_claim_and_the_published_schema(provider: str, data: st.DataObject) -> None:
    contract = contract_of(provider)
    body = data.draw(requests(contract, None, data.draw(st.sampled_from(few(contract)))))
    assert strict(contract, contract.submit, body) == set()
    agree(contract, contract.submit, body)


@each_provider
@settings(max_examples=60)
@given(data=st.data())
def test_two_engines_agree_near_the_schema(provider: str, data: st.DataObject) -> None:
    contract = contract_of(provider)
    agree(contract, contract.submit, data.draw(near(contract)))


@each_provider
@settings(max_examples=40)
@given(data=st.data())
def test_two_engines_agree_on_requests_that_break_one_claim(provider: str, data: st.DataObject) -> None:
    contract = contract_of(provider)
    models = {None, *few(contract)}
    known = [c for c in contract.claims.values() if c.check == "request" and c.model in models]
    claim = data.draw(st.sampled_from([c.id for c in known if c.operation == contract.submit.id]))
    body = data.draw(breaking(contract, claim))
    assert contract.violations(contract.submit.id, body) == {claim}
    agree(contract, contract.submit, body)


@each_provider
@settings(max_examples=40)
@given(body=JSON)
def test_two_engines_agree_on_any_json(provider: str, body: Any) -> None:
    contract = contract_of(provider)
    for operation in contract.operations.values():
        if operation.body is not None:
            agree(contract, operation, body)


HOSTILE: dict[str, Any] = {
    "nothing": None,
    "not a number": float("nan"),
    "an infinity": float("inf"),
    "a huge integer": 10**400,
    "a lone surrogate": "\ud800",
    "a surrogate in a field": {"model": "\udfff", "prompt": "\ud800"},
    "bytes": b"\x00",
    "a set": {1, 2},
    "an object": object(),
    "keys that are no texts": {1: 2},
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_violations_never_raises(body: Any) -> None:
    for contract in map(contract_of, ALL):
        for operation in contract.operations.values():
            assert isinstance(contract.violations(operation.id, body), frozenset)


def test_violations_of_a_deep_body_are_found_without_falling_over() -> None:
    deep: Any = "x"
    for _ in range(3000):
        deep = [deep]
    contract = lantern()
    assert contract.violations("createClip", {"model": "lantern-large", "prompt": deep})


def test_a_model_s_own_rules_hold_for_that_model_alone() -> None:
    contract = lantern()
    base = {"prompt": "x", "caption": "x", "tag": "x"}
    assert contract.violations("createClip", {**base, "model": "lantern-large", "length": "8s"}) == set()
    assert contract.violations("createClip", {**base, "model": "lantern-small", "length": "8s"}) == {
        "lantern.createClip.length.enum@lantern-small"
    }
    assert contract.violations("createClip", {**base, "model": "somebody-else", "length": "8s"}) == set()
    assert contract.violations("createClip", {**base, "model": "somebody-else", "length": "9s"}) == {
        "lantern.createClip.length.enum"
    }


def test_an_empty_list_in_the_catalogue_can_forbid_a_field() -> None:
    claim = lantern().claims["lantern.createClip.resolution.forbidden@lantern-plates"]
    assert not claim.keeps({"resolution": "480p"})
    assert claim.keeps({})


def test_an_empty_array_is_neither_what_a_model_needs_nor_what_it_does_not_take() -> None:
    contract = contract_of("unified-v2")
    needs = {"model": "doubao-seedance-1-0-lite-i2v-250428", "prompt": "x", "images": []}
    assert {name.split(".")[-1] for name in contract.violations("createVideo", needs)} == {"required@" + needs["model"]}
    lacks = {"model": "doubao-seedance-1-0-lite-t2v-250428", "prompt": "x"}
    assert contract.violations("createVideo", {**lacks, "images": []}) == set()
    assert contract.violations("createVideo", {**lacks, "images": ["https://example.com/a.jpg"]})


@pytest.mark.parametrize(
    "model, number, rule",
    [("reference", 9, None), ("reference", 10, "maxItems"), ("image", 9, None), ("image", 20, "maxItems")],
)
def test_a_limit_of_a_family_holds_for_all_its_models(model: str, number: int, rule: str | None) -> None:
    model = f"seedance-2-0-{model}-to-video-basic"
    body = {"model": model, "prompt": "x", "duration": "5s", "image_url": "https://example.com/a.png"}
    pictures = [f"https://example.com/{n}.png" for n in range(number)]
    broken = contract_of("venice").violations("queueVideo", {**body, "reference_image_urls": pictures})
    assert broken == ({f"venice.queueVideo.reference_image_urls.{rule}@{model}"} if rule else set())


def test_what_no_document_of_the_provider_says_binds_less() -> None:
    claims = contract_of("unified-v2").claims
    assert {claim.level for claim in claims.values() if claim.source.document == "family"} == {Level.SHOULD}
    assert claims["unified-v2.createVideo.response.documented"].level is Level.SHOULD
    assert "unified-v2.getVideo.response.documented" not in claims, "no document names any error there"
    assert contract_of("venice").claims["venice.queueVideo.response.documented"].level is Level.MUST


def test_a_form_that_was_read_out_of_an_example_binds_less_than_the_type_beside_it() -> None:
    for where in ("unified-v2.getVideo.accepted.progress", "relaydance.createVideo.seconds"):
        claims = contract_of(where.partition(".")[0]).claims
        assert (claims[f"{where}.type"].level, claims[f"{where}.pattern"].level) == (Level.MUST, Level.SHOULD)


@pytest.mark.parametrize("address, kept", [("HTTPS://example.com/x", True), ("http://example.com/x", False)])
def test_the_scheme_of_an_address_may_be_written_in_any_case(address: str, kept: bool) -> None:
    claim = contract_of("openrouter").claims["openrouter.createVideos.callback_url.pattern"]
    assert claim.keeps({"callback_url": address}) == kept
    for claim in contract_of("venice").claims.values():
        if claim.tokens == ("image_url",) and claim.rule == "pattern":
            assert claim.keeps({"image_url": "DATA:IMAGE/PNG;base64,iVBORw0K"})
            assert not claim.keeps({"image_url": "DATA:video/mp4;base64,iVBORw0K"})


@pytest.mark.parametrize(
    "moment, kept",
    [
        ("2026-11-21T22:23:00.123Z", True),
        ("2026-11-21T22:23:00+0000", True),
        ("20261121T222300Z", True),
        ("2026-11-21T22:23Z", True),
        ("21.11.2026 22:23", False),
        ("1795300980", False),
    ],
)
def test_the_moment_of_an_event_is_any_of_iso_8601(moment: str, kept: bool) -> None:
    webhook = contract_of("openrouter").webhook
    assert webhook is not None
    assert Draft202012Validator(webhook.schema["properties"]["created_at"]).is_valid(moment) == kept


def test_a_list_that_leaves_nothing_out_says_nothing() -> None:
    assert "lantern.createClip.resolution.enum@lantern-large" not in lantern().claims


def test_a_wrong_type_breaks_the_type_and_not_the_list() -> None:
    assert lantern().violations(
        "createClip", {"model": "lantern-large", "prompt": "x", "caption": "x", "tag": "x", "length": 4}
    ) == {"lantern.createClip.length.type"}


@pytest.mark.parametrize(
    "provider, array, more",
    [("openrouter", "/input_references", {}), ("relaydance", "/metadata/content", {"role": "reference_image"})],
)
def test_what_is_said_of_a_kind_of_entry_holds_for_entries_of_that_kind_alone(
    provider: str, array: str, more: dict[str, str]
) -> None:
    contract = contract_of(provider)
    body = {"model": contract.default_model, "prompt": "x", "seconds": "5", "duration": 5}
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}, **more}
    stray = {**body, **alone(parse(array), [{**picture, "video_url": {}, "audio_url": 7}])}
    agree(contract, contract.submit, stray)
    assert contract.violations(contract.submit.id, stray) == set()
    for wrong, rule in (({}, "image_url.url.required"), ("x", "image_url.type"), ({"url": 7}, "image_url.url.type")):
        entries = [picture, {**picture, "image_url": wrong}]
        broken = {f"{provider}.{contract.submit.id}.{dotted(parse(array))}[].{rule}"}
        assert contract.violations(contract.submit.id, {**body, **alone(parse(array), entries)}) == broken
        assert "in an entry whose `type` is image_url" in contract.claims[broken.pop()].statement


def test_a_range_of_statuses_documents_all_that_are_not_there_themselves() -> None:
    error = Answer(status=500, meaning="server-error", content={})
    said = {200: replace(error, status=200, meaning="accepted"), 503: replace(error, status=503, meaning="unavailable")}
    answers = Answers(said, [replace(error, range="5XX")])
    assert (list(answers), len(answers), answers.written) == ([200, 503, 500], 3, "200, 503, 5XX")
    assert [answers[status].meaning for status in (500, 503, 524)] == ["server-error", "unavailable", "server-error"]
    assert 404 not in answers and answers.get(0) is None
    assert list(Answers({**said, 500: error}, [replace(error, status=501, range="5XX")])) == [200, 503, 500]
    operation = contract_of("relaydance").submit
    assert operation.answers[504].written == "5XX" and operation.answers[502].written == "502"
    claim = contract_of("relaydance").claims["relaydance.createVideo.response.documented"]
    assert "502, 503, 5XX" in claim.statement


@pytest.mark.parametrize("status, outcome", [(502, "pass"), (504, "pass"), (524, "pass"), (418, "fail")])
def test_an_answer_within_a_documented_range_has_a_documented_status(status: int, outcome: str) -> None:
    exchange = seen(0, status, {"error": {"message": "m", "type": "t"}}, body={"model": "x"})
    request = replace(exchange.request, url="https://relaydance.com/v1/video/generations")
    verdicts = judge(contract_of("relaydance"), [replace(exchange, request=request)])
    assert {v.claim.id: v for v in verdicts}["relaydance.createVideo.response.documented"].outcome == outcome


@each_provider
def test_operations_are_found_by_their_addresses(provider: str) -> None:
    contract = contract_of(provider)
    for operation in contract.operations.values():
        filled = {p["name"]: "x-1" for p in operation.parameters if p.get("in") == "path"}
        path = operation.address(filled)
        for prefix in ("", "/v1", "/api/v1"):
            found = contract.match(operation.method.lower(), prefix + path)
            assert found is not None
            assert found[0] is operation
            assert found[1] == filled
            assert operation.base(prefix + path) == prefix
    assert contract.match("GET", "/nowhere/at/all") is None


@pytest.mark.parametrize(
    ("glob", "claim", "fits"),
    [
        ("p.op.frames[].kind.enum", "p.op.frames[].kind.enum", True),
        ("p.op.frames[].*@*", "p.op.frames[].kind.enum@some/model-1.0", True),
        ("p.op.frames[a].*", "p.op.framesa.kind", False),
        ("p.op.kin?.enum", "p.op.kind.enum", False),
        ("p.op.*", "P.op.kind", False),
        ("p.op", "p.op.kind", False),
    ],
)
def test_in_a_glob_of_claims_only_the_star_is_special(glob: str, claim: str, fits: bool) -> None:
    assert matches(glob, claim) is fits


@given(st.text(min_size=1))
def test_a_parameter_comes_out_of_an_address_as_it_went_in(text: str) -> None:
    operation = lantern().operations["getClip"]
    address = operation.address({"clip": text})
    assert address.count("/") == 2 and operation.match(f"/v1{address}/") == {"clip": text}
    assert operation.base(f"/v1{address}/") == "/v1"


@each_provider
def test_links_lead_from_the_submission_to_the_job(provider: str) -> None:
    contract = contract_of(provider)
    for operation in contract.operations.values():
        path, body = placeholders(contract, operation)
        if operation.role in (Role.POLL, Role.CONTENT, Role.COMPLETE):
            assert path or body, operation.id
            parameters, wired = expressions(contract, operation)
            wanted = "$response.body#" + "".join(f"/{token}" for token in contract.job.id)
            assert wanted in {*parameters.values(), *wired.values()}
            sent = {name: "j1" if text == wanted else text for name, text in body.items()}
            named = {name: "j1" if text == wanted else text for name, text in path.items()}
            assert job_id(contract, operation, named, sent) == "j1"
        else:
            assert job_id(contract, operation, {}, {}) is None


@each_provider
def test_results_are_read_where_the_contract_says(provider: str) -> None:
    contract = contract_of(provider)
    for result in contract.job.results:
        if result.place in ("body", "submission"):
            answer: dict[str, Any] = {}
            put(answer, tuple("*" if token.isdigit() else token for token in result.tokens), "https://x.example/v.mp4")
            assert "https://x.example/v.mp4" in result_urls(contract, result.place, answer)
    assert result_urls(contract, "body", None) == []


def test_all_of_plain_objects_is_one_object() -> None:
    schema: Mapping[str, Any] = {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"type": "integer"}}, "required": ["a", "b"]},
        ]
    }
    flat = flattened(schema)
    assert set(flat["properties"]) == {"a", "b"}
    assert flat["required"] == ["a", "b"]
    assert flattened({"allOf": [{"not": {}}]}) == {"allOf": [{"not": {}}]}
    assert schema_at(schema, ("b",)) == {"type": "integer"}
    assert schema_at(schema, ("c",)) is None
