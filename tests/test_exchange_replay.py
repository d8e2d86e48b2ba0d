"""A recording answers by content."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
from clips import video

from harness.exchange import RecordedTransport, Session, load_recording, save_cassette
from harness.exchange.media import facts
from harness.interaction import Interaction, Origin, Provenance, Request, Response

PROVENANCE = Provenance(origin=Origin.LIVE, base_url="https://api.example")


def recorded(
    number: int,
    body: bytes = b"",
    *,
    url: str = "https://api.example/v1",
    method: str = "GET",
    sent: str | None = "Bearer $KEY",
    sends: bytes = b"",
    **changes: Any,
) -> Interaction:
    parts: dict[str, Any] = {
        "name": f"tape#{number}",
        "request": Request(method=method, url=url, headers={"authorization": sent} if sent else {}, body=sends),
        "response": Response(status=200, headers={"content-type": "application/json"}, body=body),
        "provenance": PROVENANCE,
    }
    return Interaction(**(parts | changes))


def session(*interactions: Interaction) -> Session:
    return Session(
        RecordedTransport(interactions),
        provenance=PROVENANCE,
        recording="again",
        key=None,
        origins=frozenset(["https://api.example"]),
    )


def get(player: Session, url: str = "https://api.example/v1", **options: Any) -> Interaction:
    body, method = options.pop("body", b""), options.pop("method", "GET")
    return player.exchange(Request(method=method, url=url, body=body), **options)


def text(interaction: Interaction) -> bytes | None:
    return interaction.response.body if interaction.response else None


def test_answers_come_in_their_order_and_then_none() -> None:
    player = session(recorded(0, b"1"), recorded(1, b"x", url="https://api.example/other"), recorded(2, b"2"))
    assert [text(get(player)) for _ in range(2)] == [b"1", b"2"]
    last = get(player)
    assert last.response is None and last.failure is not None
    assert "the recording has no further answer to GET https://api.example/v1" in last.failure
    assert text(get(player, "https://api.example/other")) == b"x"


def test_requests_are_told_apart_by_method_path_query_and_body() -> None:
    player = session(
        recorded(0, b"post", method="POST", sends=b'{"a": 1, "b": [2]}'),
        recorded(1, b"other", method="POST", sends=b'{"a": 2}'),
        recorded(2, b"query", url="https://api.example/v1?a=1&b=2"),
        recorded(3, b"text", method="POST", sends=b"not json"),
        recorded(4, b"get"),
        recorded(5, b"space", url="https://api.example/a b"),
    )
    assert text(get(player, method="POST", body=b"not json")) == b"text"
    assert text(get(player, method="POST", body=b'{ "b":[2],"a":1 }')) == b"post"
    assert text(get(player, "https://elsewhere.example/v1?b=2&a=1")) == b"query"
    assert text(get(player)) == b"get"
    assert text(get(player, "https://api.example/a b")) == b"space"
    assert get(player, method="POST", body=b'{"a": 1.0, "b": [2]}').response is None
    assert get(player, "https://api.example/v1?a=1").response is None


def test_how_the_key_was_sent_tells_requests_apart() -> None:
    player = session(
        recorded(0, b"none", sent="none"),
        recorded(1, b"wrong", sent="Bearer $WRONG_KEY"),
        recorded(2, b"basic", sent="Basic $KEY"),
        recorded(3, b"key"),
    )
    assert text(get(player, authorization="key")) == b"key"
    assert text(get(player, authorization="wrong")) == b"wrong"
    assert text(get(player, authorization="malformed")) == b"basic"
    assert text(get(player, authorization="missing")) == b"none"
    assert get(player, authorization="key").response is None


def test_a_recording_that_never_shows_keys_answers_to_one() -> None:
    player = session(recorded(0, b"a", sent=None))
    assert get(player, authorization="wrong").response is None
    assert text(get(player)) == b"a"


def test_media_and_failures_are_replayed() -> None:
    film = Response(status=200, headers={"content-type": "video/mp4", "x-harness-media": "x"}, media=facts(video()))
    forged = Response(status=200, headers={"x-harness-media": json.dumps({"size": 1, "sha256": ""})}, body=b"{}")
    player = session(
        recorded(0, response=film),
        recorded(1, response=None, failure="the connection broke: reset"),
        recorded(2, response=forged),
    )
    assert get(player).response == Response(status=200, headers={"content-type": "video/mp4"}, media=facts(video()))
    assert get(player).failure == "the connection broke: reset"
    assert get(player).response == Response(status=200, headers={}, body=b"{}")


def test_signed_links_are_found_again(tmp_path: Path) -> None:
    live = Session(
        httpx.MockTransport(lambda request: httpx.Response(200, json={"url": "https://cdn.example/v?sig=abc&x=1"})),
        provenance=PROVENANCE,
        recording="run",
        key="k" * 20,
        origins=frozenset(["https://api.example"]),
    )

    def follow(over: Session) -> list[Interaction]:
        first = get(over)
        assert first.response is not None
        return [first, get(over, first.response.json["url"]), get(over, method="POST", body=first.response.body)]

    taken = follow(live)
    save_cassette(tmp_path / "run.yaml", taken)
    again = follow(session(*load_recording(tmp_path / "run.yaml")))
    assert [each.response for each in again] == [each.response for each in taken]


def test_a_large_recording_is_looked_up_fast() -> None:
    many = [recorded(i, str(i).encode(), url=f"https://api.example/v1/{i % 5000}") for i in range(10_000)]
    player = RecordedTransport(many)
    started = time.process_time()
    for i in reversed(range(5000)):
        answer = player.handle_request(httpx.Request("GET", f"https://api.example/v1/{i}"))
        assert answer.read() == str(i).encode()
    assert time.process_time() - started < 5


def test_a_signed_link_finds_its_own_answer_and_a_signature_of_the_callers_any() -> None:
    link = "https://cdn.example/v.mp4?token=%5Bredacted-{}%5D"
    told = [recorded(n, b"%d" % n, url=link.format(n)) for n in (1, 2)]
    player = session(*told)
    assert [text(get(player, link.format(n))) for n in (2, 1)] == [b"2", b"1"]
    player = session(*told)
    assert [text(get(player, f"https://cdn.example/v.mp4?token={own}")) for own in "xy"] == [b"1", b"2"]
