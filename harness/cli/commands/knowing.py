"""What is known without asking anybody: explain, lint, quirks, providers, serve."""

from __future__ import annotations

import argparse

from harness.cli import options
from harness.cli.command import Command


def _explain_takes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="CLAIM", help="a claim id, a glob of them, a provider, or PROVIDER.OPERATION")
    parser.add_argument(
        "--reported", action="store_true", help="of a list, only what others reported on in public, with link and date"
    )


def _quirks_takes(parser: argparse.ArgumentParser) -> None:
    options.some_providers(parser)
    parser.add_argument("--prove", action="store_true", help="run each quirk and name the claims that catch it")


def _serve_takes(parser: argparse.ArgumentParser) -> None:
    options.one_provider(parser)
    options.quirks(parser)
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="HOST", help="address to listen on (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=8700, metavar="PORT", help="its port (default: %(default)s)")


COMMANDS = (
    Command(
        name="explain",
        help="everything known about a claim, or a provider's claims",
        about="Show a claim with its quote, where it stands, what older documents said, what others reported of it, "
        "and the quirks that break it; or list claims.",
        arguments=_explain_takes,
        run="harness.cli.explain:explain",
    ),
    Command(
        name="lint",
        help="check the specs and list contradictions in the documentation",
        about="Check the folders under specs/, each fault with file, line and remedy, and print where a provider's "
        "documents contradict each other, with both quotes.",
        notes="exit codes: 0 no fault (a contradiction of theirs is none), 2 a fault in a file of ours",
        arguments=options.some_providers,
        run="harness.cli.lint:lint",
    ),
    Command(
        name="quirks",
        help="list quirks; with --prove, print the kill matrix",
        about="List the named ways in which a simulator can misbehave, with a link where somebody reported it in "
        "public. --prove runs each of them and names the claims that catch it.",
        notes="exit codes: 0, or 1 with --prove where a quirk was not caught",
        arguments=_quirks_takes,
        run="harness.cli.quirks:quirks",
    ),
    Command(
        name="providers",
        help="the providers that have a contract",
        about="List the providers that have a folder under specs/: base URL, the variable of the key, and how many "
        "claims of which kind.",
        arguments=lambda parser: None,
        run="harness.cli.providers:providers",
    ),
    Command(
        name="serve",
        help="play a provider on a local port",
        about="Play a provider on a local port from its documentation, honestly or with quirks, for the tests of your "
        "own client. It needs no key and takes any. Ctrl-C ends it.",
        arguments=_serve_takes,
        run="harness.cli.serve:serve",
    ),
)
