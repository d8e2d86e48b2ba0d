"""A report that was written before, shown in another form."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Iterable

from harness.cli.screen import columns
from harness.errors import ConfigurationError, UnknownName
from harness.report import FORMATS, load, markdown, pieces
from harness.report.age import aged
from harness.report.text import COLUMNS, render


def again(args: argparse.Namespace) -> int:
    """Print or write the report in one format; nothing is judged, so that the exit code says nothing of it."""
    if args.format not in FORMATS:
        raise UnknownName("format", args.format, FORMATS)
    if args.limit is not None and args.format != "markdown":
        raise ConfigurationError("--limit is for markdown", hint="Add --format markdown, or leave it out.")
    if args.limit is not None and args.limit < markdown.LEAST:
        raise ConfigurationError(f"--limit {args.limit} is too little for a report", hint=f"Give {markdown.LEAST}.")
    if args.out is not None and args.out.exists() and args.out.samefile(args.file):
        raise ConfigurationError(f"{args.out} is the report itself", hint="Name another file with --out.")
    report = load(args.file)
    if args.stale_after is not None:
        report = aged(report, today=datetime.datetime.now(datetime.UTC).date(), days=args.stale_after)
    text: Iterable[str] = pieces(args.format, report) if args.limit is None else [markdown.render(report, args.limit)]
    if args.out is None and args.format == "text":
        sys.stdout.write(render(report, columns=columns(COLUMNS)))
    elif args.out is None:
        sys.stdout.writelines(text)
    else:
        with args.out.open("w", encoding="utf-8") as file:
            file.writelines(text)
    return 0
