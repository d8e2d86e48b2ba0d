"""A key, and the ways in which a server may write it."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote

KEY = "sk-live-4f9Zq7Lm2XcV8bN1/tR5+wY0=pK3jH6"


def each(form: str) -> Callable[[str], str]:
    """Every character written as ``form`` says, with its code."""
    return lambda text: "".join(form.format(byte) for byte in text.encode())


def pieces(joint: str, size: int = 7) -> Callable[[str], str]:
    return lambda text: joint.join(text[i : i + size] for i in range(0, len(text), size))


def based(text: str, alphabet: Callable[[bytes], bytes] = base64.b64encode, before: str = "") -> str:
    return alphabet((before + text + ":x").encode()).decode()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "capitals": str.upper,
    "percent, where it must": lambda text: quote(text, safe=""),
    "percent, all": each("%{:02X}"),
    "percent, small letters": each("%{:02x}"),
    "percent, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent, all, three times": lambda text: quote(quote(each("%{:02x}")(text))),
    "json": lambda text: json.dumps(text)[1:-1],
    "json, slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "json, all": each("\\u{:04x}"),
    "json, all, capitals": each("\\u{:04X}"),
    "json in json": lambda text: json.dumps(json.dumps(each("\\u{:04x}")(text)))[1:-1],
    "json of percent": lambda text: each("\\u{:04x}")(quote(text, safe="")),
    "percent of json": lambda text: quote(each("\\u{:04x}")(text), safe=""),
    "json, something invisible": lambda text: json.dumps(pieces("\u200b", 2)(text))[1:-1],
    "json, utf-16": lambda text: json.dumps("\0".join(text))[1:-1],
    "json, braces": each("\\u{{{:x}}}"),
    "json, long": each("\\U{:08x}"),
    "html, something invisible": pieces("&#8203;", 2),
    "html, a long name": pieces("&ZeroWidthSpace;", 2),
    "percent of scripts": each("%u{:04x}"),
    "python": each("\\x{:02x}"),
    "octal": each("\\{:03o}"),
    "html, where it must": html.escape,
    "html, decimal": each("&#{};"),
    "html, hexadecimal": each("&#x{:02X};"),
    "html, zeros": each("&#x0000{:02x};"),
    "html, twice": lambda text: html.escape(each("&#{};")(text)),
    "base64": based,
    "base64, one before": lambda text: based(text, before="u"),
    "base64, two before": lambda text: based(text, before="u:"),
    "base64, urlsafe": lambda text: based(text, base64.urlsafe_b64encode),
    "base64, wrapped": lambda text: pieces("\r\n    ", 11)(based(text)),
    "base64, percent": lambda text: quote(based(text), safe=""),
    "base64, json": lambda text: based(text).replace("/", "\\/").replace("=", "\\u003d"),
    "base64, twice": lambda text: based(based(text)),
    "base64, utf-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "base64, utf-16, the other way": lambda text: base64.b64encode(text.encode("utf-16-be")).decode(),
    "base32": lambda text: based(text, base64.b32encode, before="u"),
    "codes": lambda text: json.dumps(list(text.encode())),
    "codes, hexadecimal": lambda text: ", ".join(map(hex, text.encode())),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal, colons": lambda text: text.encode().hex(":").upper(),
    "reversed": lambda text: text[::-1],
    "lines": pieces("\n"),
    "spaces": pieces(" ", 1),
    "yaml, folded": pieces("\n          "),
    "yaml, escaped": pieces("\\\n    \\ "),
    "yaml, list": pieces("\n- "),
    "json, list": pieces('",\n   "'),
    "json, line ends": pieces("\\n"),
    "added together": pieces("' + '"),
    "joined over lines": pieces('" \\\n  "'),
    "tags": pieces("<wbr>", 4),
    "spans": pieces('</span><span class="x">'),
    "zero width": pieces("\u200b", 3),
    "utf-16": lambda text: text.encode("utf-16-le").decode("latin-1"),
}
