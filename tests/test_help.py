"""Help teaches: a paragraph, examples that work (test_docs runs them), and nothing heavy is loaded for it."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest
from commands import run
from conftest import ROOT

from harness.cli import command_line, options
from harness.cli.command import WIDTH, examples
from harness.cli.commands import COMMANDS, comparing
from harness.cli.docs import choices
from harness.compare import FORMATS, REVISION_FORMATS, TABLE_FORMATS
from harness.compare.show_drift import DRIFT_FORMATS
from harness.compare.told import OFFER_FORMATS, PORTABLE_FORMATS
from harness.gate import FAIL_ON

LISTED = {command.name: command for command in COMMANDS}
#: What takes seconds to import, or what only a run needs.
HEAVY = {"av", "httpx", "hypothesis", "jinja2", "jsonschema", "jsonschema_rs", "schemathesis", "sqlite3", "vcr", "yaml"}


def parsers() -> Mapping[str, argparse.ArgumentParser]:
    return choices(command_line())


def actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for below in (parser, *choices(parser).values()):
        yield from (each for each in below._actions if not isinstance(each, argparse._HelpAction))


@pytest.mark.parametrize("name", LISTED)
def test_help_says_what_a_command_is_for_and_shows_it(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    code, out, _ = run(capsys, name, "--help")
    assert code == 0
    assert 80 <= len(LISTED[name].about) <= 400 and LISTED[name].about[:40] in out
    assert 1 <= len(examples()[name]) <= 3
    assert all(each.command in out for each in examples()[name])
    assert all(len(line) <= WIDTH for line in out.splitlines()), "no line is wider than a page"


def test_the_first_page_lists_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0 and max(map(len, out.splitlines())) <= WIDTH
    listed = re.findall(r"^    ([a-z]+) +\w", out, re.MULTILINE)
    assert listed == [command.name for command in COMMANDS if command.help]
    assert re.findall(r"^  (\d+)  ", out, re.MULTILINE) == ["0", "1", "2", "3", "4", "5", "6", "130"]


def test_every_command_has_examples_and_every_example_a_command() -> None:
    assert set(examples()) == set(LISTED)


@pytest.mark.parametrize("name", LISTED)
def test_every_flag_says_what_it_does_what_it_takes_and_what_holds_without_it(name: str) -> None:
    for action in actions(parsers()[name]):
        assert action.help or isinstance(action, argparse._SubParsersAction), action
        if action.nargs != 0 and not action.choices:
            assert action.metavar and action.metavar[0].isupper(), action
        if action.default not in (None, False, []) and action.dest not in ("mode", "help"):
            assert "default" in action.help or action.help == "recordings; nothing is sent (default)", action


def test_the_pages_are_written_held_current_and_cleared_of_commands_that_are_gone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "commands"
    assert run(capsys, "docs", "--out", folder)[0] == 0
    assert run(capsys, "docs", "--out", folder, "--check")[:2] == (0, "")
    (folder / "check.md").write_text("old")
    (folder / "gone.md").write_text("of a command that is gone")
    code, out, err = run(capsys, "docs", "--out", folder, "--check")
    assert code == 1 and "check.md" in out and "gone.md" in out and "make docs" in err
    assert run(capsys, "docs", "--out", folder)[0] == 0
    assert not (folder / "gone.md").exists() and "# harness check" in (folder / "check.md").read_text()


def test_one_flag_takes_one_kind_of_thing() -> None:
    """… but where it is about another kind of thing: a folder of reports or one file, a provider held or to be made."""
    found: dict[str, set[str]] = {}
    for parser in parsers().values():
        for action in actions(parser):
            for flag in action.option_strings:
                found.setdefault(flag, set()).add(str(action.metavar))
    assert {flag: kinds for flag, kinds in found.items() if len(kinds) > 1} == {
        "--catalogue": {"FILE", "FILE|URL"},
        "--format": {"NAME", "NAME[,NAME]", "None"},
        "--keep": {"DIR", "None"},
        "--model": {"ID", "NAME"},
        "--out": {"DIR", "FILE"},
        "--provider": {"NAME", "PROVIDER"},
    }


def test_what_is_written_out_is_what_there_is() -> None:
    assert set(FAIL_ON) == set(options.LEVELS)
    assert comparing.TABLES.split(", ") == list(TABLE_FORMATS)
    assert comparing.OFFERS.split(", ") == list(OFFER_FORMATS) == list(PORTABLE_FORMATS)
    assert {*comparing.DIFFERENCES} == {*FORMATS} == {*REVISION_FORMATS} == {*DRIFT_FORMATS}


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"], ["--version"], ["chekc"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    shown = f"import sys; from harness.cli import main\ntry: main({words})\nexcept SystemExit: pass\n"
    script = f"{shown}print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stderr.splitlines()[-1].split()
    assert "harness.cli.commands" in loaded
    assert not HEAVY & set(loaded) and not [each for each in loaded if each.startswith("harness.contract")]


def test_every_command_is_run_by_a_function_that_exists() -> None:
    for command in COMMANDS:
        if command.run is not None:
            module, name = command.run.split(":")
            assert callable(getattr(import_module(module), name))
