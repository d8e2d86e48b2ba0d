"""Lines with a document's words in them, which may be anybody's since documents are imported."""

from __future__ import annotations

from harness.report.safe import block


def say(line: str) -> None:
    """Print it with what a terminal would obey taken out."""
    print(block(line))
