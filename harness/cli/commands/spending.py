"""Runs that send, and what they cost: plan, record, resume, runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli import options
from harness.cli.command import Command


def _plan_takes(parser: argparse.ArgumentParser) -> None:
    options.some_providers(parser)
    options.probes(parser)
    money = parser.add_argument_group("what it may cost")
    money.add_argument(
        "--budget", nargs="+", type=options.amount, metavar="USD",
        help="what each of these buys (default: 0, 0.50, 2, 10)",
    )  # fmt: skip
    options.prices(money)
    parser.add_argument(
        "--out", type=Path, default=Path("harness-report"), metavar="DIR",
        help="folder for the plan's file (default: %(default)s)",
    )  # fmt: skip


def _record_takes(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what is recorded")
    options.one_provider(what)
    options.mode(what, recorded=False)
    what.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="cassette file to write; never overwritten"
    )
    options.sending(parser)
    options.live(parser)


def _resume_takes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="RUN", help="its name, as harness runs lists it")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for reports (default: as it was begun)")
    money = parser.add_argument_group("what it may cost (default: as it was begun)")
    options.caps(money)
    options.prices(money)
    options.deciding(parser, again=True)


def _runs_takes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="RUN", help="one run, submission by submission (default: all runs)")
    options.journal(parser)


COMMANDS = (
    Command(
        name="plan",
        help="what a live run would send and what it can cost; sends nothing",
        about="Say what a live run would send, which claims that tests, and what it can cost at most, for several "
        "budgets side by side. Nothing is sent, and no key is needed.",
        arguments=_plan_takes,
        run="harness.cli.plan:plan",
    ),
    Command(
        name="record",
        help="run the plan and keep a cassette",
        about="Send the plan and keep what was seen as a cassette, without keys and media, to be judged again and "
        "again by check and judge. A live recording spends money, under the same budget as a live check.",
        arguments=_record_takes,
        run="harness.cli.check:record",
    ),
    Command(
        name="resume",
        help="resume a stopped or killed live run",
        about="Go on where a live run stopped, was killed or ran out of budget: the same plan, nothing sent twice, no "
        "job lost. What is not said here stays as the run was begun.",
        arguments=_resume_takes,
        run="harness.cli.check:resume",
    ),
    Command(
        name="runs",
        help="the live runs in the journal: how far, at what cost, how to go on",
        about="List the live runs of this journal: whether each is finished, what it spent and set aside, and the "
        "command that goes on with it.",
        arguments=_runs_takes,
        run="harness.cli.runs:runs",
    ),
)
