"""HAR files."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

from clips import video

from harness.exchange import load_recording
from harness.exchange.media import facts
from harness.interaction import Origin, Provenance


def entry(started: str = "2026-11-01T10:00:00.000Z", **changes: Any) -> dict[str, Any]:
    whole = {
        "startedDateTime": started,
        "time": 250.5,
        "request": {
            "method": "POST",
            "url": "https://api.example/v1?token=s3cr3t",
            "httpVersion": "h2",
            "headers": [
                {"name": ":authority", "value": "api.example"},
                {"name": "Authorization", "value": "Bearer s3cr3t"},
                {"name": "X-Two", "value": "a"},
                {"name": "x-two", "value": "b"},
            ],
            "postData": {"mimeType": "application/json", "text": '{"a": 1}'},
        },
        "response": {
            "status": 202,
            "statusText": "",
            "headers": [{"name": "content-encoding", "value": "gzip"}, {"name": "Set-Cookie", "value": "s3cr3t"}],
            "content": {"size": 9, "mimeType": "application/json", "text": '{"id": 1}'},
        },
    }
    return whole | changes


def har(path: Path, *entries: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": entries}}))
    return path


def content(**changes: Any) -> dict[str, Any]:
    return {"status": 200, "headers": [], "content": changes}


def test_an_entry_is_read_and_redacted(tmp_path: Path) -> None:
    (found,) = load_recording(har(tmp_path / "web.har", entry()))
    assert found.name == "web#0"
    assert found.request.headers == {"authorization": "Bearer $KEY", "x-two": "a, b"}
    assert found.request.json == {"a": 1}
    assert found.response is not None
    assert (found.response.status, found.response.json, found.elapsed) == (202, {"id": 1}, 0.2505)
    assert found.response.headers == {"content-type": "application/json", "set-cookie": "[redacted]"}
    assert found.provenance == Provenance(
        origin=Origin.LIVE,
        date="2026-11-01T10:00:00.000Z",
        note="a recording from elsewhere",
    )
    assert "s3cr3t" not in repr(found)


def test_a_packed_request_is_unpacked(tmp_path: Path) -> None:
    packed = entry()
    packed["request"]["headers"].append({"name": "Content-Encoding", "value": "gzip"})
    posted = {"text": base64.b64encode(gzip.compress(b'{"a": 2}')).decode(), "encoding": "base64"}
    packed["request"]["postData"] = {"mimeType": "application/json", **posted}
    (found,) = load_recording(har(tmp_path / "web.har", packed))
    assert found.request.json == {"a": 2}


def test_entries_are_in_the_order_they_started(tmp_path: Path) -> None:
    dates = ["2026-11-01T12:00:00+02:00", "2026-11-01T09:59:59Z", "2026-11-01T10:00:01"]
    found = load_recording(har(tmp_path / "a.json", *(entry(date) for date in dates)))
    assert [each.provenance.date for each in found] == [dates[1], dates[0], dates[2]]
    assert [each.name for each in found] == ["a#0", "a#1", "a#2"]


def test_base64_media_is_measured(tmp_path: Path) -> None:
    film = content(size=1, mimeType="video/mp4", text=base64.b64encode(video()).decode(), encoding="base64")
    (found,) = load_recording(har(tmp_path / "a.har", entry(response=film)))
    assert found.response is not None and found.response.media == facts(video()) and found.response.body == b""


def test_a_missing_text_is_abridged_unless_there_was_none(tmp_path: Path) -> None:
    missing, none = load_recording(
        har(tmp_path / "a.har", entry(response=content(size=7)), entry(response=content(size=0), time=-1))
    )
    assert missing.provenance.abridged and not none.provenance.abridged
    assert missing.response is not None and missing.response.body == b""
    assert none.elapsed is None


def test_status_zero_is_a_failure(tmp_path: Path) -> None:
    blocked = {"status": 0, "statusText": "", "headers": [], "content": {}, "_error": "net::ERR_BLOCKED"}
    silent = {"status": 0, "headers": [], "content": {}}
    found = load_recording(har(tmp_path / "a.har", entry(response=blocked), entry(response=silent)))
    assert [(each.response, each.failure) for each in found] == [
        (None, "no answer: net::ERR_BLOCKED"),
        (None, "no answer"),
    ]


def test_what_is_not_http_is_left_out_and_forms_are_written(tmp_path: Path) -> None:
    blob = entry(request={"method": "GET", "url": "blob:https://a/1", "headers": []})
    form = entry(
        request={
            "method": "POST",
            "url": "https://a/",
            "headers": [],
            "postData": {"mimeType": "x", "params": [{"name": "a", "value": "b c"}]},
        }
    )
    (found,) = load_recording(har(tmp_path / "a.har", blob, form))
    assert found.request.body == b"a=b+c"


def test_a_har_is_known_by_its_content(tmp_path: Path) -> None:
    path = har(tmp_path / "recording.yaml", entry())
    assert len(load_recording(path)) == 1
    late = json.loads(path.read_text()) | {}
    path.write_text(json.dumps({"comment": "x" * 20_000, **late}))
    assert len(load_recording(path)) == 1
