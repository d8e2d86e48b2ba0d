"""The steps of the GitHub Action run here as they stand in action.yml, as far as they can without GitHub."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import workflows
from conftest import MINIATURE, ROOT, lantern, seen
from formats import assert_annotations, assert_markdown
from reports import many, reported
from words import MARKUP

from harness.exchange import save_cassette
from harness.report import json_format
from harness.run.journal import Journal
from harness.simulator.server import serving

ACTION = workflows.read(ROOT / "action.yml")
SMALL = "--model\nlantern-small\n--random\n0"
Act = Callable[..., workflows.Ran]


@pytest.fixture
def act(tmp_path: Path) -> Act:
    """The action after its installation, with the provider that does not exist."""
    harness = executable(tmp_path / "harness", f'exec "{sys.executable}" -m harness "$@"\n')
    environment = {
        "PYTHONPATH": str(ROOT),
        "HARNESS_SPECS": str(MINIATURE),
        "HARNESS_JOURNAL": str(tmp_path / "j.sqlite"),
    }

    def acted(harness: Path = harness, more: dict[str, str] | None = None, **inputs: str) -> workflows.Ran:
        made = {"python": {"python-path": sys.executable}, "install": {"harness": str(harness)}}
        given = {name.replace("_", "-"): each for name, each in inputs.items()}
        return workflows.run(ACTION, given, folder=tmp_path, made=made, environment=environment | (more or {}))

    return acted


def executable(path: Path, script: str) -> Path:
    path.write_text(f"#!/usr/bin/env bash\n{script}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def reporting(report: dict[str, Any], folder: Path, code: int) -> Path:
    """A harness whose run gives this report, and prints whatever stands in it."""
    stored = folder / "stored.json"
    stored.write_text(json_format.render(report))
    loud = (
        f'if [ "$1" = check ]; then mkdir -p harness-report; cp "{stored}" harness-report/report.json; cat "{stored}" '
    )
    loud += f'"{folder / "loud"}"; cat "{folder / "loud"}" >&2; exit {code}; fi\n'
    return executable(folder / "reporting", f'{loud}exec "{sys.executable}" -m harness "$@"\n')


def test_an_honest_run_passes_and_says_so(act: Act, tmp_path: Path) -> None:
    ran = act(providers="lantern", mode="simulated", args=SMALL, fail_on="should", out="reports")
    assert ran.code == 0 and ran.outputs["exit-code"] == "0", ran.steps
    assert ran.outputs["report"] == "reports/report.json"
    counts = json.loads(ran.outputs["counts"])["lantern"]["simulated"]
    assert counts["pass"] and not counts["fail"]
    assert_markdown(ran.summary)
    assert {"report.html", "report.md", "report.xml", "report.sarif"} <= {
        p.name for p in (tmp_path / "reports").iterdir()
    }
    (upload,) = [given for name, given in ran.used if name.startswith("actions/upload-artifact@")]
    assert upload["path"] == "reports"


def test_divergences_are_annotated_and_uploaded_before_the_job_fails(act: Act, tmp_path: Path) -> None:
    hostile = "\n::error::mine\n ::add-mask::a\n##[error]mine\n::stop-commands::mine"
    body = {"model": "lantern-small", "prompt": "A boat", "length": "99s"}
    folder = tmp_path / "cassettes" / "lantern"
    folder.mkdir(parents=True)
    save_cassette(folder / "tape.yaml", [seen(0, 202, {"id": "a", "status": hostile, hostile: hostile}, body=body)])
    ran = act(providers="lantern", cassettes="cassettes")
    assert ran.code == 1 == int(ran.outputs["exit-code"])
    assert [step.name for step in ran.steps if step.code] == ["Decide"], "all the rest is done before"
    assert [name for name, _ in ran.used if "upload" in name]
    token = next(line for name, line in ran.commands() if name == "stop-commands").removeprefix("::stop-commands::")
    assert {name for name, _ in ran.commands()} == {"stop-commands", token, "error", "warning"}
    (annotate,) = [step for step in ran.steps if step.name == "Annotate"]
    assert any("lantern.createClip.length.enum" in line for line in assert_annotations(annotate.log))
    assert_markdown(ran.summary)


@pytest.mark.slow
def test_two_thousand_hostile_divergences_stay_within_githubs_limits(act: Act, tmp_path: Path) -> None:
    (tmp_path / "loud").write_text("\n".join(MARKUP), encoding="utf-8", errors="replace")
    ran = act(reporting(reported(many(2_000, statement="::error::mine\n##[error]mine " * 30)), tmp_path, code=4))
    assert ran.code == 4
    for step in ran.steps:
        for kind in ("error", "warning", "notice"):
            assert sum(name == kind for name, _ in workflows.commands(step.log)) <= 10
        assert len(step.summary.encode()) <= 1024**2
    assert len(ran.summary.encode()) > 500_000, "as much as there is room for"
    assert sum(name == "error" for name, _ in ran.commands()) == 10
    (judge,) = [step for step in ran.steps if step.name == "Judge"]
    first, last = workflows.commands(judge.log)
    assert first[0] == "stop-commands" and last[1] == f"::{last[0]}::"
    assert len(list(workflows.commands((tmp_path / "loud").read_text()))) > 2, "they would be commands elsewhere"


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"providers": "lantren"}, "unknown provider 'lantren'"),
        ({"mode": "imaginary"}, "mode is recorded, live or simulated"),
        ({"mode": "live"}, "a live run needs a budget"),
        ({"providers": "--fail-on=never lantern"}, "--fail-on=never"),
        ({"waivers": "--simulated"}, "--simulated: No such file"),
        ({"providers": "$(touch broken) `touch broken` ; touch broken"}, "$(touch"),
    ],
)
def test_what_cannot_be_run_fails_and_says_why(inputs: dict[str, str], said: str, act: Act, tmp_path: Path) -> None:
    ran = act(**inputs)
    assert ran.code == 2
    assert any(said in step.log for step in ran.steps), ran.steps
    assert any(name == "error" for name, _ in ran.commands())
    assert not (tmp_path / "broken").exists()


@pytest.mark.slow
@pytest.mark.parametrize("state", ["running", "stopped"])  # as a lost machine leaves it, or a job that ran out of time
def test_a_live_run_that_was_cut_off_is_ended_before_another_begins(state: str, act: Act, tmp_path: Path) -> None:
    with serving(lantern(), []) as base:
        live = {"mode": "live", "base_url": base, "budget": "100", "args": f"--allow-private\n{SMALL}"}
        key = {"LANTERN_API_KEY": "a-key-for-nobody"}
        assert act(more=key, providers="lantern", **live).code == 0
        journal = Journal(tmp_path / "j.sqlite")
        (run,) = journal.runs()
        journal.mark(run["id"], state)
        ran = act(more=key, providers="lantern", **live)
    assert ran.code == 0, ran.steps
    assert [(each["id"], each["state"]) for each in journal.runs()] == [(run["id"], "finished")]
    assert json.loads(ran.outputs["counts"])["lantern"]


def test_an_old_report_is_not_told_again(act: Act, tmp_path: Path) -> None:
    (tmp_path / "harness-report").mkdir()
    (tmp_path / "harness-report" / "report.json").write_text(json_format.render(reported(many(1))))
    ran = act(providers="nobody")
    assert ran.code == 2 and not ran.summary and ran.outputs["report"] == ""


def test_the_scripts_hold_no_expression_and_the_actions_are_pinned() -> None:
    steps = ACTION["runs"]["steps"]
    for script in workflows.scripts(steps):
        assert "${{" not in script, "inputs reach the shell through env"
    assert all(step.get("shell") == "bash" for step in steps if "run" in step)
    uses = re.findall(r"uses: (\S+) # (v\S+)", (ROOT / "action.yml").read_text())
    assert len(uses) == 2 and all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", each) for each, _ in uses)
    assert all(each["description"] for part in ("inputs", "outputs") for each in ACTION[part].values())


def test_what_the_action_installs_is_part_of_the_lock() -> None:
    def pins(path: Path) -> dict[str, set[str]]:
        blocks = re.split(r"(?m)^(?=[a-z0-9])", path.read_text())[1:]
        return {block.split(" ")[0]: set(re.findall(r"--hash=(\S+)", block)) for block in blocks}

    whole, action = pins(ROOT / "requirements.lock"), pins(ROOT / ".ci" / "runtime.lock")
    assert action and all(hashes and whole[name] == hashes for name, hashes in action.items())
    wanted = re.findall(
        r'^    "([a-z-]+)>=', (ROOT / "pyproject.toml").read_text().partition("[project.scripts]")[0], re.M
    )
    assert {*wanted, "hatchling"} <= {name.split("==")[0] for name in action}


@pytest.mark.slow
def test_the_action_installs_what_it_says(tmp_path: Path) -> None:
    (script,) = [step["run"] for step in ACTION["runs"]["steps"] if step.get("id") == "install"]
    registry = {name: each for name, each in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    done = workflows.shell(
        script, "Install", cwd=tmp_path, PYTHON=sys.executable, ACTION=str(ROOT), VENV=str(tmp_path / "venv"),
        VENICE_API_KEY="a-key-for-nobody", **registry,
    )  # fmt: skip
    assert done.code == 0, done.log
    told = workflows.shell('"$HARNESS" providers', "Use", cwd=tmp_path, HARNESS=done.outputs["harness"])
    assert told.code == 0 and "unified-v2" in told.log
