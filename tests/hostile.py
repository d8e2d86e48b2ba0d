"""Raw bytes that a server may answer with, and the whole line they then go through: sent, kept, judged, shown."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import time
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from harness.contract import load
from harness.exchange import Session, live_transport, load_recording, save_cassette
from harness.interaction import Interaction, Origin, Provenance, Request
from harness.judge import judge
from harness.report import FORMATS, entry, report

#: The provider that does not exist; not from conftest, which needs more memory than what is measured with this.
LANTERN = load("lantern", Path(__file__).parent / "miniature")
KEY = "sk-hostile-5b1c9e7f2a4d8063b1c9e7f2"
#: A request that it accepts.
BODY = {"model": "lantern-large", "prompt": "A boat", "length": "2s", "caption": "A boat", "tag": "pond"}

#: What a server does with a connection whose request it has read.
Behaviour: TypeAlias = Callable[[socket.socket], None]


def http(body: bytes = b"", *headers: str, status: str = "202 Accepted", length: object = None) -> bytes:
    """An answer with the length it says it has, unless told otherwise; ``length`` "" for none."""
    said = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", *headers]
    lines += [f"content-length: {said}"] if said != "" else []
    return "\r\n".join([*lines, "connection: close"]).encode("latin-1") + b"\r\n\r\n" + body


def told(body: bytes, *headers: str, status: str = "202 Accepted") -> bytes:
    return http(body, "content-type: application/json", *headers, status=status)


def sends(data: bytes) -> Behaviour:
    return lambda connection: connection.sendall(data)


def endless(head: bytes, piece: bytes, pause: float = 0) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(pause)

    return behave


def resets(data: bytes) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    return behave


def bomb(size: int, layers: int = 1) -> bytes:
    """``size`` zeros, packed ``layers`` times, without ever standing in memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(size // 1024**2)) + packer.flush()
    for _ in range(layers - 1):
        packed = gzip.compress(packed)
    return packed


JOB = {"id": "c-1", "status": "waiting"}
OK = json.dumps(JOB).encode()
CHUNKED = b"HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"


def line(
    name: str, base: str, folder: Path, *, key: str = KEY, **options: Any
) -> tuple[Interaction, Mapping[str, Any]]:
    """One submission through everything: the interaction as it was loaded again, and its report.

    Asserts that nothing was lost on the way and that every form of the report renders.
    """
    with live_transport(allow_private=True) as transport:
        session = Session(
            transport,
            provenance=Provenance(origin=Origin.LIVE, date="2026-11-21", base_url=base),
            recording="tape",
            key=KEY,
            origins=frozenset([base]),
            **options,
        )
        headers = {"content-type": "application/json"}
        request = Request(method="POST", url=f"{base}/v1/clips", headers=headers, body=json.dumps(BODY).encode())
        sent = session.exchange(request)
    return kept(name, sent, folder), shown([sent])


def kept(name: str, sent: Interaction, folder: Path) -> Interaction:
    """The interaction written to a cassette and read again, which must not change it."""
    path = folder / f"{name}.yaml"
    save_cassette(path, [sent])
    (loaded,) = load_recording(path)
    assert (loaded.response, loaded.failure, loaded.elapsed) == (sent.response, sent.failure, sent.elapsed)
    assert (loaded.request, loaded.provenance) == (sent.request, sent.provenance)
    return loaded


def shown(interactions: list[Interaction]) -> Mapping[str, Any]:
    """The entry of a report on these interactions, after every format was made of it."""
    verdicts = judge(LANTERN, interactions, unprobed={})
    made = entry(LANTERN, verdicts, interactions, mode="live", provenance=Origin.LIVE, cost_usd=0.0, extra={})
    whole = report([made], generated_at="2026-11-21T00:00:00+00:00")
    for render in FORMATS.values():
        assert render(whole)
    return made


def outcomes(made: Mapping[str, Any]) -> dict[str, str]:
    """What was found of the server; what the documents have among themselves is none of its doing."""
    return {each["claim"]: each["outcome"] for each in made["verdicts"] if each["kind"] != "contradiction"}


def cycle(*behaviours: Behaviour) -> Callable[[socket.socket, bytes], None]:
    turn = itertools.cycle(behaviours)
    return lambda connection, _: next(turn)(connection)
