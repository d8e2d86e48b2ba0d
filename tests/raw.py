"""A server of raw bytes on loopback, for what no HTTP library would send."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

#: What a server does with a connection, and with the request that it has read from it. May break HTTP as it likes.
Answering: TypeAlias = Callable[[socket.socket, bytes], None]


@contextmanager
def served(behave: Answering) -> Iterator[str]:
    """A raw server on loopback, a thread for each connection, and its URL.

    What ``behave`` has sent arrives, whatever it left unread: the connection is closed when the client has closed it.
    """
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)

    def attend(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(30)
            behave(connection, _request(connection))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=attend, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


@contextmanager
def server(behave: Answering) -> Iterator[tuple[str, list[bytes]]]:
    """A raw server on loopback: its URL, and what it was sent."""
    seen: list[bytes] = []

    def noting(connection: socket.socket, sent: bytes) -> None:
        seen.append(sent)
        behave(connection, sent)

    with served(noting) as base:
        yield base, seen


def answer(body: bytes, kind: str = "application/json", status: str = "200 OK", *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-type: {kind}", f"content-length: {len(body)}", "connection: close", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def always(data: bytes) -> Answering:
    """Sends this, whatever it was asked."""
    return lambda connection, _: connection.sendall(data)


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
        if data[0] == 0x16:  # a TLS handshake: nothing more will come
            return data
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += _more(connection)
    return head + b"\r\n\r\n" + body


def _more(connection: socket.socket) -> bytes:
    if not (data := connection.recv(65536)):
        raise ConnectionError
    return data
