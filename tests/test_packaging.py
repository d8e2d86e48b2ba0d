"""The wheel is whole: it works where there is no checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys, hatchling.build as b; print(b.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    with zipfile.ZipFile(folder / done.stdout.split()[-1]) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize(
    ("words", "code", "shown"),
    [
        (["providers"], 0, "unified-v2"),
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
