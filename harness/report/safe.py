"""Text from servers made harmless: to show on one line, to show as a block, and to store as UTF-8.

Server text is hostile everywhere: it may hold escape sequences that repaint a terminal, marks that
turn the reading direction, NUL, or halves of characters that cannot be written as UTF-8.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

#: Longer text tells a reader nothing more, and a server may send megabytes.
TEXT = 2_000
#: Characters of one code span.
SPAN = 400

_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor, screen
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x90\x98-\x9f]*(?:\x07|\x1b\\|\x9c)"  # titles, links
    r"|\x1b[ -/]*[0-~]?"
)
_SPACES = re.compile(r"[ \t\r\n\v\f\x1c-\x1f\x85\u2028\u2029]+")
_TICKS = re.compile("`+")
_HALVES = re.compile(r"[\ud800-\udfff]")
#: Control, format (marks of direction, zero width) and surrogate: nothing that a reader would see.
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})


def plain(text: object, limit: int = TEXT) -> str:
    """``text`` on one line, at most ``limit`` characters, nothing in it that a terminal or browser obeys."""
    given = str(text)
    line = given[: 8 * limit + 1_000]
    cut = len(line) < len(given)
    if not (line.isascii() and line.isprintable()):
        line = _SPACES.sub(" ", _SEQUENCE.sub("", line))
        line = "".join(c for c in line if visible(c))
    line = line.strip()
    if cut or len(line) > limit:
        return line[: max(limit - 1, 0)].rstrip() + "…"
    return line


def block(text: object, limit: int = 1_000_000) -> str:
    """``text`` with its lines kept; what a reader could not see is written out, as in ``\\u202e``."""
    given = str(text)
    shown = given[:limit].replace("\r\n", "\n")
    if not (shown.isascii() and shown.replace("\n", "").isprintable()):
        shown = "".join(c if c in "\n\t" or visible(c) else written(c) for c in shown)
    return shown if len(given) <= limit else f"{shown}\n… ({len(given):,} characters, the first {limit:,} are shown)"


def code(text: object, limit: int = SPAN) -> str:
    """``text`` on one line as a code span of Markdown that nothing in it ends: no markup, no mention works in it."""
    line = plain(text, limit)
    if not line:
        return "(none)"
    ticks = fence(line)
    pad = " " if "`" in (line[0], line[-1]) else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def cell(text: object, limit: int = SPAN) -> str:
    """A code span for a table, where a bar would end the cell even in code."""
    return code(plain(text, limit).replace("|", "¦"), limit)


def fence(text: str, least: int = 1) -> str:
    """More backticks than stand anywhere in ``text`` in a row, and at least so many."""
    return "`" * max(least, 1 + max(map(len, _TICKS.findall(text)), default=0))


def visible(character: str) -> bool:
    """Whether a reader sees ``character`` for what it is."""
    return unicodedata.category(character) not in _UNSEEN and character not in "\u2028\u2029"


def written(character: str) -> str:
    """The JSON escape of ``character``."""
    code = ord(character)
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"


def clip(text: str, limit: int = TEXT) -> str:
    """At most ``limit`` characters of ``text``, saying how many there were."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def storable(value: Any) -> Any:
    """``value`` as plain JSON that can be written as UTF-8: halves of characters become U+FFFD."""
    match value:
        case str():
            return _HALVES.sub("\ufffd", value) if not value.isascii() else str(value)
        case None | bool() | int():
            return value
        case float():
            return value if value - value == 0 else str(value)
        case Mapping():
            return {storable(str(key)): storable(each) for key, each in value.items()}
        case list() | tuple():
            return [storable(each) for each in value]
        case set() | frozenset():
            return sorted((storable(each) for each in value), key=str)
        case _:
            return storable(str(value))
