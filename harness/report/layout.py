"""A message as it would stand on the wire, its body laid out and the values that a claim is about marked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

from harness.pointer import Tokens, exact, parse, value
from harness.report.safe import block, clip, plain

#: Of one text; report.json has more of it.
SHOWN = 6_000
#: Of one string in a JSON body: enough for a prompt, too little for an image in base64.
STRING = 400
_TOLD = re.compile(r"… \([\d,]+ characters\)$")
_ABSENT = object()


def message(said: Mapping[str, Any]) -> Markup:
    """First line, headers, and the body; ``marks`` of it stand in ``<mark>``, those beyond the end after it."""
    first = [str(said[key]) for key in ("method", "url", "status") if key in said]
    headers = [f"{plain(name)}: {plain(each)}" for name, each in said.get("headers", {}).items()]
    head = escape(block("\n".join([plain(" ".join(first)), *headers]), SHOWN))
    body = said.get("body")
    if body is None:
        return head
    if isinstance(body, str):
        return head + "\n\n" + escape(block(body, SHOWN))
    return head + "\n\n" + _laid_out(_brief(body), {parse(each) for each in said.get("marks", ()) if each[:1] == "/"})


def absent(said: Mapping[str, Any] | None, pointer: str) -> bool:
    """Whether the message has a JSON object or array for a body, and nothing at ``pointer`` in it."""
    body = said.get("body") if said else None
    if not isinstance(body, (dict, list)) or pointer[:1] != "/":
        return False
    return value(body, parse(pointer), _ABSENT) is _ABSENT


def _laid_out(body: Any, marked: set[Tokens]) -> Markup:
    room, total, made = SHOWN, 0, []
    beyond: list[str] = []
    for text, at in _texts(body, marked):
        total += len(text)
        if at is not None and len(text) > room:
            beyond.append(f"\n… and at {exact(at)}: {text[:STRING]}")
        shown = escape(block(text[:room]))
        room -= len(text[:room])
        made.append(Markup("<mark>{}</mark>").format(shown) if at is not None and shown else shown)
    if total > SHOWN:
        made.append(escape(f"\n… ({total:,} characters, the first {SHOWN:,} are shown)"))
    made += [Markup("<mark>{}</mark>").format(block(each)) for each in beyond]
    return Markup("").join(made)


def _texts(body: Any, marked: set[Tokens], at: Tokens = (), margin: str = "\n") -> Iterator[tuple[str, Tokens | None]]:
    """The body's JSON in pieces; those that are to be marked with their place."""
    if at in marked or not any(each[: len(at)] == at for each in marked):
        written = json.dumps(body, indent=2, ensure_ascii=False).replace("\n", margin)
        yield written, at if at in marked else None
        return
    inner = margin + "  "
    match body:
        case dict() if body:
            pairs = [(f"{json.dumps(key, ensure_ascii=False)}: ", key, each) for key, each in body.items()]
        case list() if body:
            pairs = [("", str(number), each) for number, each in enumerate(body)]
        case _:
            yield json.dumps(body, ensure_ascii=False), None
            return
    opening, closing = ("{", "}") if isinstance(body, dict) else ("[", "]")
    for number, (before, token, each) in enumerate(pairs):
        yield f"{',' if number else opening}{inner}{before}", None
        yield from _texts(each, marked, (*at, token), inner)
    yield f"{margin}{closing}", None


def _brief(body: Any) -> Any:
    match body:
        case str() if len(body) > STRING:
            told = _TOLD.search(body)
            return body[:STRING] + told.group() if told else clip(body, STRING)
        case list():
            return [_brief(each) for each in body]
        case dict():
            return {key: _brief(each) for key, each in body.items()}
        case _:
            return body
