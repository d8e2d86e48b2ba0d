"""One exchange as a report shows it: request, response, and a command that repeats the request.

Credentials never got here: the exchange layer keeps a placeholder where a key was. What is not such a
placeholder in a header that carries credentials is taken out once more.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import quote, urlsplit

from harness.interaction import NO_KEY, Interaction, Malformed, MediaFacts, Request, Response
from harness.report.safe import TEXT, clip, visible

#: JSON bodies up to this many characters stay JSON values; a model catalogue fits.
BODY = 20_000
#: The longest body that a command carries: one argument may have 128 KiB, and nobody reads even this.
INLINE = 20_000
REMOVED = "[removed]"

_SECRET = re.compile(r"authorization|cookie|api-?key|secret|(?:auth|access|session|security)-?token", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"none|(?:(?:bearer|basic|token|key|digest|apikey)\s*)?(?:\$KEY|\$WRONG_KEY)?\s*", re.IGNORECASE
)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_METHOD = re.compile(r"[A-Z]+")
#: What curl sets itself, or what belongs to the connection rather than to the request.
_OWN = frozenset({"host", "content-length", "user-agent", "accept-encoding", "connection", "transfer-encoding"})


def shown_request(request: Request) -> dict[str, Any]:
    """Method, URL, headers and body."""
    return {"method": request.method, "url": clip(request.url), "headers": _headers(request.headers), **_body(request)}


def shown_response(response: Response) -> dict[str, Any]:
    """Status, headers, body, and the facts of a media file."""
    shown = {"status": response.status, "headers": _headers(response.headers), **_body(response)}
    return shown | ({"media": _media(response.media)} if response.media else {})


def origin(interaction: Interaction) -> dict[str, Any]:
    """Where the interaction comes from, without what is not known."""
    return {key: each for key, each in asdict(interaction.provenance).items() if each and key != "origin"}


def curl(interaction: Interaction, key_variable: str) -> str | None:
    """A POSIX shell command that sends the request again; None where the URL is not one for curl, or was ours.

    A body longer than INLINE is not spelled out: the command reads it from the file ``request-body``,
    and a comment says where to take it from. Bytes that are not text go through ``printf``.
    """
    request = interaction.request
    if interaction.arrival is not None:  # only the provider can send that again
        return None
    method = request.method.upper()
    if not _METHOD.fullmatch(method) or not (url := _url(request.url)):
        return None
    words = ["curl", "--globoff"] + (["--head"] if method == "HEAD" else ["-X", method])
    words.append(shlex.quote(url))
    for name, text in request.headers.items():
        if name.lower() not in _OWN and text != NO_KEY and _HEADER.fullmatch(name):
            words += ["-H", _header(name, text, key_variable)]
    if request.body and "content-type" not in {name.lower() for name in request.headers}:
        words += ["-H", "'Content-Type:'"]
    before, body = _sent(request, interaction.name)
    return before + " ".join(words + body)


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: REMOVED if _leaks(name, text) else clip(text) for name, text in headers.items()}


def _leaks(name: str, text: str) -> bool:
    return bool(_SECRET.search(name)) and not _PLACEHOLDER.fullmatch(text)


def _body(message: Request | Response) -> dict[str, Any]:
    if not message.body:
        return {"body": None}
    if isinstance(message.json, Malformed):
        return _text(message.body.decode("utf-8", "replace"), f"not JSON: {message.json.reason}")
    value, shortened = _short(message.json)
    written = json.dumps(value, ensure_ascii=False)
    if len(written) > BODY:
        return _text(written, "a JSON body too long to show")
    return {"body": value} | ({"note": "long strings are shortened"} if shortened else {})


def _text(text: str, note: str) -> dict[str, Any]:
    more = f"; {len(text):,} characters, the first {TEXT:,} are shown" if len(text) > TEXT else ""
    return {"body": text[:TEXT], "note": clip(note) + more}


def _short(value: Any) -> tuple[Any, bool]:
    match value:
        case str():
            return clip(value), len(value) > TEXT
        case list():
            items = [_short(each) for each in value]
            return [each for each, _ in items], any(cut for _, cut in items)
        case dict():
            fields = {clip(key): _short(each) for key, each in value.items()}
            return {key: each for key, (each, _) in fields.items()}, any(cut for _, cut in fields.values())
        case _:
            return value, False


#: Facts for the judge, which no reader can read.
_UNREADABLE = frozenset(("first_frame", "last_frame", "pictures"))


def _media(media: MediaFacts) -> dict[str, Any]:
    return {key: each for key, each in asdict(media).items() if each is not None and key not in _UNREADABLE}


def _url(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~-._", errors="replace")


def _header(name: str, text: str, key_variable: str) -> str:
    value = "".join(c for c in text if c.isprintable())
    if name.lower() == "authorization":
        name = "Authorization"
        if re.match(r"basic\b", value, re.IGNORECASE):
            value = value.replace("$KEY", "bm90LWEta2V5")
    if _leaks(name, text):
        return shlex.quote(f"{name}: {REMOVED}")
    value = value.replace("$WRONG_KEY", "not-a-key")
    if "$KEY" in value and _SECRET.search(name):
        return f'"{name}: {value.replace("$KEY", f"${key_variable}")}"'
    return shlex.quote(f"{name}: {value}" if value else f"{name};")


def _sent(request: Request, name: str) -> tuple[str, list[str]]:
    """What stands before curl, and the arguments that carry the body."""
    if not request.body:
        return "", []
    if len(request.body) > INLINE:
        place = "".join(c for c in name if c.isprintable())
        return (
            f"# The body ({len(request.body):,} bytes) is too long to show: save it from {place} as request-body\n",
            ["--data-binary", "@request-body"],
        )
    text = _readable(request)
    if text is not None:
        return "", ["--data-raw", shlex.quote(text)]
    octal = "".join(chr(b) if 32 <= b < 127 and b not in b"-%'\\" else f"\\{b:03o}" for b in request.body)
    return f"printf '{octal}' | ", ["--data-binary", "@-"]


def _readable(request: Request) -> str | None:
    """The body as text that a reader sees whole and can copy; None where that would change it."""
    try:
        text = request.body.decode()
    except UnicodeDecodeError:
        return None
    if all(c == "\n" or visible(c) for c in text):
        return text
    return None if isinstance(request.json, Malformed) else json.dumps(request.json)
