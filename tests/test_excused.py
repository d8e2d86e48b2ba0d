"""A divergence that is waived or known is shown as what it is in every format, neither as a failure nor as a pass."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from excuses import DELETE, WAIVED, excused, remark, saying_everywhere
from formats import (
    FORBIDDEN,
    assert_annotations,
    assert_badge,
    assert_codequality,
    assert_junit,
    assert_markdown,
    assert_sarif,
    assert_wellformed,
    validator,
)
from reports import claim, diverging, entry_of, interaction, reported
from words import MARKUP

from harness.interaction import Origin
from harness.report import FORMATS, badge, codequality, github, html, junit, markdown, rows, sarif, text


def test_the_shape_is_the_one_that_is_published() -> None:
    validator().validate(excused())
    validator().validate(saying_everywhere("x"))


@pytest.mark.parametrize("words", MARKUP)
def test_what_a_stored_report_says_of_it_is_harmless_in_every_format(words: str) -> None:
    made = saying_everywhere(words)
    for form in FORMATS.values():
        form(made).encode("utf-8")
    assert_markdown(markdown.render(made))
    assert len(markdown.render(made, markdown.LEAST).encode()) <= markdown.LEAST
    assert_junit(junit.render(made), made)
    assert_sarif(sarif.render(made), made)
    assert_annotations(github.render(made))
    assert_codequality(codequality.render(made))
    assert_badge(badge.render(made))
    assert_wellformed(html.render(made))
    assert not FORBIDDEN.search(text.render(made))


def test_text_counts_it_apart_and_shows_the_lines_to_delete_uncut() -> None:
    made = text.render(excused())
    assert "3 claims: 1 waived, 1 known, 1 pass;" in made
    assert "    acme.createVideo.a  until 2026-12-31, video team: they call it a feature" in made
    assert "1 known: in the baseline since 2026-05-01" in made
    assert "The run fails for:\n  .github/waivers.yaml:9: it is no longer true\n      - claim: acme" in made
    assert made.index("The run fails for") < made.index("Worth knowing:\n  .github")
    assert made.endswith(text.gate(excused())) and not text.gate(reported())
    assert "Accepts what" not in made


def test_markdown_has_columns_for_it_only_where_it_is() -> None:
    made = markdown.render(excused())
    assert "| Diverging | Waived | Known | Errors |" in made and "| 0 | 1 | 1 | 0 |" in made
    assert "No divergence that counts in real evidence." in made
    assert "until 2026-12-31, video team: they call it a feature" in made
    assert f"**Fails the run:** `.github/waivers.yaml:9: it is no longer true`\n\n  ```text\n  {DELETE}\n" in made
    plain = markdown.render(reported(entry_of([diverging(interaction())])))
    assert "Waived" not in plain and "Known" not in plain


def test_junit_skips_it_with_the_reason_and_fails_for_the_gate() -> None:
    root = ElementTree.fromstring(junit.render(excused()))
    suite, gate = root
    assert [len(case) and case[0].tag for case in suite.findall("testcase")] == ["skipped", "skipped", 0]
    assert suite[1][0].attrib["message"].startswith("waived: until 2026-12-31, video team: they call it")
    assert suite[2][0].attrib["message"] == "known: in the baseline since 2026-05-01"
    assert gate.attrib["name"] == "gate" and gate.attrib["failures"] == "1"
    assert DELETE in str(gate[0][0].text)
    assert root.attrib["tests"] == "4" and root.attrib["failures"] == "1"


def test_sarif_suppresses_it_with_its_justification() -> None:
    (run,) = json.loads(sarif.render(excused(diverging(interaction(), claim("acme.createVideo.d")))))["runs"]
    found = {each["ruleId"].rpartition(".")[2]: each for each in run["results"]}
    assert "suppressions" not in found["d"]
    (waived,) = found["a"]["suppressions"]
    assert (waived["kind"], waived["status"]) == ("external", "accepted")
    assert "video team: they call it a feature" in waived["justification"]
    assert found["b"]["suppressions"][0]["justification"] == "known in the baseline since 2026-05-01"
    assert {name: each["baselineState"] for name, each in found.items()} == {"a": "new", "b": "unchanged", "d": "new"}
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["level"] == "error" and "waivers.yaml:9" in note["message"]["text"]
    (before,) = json.loads(sarif.render(reported(entry_of([diverging(interaction())]))))["runs"]
    assert "baselineState" not in before["results"][0], "without a baseline nothing was compared"


def test_annotations_are_for_what_fails_the_run_alone() -> None:
    (line,) = github.render(excused()).splitlines()
    assert line.startswith("::error file=.github/waivers.yaml,line=9,title=waiver-untrue::")
    assert line.endswith(f"%0A{DELETE}")
    silent = github.render({**excused(), "gate": {"passed": True, "remarks": []}})
    assert silent == "::notice title=Conformance report::No divergence that counts was found: 1 waived, 1 known.\n"
    outside = remark("waiver-untrue", fails=True, where="/home/me/waivers.yaml:9")
    assert "file=" not in github.render(reported() | {"gate": {"passed": False, "remarks": [outside]}})


def test_a_badge_says_that_something_is_waived_and_divergences_go_first() -> None:
    assert "1 waived, 1 known" in badge.render(excused())
    assert "1 diverging" in badge.render(excused(diverging(interaction(), claim("acme.createVideo.d"))))


def test_the_page_shows_reason_owner_day_and_link() -> None:
    page = html.render(excused())
    shown = page.partition("Divergences that do not count")[2]
    assert "<strong>Waived until 2026-12-31</strong> by video team: they call it a feature" in shown
    assert 'href="https://example.com/tickets/7"' in shown
    assert "<strong>Known since 2026-05-01</strong>" in shown
    assert "None that counts." in page
    assert 'class="finding waived"' in shown and 'class="finding fail"' not in page
    assert "<strong>Waiver untrue</strong>" in page and f"<pre>{DELETE}</pre>" in page
    evil = excused()
    evil["providers"][0]["verdicts"][0]["waived"] = {**WAIVED, "link": "javascript:alert(1)"}
    assert 'href="javascript' not in html.render(evil)


def test_the_page_filters_by_it() -> None:
    (data,) = ["".join(rows.pieces(excused(), lambda *_: "", lambda *_: ""))]
    said = json.loads(data)
    assert dict(said["choices"]["outcome"]) == {"waived": 1, "known": 1, "pass": 1}
    assert "until 2026-12-31, video team: they call it a feature (https://example.com/tickets/7)" in data


def test_a_demonstration_that_diverges_is_not_counted_among_what_is_waived() -> None:
    played = entry_of([diverging(interaction(Origin.SIMULATED))], origin=Origin.SIMULATED)
    made = text.render({**excused(), "providers": [*excused()["providers"], played]})
    assert "1 claim: 1 fail" in made
