"""Live campaigns at the command line: resumed by one process at a time, on one file, with what they were begun with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import MINIATURE, lantern

from harness.cli import main
from harness.exchange import load_recording
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


def begun(base: str, folder: Path, *more: str) -> Journal:
    """The journal of one short run."""
    words = ["check", "lantern", "--live", "--base-url", base, "--allow-private", "--yes", "--budget", "3", *FEW]
    main([*words, "--journal", str(folder / "j.sqlite"), "--out", str(folder / "out"), *more])
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


def test_other_prices_change_nothing_of_what_was_spent(base: str, tmp_path: Path) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text('{"lantern-small": 0.5}')
    more = ("--prices", str(prices), "--max-requests", "300", "--fail-on", "never")
    with closing(begun(base, tmp_path, *more)) as journal:
        (name,) = (each["id"] for each in journal.runs())
        spent = journal.money(name).spent
        assert spent >= 0.5
        many = len(list(journal.steps(name, "lantern")))
        prices.write_text('{"lantern-small": 0.01}')
        resumed(journal.path, name)
        resumed(journal.path, name, "--budget", "3.2", "--prices", str(prices))
        steps = list(journal.steps(name, "lantern"))
        assert [row.cost for row in steps if row.cost][: int(spent / 0.5)] == [0.5] * int(spent / 0.5)
        assert len(steps) >= many
        assert sum(row.price or 0.0 for row in steps if row.cost or (row.cost is None and row.price)) <= 3.2 + 1e-9


def test_without_leave_to_call_a_private_address_no_run_is_begun(
    base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["check", "lantern", "--live", "--base-url", base, "--yes", "--budget", "3", "--journal"]
    assert main([*words, str(tmp_path / "j.sqlite"), "--out", str(tmp_path)]) == 2
    assert "Pass --allow-private" in capsys.readouterr().err
    assert not (tmp_path / "j.sqlite").exists()


def test_a_provider_without_any_price_is_told_of_before_money_goes_to_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENROUTER_API_KEY", "UNIFIED_V2_API_KEY"):
        monkeypatch.setenv(name, "a-key-for-nobody")
    words = ["check", "openrouter", "unified-v2", "--live", "--budget", "1", "--random", "0"]  # nothing says --yes
    assert main([*words, "--journal", str(tmp_path / "j.sqlite"), "--out", str(tmp_path)]) == 2
    assert "is not documented, so a budget cannot be kept" in capsys.readouterr().err
    assert not (tmp_path / "j.sqlite").exists()


def test_a_price_of_a_model_that_nobody_has_is_refused(
    base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "prices.json").write_text('{"lantern-smal": 0.5}')
    words = ["check", "lantern", "--live", "--base-url", base, "--yes", "--budget", "3", "--allow-private"]
    assert main([*words, "--prices", str(tmp_path / "prices.json"), "--journal", str(tmp_path / "j")]) == 2
    assert "Did you mean 'lantern-small'?" in capsys.readouterr().err


def test_a_run_that_did_not_come_to_its_end_does_not_say_that_it_passes(
    base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun(base, tmp_path, "--budget", "0.25", "--max-requests", "9999").close()
    said = capsys.readouterr().out
    assert "Incomplete (exit code 4): nothing that was seen fails it" in said and "Passes" not in said


def test_a_recording_that_was_killed_is_resumed_into_its_cassette(base: str, tmp_path: Path) -> None:
    words = ["record", "lantern", "--live", "--base-url", base, "--allow-private", "--yes", "--budget", "3", *FEW]
    tape = tmp_path / "tapes" / "run.yaml"
    assert main([*words, "--journal", str(tmp_path / "j.sqlite"), "--out", str(tape)]) == 0
    kept = [each.request for each in load_recording(tape)]
    with closing(Journal(tmp_path / "j.sqlite")) as journal:
        (name,) = (each["id"] for each in journal.runs())
        journal.mark(name, "running")  # as a process leaves it that is killed
        tape.unlink()
        assert resumed(journal.path, name) == 0
        assert resumed(journal.path, name, "--out", str(tmp_path / "other")) == 0
    assert len(kept) == 3
    for path in (tape, tmp_path / "other" / "run.yaml"):
        assert [each.request for each in load_recording(path)] == kept


def test_runs_says_how_each_ended(base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def ended() -> str:
        assert main(["runs", "--journal", str(journal.path)]) == 0
        return capsys.readouterr().out.splitlines()[0].split()[1]

    with closing(begun(base, tmp_path)) as journal:
        (name,) = (each["id"] for each in journal.runs())
        capsys.readouterr()
        assert ended() == "finished"
        journal.mark(name, "running")
        assert ended() == "interrupted"
        with journal.holding(name, "run"):
            assert ended() == "running"
    with closing(begun(base, tmp_path / "poor", "--budget", "0", "--max-requests", "9999")) as journal:
        capsys.readouterr()
        assert ended() == "out-of-budget"
