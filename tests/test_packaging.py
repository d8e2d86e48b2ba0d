"""The wheel is whole: it works where there is no checkout."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys, hatchling.build as b; print(b.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    return folder / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(wheel.parent / "site")
    return wheel.parent / "site"


@pytest.mark.parametrize(
    ("words", "code", "shown"),
    [
        (["providers"], 0, "unified-v2"),
        (["check", "--help"], 0, "harness check relaydance --simulated"),
        (["check", "relaydance", "--simulated", "--random", "0", "--out", "out"], 0, "SIMULATED"),
        (["check", "unified-v2", "--recorded", "--out", "out", "--fail-on", "never"], 0, "SIMULATED"),
    ],
)
def test_the_wheel_works_outside_the_checkout(
    words: list[str], code: int, shown: str, installed: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main(sys.argv[1:]))", *words],
        cwd=tmp_path, env={"PYTHONPATH": str(installed), "PATH": ""}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert shown in done.stdout


def test_the_wheel_ships_the_data_and_the_template(installed: Path) -> None:
    for path in (
        "_data/specs/venice/openapi.yaml",
        "_data/schemas/report.json",
        "_data/specs/families.yaml",
        "report/templates/report.html",
        "compare/templates/compare.html",
        "py.typed",
    ):
        assert (installed / "harness" / path).is_file(), path


# In somebody's project, in an environment of its own


#: What a user adds to have claims as tests.
TEN_LINES = """
[tool.harness]
providers = ["unified-v2"]
cassettes = "tests/cassettes"
waivers = "waivers.yaml"
"""
WAIVER = """
- claim: unified-v2.createVideo.duration.enum
  reason: they know
  link: https://example.com/issues/1
  owner: video team
  expires: 2999-12-31
"""


class Project:
    """A project with an environment of its own; what the wheel needs is taken from the one that runs this test."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.path, self.bin = folder / "project", folder / "venv" / "bin"
        venv.create(folder / "venv", with_pip=False, symlinks=True)
        (site,) = (folder / "venv").glob("lib/python3.*/site-packages")
        (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        words = [sys.executable, "-m", "pip", "--python", str(self.bin / "python"), "install", "--quiet", "--no-deps"]
        subprocess.run([*words, "--no-index", "--ignore-installed", str(wheel)], check=True, timeout=120)
        self.path.mkdir()
        (self.path / "pyproject.toml").write_text(TEN_LINES)
        self.waive("")

    def waive(self, text: str) -> None:
        (self.path / "waivers.yaml").write_text(text or "# none\n")

    def record(self, *quirks: str) -> None:
        file = self.path / "tests" / "cassettes" / "unified-v2" / "recorded.yaml"
        file.unlink(missing_ok=True)
        words = ["record", "unified-v2", "--simulated", "--random", "0", "--model", "doubao-seedance-1-0-pro-250528"]
        done = self._run("harness", *words, "--out", str(file), *(["--quirk", *quirks] if quirks else []))
        assert done.returncode == 0, done.stderr

    def test(self, *words: str) -> tuple[int, str]:
        """Exit code, and the line that counts, without the seconds."""
        done = self._run("python", "-m", "pytest", "-q", "-p", "no:randomly", *words)
        return done.returncode, done.stdout.strip().splitlines()[-1].partition(" in ")[0]

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.bin / program, *words], cwd=self.path, env={"PATH": ""}, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip


@pytest.mark.slow
def test_a_project_that_installs_the_wheel_has_claims_as_tests(wheel: Path, tmp_path: Path) -> None:
    project = Project(tmp_path, wheel)
    project.record()
    code, kept = project.test()
    assert code == 0 and re.fullmatch(r"\d+ passed, \d+ skipped", kept)
    assert project.test("-n", "2") == (0, kept)
    assert project.test("-p", "harness.plugin") == (0, kept)  # it is there by its entry point already
    project.record("takes-any-duration")
    code, regressed = project.test()
    assert code == 1 and regressed.startswith("1 failed, ")
    project.waive(WAIVER)
    code, waived = project.test()
    assert code == 0 and waived.endswith(", 1 xfailed")
    project.record()
    assert project.test() == (1, regressed)  # the waiver has had its day
