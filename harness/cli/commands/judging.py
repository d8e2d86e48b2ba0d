"""Judging, and what decides afterwards: check, judge, validate, report, baseline."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli import options
from harness.cli.command import Command, Pages, found_when_called


def _check_takes(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what is judged")
    options.some_providers(what)
    options.mode(what, recorded=True)
    options.cassettes(what)
    options.sending(parser)
    options.live(parser)
    options.reports(parser, out=Path("harness-report"))
    options.deciding(parser)


def _judge_takes(parser: argparse.ArgumentParser) -> None:
    options.one_provider(parser)
    parser.add_argument("file", nargs="+", type=Path, metavar="FILE", help="vcrpy cassettes and HAR files")
    options.reports(parser, out=None)
    options.deciding(parser)


def _validate_takes(parser: argparse.ArgumentParser) -> None:
    options.one_provider(parser)
    parser.add_argument(
        "request", type=Path, metavar="REQUEST.json", help="JSON file with the request body; - reads stdin"
    )
    parser.add_argument("--operation", metavar="ID", help="operationId (default: the submission)")


def _report_takes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="REPORT.json", type=Path, help="a report.json that was written before")
    parser.add_argument(
        "--format", default="text", metavar="NAME", help=f"one of {options.FORMATS} (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="file to write (default: stdout)")
    parser.add_argument(
        "--limit", type=options.count, metavar="BYTES",
        help="of markdown: 65000 for a comment (default), 1048576 for a step summary",
    )  # fmt: skip
    options.stale(parser)


def _baseline_takes(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, about in (
        ("update", "add what diverges in reports; the file is made if there is none"),
        ("prune", "take out what no longer diverges by reports; what they do not tell of stays"),
        ("show", "what is known, and since when"),
    ):
        each = does.add_parser(name, help=about, description=about.capitalize(), formatter_class=Pages)
        if name != "show":
            each.add_argument("report", nargs="+", type=Path, metavar="REPORT.json", help="what runs found")
        each.add_argument("--baseline", type=Path, required=True, metavar="FILE", help="the baseline's file")
        each.set_defaults(run=found_when_called(f"harness.cli.baseline:{name}"))


COMMANDS = (
    Command(
        name="check",
        help="judge recordings (default), a live address or the simulator",
        about="Hold providers to their own documentation, claim by claim. Without a flag it judges the recordings that "
        "harness ships, and sends nothing; --cassettes names yours. What each claim came to is printed, and written to "
        "--out with the quote, the request, the answer and a curl that shows it again.",
        arguments=_check_takes,
        run="harness.cli.check:check",
    ),
    Command(
        name="judge",
        help="judge any vcrpy cassette or HAR file",
        about="Judge recordings, whoever made them: cassettes of your own tests, or a HAR file saved by a browser or "
        "proxy. Nothing is sent.",
        arguments=_judge_takes,
        run="harness.cli.judge:judge",
    ),
    Command(
        name="validate",
        help="which claims does a request break, before it costs anything",
        about="Hold one request body against everything that is documented of it, and quote what it breaks. Nothing is "
        "sent, and no key is needed.",
        notes="exit codes: 0 keeps every rule, 1 breaks one, 2 no JSON, or an operation that takes no body",
        arguments=_validate_takes,
        run="harness.cli.validate:validate",
    ),
    Command(
        name="report",
        help="show a report.json again, in any format",
        about="Show a report that was written before in another form. Nothing is judged again, so the exit code says "
        "nothing of what it holds.",
        arguments=_report_takes,
        run="harness.cli.report:again",
    ),
    Command(
        name="baseline",
        help="divergences known before, so that only new ones fail",
        about="Keep a file of the divergences that are known on the day on which one begins: --baseline lets them "
        "stand, and whatever is new fails. Commit the file; prune it when something was mended.",
        arguments=_baseline_takes,
        run=None,
    ),
)
