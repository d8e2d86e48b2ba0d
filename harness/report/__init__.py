"""Verdicts made readable: one value, the report, and a pure function for each format.

A new report format is one function from a report to text, and one line in FORMATS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.report import html, json_format, text
from harness.report.build import entry, report
from harness.report.json_format import load

FORMATS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "json": json_format.render,
    "text": text.render,
    "html": html.render,
}

__all__ = ["FORMATS", "entry", "load", "report"]
