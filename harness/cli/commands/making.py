"""What is made for others to use: a first contract, schemas, completion, docs."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli import options
from harness.cli.command import Command

SHELLS = ("bash", "zsh", "fish")


def _import_takes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", type=Path, help="an OpenAPI 3 document, YAML or JSON")
    parser.add_argument("--provider", dest="named", metavar="NAME", help="what to call it (default: by its title)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the contract is written to DIR/NAME")
    parser.add_argument(
        "--operation", nargs="+", action="extend", default=[], metavar="ID",
        help="the submission, or ROLE=ID for any role, where shapes do not tell (see below)",
    )  # fmt: skip
    parser.add_argument("--catalogue", type=Path, metavar="FILE", help="an answer of the provider's model catalogue")
    parser.add_argument(
        "--against", metavar="PROVIDER", help="also show the claims beside those of a contract that is held already"
    )
    parser.set_defaults(provider=[])


_ROLES = """The operations of the job are told by their shapes:
  submission  a POST with JSON members whose answer has an id that a poll takes; where any is about
              video by its path, name, summary, description or tags, only those; of several, the
              one under whose path the others lie
  poll        answers with a status and takes the id: a GET whose path ends in it, or a POST with a
              member of its name
  content     a GET below the poll that answers with a file
  complete    deletes what the poll shows
  catalogue   a GET of .../models that lists ids
  quote       a POST that answers with a price in USD
--operation names what the shapes cannot tell: the submission (--operation createVideo), or any
role (poll=getTask).

DIR/NAME gets the form of specs/NAME and is never overwritten; with HARNESS_SPECS=DIR every command
works on it.

exit codes: 0 written, 2 no OpenAPI 3 document, no job in it that can be told, or a folder that is
already there"""


def _schemas_takes(parser: argparse.ArgumentParser) -> None:
    options.some_providers(parser)
    _made(parser, Path("schemas"))


def _completion_takes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to read it")


def _docs_takes(parser: argparse.ArgumentParser) -> None:
    _made(parser, Path("docs/commands"))


def _made(parser: argparse.ArgumentParser, out: Path) -> None:
    parser.add_argument(
        "--out", type=Path, default=out, metavar="DIR", help="folder to write into (default: %(default)s)"
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a file is not current")


COMMANDS = (
    Command(
        name="import",
        help="a first contract from an official OpenAPI document",
        about="Turn an official OpenAPI document into a first contract, ready for review: REVIEW.md beside it lists "
        "what was mended, what was guessed, and what the document could not tell.",
        notes=_ROLES,
        arguments=_import_takes,
        run="harness.cli.import_spec:imported",
    ),
    Command(
        name="schemas",
        help="write the JSON Schemas of every operation",
        about="Write JSON Schemas of the requests and answers of every operation, which need no harness to be used.",
        arguments=_schemas_takes,
        run="harness.cli.schemas:schemas",
    ),
    Command(
        name="completion",
        help="completion of commands, flags, providers and quirks, for your shell",
        about="Print a script that lets a shell complete commands, flags, providers, quirks and formats. It holds what "
        "there is now: make it again after an update.",
        arguments=_completion_takes,
        run="harness.cli.completion:completion",
    ),
    Command(
        name="docs",
        help="",
        about="Write the pages of docs/commands, and the list of them, from the command line itself. They are "
        "committed, and a test holds them current.",
        arguments=_docs_takes,
        run="harness.cli.docs:docs",
    ),
)
