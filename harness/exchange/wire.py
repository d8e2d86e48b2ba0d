"""The one place that turns our values into httpx and back."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

import httpx

from harness import __version__
from harness.errors import ConfigurationError
from harness.exchange import media
from harness.exchange.deadline import Deadline
from harness.exchange.encoding import without_encoding
from harness.exchange.failure import GaveUp, NoRoom, failure_words
from harness.exchange.receive import received
from harness.exchange.redact import SHOWN, Redactor, lacking, taken, unnumbered
from harness.exchange.spool import Limits
from harness.exchange.supplied import with_pictures
from harness.interaction import NO_KEY, UNISSUED_KEY, Interaction, KeyState, MediaFacts, Provenance, Request, Response
from harness.json_text import message_json

USER_AGENT = f"harness/{__version__}"
#: Bytes of an answer that is kept: twenty times a model catalogue, and so few that what is done with it takes little.
MAX_BODY = 1 * 1024 * 1024
#: Bytes of a media file, which is measured on disk and dropped.
MAX_MEDIA = 2 * 1024 * 1024 * 1024
#: Header in which a recording hands over the facts of a media body whose bytes were not kept.
MEDIA_HEADER = "x-harness-media"
#: Extensions of httpx requests and responses, which no server can forge: how a key was sent, and that an
#: answer comes out of a recording.
AUTHORIZATION_EXTENSION = "harness_authorization"
RECORDED_EXTENSION = "harness_recorded"
_OURS = ("authorization", "proxy-authorization", "cookie", "user-agent", "accept-encoding")
_FOLLOWS = ("host", "content-length", "transfer-encoding")  # from the URL and the body
#: "harness:not-a-key"
_MALFORMED = "Basic aGFybmVzczpub3QtYS1rZXk="


def origin(url: str) -> str | None:
    """``https://host:443``: scheme, host and port, as httpx would connect to; None where it could not."""
    try:
        parsed = httpx.URL(url)
        port = parsed.port or {"http": 80, "https": 443}.get(parsed.scheme)
    except (httpx.InvalidURL, ValueError):
        return None
    return f"{parsed.scheme}://{parsed.host.lower()}:{port}" if parsed.host and port else None


class Session:
    """Sends requests over a transport and keeps nothing secret of what it saw.

    ``origins`` are the only ones that get credentials. ``deadline`` in seconds for a whole exchange, ``max_body``
    in bytes; ``media_deadline`` and ``max_media`` for an answer whose first bytes are those of a media file, which
    goes through a temporary file and is measured there. URLs in what it returns are redacted; handed back to the
    same session, they are sent as the server gave them, so that a signed download link still works; those of an earlier
    session are not sent at all, since nobody knows them any more. ``after`` is the highest number that a placeholder of
    those sessions has.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport,
        *,
        provenance: Provenance,
        recording: str,
        key: str | None,
        origins: frozenset[str],
        deadline: float = 60,
        max_body: int = MAX_BODY,
        media_deadline: float = 600,
        max_media: int = MAX_MEDIA,
        clock: Callable[[], float] = time.monotonic,
        after: int = 0,
    ) -> None:
        self._transport = transport
        self._provenance = provenance
        self._recording = recording
        self._key = key
        self._origins = frozenset(filter(None, map(origin, origins)))
        self._deadline = deadline
        self._media_deadline = max(deadline, media_deadline)
        self._limits = Limits(kept=max_body, media=max(max_body, max_media))
        self._clock = clock
        self._numbers = itertools.count()
        self._redactor = Redactor([key] if key else [], after=after)
        self._after = after
        self._signed: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Session({self._recording!r})"

    def redacted(self, text: str) -> str:
        """A text without what this session keeps secret."""
        return self._redactor.text(text)

    def exchange(self, request: Request, *, authorization: KeyState = "key", purpose: str | None = None) -> Interaction:
        """Send one request; the interaction says what came back, or in ``failure`` why nothing did.

        Redirects are not followed. Raises ConfigurationError when the provider's own address may not be
        called; another address that may not be called is a failure of the server that named it.
        """
        url = self._signed.get(request.url, request.url)
        ours = origin(url) in self._origins
        credential, shown = self._credential(authorization) if ours else (None, NO_KEY)
        headers = {n.lower(): v for n, v in request.headers.items() if n.lower() not in (*_OURS, *_FOLLOWS)}
        headers |= {"user-agent": USER_AGENT, "accept-encoding": "identity"}
        name = f"{self._recording}#{next(self._numbers)}"
        response, failure = None, None
        deadline = Deadline(self._deadline, self._clock)
        try:
            if request.url not in self._signed and 0 < taken(request.url) <= self._after:
                raise httpx.InvalidURL("it is signed, and only the process that was given it knew the signature")
            sent = headers | ({"authorization": credential} if credential else {})
            body = self._original(request.body) if ours else request.body
            message = httpx.Request(
                request.method,
                url,
                headers=[(n.encode(), v.encode()) for n, v in sent.items()],
                content=body,
                extensions={
                    "timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._deadline),
                    AUTHORIZATION_EXTENSION: authorization if ours else "elsewhere",
                },
            )
            response = self._answer(message, deadline)
        except ConfigurationError as fault:
            if ours:
                raise
            failure = f"not sent: {fault.message}"
        except (GaveUp, NoRoom) as fault:
            failure = failure_words(fault)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError) as fault:
            failure = deadline.words() if deadline.over() else failure_words(fault)
        elapsed = round(deadline.elapsed(), 4)
        if response is not None:
            self._remember(url, response)
        return self._redactor.interaction(
            Interaction(
                name=name,
                request=with_pictures(
                    Request(
                        method=request.method, url=url, headers=headers | {"authorization": shown}, body=request.body
                    )
                ),
                response=response,
                provenance=self._provenance,
                elapsed=elapsed,
                failure=failure,
                purpose=purpose,
            )
        )

    def lost(self, request: Request) -> bool:
        """Whether the request holds a link that is kept redacted, and that this session never saw whole."""
        url = self._signed.get(request.url, request.url)
        return lacking(url.encode()) or lacking(self._original(request.body))

    def renew(self, link: str, answer: Interaction) -> None:
        """Know a link of an earlier session again by a later answer of this one; not where it may be one of several."""
        if answer.response is None or b"redacted" not in answer.response.body:
            return
        with suppress(ValueError):
            texts = set(_texts(message_json(answer.response.body))) & self._signed.keys()
            found = [each for each in texts if unnumbered(each.encode()) == unnumbered(link.encode())]
            if len(found) == 1:
                self._signed[link] = self._signed[found[0]]

    def unanswered(self, request: Request, authorization: KeyState, purpose: str | None, failure: str) -> Interaction:
        """The interaction of a request that was sent, or perhaps was, and of whose answer only ``failure`` is known."""
        ours = origin(request.url) in self._origins
        _, shown = self._credential(authorization) if ours else (None, NO_KEY)
        return self._redactor.interaction(
            Interaction(
                name=f"{self._recording}#{next(self._numbers)}",
                request=with_pictures(replace(request, headers={**request.headers, "authorization": shown})),
                response=None,
                provenance=self._provenance,
                failure=failure,
                purpose=purpose,
            )
        )

    def _answer(self, message: httpx.Request, deadline: Deadline) -> Response:
        with ExitStack() as keep:
            raw, body, unpacked = received(
                self._transport,
                message,
                limits=self._limits,
                deadline=deadline,
                media_deadline=self._media_deadline,
                keep=keep,
            )
            status, headers = raw.status_code, _headers(raw.headers)
            if raw.extensions.get(RECORDED_EXTENSION) and MEDIA_HEADER in headers:
                kept = MediaFacts(**json.loads(headers.pop(MEDIA_HEADER)))
                return Response(status=status, headers=headers, media=kept)
            if unpacked:
                headers = without_encoding(headers, body.size)
            if body.media:
                return Response(status=status, headers=headers, media=media.facts(body.file))
            data = body.read()
            if media.looks_like_media(headers.get("content-type", ""), data):
                return Response(status=status, headers=headers, media=media.facts(data))
            return Response(status=status, headers=headers, body=data)

    def _credential(self, authorization: KeyState) -> tuple[str | None, str]:
        match authorization:
            case "key":
                return (f"Bearer {self._key}", SHOWN["key"]) if self._key else (None, NO_KEY)
            case "wrong":
                return f"Bearer {wrong_key(self._key or '')}", SHOWN["wrong"]
            case "malformed":
                return _MALFORMED, SHOWN["malformed"]
            case "missing":
                return None, NO_KEY

    def _remember(self, url: str, response: Response) -> None:
        """Keep what the server's signed URLs really are; only this session ever knows."""
        found: list[str] = []
        if "location" in response.headers:
            with suppress(ValueError):  # an IPv6 address with only one bracket
                found.append(urljoin(url, response.headers["location"]))
        if b"http" in response.body:
            with suppress(ValueError):
                found += [text for text in _texts(message_json(response.body)) if text.startswith("http")]
        for each in found:
            kept = self._redactor.url(each)
            if self._redactor.knows(each):  # an address with our key in it is never called
                continue
            if kept != each or taken(each):
                self._signed[kept] = each

    def _original(self, body: bytes) -> bytes:
        if b"redacted" in body:
            for kept in sorted(self._signed, key=len, reverse=True):
                body = body.replace(kept.encode(), json.dumps(self._signed[kept])[1:-1].encode())
        return body


def wrong_key(key: str) -> str:
    """A key of the same make that nobody was given: the prefix stays, and about the length."""
    made = re.match(r"(?:[a-z]{1,3}[0-9]{0,2}[-_]){0,3}", key)
    prefix = made[0] if made else ""
    return prefix + UNISSUED_KEY + "0" * max(0, len(key) - len(prefix) - len(UNISSUED_KEY))


def _headers(headers: httpx.Headers) -> dict[str, str]:
    merged: dict[str, str] = {}
    for name, value in headers.multi_items():
        merged[name.lower()] = f"{merged[name.lower()]}, {value}" if name.lower() in merged else value
    return merged


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _texts(each)
        case dict():
            yield from _texts(list(value.values()))
