"""Files that are no recording: one clear error each, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import RecordingError
from harness.exchange import load_recording

REQUEST = {"method": "GET", "uri": "https://a.example/x", "body": None, "headers": {}}
RESPONSE = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": ""}}
GOOD = {"request": REQUEST, "response": RESPONSE}


def tape(*entries: Any, **top: Any) -> str:
    return json.dumps({"version": 1, "interactions": list(entries)} | top)


def request(**changes: Any) -> str:
    return tape(GOOD, GOOD | {"request": REQUEST | changes})


def response(**changes: Any) -> str:
    return tape(GOOD, GOOD | {"response": RESPONSE | changes})


def said(**changes: Any) -> str:
    return tape(GOOD, GOOD | {"harness": changes})


def without(part: str, key: str) -> str:
    whole = GOOD[part]
    return tape(GOOD, GOOD | {part: {k: v for k, v in whole.items() if k != key}})


def har(**entry: Any) -> str:
    whole = {
        "startedDateTime": "2026-11-01T10:00:00Z",
        "time": 1,
        "request": {"method": "GET", "url": "https://a.example/", "headers": []},
        "response": {"status": 200, "headers": [], "content": {"size": 0}},
    }
    return json.dumps({"log": {"version": "1.2", "entries": [whole | entry]}})


FILES: dict[str, tuple[str | bytes, str]] = {
    "empty.yaml": ("", "empty"),
    "blank.yaml": ("\n \n", "empty"),
    "comment.yaml": ("# nothing\n", ""),
    "scalar.yaml": ("hello", "is no vcrpy cassette and no HAR file"),
    "number.yaml": ("42", "is no vcrpy cassette and no HAR file"),
    "list.yaml": ("- request: {}\n", "is a list"),
    "list.json": ("[]", "is a list"),
    "html.yaml": ("<!DOCTYPE html><html><body>Not found</body></html>", "HTML"),
    "binary.yaml": (b"\x00\x01\xff\xfe" * 50, "UTF-8"),
    "nul.yaml": (b"version: 1\x00", ""),
    "video.yaml": (b"\x00\x00\x00\x20ftypisom\xff\xd8", "UTF-8"),
    "conflict.yaml": ("version: 1\n<<<<<<< HEAD\ninteractions: []\n=======\ninteractions: [1]\n>>>>>>> main\n", ""),
    "conflict-first.yaml": ("<<<<<<< HEAD\nversion: 1\n=======\nversion: 2\n>>>>>>> main\n", ""),
    "broken.yaml": ("version: 1\ninteractions:\n- request: [\n", "not YAML"),
    "tabs.yaml": ("version: 1\ninteractions:\n\t- a\n", "not YAML"),
    "cut.json": (tape(GOOD)[:-20], "not JSON"),
    "stranger.yaml": ("services:\n  web: {image: nginx}\n", "is no vcrpy cassette and no HAR file"),
    "page.md": ("# A page\nwith `code`: {\n", "is no vcrpy cassette and no HAR file (is not YAML"),
    "ruby.yaml": ("http_interactions: []\nrecorded_with: VCR 6\n", "another tool"),
    "old.yaml": (tape(GOOD, version=0), "`version` must be 1"),
    "future.yaml": (tape(GOOD, version=2), "`version` must be 1"),
    "true.yaml": (tape(GOOD, version=True), "`version` must be 1"),
    "text.yaml": (tape(GOOD, version="1"), "`version` must be 1"),
    "none.yaml": ("version: 1\n", "has no `interactions`"),
    "mapping.yaml": ("version: 1\ninteractions: {a: 1}\n", "`interactions` must be a list"),
    "hollow.yaml": (tape(), "holds no interactions"),
    "object.yaml": ("!!python/object/apply:os.system ['true']", "tag"),
    "object-inside.yaml": ("version: 1\ninteractions:\n- !!python/name:os.system\n", "tag"),
    "bomb.yaml": (
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{c}: &{c} [{','.join(['*' + chr(ord(c) - 1)] * 9)}]\n" for c in "bcdefghijk"),
        "alias",
    ),
    "loop.yaml": ("version: 1\ninteractions: &a\n- *a\n", "alias"),
    "twice.yaml": ("version: 1\nversion: 1\ninteractions: []\n", "twice"),
    "twice.json": ('{"version": 1, "version": 1, "interactions": []}', "twice"),
    "two-documents.yaml": ("version: 1\n---\nversion: 1\n", ""),
    "deep.yaml": ("[" * 100_000, "nested"),
    "deep-block.yaml": ("- " * 100_000, "nested"),
    "deep-keys.yaml": ("{a: " * 100_000, "nested"),
    "deep.json": ('{"version": ' + "[" * 100_000, "nested"),
    "nan.json": ('{"version": 1, "interactions": [], "x": NaN}', "NaN"),
    "nan.yaml": ("version: 1\ninteractions: []\nx: .nan\n", ""),
    "huge.json": ('{"version": 1' + "0" * 5000 + "}", "digits"),
    "surrogate.json": ('{"version": 1, "interactions": ["\\ud800"]}', "surrogate"),
    "count.yaml": (tape(GOOD, complete=2), "cut short"),
    "count-text.yaml": (tape(GOOD, complete="many"), "`complete` must be an integer"),
    "unfinished.yaml": (tape(GOOD, recorded_by="harness"), "cut short"),
    "entry-text.yaml": (tape(GOOD, "x"), "interaction 1 must be a mapping"),
    "entry-null.yaml": (tape(None), "interaction 0 must be a mapping"),
    "entry-list.yaml": (tape([]), "interaction 0 must be a mapping"),
    "no-request.yaml": (tape({"response": RESPONSE}), "interaction 0 has no `request`"),
    "no-response.yaml": (tape({"request": REQUEST}), "interaction 0 has no `response`"),
    "null-response.yaml": (tape({"request": REQUEST, "response": None}), "`response` must be a mapping"),
    "no-uri.yaml": (without("request", "uri"), "interaction 1: `request` has no `uri`"),
    "no-method.yaml": (without("request", "method"), "has no `method`"),
    "no-body.yaml": (without("request", "body"), "has no `body`"),
    "no-headers.yaml": (without("request", "headers"), "has no `headers`"),
    "no-status.yaml": (without("response", "status"), "has no `status`"),
    "no-answer-body.yaml": (without("response", "body"), "has no `body`"),
    "method.yaml": (request(method="GET /x HTTP/1.1\r\n"), "is not an HTTP method"),
    "method-list.yaml": (request(method=["GET"]), "`request.method` must be text, not a list"),
    "uri-number.yaml": (request(uri=5), "`request.uri` must be text"),
    "uri-path.yaml": (request(uri="/v1/x"), "not an http or https URL"),
    "uri-file.yaml": (request(uri="file:///etc/passwd"), "not an http or https URL"),
    "uri-broken.yaml": (request(uri="https://[a"), "is not a URL"),
    "uri-port.yaml": (request(uri="https://a:99999999/"), "is not a URL"),
    "body-list.yaml": (request(body=[1]), "must be text or bytes"),
    "body-number.yaml": (request(body=1.5), "must be text or bytes"),
    "body-base64.yaml": (response(body={"base64_string": "#"}), "is not base64"),
    "body-other.yaml": (response(body={"text": "x"}), "must be text or bytes"),
    "headers-list.yaml": (request(headers=["a"]), "must be a mapping"),
    "header-null.yaml": (request(headers={"a": None}), "`request.headers.a` must be text"),
    "header-float.yaml": (request(headers={"a": [1.1]}), "put it in quotes"),
    "header-mapping.yaml": (response(headers={"a": {"b": 1}}), "must be text"),
    "status-text.yaml": (response(status={"code": "200"}), "must be an integer"),
    "status-bool.yaml": (response(status={"code": True}), "must be an integer"),
    "status-low.yaml": (response(status={"code": -1}), "between 100 and 999"),
    "status-high.yaml": (response(status={"code": 10**30}), "between 100 and 999"),
    "status-none.yaml": (response(status={}), "has no `code`"),
    "said-text.yaml": (tape(GOOD | {"harness": "live"}), "`harness` must be a mapping"),
    "said-typo.yaml": (said(orgin="live"), "`harness.orgin` is not known"),
    "said-origin.yaml": (said(origin="dreamt"), "must be one of live, published, simulated"),
    "said-origin-list.yaml": (said(origin=["live"]), "must be one of"),
    "said-date.yaml": (said(date="yesterday"), "is not an ISO 8601 date"),
    "said-date-absurd.yaml": (said(date="2026-13-45"), "is not an ISO 8601 date"),
    "said-date-number.yaml": (said(date=2026), "must be text"),
    "said-elapsed.yaml": (said(elapsed=-1), "seconds"),
    "said-elapsed-text.yaml": (said(elapsed="1"), "must be a number"),
    "said-abridged.yaml": (said(abridged="no"), "must be true or false"),
    "said-quirks.yaml": (said(quirks="late"), "must be a list"),
    "said-media.yaml": (said(media={"size": 1}), "has no `sha256`"),
    "said-media-type.yaml": (said(media={"size": "1", "sha256": ""}), "must be an integer"),
    "said-media-key.yaml": (said(media={"sise": 1}), "is not known"),
    "said-authorization.yaml": (said(authorization="maybe"), "must be one of"),
    "har-empty.har": ("", ""),
    "har-html.har": ("<html></html>", "JSON"),
    "har-list.har": ("[]", "must be a mapping"),
    "har-none.har": ("{}", "has no `log`"),
    "har-version.har": ('{"log": {"version": "9", "entries": []}}', "`log.version`"),
    "har-entries.har": ('{"log": {"version": "1.2", "entries": {}}}', "must be a list"),
    "har-hollow.har": ('{"log": {"version": "1.2", "entries": []}}', "holds no http exchanges"),
    "har-entry.har": ('{"log": {"version": "1.2", "entries": [3]}}', "entry 0 must be a mapping"),
    "har-date.json": (har(startedDateTime="soon"), "ISO 8601"),
    "har-date-number.json": (har(startedDateTime=5), "must be text"),
    "har-date-year.json": (har(startedDateTime="2026-11"), "is not a time"),
    "har-time.json": (har(time="long"), "must be a number"),
    "har-request.json": (har(request=None), "entry 0: `request` must be a mapping"),
    "har-url.json": (har(request={"method": "GET", "url": "http://", "headers": []}), "URL"),
    "har-headers.json": (har(request={"method": "GET", "url": "http://a/", "headers": {}}), "must be a list"),
    "har-header.json": (har(request={"method": "GET", "url": "http://a/", "headers": [{"name": 1}]}), ""),
    "har-status.json": (har(response={"status": "200", "headers": [], "content": {}}), "must be an integer"),
    "har-content.json": (har(response={"status": 200, "headers": []}), "has no `content`"),
    "har-base64.json": (
        har(response={"status": 200, "headers": [], "content": {"text": "#", "encoding": "base64"}}),
        "is not base64",
    ),
    "har-encoding.json": (
        har(response={"status": 200, "headers": [], "content": {"text": "", "encoding": "rot13"}}),
        "base64 or absent",
    ),
    "har-cut.har": (har()[:-30], "JSON"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_gives_one_clear_error(tmp_path: Path, name: str) -> None:
    content, word = FILES[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RecordingError) as caught:
        load_recording(path)
    error = caught.value
    assert name in error.where
    assert word in error.message
    assert "\n" not in error.message and error.message.isprintable() and len(error.message) < 400
    assert error.hint


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(RecordingError, match=path.name):
            load_recording(path)


def test_the_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    path.write_text(
        "version: 1\ninteractions:\n- request:\n    method: 5\n"
        "    uri: https://a/\n    body:\n    headers: {}\n  response:\n"
    )
    with pytest.raises(RecordingError, match=r"tape.yaml:4: interaction 0: `request.method` must be text"):
        load_recording(path)
