"""What a GitHub runner does with an action's steps, as far as that can be done without GitHub."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.document import parse_yaml, read_text
from harness.errors import ConfigurationError

#: The only expressions that our steps have: one value, and one condition.
_VALUE = re.compile(r"\$\{\{ ([\w.-]+) \}\}")
_UNLESS_EMPTY = re.compile(r"\$\{\{ always\(\) && ([\w.-]+) != '' \}\}")
#: A workflow command as the runner finds it: of the second form at the start of a line, of the first anywhere.
_SECOND, _FIRST = re.compile(r"\s*::([\w-]+)(?: [^:]*)?::(.*)"), re.compile(r"##\[([\w-]+)[^\]]*\](.*)")


def read(path: Path) -> Any:
    return parse_yaml(read_text(path, ConfigurationError), where=path.name, error=ConfigurationError)


@dataclass
class Step:
    """A step that has run; ``outputs`` and ``summary`` are what it wrote for the runner."""

    name: str
    code: int
    log: str
    outputs: dict[str, str]
    summary: str


@dataclass
class Ran:
    steps: list[Step] = field(default_factory=list)
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> int:
        return next((each.code for each in self.steps if each.code), 0)

    @property
    def summary(self) -> str:
        return "".join(each.summary for each in self.steps)

    def commands(self) -> list[tuple[str, str]]:
        return [each for step in self.steps for each in commands(step.log)]


def commands(log: str) -> Iterator[tuple[str, str]]:
    """(name, line) of each workflow command that the runner would carry out."""
    until: str | None = None
    for line in log.splitlines():
        found = _SECOND.match(line) or _FIRST.search(line)
        if found and until in (None, found[1]):
            until = found[2] if found[1] == "stop-commands" else None
            yield found[1], line


def run(action: Mapping[str, Any], inputs: Mapping[str, str], *, folder: Path, made: Mapping[str, Mapping[str, str]],
        environment: Mapping[str, str]) -> Ran:  # fmt: skip
    """Run the shell of a composite action. ``made`` has the outputs of the steps that are not to run, by their ids."""
    known = {f"inputs.{name}": inputs.get(name, each["default"]) for name, each in action["inputs"].items()}
    assert set(inputs) <= set(action["inputs"])
    known |= {f"steps.{step}.outputs.{name}": value for step, each in made.items() for name, value in each.items()}
    ran = Ran()
    for step in action["runs"]["steps"]:
        if step.get("id") in made or not _due(step.get("if"), known, failed=bool(ran.code)):
            continue
        if "uses" in step:
            ran.used.append((step["uses"], {key: _expanded(each, known) for key, each in step["with"].items()}))
            continue
        variables = {key: _expanded(each, known) for key, each in step.get("env", {}).items()}
        done = shell(step["run"], step["name"], cwd=folder, **environment, **variables)
        ran.steps.append(done)
        known |= {f"steps.{step.get('id')}.outputs.{name}": value for name, value in done.outputs.items()}
    ran.outputs = {name: _expanded(each["value"], known) for name, each in action["outputs"].items()}
    return ran


def shell(script: str, name: str, *, cwd: Path, **variables: str) -> Step:
    """One step as a runner starts it with ``shell: bash``."""
    files = Path(tempfile.mkdtemp(prefix="step-", dir=cwd))
    written = {each: files / each.lower() for each in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")}
    for path in (*written.values(), files / "script.sh"):
        path.write_text(script if path.name == "script.sh" else "")
    files_of_the_runner = {name: str(path) for name, path in written.items()}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(files / "script.sh")],
        cwd=cwd, env={"PATH": os.environ["PATH"], "HOME": str(cwd), **files_of_the_runner, **variables},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False,
    )  # fmt: skip
    outputs = dict(line.split("=", 1) for line in written["GITHUB_OUTPUT"].read_text().splitlines())
    return Step(name, done.returncode, done.stdout, outputs, written["GITHUB_STEP_SUMMARY"].read_text())


def scripts(steps: Iterable[Mapping[str, Any]]) -> list[str]:
    return [step["run"] for step in steps if "run" in step]


def _due(condition: str | None, known: Mapping[str, str], *, failed: bool) -> bool:
    if condition is None:
        return not failed
    unless = _UNLESS_EMPTY.fullmatch(condition)
    assert unless, condition
    return known[unless[1]] != ""


def _expanded(text: str, known: Mapping[str, str]) -> str:
    return _VALUE.sub(lambda found: known.get(found[1], ""), text)
