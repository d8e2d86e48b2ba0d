"""A deadline that also holds while a server drips header bytes.

No read timeout stops a byte every few seconds: each one starts it anew. So the connection is shut down
from outside when time is up, and whoever reads from it sees it end.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any


class Watchdog:
    """Shuts down the connections opened while it watches, ``seconds`` after it began.

    Give ``trace`` to httpx as the request's ``trace`` extension. A connection that was already open is
    not seen; the live transport therefore keeps none.
    """

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._late = False
        self._timer = self._set(seconds)

    def __enter__(self) -> Watchdog:
        self._timer.start()
        return self

    def restart(self, seconds: float) -> None:
        """Let the exchange have ``seconds`` more from now on, unless its time is up already."""
        self._timer.cancel()
        self._timer = self._set(seconds)
        self._timer.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            opened = info["return_value"].get_extra_info("socket")
            with self._lock:
                # A duplicate, since TLS takes the original away from under us.
                self._sockets.append(opened.dup())
                if self._late:
                    _end(self._sockets[-1])

    def _set(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), self._shut)
        timer.daemon = True
        return timer

    def _shut(self) -> None:
        with self._lock:
            self._late = True
            for each in self._sockets:
                _end(each)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may have ended by itself
        connection.shutdown(socket.SHUT_RDWR)
