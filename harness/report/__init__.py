"""Verdicts made readable: one value, the report, and a pure function for each format.

A new report format is one function from a report to text, and one line in FORMATS
(one more in FILES if it is for a file). One that grows with the report also gives its text in pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.report import badge, codequality, github, html, json_format, junit, markdown, sarif, text
from harness.report.build import entry, report
from harness.report.json_format import load

FORMATS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "json": json_format.render,
    "text": text.render,
    "html": html.render,
    "markdown": markdown.render,
    "junit": junit.render,
    "sarif": sarif.render,
    "github": github.render,
    "codequality": codequality.render,
    "badge": badge.render,
}
_IN_PIECES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "json": json_format.pieces,
    "html": html.pieces,
}
#: What a folder of reports calls each; a format that is not here is printed.
FILES: Mapping[str, str] = {
    "json": "report.json",
    "html": "report.html",
    "markdown": "report.md",
    "junit": "report.xml",
    "sarif": "report.sarif",
    "codequality": "report.codequality.json",
    "badge": "report.svg",
}


def pieces(name: str, report: Mapping[str, Any]) -> Iterator[str]:
    """The text that FORMATS makes under ``name``, in pieces: a large report never stands in memory twice."""
    if name in _IN_PIECES:
        yield from _IN_PIECES[name](report)
    else:
        yield FORMATS[name](report)


__all__ = ["FILES", "FORMATS", "entry", "load", "pieces", "report"]
