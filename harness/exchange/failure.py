"""Why no answer came, in one line of plain words."""

from __future__ import annotations

import httpx

from harness.interaction import Interaction

#: How a failure begins that left no doubt: nobody took the request.
_NEVER_LEFT = ("no connection", "not sent", "the address cannot be used", "the request cannot be sent as HTTP")


class NoRoom(OSError):
    """Our own disk did not take what came; no fault of whoever sent it."""


class GaveUp(httpx.TransportError):
    """We ended the exchange: too long or too large."""


def failure_words(fault: Exception) -> str:
    """What happened, in one line. "no connection" is the only case in which surely nothing was sent."""
    detail = " ".join("".join(c if c.isprintable() else " " for c in str(fault)).split())[:200]
    match fault:
        case GaveUp() | NoRoom():
            return detail
        case httpx.TransportError() if type(fault) is httpx.TransportError:
            return detail  # a recording repeats what was recorded
        case httpx.TimeoutException():
            kind = "no connection in time" if isinstance(fault, httpx.ConnectTimeout) else "no answer in time"
        case httpx.ConnectError():
            kind = "no connection"
        case httpx.RemoteProtocolError():
            kind = "the answer is cut off or not HTTP"
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            kind = "the address cannot be used"
        case httpx.LocalProtocolError() | UnicodeError():
            kind = "the request cannot be sent as HTTP"
        case httpx.NetworkError() | OSError():
            kind = "the connection broke"
        case _:
            kind = "the exchange failed"
    return f"{kind}: {detail}" if detail else kind


def never_left(interaction: Interaction) -> bool:
    """Whether the request surely reached nobody."""
    return interaction.response is None and (interaction.failure or "").startswith(_NEVER_LEFT)
