"""Two reports against each other: every verdict in one class, and the exit code that the classes come to."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from commands import run
from comparisons import OUTCOMES, Report, entry, one, verdict
from entries import entries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import reported
from words import HOSTILE, UNSEEN

from harness.compare import FORMATS, Change, Difference, Turn, differences
from harness.compare.lines import DIFF_VERSION, MARKDOWN
from harness.compare.reports import HEADINGS, LABELS
from harness.compare.show import SHOWN
from harness.interaction import Origin
from harness.report import FORMATS as REPORTS


def turns(found: Difference) -> dict[tuple[str, str, str], Turn]:
    return {(each.provider, each.provenance.value, each.claim): each.turn for each in found.changes}


def turn(old: Report, new: Report) -> Turn | None:
    found = differences(old, new)
    assert len(found.changes) <= 1
    return next((each.turn for each in found.changes), None)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("pass", "fail", Turn.NEW),
        ("untested", "fail", Turn.NEW),
        ("error", "fail", Turn.NEW),
        (None, "fail", Turn.NEW),
        ("pass", "error", Turn.TROUBLE),
        ("fail", "error", Turn.TROUBLE),
        (None, "error", Turn.TROUBLE),
        ("error", "error", None),
        ("pass", "untested", Turn.LOST),
        ("pass", "inconclusive", Turn.LOST),
        ("fail", "untested", Turn.LOST),
        ("fail", "inconclusive", Turn.LOST),
        ("fail", "not-applicable", Turn.LOST),
        ("fail", "pass", Turn.FIXED),
        ("untested", "pass", Turn.TESTED),
        ("inconclusive", "pass", Turn.TESTED),
        ("error", "pass", Turn.TESTED),
        ("fail", None, Turn.GONE),
        ("pass", None, Turn.GONE),
        ("untested", None, Turn.GONE),
        (None, "pass", Turn.ADDED),
        (None, "untested", Turn.ADDED),
        ("untested", "inconclusive", Turn.OTHER),
        ("error", "untested", Turn.OTHER),
        ("pass", "pass", None),
        ("untested", "untested", None),
        ("fail", "fail", None),
    ],
)
def test_a_verdict_turns(old: str | None, new: str | None, expected: Turn | None) -> None:
    assert turn(one(old), one(new)) is expected


def test_a_failure_changes_with_the_set_of_what_diverges() -> None:
    assert turn(one("fail", "a", "b"), one("fail", "b", "a", "a")) is None
    found = differences(one("fail", "a", "b"), one("fail", "b", "c"))
    assert [each.turn for each in found.changes] == [Turn.CHANGED]
    shown = FORMATS["text"](found)
    assert "now: accepts-forbidden: c" in shown and "no longer: accepts-forbidden: a" in shown
    assert "accepts-forbidden: b" not in shown


def test_what_is_no_longer_reached_at_all_is_no_longer_tested() -> None:
    published = entry(verdict("acme.a", "untested"), verdict("acme.b", "untested"), provenance="published")
    old = reported(entry(verdict("acme.a", "fail"), verdict("acme.b", "untested")), published)
    found = differences(old, reported(published))
    assert turns(found) == {("acme", "live", "acme.a"): Turn.LOST}
    assert "only in the older report" in FORMATS["text"](found)
    other = entry(verdict("zeta.a", "pass"), provider="zeta")
    assert turns(differences(reported(published, other), reported(published))) == {
        ("zeta", "live", "zeta.a"): Turn.LOST
    }


def test_simulated_evidence_never_answers_real_evidence() -> None:
    real, simulated = entry(verdict("acme.a", "pass")), entry(verdict("acme.a", "fail"), provenance="simulated")
    found = differences(reported(real), reported(simulated))
    assert not found.comparable
    assert turns(found) == {("acme", "live", "acme.a"): Turn.LOST, ("acme", "simulated", "acme.a"): Turn.NEW}


def test_simulated_evidence_is_marked_comes_last_and_decides_only_alone() -> None:
    def with_simulated(real: str, simulated: str) -> Report:
        return reported(
            entry(verdict("acme.a", simulated), provenance="simulated", mode="simulated"),
            entry(verdict("acme.a", real)),
        )

    found = differences(with_simulated("fail", "pass"), with_simulated("pass", "fail"))
    assert [each.turn for each in found.changes] == [Turn.FIXED, Turn.NEW]
    assert [each.turn for each in found.decisive] == [Turn.FIXED]
    for form in ("text", "markdown"):
        shown = FORMATS[form](found)
        assert shown.index("Fixed (1)") < shown.index("SIMULATED, not the provider — New divergences (1)")
    alone = [
        reported(entry(verdict("acme.a", outcome), provenance="simulated", mode="simulated"))
        for outcome in ("pass", "fail")
    ]
    assert [each.turn for each in differences(*alone).decisive] == [Turn.NEW]
    alone[0]["providers"].append(entry(verdict("acme.a", "untested"), provenance="published"))  # compared with nothing
    assert [each.turn for each in differences(*alone).decisive] == [Turn.NEW]


def test_the_worst_comes_first() -> None:
    olds = ["fail", "pass", "fail", "pass", "pass", "untested"]
    news = ["pass", "untested", "fail", "fail", "fail", "pass"]
    levels = ["MUST", "MUST", "MUST", "SHOULD", "MUST", "MUST"]
    old = [verdict(f"acme.{i}", each, level=level) for i, (each, level) in enumerate(zip(olds, levels, strict=True))]
    new = [
        verdict(f"acme.{i}", each, *(["other"] if each == "fail" else []), level=level)
        for i, (each, level) in enumerate(zip(news, levels, strict=True))
    ]
    found = differences(reported(entry(*old)), reported(entry(*new)))
    assert [(each.turn, each.claim) for each in found.changes] == [
        (Turn.NEW, "acme.4"),
        (Turn.NEW, "acme.3"),
        (Turn.LOST, "acme.1"),
        (Turn.CHANGED, "acme.2"),
        (Turn.FIXED, "acme.0"),
        (Turn.TESTED, "acme.5"),
    ]


def test_the_summary_reads_as_it_should() -> None:
    old = reported(entry(verdict("acme.a", "pass"), verdict("acme.b", "fail"), verdict("acme.c", "pass")))
    new = reported(
        entry(
            verdict("acme.a", "fail"), verdict("acme.b", "pass"), verdict("acme.c", "untested"), recorded="2026-12-01"
        )
    )
    assert (
        FORMATS["text"](differences(old, new))
        == """\
Reports compared: 2026-11-21T12:00:00Z → 2026-11-21T12:00:00Z

acme  LIVE (address not recorded) recorded → LIVE (address not recorded) recorded 2026-12-01
  1 newly diverging, 1 no longer tested, 1 fixed, 0 unchanged

New divergences (1)
  MUST acme.a  [live] pass → fail
    accepts-forbidden: 7 was accepted

No longer tested (1)
  MUST acme.c  [live] pass → untested
    because

Fixed (1)
  MUST acme.b  [live] fail → pass
    was: accepts-forbidden: 7 was accepted
"""
    )


def test_a_claim_that_says_something_else_is_said_to() -> None:
    found = differences(one("pass"), one("fail", statement="`duration` is 4"))
    assert found.changes[0].restated
    assert "the claim says something else than before: MUST `duration` is 4" in FORMATS["text"](found)
    assert not differences(one("pass"), one("fail")).changes[0].restated


def test_what_is_judged_twice_is_held_against_the_gravest() -> None:
    twice = reported(entry(verdict("acme.a", "fail", "x")), entry(verdict("acme.a", "pass"), mode="live"))
    alone = reported(entry(verdict("acme.a", "pass")))
    assert turn(alone, twice) is Turn.NEW and turn(twice, alone) is Turn.FIXED


def test_every_class_has_its_words() -> None:
    assert list(HEADINGS) == list(LABELS) == list(Turn)
    assert set(MIRROR) == set(Turn)


def test_json_has_a_stable_shape() -> None:
    made = json.loads(FORMATS["json"](differences(one("pass"), one("fail"))))
    assert list(made) == [
        "diff_version",
        "harness_version",
        "kind",
        "old",
        "new",
        "comparable",
        "counts",
        "pairs",
        "changes",
    ]
    assert made["diff_version"] == DIFF_VERSION == 1
    assert set(made["counts"]["real"]) == set(made["counts"]["simulated"]) == {*Turn, "unchanged"}
    assert made["counts"]["real"]["new-divergence"] == made["counts"]["real"]["unchanged"] == 1
    line = "LIVE (address not recorded) recorded"
    assert made["pairs"] == [
        {"provider": "acme", "provenance": "live", "comparable": True, "old": line, "new": line, "unchanged": 1}
    ]
    assert made["changes"] == [
        {
            "class": "new-divergence",
            "provider": "acme",
            "provenance": "live",
            "claim": "acme.a",
            "operation": "createVideo",
            "level": "MUST",
            "statement": "`duration` is one of 4, 8",
            "restated": False,
            "old": {"outcome": "pass", "reason": None, "divergences": [], "interactions": []},
            "new": {
                "outcome": "fail",
                "reason": None,
                "divergences": [{"direction": "accepts-forbidden", "summary": "7 was accepted"}],
                "interactions": [],
            },
        }
    ]


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_new_divergences_are_all_shown_and_the_rest_is_cut(form: str) -> None:
    def many(outcome: str, other: str) -> Report:
        return reported(
            entry(
                *(verdict(f"acme.n{i}.", outcome) for i in range(40)),
                *(verdict(f"acme.f{i}.", other) for i in range(40)),
            )
        )

    shown = FORMATS[form](differences(many("pass", "fail"), many("fail", "pass")))
    assert shown.count("acme.n") == 40
    assert shown.count("acme.f") == SHOWN
    assert f"… and {40 - SHOWN} more" in shown


def test_a_comment_keeps_within_its_limits() -> None:
    before = reported(entry(*(verdict(f"acme.{i}", "pass") for i in range(5_000))))
    after = reported(entry(*(verdict(f"acme.{i}", "fail", "x" * 2_000) for i in range(5_000))))
    shown = FORMATS["markdown"](differences(before, after))
    assert len(shown) <= MARKDOWN + 100
    assert re.search(r"… and [\d,]+ lines more\n$", shown)


@pytest.mark.parametrize("said", ["`", "``", "a`b", "@everyone", "</details><img src=x>", "[x](javascript:y) #1", ""])
def test_markdown_of_a_report_is_only_text(said: str) -> None:
    shown = FORMATS["markdown"](differences(one("pass"), one("fail", said)))
    (line,) = [each for each in shown.splitlines() if each.startswith("  - ")]
    fence = re.match(r"  - (`+)", line)
    assert fence is not None
    inside = line.removeprefix(f"  - {fence[1]}").removesuffix(fence[1])
    assert said in inside
    assert fence[1] not in re.findall("`+", inside)


KEYS = st.tuples(
    st.sampled_from(["acme", "zeta"]),
    st.sampled_from([origin.value for origin in Origin]),
    st.sampled_from(["a", "b", "c", HOSTILE]),
)
SAID = st.lists(st.sampled_from(["x", "y", HOSTILE]), min_size=1, max_size=2)


@st.composite
def small(draw: st.DrawFn) -> Report:
    """Reports that often judge the same claims."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for provider, provenance, claim in sorted(draw(st.sets(KEYS, max_size=8))):
        outcome = draw(st.sampled_from(OUTCOMES))
        said = draw(SAID) if outcome == "fail" else []
        groups.setdefault((provider, provenance), []).append(verdict(claim, outcome, *said))
    return reported(
        *(entry(*found, provider=provider, provenance=origin) for (provider, origin), found in groups.items())
    )


PAIRS = st.tuples(small(), small()) | st.tuples(
    st.lists(entries(), max_size=2).map(lambda given: reported(*given)),
    st.lists(entries(), max_size=2).map(lambda given: reported(*given)),
)
many = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def judged(report: Report) -> set[tuple[str, str, str]]:
    return {
        (each["provider"], each["source"]["provenance"], found["claim"])
        for each in report["providers"]
        for found in each["verdicts"]
    }


@many
@given(PAIRS)
def test_a_report_does_not_differ_from_itself(given: tuple[Report, Report]) -> None:
    for report in given:
        found = differences(report, report)
        assert found.changes == ()
        assert sum(pair.unchanged for pair in found.pairs) == len(judged(report))
        assert found.comparable is bool(report["providers"])


@many
@given(PAIRS)
def test_every_verdict_is_in_exactly_one_class(given: tuple[Report, Report]) -> None:
    old, new = given
    found = differences(old, new)
    changed = [(each.provider, each.provenance.value, each.claim) for each in found.changes]
    assert len(changed) == len(set(changed))
    assert set(changed) <= judged(old) | judged(new)
    assert len(changed) + sum(pair.unchanged for pair in found.pairs) == len(judged(old) | judged(new))
    made = json.loads(FORMATS["json"](found))
    total = sum(sum(counts.values()) for counts in made["counts"].values())
    assert total == len(judged(old) | judged(new))


#: Which classes a verdict may be in when the reports change places.
MIRROR = {
    Turn.NEW: {Turn.FIXED, Turn.LOST, Turn.GONE, Turn.TROUBLE},
    Turn.FIXED: {Turn.NEW},
    Turn.CHANGED: {Turn.CHANGED},
    Turn.TESTED: {Turn.LOST, Turn.TROUBLE},
    Turn.LOST: {Turn.NEW, Turn.TESTED},
    Turn.TROUBLE: {Turn.NEW, Turn.TESTED, Turn.OTHER, Turn.GONE},
    Turn.GONE: {Turn.ADDED, Turn.NEW, Turn.TROUBLE},
    Turn.ADDED: {Turn.GONE},
    Turn.OTHER: {Turn.OTHER, Turn.TROUBLE},
}


@many
@given(PAIRS)
def test_reports_that_change_places_mirror_each_other(given: tuple[Report, Report]) -> None:
    there, back = differences(*given), differences(*reversed(given))
    assert there.comparable is back.comparable
    assert [(p.provider, p.provenance, p.old, p.new, p.unchanged) for p in there.pairs] == [
        (p.provider, p.provenance, p.new, p.old, p.unchanged) for p in back.pairs
    ]
    mirrored = {(each.provider, each.provenance, each.claim): each for each in back.changes}
    assert len(mirrored) == len(there.changes)
    for change in there.changes:
        other: Change = mirrored[change.provider, change.provenance, change.claim]
        assert (change.old, change.new) == (other.new, other.old)
        assert other.turn in MIRROR[change.turn]
        if {change.old and change.old.outcome, change.new and change.new.outcome} == {"pass", "fail"}:
            assert {change.turn, other.turn} == {Turn.NEW, Turn.FIXED}


@many
@given(PAIRS)
def test_a_difference_is_shown_as_plain_text_and_always_the_same(given: tuple[Report, Report]) -> None:
    found = differences(*given)
    for name, form in FORMATS.items():
        shown = form(found)
        assert shown == form(differences(*given))
        assert not UNSEEN.search(shown), name
        shown.encode("utf-8")
    assert FORMATS["json"](found).isascii()


def written(folder: Path, name: str, report: Report) -> Path:
    path = folder / name
    path.write_text(REPORTS["json"](report), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "plainly", "strictly"),
    [
        ("pass", "pass", 0, 0),
        ("fail", "fail", 0, 0),
        ("fail", "pass", 0, 0),
        ("pass", "fail", 1, 1),
        ("pass", "error", 1, 1),
        ("pass", "untested", 0, 1),
        ("fail", "inconclusive", 0, 1),
        ("untested", "pass", 0, 0),
        ("pass", None, 0, 0),
        (None, "fail", 1, 1),
    ],
)
def test_the_exit_code_says_whether_anything_is_new(
    old: str | None,
    new: str | None,
    plainly: int,
    strictly: int,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    files = written(tmp_path, "old.json", one(old)), written(tmp_path, "new.json", one(new))
    for form in FORMATS:
        assert run(capsys, "diff", *files, "--format", form)[0] == plainly
        code, out, said = run(capsys, "diff", *files, "--format", form, "--fail-on", "untested")
        assert (code, said) == (strictly, "")
        assert out == FORMATS[form](differences(one(old), one(new)))


def test_a_failed_demonstration_beside_real_evidence_fails_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = [
        written(
            tmp_path,
            f"{outcome}.json",
            reported(entry(verdict("acme.a", "pass")), entry(verdict("acme.a", outcome), provenance="simulated")),
        )
        for outcome in ("pass", "fail")
    ]
    code, out, _ = run(capsys, "diff", *files)
    assert code == 0
    assert "SIMULATED, not the provider — New divergences (1)" in out


def test_reports_with_nothing_in_common_are_not_compared(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    real = written(tmp_path, "real.json", reported(entry(verdict("acme.a", "pass"))))
    simulated = written(tmp_path, "sim.json", reported(entry(verdict("acme.a", "pass"), provenance="simulated")))
    empty = written(tmp_path, "empty.json", reported())
    for files in ((real, simulated), (simulated, real), (real, empty), (empty, empty)):
        code, out, said = run(capsys, "diff", *files)
        assert (code, out) == (5, "")
        assert "nothing to compare" in said and str(files[0]) in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "is empty"),
        (b"{", "truncated"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[1, 2]", "not a harness report"),
        (b'{"report_version": 2}', "report_version 2"),
        (b'{"report_version": 1}', "not a harness report"),
        (b"[" * 100_000, "nested deeper"),
        (b"version: 1\ninteractions: []\n", "not JSON"),
    ],
)
def test_a_file_that_is_no_report_is_refused(
    text: bytes, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good, bad = written(tmp_path, "good.json", one("pass")), tmp_path / "bad.json"
    bad.write_bytes(text)
    for files in ((good, bad), (bad, good)):
        code, out, said = run(capsys, "diff", *files)
        assert (code, out) == (2, "")
        assert "bad.json" in said and words in said and "Traceback" not in said
        assert len(said.strip().splitlines()) <= 4


def test_missing_files_and_unknown_words_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    good = written(tmp_path, "good.json", one("pass"))
    assert run(capsys, "diff", good, tmp_path / "none.json")[0] == 2
    assert run(capsys, "diff", good, tmp_path)[0] == 2
    assert run(capsys, "diff", good)[0] == 2
    assert run(capsys, "diff", good, good, "--format", "html")[0] == 2
    assert run(capsys, "diff", good, good, "--fail-on", "must")[0] == 2
