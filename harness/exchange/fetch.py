"""One public document from an address that a user named: bounded in bytes and seconds, and nowhere else."""

from __future__ import annotations

from harness.errors import ConfigurationError, RecordingError
from harness.exchange.live import transport
from harness.exchange.wire import Session
from harness.interaction import Interaction, Origin, Provenance, Request, Response

#: Seconds for all of it, and bytes: ten times the largest official document.
DEADLINE, MAX_BYTES = 60, 12 * 1024 * 1024
_REDIRECTS = range(300, 400)


def fetched(url: str, *, key: str | None, own: str, allow_private: bool) -> bytes:
    """The body of what stands at ``url``.

    Asked for without the key first; with it only where that is refused (401, 403), and only at the origin of ``own``,
    the provider's address. Redirects are not followed. Raises ConfigurationError for an address that may not be called,
    RecordingError for everything that is no document.
    """
    session = Session(
        transport(allow_private=allow_private),
        provenance=Provenance(origin=Origin.LIVE),
        recording="fetch",
        key=key,
        origins=frozenset({own}),
        deadline=DEADLINE,
        max_body=MAX_BYTES,
        max_media=MAX_BYTES,
    )
    request = Request(method="GET", url=url, headers={"accept": "application/json, application/yaml, text/*"})
    response = _answer(session.exchange(request, authorization="missing"), url)
    if response.status in (401, 403) and key is not None:
        response = _answer(session.exchange(request), url)
    if response.status in _REDIRECTS:
        raise RecordingError(
            f"answers {response.status} and leads elsewhere, which is not followed",
            where=url,
            hint=f"Name the address itself, if you trust it: {response.headers.get('location', '(none)')[:200]!a}",
        )
    if response.status != 200:
        raise RecordingError(f"answers {response.status}", where=url, hint="Is it the right address?")
    if response.media is not None or not response.body:
        raise RecordingError("answers with no text", where=url, hint="Is it the right address?")
    return response.body


def _answer(seen: Interaction, url: str) -> Response:
    if seen.response is None:
        told = seen.failure or "no answer"
        hint = "Pass --allow-private if it is meant." if "private" in told else ""
        kind = ConfigurationError if told.startswith("not sent") else RecordingError
        raise kind(told, where=url, hint=hint)
    return seen.response
