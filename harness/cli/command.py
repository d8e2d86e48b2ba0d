"""A command of the command line: what it is for, what it takes, what runs it, and examples that work."""

from __future__ import annotations

import argparse
import json
import shutil
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from harness.errors import nearest
from harness.folders import data_folder

#: Columns of a help page, where the terminal has as many.
WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A command that works as it stands, where its files are, what it shows, and the exit code that this comes to."""

    shows: str
    command: str
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command. ``help`` is its line in the list, empty to leave it out; ``about`` its paragraph.

    ``run`` is the ``module:function`` that runs it, imported when it is called, so that a page of help does not wait
    for it; none where its subcommands have their own. ``notes`` are paragraphs that stand after the examples, as they
    are.
    """

    name: str
    help: str
    about: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: str | None
    notes: str = ""


@cache
def examples() -> Mapping[str, Sequence[Example]]:
    """Command → its examples; they name providers, so they stand with them."""
    listed = json.loads((data_folder("specs") / "examples.json").read_text(encoding="utf-8"))
    return {name: [Example(**each) for each in some] for name, some in listed.items()}


class Pages(argparse.RawDescriptionHelpFormatter):
    """Pages that are never wider than ``WIDTH``."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=min(WIDTH, shutil.get_terminal_size().columns - 2))
        self._action_max_length = 14  # the longest command; argparse forgets that the list is indented


class Parser(argparse.ArgumentParser):
    """One whose faults name what may be meant, with the usage of the command that has them.

    argparse gives the flags that a command does not know back to the whole command line, which then shows its own.
    """

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        known, left = super().parse_known_args(args, namespace)
        if left:
            flag = next((each for each in left if each.startswith("-")), None)
            near = nearest(flag.partition("=")[0], self._option_string_actions) if flag else None
            self.error(f"unrecognized arguments: {' '.join(left)}" + (f"; did you mean {near}?" if near else ""))
        return known, left

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        names = list(action.choices or ())
        if names and value not in names and (near := nearest(str(value), names)):
            raise argparse.ArgumentError(action, f"there is no {value!r}; did you mean {near!r}?")
        super()._check_value(action, value)


def add(commands: argparse._SubParsersAction[Any], command: Command) -> None:
    """Add the command's parser."""
    listed: dict[str, Any] = {"help": command.help} if command.help else {}
    parser = commands.add_parser(
        command.name,
        description=textwrap.fill(command.about, WIDTH),
        epilog=_after(command),
        formatter_class=Pages,
        **listed,
    )
    command.arguments(parser)
    parser.usage = _usage(parser)
    if command.run is not None:
        parser.set_defaults(run=found_when_called(command.run))


def found_when_called(place: str) -> Callable[[argparse.Namespace], int]:
    """The function at ``module:function``, which is imported only when it is called."""
    module, name = place.split(":")

    def run(args: argparse.Namespace) -> int:
        return int(getattr(import_module(module), name)(args))

    return run


def _usage(parser: argparse.ArgumentParser) -> str:
    """Short, because the flags stand in their groups below."""
    words = [parser.prog]
    for each in parser._actions:
        if not each.option_strings:
            name = str(each.metavar or f"{{{','.join(each.choices or ())}}}")
            words.append({"*": f"[{name} ...]", "+": f"{name} ...", "?": f"[{name}]"}.get(str(each.nargs), name))
        elif each.required:
            words.append(f"{each.option_strings[-1]} {each.metavar}")
    return " ".join([*words, "[flags]"])


def _after(command: Command) -> str:
    shown = "\n".join(f"  {each.command}\n      {each.shows}" for each in examples()[command.name])
    return "\n\n".join(filter(None, [f"examples:\n{shown}", command.notes.strip()]))
