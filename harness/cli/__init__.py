"""The command line: parse, call, print, exit code. Data goes to stdout, talk to stderr."""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from harness import __version__
from harness.errors import HarnessError

_EPILOG = """exit codes:
  0 no divergence that counts   1 divergences, or a waiver, requirement or limit that is not kept
  2 usage, configuration or spec error   3 internal error   4 stopped by the budget   5 nothing to judge
  6 incomplete   130 interrupted"""

#: Written out, because reading them from harness.report takes longer than most commands.
_FORMATS = "json, text, html, markdown, junit, sarif, github, badge"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every error of ours is one message and an exit code, never a traceback."""
    from harness.cli import sealing

    said = command_line().parse_args(arguments)
    try:
        signal.signal(signal.SIGTERM, _interrupted)
        return sealing.sealed(said)
    except HarnessError as error:
        from harness.report.safe import block

        print(block(f"harness: {error}"), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nharness: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as fault:
        print(f"harness: {fault.filename or 'input or output'}: {fault.strerror or fault}", file=sys.stderr)
        return 2
    except Exception as fault:  # a bug of ours: say so, and how to see it
        if os.environ.get("HARNESS_TRACEBACK"):
            raise
        print(f"harness: internal error: {type(fault).__name__}: {fault}", file=sys.stderr)
        print("  This is a fault of the harness. HARNESS_TRACEBACK=1 shows where.", file=sys.stderr)
        return 3


def _interrupted(*_: object) -> NoReturn:
    """A polite kill ends a run as Ctrl-C does: what was seen is kept."""
    raise KeyboardInterrupt


def command_line() -> argparse.ArgumentParser:
    """Every command with its arguments; what is parsed has the command itself as ``run``."""
    return _parser()


def _parser() -> argparse.ArgumentParser:
    from harness.cli import checking, looking

    parser = argparse.ArgumentParser(
        prog="harness",
        description="Hold video-generation providers to their own documentation.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"harness {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    check = commands.add_parser("check", help="judge recordings (default), a live address or the simulator")
    check.add_argument("provider", nargs="*", help="provider ids (default: all)")
    _mode(check, recorded=True)
    check.add_argument("--cassettes", type=Path, help="folder of cassettes (default: the shipped ones)")
    check.add_argument(
        "--out", type=Path, default=Path("harness-report"), help="folder for reports (default: %(default)s)"
    )
    _judging(check)
    check.set_defaults(run=checking.check)

    record = commands.add_parser("record", help="run the plan and keep a cassette")
    record.add_argument("provider")
    _mode(record, recorded=False)
    record.add_argument("--out", type=Path, required=True, help="cassette file to write; never overwritten")
    record.set_defaults(run=checking.record)

    _continuing(commands)

    judge = commands.add_parser("judge", help="judge any vcrpy cassette or HAR file")
    judge.add_argument("provider")
    judge.add_argument("file", nargs="+", type=Path)
    judge.add_argument("--out", type=Path, help="folder for reports (default: only the summary is printed)")
    _judging(judge)
    judge.set_defaults(run=checking.judge_files)

    _of_reports(commands)

    validate = commands.add_parser("validate", help="which claims does a request break, before it costs anything")
    validate.add_argument("provider")
    validate.add_argument("request", type=Path, help="JSON file with the request body; - reads stdin")
    validate.add_argument("--operation", help="operationId (default: the submission)")
    validate.set_defaults(run=checking.validate)

    _following(commands)

    _comparing(commands.add_parser("compare", help="vendors side by side: what they document, what was seen"))

    serve = commands.add_parser("serve", help="play a provider on a local port")
    _serving(serve)
    serve.set_defaults(run=looking.serve)

    lint = commands.add_parser("lint", help="check the specs and print what the documentation contradicts itself in")
    lint.add_argument("provider", nargs="*")
    lint.set_defaults(run=looking.lint)

    explain = commands.add_parser("explain", help="everything known about a claim, or a provider's claims")
    explain.add_argument("name", metavar="CLAIM", help="a claim id, a glob of them, or a provider id")
    explain.set_defaults(run=looking.explain)

    commands.add_parser("providers", help="the providers that have a contract").set_defaults(
        run=looking.providers_table
    )

    schemas = commands.add_parser("schemas", help="write the JSON Schemas of every operation")
    schemas.add_argument("provider", nargs="*")
    schemas.add_argument("--out", type=Path, default=Path("schemas"))
    schemas.add_argument("--check", action="store_true", help="change nothing; exit 1 if a file is not current")
    schemas.set_defaults(run=looking.schemas)

    quirks = commands.add_parser("quirks", help="list quirks; with --prove, print the kill matrix")
    quirks.add_argument("provider", nargs="*")
    quirks.add_argument("--prove", action="store_true", help="run each quirk and name the claims that catch it")
    quirks.set_defaults(run=looking.quirks)
    return parser


def _of_reports(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from harness.cli import baselines

    _rendering(commands.add_parser("report", help="show a report.json again, in any format"))
    baselines.arguments(commands.add_parser("baseline", help="divergences known before, so that only new ones fail"))


def _following(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from harness.cli import comparing, drifting, importing

    comparing.arguments(commands.add_parser("diff", help="two reports, or two revisions of what a provider documents"))
    importing.arguments(commands.add_parser("import", help="a first contract from an official OpenAPI document"))
    drifting.arguments(commands.add_parser("drift", help="a provider's own documents of today against what is held"))


def _continuing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from harness.cli import accounts, checking, gating, planning

    plan = commands.add_parser("plan", help="what a live run would send and what it can cost; sends nothing")
    plan.add_argument("provider", nargs="*", help="provider ids (default: all)")
    _probes(plan)
    plan.add_argument(
        "--budget", nargs="+", type=_amount, metavar="USD", help="what each of these buys (default: 0, 0.50, 2, 10)"
    )
    _prices(plan)
    plan.add_argument(
        "--out", type=Path, default=Path("harness-report"), help="folder for the plan's file (default: %(default)s)"
    )
    plan.set_defaults(run=planning.plan)

    resume = commands.add_parser("resume", help="go on with a live run that was stopped or killed")
    resume.add_argument("name", metavar="RUN", help="its name, as harness runs lists it")
    resume.add_argument("--out", type=Path, metavar="DIR", help="folder for reports (default: as it was begun)")
    _caps(resume)
    gating.arguments(resume, again=True)
    resume.set_defaults(run=checking.resume)

    runs = commands.add_parser("runs", help="the live runs in the journal: how far, at what cost, how to go on")
    runs.add_argument("name", nargs="?", metavar="RUN", help="one run, submission by submission")
    _journal(runs)
    runs.set_defaults(run=accounts.runs)


def _amount(text: str) -> float:
    """A finite number of dollars or seconds, zero or more."""
    value = float(text)
    if not math.isfinite(value) or value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of zero or more")
    return value


def _price(text: str) -> float:
    value = _amount(text)
    if value == 0:
        raise argparse.ArgumentTypeError("name a price above zero")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is below zero")
    return value


def _jobs(text: str) -> int:
    value = _count(text)
    if value == 0:
        raise argparse.ArgumentTypeError("one at least")
    return value


def _mode(command: argparse.ArgumentParser, *, recorded: bool) -> None:
    mode = command.add_mutually_exclusive_group(required=not recorded)
    if recorded:
        mode.add_argument("--recorded", action="store_const", const="recorded", dest="mode", default="recorded")
    mode.add_argument("--live", action="store_const", const="live", dest="mode")
    mode.add_argument("--simulated", action="store_const", const="simulated", dest="mode")
    _probes(command)
    command.add_argument("--max-requests", type=_count, metavar="N")
    command.add_argument(
        "--find-limits",
        choices=("wrong", "all"),
        help="close in on where limits really lie, by further requests: on those that are not where they are "
        "documented, or on all",
    )
    command.add_argument(
        "--quirk", nargs="+", action="extend", default=[], metavar="NAME", help="quirks of the simulator"
    )
    _spending(command)


def _spending(command: argparse.ArgumentParser) -> None:
    live = command.add_argument_group("live runs")
    live.add_argument("--base-url", metavar="URL")
    _caps(live)
    _prices(live)
    live.add_argument("--jobs", type=_jobs, metavar="N", help="jobs under way at once (default: as documented, else 1)")
    live.add_argument("--log", type=Path, metavar="FILE", help="a line of JSON for each request")
    live.add_argument("--poll-interval", type=_amount, metavar="S")
    live.add_argument(
        "--webhook-listen",
        metavar="HOST:PORT[,PUBLIC-URL]",
        help="receive webhooks here; PUBLIC-URL is the address that leads here from outside",
    )
    live.add_argument("--yes", action="store_true", help="do not ask before spending")
    live.add_argument("--allow-private", action="store_true", help="allow loopback and private addresses")


def _probes(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", nargs="+", action="extend", metavar="ID", help="only these models")
    command.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the random valid requests (default: %(default)s)"
    )
    command.add_argument(
        "--random",
        type=_count,
        default=10,
        metavar="N",
        help="random valid requests beyond the cover (default: %(default)s)",
    )
    command.add_argument(
        "--fuzz", type=_count, default=0, metavar="N", help="also N valid requests generated by Schemathesis"
    )


def _prices(command: argparse._ActionsContainer) -> None:
    command.add_argument(
        "--assume-price", type=_price, metavar="USD", help="what a job can cost where no price is documented"
    )
    command.add_argument("--prices", type=Path, metavar="FILE", help='your prices: {"model id": USD for one job, …}')


def _caps(command: argparse._ActionsContainer) -> None:
    command.add_argument("--budget", type=_amount, metavar="USD", help="the most that the run may cost")
    command.add_argument("--max-per-provider", type=_amount, metavar="USD", help="the most for one provider of the run")
    command.add_argument("--max-per-job", type=_amount, metavar="USD", help="the most for one job")
    command.add_argument(
        "--max-per-day", type=_amount, metavar="USD", help="the most for one day (UTC), over all runs in the journal"
    )
    _journal(command)


def _journal(command: argparse._ActionsContainer) -> None:
    command.add_argument(
        "--journal",
        type=Path,
        metavar="FILE",
        help="where live runs are written down (default: HARNESS_JOURNAL, else ~/.local/state/harness)",
    )


def _judging(command: argparse.ArgumentParser) -> None:
    from harness.cli import gating

    _stale(command)
    command.add_argument(
        "--format", default="json,html,text", help=f"comma-separated: {_FORMATS} (default: %(default)s)"
    )
    command.add_argument(
        "--second-opinion", action="store_true", help="also hold the answers against Schemathesis's own response checks"
    )
    command.add_argument(
        "--protocol",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="also hold the answers against good practice that no provider documents; shown apart, never counted",
    )
    gating.arguments(command)


def _stale(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--stale-after",
        type=_days,
        metavar="DAYS",
        help="mark verdicts whose newest evidence is older (30 or 30d); no outcome changes by it",
    )


def _days(text: str) -> int:
    return _count(text.removesuffix("d"))


def _comparing(command: argparse.ArgumentParser) -> None:
    from harness.cli import siding

    siding.arguments(command)
    _spending(command)


def _rendering(command: argparse.ArgumentParser) -> None:
    from harness.cli import rendering

    command.set_defaults(run=rendering.again)
    command.add_argument("file", metavar="REPORT.json", type=Path)
    command.add_argument("--format", default="text", metavar="NAME", help=f"one of {_FORMATS} (default: %(default)s)")
    command.add_argument("--out", type=Path, metavar="FILE", help="file to write (default: stdout)")
    command.add_argument(
        "--limit",
        type=_count,
        metavar="BYTES",
        help="of markdown: 65000 for a comment (default), 1048576 for a step summary",
    )
    _stale(command)


def _serving(command: argparse.ArgumentParser) -> None:
    command.add_argument("provider")
    command.add_argument(
        "--quirk",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="depart from the contract; 'all-reported' for every reported quirk",
    )
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=int, default=8700)
