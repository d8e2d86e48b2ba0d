"""Markdown, JUnit, SARIF, annotations and badges: their limits, their order, and hostile text made harmless in each."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from entries import entries
from formats import (
    FORBIDDEN,
    assert_annotations,
    assert_badge,
    assert_codequality,
    assert_junit,
    assert_markdown,
    assert_sarif,
    validator,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import claim, contract, diverging, entry_of, hostile, interaction, many, reported, sample, saying
from words import MARKUP

from harness.claim import Kind, Level
from harness.cli import main, options
from harness.interaction import Origin
from harness.report import FILES, FORMATS, badge, codequality, github, html, junit, load, markdown, sarif
from harness.report import text as screen
from harness.verdict import Direction, Outcome, Verdict

NEW: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    name: FORMATS[name] for name in ("markdown", "junit", "sarif", "github", "badge")
}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(entries(), max_size=3))
def test_every_report_gives_wellformed_text_the_same_twice(given: list[dict[str, Any]]) -> None:
    made = reported(*given)
    for name, form in NEW.items():
        rendered = form(made)
        assert rendered == form(json.loads(json.dumps(made))), name
        rendered.encode("utf-8")
    assert_markdown(markdown.render(made))
    assert_junit(junit.render(made), made)
    assert_sarif(sarif.render(made), made)
    assert_annotations(github.render(made))
    assert_codequality(codequality.render(made))
    assert_badge(badge.render(made))
    for each in made["providers"]:
        assert_badge(badge.entry(each))


@pytest.mark.parametrize("text", MARKUP)
def test_what_others_wrote_is_harmless_in_every_format(text: str) -> None:
    made = saying(text)
    assert_markdown(markdown.render(made))
    assert_junit(junit.render(made), made)
    assert_sarif(sarif.render(made), made)
    assert_annotations(github.render(made))
    assert_codequality(codequality.render(made))
    assert_badge(badge.render(made))
    assert_badge(badge.entry(made["providers"][0]))


@pytest.mark.parametrize("name", NEW)
def test_a_hostile_answer_stays_short(name: str) -> None:
    assert len(NEW[name](hostile())) < 70_000
    assert not FORBIDDEN.search(NEW[name](hostile()))


def test_markdown_shows_real_evidence_first_and_names_provenance() -> None:
    rendered = markdown.render(sample())
    head, _, body = rendered.partition("\n### ")
    assert "**3 observed divergences.**" in head and "Contradictions" not in head
    rows = [line for line in head.splitlines() if line.startswith("| `")]
    assert [row.split("**")[1] for row in rows] == ["LIVE", "PUBLISHED", "SIMULATED"]
    assert (
        body.index("**LIVE**") < body.index("**PUBLISHED**") < body.index("<strong>SIMULATED</strong> — demonstration")
    )
    assert body.index("**MUST — Accepts what") < body.index("**SHOULD — Accepts a setting")
    assert "And 6 further divergences of this claim." in body
    assert "curl --globoff -X POST" in body
    assert rendered.count("<details>") == rendered.count("</details>") >= 5
    alone = reported(entry_of([diverging(interaction(Origin.SIMULATED))], origin=Origin.SIMULATED))
    assert "**SIMULATED evidence only" in markdown.render(alone)
    assert "Nothing was judged." in markdown.render(reported())


@pytest.mark.parametrize("limit", [markdown.LEAST, markdown.COMMENT, markdown.SUMMARY])
def test_markdown_keeps_its_limit(limit: int) -> None:
    first = many(4_000, statement="漢字 " * 200)
    others = [{**first, "provider": name} for name in ("beta", "gamma")]
    simulated = entry_of([diverging(interaction(Origin.SIMULATED), times=3)], origin=Origin.SIMULATED)
    rendered = markdown.render(reported(first, *others, simulated), limit)
    assert limit // 2 < len(rendered.encode()) <= limit
    assert_markdown(rendered)
    if limit > markdown.LEAST:
        assert re.search(r"… and [\d,]+ more: ", rendered)
        assert all(rendered.count(f"### `{name}`") == 1 for name in ("acme", "beta", "gamma"))


def test_markdown_of_many_entries_keeps_its_limit() -> None:
    crowd = [{**many(3), "provider": f"provider-{i:03}" + "漢" * 60} for i in range(200)]
    for limit in (markdown.LEAST, markdown.COMMENT):
        assert len(markdown.render(reported(*crowd), limit).encode()) <= limit
    with pytest.raises(ValueError, match="too few"):
        markdown.render(sample(), 100)


def test_junit_says_what_failed_and_why_the_rest_was_skipped() -> None:
    root = assert_junit(junit.render(sample()), sample())
    assert [suite.attrib["name"] for suite in root] == ["acme (LIVE)", "acme (PUBLISHED)", "acme (SIMULATED)"]
    cases = {case.attrib["name"]: case for case in root[0].findall("testcase")}
    failed = cases["acme.createVideo.duration.enum"]
    assert failed.attrib["classname"] == "acme.createVideo"
    assert failed[0].attrib == {"message": "7 was accepted", "type": "accepts-forbidden"}
    assert "source: page (2026-01): “duration: 4 or 8 <seconds>”" in (failed[0].text or "")
    assert "and 6 further divergences" in (failed[0].text or "")
    assert not len(cases["acme.createVideo.b"])
    assert cases["acme.createVideo.c"][0].attrib == {"message": "untested: nothing reached it"}
    assert cases["acme.createVideo.d"][0].tag == "error"
    (played,) = [case[0] for case in root[2].findall("testcase") if len(case)]
    assert (played.tag, played.attrib["type"]) == ("skipped", "accepts-forbidden")
    assert played.attrib["message"].startswith("diverges; not counted: a demonstration on the simulator: ")
    assert "observed: " in (played.text or "")


COUNTED = {"divergences": {"MUST": 0}, "faults": True, "demonstrations": True}


@pytest.mark.parametrize(
    ("counted", "failures", "errors", "why"),
    [
        ({}, 2, 1, "this run does not fail for SHOULD"),
        ({"divergences": {"MUST": 0, "SHOULD": 0}}, 3, 1, "a demonstration on the simulator"),
        ({"divergences": {"MUST": 0, "SHOULD": 1}}, 2, 1, "1 of level SHOULD may diverge"),
        ({"demonstrations": False}, 3, 1, "this run does not fail for SHOULD"),
        ({"divergences": {}, "faults": False}, 0, 0, "this run fails for nothing"),
    ],
)
def test_junit_fails_for_what_the_run_fails_for_and_for_nothing_else(
    counted: dict[str, Any], failures: int, errors: int, why: str
) -> None:
    made = sample() | {"gate": {"passed": False, "remarks": [], "counted": COUNTED | counted}}
    validator().validate(made)
    root = ElementTree.fromstring(junit.render(made))
    assert (root.attrib["failures"], root.attrib["errors"]) == (str(failures), str(errors))
    said = [each.attrib["message"] for each in root.iter("skipped")]
    assert any(f"not counted: {why}: " in each for each in said), said
    assert len(root.findall(".//failure")) == failures and len(root.findall(".//error")) == errors


def test_junit_skips_what_could_not_be_told_as_the_run_does() -> None:
    made = reported(entry_of([Verdict(claim=claim(), outcome=Outcome.INCONCLUSIVE, reason="a rate limit")]))
    (skipped,) = assert_junit(junit.render(made), made).iter("skipped")
    assert skipped.attrib == {"message": "inconclusive: a rate limit"}


def test_sarif_results_point_at_the_spec_and_keep_their_fingerprints() -> None:
    made = sample()
    run = assert_sarif(sarif.render(made), made)["runs"][0]
    (rule, *_), results = run["tool"]["driver"]["rules"], run["results"]
    assert rule["id"] == "acme.createVideo.duration.enum"
    assert "“duration: 4 or 8 <seconds>”" in rule["help"]["text"] and rule["helpUri"] == "https://example.com/doc"
    assert [each["level"] for each in results] == ["error", "warning", "error", "none"]
    assert [each["properties"]["provenance"] for each in results] == ["live", "live", "published", "simulated"]
    place = results[0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "specs/acme/openapi.yaml"
    assert [each["fullyQualifiedName"] for each in place["logicalLocations"]] == [
        "acme.createVideo",
        "acme.createVideo/duration",
    ]
    prints = [each["partialFingerprints"]["harnessClaim/v1"] for each in results]
    assert len(set(prints)) == 4
    assert prints[0] == sarif.fingerprint("acme.createVideo.duration.enum", "live")
    later = {**made, "generated_at": "2027-01-01T00:00:00Z", "providers": made["providers"][::-1]}
    again = assert_sarif(sarif.render(later), later)["runs"][0]["results"]
    assert {each["partialFingerprints"]["harnessClaim/v1"] for each in again} == set(prints)
    assert run["invocations"][0]["executionSuccessful"] is False


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("specs/acme/models.json", "specs/acme/models.json"),
        ("../../etc/passwd", "specs/acme/openapi.yaml"),
        ("https://evil.example/x", "specs/acme/openapi.yaml"),
        ("/etc/passwd", "specs/acme/openapi.yaml"),
        ("a b/,line=9::x", "specs/acme/openapi.yaml"),
        (7, "specs/acme/openapi.yaml"),
    ],
)
def test_a_file_outside_the_repository_is_not_pointed_at(given: object, shown: str) -> None:
    made = reported(many(1))
    made["providers"][0]["verdicts"][0]["spec_file"] = given
    (result,) = json.loads(sarif.render(made))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == shown
    assert github.render(made).startswith(f"::error file={shown},line=1,title=")


@pytest.mark.parametrize(("given", "shown"), [(42, 42), (0, 1), (-3, 1), ("42", 1), (True, 1), (None, 1)])
def test_a_better_line_is_taken_from_the_report(given: object, shown: int) -> None:
    made = reported(many(1))
    made["providers"][0]["verdicts"][0]["spec_line"] = given
    (result,) = json.loads(sarif.render(made))["runs"][0]["results"]
    assert json.dumps(result["locations"][0]["physicalLocation"]["region"]["startLine"]) == str(shown)
    assert f",line={shown},title=" in github.render(made)


def test_sarif_leaves_out_what_code_scanning_would_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "RESULTS", 10)
    run = json.loads(sarif.render(reported(many(12))))["runs"][0]
    assert len(run["results"]) == len(run["tool"]["driver"]["rules"]) == 10
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "2 further failures left out: see report.json."


def test_annotations_are_at_most_ten_of_a_kind_and_count_the_rest() -> None:
    may = many(15, level=Level.MAY)
    made = reported(
        {**many(12), "provider": "a"}, {**many(11, level=Level.SHOULD), "provider": "b"}, {**may, "provider": "c"}
    )
    lines = assert_annotations(github.render(made))
    assert len(lines) == 30
    assert lines[0].startswith(
        "::error file=specs/a/openapi.yaml,line=1,title=acme.createVideo.f00000::MUST — Accepts what the documentation "
        "forbids: 7 was accepted%0ADocumented: "
    )
    assert lines[-1].endswith("::Not shown here: 2 errors, 1 warning, 6 notices.")


def test_annotations_never_raise_the_simulator_to_an_error() -> None:
    alone = reported(entry_of([diverging(interaction(Origin.SIMULATED))], origin=Origin.SIMULATED))
    (line,) = assert_annotations(github.render(alone))
    assert line.startswith("::notice ") and "title=SIMULATED acme." in line and "Evidence: SIMULATED — " in line
    assert github.render(reported(entry_of([]))).endswith("::No divergence was found.\n")
    assert github.render(reported()).endswith("::Nothing was judged.\n")


def test_annotations_escape_what_the_runner_reads() -> None:
    made = reported(entry_of([diverging(interaction(), claim("a:b,c%d"), summary="100%0Asure")]))
    (line,) = assert_annotations(github.render(made))
    assert "title=a%3Ab%2Cc%25d::" in line and "100%250Asure" in line


def test_code_quality_tells_grave_from_simulated_and_keeps_its_fingerprints() -> None:
    real, play = (
        entry_of([diverging(interaction())]),
        entry_of([diverging(interaction(Origin.SIMULATED))], origin=Origin.SIMULATED),
    )
    first, second = assert_codequality(codequality.render(reported(real, play)))
    assert (first["severity"], second["severity"]) == ("critical", "info")
    assert second["description"].startswith("SIMULATED: ")
    (alone,) = assert_codequality(codequality.render(reported(real)))
    assert alone == first
    assert codequality.render(reported()) == "[]\n"


def test_badges_tell_real_from_simulated() -> None:
    simulated = entry_of([diverging(interaction(Origin.SIMULATED))], origin=Origin.SIMULATED)
    good = entry_of([Verdict(claim=claim(), outcome=Outcome.PASS)], [interaction()])
    should = [diverging(interaction(), claim(level=Level.SHOULD), direction=Direction.IGNORES)]
    mild = entry_of(should, contract=contract("beta"))
    assert assert_badge(badge.entry(simulated)) == "acme: 1 diverging (simulated)"
    assert assert_badge(badge.entry(good)) == "acme: 1 confirmed (live)"
    assert assert_badge(badge.render(reported(simulated))) == "conformance: simulated only"
    assert assert_badge(badge.render(reported())) == "conformance: nothing judged"
    assert assert_badge(badge.render(reported(simulated, good))) == "acme: 1 confirmed (live)"
    assert assert_badge(badge.render(reported(simulated, good, mild))) == "conformance: beta: 1 diverging (live)"
    assert "#b3261e" in badge.render(sample()) and "#b3261e" not in badge.entry(simulated)


#: What documents say against each other.
CONTRADICTED = diverging(None, claim("acme.x.contradicts", kind=Kind.CONTRADICTION), direction=Direction.CONTRADICTION)
ALONE = "DOCUMENTS — the documents alone; nothing was observed"


def test_a_contradiction_rests_on_documents_whatever_was_observed_besides() -> None:
    made = reported(entry_of([CONTRADICTED, diverging(interaction())]))
    assert "- Evidence: **DOCUMENTS** `the documents alone; nothing was observed`" in markdown.render(made)
    assert "**1 observed divergence; 1 contradiction in the documents.**" in markdown.render(made)
    assert "| `acme` | **LIVE** `https://api.example.com/v1 recorded 2026-10-01` | 1 | 1 | 0 |" in markdown.render(made)
    assert "\n1 observed divergence; 1 contradiction in the documents.\n\nacme  LIVE https" in screen.render(made)
    assert "  2 claims: 1 fail, 1 contradiction;" in screen.render(made)
    assert "<strong>1 observed divergence; 1 contradiction in the documents.</strong>" in html.render(made)
    assert html.render(made).count("Evidence: <strong>DOCUMENTS</strong>") == 1
    assert_junit(junit.render(made), made)
    assert f"evidence: {ALONE}" in junit.render(made) and 'name="acme (LIVE)"' in junit.render(made)
    results = {each["ruleId"]: each for each in assert_sarif(sarif.render(made), made)["runs"][0]["results"]}
    assert f"Evidence: {ALONE}" in results["acme.x.contradicts"]["message"]["text"]
    assert results["acme.x.contradicts"]["properties"]["provenance"] == "live"
    assert "DOCUMENTS: The documentation contradicts itself" in codequality.render(made)
    assert f"Evidence: {ALONE}" in github.render(made)
    assert ">1 diverging (live)<" in badge.render(made)


def test_where_nobody_answered_no_format_says_that_somebody_did() -> None:
    dead = interaction(response=None, failure="connection refused")
    made = reported(
        entry_of([CONTRADICTED], origin=Origin.PUBLISHED),
        entry_of([CONTRADICTED], [dead], mode="live"),
    )
    validator().validate(made)
    assert [each["source"]["provenance"] for each in made["providers"]] == ["live", "published"]
    assert [each["requests"]["answered"] for each in made["providers"]] == [0, 0]
    for name, form in FORMATS.items():
        shown = form(made).partition('<details class="glossary">')[0] if name == "html" else form(made)
        told = ("DOCUMENTS", "(documents)")[name == "badge"]
        assert name == "json" or (told in shown and not re.search(r"LIVE|PUBLISHED|\((live|published)\)", shown)), name
    asked = "DOCUMENTS — the documents alone: no request to https://api.example.com/v1 was answered"
    assert f"acme  {asked}\n" in screen.render(made) and f"acme  {ALONE}\n" in screen.render(made)
    assert "1 contradiction (documents)<" in badge.render(made)


def test_every_format_is_named_where_the_command_line_lists_them() -> None:
    assert sorted(options.FORMATS.split(", ")) == sorted(FORMATS)
    assert set(FORMATS) - set(FILES) == {"text", "github"}
    assert len(set(FILES.values())) == len(FILES)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(FORMATS["json"](sample()), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_a_stored_report_is_shown_in_any_format(
    name: str, stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(stored), "--format", name]) == 0
    assert capsys.readouterr().out == FORMATS[name](sample())
    assert main(["report", str(stored), "--format", name, "--out", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again").read_text(encoding="utf-8") == FORMATS[name](sample())
    assert capsys.readouterr().out == ""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(entries(), max_size=3))
def test_any_stored_report_is_shown_again_byte_for_byte(given: list[dict[str, Any]]) -> None:
    made = reported(*given)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.json")
        path.write_text(FORMATS["json"](made), encoding="utf-8")
        again = load(path)
    for name, form in FORMATS.items():
        rendered = form(made)
        assert rendered == form(made) == form(again), name


def test_every_process_shows_the_same_bytes(stored: Path) -> None:
    """The order of sets, and whatever else hangs on a process's own hashes, does not reach a report."""
    show = (
        "import sys; from harness.cli import main; [main(['report', sys.argv[1], '--format', f]) for f in sys.argv[2:]]"
    )
    told = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", show, str(stored), *FORMATS],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        )
        told.add(done.stdout)
    assert len(told) == 1 and len(told.pop()) > 10_000


@pytest.mark.parametrize("moved", ["the order", "the date", "the line", "the evidence"])
def test_fingerprints_hang_on_nothing_that_comes_and_goes(moved: str) -> None:
    made, other = sample(), sample()
    for each in other["providers"]:
        match moved:
            case "the order":
                each["verdicts"].reverse()
                other["providers"] = other["providers"][::-1]
            case "the date":
                each["source"]["recorded"] = other["generated_at"] = "2031-01-01T00:00:00Z"
            case "the line":
                each["verdicts"] = [{**verdict, "spec_line": 77} for verdict in each["verdicts"]]
            case "the evidence":
                for seen in (seen for verdict in each["verdicts"] for seen in verdict["divergences"]):
                    seen.update(summary="another time", interaction="another#2", observed="another value")
    prints = [
        sorted(each["partialFingerprints"]["harnessClaim/v1"] for each in json.loads(text)["runs"][0]["results"])
        for text in (sarif.render(made), sarif.render(other))
    ]
    assert sarif.render(made) != sarif.render(other) and prints[0] == prints[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "pdf"], "unknown format 'pdf'"),
        (["--format", "html", "--limit", "9000"], "--limit is for markdown"),
        (["--format", "markdown", "--limit", "10"], "too little"),
        (["--out", "report.json"], "the report itself"),
        (["--out", "none/report.md"], "No such file"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    arguments: list[str],
    message: str,
    stored: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(stored.parent)
    before = stored.read_bytes()
    assert main(["report", "report.json", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert stored.read_bytes() == before


def test_a_limit_is_kept_on_the_command_line(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(stored), "--format", "markdown", "--limit", "5000"]) == 0
    assert capsys.readouterr().out == markdown.render(sample(), 5_000)


def test_check_writes_each_format_under_its_own_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["check", "unified-v2", "--simulated", "--max-requests", "3", "--fail-on", "never"]
    main([*arguments, "--format", ",".join(FORMATS), "--out", str(tmp_path)])
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith("report.")} == set(FILES.values())
    out = capsys.readouterr().out
    assert "Conformance report" in out and "::notice " in out
    made = json.loads((tmp_path / "report.json").read_text())
    for name, file in FILES.items():
        assert (tmp_path / file).read_text(encoding="utf-8") == FORMATS[name](made)
