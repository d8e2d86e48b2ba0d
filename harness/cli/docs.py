"""A page for each command, made from the command line itself."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping

from harness.cli import command_line
from harness.cli.command import Command, examples
from harness.cli.commands import COMMANDS

_INDEX = "README.md"
#: argparse's own words for groups that nobody named.
_TITLES = {"positional arguments": "takes", "options": "flags"}


def docs(args: argparse.Namespace) -> int:
    """Write the pages, or say which are not current. Pages of commands that are gone are removed."""
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in args.out.glob("*.md")}
    stale = sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))
    for name in stale:
        print(f"{'not current' if args.check else 'written' if name in wanted else 'removed'}: {args.out / name}")
        if args.check:
            continue
        if name in wanted:
            args.out.mkdir(parents=True, exist_ok=True)
            (args.out / name).write_text(wanted[name], encoding="utf-8")
        else:
            (args.out / name).unlink()
    if args.check and stale:
        print("Run: make docs", file=sys.stderr)
        return 1
    return 0


def pages() -> Mapping[str, str]:
    """File name → Markdown."""
    parsers = choices(command_line())
    listed = [command for command in COMMANDS if command.help]
    made = {f"{each.name}.md": "\n".join(_page(each, parsers[each.name])) + "\n" for each in listed}
    rows = [f"| [`harness {each.name}`]({each.name}.md) | {each.help} |" for each in listed]
    index = [
        "# Commands",
        "",
        "Made by `make docs` from the command line itself.",
        "",
        "| command | |",
        "| --- | --- |",
    ]
    made[_INDEX] = "\n".join([*index, *rows, "", "[Exit codes](../in-ci.md#exit-codes)"]) + "\n"
    return made


def choices(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """The commands below a parser; none for most."""
    found = [each.choices for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    return found[0] if found else {}


def _page(command: Command, parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f"# harness {command.name}"
    yield from ("", _marked(command.about), "")
    yield "```console"
    for each in examples()[command.name]:
        yield f"# {each.shows}{f' (exit code {each.code})' if each.code else ''}"
        yield f"$ {each.command}"
    yield "```"
    yield from _flags(parser)
    for name, below in choices(parser).items():
        yield from ("", f"## harness {command.name} {name}", "", f"{below.description}.")
        yield from _flags(below)
    if command.notes:
        yield from ("", "```text", command.notes.strip(), "```")


def _flags(parser: argparse.ArgumentParser) -> Iterator[str]:
    for group in parser._action_groups:
        shown = [
            each for each in group._group_actions
            if not isinstance(each, argparse._HelpAction | argparse._SubParsersAction)
        ]  # fmt: skip
        if shown:
            yield from ("", f"| {_TITLES.get(str(group.title), group.title)} | |", "| --- | --- |")
            yield from (f"| {_name(each)} | {_marked(_cell((each.help or '') % vars(each)))} |" for each in shown)


def _name(action: argparse.Action) -> str:
    value = value_of(action)
    names = action.option_strings or [value]
    return ", ".join(f"`{_cell(f'{name} {value}' if action.option_strings and value else name)}`" for name in names)


def value_of(action: argparse.Action) -> str:
    """What a page shows for an action's value; empty for a flag that takes none."""
    if action.nargs == 0:
        return ""
    shown = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else str(action.metavar or "")
    return f"{shown} …" if action.nargs in ("+", "*") else shown


def _marked(text: str) -> str:
    """With flags and commands as code."""
    commands = "|".join(command.name for command in COMMANDS)
    return re.sub(rf"(?<![\w-])--[a-z-]+\b|\bharness (?:{commands})\b|\bschemas/\w+\.json", r"`\g<0>`", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
