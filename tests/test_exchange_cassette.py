"""Cassettes: ours, vcrpy's, and everybody else's."""

from __future__ import annotations

import base64
import gzip
import json
import os
import random
import string
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import vcr
import yaml
from clips import video
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import RecordingError
from harness.exchange import load_recording, load_recordings, looks_like_media, save_cassette
from harness.exchange.media import facts
from harness.exchange.redact import Redactor
from harness.interaction import Interaction, MediaFacts, Origin, Provenance, Request, Response

LIVE = Provenance(origin=Origin.LIVE, date="2026-11-02T10:00:00Z", base_url="https://api.example")


def interaction(number: int = 0, **changes: Any) -> Interaction:
    parts: dict[str, Any] = {
        "name": f"tape#{number}",
        "request": Request(
            method="POST",
            url="https://api.example/v1/videos?a=1",
            headers={"authorization": "Bearer $KEY", "content-type": "application/json"},
            body=b'{"aspect_ratio": "16:9", "duration": 5}',
        ),
        "response": Response(status=202, headers={"content-type": "application/json"}, body=b'{"id": "job-1"}'),
        "provenance": LIVE,
        "elapsed": 0.25,
        "purpose": "queueVideo.duration.enum",
    }
    return Interaction(**(parts | changes))


_safe = st.text().filter(lambda text: Redactor().text(text) == text)
_names = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=12).filter(
    lambda name: Redactor().headers({name: "x"}) == {name: "x"}
)
_headers = st.dictionaries(_names, _safe, max_size=4)
_bodies = st.one_of(
    st.binary(max_size=60),
    _safe.map(str.encode),
    st.sampled_from(
        [b"yes", b"010", b"0o17", b"1e3", b".5", b"16:9", b"~", b"2026-11-01", b"<<", b"=", b"- a", b"a: b\n", b"|"]
    ),
    st.builds(lambda value: json.dumps(value, indent=2).encode(), st.dictionaries(_safe, _safe)),
).filter(lambda body: Redactor().data(body) == body and not looks_like_media("", body))
_facts = st.builds(
    MediaFacts,
    size=st.integers(0, 2**40),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    container=st.none() | st.just("mp4"),
    duration=st.none() | st.floats(0, 1e6),
    width=st.none() | st.integers(0, 9999),
    decoded=st.none() | st.integers(0, 9999),
    frame_rate=st.none() | st.floats(0, 240),
    peak=st.none() | st.floats(-120, 3),
    loudness=st.none() | st.floats(-120, 0),
    first_frame=st.none() | st.just("A" * 256),
    last_frame=st.none() | st.just("+/" * 128),
    pictures=st.none() | st.just("0f" * 16),
    poster=st.none() | st.just("data:image/jpeg;base64,/9j/"),
    fault=st.none() | _safe,
    coded_width=st.none() | st.integers(0, 9999),
    note=st.none() | _safe,
)
_responses = st.builds(Response, status=st.integers(100, 999), headers=_headers, body=_bodies) | st.builds(
    Response, status=st.integers(100, 999), headers=_headers, body=st.just(b""), media=_facts
)
_provenances = st.builds(
    Provenance,
    origin=st.sampled_from(Origin),
    date=st.none() | st.datetimes().map(lambda at: at.isoformat()),
    base_url=st.none() | st.just("https://api.example"),
    link=st.none() | _safe,
    quirks=st.lists(_safe, max_size=3).map(tuple),
    abridged=st.booleans(),
    note=st.none() | _safe,
)
_sent = st.sampled_from(
    [{}, *({"authorization": f"{how}"} for how in ("Bearer $KEY", "Bearer $WRONG_KEY", "Basic $KEY"))]
)
_interactions = st.builds(
    interaction,
    request=st.builds(
        lambda headers, sent, **rest: Request(headers=headers | sent, **rest),
        headers=_headers,
        sent=_sent,
        method=st.sampled_from(["GET", "POST", "DELETE", "x-odd"]),
        url=_safe.map(lambda text: f"https://api.example/{text}").filter(lambda url: Redactor().url(url) == url),
        body=_bodies,
    ),
    response=st.none() | _responses,
    provenance=_provenances,
    elapsed=st.none() | st.floats(0, 1e6),
    failure=st.none() | _safe,
    purpose=st.none() | _safe,
    gave_up=st.booleans(),
)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_interactions, max_size=4))
def test_what_is_saved_is_what_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, given_ones: list[Interaction]
) -> None:
    path = tmp_path_factory.mktemp("tapes") / "tape.yaml"
    kept = [Interaction(**(vars(each) | {"name": f"tape#{i}"})) for i, each in enumerate(given_ones)]
    save_cassette(path, kept)
    assert load_recording(path) == kept
    first = path.read_bytes()
    save_cassette(path, load_recording(path), overwrite=True)
    assert path.read_bytes() == first
    with vcr.VCR(record_mode="none").use_cassette(str(path)) as tape:
        answered = [each for each in kept if each.response is not None]
        assert [each["body"]["string"] for each in tape.responses] == [each.response.body for each in answered]  # type: ignore[union-attr]
        assert [each.uri for each in tape.requests] == [each.request.url for each in answered]
        assert [each.body for each in tape.requests] == [each.request.body for each in answered]


def test_equal_interactions_give_equal_bytes(tmp_path: Path) -> None:
    save_cassette(tmp_path / "a.yaml", [interaction()])
    other = interaction(
        request=Request(
            **(vars(interaction().request) | {"headers": dict(reversed(interaction().request.headers.items()))})
        )
    )
    save_cassette(tmp_path / "b.yaml", [other])
    assert (tmp_path / "a.yaml").read_bytes() == (tmp_path / "b.yaml").read_bytes()


def test_what_a_cassette_looks_like(tmp_path: Path) -> None:
    save_cassette(tmp_path / "tape.yaml", [interaction()])
    assert (
        (tmp_path / "tape.yaml").read_text()
        == """\
recorded_by: harness
version: 1
interactions:
- request:
    method: POST
    uri: https://api.example/v1/videos?a=1
    body: '{"aspect_ratio": "16:9", "duration": 5}'
    headers:
      authorization:
      - Bearer $KEY
      content-type:
      - application/json
  response:
    status:
      code: 202
      message: Accepted
    headers:
      content-type:
      - application/json
    body:
      string: '{"id": "job-1"}'
  harness:
    origin: live
    date: '2026-11-02T10:00:00Z'
    base_url: https://api.example
    purpose: queueVideo.duration.enum
    authorization: key
    elapsed: 0.25
complete: 1
"""
    )


def test_secrets_do_not_reach_the_file(tmp_path: Path) -> None:
    told = interaction(
        request=Request(method="GET", url="https://a/x?api_key=s3cr3t-1", headers={"authorization": "Bearer s3cr3t-2"}),
        response=Response(
            status=200,
            headers={"set-cookie": "s3cr3t-3"},
            body=b'{"u": "https://c/?X-Amz-Signature=s3cr3t-4", "k": "s3cr3t-5"}',
        ),
        failure="s3cr3t-5",
    )
    save_cassette(tmp_path / "tape.yaml", [told], secrets=["s3cr3t-5"])
    assert "s3cr3t" not in (tmp_path / "tape.yaml").read_text()


def test_media_is_kept_as_facts(tmp_path: Path) -> None:
    measured = interaction(response=Response(status=200, headers={"content-type": "video/mp4"}, media=facts(video())))
    save_cassette(tmp_path / "tape.yaml", [measured])
    assert load_recording(tmp_path / "tape.yaml") == [measured]
    assert (tmp_path / "tape.yaml").stat().st_size < 3500


@pytest.mark.parametrize(
    "fact, wrong, right, why",
    [
        ("duration", -1, 0, "a number of seconds"),
        ("frame_rate", -1, 29.97, "a number of pictures a second"),
        ("peak", 2000, 0.4, "a level in dB"),
        ("loudness", True, -12, "must be a number"),
        ("coded_width", 1.5, 1920, "must be an integer"),
        ("note", 5, "its audio track has no samples", "must be text"),
    ],
)
def test_every_fact_is_checked(tmp_path: Path, fact: str, wrong: Any, right: Any, why: str) -> None:
    known = {"size": 1, "sha256": "0"}
    held = _write(tmp_path / "tape.json", _changed(harness={"media": {**known, fact: right}}))
    (loaded,) = load_recording(held)
    assert loaded.response is not None and getattr(loaded.response.media, fact) == right
    with pytest.raises(RecordingError, match=rf"`harness.media.{fact}` .*{why}"):
        load_recording(_write(tmp_path / "wrong.json", _changed(harness={"media": {**known, fact: wrong}})))


def test_nothing_is_overwritten_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    save_cassette(path, [interaction()])
    before = path.read_bytes()
    with pytest.raises(RecordingError, match=r"tape.yaml: exists already(.|\n)*overwritten"):
        save_cassette(path, [])
    assert path.read_bytes() == before
    save_cassette(path, [], overwrite=True)
    assert load_recording(path) == []
    assert os.listdir(tmp_path) == ["tape.yaml"]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tape.yaml"
    save_cassette(path, [interaction()])
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RecordingError, match="No space left"):
        save_cassette(path, [], overwrite=True)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["tape.yaml"]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="cannot be written"):
        save_cassette(tmp_path / "file" / "tape.yaml", [])


def test_a_device_that_is_full_is_an_error() -> None:
    with pytest.raises(RecordingError, match=r"/proc/tape.yaml: cannot be written"):
        save_cassette(Path("/proc/tape.yaml"), [])


def test_no_truncation_of_ours_loads_with_fewer_interactions(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    failed = interaction(1, response=None, failure="no answer in time")
    save_cassette(path, [interaction(0), failed, *(interaction(i) for i in range(2, 12))])
    whole = path.read_bytes()
    chosen = random.Random(7)
    cuts = [chosen.randrange(len(whole)) for _ in range(200)] + list(range(len(whole) - 20, len(whole)))
    for cut in cuts:
        path.write_bytes(whole[:cut])
        try:
            loaded = load_recording(path)
        except RecordingError:
            continue
        assert len(loaded) == 12


def _changed(**changes: Any) -> dict[str, Any]:
    entry = {
        "request": {"method": "GET", "uri": "https://a.example:8443/x", "body": None, "headers": {}},
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": ""}},
    }
    return {"version": 1, "interactions": [entry | changes]}


def _write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value))
    return path


def test_published_cassettes_may_leave_things_out(tmp_path: Path) -> None:
    said = {"origin": "published", "abridged": True, "link": "https://issues.example/1", "date": "2026-03"}
    value = _changed(request={"method": "POST", "uri": "https://a.example/x"}, response={"status": 400}, harness=said)
    (loaded,) = load_recording(_write(tmp_path / "tape.json", value))
    assert loaded.response == Response(status=400)
    assert loaded.provenance == Provenance(
        origin=Origin.PUBLISHED,
        abridged=True,
        link="https://issues.example/1",
        date="2026-03",
    )


@pytest.mark.parametrize(
    "word, shown",
    [
        ("none", "none"),
        ("key", "Bearer $KEY"),
        ("wrong", "Bearer $WRONG_KEY"),
        ("malformed", "Basic $KEY"),
        (None, None),
    ],
)
def test_a_cassette_can_say_how_the_key_was_sent(tmp_path: Path, word: str | None, shown: str | None) -> None:
    value = _changed(harness={"authorization": word} if word else {})
    (loaded,) = load_recording(_write(tmp_path / "tape.json", value))
    assert loaded.request.headers.get("authorization") == shown


def test_a_foreign_cassette_is_redacted_and_says_where_it_is_from(tmp_path: Path) -> None:
    request = {
        "method": "GET",
        "uri": "https://u:p@a.example:8443/x?token=t0ps3cret",
        "body": None,
        "headers": {"Authorization": ["Bearer t0ps3cret"], "Cookie": "t0ps3cret", "X-Two": ["a", "b"], "X-Int": 3},
    }
    (loaded,) = load_recording(_write(tmp_path / "tape.json", _changed(request=request)))
    assert "t0ps3cret" not in repr(loaded)
    assert loaded.request.headers["authorization"] == "Bearer $KEY"
    assert (loaded.request.headers["x-two"], loaded.request.headers["x-int"]) == ("a, b", "3")
    assert loaded.provenance == Provenance(origin=Origin.LIVE, note="a recording from elsewhere")
    assert loaded.name == "tape#0"


def test_packed_bodies_are_unpacked(tmp_path: Path) -> None:
    plain = b'{"a": 1}'
    zipped = base64.b64encode(gzip.compress(plain)).decode()
    headers = {"content-encoding": ["gzip"], "content-length": ["99"]}
    for body in ({"base64_string": zipped}, {"string": zipped}):
        answer = {"status": {"code": 200, "message": ""}, "headers": headers, "body": body}
        path = tmp_path / "tape.yaml"
        text = yaml.safe_dump(_changed(response=answer)).replace("string: H4s", "string: !!binary H4s")
        path.write_text(text.replace("base64_string: !!binary", "base64_string:"))
        (loaded,) = load_recording(path)
        assert loaded.response == Response(status=200, headers={"content-length": "8"}, body=plain)


def test_a_packed_request_is_unpacked_and_so_redacted(tmp_path: Path) -> None:
    packed = base64.b64encode(gzip.compress(b'{"prompt": "a boat", "api_key": "s3cr3t"}')).decode()
    request = {"method": "POST", "uri": "https://x.example/v", "headers": {"Content-Encoding": ["gzip"]}}
    (loaded,) = load_recording(
        _write(tmp_path / "tape.json", _changed(request=request | {"body": {"base64_string": packed}}))
    )
    assert loaded.request.headers == {}
    assert loaded.request.json == {"prompt": "a boat", "api_key": "[redacted]"}


def test_a_packed_body_that_is_not_what_it_says_stays(tmp_path: Path) -> None:
    answer = {"status": {"code": 200, "message": ""}, "headers": {"content-encoding": ["br"]}, "body": {"string": "x"}}
    for encoding in ("br", "gzip", "deflate"):
        answer["headers"] = {"content-encoding": [encoding]}
        (loaded,) = load_recording(_write(tmp_path / "tape.json", _changed(response=answer)))
        assert loaded.response == Response(status=200, headers={"content-encoding": encoding}, body=b"x")


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    bomb = base64.b64encode(gzip.compress(bytes(70 * 1024 * 1024))).decode()
    answer = {"status": 200, "headers": {"content-encoding": ["gzip"]}, "body": {"base64_string": bomb}}
    with pytest.raises(RecordingError, match=r"interaction 0: `response.body` unpacks, .*, to more than"):
        load_recording(_write(tmp_path / "tape.json", _changed(response=answer)))


def test_so_are_many_that_are_each_too_small_for_one(tmp_path: Path) -> None:
    packed = base64.b64encode(gzip.compress(bytes(30 * 1024 * 1024))).decode()
    answer = {"status": 200, "headers": {"content-encoding": ["gzip"]}, "body": {"base64_string": packed}}
    document = _changed(response=answer)
    document["interactions"] *= 3
    with pytest.raises(RecordingError, match=r"interaction 2: `response.body` unpacks, with those before it, to more"):
        load_recording(_write(tmp_path / "tape.json", document))


def test_old_httpx_answers_are_read(tmp_path: Path) -> None:
    answer = {
        "status_code": 200,
        "http_version": "HTTP/1.1",
        "headers": {"content-type": "text/plain"},
        "content": "hi",
    }
    (loaded,) = load_recording(_write(tmp_path / "tape.json", _changed(response=answer)))
    assert loaded.response == Response(status=200, headers={"content-type": "text/plain"}, body=b"hi")


class _Provider(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._send(202, "application/json", b'{"id": "1", "ratio": "16:9"}')

    def do_GET(self) -> None:
        if self.path == "/zip":
            self._send(200, "application/json", gzip.compress(b'{"zip": true}'), ("content-encoding", "gzip"))
        else:
            self._send(200, "video/mp4", video())

    def _send(self, status: int, kind: str, body: bytes, *more: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (
            ("content-type", kind),
            ("content-length", str(len(body))),
            ("set-cookie", "s3cr3t"),
            *more,
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def test_what_vcrpy_records_with_its_defaults_is_read(tmp_path: Path) -> None:
    path = tmp_path / "theirs.yaml"
    server = HTTPServer(("127.0.0.1", 0), _Provider)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        for tape in (path, tmp_path / "theirs.json"):
            form = "json" if tape.suffix == ".json" else "yaml"
            with vcr.use_cassette(str(tape), serializer=form), httpx.Client(trust_env=False) as client:
                client.post(f"{base}/v1?key=s3cr3t", json={"a": "b"}, headers={"authorization": "Bearer s3cr3t"})
                if form == "yaml":
                    client.get(f"{base}/zip")
                    client.get(f"{base}/video")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    posted, zipped, film = load_recording(path)
    assert posted.request.json == {"a": "b"}
    assert posted.request.url == f"{base}/v1?key=%5Bredacted-1%5D"
    assert posted.request.headers["authorization"] == "Bearer $KEY"
    assert posted.response is not None and posted.response.json == {"id": "1", "ratio": "16:9"}
    assert zipped.response is not None and zipped.response.json == {"zip": True}
    assert film.response == Response(
        status=200, headers=film.response.headers if film.response else {}, body=b"", media=facts(video())
    )
    assert "s3cr3t" not in repr([posted, zipped, film])
    (from_json,) = load_recording(tmp_path / "theirs.json")
    assert from_json.request.json == posted.request.json
    save_cassette(tmp_path / "ours.yaml", [posted, zipped, film])
    assert [i.response for i in load_recording(tmp_path / "ours.yaml")] == [i.response for i in (posted, zipped, film)]


def _as_aiohttp_records(body: str) -> str:
    return f"""\
version: 1
interactions:
- request:
    method: POST
    uri: https://api.example/v1/videos
    headers: {{}}
    body:{body}
  response:
    status: {{code: 202, message: Accepted}}
    headers: {{}}
    body: {{string: '{{}}'}}
"""


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (" {aspect_ratio: '16:9', duration: 5, audio: yes}", {"aspect_ratio": "16:9", "duration": 5, "audio": "yes"}),
        ("\n      prompt: 5 €\n      content:\n      - type: text", {"prompt": "5 €", "content": [{"type": "text"}]}),
        (" {}", {}),
    ],
)
def test_a_body_that_vcrpy_wrote_out_as_an_object_is_json(tmp_path: Path, written: str, sent: Any) -> None:
    path = tmp_path / "aiohttp.yaml"
    path.write_text(_as_aiohttp_records(written), encoding="utf-8")
    assert json.loads(load_recording(path)[0].request.body) == sent


def test_an_object_that_json_cannot_write_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "aiohttp.yaml"
    path.write_text(_as_aiohttp_records(" {image: !!binary AAAA}"), encoding="utf-8")
    with pytest.raises(RecordingError, match="is not JSON"):
        load_recording(path)


@pytest.mark.slow
def test_loading_is_linear(tmp_path: Path) -> None:
    taken = []
    for count in (500, 2000):
        path = tmp_path / f"{count}.yaml"
        save_cassette(path, [interaction(i) for i in range(count)])
        started = time.process_time()
        assert len(load_recording(path)) == count
        taken.append(time.process_time() - started)
    assert taken[1] < 4 * taken[0] * 2.5 + 0.5


@pytest.mark.parametrize(
    "url", ["http://[::1", "https://a:99999999/", "gopher://a/", "", "/x", "https://" + "a" * 70_000]
)
def test_a_broken_address_that_a_server_named_loses_no_recording(url: str, tmp_path: Path) -> None:
    kept = interaction(request=Request(method="GET", url=Redactor().url(url)), response=None, failure="not sent: no")
    save_cassette(tmp_path / "tape.yaml", [interaction(), kept])
    assert load_recording(tmp_path / "tape.yaml")[1].request.url == kept.request.url


def test_recordings_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a/tape.yaml", "b/tape.yaml", "b/reel.yaml")]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        save_cassette(path, [interaction()])
    named = [each.name for each in load_recordings([*paths, paths[0]])]
    assert named == ["a/tape.yaml#0", "b/tape.yaml#0", "reel#0"]
