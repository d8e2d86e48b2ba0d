"""The line of our spec data that a verdict is about: what code scanning and annotations point at."""

from __future__ import annotations

import re
from urllib.parse import quote

from harness.json_text import Json
from harness.report.safe import plain

#: A stored report may come from anywhere: a path that leaves the repository is none of ours.
_PATH = re.compile(r"(?!.*\.\.)\w[\w.-]*(?:/\w[\w.-]*)+", re.ASCII)
_PLACE = re.compile(r"(?!.*\.\.)([\w.][\w.-]*(?:/[\w.][\w.-]*)*):([1-9][0-9]{0,8})", re.ASCII)


def spec(entry: Json, verdict: Json) -> tuple[str, int]:
    """Path within the repository and line (from 1); the first line of the provider's OpenAPI file where none is known.

    The path has no character that a URI or a workflow command would read as anything else, except ``%``.
    """
    path, line = verdict.get("spec_file"), verdict.get("spec_line")
    if not isinstance(path, str) or not _PATH.fullmatch(path) or len(path) > 300:
        path = f"specs/{quote(plain(entry['provider'], 200), safe='')}/openapi.yaml"
    return path, line if isinstance(line, int) and line is not True and line > 0 else 1


def within(where: object) -> tuple[str, int] | None:
    """Path and line of a ``file:line`` whose file is within the repository; None for any other."""
    found = _PLACE.fullmatch(str(where)[:300])
    return (found[1], int(found[2])) if found else None
