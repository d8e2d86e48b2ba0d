"""Two revisions of a provider's documents: every claim in one class, the other way round the other way round."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from anything import JSON_OF_WORDS, SCHEMAS, WORDS
from conftest import lantern
from hypothesis import given
from hypothesis import strategies as st
from words import HOSTILE, UNSEEN

from harness.compare import REVISION_FORMATS, Party, Revised, Shift, Timeline, changes, common, step
from harness.compare.claims import Side
from harness.compare.lines import MARKDOWN
from harness.contract.official import official
from harness.contract.revision import Revision, revision
from harness.errors import SpecError

Json = dict[str, Any]
STRICTER, LOOSER, CHANGED, NEW, GONE = Shift
MIRROR = {STRICTER: LOOSER, LOOSER: STRICTER, CHANGED: CHANGED, NEW: GONE, GONE: NEW}


def document(body: Any = None, answer: Any = None, schemas: Json | None = None, **operation: Any) -> Json:
    """An OpenAPI document of one operation, whose request and answer have these schemas."""
    said: Json = {"operationId": "make", "responses": {"200": {"description": "made"}}, **operation}
    if body is not None:
        said["requestBody"] = {"content": {"application/json": {"schema": body}}}
    if answer is not None:
        said["responses"]["200"]["content"] = {"application/json": {"schema": answer}}
    return {"openapi": "3.1.0", "paths": {"/videos": {"post": said}}, "components": {"schemas": schemas or {}}}


def read(content: Any, date: str = "") -> Revision:
    return official(content, provider="acme", contract=None, path=Path("acme.json"), date=date)


def field(schema: Any, **beside: Any) -> Json:
    return {"type": "object", "properties": {"field": schema}, **beside}


def found(old: Json, new: Json) -> list[tuple[str, Shift]]:
    return [(each.latest.id, each.shift) for each in changes(read(old), read(new))]


def assert_mirrored(old: Revision, new: Revision) -> None:
    """What is stricter one way is looser the other way, claim by claim."""
    there, back = changes(old, new), changes(new, old)
    mirrored = {(each.old and each.old.id, each.new and each.new.id): each for each in back}
    assert len(there) == len(mirrored) == len(back)
    for each in there:
        assert mirrored[each.new and each.new.id, each.old and each.old.id].shift is MIRROR[each.shift]


@pytest.mark.parametrize(
    ("old", "new", "rule", "shift"),
    [
        ({"maximum": 9}, {"maximum": 5}, "maximum", STRICTER),
        ({"minimum": 1}, {"minimum": 2}, "minimum", STRICTER),
        ({"exclusiveMaximum": 5}, {"exclusiveMaximum": 9}, "exclusiveMaximum", LOOSER),
        ({"maximum": 5}, {"exclusiveMaximum": 5}, "exclusiveMaximum", STRICTER),
        ({"exclusiveMinimum": 0}, {"minimum": 0}, "minimum", LOOSER),
        ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 1}, "minimum", CHANGED),
        ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 2}, "minimum", STRICTER),
        ({"type": "number", "exclusiveMinimum": 0}, {"type": "number", "minimum": 1}, "minimum", STRICTER),
        ({"maxLength": 2500}, {"maxLength": 3500}, "maxLength", LOOSER),
        ({"minLength": 1}, {"minLength": 0}, "minLength", LOOSER),
        ({"maxItems": 9}, {"maxItems": 3}, "maxItems", STRICTER),
        ({"minItems": 1}, {"minItems": 2}, "minItems", STRICTER),
        ({"enum": ["16:9"]}, {"enum": ["16:9", "3:2"]}, "enum", LOOSER),
        ({"enum": ["16:9", "3:2"]}, {"enum": ["16:9"]}, "enum", STRICTER),
        ({"enum": ["16:9", "3:2"]}, {"enum": ["3:2", "16:9"]}, "enum", None),
        ({"enum": ["16:9"]}, {"enum": ["3:2"]}, "enum", CHANGED),
        ({"enum": [1]}, {"enum": ["1"]}, "enum", CHANGED),
        ({"type": "integer"}, {"type": "number"}, "type", LOOSER),
        ({"type": "string"}, {"type": ["string", "null"]}, "type", LOOSER),
        ({"type": "string"}, {"type": "string", "nullable": True}, "type", LOOSER),
        ({"type": "string"}, {"anyOf": [{"type": "null"}, {"type": "string"}]}, "type", LOOSER),
        ({"type": "string"}, {"type": "integer"}, "type", CHANGED),
        ({"const": 1}, {"const": 2}, "const", CHANGED),
        ({"pattern": "a"}, {"pattern": "b"}, "pattern", CHANGED),
        ({"format": "uri"}, {"format": "date"}, "format", CHANGED),
        ({"description": "free"}, {"maxLength": 5}, "maxLength", STRICTER),
        ({"uniqueItems": False}, {"uniqueItems": True}, "uniqueItems", STRICTER),
        ({"type": "string"}, {"oneOf": [{"type": "string"}, {"type": "array"}]}, "form", LOOSER),
        ({"type": "string"}, {"oneOf": [{"type": "integer"}, {"type": "array"}]}, "form", CHANGED),
        ({}, {"oneOf": [{"type": "integer"}, {"type": "array"}]}, "form", STRICTER),
        ({"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}, "form", CHANGED),
    ],
)
def test_a_rule_shifts(old: Json, new: Json, rule: str, shift: Shift | None) -> None:
    pair = document(field(old)), document(field(new))
    assert dict(found(*pair)).get(f"acme.make.field.{rule}") is shift
    assert_mirrored(*map(read, pair))
    answered = dict(found(document(answer=field(old)), document(answer=field(new))))
    assert answered.get(f"acme.make.accepted.field.{rule}") is shift


def one(old: Json, new: Json, name: str) -> Revised:
    return next(each for each in changes(read(old), read(new)) if each.latest.id == name)


@pytest.mark.parametrize(
    ("old", "new", "request_concerns", "answer_concerns"),
    [
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, Party.CLIENT, Party.PROVIDER),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, Party.NOBODY, Party.CLIENT),
        ({"enum": ["a"]}, {"enum": ["b"]}, Party.CLIENT, Party.CLIENT),
    ],
)
def test_what_concerns_the_client_is_the_other_way_round_for_answers(
    old: Json, new: Json, request_concerns: Party, answer_concerns: Party
) -> None:
    asked = one(document(field(old)), document(field(new)), "acme.make.field.enum")
    answered = one(document(answer=field(old)), document(answer=field(new)), "acme.make.accepted.field.enum")
    assert (asked.side, asked.concerns) == (Side.REQUEST, request_concerns)
    assert (answered.side, answered.concerns) == (Side.ANSWER, answer_concerns)


def test_the_same_bound_in_other_words_concerns_nobody() -> None:
    old, new = ({"type": "integer", "exclusiveMinimum": True, "minimum": 0}, {"type": "integer", "minimum": 1})
    (only,) = changes(read(document(field(old))), read(document(field(new))))
    assert (only.shift, only.concerns) == (CHANGED, Party.NOBODY)
    assert only.old is not None and only.old.rule == "exclusiveMinimum"
    assert only.old.source.quote == "exclusiveMinimum: true, minimum: 0"


def test_a_newly_required_field_is_stricter_even_if_it_is_new() -> None:
    free, bound = document(field({})), document(field({}, required=["field"]))
    nothing = document({"type": "object"})
    assert found(free, bound) == [("acme.make.field.required", STRICTER)]
    assert found(bound, free) == [("acme.make.field.required", LOOSER)]
    text = document(field({"type": "string"}, required=["field"]))
    assert found(nothing, text) == [("acme.make.field.required", STRICTER), ("acme.make.field.type", NEW)]
    assert dict(found(text, nothing)) == {"acme.make.field.required": LOOSER, "acme.make.field.type": GONE}


def test_a_field_that_goes_is_stricter_only_where_the_body_is_closed() -> None:
    def bodies(**beside: Any) -> tuple[Json, Json]:
        kept: Json = {"kept": {"type": "string"}}
        more = {**kept, "gone": {"type": "string"}}
        return (
            document({"type": "object", "properties": more, **beside}),
            document({"type": "object", "properties": kept, **beside}),
        )

    assert found(*bodies()) == [("acme.make.gone.type", GONE)]
    closed = dict(found(*bodies(additionalProperties=False)))
    assert closed == {"acme.make.body.additionalProperties": STRICTER, "acme.make.gone.type": GONE}


def test_a_closed_body_that_opens_is_looser() -> None:
    closed, opened = (field({}, additionalProperties=False), field({}))
    assert found(document(closed), document(opened)) == [("acme.make.body.additionalProperties", LOOSER)]


def test_operations_and_answers_come_and_go() -> None:
    more = {"description": "no credit", "content": {"application/json": {"schema": field({"type": "string"})}}}
    known = {"200": {"description": "made"}, "400": {"description": "invalid"}}
    old = document(field({"type": "string"}), responses=known)
    new = document(field({"type": "string"}), responses={**known, "402": more})
    there = {each.latest.id: each for each in changes(read(old), read(new))}
    documented = there["acme.make.response.documented"]
    assert (documented.shift, documented.concerns, documented.detail) == (LOOSER, Party.CLIENT, "adds 402")
    assert there["acme.make.payment.field.type"].shift is NEW
    none: Json = {"openapi": "3.1.0", "paths": {}}
    assert {each.shift for each in changes(read(none), read(new))} == {NEW}
    assert {(each.shift, each.concerns) for each in changes(read(new), read(none))} == {(GONE, Party.CLIENT)}


def test_a_key_that_is_asked_for_is_stricter() -> None:
    free, keyed = document(), document(security=[{"bearer": []}])
    asked = dict(found(free, keyed))
    assert asked.pop("acme.make.authorization.optional", None) is STRICTER
    assert found(document(security=[]), keyed) == found(document(security=[{}, {"bearer": []}]), keyed)


def test_what_stands_behind_a_lost_reference_is_not_guessed() -> None:
    lost, there = {"$ref": "#/components/schemas/Lost"}, {"type": "object", "properties": {"a": {"type": "string"}}}
    for old, new in ((lost, there), (there, lost)):
        assert set(dict(found(document(field(old)), document(field(new)))).values()) <= {CHANGED, GONE}
    more = {"oneOf": [lost, {"$ref": "#/components/schemas/Other"}]}
    assert found(document(field(lost)), document(field(more))) == [("acme.make.field.form", LOOSER)]
    assert "#/components/schemas/Lost is not in the document" in read(document(field(lost))).notes[0]


def test_references_are_followed_and_all_of_holds_altogether() -> None:
    schemas = {"Text": {"type": "string", "maxLength": 9}, "Node": field({"$ref": "#/components/schemas/Node"})}
    parts = {"allOf": [{"$ref": "#/components/schemas/Text"}, {"maxLength": 5, "description": "short"}]}
    plain = document(field({"type": "string", "maxLength": 5}))
    assert found(plain, document(field(parts), schemas=schemas)) == []
    circular = read(document({"$ref": "#/components/schemas/Node"}, schemas=schemas))
    assert any("leads back to itself" in note for note in circular.notes)


def test_what_is_no_keyword_is_left_out_and_noted() -> None:
    made = read(document(field({"type": "text", "maximum": "9", "enum": "a", "pattern": "(", "minLength": -1})))
    assert [claim.rule for claim in made.claims.values() if claim.tokens == ("field",)] == []
    assert len(made.notes) == 5 and all("not a usable value" in note for note in made.notes)


def test_names_that_are_none_are_made_up_and_never_stand_twice() -> None:
    said = {"operationId": "a b", "responses": {"200": {"description": "x"}}}
    made = read({"openapi": "3.0.0", "paths": {"/x": {"get": said, "post": said}, "/y": {"get": {"responses": {}}}}})
    assert set(made.operations) == {"a_b", "post_x", "get_y"}
    assert any("get_y documents no success" in note for note in made.notes)


@pytest.mark.slow
def test_a_document_without_end_is_refused() -> None:
    bomb: Any = {"type": "string"}
    for _ in range(25):
        bomb = {"type": "object", "properties": {"a": bomb, "b": bomb}}
    with pytest.raises(SpecError, match="alias bomb"):
        read(document(bomb))


def test_a_folder_of_specs_is_a_revision_with_every_kind_of_claim() -> None:
    whole = revision(lantern(), "lantern")
    assert changes(whole, whole) == ()
    fewer = {name: claim for name, claim in whole.claims.items() if claim.kind != "dependency"}
    less = Revision(name="", date="", operations=whole.operations, claims=fewer, models=whole.models)
    assert {each.shift for each in changes(less, whole)} == {STRICTER}
    assert {each.shift for each in changes(whole, less)} == {LOOSER}
    nobody = Revision(name="", date="", operations=whole.operations, claims=whole.claims)
    narrowed = {name: claim for name, claim in whole.claims.items() if claim.model is None}
    without = Revision(name="", date="", operations=whole.operations, claims=narrowed)
    assert {each.shift for each in changes(without, nobody)} == {NEW}, "with a model come the claims on it"


# Whatever a document holds

DOCUMENTS = st.builds(
    document, SCHEMAS, SCHEMAS, st.dictionaries(st.sampled_from(["A", "B"]), SCHEMAS, max_size=2)
) | st.fixed_dictionaries({"openapi": st.just("3.1.0"), "paths": st.dictionaries(WORDS, JSON_OF_WORDS, max_size=2)})


@given(DOCUMENTS, DOCUMENTS)
def test_revisions_that_change_places_mirror_each_other(old: Json, new: Json) -> None:
    one, other = read(old), read(new)
    assert changes(one, one) == changes(other, other) == ()
    assert_mirrored(one, other)


@given(DOCUMENTS, DOCUMENTS)
def test_whatever_a_document_holds_is_shown_as_plain_text(old: Json, new: Json) -> None:
    pair = read(old, HOSTILE), read(new)
    shown = Timeline(provider=HOSTILE, history=HOSTILE, steps=(step(*pair),), notes=common(pair), unjudged=HOSTILE)
    for name, form in REVISION_FORMATS.items():
        text = form(shown)
        assert not UNSEEN.search(text), name
        text.encode()
    assert REVISION_FORMATS["json"](shown).isascii()


def test_a_comment_keeps_within_its_limits() -> None:
    many = {f"field{number}": {"maxLength": number} for number in range(5_000)}
    old, new = ({"type": "object", "properties": dict(many)}, {"type": "object"})
    timeline = Timeline(provider="acme", steps=(step(read(document(old)), read(document(new))),))
    assert "… and 4,980 more gone" in REVISION_FORMATS["text"](timeline)
    for name in many:
        many[name] = {"maxLength": 1}
    stricter = step(read(document(old)), read(document({"type": "object", "properties": many})))
    shown = REVISION_FORMATS["markdown"](Timeline(provider="acme", steps=(stricter,)))
    assert len(shown) <= MARKDOWN + 100
    assert re.search(r"… and [\d,]+ lines more\n$", shown)


def test_json_has_the_claims_in_full() -> None:
    old, new = document(field({"enum": ["a"]})), document(field({"enum": ["a", "b"]}))
    timeline = Timeline(provider="acme", steps=(step(read(old, "2026-01-01"), read(new, "2026-02-02")),))
    (change,) = json.loads(REVISION_FORMATS["json"](timeline))["steps"][0]["changes"]
    assert (change["class"], change["of"], change["concerns"]) == ("looser", "request", "nobody")
    assert (change["old"]["value"], change["new"]["value"]) == (["a"], ["a", "b"])
    assert change["new"]["source"] == {"document": "acme.json", "revision": "2026-02-02", "quote": 'enum: ["a","b"]'}
