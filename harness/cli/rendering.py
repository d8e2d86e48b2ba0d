"""A report that was written before, shown in another form."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Iterable

from harness.errors import ConfigurationError, UnknownName
from harness.report import FORMATS, load, markdown, pieces
from harness.report.age import aged


def again(said: argparse.Namespace) -> int:
    """Print or write the report in one format; nothing is judged, so that the exit code says nothing of it."""
    if said.format not in FORMATS:
        raise UnknownName("format", said.format, FORMATS)
    if said.limit is not None and said.format != "markdown":
        raise ConfigurationError("--limit is for markdown", hint="Add --format markdown, or leave it out.")
    if said.limit is not None and said.limit < markdown.LEAST:
        raise ConfigurationError(f"--limit {said.limit} is too little for a report", hint=f"Give {markdown.LEAST}.")
    if said.out is not None and said.out.exists() and said.out.samefile(said.file):
        raise ConfigurationError(f"{said.out} is the report itself", hint="Name another file with --out.")
    report = load(said.file)
    if said.stale_after is not None:
        report = aged(report, today=datetime.datetime.now(datetime.UTC).date(), days=said.stale_after)
    text: Iterable[str] = pieces(said.format, report) if said.limit is None else [markdown.render(report, said.limit)]
    if said.out is None:
        sys.stdout.writelines(text)
    else:
        with said.out.open("w", encoding="utf-8") as file:
            file.writelines(text)
    return 0
