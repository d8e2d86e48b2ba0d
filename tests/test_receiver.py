"""The receiver keeps what comes to its addresses, within bounds, and nothing else."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from harness.errors import ConfigurationError
from harness.exchange.mailbox import LARGEST_BODY, MOST, Delivery, Mailbox
from harness.exchange.receiver import LARGEST_HEAD, MOST_CONNECTIONS, Receiver, listening

TOKEN = "a-token-of-this-run"


class Kept(Mailbox):
    """With ``deliveries`` as they came."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(TOKEN, clock)
        self.deliveries: list[Delivery] = []
        self.keep = self._has

    def _has(self, delivery: Delivery) -> bool:
        self.deliveries.append(delivery)
        return True


@contextmanager
def receiving(longest: float = 5.0) -> Iterator[tuple[Kept, str, int]]:
    """A mailbox, the URL of its first address, and the port."""
    mailbox = Kept(lambda: 12.5)
    receiver = Receiver("127.0.0.1", 0, mailbox, longest=longest)
    try:
        yield mailbox, f"http://127.0.0.1:{receiver.port}{mailbox.path()}", receiver.port
    finally:
        receiver.close()


def post(url: str, **said: object) -> int:
    return httpx.request("POST", url, trust_env=False, timeout=10, **said).status_code  # type: ignore[arg-type]


def answer(port: int, sent: bytes) -> bytes:
    """What comes back for raw bytes, until the receiver closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        received = b""
        while part := connection.recv(65536):
            received += part
        return received


def test_a_delivery_is_kept_as_it_came() -> None:
    raw = b'{ "spaces":   1.10 }\xff'
    with receiving() as (mailbox, url, _):
        assert post(url, content=raw, headers={"X-Event": "e1"}) == 200
        (kept,) = mailbox.deliveries
    assert (kept.number, kept.received, kept.method, kept.body) == (1, 12.5, "POST", raw)
    assert kept.headers["x-event"] == "e1"


def test_a_body_in_chunks_is_put_together() -> None:
    with receiving() as (mailbox, url, _):
        assert post(url, content=iter([b"one", b"two" * 1000])) == 200
        assert mailbox.deliveries[0].body == b"one" + b"two" * 1000


@pytest.mark.parametrize(
    "path", ["/", "/guess/1", f"/{TOKEN}", f"/{TOKEN}/2", f"/{TOKEN}/0", f"/{TOKEN}x/1", "/x/../1"]
)
def test_other_addresses_are_404_and_only_counted(path: str) -> None:
    with receiving() as (mailbox, url, _):
        assert post(url.replace(f"/{TOKEN}/1", path), content=b"x" * 1000) == 404
        assert mailbox.deliveries == []
        assert mailbox.turned_away == {404: 1}


def test_a_public_address_may_have_a_path_before_ours() -> None:
    with receiving() as (mailbox, url, _):
        assert post(url.replace("/a-token", "/hooks/a-token")) == 200
        assert len(mailbox.deliveries) == 1


def test_a_body_beyond_the_bound_is_refused_by_its_length_or_while_it_comes() -> None:
    with receiving() as (mailbox, _, port):
        head = f"POST /{TOKEN}/1 HTTP/1.1\r\nHost: x\r\n".encode()
        for length in (LARGEST_BODY + 1, 10**30):
            assert b" 413 " in answer(port, head + f"Content-Length: {length}\r\n\r\n".encode())
        chunk = b"80000\r\n" + b"x" * 0x80000 + b"\r\n"
        assert b" 413 " in answer(port, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 2 + b"1\r\n")
        assert mailbox.deliveries == []
        assert mailbox.turned_away == {413: 3}


@pytest.mark.parametrize(
    "sent, status",
    [
        (b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", b" 400 "),
        (b"Content-Length: -1\r\n\r\n", b" 400 "),
        (b"Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n", b" 400 "),
        (b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b" 400 "),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\nabXX\r\n0\r\n\r\n", b" 400 "),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n", b" 400 "),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", b" 400 "),
        (b"a line without a colon\r\nContent-Length: 2\r\n\r\n{}", b" 400 "),
        (b"Content-Length : 2\r\n\r\n{}", b" 400 "),
        (b"Transfer-Encoding: gzip\r\n\r\n", b" 501 "),
        (b"X: " + b"x" * LARGEST_HEAD + b"\r\n\r\n", b" 431 "),
    ],
)
def test_what_is_no_sound_request_is_refused_and_not_kept(sent: bytes, status: bytes) -> None:
    with receiving() as (mailbox, _, port):
        assert status in answer(port, f"POST /{TOKEN}/1 HTTP/1.1\r\n".encode() + sent)
        assert mailbox.deliveries == []


def test_a_body_in_many_small_pieces_is_taken() -> None:
    with receiving() as (mailbox, _, port):
        head = f"POST /{TOKEN}/1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        assert b" 200 " in answer(port, head + b"1;x=y\r\na\r\n" * 40_000 + b"0\r\nTrailer: t\r\n\r\n")
        assert mailbox.deliveries[0].body == b"a" * 40_000


def test_whoever_does_not_know_the_address_is_not_waited_for_as_long() -> None:
    with receiving(longest=30) as (_, _, port), socket.create_connection(("127.0.0.1", port), timeout=10) as idle:
        started = time.monotonic()
        assert idle.recv(1000) == b""
        assert time.monotonic() - started < 8


def test_a_sender_that_dawdles_is_hung_up_on() -> None:
    with receiving(longest=0.3) as (mailbox, url, port):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            started = time.monotonic()
            connection.sendall(f"POST /{TOKEN}/1 HTTP/1.1\r\nContent-Length: 10\r\n\r\nab".encode())
            while connection.recv(1000):
                pass
            assert time.monotonic() - started < 3
        assert mailbox.deliveries == []
        assert post(url, content=b"{}") == 200


def test_more_connections_than_are_served_at_once_are_closed() -> None:
    with receiving(longest=2) as (mailbox, url, port):
        held = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(MOST_CONNECTIONS)]
        try:
            time.sleep(0.2)
            with pytest.raises(httpx.HTTPError):
                post(url, content=b"{}")
            assert mailbox.turned_away == {503: 1}
        finally:
            for connection in held:
                connection.close()
        time.sleep(0.2)
        assert post(url, content=b"{}") == 200
        assert len(mailbox.deliveries) == 1


def test_no_more_deliveries_are_kept_than_there_is_room_for() -> None:
    mailbox = Kept(lambda: 0.0)
    path = mailbox.path()
    assert {mailbox.take("POST", path, {}, b"") for _ in range(MOST)} == {200}
    assert mailbox.take("POST", path, {}, b"") == 507
    full = Kept(lambda: 0.0)
    path = full.path()
    taken = [full.take("POST", path, {}, bytes(LARGEST_BODY)) for _ in range(70)]
    assert set(taken[:64]) == {200}
    assert set(taken[64:]) == {507}


def test_a_port_that_is_taken_is_an_error_that_says_what_to_do() -> None:
    with receiving() as (mailbox, _, port), pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}") as fault:
        Receiver("127.0.0.1", port, mailbox)
    assert "--webhook-listen" in fault.value.hint


def test_where_to_listen_is_read_with_and_without_a_public_address() -> None:
    assert listening("127.0.0.1:0") == ("127.0.0.1", 0, None)
    assert listening("[::1]:80,https://a.example/b/") == ("::1", 80, "https://a.example/b")
    for wrong in ("", "9000", "host:", "host:port", "host:65536", ":1"):
        with pytest.raises(ConfigurationError, match="HOST:PORT"):
            listening(wrong)
