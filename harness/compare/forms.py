"""The comparison as text, Markdown, CSV and JSON. Every text of a report may be a server's."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness import __version__
from harness.claim import Source
from harness.compare import page
from harness.compare.cells import Cell
from harness.compare.observed import Finding, Observation
from harness.compare.table import Column, Row, Table
from harness.interaction import Origin
from harness.report.safe import plain

COMPARISON_VERSION = 1
#: Columns of a file (a terminal may have fewer), of the names of the axes, and what a column of cells needs at least.
WIDTH, NAMES, LEAST = 118, 18, 22
#: Characters of one cell in a terminal or in Markdown; JSON, CSV and HTML have all of them.
CELL = 200
#: The columns of CSV.
CSV = (
    *("axis", "provider", "models", "standing", "documented", "evidence", "finding", "tested", "claims", "diverging"),
    *("seen", "document", "revision", "quote", "url"),
)
_GAP = "  "
#: What Markdown or HTML would read as more than text.
_MARKUP = {ord(character): f"&#{ord(character)};" for character in "&\\`*_{}[]<>|#@"}


def as_text(table: Table, width: int = WIDTH) -> str:
    """For a terminal: side by side where the columns fit, else one axis under the other."""
    lines = [*_folded(f"{table.about}: what their documentation says, and what was seen of it", width), ""]
    lines += [line for head in _heads(table) for line in _folded(head, width)]
    room = (width - NAMES) // max(len(table.columns), 1) - len(_GAP)
    for group, rows in table.groups():
        lines += ["", group.upper()]
        if room >= LEAST:
            lines += [_line("", [column.name for column in table.columns], room)]
        for row in rows:
            lines += _grid(row, room) if room >= LEAST else _stacked(table, row, width)
    if not table.rows:
        lines += ["", "Nothing differs."]
    lines += ["", "Quotes, claims and what was seen in full: --format html or json."]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def as_markdown(table: Table) -> str:
    """For a page or a comment; text of a report stands in code spans or is escaped."""
    lines = [f"### {_escaped(table.about)}", ""]
    lines += [f"- {_escaped(line)}" for line in _heads(table)]
    for group, rows in table.groups():
        lines += ["", f"#### {group}", ""]
        lines.append("| | " + " | ".join(_escaped(column.name) for column in table.columns) + " |")
        lines.append("| --- |" + " --- |" * len(table.columns))
        for row in rows:
            cells = [
                "<br>".join([_escaped(plain(cell.text, CELL)), *(f"_{_escaped(mark)}_" for mark in marks(cell, seen))])
                for cell, seen in zip(row.cells, row.observed, strict=True)
            ]
            lines.append(f"| **{row.axis.title}** | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def as_csv(table: Table) -> str:
    """One line for each axis, column and kind of evidence. No cell starts as a formula does."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV)
    for row in table.rows:
        for column, cell, seen in zip(table.columns, row.cells, row.observed, strict=True):
            source = cell.sources[0] if cell.sources else None
            where = [source.document, source.revision, source.quote, source.url or ""] if source else [""] * 4
            for told in seen or (None,):
                found = [] if told is None else [each.summary for each in told.seen]
                writer.writerow(
                    _harmless(each)
                    for each in (
                        row.axis.id,
                        column.provider,
                        column.models[0] if len(column.models) == 1 else f"{len(column.models)} models",
                        cell.standing,
                        cell.text,
                        told.evidence if told else "",
                        told.finding if told else "untested",
                        told.tested if told else 0,
                        len(cell.claims),
                        len(found),
                        "; ".join(found[:3]),
                        *where,
                    )
                )
    return out.getvalue()


def as_json(table: Table) -> str:
    """Everything, all ASCII, so that no terminal or editor obeys what a server sent."""
    made = {
        "comparison_version": COMPARISON_VERSION,
        "harness_version": __version__,
        "generated_at": table.generated_at,
        "about": table.about,
        "columns": [_column_json(column) for column in table.columns],
        "axes": [_row_json(row) for row in table.rows],
    }
    return json.dumps(made, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


#: A new form of the comparison is one function and one line.
TABLE_FORMATS: Mapping[str, Callable[[Table], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "csv": as_csv,
    "html": page.render,
    "json": as_json,
}


def marks(cell: Cell, seen: Iterable[Observation]) -> Iterator[str]:
    """What stands under a cell: what was seen at the provider; of the simulator only where it departs, and marked."""
    for told in seen:
        if told.finding is Finding.DIVERGES:
            yield f"[{told.origin.upper()}: {len(told.seen)} of {told.tested} tested claims diverge]"
        elif told.real and told.finding is not Finding.UNTESTED:
            yield f"[{told.origin.upper()}: {told.finding}, {told.tested} of {told.claims} claims tested]"
    if cell.disputed:
        yield "[documents disagree]"


def _folded(line: str, width: int) -> list[str]:
    """The line, in several where the terminal is narrow; a file has it whole."""
    return textwrap.wrap(line, width, subsequent_indent="    ", break_on_hyphens=False) if width < WIDTH else [line]


def _heads(table: Table) -> Iterator[str]:
    """Each provider with where its evidence is from."""
    for column in table.providers:
        real = [told for origin, told in column.evidence if origin is not Origin.SIMULATED]
        yield f"{column.provider} ({column.title}): {'; '.join(real) or 'nothing was observed at the provider itself'}"
    if table.simulated:
        yield "[SIMULATED …] is what the harness's own simulator did, with its quirks: it says nothing of a provider."


def _grid(row: Row, room: int) -> Iterator[str]:
    columns = []
    for cell, seen in zip(row.cells, row.observed, strict=True):
        lines = textwrap.wrap(plain(cell.text, CELL), room, break_on_hyphens=False) or [""]
        for mark in marks(cell, seen):
            lines += textwrap.wrap(mark, room, break_on_hyphens=False)
        columns.append(lines)
    names = textwrap.wrap(row.axis.title, NAMES - 1)
    for number in range(max(len(names), *map(len, columns))):
        shown = [lines[number] if number < len(lines) else "" for lines in columns]
        yield _line(names[number] if number < len(names) else "", shown, room)


def _line(name: str, texts: Sequence[str], room: int) -> str:
    return name.ljust(NAMES) + _GAP.join(plain(text, room).ljust(room) for text in texts)


def _stacked(table: Table, row: Row, width: int) -> Iterator[str]:
    """One line for each thing that is said, with the providers or models of which it is."""
    alike: dict[str, list[Column]] = {}
    for column, cell, seen in zip(table.columns, row.cells, row.observed, strict=True):
        alike.setdefault(" ".join([plain(cell.text, CELL), *marks(cell, seen)]), []).append(column)
    yield row.axis.title
    for text, columns in alike.items():
        line = f"{_who(table, columns)}: {text}"
        yield from textwrap.wrap(
            line, width - 4, initial_indent="    ", subsequent_indent="        ", break_on_hyphens=False
        )


def _who(table: Table, columns: Sequence[Column]) -> str:
    """``all``, a provider with all its columns, or the models."""
    if len(columns) == len(table.columns):
        return "all"
    told = []
    for provider in dict.fromkeys(column.provider for column in columns):
        here = [column for column in columns if column.provider == provider]
        whole = len(here) == sum(column.provider == provider for column in table.columns)
        told.append(provider if whole else f"{provider} {', '.join(name for each in here for name in each.models)}")
    return "; ".join(told)


def _column_json(column: Column) -> dict[str, Any]:
    evidence = [{"provenance": origin.value, "is": told} for origin, told in column.evidence]
    models = list(column.models)
    return {"name": column.name, "provider": column.provider, "title": column.title, "models": models} | {
        "evidence": evidence
    }


def _row_json(row: Row) -> dict[str, Any]:
    cells = [_cell_json(cell, seen) for cell, seen in zip(row.cells, row.observed, strict=True)]
    return {
        "axis": row.axis.id,
        "title": row.axis.title,
        "group": row.axis.group,
        "differs": row.differs,
        "cells": cells,
    }


def _cell_json(cell: Cell, seen: Iterable[Observation]) -> dict[str, Any]:
    return {
        "standing": cell.standing.value,
        "documented": cell.text,
        "by_model": dict(cell.by_model),
        "observed": [_observation_json(each) for each in seen],
        "claims": [claim.id for claim in cell.claims],
        "disputed": [claim.id for claim in cell.disputed],
        "sources": [_source_json(source) for source in cell.sources],
    }


def _observation_json(told: Observation) -> dict[str, Any]:
    seen = [
        {"claim": each.claim, "summary": each.summary, "observed": each.observed, "interaction": each.interaction}
        for each in told.seen
    ]
    return {
        "provenance": told.origin.value,
        "evidence": told.evidence,
        "finding": told.finding.value,
        "tested": told.tested,
        "claims": told.claims,
        "confirmed": told.confirmed,
        "diverging": seen,
    }


def _source_json(source: Source) -> dict[str, Any]:
    return {"document": source.document, "revision": source.revision, "quote": source.quote, "url": source.url}


def _harmless(value: Any) -> str:
    """A spreadsheet runs what starts like this; an apostrophe makes it text."""
    text = plain(value, 2_000)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _escaped(text: str) -> str:
    return text.translate(_MARKUP)
