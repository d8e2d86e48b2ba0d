"""A real shell completes what the script says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROVIDERS, ROOT

from harness.cli.commands import COMMANDS
from harness.report import FORMATS
from harness.simulator import known

SHELLS = ("bash", "zsh", "fish")


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("completion")
    for shell in SHELLS:
        done = subprocess.run(
            [sys.executable, "-m", "harness", "completion", shell], cwd=ROOT, capture_output=True, text=True, check=True
        )
        (folder / shell).write_text(done.stdout)
    return {shell: folder / shell for shell in SHELLS}


def completed(script: Path, typed: str, folder: Path) -> set[str]:
    """What bash offers for the last word of what is typed."""
    words = typed.split(" ")
    ask = (
        f'source "{script}"; set -f; IFS=" "; COMP_WORDS=({" ".join(map(repr, words))}); COMP_CWORD={len(words) - 1}; '
        'unset IFS; set +f; $(complete -p harness | sed "s/.*-F \\([^ ]*\\).*/\\1/"); printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-uc", ask], cwd=folder, capture_output=True, text=True, check=True)
    assert not done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("harness ", {command.name for command in COMMANDS if command.help}),
        ("harness ch", {"check"}),
        ("harness explain --no-such", set()),
        ("harness check ven", {"venice"}),
        ("harness check venice rel", {"relaydance"}),
        ("harness check --fail-on ", {"must", "should", "never"}),
        ("harness check --format ", set(FORMATS)),
        ("harness check --find", {"--find-limits"}),
        ("harness check venice --quirk never-d", {"never-done"}),
        ("harness serve relaydance --quirk runs-for-ever upper-c", {"upper-case-status-words"}),
        ("harness serve relaydance --quirk runs-for-ever --po", {"--port"}),
        ("harness check --waivers wai", {"waivers.yaml"}),
        ("harness check --cassettes fol", {"folder"}),
        ("harness judge venice wai", {"waivers.yaml"}),
        ("harness baseline up", {"update"}),
        ("harness baseline update --base", {"--baseline"}),
        ("harness check --seed ", set()),
        ("harness completion z", {"zsh"}),
    ],
)
def test_bash_completes(typed: str, offered: set[str], scripts: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").touch()
    (tmp_path / "folder").mkdir()
    assert completed(scripts["bash"], typed, tmp_path) == offered


def test_every_provider_and_quirk_is_offered(scripts: dict[str, Path], tmp_path: Path) -> None:
    assert set(PROVIDERS) <= completed(scripts["bash"], "harness check ", tmp_path)
    quirks = {name for provider in PROVIDERS for name in known(provider)}
    assert completed(scripts["bash"], "harness record venice --quirk ", tmp_path) == quirks | {"all-reported"}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_one_that_its_shell_can_read(shell: str, scripts: dict[str, Path]) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([shell, "-n", str(scripts[shell])], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
