"""Importing this keeps the process on 127.0.0.1: every other address is refused before a packet is sent.

A proxy in the environment is not enough: aiohttp asks for none.
"""

from __future__ import annotations

import sys
from typing import Any

LOOPBACK = "127.0.0.1"


class NotLoopback(PermissionError):
    """A client wanted to talk to somebody else than the simulator."""


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    match event, arguments:
        case "socket.getaddrinfo", (host, *_):
            wanted = host
        case (("socket.connect" | "socket.sendto"), (_, (host, *_))):  # a local socket's address is text
            wanted = host
        case _:
            return
    if wanted not in (None, LOOPBACK, LOOPBACK.encode()):
        raise NotLoopback(f"{event}: {wanted!r} is not {LOOPBACK}")


sys.addaudithook(_refuse)
