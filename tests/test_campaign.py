"""Live campaigns at the command line: resumed by one process at a time, on one file, with what they were begun with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import MINIATURE, lantern

from harness.cli import main
from harness.run.journal import Journal
from harness.simulator.server import serving

FEW = ("--model", "lantern-small", "--random", "0", "--max-requests", "3")


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the provider that does not exist is played."""
    monkeypatch.setenv("HARNESS_SPECS", str(MINIATURE))
    monkeypatch.setenv("LANTERN_API_KEY", "sk-test-5f0c2b7e91d84a36")
    with serving(lantern(), []) as address:
        yield address


def begun(base: str, folder: Path) -> Journal:
    """The journal of one short run."""
    words = ["check", "lantern", "--live", "--base-url", base, "--allow-private", "--yes", "--budget", "3", *FEW]
    main([*words, "--journal", str(folder / "j.sqlite"), "--out", str(folder / "out")])
    return Journal(folder / "j.sqlite")


def resumed(path: Path, name: str, *words: str) -> int:
    return main(["resume", name, "--journal", str(path), *words])


def test_a_cap_is_raised_only_by_the_process_that_goes_on_with_the_run(
    base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(begun(base, tmp_path)) as journal:
        (name,) = (each["id"] for each in journal.runs())
        with journal.holding(name, "run"):
            assert resumed(journal.path, name, "--budget", "100") == 2
        assert "another process is at work" in capsys.readouterr().err
        assert journal.caps(name).run == 3
        resumed(journal.path, name, "--budget", "100", "--max-per-job", "2")
        assert (journal.caps(name).run, journal.caps(name).job) == (100, 2)
