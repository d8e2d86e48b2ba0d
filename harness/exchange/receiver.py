"""A receiver of webhooks on a real port: every delivery bounded in bytes and seconds, kept, then answered.

Python's own HTTP server does the parsing. What it lets pass without limit is limited here: the head, the body, the
number of connections, and the seconds that one of them may last.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO

from harness.errors import ConfigurationError
from harness.exchange.mailbox import LARGEST_BODY, TOO_LARGE, UNKEPT, UNKNOWN, Mailbox

#: Bytes of a request line and its headers together.
LARGEST_HEAD = 32 * 1024
MOST_CONNECTIONS = 32
#: Seconds from the first byte of a delivery to our answer, however slowly it comes; and until its head is there, and
#: leads to an address of ours.
LONGEST, LONGEST_HEAD = 10.0, 2.0
#: Bytes of the lines between the pieces of a body.
LARGEST_CHUNK_LINES = LARGEST_BODY


class Receiver:
    """Listens from the moment it is made until ``close``. ``port`` 0 takes a free one; raises ConfigurationError."""

    def __init__(self, host: str, port: int, mailbox: Mailbox, *, longest: float = LONGEST) -> None:
        try:
            self._server = _Server(host, port, mailbox, longest)
        except (OSError, OverflowError, UnicodeError) as fault:
            raise ConfigurationError(
                f"cannot listen for webhooks on {host}:{port}: {getattr(fault, 'strerror', None) or fault}",
                hint="Choose another HOST:PORT for --webhook-listen; port 0 takes a free one.",
            ) from None
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening; deliveries on their way are not waited for."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 2 * MOST_CONNECTIONS  # a burst of retries is served or turned away at once

    def __init__(self, host: str, port: int, mailbox: Mailbox, longest: float) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.mailbox, self.longest = mailbox, longest
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.mailbox.turn_away(UNKEPT)  # it may be a delivery: nobody has read it
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread to be had
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that goes away in the middle is its own concern."""


class _Wrong(Exception):
    """What cannot be taken, with the status that says so."""

    def __init__(self, status: int) -> None:
        self.status = status


class _Head:
    """The socket's file, of which only so many bytes are read as lines: ``left``."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.left = file, LARGEST_HEAD
        self.close, self.read = file.close, file.read

    def readline(self, limit: int = -1) -> bytes:
        line = self._file.readline(min(limit, self.left + 1) if limit >= 0 else self.left + 1)
        self.left -= len(line)
        if self.left < 0:
            raise _Wrong(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        return line


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "webhook-receiver", ""
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.rfile: Any = _Head(self.rfile)
        self._within(min(LONGEST_HEAD, self.server.longest))

    def finish(self) -> None:
        self._alarm.cancel()
        super().finish()

    def handle(self) -> None:
        """One request per connection: nothing is gained by keeping it."""
        try:
            self.handle_one_request()
        except _Wrong as why:
            self.close_connection = True
            self.requestline, self.request_version = getattr(self, "requestline", ""), self.protocol_version
            self._answer(why.status)
            self._drain()

    def _take(self) -> None:
        mailbox = self.server.mailbox
        if mailbox.knows(self._path()) is None:  # nobody who does not know the address has a body read
            mailbox.turn_away(UNKNOWN)
            raise _Wrong(UNKNOWN)
        if self.headers.defects:  # what follows a line that is no header was not read
            raise _Wrong(HTTPStatus.BAD_REQUEST)
        self._alarm.cancel()
        self._within(self.server.longest)
        headers: dict[str, str] = {}
        for name, text in self.headers.items():
            given = headers.get(name.lower())
            headers[name.lower()] = text if given is None else f"{given}, {text}"
        self._answer(mailbox.take(self.command, self._path(), headers, self._body()))

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET = _take  # noqa: N815, the names that the base class looks for

    def _path(self) -> str:
        return self.path.partition("?")[0]

    def _body(self) -> bytes:
        if coded := self.headers.get_all("Transfer-Encoding"):
            if len(coded) > 1 or "Content-Length" in self.headers:
                raise _Wrong(HTTPStatus.BAD_REQUEST)
            if coded[0].strip().lower() != "chunked":
                raise _Wrong(HTTPStatus.NOT_IMPLEMENTED)
            self.rfile.left = LARGEST_CHUNK_LINES
            return self._chunks()
        said = self.headers.get("Content-Length", "0")
        if not (said.isascii() and said.isdigit()) or len(set(self.headers.get_all("Content-Length", []))) > 1:
            raise _Wrong(HTTPStatus.BAD_REQUEST)
        return self._read(int(said) if len(said) < 19 else LARGEST_BODY + 1)

    def _chunks(self) -> bytes:
        body = b""
        while True:
            said = self.rfile.readline().partition(b";")[0].strip()
            if not said or len(said) > 8 or not all(c in b"0123456789abcdefABCDEF" for c in said):
                raise _Wrong(HTTPStatus.BAD_REQUEST)
            size = int(said, 16)
            if size == 0:
                while self.rfile.readline().strip():  # trailers say nothing that is kept
                    pass
                return body
            body += self._read(size, LARGEST_BODY - len(body))
            if self.rfile.readline().strip():
                raise _Wrong(HTTPStatus.BAD_REQUEST)

    def _read(self, size: int, most: int = LARGEST_BODY) -> bytes:
        if size > most:
            self.server.mailbox.turn_away(TOO_LARGE)
            raise _Wrong(TOO_LARGE)
        read: bytes = self.rfile.read(size)
        if len(read) < size:
            raise _Wrong(HTTPStatus.BAD_REQUEST)
        return read

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def _drain(self) -> None:
        """Read what is left of a small body: closing before that would take our answer away from its sender."""
        self.wfile.flush()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1)
            left = LARGEST_BODY
            while left > 0 and (read := self.connection.recv(65536)):
                left -= len(read)

    def _within(self, seconds: float) -> None:
        """Hang up then, unless the delivery has been answered."""
        self._alarm = threading.Timer(seconds, self._hang_up)
        self._alarm.daemon = True
        self._alarm.start()

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):  # it may have gone already
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        """Nothing of what strangers send is printed."""


def listening(text: str) -> tuple[str, int, str | None]:
    """``HOST:PORT[,PUBLIC-URL]`` taken apart; raises ConfigurationError."""
    place, _, public = text.partition(",")
    host, _, port = place.strip().rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ConfigurationError(
            f"{text!r} is not HOST:PORT[,PUBLIC-URL]",
            where="--webhook-listen",
            hint="For example 127.0.0.1:9000,https://hooks.example.com/here, where the address leads to that port.",
        )
    return host.strip("[]"), int(port), public.strip().rstrip("/") or None
