"""The vocabulary of dependencies: what each rule permits, how it is broken, and how a broken body is mended."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema_rs
import pytest
from conftest import lantern
from jsonschema import Draft202012Validator

from harness.claim import Claim
from harness.contract.dependency import RULES, condition
from harness.pointer import put
from harness.probe.build import MENDERS, Builder
from harness.probe.condition import make_false, make_true
from harness.probe.ways import WAYS, violating

A, B = {"type": "image", "role": "subject", "url": "u"}, {"type": "image", "role": "style", "url": "u"}

#: rule → (what it says, bodies that keep it, bodies that break it)
EXAMPLES: dict[str, tuple[dict[str, Any], list[Any], list[Any]]] = {
    "requires": (
        {"when": "/a", "needs": "/b"},
        [{}, {"b": 1}, {"a": 1, "b": 1}, {"a": None, "b": None}],
        [{"a": 1}, {"a": None}],
    ),
    "requires-any": (
        {"when": "/a", "needs": [{"at": "/b", "is": True}, "/c"]},
        [{}, {"a": 1, "b": True}, {"a": 1, "c": 0}],
        [{"a": 1}, {"a": 1, "b": False}, {"a": 1, "c": []}],
    ),
    "excludes": ({"these": ["/a", "/b"]}, [{}, {"a": 1}, {"a": 1, "b": []}], [{"a": 1, "b": 1}]),
    "exactly-one": ({"of": ["/a", "/b", "/c"]}, [{"a": 1}, {"c": 1}], [{}, {"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 1}]),
    "at-least-one": ({"of": ["/a", "/b"]}, [{"a": 1}, {"a": [], "b": [1]}], [{}, {"c": 1}, {"a": []}]),
    "at-most-one": ({"of": ["/a", "/b", "/c"]}, [{}, {"b": 1}], [{"a": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}]),
    "all-or-none": ({"of": ["/a", "/b"]}, [{}, {"a": 1, "b": 1}], [{"a": 1}, {"b": 1}]),
    "count": (
        {"at": "/e", "has": {"r": "x"}, "max": 2, "min": 1},
        [{}, {"e": [{"r": "x"}]}, {"e": [{"r": "x"}, {"r": "y"}, {"r": "x"}]}, {"e": "no array"}],
        [{"e": []}, {"e": [{"r": "y"}]}, {"e": [{"r": "x"}] * 3}],
    ),
    "each": (
        {"at": "/e", "when": {"t": "i"}, "needs": ["u"]},
        [{}, {"e": []}, {"e": [{"t": "i", "u": 1}, {"t": "j"}]}, {"e": [5]}],
        [{"e": [{"t": "i"}]}, {"e": [{"t": "i", "u": 1}, {"t": "i"}]}],
    ),
    "length": ({"at": "/e", "max": 2}, [{}, {"e": [1, 2]}, {"e": "long text"}], [{"e": [1, 2, 3]}]),
    "sum": (
        {"of": ["/a", "/b"], "max": 3},
        [{}, {"a": [1, 2, 3]}, {"a": [1], "b": [1, 2]}],
        [{"a": [1, 2], "b": [1, 2]}, {"b": [1] * 4}],
    ),
    "forbidden": ({"at": "/a"}, [{}, {"b": {"a": 1}}, {"a": []}], [{"a": 1}, {"a": None}]),
    "required": ({"at": "/a/b"}, [{"a": {"b": None}}, {"a": {"b": [0]}}], [{}, {"a": {}}, {"a": {"b": []}}, {"a": 1}]),
    "pattern": ({"at": "/a", "regex": "^x"}, [{}, {"a": "xy"}, {"a": 5}], [{"a": "yx"}, {"a": ""}]),
    "one-of": ({"at": "/a", "values": ["x", 2]}, [{}, {"a": 2}], [{"a": "2"}, {"a": None}]),
    "range": ({"at": "/a", "minimum": 1, "maximum": 4}, [{}, {"a": 1}, {"a": 4}, {"a": "9"}], [{"a": 0}, {"a": 4.5}]),
    "citation": (
        {"text": "/p", "cites": "@image{n}", "of": {"at": "/e", "has": {"r": "x"}}, "max": 12},
        [{}, {"p": "no image"}, {"p": "@image1", "e": [{"r": "x"}]}, {"p": "me@image1.example"}, {"p": 5}],
        [
            {"p": "@image1"},
            {"p": "@image2", "e": [{"r": "x"}, {"r": "y"}]},
            {"p": "@image1 and @image2", "e": [{"r": "x"}]},
            {"p": "@image12", "e": [{"r": "x"}]},
            {"p": "@image13", "e": [{"r": "x"}] * 13},
        ],
    ),
    "unique": (
        {"at": "/e", "key": "k", "values": [0, 5]},
        [{}, {"e": [{"k": 0}, {"k": 1}]}, {"e": [{}, {}]}],
        [{"e": [{"k": 3}, {"k": 3}]}, {"e": [{"k": 0}, {"k": 1}, {"k": 0}]}],
    ),
    "scaled": (
        {"at": "/e/*/f", "by": "/d", "numbers": {"5s": 5, "10s": 10}, "factor": 24},
        [{}, {"d": "5s", "e": [{"f": 120}]}, {"d": "10s", "e": [{"f": 240}]}, {"e": [{"f": 999}]}],
        [{"d": "5s", "e": [{"f": 1}, {"f": 121}]}, {"d": "10s", "e": [{"f": 241}]}],
    ),
}


def test_every_rule_has_examples() -> None:
    assert set(EXAMPLES) == set(RULES)


@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_rule_permits_and_forbids_as_its_examples_say(rule: str) -> None:
    said, keeping, breaking = EXAMPLES[rule]
    schema = RULES[rule](said)
    Draft202012Validator.check_schema(schema)
    engines = [Draft202012Validator(schema), jsonschema_rs.validator_for(schema)]
    for engine in engines:
        assert [body for body in keeping if not engine.is_valid(body)] == []
        assert [body for body in breaking if engine.is_valid(body)] == []


#: The miniature has one claim of every rule.
CLAIMS: dict[str, Claim] = {c.parameters["rule"]: c for c in lantern().claims.values() if "rule" in c.parameters}


def test_the_miniature_has_every_rule() -> None:
    assert set(CLAIMS) == set(RULES)


def ways(rule: str) -> list[tuple[str, dict[str, Any]]]:
    contract = lantern()
    builder = Builder(contract, contract.submit)
    for model in [CLAIMS[rule].model] if CLAIMS[rule].model else contract.models:
        base = builder.minimal(model)
        assert base is not None
        before = copy.deepcopy(base)
        found = list(violating(builder, CLAIMS[rule], base))
        assert base == before, "the base is not touched"
        if found:
            return found
    return []


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_can_be_broken_alone(rule: str) -> None:
    assert rule in WAYS
    found = ways(rule)
    assert found, "no way breaks this rule and no other"
    assert len({repr(body) for _, body in found}) == len(found)
    for way, body in found:
        assert lantern().violations("createClip", body) == {CLAIMS[rule].id}, way


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule in MENDERS])
def test_a_broken_rule_is_mended(rule: str) -> None:
    contract = lantern()
    builder = Builder(contract, contract.submit)
    for way, body in ways(rule):
        mended = builder.mended(copy.deepcopy(body), keep=[contract.model_tokens])
        assert mended is not None, way
        assert contract.violations("createClip", mended) == set()
        assert mended["model"] == body["model"]


def test_every_rule_has_a_mender() -> None:
    assert set(RULES) <= set(MENDERS)


@pytest.mark.parametrize("rule", RULES)
def test_mending_gives_up_rather_than_touch_what_is_asked_for(rule: str) -> None:
    contract = lantern()
    builder = Builder(contract, contract.submit)
    for _, body in ways(rule):
        everything = [(name,) for name in body]
        mended = builder.mended(copy.deepcopy(body), keep=everything)
        assert mended is None or all(mended.get(name) == inner for name, inner in body.items())


CONDITIONS: list[tuple[Any, Any]] = [
    ("/start_frame", {"start_frame": "https://example.com/x.png"}),
    ({"at": "/voice", "is": "high"}, {"voice": "high"}),
    ({"at": "/voice", "in": ["low", "high"]}, {"voice": "high"}),
    ({"at": "/pictures", "has": {"role": "style"}}, {"pictures": [B, A]}),
    ("/options/callback_url", {"options": {"callback_url": "x"}}),
    ("/pictures/*/url", {"pictures": [A]}),
]


@pytest.mark.parametrize("said, holds", CONDITIONS, ids=str)
def test_a_condition_is_made_true_and_false(said: Any, holds: dict[str, Any]) -> None:
    schema = lantern().submit.body or {}
    compiled = Draft202012Validator(condition(said))
    assert compiled.is_valid(holds)
    assert not compiled.is_valid({})
    body: dict[str, Any] = {}
    assert make_true(body, said, schema)
    assert compiled.is_valid(body)
    assert make_false(body, said)
    assert not compiled.is_valid(body)
    assert make_false(holds := copy.deepcopy(holds), said)
    assert not compiled.is_valid(holds)


def test_an_empty_array_is_filled_where_a_condition_needs_an_entry() -> None:
    body: dict[str, Any] = {"pictures": []}
    assert not Draft202012Validator(condition("/pictures")).is_valid(body)
    assert make_true(body, "/pictures", lantern().submit.body or {})
    assert body["pictures"]


def test_a_pattern_cannot_be_made_true_or_false() -> None:
    said = {"at": "/prompt", "matches": "x"}
    body = {"prompt": "x"}
    assert Draft202012Validator(condition(said)).is_valid(body)
    assert not make_true(body, said, {})
    assert not make_false(body, said)


@pytest.mark.parametrize("said", [5, None, {}, {"at": "/a"}, {"at": "/a", "equals": 1}, ["/a"], {"at": 5, "is": 1}])
def test_what_is_no_condition_is_refused(said: Any) -> None:
    with pytest.raises(ValueError, match="not a condition"):
        condition(said)


def test_a_rule_says_nothing_of_bodies_that_are_no_objects() -> None:
    for body in (None, [], "x", 5):
        broken = lantern().violations("createClip", body)
        assert broken == {"lantern.createClip.body.type"}


def test_entries_put_in_keep_what_was_there() -> None:
    body: dict[str, Any] = {"pictures": [A]}
    assert make_true(body, {"at": "/pictures", "has": {"role": "style"}}, lantern().submit.body or {})
    assert body["pictures"][0] == A and len(body["pictures"]) == 2
    put(body, ("pictures", "*", "url"), "v")
    assert body["pictures"][0]["url"] == "v"
