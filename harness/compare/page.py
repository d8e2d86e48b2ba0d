"""The comparison as one self-contained page in the manner of report.html: no requests, no scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Template
from markupsafe import Markup

import harness.report
from harness import __version__
from harness.compare.table import Table
from harness.report.html import link
from harness.report.templating import environment

#: What the page is called beside report.html.
FILE = "compare.html"
#: Quotes, claim ids, and models of one value that one cell shows; comparison JSON has all.
QUOTES, CLAIMS, MODELS = 4, 6, 8
#: Characters of one text.
SHOWN = 4_000
_TEMPLATES = Path(__file__).parent / "templates"
_REPORT_STYLE = Path(harness.report.__file__).parent / "templates" / "report.css"


def render(table: Table) -> str:
    """The comparison as a page that can be mailed, archived and opened anywhere."""
    style = _style()
    return _page().render(
        table=table,
        version=__version__,
        style=Markup(style),  # ours, not a server's
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


def is_made_for(entries: Iterable[Mapping[str, Any]]) -> bool:
    """Whether report.html may link to FILE: a comparison is written beside a report of several providers."""
    return len({entry["provider"] for entry in entries}) > 1


def _unbadged(told: str, origin: str) -> str:
    """Where evidence is from, without the word that the badge beside it has."""
    return told.removeprefix(origin.upper()).removeprefix(" — ").strip()


def _alike(by_model: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Each value with the models that have it; what most of them have comes first."""
    found: dict[str, list[str]] = {}
    for model, text in by_model.items():
        found.setdefault(text, []).append(model)
    return sorted(found.items(), key=lambda each: -len(each[1]))


@cache
def _style() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in (_REPORT_STYLE, _TEMPLATES / "compare.css"))


@cache
def _page() -> Template:
    made = environment(_TEMPLATES, SHOWN)
    made.filters.update(alike=_alike, link=link, unbadged=_unbadged)
    made.globals.update(QUOTES=QUOTES, CLAIMS=CLAIMS, MODELS=MODELS)
    return made.get_template("compare.html")
