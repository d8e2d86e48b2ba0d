"""The pictures that a request brings along: measured when it is sent or read, as what comes back is."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from harness.exchange import media
from harness.interaction import Malformed, MediaFacts, Request
from harness.pointer import Tokens, render

#: A request has as many pictures measured, and each may have as many characters.
MAX_PICTURES = 16
MAX_CHARACTERS = 8 * 1024 * 1024
_PICTURE = re.compile(r"data:image/[a-z0-9.+-]{1,40};base64,")


def with_pictures(request: Request) -> Request:
    """The request with the facts of every picture that stands in its JSON body as a data URL."""
    if b"data:image/" not in request.body or isinstance(request.json, Malformed):
        return request
    found: dict[str, MediaFacts] = {}
    for tokens, text in _texts(request.json, ()):
        facts = _measured(text) if len(found) < MAX_PICTURES else None
        if facts is not None:
            found[render(tokens)] = facts
    return replace(request, pictures=found)


@lru_cache(maxsize=64)
def _measured(text: str) -> MediaFacts | None:
    head = _PICTURE.match(text)
    if head is None or len(text) > MAX_CHARACTERS:
        return None
    try:
        facts = media.facts(base64.b64decode(text[head.end() :], validate=True))
    except (binascii.Error, ValueError):
        return None
    return replace(facts, poster=None)


def _texts(value: Any, tokens: Tokens) -> Iterator[tuple[Tokens, str]]:
    match value:
        case str():
            yield tokens, value
        case list():
            for number, each in enumerate(value):
                yield from _texts(each, (*tokens, str(number)))
        case dict():
            for name, each in value.items():
                yield from _texts(each, (*tokens, name))
