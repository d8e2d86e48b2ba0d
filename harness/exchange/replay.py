"""A recording that answers requests, found by what they ask and not by where they stand."""

from __future__ import annotations

import contextlib
import json
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

import httpx

from harness.exchange.redact import SHOWN, Redactor, unnumbered
from harness.exchange.wire import AUTHORIZATION_EXTENSION, MEDIA_HEADER, RECORDED_EXTENSION
from harness.interaction import Interaction
from harness.json_text import canonical, strict_json

_Key: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...], str | bytes]
_MODES = {shown: mode for mode, shown in SHOWN.items()}


class NoAnswer(httpx.ConnectError):
    """The recording has no further answer to this request."""


class RecordedTransport(httpx.BaseTransport):
    """Answers from recorded interactions: method, path, query and JSON body must agree, hosts may differ.

    Where the recording shows how keys were sent, a request sent with a wrong key or none gets the answer
    to that. The same request gets its answers in the order they were recorded, and then NoAnswer. A signed address that
    the recording gave out finds what was recorded for it; one with a signature of the caller's own, the first of those
    that differ in nothing else.
    """

    def __init__(self, interactions: Iterable[Interaction]) -> None:
        self._redactor = Redactor()
        self._answers: dict[_Key, dict[str, deque[Interaction]]] = {}
        self._alike: dict[_Key, dict[_Key, None]] = {}
        self._shows_keys = False
        for each in interactions:
            if each.arrival is not None:  # nothing that we sent
                continue
            mode = _mode(each)
            self._shows_keys |= mode == "key"
            asked = each.request.method, each.request.url, each.request.body
            key = self._key(*asked)
            self._alike.setdefault(self._key(*asked, numbered=False), {})[key] = None
            modes = self._answers.setdefault(key, {})
            modes.setdefault(mode, deque()).append(each)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        key = self._key(request.method, url, request.read())
        alike = self._alike.get(key, {})  # nothing but the key itself where an address of the recording is asked for
        answers = next((left for each in (key, *alike) if (left := self._left(each, request))), None)
        if answers is None:
            path = self._redactor.url(url)[:200]
            raise NoAnswer(f"the recording has no further answer to {request.method} {path}", request=request)
        recorded = answers.popleft()
        if recorded.response is None:
            raise httpx.TransportError(recorded.failure or "the recording says that no answer came")
        response = recorded.response
        headers = [(name.encode(), value.encode()) for name, value in response.headers.items() if name != MEDIA_HEADER]
        if response.media is not None:
            headers.append((MEDIA_HEADER.encode(), json.dumps(asdict(response.media)).encode()))
        return httpx.Response(
            response.status,
            headers=headers,
            stream=httpx.ByteStream(response.body),
            extensions={RECORDED_EXTENSION: True},
        )

    def _left(self, key: _Key, request: httpx.Request) -> deque[Interaction] | None:
        modes = self._answers.get(key, {})
        return modes.get(self._wanted(request, modes))

    def _wanted(self, request: httpx.Request, modes: dict[str, deque[Interaction]]) -> str:
        wanted = str(request.extensions.get(AUTHORIZATION_EXTENSION, "elsewhere"))
        if wanted == "elsewhere":
            return next((mode for mode in ("missing", "key") if modes.get(mode)), "missing")
        if wanted == "key" and not self._shows_keys:
            return "missing"  # recordings from elsewhere often have the header filtered out
        return wanted

    def _key(self, method: str, url: str, body: bytes, *, numbered: bool = True) -> _Key:
        with contextlib.suppress(httpx.InvalidURL):
            url = str(httpx.URL(url))  # escaped as the request's will be
        url, body = self._redactor.url(url), self._redactor.data(body)
        if not numbered:
            url, body = unnumbered(url.encode()).decode(), unnumbered(body)
        parts = urlsplit(url)
        query = tuple(sorted(parse_qsl(parts.query, keep_blank_values=True)))
        try:
            content: str | bytes = canonical(strict_json(body))
        except ValueError:
            content = body
        return method.upper(), parts.path or "/", query, content


def _mode(interaction: Interaction) -> str:
    shown = interaction.request.headers.get("authorization")
    return _MODES.get(shown or "", "key")
