"""The pytest plugin in somebody's own project: claims as tests."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import av  # noqa: F401  Pytester forgets what was first imported in a test, and half of PyAV does not survive that
import pytest
from conftest import ROOT, planned
from sessions import PAGE, alone

import harness.plugin
from harness import gate
from harness.contract import load
from harness.exchange import save_cassette
from harness.interaction import Interaction, Origin, Provenance
from harness.judged import judged
from harness.plugin import OPTIONS
from harness.run.sources import simulated
from harness.simulator import chosen
from harness.simulator.server import serving
from harness.testing.live import needed
from harness.testing.names import item_name
from harness.testing.ruling import Fate, demonstrates, rulings
from harness.testing.settings import FAIL_ON, settings, table
from harness.testing.start import ending

#: A small contract; one quirk of it, and the claim that it breaks.
SUBJECT = "unified-v2"
QUIRK, BROKEN = "takes-any-duration", "unified-v2.createVideo.duration.enum"
ASKED = ("--harness-provider", SUBJECT)

WAIVER = """
- claim: {claim}
  reason: they know, and will not say when
  link: https://example.com/issues/1
  owner: video team
  expires: {expires}
"""


@cache
def seen(quirks: tuple[str, ...]) -> tuple[Interaction, ...]:
    models = (load(SUBJECT).default_model,)
    run = simulated(load(SUBJECT), chosen(SUBJECT, quirks), date="2026-01-01")
    return tuple(run.go(planned(SUBJECT, models)))


class Project:
    """A throw-away project that has recordings of the simulator."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path

    def record(self, *quirks: str) -> None:
        save_cassette(self.path / "cassettes" / SUBJECT / "recorded.yaml", seen(quirks), overwrite=True)

    def configure(self, table: str) -> None:
        (self.path / "pyproject.toml").write_text(f"[tool.harness]\n{table}\n")

    def waive(self, claim: str, expires: str = "2999-12-31") -> None:
        (self.path / "waivers.yaml").write_text(WAIVER.format(claim=claim, expires=expires))

    def run(self, *words: str) -> pytest.RunResult:
        return alone(self.pytester, *words)

    def separately(self, *words: str) -> pytest.RunResult:
        """With every plugin that is installed."""
        return self.pytester.runpytest_subprocess("-p", "harness.plugin", *words)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = Project(pytester)
    made.configure(f'providers = ["{SUBJECT}"]\ncassettes = "cassettes"\nwaivers = "waivers.yaml"')
    (made.path / "waivers.yaml").write_text("# none\n")
    return made


def failed(result: pytest.RunResult) -> set[str]:
    return set(re.findall(r"^FAILED harness::(\S+)", result.stdout.str(), re.MULTILINE))


# Replay


def test_every_claim_is_one_test_with_a_name_that_any_tool_takes(project: Project) -> None:
    project.record()
    result = project.run("--collect-only", "-q")
    names = [line.removeprefix("harness::") for line in result.outlines if line.startswith("harness::")]
    assert names == [item_name(claim) for claim in load(SUBJECT).claims]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9._@+:-]+", name) and "::" not in name for name in names)


def test_different_claims_have_different_names() -> None:
    ids = ["a[].b", "a+.b", "a.b", "m@x/y", "m@x:y", "ü", "a%2Bb"]
    assert len({item_name(each) for each in ids}) == len(ids)
    assert all(item_name(each).isascii() for each in ids)


def test_a_provider_that_keeps_its_word_passes(project: Project) -> None:
    project.record()
    outcomes = project.run().parseoutcomes()
    assert outcomes["passed"] > 60 and "failed" not in outcomes and "errors" not in outcomes


def test_a_regression_fails_with_all_that_it_takes_to_understand_it(project: Project) -> None:
    project.record(QUIRK)
    result = project.run()
    assert failed(result) == {BROKEN}
    result.stdout.fnmatch_lines(
        [
            f"_* claim {BROKEN} _*",
            "MUST: *duration*",
            "evidence: SIMULATED*not the provider*",
            "source: *“*”*",
            "expected: *",
            "observed: *",
            "again: curl *",
        ]
    )
    assert "Traceback" not in result.stdout.str() and "items.py" not in "".join(result.outlines[-3:])


def test_a_waiver_makes_it_a_strict_xfail(project: Project) -> None:
    project.record(QUIRK)
    project.waive(BROKEN)
    result = project.run("-rx")
    assert result.ret == 0
    result.assert_outcomes(
        xfailed=1, passed=result.parseoutcomes()["passed"], skipped=result.parseoutcomes()["skipped"]
    )
    result.stdout.fnmatch_lines([f"XFAIL harness::{BROKEN} - they know*example.com/issues/1*video team*"])
    assert failed(project.run("--runxfail")) == {BROKEN}


def test_a_waiver_of_what_was_mended_fails_with_the_lines_to_delete(project: Project) -> None:
    project.record()
    project.waive(BROKEN)
    result = project.run()
    assert failed(result) == {BROKEN}
    result.stdout.fnmatch_lines(["*no longer true*Delete these lines:*", f"*- claim: {BROKEN}", "*reason: they know*"])


@pytest.mark.parametrize(
    ("claim", "expires", "said"),
    [
        (BROKEN, "2020-01-01", "*expired on 2020-01-01*"),
        (f"{SUBJECT}.getVideo.job.wrods", "2999-12-31", "*matches no claim*Did you mean*job.words*"),
        (f"{SUBJECT}.getVideo.job.e*", "2999-12-31", "*no longer true*"),
    ],
)
def test_a_waiver_that_no_claim_speaks_for_is_a_test_of_its_own(
    project: Project, claim: str, expires: str, said: str
) -> None:
    project.record()
    project.waive(claim, expires)
    result = project.run()
    (name,) = failed(result)
    assert name == f"waiver.{item_name(claim)}"
    result.stdout.fnmatch_lines([said, "*- claim: *"])


def test_a_glob_waives_what_fails_and_says_nothing_of_the_rest(project: Project) -> None:
    project.record(QUIRK)
    project.waive(f"{SUBJECT}.createVideo.duration.*")
    result = project.run()
    assert result.ret == 0 and result.parseoutcomes()["xfailed"] == 1


def test_what_the_documents_say_against_each_other_is_skipped_until_it_is_asked_for(project: Project) -> None:
    project.record()
    result = project.run("-rs", "-k", "contradicts")
    assert "passed" not in result.parseoutcomes() and not failed(result)
    result.stdout.fnmatch_lines(["*diverges, SHOULD is below fail_on=must: *"])
    assert len(failed(project.run("--harness-fail-on", "should", "-k", "contradicts"))) > 3


def test_demonstrations_that_come_with_the_harness_fail_nobody(project: Project) -> None:
    project.configure("")
    result = project.run(*ASKED, "-rs")
    assert result.ret == 0 and "failed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["*demonstrated by the simulator, which decides nothing: *"])


def test_a_demonstration_beside_the_provider_itself_decides_nothing() -> None:
    live = [replace(each, provenance=Provenance(origin=Origin.LIVE, date="2026-01-01")) for each in seen(())]
    simulated_alone = judged(load(SUBJECT), seen((QUIRK,)), mode="recorded", documents=True)
    assert not demonstrates(simulated_alone, shipped=False)
    assert rulings(simulated_alone, demonstrations=False, fail_on="must")[BROKEN].fate is Fate.FAILED
    both = judged(load(SUBJECT), [*live, *seen((QUIRK,))], mode="recorded", documents=True)
    assert demonstrates(both, shipped=False)
    assert rulings(both, demonstrations=True, fail_on="must")[BROKEN].fate is Fate.PASSED
    assert rulings(both, demonstrations=False, fail_on="must")[BROKEN].fate is Fate.FAILED


def test_recordings_that_cannot_be_read_are_errors_and_no_failures(project: Project) -> None:
    project.record()
    (project.path / "cassettes" / SUBJECT / "recorded.yaml").write_text("version: 1\ninteractions: [")
    result = project.run("-k", "job.words")
    result.assert_outcomes(errors=1, deselected=result.parseoutcomes()["deselected"])
    result.stdout.fnmatch_lines(["*recorded.yaml*"])


def test_no_recording_of_a_provider_says_where_one_belongs(project: Project) -> None:
    (project.path / "cassettes").mkdir()
    result = project.run("-k", "job.words")
    assert result.parseoutcomes()["errors"] == 1
    result.stdout.fnmatch_lines([f"*cassettes/{SUBJECT}: no recording of {SUBJECT}*"])


# Selecting


def test_nothing_is_collected_where_nobody_asked(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(): pass")
    alone(pytester).assert_outcomes(passed=1)


def test_whoever_names_a_file_gets_its_tests_alone(project: Project) -> None:
    project.record()
    project.pytester.makepyfile("def test_one(): pass")
    project.run("test_whoever_names_a_file_gets_its_tests_alone.py").assert_outcomes(passed=1)
    assert project.run().parseoutcomes()["passed"] > 60


def test_one_claim_runs_by_the_name_that_a_failure_shows(project: Project) -> None:
    project.record(QUIRK)
    assert project.run(f"harness::{BROKEN}").parseoutcomes() == {"failed": 1}
    result = project.run("harness::unified-v2.no-such-thing")
    assert result.parseoutcomes() == {"errors": 1}
    result.stdout.fnmatch_lines(["*no such claim: harness::unified-v2.no-such-thing*"])


@pytest.mark.parametrize(
    ("words", "selected"),
    [
        (["-k", "job.words"], 1),
        (["-m", "kind(name='lifecycle') and provider(name='unified-v2')"], 10),
        (["-m", f"claim(id='{BROKEN}') and paid"], 1),
        (["-m", "live"], 0),
        (["-m", "not paid", "-k", "job"], 0),
        (["--deselect", "harness::unified-v2", "-k", "job.words"], 0),
    ],
)
def test_claims_are_selected_as_other_tests_are(project: Project, words: list[str], selected: int) -> None:
    project.record()
    outcomes = project.run("--strict-markers", *words).parseoutcomes()
    assert sum(outcomes.get(each, 0) for each in ("passed", "skipped", "failed")) == selected, outcomes


def test_the_last_failed_run_first_or_alone(project: Project) -> None:
    project.record(QUIRK)
    project.pytester.makepyfile("def test_one(): pass")
    project.run()
    assert project.run("--lf").parseoutcomes()["failed"] == 1
    first = project.run("--ff", "-v").outlines
    assert next(line for line in first if "%]" in line).startswith(f"harness::{BROKEN} FAILED")


def test_junit_knows_the_claim_and_what_it_rests_on(project: Project) -> None:
    project.record(QUIRK)
    project.run("--junit-xml=report.xml", "-k", "duration.enum")
    (case,) = ET.parse(project.path / "report.xml").iter("testcase")
    said = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert (case.get("classname"), case.get("name")) == ("harness", BROKEN)
    assert said["harness_claim"] == BROKEN and said["harness_provenance"] == "simulated"
    assert said["harness_direction"] == "accepts-forbidden" and said["harness_quote"]
    assert case.find("failure") is not None


# What it was asked for


@pytest.mark.parametrize(
    ("table_", "words", "said"),
    [
        ("", ["harness::venice.queueVideo.duration.enum"], "which provider? Add --harness-provider NAME"),
        ('provider = ["venice"]', [], "unknown key 'provider'*Did you mean 'providers'?"),
        ('providers = "venice"', [], "providers = 'venice' is not a list of provider ids*"),
        ('fail_on = "shuld"', ASKED, "unknown level 'shuld'*Did you mean 'should'?"),
        ("", ["--harness-provider", "venise"], "unknown provider 'venise'*Did you mean 'venice'?*"),
        ("", [*ASKED, "--harness-cassettes", "nowhere"], "*nowhere: does not exist"),
        ("", [*ASKED, "--harness-live"], "--harness-live also needs --harness-yes-spend-money and --harness-budget"),
        (
            "",
            [*ASKED, "--harness-live", "--harness-budget", "1"],
            "--harness-live also needs --harness-yes-spend-money",
        ),
        ("", [*ASKED, "--harness-live", "--harness-yes-spend-money"], "--harness-live also needs --harness-budget"),
        ("", [*ASKED, "--harness-budget", "5"], "--harness-budget is for live runs"),
        ("", [*ASKED, "--harness-model", "m"], "--harness-model is for live runs"),
        ("", [*ASKED, "--harness-live", "--harness-cassettes", "c"], "exclude each other"),
        (
            "",
            [*ASKED, "--harness-live", "--harness-yes-spend-money", "--harness-budget", "nan"],
            "--harness-budget 'nan' is not an amount in USD above zero",
        ),
        (
            "",
            [*ASKED, "--harness-live", "--harness-yes-spend-money", "--harness-budget", "5"],
            "no API key for unified-v2*UNIFIED_V2_API_KEY*",
        ),
    ],
)
def test_what_cannot_be_meant_stops_the_session_before_it_begins(
    project: Project, monkeypatch: pytest.MonkeyPatch, table_: str, words: list[str], said: str
) -> None:
    monkeypatch.delenv("UNIFIED_V2_API_KEY", raising=False)
    project.configure(table_)
    project.pytester.makepyfile("def test_one(): pass")
    result = project.run(*words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert re.search(said.replace("*", ".*").replace("?", r"\?"), " ".join(result.errlines)), result.stderr.str()


def test_recordings_of_the_table_are_for_replay(tmp_path: Path) -> None:
    said = {"providers": [SUBJECT], "cassettes": "cassettes"}
    given = dict.fromkeys((name.replace("-", "_") for name in OPTIONS), None)
    assert settings(given, said, tmp_path).cassettes == tmp_path / "cassettes"
    live = settings(given | {"live": True, "yes_spend_money": True, "budget": "5"}, said, tmp_path)
    assert live.cassettes is None and live.live is not None and live.live.budget == 5


def test_the_levels_are_those_of_every_other_command() -> None:
    assert set(FAIL_ON) == set(gate.FAIL_ON) == set(OPTIONS["fail-on"]["choices"])


def test_a_number_without_a_fraction_is_a_price(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\nassume_price = 1\n")
    assert table(tmp_path / "pyproject.toml") == {"assume_price": 1}


# Beside other plugins


@pytest.mark.slow
@pytest.mark.parametrize("how", ["load", "loadgroup", "each"])
def test_workers_come_to_the_same_verdicts(project: Project, how: str) -> None:
    project.record(QUIRK)
    single = project.run().parseoutcomes()
    shared = project.separately("-p", "no:randomly", "-n", "2", "--dist", how).parseoutcomes()
    times = 2 if how == "each" else 1
    assert {name: number for name, number in shared.items() if name != "warnings"} == {
        name: number * times for name, number in single.items() if name != "warnings"
    }


@pytest.mark.slow
@pytest.mark.parametrize("other", ["randomly", "recording", "xdist"])
def test_another_plugin_beside_it_changes_nothing(project: Project, other: str) -> None:
    project.record(QUIRK)
    project.pytester.makepyfile("def test_one(): pass")
    words = {
        "randomly": ["-p", "randomly", "-p", "no:benchmark"],
        "recording": ["--block-network"],
        "xdist": ["-n", "1"],
    }
    assert failed(project.separately(*words[other])) == {BROKEN}


@pytest.mark.parametrize("first", ["harness", "harness.plugin"])
def test_it_is_never_loaded_twice(first: str) -> None:
    manager = pytest.PytestPluginManager()
    manager.register(harness.plugin, first)
    (other,) = {"harness", "harness.plugin"} - {first}
    assert manager.is_blocked(other)  # so that neither an entry point nor -p nor a conftest registers it again
    manager.import_plugin("harness.plugin")
    assert [name for name, plugin in manager.list_name_plugin() if plugin is harness.plugin] == [first]


# Costs


#: What takes long to import, and is imported when it is needed.
HEAVY = {
    "av", "harness.contract", "harness.testing", "httpx", "hypothesis", "jinja2", "jsonschema", "jsonschema_rs",
    "schemathesis", "sqlite3", "starlette", "uvicorn", "vcr", "yaml",
}  # fmt: skip


def test_a_session_that_does_not_use_it_loads_nothing_of_weight(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("import sys\n\ndef test_a(): print('LOADED', *sys.modules)\n")
    words = [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", "-p", "harness.plugin", "test_a.py"]
    done = subprocess.run(
        words, cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    loaded = set(next(line for line in done.stdout.splitlines() if "LOADED" in line).split())
    assert "harness.plugin" in loaded
    ours = {name for name in loaded if name.split(".")[0] == "harness"}
    assert ours == {"harness", "harness.plugin"}
    assert not loaded & HEAVY


def test_importing_it_takes_next_to_nothing() -> None:
    """Measured beside pytest, which is there in any case: what the plugin adds."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import pytest, harness.plugin"],
        env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    (microseconds,) = re.findall(r"\| +(\d+) \|\s+harness\.plugin$", done.stderr, re.MULTILINE)
    assert int(microseconds) < 30_000


# Live: against the simulator on loopback, which says what it is


def live_words(base: str) -> list[str]:
    return [
        *ASKED, "--harness-live", "--harness-yes-spend-money", "--harness-budget", "50", "--harness-base-url", base,
        "--harness-assume-price", "0.1", "--harness-allow-private", "--harness-model", load(SUBJECT).default_model,
    ]  # fmt: skip


def journalled(path: Path) -> list[tuple[str, int]]:
    """State and number of requests of each run in a journal."""
    from harness.run.journal import Journal

    journal = Journal(path)
    return [(run["state"], len(list(journal.steps(run["id"], SUBJECT)))) for run in journal.runs()]


#: The first process that has sent twenty requests dies as kill -9 has it.
KILLER = """
import os, pathlib, signal, harness.cli.progress as progress

heard, count = progress.Progress.heard, []

def dying(self, interaction):
    heard(self, interaction)
    count.append(interaction)
    if len(count) == 20 and not pathlib.Path("killed").exists():
        pathlib.Path("killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)

progress.Progress.heard = dying
"""


def reports(project: Project) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in project.path.glob("harness-report/pytest-*/report.json")]


def test_what_selects_nothing_sends_nothing(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UNIFIED_V2_API_KEY", "sk-test-0123456789abcdef")
    monkeypatch.setenv("HARNESS_JOURNAL", str(tmp_path / "journal.sqlite"))
    project.configure("")
    nobody = "http://127.0.0.1:9"
    assert project.run(*live_words(nobody), "--collect-only").ret == 0
    assert project.run(*live_words(nobody), "-k", "no-such-claim").ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert not (tmp_path / "journal.sqlite").exists() and not (project.path / "harness-report").exists()


def test_a_plan_has_what_the_claims_need_and_nothing_else() -> None:
    contract, whole = load(SUBJECT), planned(SUBJECT)
    one = needed(contract, whole, [BROKEN])
    assert {name for probe in one.probes for name in probe.breaks} == {BROKEN}
    assert [probe for probe in one.probes if not probe.breaks]
    free = needed(contract, whole, [f"{SUBJECT}.createVideo.body.malformed-json"])
    assert free.probes and all(probe.raw is not None or probe.operation != contract.submit.id for probe in free.probes)
    assert needed(contract, whole, contract.claims).probes == whole.probes


@pytest.mark.slow
@pytest.mark.parametrize("how", ["loadfile", "worksteal"])
def test_a_live_run_is_one_run_whatever_number_of_workers_share_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str
) -> None:
    monkeypatch.setenv("UNIFIED_V2_API_KEY", "sk-test-0123456789abcdef")
    monkeypatch.setenv("HARNESS_JOURNAL", str(tmp_path / "journal.sqlite"))
    project.configure("")
    with serving(load(SUBJECT), chosen(SUBJECT, [QUIRK])) as base:
        result = project.separately("-p", "no:randomly", *live_words(base), "-n", "2", "--dist", how)
    assert failed(result) == {BROKEN}
    result.stdout.fnmatch_lines(["*SIMULATED*", "harness: the live run's report, plan and recordings are in *"])
    ((state, requests),) = journalled(tmp_path / "journal.sqlite")
    (report,) = reports(project)
    assert state == "finished" and 0 < report["providers"][0]["requests"]["total"] <= requests
    assert report["providers"][0]["requests"]["cost_usd"] < 50


@pytest.mark.slow
def test_a_run_whose_process_dies_is_gone_on_with_by_the_next(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNIFIED_V2_API_KEY", "sk-test-0123456789abcdef")
    monkeypatch.setenv("HARNESS_JOURNAL", str(tmp_path / "journal.sqlite"))
    project.configure("")
    project.pytester.makeconftest(KILLER)
    with serving(load(SUBJECT), chosen(SUBJECT, [QUIRK])) as base:
        result = project.separately("-p", "no:randomly", *live_words(base), "-n", "2", "--max-worker-restart", "1")
    assert (project.path / "killed").exists()
    result.stdout.fnmatch_lines(["*worker 'gw?' crashed while running 'harness::*"])
    assert BROKEN in failed(result)
    ((state, _),) = journalled(tmp_path / "journal.sqlite")
    assert state == "finished" and len(reports(project)) == 1


def test_the_lines_of_the_page_make_claims_tests(project: Project) -> None:
    (shown,) = re.findall(r"```toml\n\[tool.harness\]\n(.*?)```", PAGE, re.DOTALL)
    project.configure(shown.replace("venice", SUBJECT))
    project.record(QUIRK)
    (project.path / "tests").mkdir()
    (project.path / "cassettes").rename(project.path / "tests" / "cassettes")
    assert failed(project.run("-k", "duration")) == {BROKEN}
    for words in re.findall(r"--harness-[a-z-]+", PAGE):
        assert words.removeprefix("--harness-") in OPTIONS
    assert "-m \"kind(name='media') and not paid\"" in PAGE


@pytest.mark.parametrize(("code", "lines"), [(0, 1), (1, 1), (4, 2), (130, 2)])
def test_a_run_that_did_not_come_to_its_end_says_how_to_go_on(tmp_path: Path, code: int, lines: int) -> None:
    assert not list(ending(tmp_path))
    (tmp_path / "ended.json").write_text(json.dumps({"code": code, "fault": None}))
    said = list(ending(tmp_path))
    assert len(said) == lines and str(tmp_path) in said[0]
    assert "harness runs" in said[-1] or lines == 1
