"""What is made of harness itself: schemas, completion, docs."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli import options
from harness.cli.command import Command

SHELLS = ("bash", "zsh", "fish")


def _schemas(said: argparse.Namespace) -> int:
    from harness.cli.looking import schemas

    return schemas(said)


def _schemas_takes(parser: argparse.ArgumentParser) -> None:
    options.some_providers(parser)
    _made(parser, Path("schemas"))


def _completion(said: argparse.Namespace) -> int:
    from harness.cli.completion import completion

    return completion(said)


def _completion_takes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to read it")


def _docs(said: argparse.Namespace) -> int:
    from harness.cli.pages import docs

    return docs(said)


def _docs_takes(parser: argparse.ArgumentParser) -> None:
    _made(parser, Path("docs/commands"))


def _made(parser: argparse.ArgumentParser, out: Path) -> None:
    parser.add_argument(
        "--out", type=Path, default=out, metavar="DIR", help="folder to write into (default: %(default)s)"
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a file is not current")


COMMANDS = (
    Command(
        name="schemas",
        help="write the JSON Schemas of every operation",
        about="Write JSON Schemas of the requests and answers of every operation, which need no harness to be used.",
        arguments=_schemas_takes,
        run=_schemas,
    ),
    Command(
        name="completion",
        help="completion of commands, flags, providers and quirks, for your shell",
        about="Print a script that lets a shell complete commands, flags, providers, quirks and formats. It holds what "
        "there is now: make it again after an update.",
        arguments=_completion_takes,
        run=_completion,
    ),
    Command(
        name="docs",
        help="",
        about="Write the pages of docs/commands, and the list of them, from the command line itself. They are "
        "committed, and a test holds them current.",
        arguments=_docs_takes,
        run=_docs,
    ),
)
