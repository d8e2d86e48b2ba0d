"""Places in JSON documents: JSON Pointer (RFC 6901), with ``*`` for "every item" in our own data.

Also the runtime expressions of OpenAPI links (``$response.body#/id``), evaluated on an interaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

Tokens = tuple[str, ...]

_MISSING: Any = object()


def parse(pointer: str) -> Tokens:
    """``/a/b~1c`` → ``("a", "b/c")``. Raises ValueError for a pointer that does not start with ``/``."""
    if pointer == "":
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"a JSON Pointer starts with '/': {pointer!r}")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/"))


def render(tokens: Tokens) -> str:
    """The pointer of one concrete place; ``*`` becomes the first item."""
    return exact(tuple("0" if token == "*" else token for token in tokens))


def exact(tokens: Tokens) -> str:
    """The pointer of a place whose tokens all stand for themselves, ``*`` too."""
    return "".join(f"/{token.replace('~', '~0').replace('/', '~1')}" for token in tokens)


def dotted(tokens: Tokens) -> str:
    """The field path as claim ids write it: ``metadata.content[].role``; the root is ``body``."""
    text = ""
    for token in tokens:
        text += "[]" if token == "*" else f".{token}" if text else token
    return text or "body"


def is_index(token: str) -> bool:
    """Whether a token can be the place of an item: RFC 6901 knows no other digits, and no list is longer."""
    return re.fullmatch(r"0|[1-9][0-9]{0,8}", token) is not None


def values(document: Any, tokens: Tokens) -> Iterator[Any]:
    """Every value at ``tokens``; ``*`` walks the items of an array. A missing place yields nothing."""
    if not tokens:
        yield document
        return
    head, rest = tokens[0], tokens[1:]
    if head == "*":
        for item in document if isinstance(document, list) else ():
            yield from values(item, rest)
    elif isinstance(document, Mapping) and head in document:
        yield from values(document[head], rest)
    elif isinstance(document, list) and is_index(head) and int(head) < len(document):
        yield from values(document[int(head)], rest)


def value(document: Any, tokens: Tokens, default: Any = None) -> Any:
    """The first value at ``tokens``, or ``default``."""
    return next(values(document, tokens), default)


def present(document: Any, tokens: Tokens) -> bool:
    """Whether there is a value, ``null`` included, at ``tokens``."""
    return next(values(document, tokens), _MISSING) is not _MISSING


def filled(document: Any, tokens: Tokens) -> bool:
    """Whether there is a value at ``tokens`` that brings anything: any but an empty array."""
    return next(values(document, tokens), []) != []


def alone(tokens: Tokens, given: Any) -> dict[str, Any]:
    """The document that has this value at ``tokens`` and nothing else."""
    document: dict[str, Any] = {}
    put(document, tokens, given)
    return document


def is_like(entry: Any, members: Mapping[str, Any]) -> bool:
    """Whether an array entry is an object with these members."""
    return isinstance(entry, Mapping) and all(entry.get(name) == each for name, each in members.items())


def put(document: dict[str, Any], tokens: Tokens, new: Any) -> None:
    """Set a value in place, making the objects and the first array item on the way to it."""
    node: Any = document
    for token, following in pairwise(tokens):
        kind = list if following == "*" else dict
        if token == "*":
            if not node or not isinstance(node[0], kind):
                node[:1] = [kind()]
            node = node[0]
        else:
            if not isinstance(node.get(token), kind):
                node[token] = kind()
            node = node[token]
    if tokens[-1] == "*":
        node[:1] = [new]
    else:
        node[tokens[-1]] = new


def remove(document: Any, tokens: Tokens) -> None:
    """Remove the value at ``tokens`` in place, from every item where ``*`` stands."""
    for parent in values(document, tokens[:-1]):
        if isinstance(parent, dict):
            parent.pop(tokens[-1], None)


def nest(tokens: Tokens, schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of the whole document that holds ``schema`` against the place at ``tokens``."""
    nested = dict(schema)
    for token in reversed(tokens):
        nested = {"items": nested} if token == "*" else {"properties": {token: nested}}
    return nested


_EXPRESSION = re.compile(
    r"^\$(request|response)\.(?:body(?:#(?P<pointer>/.*))?|path\.(?P<path>\w+)|header\.(?P<header>[\w-]+))$"
)


def evaluate(
    expression: str,
    *,
    request_body: Any,
    response_body: Any,
    path: Mapping[str, str],
    headers: Mapping[str, str],
) -> Any:
    """The value of an OpenAPI runtime expression, or None. Other texts stand for themselves."""
    match = _EXPRESSION.match(expression)
    if not match:
        return expression
    body = request_body if match[1] == "request" else response_body
    if match["path"]:
        return path.get(match["path"])
    if match["header"]:
        return headers.get(match["header"].lower())
    return value(body, parse(match["pointer"] or ""))
