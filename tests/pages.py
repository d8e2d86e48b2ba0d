"""The commands that our pages show, and a folder in which they work as they stand."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import PROVIDERS, ROOT

from harness.cli import main
from harness.contract import load
from harness.simulator.server import serving

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

#: ```KIND … ``` of a page.
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| [^|]+ \| `(harness [^`]+)` \|$", re.MULTILINE)
_CODE = re.compile(r"exit code (\d+)")
#: Where `harness serve` is, if nothing else is said.
_PORT = "http://127.0.0.1:8700"
#: What only a shell can run.
_SHELL = re.compile(r"[|<>$;&(]|^\w+=")


@dataclass(frozen=True)
class Shown:
    """A command as a page shows it, the exit code that it says, and the lines that are shown of what it prints.

    ``loose``: the page says that its numbers are those of an instance.
    """

    command: str
    code: int
    lines: tuple[str, ...]
    page: str
    loose: bool = False

    def patterns(self) -> Iterator[tuple[str, str]]:
        """(line, what must be printed for it): an ellipsis is for anything."""
        for line in self.lines:
            pattern = r"[\s\S]*".join(map(re.escape, line.split("…")))
            yield line, re.sub(r"(?:\\ )+", r"\\s+", re.sub(r"[0-9]+", "[0-9]+", pattern)) if self.loose else pattern


@dataclass(frozen=True)
class Done:
    code: int
    text: str


def blocks(page: Path, kind: str) -> list[str]:
    return [text for name, text in _BLOCK.findall(page.read_text(encoding="utf-8")) if name == kind]


def shown(page: Path) -> Iterator[Shown]:
    """Commands of console blocks: ``$ command``, what it prints, and above it a comment that may name its exit code."""
    name = str(page.relative_to(ROOT))
    for block in blocks(page, "console"):
        for said, command, lines in re.findall(r"^((?:# .*\n)*)\$ (.*)\n((?:(?![$#] ).*\n)*)", block, re.MULTILINE):
            code = _CODE.search(said)
            seen = tuple(filter(None, lines.splitlines()))
            yield Shown(command, int(code[1]) if code else 0, seen, name, loose="for instance" in said)


def in_tables(page: Path) -> Iterator[Shown]:
    """Commands of tables, which end with 0 unless another page says otherwise."""
    for row in _ROW.findall(page.read_text(encoding="utf-8")):
        yield Shown(row.replace("\\|", "|"), 0, (), str(page.relative_to(ROOT)))


def every() -> list[Shown]:
    """Each command once, wherever it stands; what a page shows of its output counts."""
    found: dict[tuple[str, tuple[str, ...]], Shown] = {}
    for page in PAGES:
        for each in shown(page):
            found.setdefault((each.command, each.lines), each)
    known = {each.command for each in found.values()}
    for each in (row for page in PAGES for row in in_tables(page) if row.command not in known):
        found[each.command, each.lines] = each
    commands = {each.command for each in found.values() if each.lines}
    return [each for each in found.values() if each.lines or each.command not in commands]


class Playground:
    """A folder with every file that a page names, and a simulator for each address."""

    def __init__(self, folder: Path, open_: contextlib.ExitStack) -> None:
        self.folder = folder
        self.run = ""
        self._open = open_
        self._addresses: dict[str, str] = {}

    def address(self, provider: str) -> str:
        """A simulator of the provider on loopback, which stays for all that is still to come."""
        if provider not in self._addresses:
            self._addresses[provider] = self._open.enter_context(serving(load(provider), []))
        assert self._addresses[provider].startswith("http://127.0.0.1:")
        return self._addresses[provider]

    def does(self, command: str, folder: Path, patch: pytest.MonkeyPatch) -> Done:
        """The command in a copy of the folder; nothing live leaves this machine."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        patch.chdir(folder)
        patch.setenv("HARNESS_JOURNAL", str(folder / "journal.sqlite"))
        patch.setenv("HOME", str(folder))
        command = re.sub(r"\bRUN\b", self.run, command)
        if _PORT in command:
            (provider,) = [each for each in PROVIDERS if f"/{each}/" in command]
            command = command.replace(_PORT, self.address(provider))
        if command.startswith("make "):
            return _shell(f"make --dry-run --directory {ROOT} {command.removeprefix('make ')}", folder)
        if command.startswith("pytest "):  # as it is where the plugin is installed
            return _shell(f"PYTEST_PLUGINS=harness.plugin {command}", folder)
        if _SHELL.search(command):
            return _shell(command, folder)
        words = [found for word in shlex.split(command) for found in (sorted(map(str, Path().glob(word))) or [word])]
        assert words[0] == "harness", command
        if "--live" in words:
            words = self._on_loopback(words, patch)
        if words[1:2] == ["resume"]:
            patch.setenv("UNIFIED_V2_API_KEY", "a-key-for-nobody")
        if words[1:2] == ["serve"]:
            return _served(words, folder)
        return _main(words[1:])

    def _on_loopback(self, words: list[str], patch: pytest.MonkeyPatch) -> list[str]:
        (provider,) = [each for each in words if each in PROVIDERS]
        patch.setenv(load(provider).key_variable, "a-key-for-nobody")
        few = ["--allow-private", "--max-requests", "4", "--poll-interval", "0", "--base-url", self.address(provider)]
        return [*words, *few]


def _main(words: list[str]) -> Done:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            code = main(words)
        except SystemExit as left:
            code = int(left.code or 0)
    return Done(code, said.getvalue())


def _shell(command: str, folder: Path) -> Done:
    shim = folder / "bin" / "harness"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m harness "$@"\n')
    shim.chmod(0o755)
    python = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-ec", command], cwd=folder, timeout=120, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{shim.parent}:{python}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return Done(done.returncode, done.stdout)


def _served(words: list[str], folder: Path) -> Done:
    """A server that says that it is there, and ends as Ctrl-C ends it."""
    words = [*words, "--port", str(_free_port())]
    process = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
    finally:
        process.terminate()
        process.communicate(timeout=30)
    return Done(0 if first else 1, first)


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextlib.contextmanager
def playground(folder: Path) -> Iterator[Playground]:
    """Made once. Every file that the pages speak of is here, in the form that they show."""
    few = ["--random", "0", "--model", "doubao-seedance-2-0-720p"]
    page = ROOT / "docs" / "before-an-integration.md"
    broken, noted, neutral = blocks(page, "json")
    (waiver,) = blocks(ROOT / "docs" / "waivers.md", "yaml")
    files = {
        "request.json": broken,
        "notes.json": noted,
        "neutral.json": neutral,
        "waivers.yaml": re.sub(r"expires: [\d-]+", "expires: 2999-12-31", waiver),
        "required.yaml": "- relaydance.createVideo.model.required\n",
        "prices.json": '{"doubao-seedance-2-0-720p": 0.25}\n',
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    for name in ("tests/cassettes", "cassettes/relaydance", "old", ".config/fish/completions", ".zsh"):
        (folder / name).mkdir(parents=True)
    for name in ("unified-v2", "venice"):
        shutil.copytree(ROOT / "specs" / name, folder / "specs" / name)
        shutil.copytree(ROOT / "specs" / name, folder / "old" / "specs" / name)
    shutil.copy(ROOT / "specs" / "openrouter" / "official.json", folder / "openapi.yaml")
    shutil.copy(ROOT / "specs" / "venice" / "official.json", folder / "swagger.yaml")
    shutil.copy(ROOT / "specs" / "venice" / "models.json", folder / "models.json")
    shutil.copytree(ROOT / "schemas" / "unified-v2", folder / "schemas" / "unified-v2")
    shutil.copytree(ROOT / "docs" / "commands", folder / "docs" / "commands")
    with contextlib.ExitStack() as open_:
        made = Playground(folder, open_)
        patch = open_.enter_context(pytest.MonkeyPatch.context())
        patch.chdir(folder)
        patch.setenv("HARNESS_JOURNAL", str(folder / "journal.sqlite"))
        quirk = ["--quirk", "needs-no-prompt"]
        diverging, honest = "tests/cassettes/first.yaml", "cassettes/relaydance/first.yaml"
        for words in (
            ["record", "relaydance", "--simulated", *few, *quirk, "--out", diverging],
            ["record", "relaydance", "--simulated", *few, "--out", honest],
            ["judge", "relaydance", diverging, "--format", "json", "--fail-on", "never", "--out", "harness-report"],
            ["judge", "relaydance", honest, "--format", "json", "--fail-on", "never", "--out", "old"],
            ["baseline", "update", "harness-report/report.json", "--baseline", "baseline.json"],
        ):
            done = _main(words)
            assert done.code == 0, done.text
        live = (
            "harness check unified-v2 --live --budget 1 --yes --random 0 --assume-price 0.02 --format json --out live"
        )
        done = _main(made._on_loopback(live.split(), patch)[1:])
        assert done.code == 0, done.text
        made.run = re.findall(r"^(\S+)  \w+ ", _main(["runs"]).text, re.MULTILINE)[0]
        yield made
