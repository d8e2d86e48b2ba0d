"""What differences of every kind have in common when they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.report.safe import plain

#: Of the JSON form, which ``schemas/diff.json`` describes.
DIFF_VERSION = 1
#: A pull-request comment may have 65,536 characters.
MARKDOWN = 60_000
#: Characters of a claim id and of a sentence on one line.
CLAIM, SENTENCE = 200, 240


def code(text: str) -> str:
    """A code span of markdown that nothing in ``text`` ends: no markup, no mention, no reference works in it."""
    line = plain(text, SENTENCE) or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


def within(lines: Sequence[str], limit: int) -> Iterator[str]:
    """As many lines as ``limit`` characters hold, and how many are left out."""
    left = limit
    for number, line in enumerate(lines):
        left -= len(line) + 1
        if left < 0:
            yield ""
            yield f"… and {len(lines) - number:,} lines more"
            return
        yield line
