"""Scripts that let a shell complete commands, flags and values; made of the command line, so never behind it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote

from harness.cli import command_line, options
from harness.cli.commands import COMMANDS
from harness.cli.docs import choices
from harness.contract import providers
from harness.simulator import known

#: Values that are files, by the word that help has for them, and those that are folders.
_FILES, _FOLDERS = ("FILE", "REQUEST.json", "REPORT.json", "OLD", "NEW", "SPEC"), ("DIR",)

_BASH = """_harness() {
  local i offered place command="" flag="" typed="${COMP_WORDS[COMP_CWORD]}"
  for ((i = 2; i < COMP_CWORD; i++)); do case "${COMP_WORDS[i]}" in -*) flag="${COMP_WORDS[i]}" ;; esac; done
  if ((COMP_CWORD > 1)); then command="${COMP_WORDS[1]}"; fi
  _harness_offers "$command" "${COMP_WORDS[COMP_CWORD - 1]}" "$flag" "$typed"
  COMPREPLY=($(compgen -W "$offered" -- "$typed"))
  if [ "$place" = files ]; then COMPREPLY+=($(compgen -f -- "$typed")); fi
  if [ "$place" = folders ]; then COMPREPLY+=($(compgen -d -- "$typed")); fi
}
complete -o filenames -F _harness harness"""

_ZSH = """_harness() {
  local i offered place command="" flag=""
  for ((i = 3; i < CURRENT; i++)); do case "${words[i]}" in -*) flag="${words[i]}" ;; esac; done
  if ((CURRENT > 2)); then command="${words[2]}"; fi
  _harness_offers "$command" "${words[CURRENT - 1]}" "$flag" "${words[CURRENT]}"
  compadd -- ${=offered}
  if [ "$place" = files ]; then _files; fi
  if [ "$place" = folders ]; then _files -/; fi
}
if [ "$funcstack[1]" = _harness ]; then _harness "$@"; else compdef _harness harness; fi"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What takes a value, or is a bare flag: its names (none for a positional), and what may stand for the value."""

    flags: Sequence[str]
    help: str
    words: Sequence[str]
    place: str
    many: bool
    bare: bool


def completion(args: argparse.Namespace) -> int:
    """Print the script for a shell."""
    commands = {name: list(_slots(parser)) for name, parser in choices(command_line()).items()}
    if args.shell == "fish":
        print("\n".join(_fish(commands)))
    else:
        before, after = ([], _BASH) if args.shell == "bash" else (["#compdef harness"], _ZSH)
        print("\n".join([*before, *_offers(commands), after]))
    return 0


def _slots(parser: argparse.ArgumentParser) -> Iterator[Slot]:
    for action in parser._actions:
        name = str(action.metavar or "")
        yield Slot(
            flags=action.option_strings,
            help=((action.help or "") % vars(action)).partition(" (default")[0],
            words=list(map(str, action.choices)) if action.choices else _words(action, name),
            place="files" if name.startswith(_FILES) else "folders" if name in _FOLDERS else "",
            many=action.nargs in ("+", "*"),
            bare=action.nargs == 0,
        )
    for below in choices(parser).values():
        yield from _slots(below)


def _words(action: argparse.Action, name: str) -> Sequence[str]:
    if name == "PROVIDER":
        return list(providers())
    if action.dest == "quirk":
        return sorted({"all-reported", *(quirk for each in providers() for quirk in known(each))})
    return options.FORMATS.split(", ") if action.dest == "format" else []


def _offers(commands: Mapping[str, Sequence[Slot]]) -> Iterator[str]:
    """A function of command, word before, last flag and word that is typed; sets ``offered`` and ``place``."""
    yield '_harness_offers() {\n  offered="" place=""\n  case "$4" in -*) ;; *)\n    case "$1 $2" in'
    yield from _cases(commands, many=False)
    yield '    esac\n    case "$1 $3" in'
    yield from _cases(commands, many=True)
    yield '    esac ;;\n  esac\n  case "$1" in'
    yield f"    '') offered={quote(' '.join(each.name for each in COMMANDS if each.help))} ;;"
    for name, slots in commands.items():
        bare = [slot for slot in slots if not slot.flags]
        words = [*(word for slot in bare for word in slot.words), *(flag for slot in slots for flag in slot.flags)]
        place = next((slot.place for slot in bare if slot.place), "")
        yield f"    {name}) offered={quote(' '.join(words))} place={place} ;;"
    yield "  esac\n}"


def _cases(commands: Mapping[str, Sequence[Slot]], *, many: bool) -> Iterator[str]:
    for name, slots in commands.items():
        for slot in slots:
            if slot.flags and not slot.bare and slot.many is many:
                pattern = "|".join(quote(f"{name} {flag}") for flag in slot.flags)
                yield f"      {pattern}) offered={quote(' '.join(slot.words))} place={slot.place}; return ;;"


def _fish(commands: Mapping[str, Sequence[Slot]]) -> Iterator[str]:
    yield "complete -c harness -f"
    for each in COMMANDS:
        if each.help:
            yield f"complete -c harness -n __fish_use_subcommand -a {each.name} -d {_fished(each.help)}"
    for name, slots in commands.items():
        for slot in slots:
            names = " ".join(f"-{'l' if flag.startswith('--') else 's'} {flag.lstrip('-')}" for flag in slot.flags)
            folders = ["(__fish_complete_directories)"] if slot.place == "folders" else []
            files = "-F" if slot.place == "files" else ""
            offered = f"-a {_fished(' '.join([*slot.words, *folders]))}" if slot.words or folders else ""
            takes = "-r" if slot.flags and not slot.bare else ""
            about = f"-d {_fished(slot.help)}" if slot.flags else ""
            begins = f"complete -c harness -n '__fish_seen_subcommand_from {name}'"
            parts = [begins, names, takes, files, offered, about]
            yield " ".join(filter(None, parts))


def _fished(text: str) -> str:
    """Quoted for fish, where a backslash means something even between single quotes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
