"""What differences of every kind have in common when they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

#: Of the JSON form, which ``schemas/diff.json`` describes.
DIFF_VERSION = 1
#: A pull-request comment may have 65,536 characters.
MARKDOWN = 60_000
#: Characters of a claim id and of a sentence on one line.
CLAIM, SENTENCE = 200, 240


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
