"""The commands of the README run, as they stand."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness.contract import load
from harness.simulator.quirks import chosen
from harness.simulator.server import serving

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = dict(re.findall(r"^\| ([^|]+) \| `(harness [^`]+)` \|$", README, re.MULTILINE))


def run(command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command)
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


def test_the_table_of_commands_is_there() -> None:
    assert len(TABLE) >= 9


def test_the_request_of_the_readme_breaks_what_it_says(tmp_path: Path) -> None:
    request, _ = re.findall(r"```json\n(.*?)\n```", README, re.DOTALL)
    (tmp_path / "request.json").write_text(request)
    done = run(TABLE["see whether a request is allowed, before it costs money"], tmp_path)
    assert done.returncode == 1, done.stderr
    assert "venice.queueVideo.duration.enum" in done.stdout
    assert "venice.queueVideo.aspect_ratio.enum" in done.stdout
    (tmp_path / "request.json").write_text(
        json.dumps({**json.loads(request), "duration": "5s", "aspect_ratio": "16:9"})
    )
    assert run(TABLE["see whether a request is allowed, before it costs money"], tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("purpose", "code"),
    [
        ("test the whole line without a provider", 0),
        pytest.param("keep what a run saw", 0, marks=pytest.mark.slow),
        ("see what a live run would send, and what a budget buys", 0),
        ("read what a provider documents, with quotes", 0),
        ("see where documentation contradicts itself", 0),
        pytest.param("see which claims catch which misbehaviour", 0, marks=pytest.mark.slow),
        pytest.param("see providers side by side: documented, observed, with quotes", 0, marks=pytest.mark.slow),
        pytest.param("see one model at everybody who serves it", 0, marks=pytest.mark.slow),
        ("see what all of them take", 0),
    ],
)
def test_a_command_of_the_readme_runs(purpose: str, code: int, tmp_path: Path) -> None:
    done = run(TABLE[purpose], tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout and not done.stderr


def test_a_moved_limit_is_found_as_the_readme_says(tmp_path: Path) -> None:
    done = run(TABLE["find where a limit really lies that is not where it is documented"], tmp_path)
    assert done.returncode == 1, done.stderr
    assert "documented 800, observed 500" in done.stdout and "documented 800, observed 500" in README


def test_the_neutral_request_of_the_readme_is_told_who_takes_it(tmp_path: Path) -> None:
    _, request = re.findall(r"```json\n(.*?)\n```", README, re.DOTALL)
    (tmp_path / "neutral.json").write_text(request)
    done = run(TABLE["see who takes a request, and with which changes"], tmp_path)
    assert done.returncode == 1, done.stderr  # one of them serves no such model
    assert "resolution 480p → 720p: nearest documented" in done.stdout
    assert done.stdout.count("SIMULATED, not the provider: accepted") == 3


def test_the_waiver_of_the_readme_holds_as_long_as_it_is_true(tmp_path: Path) -> None:
    (waiver,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "waivers.yaml").write_text(re.sub(r"expires: [\d-]+", "expires: 2999-12-31", waiver))
    waived = TABLE["let a known divergence stand, for a reason and a time"]
    done = run(waived, tmp_path)
    assert done.returncode == 0 and "1 waived" in done.stdout, done.stdout + done.stderr
    done = run(waived.replace(" --quirk needs-no-prompt", ""), tmp_path)
    assert done.returncode == 1 and "Delete these lines:\n      - claim: relaydance" in done.stdout


@pytest.mark.slow
def test_a_baseline_and_a_requirement_set_are_kept_as_the_readme_says(tmp_path: Path) -> None:
    by_baseline = TABLE["… and judge by them"]
    assert run(by_baseline.partition(" --baseline")[0], tmp_path).returncode == 1
    assert run(TABLE["let only new divergences fail: write down the known ones"], tmp_path).returncode == 0
    done = run(by_baseline, tmp_path)
    assert done.returncode == 0 and "1 known" in done.stdout, done.stdout + done.stderr
    (claim,) = re.findall(r"`- (\S+)`, one to a line", README)
    (tmp_path / "required.yaml").write_text(f"- {claim}\n")
    insisting = TABLE["insist on claims, and on how much is tested"]
    assert run(insisting, tmp_path).returncode == 0
    done = run(TABLE["take out of a baseline what is gone"], tmp_path)
    assert done.returncode == 0 and f"- {claim}" in done.stdout
    done = run(f"{insisting} --quirk needs-no-prompt", tmp_path)
    assert done.returncode == 1 and "is required to pass, and diverges" in done.stdout


def test_recordings_are_judged_as_the_readme_says(tmp_path: Path) -> None:
    cassette = ROOT / "cassettes" / "venice" / "simulated-results.yaml"
    command = TABLE["judge recordings you already have (vcrpy cassettes, HAR)"].replace(
        "tests/cassettes/*.yaml", str(cassette)
    )
    done = run(command, tmp_path)
    assert done.returncode == 1, done.stderr
    assert "SIMULATED" in done.stdout


def test_the_report_of_the_committed_recordings_is_what_the_readme_shows(tmp_path: Path) -> None:
    done = run("harness check --recorded --out harness-report --fail-on never", tmp_path)
    assert done.returncode == 0, done.stderr
    (shown,) = re.findall(r"```text\n(.*?)\n```", README, re.DOTALL)
    assert shown in done.stdout
    aged = run(TABLE["mark verdicts whose evidence is too old"], tmp_path)
    assert aged.returncode == 0 and "STALE: " in aged.stdout, aged.stderr
    made = json.loads((tmp_path / "harness-report" / "report.json").read_text())
    assert {each["provider"] for each in made["providers"]} == {"openrouter", "venice", "relaydance", "unified-v2"}


def test_an_official_document_becomes_a_contract_as_the_readme_says(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_bytes((ROOT / "specs" / "openrouter" / "official.json").read_bytes())
    done = run(TABLE["turn an official OpenAPI document into a first contract, with what to review"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Review: contracts/acme/REVIEW.md" in done.stdout
    again = run("harness lint acme", tmp_path, HARNESS_SPECS=str(tmp_path / "contracts"))
    assert again.returncode == 0, again.stdout


def test_drift_is_looked_for_as_the_readme_says(tmp_path: Path) -> None:
    held = ROOT / "specs" / "venice"
    (tmp_path / "swagger.yaml").write_bytes((held / "official.json").read_bytes())
    (tmp_path / "models.json").write_bytes((held / "models.json").read_bytes())
    done = run(TABLE["see what a provider has changed in its own documents since"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No drift." in done.stdout


def test_without_a_journal_the_runs_say_how_to_begin_one(tmp_path: Path) -> None:
    command = TABLE["list live runs, and go on with one that was stopped"]
    done = run(command, tmp_path, XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == 5
    assert "harness check --live begins one" in done.stderr


def test_a_live_run_without_a_key_says_which_variable_to_set(tmp_path: Path) -> None:
    command = TABLE["test a live address, under a budget"].replace("URL", "http://127.0.0.1:9")
    done = run(command, tmp_path)
    assert done.returncode == 2
    assert "VENICE_API_KEY" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("quirks", "failed"),
    [((), 0), pytest.param(("refused-as-not-acceptable",), 1, marks=pytest.mark.slow)],
)
def test_the_tests_of_the_readme_run_under_pytest(quirks: tuple[str, ...], failed: int, tmp_path: Path) -> None:
    (shown,) = (each for each in re.findall(r"```python\n(.*?)\n```", README, re.DOTALL) if "strategies" in each)
    few = "settings.register_profile('few', max_examples=5, derandomize=True, deadline=None)"
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
