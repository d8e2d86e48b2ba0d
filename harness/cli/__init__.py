"""The command line: parse, call, print, exit code. Data goes to stdout, talk to stderr."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import textwrap
from collections.abc import Sequence
from typing import NoReturn

from harness import __version__
from harness.cli.command import WIDTH, Pages, Parser, add
from harness.cli.commands import COMMANDS
from harness.errors import HarnessError

_ABOUT = (
    "Hold video-generation providers to their own documentation: where does one behave differently from what it "
    "documents, where do the documents contradict themselves, and where do providers differ?"
)

_EPILOG = """getting started:
  harness providers                          list the providers
  harness check PROVIDER --simulated         end to end against the simulator; no key
  harness validate PROVIDER request.json     is a request allowed, before it costs money
  harness COMMAND --help                     what a command is for, with examples that work

exit codes:
  0  no divergence that counts
  1  divergences, or a waiver, requirement or limit that is not kept
  2  usage, configuration or spec error
  3  internal error
  4  stopped by the budget
  5  nothing to judge
  6  incomplete, can be resumed
  130  interrupted"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every error of ours is one message and an exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a document says in its own letters must not stop anybody
            stream.reconfigure(errors="backslashreplace")
    args = command_line().parse_args(arguments)
    from harness.cli import leak_check  # not before: a page of help needs none of it

    try:
        signal.signal(signal.SIGTERM, _interrupted)
        return leak_check.sealed(args)
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
    parser = Parser(
        prog="harness",
        description=textwrap.fill(_ABOUT, WIDTH),
        epilog=_EPILOG,
        formatter_class=Pages,
    )
    parser.add_argument("--version", action="version", version=f"harness {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        add(commands, command)
    return parser
