"""Waivers, baseline, required claims and limits on the command line, from the simulator's quirk to the exit code."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from commands import run
from conftest import MINIATURE, lantern

from harness.cli import main
from harness.simulator import chosen
from harness.simulator.server import serving

CLAIM = "lantern.createClip.length.enum"
#: What the quirk breaks, and what it takes to see it.
QUIRK = ("--quirk", "takes-any-length")
SMALL = ("--model", "lantern-small", "--random", "0")


@pytest.fixture(autouse=True)
def miniature(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider that does not exist is the only one there is."""
    monkeypatch.setenv("HARNESS_SPECS", str(MINIATURE))


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What the simulator said with the quirk, and without it: recorded once, judged again and again."""
    folder = tmp_path_factory.mktemp("recordings")
    made = {"with": folder / "with.yaml", "without": folder / "without.yaml"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_SPECS", str(MINIATURE))
        for name, path in made.items():
            quirk = QUIRK if name == "with" else ()
            assert main(["record", "lantern", "--simulated", *quirk, *SMALL, "--out", str(path)]) == 0
    return made


def waivers(folder: Path, claim: str = CLAIM, expires: str | None = None) -> Path:
    later = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=30)
    path = folder / "waivers.yaml"
    path.write_text(
        f"# Known.\n- claim: {claim}\n  reason: we send listed lengths only\n  link: https://example.com/7\n"
        f"  owner: video team\n  expires: {expires or later}\n"
    )
    return path


def test_a_waived_quirk_is_green_and_without_the_quirk_its_waiver_is_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = waivers(tmp_path)
    words = ("check", "lantern", "--simulated", *SMALL, "--out", tmp_path / "out")
    assert run(capsys, *words, *QUIRK)[0] == 1
    code, out, _ = run(capsys, *words, *QUIRK, "--waivers", given)
    assert code == 0
    assert "1 waived:" in out and "video team: we send" in out
    (told,) = [each for each in verdicts(tmp_path / "out") if "waived" in each]
    assert (told["claim"], told["outcome"]) == (CLAIM, "fail")
    code, out, _ = run(capsys, *words, "--waivers", given)
    assert code == 1
    assert f"{given}:2: the waiver of {CLAIM} is no longer true: the claim passes. Delete these lines:" in out
    assert "\n".join(f"      {line}" for line in given.read_text().splitlines()[1:]) in out


def verdicts(folder: Path) -> list[dict[str, Any]]:
    (entry,) = json.loads((folder / "report.json").read_text())["providers"]
    found: list[dict[str, Any]] = entry["verdicts"]
    return found


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ({"expires": "2020-02-29"}, ["expired on 2020-02-29", "Delete these lines"]),
        ({"claim": f"{CLAIM}s"}, [f"matches no claim. Did you mean '{CLAIM}'? Correct these lines:"]),
        ({"claim": "lantern.nothing.*"}, ["matches no claim (see: harness explain lantern). Delete these lines:"]),
    ],
)
def test_a_waiver_that_excuses_nothing_fails_the_run(
    of: dict[str, str],
    said: Sequence[str],
    recordings: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    given = waivers(tmp_path, **of)
    code, out, _ = run(capsys, "judge", "lantern", recordings["without"], "--waivers", given)
    assert code == 1 and all(each in out for each in said), out
    code, out, err = run(capsys, "judge", "lantern", recordings["without"], "--waivers", given, "--format", "github")
    assert code == 1 and all(each in err for each in said), "also where the summary is not printed"
    assert out.startswith("::error ")


@pytest.mark.parametrize(
    ("flag", "text", "said"),
    [
        ("--waivers", "- claim: lantern.x\n", "waivers.yaml:1"),
        ("--waivers", None, "No such file"),
        ("--baseline", None, "harness baseline update REPORT.json --baseline"),
        ("--baseline", "[]", "not of type 'object'"),
        ("--require", "- lantren.x.y\n", "'lantern'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_before_anything_is_judged(
    flag: str, text: str | None, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "waivers.yaml"
    if text is not None:
        path.write_text(text)
    code, out, err = run(capsys, "judge", "lantern", tmp_path / "none.yaml", flag, path)
    assert (code, out) == (2, "") and said in err and "waivers.yaml" in err


def test_a_limit_that_cannot_be_used_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, "judge", "lantern", tmp_path / "none.yaml", "--max-divergences", "shuold=1")
    assert code == 2 and "'should'" in err


def test_a_baseline_lets_only_what_is_new_fail(
    recordings: dict[str, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    known = tmp_path / "baseline.json"

    def judged(name: str, *words: str | Path) -> tuple[int, str, str]:
        return run(capsys, "judge", "lantern", recordings[name], "--out", tmp_path / name, *words)

    assert judged("with")[0] == 1
    code, out, _ = run(capsys, "baseline", "update", tmp_path / "with" / "report.json", "--baseline", known)
    assert code == 0 and f"+ {CLAIM}  accepts-forbidden  simulated" in out
    code, out, _ = judged("with", "--baseline", known)
    assert code == 0 and "known: in the baseline since" in out
    code, out, _ = judged("without", "--baseline", known)
    assert code == 0 and f"harness baseline prune REPORT.json --baseline {known}" in out
    assert CLAIM in run(capsys, "baseline", "show", "--baseline", known)[1]
    code, out, _ = run(capsys, "baseline", "prune", tmp_path / "without" / "report.json", "--baseline", known)
    assert code == 0 and f"- {CLAIM}" in out
    assert judged("with", "--baseline", known)[0] == 1, "what was pruned is new again"


def test_the_same_reports_make_the_same_baseline_whatever_their_order(
    recordings: dict[str, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("with", "without"):
        run(capsys, "judge", "lantern", recordings[name], "--out", tmp_path / name)
    files = [tmp_path / name / "report.json" for name in ("with", "without")]
    texts = []
    for place, order in enumerate((files, files[::-1])):
        run(capsys, "baseline", "update", *order, "--baseline", tmp_path / f"{place}.json")
        texts.append((tmp_path / f"{place}.json").read_text())
    assert texts[0] == texts[1]
    assert "0 added" in run(capsys, "baseline", "update", *files, "--baseline", tmp_path / "0.json")[1]


def test_what_is_required_must_be_tested_and_pass(
    recordings: dict[str, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    required = tmp_path / "required.yaml"
    required.write_text(f"- {CLAIM}\n")
    assert run(capsys, "judge", "lantern", recordings["without"], "--require", required)[0] == 0
    words = ("judge", "lantern", recordings["with"], "--fail-on", "never", "--require", required)
    code, out, _ = run(capsys, *words, "--waivers", waivers(tmp_path))
    assert code == 1 and f"{required}:1: {CLAIM} is required to pass, and diverges (a waiver does not" in out


def test_a_share_and_a_number_decide(recordings: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    words = ("judge", "lantern", recordings["with"])
    assert run(capsys, *words, "--max-divergences", "must=9", "should=9")[0] == 0
    code, out, _ = run(capsys, *words, "--max-divergences", "must=9", "--min-tested", "must=100%")
    assert code == 1 and "of level MUST" in out and "100 % are asked for" in out


@pytest.mark.slow
def test_a_resumed_run_keeps_its_waivers_and_takes_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LANTERN_API_KEY", "a-key-for-nobody")
    journal = ("--journal", tmp_path / "journal.sqlite")
    given = waivers(tmp_path)
    with serving(lantern(), chosen("lantern", [QUIRK[1]])) as base:
        code, _, err = run(
            capsys, "check", "lantern", "--live", "--base-url", base, "--allow-private", "--yes", *journal, *SMALL,
            "--budget", "100", "--out", tmp_path / "out", "--waivers", given,
        )  # fmt: skip
        assert code == 0, err
        (cassette,) = (tmp_path / "out").glob("lantern-*-*.yaml")
        name = cassette.stem.removeprefix("lantern-")
        code, out, err = run(capsys, "resume", name, *journal)
        assert code == 0 and "1 waived:" in out, err
        (tmp_path / "other").mkdir()
        other = waivers(tmp_path / "other", claim=f"{CLAIM}s")
        assert run(capsys, "resume", name, *journal, "--waivers", other)[0] == 1
        assert run(capsys, "resume", name, *journal, "--fail-on", "never")[0] == 0
