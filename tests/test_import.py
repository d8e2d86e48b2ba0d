"""A first contract from an official document: it loads, it is clean, and whatever was guessed or mended is said."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from anything import SCHEMAS, WORDS
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from words import HOSTILE, UNSEEN

from harness.cli import main
from harness.compare.beside import Found, beside
from harness.contract import Contract, load
from harness.contract.model import Role
from harness.document import parse_yaml, yaml_text
from harness.draft import draft
from harness.draft.repairs import repaired
from harness.errors import SpecError

Json = dict[str, Any]
FACTS = ROOT.parent / "shared" / "facts"

#: As a provider might write it: unquoted ratios, a keyword of an older dialect, several forms, no word on keys.
DOCUMENT = """
openapi: 3.1.0
info: { title: Acme Clips, version: 2026-10-01 }
servers: [{ url: "https://api.acme.example/{stage}", variables: { stage: { default: v2 } } }]
paths:
  /clips:
    post:
      operationId: makeClip
      description: Starts a video.
      requestBody:
        content:
          application/json:
            schema: { $ref: "#/components/schemas/Clip" }
            example: { model: acme-large, prompt: A kettle }
      responses:
        "202": { description: Started, content: { application/json: { schema: { $ref: "#/components/schemas/Job" } } } }
        "400": { description: Bad request }
        "422": { description: The prompt is against the content policy }
        default: { description: Anything else }
    get:
      operationId: listClips
      responses: { "200": { description: All of them } }
  /clips/{clipId}:
    get:
      operationId: getClip
      description: How a clip is doing.
      responses:
        "200": { description: The job, content: { application/json: { schema: { $ref: "#/components/schemas/Job" } } } }
        "404": { description: No such clip }
  /chat:
    post:
      operationId: chat
      requestBody: { content: { application/json: { schema: { properties: { text: { type: string } } } } } }
      responses: { "200": { description: Said } }
components:
  schemas:
    Job:
      type: object
      required: [id, status]
      properties:
        id: { type: string }
        status: { type: string, enum: [queued, pondering, ready, failed] }
        video_url: { type: string }
        error: { type: [string, "null"] }
    Clip:
      type: object
      required: [model, prompt]
      properties:
        model: { type: string }
        prompt: { type: string, maxLength: 300, description: What to show }
        aspect_ratio: { type: string, enum: [16:9, 9:16, 1:1] }
        duration: { type: string, enum: [5, 10], description: Seconds }
        zoom: { type: number, minimum: 0, exclusiveMinimum: true }
        picture:
          oneOf:
            - { type: object, required: [type, url], properties: { type: { enum: [link] }, url: { type: string } } }
            - { type: object, required: [type, data], properties: { type: { enum: [data] }, data: { type: string } } }
        lost: { $ref: "#/components/schemas/Nowhere" }
"""


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Contract:
    """The document above, imported."""
    (tmp_path / "acme.yaml").write_text(DOCUMENT)
    assert main(["import", str(tmp_path / "acme.yaml"), "--provider", "acme", "--out", str(tmp_path / "specs")]) == 0
    monkeypatch.setenv("HARNESS_SPECS", str(tmp_path / "specs"))
    return load("acme", tmp_path / "specs")


def review(tmp_path: Path) -> str:
    return (tmp_path / "specs" / "acme" / "REVIEW.md").read_text()


def test_what_was_imported_works_on_every_command(acme: Contract, tmp_path: Path, capsys: Any) -> None:
    assert main(["lint", "acme"]) == 0
    assert main(["explain", "acme.makeClip.aspect_ratio.enum"]) == 0
    assert "16:9, 9:16, 1:1" in capsys.readouterr().out
    (tmp_path / "request.json").write_text('{"model": "acme-large", "prompt": "A kettle", "aspect_ratio": "4:3"}')
    assert main(["validate", "acme", str(tmp_path / "request.json")]) == 1
    assert "acme.makeClip.aspect_ratio.enum" in capsys.readouterr().out
    assert main(["check", "acme", "--simulated", "--out", str(tmp_path / "report"), "--format", "json"]) == 0
    (entry,) = json.loads((tmp_path / "report" / "report.json").read_text())["providers"]
    assert entry["counts"]["fail"] == entry["counts"]["error"] == 0
    assert entry["counts"]["pass"] > 40


def test_the_job_is_told_by_the_shapes_of_its_operations(acme: Contract) -> None:
    assert {o.id: o.role for o in acme.operations.values()} == {"makeClip": Role.SUBMIT, "getClip": Role.POLL}
    assert (acme.base_url, acme.job.id, acme.job.status) == ("https://api.acme.example/v2", ("id",), ("status",))
    assert {word: state.value for word, state in acme.job.words.items()} == {
        "queued": "queued",
        "pondering": "running",
        "ready": "succeeded",
        "failed": "failed",
    }
    assert [(result.place, result.tokens) for result in acme.job.results] == [("body", ("video_url",))]
    assert {name: axis.encoding for name, axis in acme.capabilities.items()} == {
        "prompt": "text",
        "aspect_ratio": "ratio",
        "duration": "seconds-string",
    }
    assert list(acme.models) == ["acme-large"]


def test_slips_are_mended_and_each_is_listed(acme: Contract, tmp_path: Path) -> None:
    assert acme.claims["acme.makeClip.zoom.exclusiveMinimum"].parameters["value"] == 0
    assert "acme.makeClip.zoom.contradicts-keyword-exclusiveMinimum" in acme.claims
    assert acme.claims["acme.makeClip.duration.enum"].parameters["value"] == ["5", "10"]
    told = review(tmp_path)
    assert '`exclusiveMinimum: true, minimum: 0` is read as `"exclusiveMinimum":0`' in told
    assert "`5` is read as `5` (unquoted, and read as a number)" in told


def test_what_cannot_be_known_is_said_with_the_place_for_it(acme: Contract, tmp_path: Path) -> None:
    told = review(tmp_path)
    assert "`` the status word `pondering` ``: taken for running → `provider.yaml: job/words`" in told
    assert "prices: none: a live run needs --assume-price or --prices" in told
    assert "#/components/schemas/Nowhere is not in the document" in told
    assert "`chat (POST /chat)`" in told and "`listClips (GET /clips)`" in told
    assert "TODO" not in "".join(path.read_text() for path in (tmp_path / "specs" / "acme").iterdir())


def test_several_forms_are_claimed_as_far_as_they_agree(acme: Contract) -> None:
    assert acme.claims["acme.makeClip.picture.type.enum"].parameters["value"] == ["link", "data"]
    assert "acme.makeClip.picture.type.required" in acme.claims
    assert "acme.makeClip.picture.url.required" not in acme.claims
    assert any("one of several forms" in each.reason for each in acme.exclusions)


def test_a_second_status_of_one_meaning_gets_another_and_default_is_written_out(acme: Contract) -> None:
    answers = {status: each.meaning for status, each in acme.operations["makeClip"].answers.items()}
    assert answers == {
        202: "accepted",
        400: "invalid",
        401: "unauthenticated",
        404: "not-found",
        422: "content-policy",
        429: "rate-limited",
        500: "server-error",
    }


def test_nothing_is_overwritten(acme: Contract, tmp_path: Path, capsys: Any) -> None:
    before = (tmp_path / "specs" / "acme" / "openapi.yaml").read_text()
    capsys.readouterr()
    assert main(["import", str(tmp_path / "acme.yaml"), "--provider", "acme", "--out", str(tmp_path / "specs")]) == 2
    assert "is there already and is not overwritten" in capsys.readouterr().err
    assert (tmp_path / "specs" / "acme" / "openapi.yaml").read_text() == before
    assert sorted(path.name for path in (tmp_path / "specs").iterdir()) == ["acme"]


def imported(content: Any, **chosen: str) -> Any:
    roles = {Role(role): name for role, name in chosen.items()}
    return draft(content, name="acme", path=Path("acme.json"), chosen=roles)


def job(**operations: Json) -> Json:
    """A document with these paths beside a poll that takes any id."""
    return {"openapi": "3.0.3", "paths": {f"/{name.replace('_', '/')}": each for name, each in operations.items()}}


def answers(schema: Json) -> Json:
    return {"200": {"description": "there", "content": {"application/json": {"schema": schema}}}}


def posts(body: Json, schema: Json) -> Json:
    content = {"application/json": {"schema": {"type": "object", "properties": body}}}
    return {"post": {"requestBody": {"content": content}, "responses": answers(schema)}}


ID: Json = {"type": "object", "properties": {"task_id": {"type": "string"}}}
TEXT: Json = {"prompt": {"type": "string"}}
STATE: Json = {"type": "object", "properties": {"data": {"type": "object", "properties": {"status": TEXT["prompt"]}}}}
#: JSON, with what YAML readers disagree on.
VALUES = st.recursive(
    st.text(max_size=8) | st.sampled_from(["16:9", "yes", "0o7", "1e3", "~", HOSTILE]) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def test_a_poll_may_be_a_post_that_takes_the_id_in_its_body() -> None:
    made = imported(job(make=posts(TEXT, ID), ask=posts({"task_id": {"type": "string"}}, STATE)))
    assert made.operations == {Role.SUBMIT: "post_make (POST /make)", Role.POLL: "post_ask (POST /ask)"}
    data = parse_yaml(made.files["provider.yaml"], where="", error=SpecError)
    assert (data["job"]["id"], data["job"]["status"]) == ("/task_id", "/data/status")
    assert data["job"]["excluded"] == ["words", "same-id", "result"], "what no document says is not claimed"


def test_of_several_submissions_one_must_be_chosen_unless_the_others_lie_below_it() -> None:
    poll = {"parameters": [], "get": {"responses": answers(STATE)}}
    two = {**job(text=posts(TEXT, ID), image=posts(TEXT, ID))}
    two["paths"]["/tasks/{id}"] = poll
    with pytest.raises(SpecError, match=r"more than one .*(?s:.)*post_text \(POST /text\), post_image"):
        imported(two)
    assert imported(two, submit="post_text").operations[Role.SUBMIT].startswith("post_text")
    below = {**job(videos=posts(TEXT, ID), videos_edits=posts(TEXT, ID))}
    below["paths"]["/tasks/{id}"] = poll
    assert imported(below).operations[Role.SUBMIT] == "post_videos (POST /videos)"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"swagger": "2.0", "paths": {"/a": {}}}, "is Swagger 2.0"),
        ({"openapi": "3.1.0", "paths": {}}, "has no paths"),
        ({"openapi": "3.1.0"}, "has no paths"),
        (["openapi"], "is not an OpenAPI 3 document"),
        (job(chat=posts(TEXT, {"type": "object"})), r"no operation looks like a submission(?s:.)*post_chat"),
    ],
)
def test_anything_else_is_a_clear_error(content: Any, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        imported(content)


def test_whatever_text_a_document_has_a_terminal_obeys_none_of_it(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = HOSTILE.encode("utf-8", "ignore").decode()  # a file that is no UTF-8 is refused before anybody shows it
    states = {"type": "string", "enum": ["queued", "ready", words], "description": words}
    answer = {"type": "object", "description": words, "properties": {"id": {"type": "string"}, "status": states}}
    fields = {"prompt": {"type": "string", "enum": [words]}, words: {"type": "string"}}
    content = {**job(videos=posts(fields, answer)), "info": {"title": words, "version": words}}
    content["paths"]["/videos/{id}"] = {"get": {"operationId": words, "responses": answers(answer)}}
    content["paths"][f"/{words}"] = {"post": {"responses": answers(answer)}}
    (tmp_path / "acme.json").write_text(json.dumps(content))
    (tmp_path / "request.json").write_text('{"prompt": "A kettle"}')
    document, out = str(tmp_path / "acme.json"), ["--out", str(tmp_path / "specs")]
    assert main(["import", document, "--provider", "acme", *out]) == 0
    assert main(["import", document, "--provider", "other", *out, "--operation", "post_nothing"]) == 2
    monkeypatch.setenv("HARNESS_SPECS", str(tmp_path / "specs"))
    assert main(["lint", "acme"]) == 0
    assert main(["explain", "acme"]) == main(["explain", "acme.*.prompt.enum"]) == 0
    assert main(["explain", "acme.post_videos.prompt.enum"]) == 0
    assert main(["validate", "acme", str(tmp_path / "request.json")]) == 1
    assert main(["drift", "acme", "--openapi", document]) == 0
    told = capsys.readouterr()
    assert not UNSEEN.search((told.out + told.err).replace("\t", " "))


def test_a_document_that_aliases_blow_up_is_refused(tmp_path: Path, capsys: Any) -> None:
    levels = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 8))
    (tmp_path / "bomb.yaml").write_text(f"openapi: 3.1.0\npaths: {{/a: {{}}}}\nx0: &x0 [1]\n{levels}")
    assert main(["import", str(tmp_path / "bomb.yaml"), "--out", str(tmp_path / "out")]) == 2
    assert "Is it an alias bomb?" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_ratios_that_yaml_1_1_read_as_minutes_are_read_back_and_booleans_are_not_guessed() -> None:
    made, repairs = repaired(
        {
            "aspect_ratio": {"type": "string", "enum": [969, 556, 61, "auto"]},
            "resolution": {"type": "string", "enum": [720, "1080p"]},
            "sound": {"type": "string", "enum": [True, "auto"]},
            "count": {"type": "integer", "enum": [969]},
            "properties": {"enum": {"type": "string", "maxLength": 5}},
        }
    )
    assert made["aspect_ratio"]["enum"] == ["16:9", "9:16", "1:1", "auto"]
    assert made["resolution"]["enum"] == ["720", "1080p"]
    assert "enum" not in made["sound"] and made["count"]["enum"] == [969]
    assert [(each.written, each.read) for each in repairs] == [
        ("969", "16:9"),
        ("556", "9:16"),
        ("61", "1:1"),
        ("720", "720"),
        ("true", None),
    ]
    assert repaired(made) == (made, ()), "what was mended needs no mending"


@given(VALUES)
def test_what_is_written_is_what_is_read_again(value: Any) -> None:
    text = yaml_text(value)
    assert text.isascii()
    if not any(0xD800 <= ord(each) <= 0xDFFF for each in json.dumps(value, ensure_ascii=False)):
        assert parse_yaml(text, where="", error=SpecError) == value


#: Operations of a job whose schemas are anybody's.
JOBS = st.builds(
    lambda body, answer, poll, name: {
        "openapi": "3.1.0",
        "info": {"title": name, "version": name},
        "paths": {
            "/videos": posts({"prompt": {"type": "string"}, name or "x": body}, {"allOf": [ID, answer]}),
            "/videos/{id}": {"get": {"summary": name, "responses": answers({"allOf": [STATE, poll]})}},
        },
    },
    SCHEMAS,
    SCHEMAS,
    SCHEMAS,
    WORDS | st.sampled_from(["model", "duration", "body", "a.b", "a[b]", "invalid", "*"]),
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JOBS)
def test_whatever_a_document_holds_the_contract_is_clean_or_there_is_none(
    monkeypatch: pytest.MonkeyPatch, content: Json
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "acme.json").write_text(json.dumps(content).replace("\\ud800", "x"))
        specs = Path(folder) / "specs"
        code = main(["import", f"{folder}/acme.json", "--provider", "acme", "--out", str(specs)])
        assert code in (0, 2)
        if code == 2:
            assert not (specs / "acme").exists()
            return
        monkeypatch.setenv("HARNESS_SPECS", str(specs))
        assert main(["lint", "acme"]) == 0
        for path in (specs / "acme").iterdir():
            assert not UNSEEN.search(path.read_text()), path.name


@pytest.mark.parametrize("provider", ["openrouter", "venice"])
@pytest.mark.parametrize("whole", [False, True], ids=["record", "document"])
def test_an_official_document_gives_what_was_read_from_it_by_hand(
    provider: str, whole: bool, tmp_path: Path, capsys: Any
) -> None:
    document, named = ROOT / "specs" / provider / "official.json", []
    if whole and not FACTS.is_dir():
        pytest.skip("the documents that were collected are not beside this checkout")
    if whole:
        document = FACTS / provider / "official.openapi.json"
    elif provider == "venice":  # that its answer is a price in USD is prose, which the record does not hold
        named = ["--operation", "quote=quoteVideo"]
    arguments = ["--provider", provider, "--out", str(tmp_path), "--against", provider, *named]
    assert main(["import", str(document), *arguments]) == 0
    told = capsys.readouterr().out
    rows = beside(load(provider, tmp_path), load(provider, ROOT / "specs"))
    both = [row for row in rows if row.found is Found.BOTH]
    by_hand = [row for row in rows if row.found is Found.HELD and row.claim.kind == "shape"]
    assert len(both) >= 250
    assert len(by_hand) <= 0.2 * sum(row.claim.kind == "shape" for row in both)
    assert all(row.why for row in rows if row.found is not Found.BOTH)
    assert "a dependency: OpenAPI leaves it to prose" in told
    assert told.rpartition("## Beside")[2] in (tmp_path / provider / "REVIEW.md").read_text()
