"""What the README and the pages say beyond single commands, which test_docs runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pages
import pytest
from conftest import PROVIDERS, ROOT

from harness.contract import load
from harness.simulator.quirks import chosen
from harness.simulator.server import serving

README = ROOT / "README.md"
TESTS = ROOT / "docs" / "in-your-tests.md"


def run(command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    words = command.split()
    assert words[0] == "harness"
    return subprocess.run(
        [sys.executable, "-m", "harness", *words[1:]],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": "", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_report_of_the_committed_recordings_is_what_the_readme_shows(tmp_path: Path) -> None:
    (recipe,) = re.findall(r"^report: setup\n\t\S+/(harness .*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    done = run(recipe, tmp_path)
    assert done.returncode == 0, done.stderr
    (shown,) = pages.blocks(README, "text")
    assert shown in done.stdout
    aged = run("harness report harness-report/report.json --stale-after 30d", tmp_path)
    assert aged.returncode == 0 and "STALE: " in aged.stdout, aged.stderr
    made = json.loads((tmp_path / "harness-report" / "report.json").read_text())
    assert {each["provider"] for each in made["providers"]} == set(PROVIDERS)


def test_the_request_that_is_told_what_it_breaks_breaks_nothing_else(tmp_path: Path) -> None:
    broken, _, _ = pages.blocks(ROOT / "docs" / "before-an-integration.md", "json")
    mended = {**json.loads(broken), "duration": "5s", "aspect_ratio": "16:9"}
    (tmp_path / "request.json").write_text(json.dumps(mended))
    assert run("harness validate venice request.json", tmp_path).returncode == 0


@pytest.mark.slow
def test_a_requirement_is_not_met_by_a_waiver_or_a_baseline(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "waivers.md").read_text(encoding="utf-8")
    (claim,) = re.findall(r"`- (\S+)`, one to a line", page)
    (tmp_path / "required.yaml").write_text(f"- {claim}\n")
    diverging = "harness check relaydance --simulated --quirk needs-no-prompt"
    assert run(diverging, tmp_path).returncode == 1
    assert run("harness baseline update harness-report/report.json --baseline baseline.json", tmp_path).returncode == 0
    done = run(f"{diverging} --baseline baseline.json --require required.yaml", tmp_path)
    assert done.returncode == 1 and "is required to pass, and diverges" in done.stdout
    assert run("harness check relaydance --simulated --require required.yaml", tmp_path).returncode == 0


def test_without_a_journal_the_runs_say_how_to_begin_one(tmp_path: Path) -> None:
    done = run("harness runs", tmp_path, XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == 5
    assert "harness check --live begins one" in done.stderr


def test_a_live_run_without_a_key_says_which_variable_to_set(tmp_path: Path) -> None:
    done = run("harness check venice --live --base-url http://127.0.0.1:9 --budget 5 --yes", tmp_path)
    assert done.returncode == 2
    assert "VENICE_API_KEY" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("quirks", "failed"),
    [((), 0), (("refused-as-not-acceptable",), 1)],
)
def test_the_tests_of_the_page_run_under_pytest(quirks: tuple[str, ...], failed: int, tmp_path: Path) -> None:
    (shown,) = [each for each in pages.blocks(TESTS, "python") if "fuzzing" in each]
    number = 12 if quirks else 5  # enough that one of them is refused
    few = f"settings.register_profile('few', max_examples={number}, derandomize=True, deadline=None)"
    profile = f"from hypothesis import settings\n{few}\nsettings.load_profile('few')\n"
    with serving(load("venice"), chosen("venice", quirks)) as url:
        (tmp_path / "test_readme_example.py").write_text(shown.replace("http://127.0.0.1:8700", url))
        (tmp_path / "conftest.py").write_text(profile)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == bool(failed), done.stdout + done.stderr
    assert (f"{failed} failed, {7 - failed} passed" if failed else "7 passed") in done.stdout, done.stdout
    assert ("venice.queueVideo.response.documented" in done.stdout) == bool(failed)
