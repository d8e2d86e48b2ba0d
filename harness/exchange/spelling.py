"""A secret found again however it was written down.

Texts are compared by their letters and digits alone, once every escape in them is undone: so it does not matter
whether a key stands there raw, percent-encoded (twice, if need be), with JSON or HTML escapes, in capitals,
wrapped, folded, quoted in pieces or with something invisible inside. Base64 (also of UTF-16, and of base64), base32,
hexadecimal, lists of character codes and reversed forms are looked for in the same way. The first or last PART
characters of a key are as good as the whole, and so are pieces near each other that have as many together.

What nobody can promise: a key that was compressed, encrypted or hashed, written in an alphabet of somebody's own, or
cut into pieces of fewer than SHORTEST characters or far from each other, is not found.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from string import ascii_letters, digits
from typing import TypeAlias

#: Shorter secrets stand in ordinary text too often to be looked for.
SHORTEST = 8
#: So many characters from the beginning or the end of a key give it away.
PART = 16
#: How many letters and digits may stand between two pieces that belong together.
NEAR = 100
#: What is looked at in one go, and how much of it is looked at again with what follows: a spelling of PART
#: characters of a key is never longer, unless it is pulled apart by more than two hundred bytes for each.
BLOCK, OVERLAP = 64 * 1024, 8 * 1024
#: Rounds of undoing escapes: an escape inside an escape inside an escape is the deepest that was ever seen.
_ROUNDS = 4

#: A run of backslashes is looked at from its first one alone: from each of them, it would take its length squared.
_ESCAPE = re.compile(
    rb"%(?:25)*(?:(?P<percent>[0-9A-Fa-f]{2})|u(?P<script>[0-9A-Fa-f]{4}))"
    rb"|(?<!\\)\\++(?:u(?P<json>[0-9A-Fa-f]{4})|u\{(?P<braces>[0-9A-Fa-f]{1,6})\}|U(?P<long>[0-9A-Fa-f]{8})"
    rb"|x(?P<x>[0-9A-Fa-f]{2})|(?P<octal>[0-3][0-7]{2})|(?P<space>[nrtbfv]))"
    rb"|&(?:amp;)*#(?:[xX]0*(?P<hex>[0-9A-Fa-f]{1,6})|0*(?P<decimal>[0-9]{1,7}));?"
    rb"|&(?:amp;)*[A-Za-z][A-Za-z0-9]{1,31};"
)
_TAG = re.compile(rb"<[^<>]{0,256}>")
_KEPT = (ascii_letters + digits).encode()
_DROPPED = bytes(set(range(256)) - set(_KEPT))
_SMALL = bytes(range(256)).lower()
#: The groups of an escape that name a character: the base of the number, and what to call it.
_CODES = {
    "percent": (16, "percent-encoded"),
    "script": (16, "escaped"),
    "json": (16, "JSON-escaped"),
    "braces": (16, "escaped"),
    "long": (16, "escaped"),
    "x": (16, "escaped"),
    "octal": (8, "escaped"),
    "hex": (16, "HTML-escaped"),
    "decimal": (10, "HTML-escaped"),
}

#: For each byte of a text, where it begins and ends in what it was made from.
_Origin: TypeAlias = list[tuple[int, int]]


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A secret or a part of it between two bytes; ``how`` it is written, in words."""

    start: int
    end: int
    how: str


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write a secret, as letters and digits; either end of it gives it away."""

    how: str
    text: bytes
    head: bytes
    tail: bytes


class Finder:
    """Finds these secrets in bytes. Secrets shorter than SHORTEST letters and digits are found as they are alone."""

    def __init__(self, secrets: Iterable[str]) -> None:
        raw = sorted({secret.encode("utf-8", "replace") for secret in secrets if len(secret) >= SHORTEST})
        self._raw = raw
        self._forms = [form for each in raw for form in _forms(each)]
        self._pieces = [pieces for each in raw if len(pieces := _cut(_plain(each))) > PART - SHORTEST]

    def __repr__(self) -> str:
        return "Finder(…)"

    def __bool__(self) -> bool:
        return bool(self._raw)

    def found(self, data: bytes, *, most: int = 10_000) -> list[Found]:
        """Every place, in order and none inside another; no further ones once there are ``most``."""
        places: list[Found] = []
        for at in range(0, max(1, len(data) - OVERLAP), BLOCK) if self._raw else ():
            block = self._in_block(data[at : at + BLOCK + OVERLAP])
            places += (Found(at + each.start, at + each.end, each.how) for each in islice(block, most))
            if len(places) >= most:
                break
        return _apart(places)

    def _in_block(self, block: bytes) -> Iterator[Found]:
        for raw in self._raw:
            at = block.find(raw)
            while at >= 0:
                yield Found(at, at + len(raw), "as it is")
                at = block.find(raw, at + len(raw))
        if self._holds(plain := _plain(block)):
            yield from self._placed(block, *_traced(block, tags=False))
        else:
            yield from self._pieced(block, plain)
        if b"<" in block and self._holds(_plain(_TAG.sub(b"", block))):
            yield from self._placed(block, *_traced(block, tags=True))

    def _holds(self, text: bytes) -> bool:
        return any(form.head in text or form.tail in text for form in self._forms)

    def _pieced(self, block: bytes, text: bytes) -> Iterator[Found]:
        """Pieces of one secret that stand near each other, none of which would be enough alone."""
        for pieces in self._pieces:
            if _covered(at for piece, at in pieces.items() if piece in text) < PART:
                continue
            plain, origin = _traced(block, tags=False)
            there = sorted((found, at) for piece, at in pieces.items() for found in _places(plain, piece))
            group: list[tuple[int, int]] = []
            for each in [*there, None]:
                if group and (each is None or each[0] - group[-1][0] > NEAR):
                    if _covered(at for _, at in group) >= PART:
                        for found, _ in group:
                            yield Found(origin[found][0], origin[found + SHORTEST - 1][1], "in several parts")
                    group = []
                if each is not None:
                    group.append(each)

    def _placed(self, block: bytes, text: bytes, origin: _Origin) -> Iterator[Found]:
        for form in self._forms:
            for anchor, forwards in ((form.head, True), (form.tail, False)):
                at = text.find(anchor)
                while at >= 0:
                    end = at + len(anchor)
                    if forwards:
                        end = at + _common(text[at : at + len(form.text)], form.text)
                    else:
                        behind = text[max(0, end - len(form.text)) : end]
                        at = end - _common(behind[::-1], form.text[::-1])
                    start, stop = origin[at][0], origin[end - 1][1]
                    whole = end - at == len(form.text)
                    yield Found(start, stop, _how(block[start:stop], form, whole=whole))
                    at = text.find(anchor, end)


def _forms(raw: bytes) -> Iterator[_Form]:
    head, tail = (raw[:PART], raw[-PART:]) if len(raw) > PART else (raw, raw)
    plain, first, last = _plain(raw), _plain(head), _plain(tail)
    yield from _form("", plain, first, last)
    yield from _form("reversed", plain[::-1], last[::-1], first[::-1])
    yield from _form("hexadecimal", *(each.hex().encode() for each in (raw, head, tail)))
    for how, code in (("as character codes", "%d"), ("as hexadecimal codes", "0x%02x")):
        yield from _form(how, *("".join(code % byte for byte in each).encode() for each in (raw, head, tail)))
    for shift in range(3):
        packed = _based(raw, head, tail, shift)
        yield from _form("base64", *packed, squeeze=True)
        for again in range(3):
            yield from _form("base64 twice", *_based(*packed, again), squeeze=True)
        whole, first, last = (b"\0".join(b"%c" % byte for byte in each) for each in (raw, head, tail))
        yield from _form("base64 of UTF-16", *_based(whole, first, last, shift), squeeze=True)
    for shift in range(5):
        yield from _form("base32", *_based(raw, head, tail, shift, group=5), squeeze=True)


def _covered(starts: Iterable[int]) -> int:
    """How many characters of a secret pieces of SHORTEST have together that start at these places of it."""
    return len({start + each for start in starts for each in range(SHORTEST)})


def _places(text: bytes, piece: bytes) -> Iterator[int]:
    at = text.find(piece)
    while at >= 0:
        yield at
        at = text.find(piece, at + 1)


def _cut(plain: bytes) -> dict[bytes, int]:
    """Every SHORTEST characters of a secret, and where they stand in it; what it repeats counts once."""
    starts = range(len(plain) - SHORTEST, -1, -1)
    return {plain[at : at + SHORTEST]: at for at in starts}


def _based(raw: bytes, head: bytes, tail: bytes, shift: int, group: int = 3) -> tuple[bytes, bytes, bytes]:
    """The three in base64 (groups of 3 bytes) or base32 (of 5), where ``shift`` bytes of a group precede them."""
    # The end of a key stands at another place in its group than its beginning.
    at_end = (shift + len(raw) - len(tail)) % group
    return _inside(raw, shift, group), _inside(head, shift, group), _inside(tail, at_end, group)


def _form(how: str, text: bytes, head: bytes, tail: bytes, *, squeeze: bool = False) -> Iterator[_Form]:
    if squeeze:
        text, head, tail = (_squeezed(each) for each in (text, head, tail))
    if len(text) < SHORTEST:
        return
    long_enough = [each if len(each) >= SHORTEST else text for each in (head, tail)]
    yield _Form(how, text, *long_enough)


def _inside(raw: bytes, shift: int, group: int) -> bytes:
    """The characters of base64 or base32 that depend on ``raw`` alone when ``shift`` bytes of a group precede it."""
    encode, bits = (base64.b64encode, 6) if group == 3 else (base64.b32encode, 5)
    return encode(b"\0" * shift + raw)[(shift * 8 + bits - 1) // bits : (shift + len(raw)) * 8 // bits]


def _value(match: re.Match[bytes]) -> bytes:
    group = match.lastgroup
    if group is None or group == "space":
        return b""
    code = int(match[group], _CODES[group][0])
    return bytes([code]) if code < 128 else b""


def _plain(data: bytes) -> bytes:
    """Letters and digits of a text whose escapes are undone, in small letters."""
    for _ in range(_ROUNDS):
        if b"%" not in data and b"\\" not in data and b"&" not in data:
            break
        before, data = data, _ESCAPE.sub(_value, data)
        if before == data:
            break
    return _squeezed(data)


def _squeezed(data: bytes) -> bytes:
    return data.translate(_SMALL, _DROPPED)


def _traced(data: bytes, *, tags: bool) -> tuple[bytes, _Origin]:
    """What :func:`_plain` makes of the data, and where each byte comes from."""
    origin: _Origin = [(i, i + 1) for i in range(len(data))]
    if tags:
        data, origin = _rewritten(data, origin, _TAG)
    for _ in range(_ROUNDS):
        before = data
        data, origin = _rewritten(data, origin, _ESCAPE)
        if before == data:
            break
    kept = [i for i, byte in enumerate(data) if byte in _KEPT]
    return _squeezed(data), [origin[i] for i in kept]


def _rewritten(data: bytes, origin: _Origin, pattern: re.Pattern[bytes]) -> tuple[bytes, _Origin]:
    out, places, last = bytearray(), list[tuple[int, int]](), 0
    for match in pattern.finditer(data):
        value = b"" if pattern is _TAG else _value(match)
        out += data[last : match.start()] + value
        places += origin[last : match.start()]
        places += [(origin[match.start()][0], origin[match.end() - 1][1])] * len(value)
        last = match.end()
    return bytes(out) + data[last:], places + origin[last:]


def _common(a: bytes, b: bytes) -> int:
    if a == b:
        return len(a)
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _how(window: bytes, form: _Form, *, whole: bool) -> str:
    escapes = {_CODES[match.lastgroup][1] for match in _ESCAPE.finditer(window) if match.lastgroup in _CODES}
    words = [form.how, *sorted(escapes), "" if whole else "in part"]
    return ", ".join(filter(None, words)) or "as it is or in pieces"


def _apart(places: list[Found]) -> list[Found]:
    """Overlapping places as one."""
    apart: list[Found] = []
    for each in sorted(places):
        if apart and each.start < apart[-1].end:
            before = apart[-1]
            apart[-1] = Found(before.start, max(before.end, each.end), before.how)
        else:
            apart.append(each)
    return apart
