"""The published JSON Schemas are current, valid, and stand on their own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import PROVIDERS, ROOT, lantern
from jsonschema import Draft202012Validator

from harness.contract import load
from harness.contract.schemas import files, without_notes
from harness.probe.build import Builder

FOLDER = ROOT / "schemas"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_published_schemas_are_current(provider: str) -> None:
    wanted = dict(files(load(provider)))
    there = {path.name: path.read_text(encoding="utf-8") for path in (FOLDER / provider).glob("*.json")}
    assert there == wanted, "run: harness schemas"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_published_schema_is_valid_and_self_contained(provider: str) -> None:
    for name, text in files(load(provider)):
        schema = json.loads(text)
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema", name
        assert not list(_references(schema)), name
        assert not list(_notes(schema)), name


def _references(node: Any) -> Any:
    if isinstance(node, dict):
        yield from (node[key] for key in ("$ref", "$dynamicRef") if isinstance(node.get(key), str))
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _references(inner)


def _notes(node: Any) -> Any:
    if isinstance(node, dict):
        yield from (key for key in node if key.startswith("x-") and key not in node.get("properties", {}))
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _notes(inner)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_documented_answers_keep_their_published_schemas(provider: str) -> None:
    contract = load(provider)
    schemas = {name: json.loads(text) for name, text in files(contract)}
    for operation in contract.operations.values():
        for status, answer in operation.answers.items():
            schema = schemas.get(f"{operation.id}.{status}.json")
            for example in answer.examples if schema else ():
                errors = list(Draft202012Validator(schema).iter_errors(example))
                assert not errors, f"{operation.id} {status}: {errors[0].message[:200]}"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_smallest_valid_body_of_every_model_keeps_the_published_schema(provider: str) -> None:
    contract = load(provider)
    text = dict(files(contract))[f"{contract.submit.id}.request.json"]
    schema = Draft202012Validator(json.loads(text))
    builder = Builder(contract, contract.submit)
    for model in contract.models:
        body = builder.minimal(model)
        assert body is not None, model
        assert schema.is_valid(body), model


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.json")))
def test_the_form_of_a_file_of_ours_is_a_schema_that_says_what_it_is_for(name: str) -> None:
    schema = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema" and schema["title"]


def test_notes_go_and_names_stay() -> None:
    node = {"type": "object", "x-source": "q", "properties": {"example": {"type": "string", "example": "a", "x-y": 1}}}
    assert without_notes(node) == {"type": "object", "properties": {"example": {"type": "string"}}}


def test_every_rule_stands_in_the_schema_under_its_claim() -> None:
    contract = lantern()
    schema = json.loads(dict(files(contract))["createClip.request.json"])
    titles = {rule["title"] for rule in schema["allOf"]}
    assert {c.id for c in contract.claims.values() if c.kind.value == "dependency" and not c.model} <= titles
    narrowed = {c.model for c in contract.claims.values() if c.model and c.check == "request"}
    assert narrowed == {"lantern-small", "lantern-plates"}
    assert narrowed <= titles
