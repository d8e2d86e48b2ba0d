"""JSON Pointers, and the expressions of OpenAPI links."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from anything import JSON
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from harness.pointer import dotted, evaluate, nest, parse, present, put, remove, render, value, values

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=1).filter(
    lambda name: not name.isdigit()
)
PLACES = st.lists(NAMES | st.just("*"), min_size=1, max_size=4).map(lambda names: ("root", *names))


@given(st.lists(NAMES).map(tuple))
def test_a_pointer_reads_back(tokens: tuple[str, ...]) -> None:
    assert parse(render(tokens)) == tokens


@pytest.mark.parametrize("token", ["²", "٣", "01", "-1", "1" * 5000])
def test_what_is_no_index_leads_to_no_item(token: str) -> None:
    assert not present(["first", "second"], (token,))
    assert value(["first", "second"], ("1",)) == "second"


@pytest.mark.parametrize("pointer", ["a", "a/b", "#/a"])
def test_a_pointer_starts_with_a_slash(pointer: str) -> None:
    with pytest.raises(ValueError, match="starts with '/'"):
        parse(pointer)


@given(PLACES, JSON)
def test_what_is_put_is_there(tokens: tuple[str, ...], new: Any) -> None:
    document: dict[str, Any] = {}
    put(document, tokens, new)
    assert present(document, tokens)
    assert value(document, tokens) == new


@given(PLACES, JSON)
def test_what_is_removed_is_gone(tokens: tuple[str, ...], new: Any) -> None:
    tokens = (*tokens, "last")
    document: dict[str, Any] = {}
    put(document, tokens, new)
    remove(document, tokens)
    assert not present(document, tokens)


@given(JSON, PLACES)
def test_looking_changes_nothing_and_never_fails(document: Any, tokens: tuple[str, ...]) -> None:
    before = copy.deepcopy(document)
    found = list(values(document, tokens))
    assert present(document, tokens) is bool(found)
    remove(document if not found else {}, tokens)
    assert document == before


@given(PLACES, st.integers())
def test_a_nested_schema_holds_the_place_and_nothing_else(tokens: tuple[str, ...], new: int) -> None:
    schema = Draft202012Validator(nest(tokens, {"const": new}))
    body: dict[str, Any] = {}
    assert schema.is_valid(body), "an absent place breaks nothing"
    put(body, tokens, new)
    assert schema.is_valid(body)
    put(body, tokens, new + 1)
    assert not schema.is_valid(body)


@pytest.mark.parametrize(
    "pointer, text",
    [("", "body"), ("/a", "a"), ("/a/*/b", "a[].b"), ("/metadata/content/*/role", "metadata.content[].role")],
)
def test_a_place_is_written_in_claim_ids_like_this(pointer: str, text: str) -> None:
    assert dotted(parse(pointer)) == text


@pytest.mark.parametrize(
    "expression, result",
    [
        ("$response.body#/id", "j1"),
        ("$response.body#/list/0/x", 5),
        ("$request.body#/model", "m"),
        ("$request.path.clip", "p"),
        ("$response.header.Location", "/there"),
        ("$response.body#/none", None),
        ("$request.header.none", None),
        ("plain", "plain"),
        ("$response.nonsense", "$response.nonsense"),
    ],
)
def test_link_expressions_are_evaluated(expression: str, result: Any) -> None:
    found = evaluate(
        expression,
        request_body={"model": "m"},
        response_body={"id": "j1", "list": [{"x": 5}]},
        path={"clip": "p"},
        headers={"location": "/there"},
    )
    assert found == result
