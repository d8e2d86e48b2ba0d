"""Sessions against real servers, well-behaved and not."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from clips import video
from raw import Answering, always, answer, server

from harness.errors import ConfigurationError
from harness.exchange.failure import never_left
from harness.exchange.media import facts
from harness.exchange.redact import taken_by
from harness.exchange.wire import USER_AGENT, Session, origin, wrong_key
from harness.interaction import UNISSUED_KEY, Interaction, Malformed, Origin, Provenance, Request

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
PROVENANCE = Provenance(origin=Origin.LIVE, base_url="http://127.0.0.1")


def ask(
    base: str,
    path: str = "/v1",
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    origins: frozenset[str] | None = None,
    authorization: Any = "key",
    **options: Any,
) -> Interaction:
    with httpx.HTTPTransport(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)) as transport:
        session = Session(
            transport,
            provenance=PROVENANCE,
            recording="run",
            key=options.pop("key", KEY),
            origins=frozenset([base]) if origins is None else origins,
            **options,
        )
        request = Request(method=method, url=base + path, headers=headers or {}, body=body)
        return session.exchange(request, authorization=authorization, purpose="why")


def test_a_plain_exchange() -> None:
    with server(always(answer(b'{"id": "1"}', "application/json", "202 Accepted", "X-A: 1", "x-a: 2"))) as (base, seen):
        found = ask(base, "/v1?a=b", method="POST", body=b'{"x": 1}', headers={"Content-Type": "application/json"})
    assert found.name == "run#0"
    assert (found.purpose, found.provenance, found.failure) == ("why", PROVENANCE, None)
    assert found.elapsed is not None and 0 <= found.elapsed < 5
    assert found.request == Request(
        method="POST",
        url=f"{base}/v1?a=b",
        headers={
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "accept-encoding": "identity",
            "authorization": "Bearer $KEY",
        },
        body=b'{"x": 1}',
    )
    assert found.response is not None
    assert (found.response.status, found.response.json, found.response.headers["x-a"]) == (202, {"id": "1"}, "1, 2")
    sent = seen[0].lower()
    assert f"authorization: bearer {KEY}".encode() in sent
    assert f"user-agent: {USER_AGENT}".encode() in sent and b"accept-encoding: identity" in sent
    assert sent.startswith(b"post /v1?a=b http/1.1") and sent.endswith(b'{"x": 1}')


@pytest.mark.parametrize(
    "how, shown",
    [("missing", "none"), ("wrong", "Bearer $WRONG_KEY"), ("malformed", "Basic $KEY"), ("key", "Bearer $KEY")],
)
def test_how_a_key_was_sent_is_shown_and_the_key_is_not(how: str, shown: str | None) -> None:
    echo: list[bytes] = []

    def behave(connection: socket.socket, sent: bytes) -> None:
        echo.append(sent)
        text = sent.decode()
        body = json.dumps({"you_sent": text, "packed": base64.b64encode(sent).decode()}).encode()
        connection.sendall(answer(body, "application/json", "401 No", f"x-echo: {KEY}"))

    with server(behave) as (base, _):
        found = ask(base, authorization=how)
    assert found.request.headers.get("authorization") == shown
    assert (KEY.encode() in echo[0]) == (how == "key")
    assert (b"authorization" in echo[0].lower()) == (how != "missing")
    assert found.response is not None
    assert KEY not in repr(found)
    assert base64.b64encode(KEY.encode()).decode()[4:-6] not in repr(found)


def test_a_wrong_key_looks_like_one_and_shares_nothing_with_it() -> None:
    made = wrong_key(KEY)
    assert made.startswith("sk-or-v1-") and len(made) == len(KEY) and made != KEY
    assert UNISSUED_KEY in made
    assert wrong_key("abcdefghijklmnopqrstuvwxyz") == wrong_key("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == wrong_key("")


@pytest.mark.parametrize("how", ["key", "wrong", "malformed", "missing"])
def test_credentials_go_only_to_their_origin(how: str) -> None:
    with server(always(answer(b"{}"))) as (base, seen):
        for origins in (
            frozenset[str](),
            frozenset(["https://127.0.0.1"]),
            frozenset([base.replace("127.0.0.1", "localhost")]),
        ):
            found = ask(
                base, origins=origins, authorization=how, headers={"Authorization": "Bearer mine", "Cookie": "a"}
            )
            assert found.request.headers["authorization"] == "none"
    assert len(seen) == 3
    assert all(b"authorization" not in each.lower() and b"cookie" not in each.lower() for each in seen)


def test_origins_are_compared_as_they_are_connected_to() -> None:
    assert origin("HTTPS://API.Example/v1") == origin("https://api.example:443") == "https://api.example:443"
    assert origin("https://api.example@evil.example/") == "https://evil.example:443"
    assert origin("https://api.example\\@evil.example/") != "https://api.example:443"
    assert origin("/v1") is None and origin("data:,x") is None


def test_redirects_are_not_followed() -> None:
    with server(always(answer(b"", "text/plain", "302 Found", "location: /elsewhere?sig=abc"))) as (base, seen):
        found = ask(base)
    assert found.response is not None and found.response.status == 302
    assert found.response.headers["location"] == "/elsewhere?sig=%5Bredacted-1%5D"
    assert len(seen) == 1


def test_interactions_are_numbered() -> None:
    with httpx.MockTransport(lambda request: httpx.Response(200, json={})) as transport:
        session = Session(transport, provenance=PROVENANCE, recording="r", key=None, origins=frozenset())
        request = Request(method="GET", url="https://a.example/")
        assert [session.exchange(request).name for _ in range(3)] == ["r#0", "r#1", "r#2"]
    assert repr(session) == "Session('r')"


@pytest.mark.parametrize("kind", ["video/mp4", "application/octet-stream", "application/json"])
def test_media_is_measured_and_dropped(kind: str) -> None:
    with server(always(answer(video(), kind))) as (base, _):
        found = ask(base).response
    assert found is not None and found.media == facts(video()) and found.body == b""


def test_a_video_that_is_a_web_page_has_a_fault() -> None:
    with server(always(answer(b"<html>sorry</html>", "video/mp4"))) as (base, _):
        found = ask(base).response
    assert found is not None and found.media is not None
    assert (found.media.container, found.media.fault) == (None, "is HTML, not media")


def test_broken_json_is_kept_as_it_came() -> None:
    with server(always(answer(b'{"a": NaN'))) as (base, _):
        found = ask(base).response
    assert found is not None and found.body == b'{"a": NaN' and isinstance(found.json, Malformed)


def test_a_server_that_packs_against_our_wish_is_read() -> None:
    with server(always(answer(gzip.compress(b'{"a": 1}'), "application/json", "200 OK", "content-encoding: gzip"))) as (
        base,
        _,
    ):
        found = ask(base).response
    assert found is not None and found.json == {"a": 1}
    assert "content-encoding" not in found.headers and found.headers["content-length"] == "8"


def test_no_server_can_forge_media_facts() -> None:
    forged = json.dumps({"size": 1, "sha256": "x", "container": "mp4"})
    with server(always(answer(b"{}", "application/json", "200 OK", f"x-harness-media: {forged}"))) as (base, _):
        found = ask(base).response
    assert found is not None and found.media is None and found.body == b"{}"


FAILURES = {
    "closes": (b"", "cut off or not HTTP"),
    "ssh": (b"SSH-2.0-OpenSSH_9.6\r\n", "cut off or not HTTP"),
    "binary": (b"\x00\xff\x1b[2J" * 50, "cut off or not HTTP"),
    "short": (answer(b"x" * 50)[:-10], "cut off or not HTTP"),
    "header only": (b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n", "cut off or not HTTP"),
    "chunks": (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "cut off or not HTTP"),
    "two lengths": (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", "cut off or not HTTP"),
    "endless header": (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 300_000, "cut off or not HTTP"),
    "large": (answer(b"x" * 3000), "larger than 2000 bytes"),
    "bomb": (
        answer(gzip.compress(bytes(10**6)), "text/plain", "200 OK", "content-encoding: gzip"),
        "unpacks to more than 2000",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_is_no_answer_is_a_failure_in_plain_words(name: str) -> None:
    data, words = FAILURES[name]
    with server(always(data)) as (base, _):
        found = ask(base, max_body=2000, deadline=5)
    assert found.response is None
    assert found.failure is not None and words in found.failure
    assert found.failure.isprintable() and len(found.failure) < 300


def _drips(head: bytes) -> Answering:
    def behave(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head)
        for _ in range(100):
            connection.sendall(b"a")
            time.sleep(0.05)

    return behave


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nx-slow: ", b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", b"HTTP"],
    ids=["header", "body", "status"],
)
def test_a_drip_ends_at_the_deadline(head: bytes) -> None:
    started = time.monotonic()
    with server(_drips(head)) as (base, _):
        found = ask(base, deadline=0.4)
        assert time.monotonic() - started < 2
    assert (found.response, found.failure) == (None, "no complete answer within 0.4 s")


def test_silence_ends_at_the_deadline() -> None:
    with server(lambda connection, _: time.sleep(0.8)) as (base, _):
        found = ask(base, deadline=0.3)
    assert found.failure == "no complete answer within 0.3 s"


def test_nobody_listening_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = ask(f"http://127.0.0.1:{port}")
    assert found.failure is not None and found.failure.startswith("no connection")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/v1/x",
        "http://",
        "http:///x",
        "ftp://a/x",
        "data:video/mp4;base64,AAAA",
        "http://[broken",
        "https://a b/",
        "x" * 70_000,
        "http://" + "a" * 70 + ".invalid/",
        "http://a\0b/",
        "file:///etc/passwd",
    ],
)
def test_addresses_that_nobody_can_call_are_failures(url: str) -> None:
    found = ask("", url)
    assert found.response is None and found.failure
    assert found.request.path is not None


@pytest.mark.parametrize("headers", [{"x-a": "b\r\nx-injected: 1"}, {"x a": "b"}, {"x-a": "\0"}])
def test_headers_that_cannot_be_sent_are_failures(headers: dict[str, str]) -> None:
    with server(always(answer(b"{}"))) as (base, seen):
        found = ask(base, headers=headers)
    assert found.failure is not None and found.failure.startswith("the request cannot be sent as HTTP")
    assert not any(b"injected" in each for each in seen)


def test_a_refused_address_is_the_users_fault_or_the_servers() -> None:
    class Refusing(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise ConfigurationError("no")

    def session(*origins: str) -> Session:
        return Session(Refusing(), provenance=PROVENANCE, recording="r", key=KEY, origins=frozenset(origins))

    request = Request(method="GET", url="https://a.example/")
    with pytest.raises(ConfigurationError):
        session("https://a.example").exchange(request)
    assert session("https://b.example").exchange(request).failure == "not sent: no"


def test_a_signed_link_is_shown_redacted_and_sent_whole() -> None:
    asked: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        link = f"https://cdn.example/v.mp4?X-Amz-Signature=sig{len(asked)}&part=1"
        return httpx.Response(200, json={"urls": [link], "same": link})

    session = Session(
        httpx.MockTransport(respond),
        provenance=PROVENANCE,
        recording="r",
        key=KEY,
        origins=frozenset(["https://a.example"]),
    )
    first = session.exchange(Request(method="GET", url="https://a.example/"))
    assert first.response is not None
    link = first.response.json["urls"][0]
    assert link == "https://cdn.example/v.mp4?X-Amz-Signature=%5Bredacted-1%5D&part=1"
    second = session.exchange(Request(method="GET", url=link))
    assert str(asked[1].url) == "https://cdn.example/v.mp4?X-Amz-Signature=sig1&part=1"
    assert second.request.url == link and "sig1" not in repr(second)
    assert "authorization" not in asked[1].headers
    chained = session.exchange(
        Request(method="POST", url="https://a.example/", body=json.dumps({"video": link}).encode())
    )
    assert b"sig1" in asked[2].read() and b"sig1" not in chained.request.body


def signing(sent: list[str], signatures: Iterator[str]) -> httpx.MockTransport:
    """Answers every POST with one more signed link, and keeps the addresses that were asked for."""

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(str(request.url))
        return httpx.Response(200, json={"url": f"https://cdn.example/v.mp4?token={next(signatures)}"})

    return httpx.MockTransport(respond)


def test_links_that_differ_in_their_signature_alone_stay_apart() -> None:
    sent: list[str] = []
    transport = signing(sent, iter(["first/1", "second", "first%2F1", *"xyz"]))
    session = Session(
        transport, provenance=PROVENANCE, recording="r", key=None, origins=frozenset(["https://a.example"])
    )
    answers = [session.exchange(Request(method="POST", url="https://a.example/")).response for _ in range(3)]
    first, second, again = (each.json["url"] for each in answers if each)
    assert (first, second) == tuple(f"https://cdn.example/v.mp4?token=%5Bredacted-{n}%5D" for n in (1, 2))
    assert first == again, "the same value, spelled differently"
    for link in (first, second):
        session.exchange(Request(method="GET", url=link))
    assert sent[-2:] == [f"https://cdn.example/v.mp4?token={token}" for token in ("first%2F1", "second")]


def test_a_link_of_an_earlier_session_is_no_link_of_this_one() -> None:
    sent: list[str] = []
    request = Request(method="POST", url="https://a.example/")
    made: dict[str, Any] = {
        "provenance": PROVENANCE,
        "recording": "r",
        "key": None,
        "origins": frozenset(["https://a.example"]),
    }
    told = Session(signing(sent, iter("a")), **made).exchange(request)
    assert told.response is not None
    second = Session(signing(sent, iter("b")), **made, after=taken_by([told]))
    new = second.exchange(request)
    assert new.response is not None and new.response.json["url"].endswith("=%5Bredacted-2%5D")
    lost = second.exchange(Request(method="GET", url=told.response.json["url"]))
    assert never_left(lost) and "knew the signature" in str(lost.failure) and len(sent) == 2


def test_the_clock_is_an_argument() -> None:
    ticks = iter(range(0, 100, 7))
    with httpx.MockTransport(lambda request: httpx.Response(200, content=b"ok")) as transport:
        session = Session(
            transport,
            provenance=PROVENANCE,
            recording="r",
            key=None,
            origins=frozenset(),
            clock=lambda: float(next(ticks)),
        )
        assert session.exchange(Request(method="GET", url="https://a.example/")).elapsed == 14


def test_a_clock_that_jumps_back_makes_no_time_negative() -> None:
    ticks = iter([100.0, *[40.0] * 9])
    with httpx.MockTransport(lambda request: httpx.Response(200, content=b"ok")) as transport:
        session = Session(
            transport,
            provenance=PROVENANCE,
            recording="r",
            key=None,
            origins=frozenset(),
            clock=lambda: next(ticks),
        )
        found = session.exchange(Request(method="GET", url="https://a.example/"))
    assert (found.elapsed, found.failure) == (0, None)


def test_an_address_with_our_key_in_it_is_never_called() -> None:
    asked: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"urls": [f"https://cdn.example/v.mp4?trace={KEY}", "https://cdn.example/a"]})

    session = Session(
        httpx.MockTransport(respond),
        provenance=PROVENANCE,
        recording="r",
        key=KEY,
        origins=frozenset(["https://a.example"]),
    )
    first = session.exchange(Request(method="GET", url="https://a.example/"))
    assert first.response is not None
    for link in first.response.json["urls"]:
        session.exchange(Request(method="GET", url=link))
    assert len(asked) == 3 and not any(KEY in each for each in asked)


def test_a_video_may_take_longer_than_an_answer() -> None:
    def behave(connection: socket.socket, _: bytes) -> None:
        whole = answer(video(), "video/mp4")
        for at in range(0, len(whole), len(whole) // 4):
            connection.sendall(whole[at : at + len(whole) // 4])
            time.sleep(0.3)

    with server(behave) as (base, _):
        found = ask(base, deadline=0.8, media_deadline=30)
        late = ask(base, deadline=0.8, media_deadline=0.8)
    assert found.response is not None and found.response.media == facts(video())
    assert late.response is None and late.failure == "no complete answer within 0.8 s"
