"""A provider's documents of today against what is held: what is new, gone, narrowed, and nothing fetched unasked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from anything import JSON_OF_WORDS
from comparisons import DIFF
from conftest import ROOT, lantern
from hypothesis import given
from hypothesis import strategies as st
from words import HOSTILE, UNSEEN

from harness.cli import main
from harness.compare.catalogues import catalogues
from harness.compare.demands import Shift
from harness.compare.drift import Drift
from harness.compare.revisions import step
from harness.compare.show_drift import DRIFT_FORMATS
from harness.contract import load
from harness.contract.official import official
from harness.contract.record import concerning, text

Json = dict[str, Any]
RECORD = ROOT / "specs" / "venice" / "official.json"
MODELS = ROOT / "specs" / "venice" / "models.json"
STRICTER, LOOSER, CHANGED, NEW, GONE = Shift


def drifted(tmp_path: Path, capsys: Any, change: Any, *more: str) -> tuple[int, Json]:
    """The exit code and the JSON of a drift whose document is the record with a change made to it."""
    content = json.loads(RECORD.read_text())
    change(content)
    (tmp_path / "now.json").write_text(json.dumps(content))
    code = main(["drift", "venice", "--openapi", str(tmp_path / "now.json"), "--format", "json", *more])
    made = json.loads(capsys.readouterr().out)
    DIFF.validate(made)
    return code, made


def queue(content: Json) -> Json:
    body: Json = content["paths"]["/video/queue"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return body


def test_what_is_held_does_not_drift_from_itself(capsys: Any) -> None:
    for provider in ("openrouter", "venice"):
        folder = ROOT / "specs" / provider
        files = ["--openapi", str(folder / "official.json"), "--catalogue", str(folder / "models.json")]
        assert main(["drift", provider, *files]) == 0
        assert "No drift." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "claim", "shift"),
    [
        (lambda d: queue(d)["properties"]["prompt"].update(maxLength=9), "prompt.maxLength", "stricter"),
        (lambda d: queue(d)["properties"]["prompt"].update(maxLength=90_000), "prompt.maxLength", "looser"),
        (lambda d: queue(d)["properties"]["aspect_ratio"]["enum"].remove("21:9"), "aspect_ratio.enum", "stricter"),
        (lambda d: queue(d)["properties"]["aspect_ratio"]["enum"].append("3:1"), "aspect_ratio.enum", "looser"),
        (lambda d: queue(d)["properties"].update(fps={"type": "integer"}), "fps.type", "new"),
        (lambda d: queue(d)["properties"].pop("elements"), "elements.maxItems", "gone"),
        (lambda d: d["paths"]["/video/queue"]["post"]["responses"].pop("413"), "too-large.media-type", "gone"),
    ],
)
def test_a_field_or_a_value_that_moved_is_told(
    tmp_path: Path, capsys: Any, change: Any, claim: str, shift: str
) -> None:
    code, made = drifted(tmp_path, capsys, change)
    assert code == 1
    assert f"venice.queueVideo.{claim}" in {
        each["claim"] for each in made["document"]["changes"] if each["class"] == shift
    }


def test_a_new_operation_is_told_if_it_is_about_video_and_not_otherwise(tmp_path: Path, capsys: Any) -> None:
    answer = {"responses": {"200": {"description": "there"}}}
    code, made = drifted(tmp_path, capsys, lambda d: d["paths"].update({"/video/remix": {"post": answer}}))
    assert code == 1
    assert {each["operation"] for each in made["document"]["changes"]} == {"post_video_remix"}
    assert drifted(tmp_path, capsys, lambda d: d["paths"].update({"/chat": {"post": answer}}))[0] == 0


def test_what_was_gone_through_is_kept_and_does_not_drift_again(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "specs").mkdir()
    for path in (ROOT / "specs" / "unified-v2").iterdir():
        (tmp_path / "specs" / "unified-v2").mkdir(exist_ok=True)
        (tmp_path / "specs" / "unified-v2" / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("HARNESS_SPECS", str(tmp_path / "specs"))
    document = ["drift", "unified-v2", "--openapi", str(tmp_path / "specs" / "unified-v2" / "openapi.yaml")]
    main(document)
    assert "nothing is on record of this document" in capsys.readouterr().out
    assert main([*document, "--keep"]) == 0
    assert main(document) == 0
    assert "nothing is on record" not in capsys.readouterr().out.rpartition("No drift.")[2]


def entry(**beside: Any) -> Json:
    return deepcopy(dict(lantern().models["lantern-small"].entry)) | beside


@pytest.mark.parametrize(
    ("change", "shift", "pointer"),
    [
        ({"lengths": ["2s"]}, STRICTER, "/lengths"),
        ({"lengths": ["2s", "4s", "8s"]}, LOOSER, "/lengths"),
        ({"lengths": ["8s"]}, CHANGED, "/lengths"),
        ({"longest": 30}, STRICTER, "/longest"),
        ({"longest": 50}, LOOSER, "/longest"),
        ({"price": 0.02}, CHANGED, "/price"),
        ({"plates": None}, CHANGED, "/plates"),
    ],
)
def test_an_entry_of_the_catalogue_that_moved_is_told(change: Json, shift: Shift, pointer: str) -> None:
    rest = [model.entry for name, model in lantern().models.items() if name != "lantern-small"]
    (only,) = catalogues(lantern(), [*rest, entry(**change)]).moved
    assert (only.shift, only.model, only.pointer) == (shift, "lantern-small", pointer)


def test_models_come_and_go_and_order_says_nothing() -> None:
    held = [model.entry for model in lantern().models.values()]
    assert catalogues(lantern(), held[::-1]).moved == ()
    found = catalogues(lantern(), [*held[1:], {"id": "lantern-new", "since": 2026}])
    assert [(each.shift, each.model) for each in found.moved] == [(NEW, "lantern-new"), (GONE, held[0]["id"])]
    assert found.unheld == ("since",)


def test_entries_of_another_type_are_no_drift() -> None:
    venice = load("venice")
    held = [model.entry for model in venice.models.values()]
    found = catalogues(venice, [*held, {"id": "some-chat-model", "type": "text"}])
    assert (found.moved, found.others) == ((), 1)


def test_the_record_says_what_its_document_says_and_none_of_its_prose() -> None:
    fields: Json = {
        "a": {"description": "WORDS", "type": "integer", "minimum": 0, "exclusiveMinimum": True, "nullable": True},
        "b": {"oneOf": [{"$ref": "#/lost"}, {"type": "string"}]},
        "required": {"description": "WORDS"},
    }
    asked = {"content": {"application/json": {"schema": {"properties": fields}}}}
    told = {"202": {"description": "WORDS"}, "402": {"description": "WORDS"}}
    make = {"operationId": "createClip", "description": "WORDS", "requestBody": asked, "responses": told}
    chat = {"responses": {"200": {"description": "WORDS"}}}
    content: Json = {"openapi": "3.0.0", "paths": {"/clips": {"post": make}, "/chat": {"post": chat}}}
    kept = text(content, lantern(), Path("now.json"))
    assert "WORDS" not in kept and "/chat" not in kept

    def claims(document: Json) -> dict[str, Any]:
        made = official(concerning(document, lantern()), provider="lantern", contract=lantern(), path=Path("x"))
        return {name: claim.parameters.get("value") for name, claim in made.claims.items()}

    assert claims(json.loads(kept)) == claims(content) and claims(content)


# Fetching


class Place(BaseHTTPRequestHandler):
    """Answers by path, and remembers how it was asked."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("authorization")))  # type: ignore[attr-defined]
        body = MODELS.read_bytes() if "models" in self.path else RECORD.read_bytes()
        keyed = self.path.startswith("/keyed") and not self.headers.get("authorization")
        self.send_response(302 if "away" in self.path else 401 if keyed else 404 if "none" in self.path else 200)
        if "away" in self.path:
            self.send_header("location", "http://169.254.169.254/latest")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


@contextmanager
def place() -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    server = HTTPServer(("127.0.0.1", 0), Place)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.asked  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_address_is_asked_without_the_key_and_nobody_else_is(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("VENICE_API_KEY", "sk-secret-of-the-test")
    with place() as (url, asked):
        named = ["drift", "venice", "--openapi", f"{url}/swagger.yaml", "--catalogue", f"{url}/models?type=video"]
        assert main(named) == 2
        assert "private or loopback address" in capsys.readouterr().err and asked == []
        assert main([*named, "--allow-private"]) == 0
        assert asked == [("/models?type=video", None), ("/swagger.yaml", None)]
        for path, said in (("/away", "is not followed"), ("/none", "answers 404"), ("/keyed", "answers 401")):
            assert main(["drift", "venice", "--openapi", url + path, "--allow-private"]) == 2
            assert said in capsys.readouterr().err
        assert {key for _, key in asked} == {None}, "the key goes to the provider's own address alone"


def test_a_key_goes_to_the_providers_own_address_that_asks_for_it() -> None:
    from harness.exchange.fetch import fetched

    with place() as (url, asked):
        assert fetched(f"{url}/keyed", key="sk-mine", own=f"{url}/v1", allow_private=True) == RECORD.read_bytes()
        assert [key for _, key in asked] == [None, "Bearer sk-mine"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to compare with"),
        (["--keep"], "nothing to compare with"),
        (["--keep", "--catalogue", str(MODELS)], "--keep puts an OpenAPI document on record"),
        (["--openapi", str(MODELS)], "is not an OpenAPI 3 document"),
        (["--openapi", str(ROOT / "specs" / "openrouter" / "official.json")], "has none of the operations of venice"),
        (["--catalogue", str(RECORD)], "holds no list of models"),
        (["--openapi", "nowhere.json"], "No such file"),
    ],
)
def test_what_cannot_be_compared_is_a_clear_error(arguments: list[str], said: str, capsys: Any) -> None:
    assert main(["drift", "venice", *arguments]) == 2
    assert said in capsys.readouterr().err


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["id", "lengths", "longest", "price", HOSTILE]), JSON_OF_WORDS, max_size=3)
    )
)
def test_whatever_a_catalogue_holds_is_shown_as_plain_text(found: list[Json]) -> None:
    live = [{**each, "id": str(each.get("id", HOSTILE))} for each in found] + [entry(lengths=[HOSTILE])]
    revision = official({"paths": {HOSTILE: {}}}, provider=HOSTILE, contract=None, path=Path(HOSTILE))
    made = Drift(provider=HOSTILE, document=step(revision, revision), catalogue=catalogues(lantern(), live))
    for name, form in DRIFT_FORMATS.items():
        assert not UNSEEN.search(form(made)), name
    made_json = json.loads(DRIFT_FORMATS["json"](made))
    assert made_json["drifted"] is True
    DIFF.validate(made_json)
