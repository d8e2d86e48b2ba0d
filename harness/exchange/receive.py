"""One answer taken from a transport, within its time and its size."""

from __future__ import annotations

import zlib
from contextlib import ExitStack

import httpx

from harness.exchange.deadline import Deadline
from harness.exchange.encoding import TooLarge, beginning, unpacked, ways
from harness.exchange.failure import GaveUp
from harness.exchange.media import HEAD
from harness.exchange.spool import Limits, Spool
from harness.exchange.watchdog import Watchdog


def received(
    transport: httpx.BaseTransport,
    message: httpx.Request,
    *,
    limits: Limits,
    deadline: Deadline,
    media_deadline: float,
    keep: ExitStack,
) -> tuple[httpx.Response, Spool, bool]:
    """Status and headers, the body, and whether that was unpacked; the body goes when ``keep`` closes.

    A body whose first bytes are those of a media file gets ``media_deadline`` seconds from the beginning. Raises
    GaveUp for what takes too long or is too large, NoRoom, and what httpx raises.
    """
    with Watchdog(deadline.seconds) as watchdog:
        message.extensions["trace"] = watchdog.trace
        raw = transport.handle_request(message)
        if not isinstance(raw.stream, httpx.SyncByteStream):
            raise TypeError("a synchronous transport is needed")
        encoding = ", ".join(raw.headers.get_list("content-encoding"))
        body = keep.enter_context(Spool(limits, reveal=lambda head: beginning(head, encoding, HEAD)))
        try:
            for chunk in raw.stream:
                body.write(chunk)
                deadline.check()
                if body.media and deadline.seconds < media_deadline:
                    deadline.seconds = media_deadline
                    watchdog.restart(media_deadline - deadline.elapsed())
        except TooLarge as fault:
            raise GaveUp(f"the answer {fault}") from None
        finally:
            raw.stream.close()
    plain = _plain(body, encoding, limits, deadline, keep)
    return raw, plain or body, plain is not None


def _plain(body: Spool, encoding: str, limits: Limits, deadline: Deadline, keep: ExitStack) -> Spool | None:
    """The body unpacked; None where it is not packed, or not as it says: then it stays as it came."""
    for way in ways(encoding):
        plain = keep.enter_context(Spool(limits, beyond="unpacks to more than"))
        try:
            for piece in unpacked(body.chunks(), way, limits.media):
                plain.write(piece)
                deadline.check()
        except zlib.error:
            continue
        except TooLarge as fault:
            raise GaveUp(f"the answer {fault}") from None
        return plain
    return None
