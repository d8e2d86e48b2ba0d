"""Providers side by side: every cell is what the claims say, says where it was read, and shows what was seen."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import shutil
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import MINIATURE, ROOT, contract_of, each_provider, lantern
from words import HOSTILE, UNSEEN

from harness.cli import main
from harness.cli.screen import NARROWEST, columns
from harness.compare import TABLE_FORMATS, Table, by_model, by_provider, page, served
from harness.compare.cells import Standing
from harness.compare.fields import field
from harness.compare.forms import WIDTH, as_text
from harness.compare.observed import Finding
from harness.compare.scope import Scopes, refusing
from harness.compare.table import is_meant
from harness.contract import families, load_all
from harness.errors import SpecError, UnknownName
from harness.folders import specs_folder
from harness.interaction import Origin
from harness.judge import judge
from harness.probe.plan import plan
from harness.report import entry, html, report
from harness.run.sources import simulated
from harness.simulator.quirks import Quirk

NOTHING = report([], generated_at="2026-01-01T00:00:00+00:00")


@cache
def side_by_side() -> Table:
    return by_provider(load_all(), NOTHING)


@cache
def seedance() -> Table:
    return by_model(load_all(), ["Seedance 2.0"], NOTHING)


def cell(table: Table, axis: str, column: str) -> Any:
    row = next(row for row in table.rows if row.axis.id == axis)
    return row.cells[[each.name for each in table.columns].index(column)]


#: axis, column, what the cell says, words of the passage it was read from
TRACED = [
    ("duration", "unified-v2", "5, 10 s; default 5", "Enum Values: 5 10 Default Value: 5"),
    ("seed", "unified-v2", "0–2147483647", "The value must be in the range [0, 2147483647]."),
    ("watermark", "unified-v2", "on or off; default off", "Specifies whether to add a watermark."),
    ("reference_images", "relaydance", "up to 9", "Up to 9 per request"),
    ("webhook", "relaydance", "`metadata.callback_url`", "callback_url | string | Webhook URL"),
    ("audio", "relaydance", "on or off; 5 of 10 models", "Generate a soundtrack (Seedance 2.0 models)"),
    ("webhook", "openrouter", "`callback_url`, https only", "Must be HTTPS."),
    ("words", "openrouter", "queued: pending; running: in_progress", "pending, in_progress, completed"),
    ("audio", "openrouter", "on or off; 16 of 24 models; not said of 4", "generating audio alongside video"),
    ("seed", "openrouter", "any number; no limits documented; 14 of 24 models; not said of 3", "deterministic"),
    ("first_frame", "openrouter", "yes; 21 of 24 models; not said of 3", "an unlisted value is rejected"),
    ("last_frame", "openrouter", "yes; 14 of 24 models; not said of 3", "an unlisted value is rejected"),
    ("upscale", "venice", "1, 2, 4; default 2; 1 of 116 models", "For upscale models only."),
    ("keyframes", "venice", "up to 10; of some models", "For keyframe-driven models."),
    ("result_expiry", "venice", "a download link is good for 24 hours", "Valid for 24 hours."),
    ("quote", "venice", "POST /video/quote", "Video generation price quote"),
]


@pytest.mark.parametrize(("axis", "column", "text", "quote"), TRACED)
def test_a_cell_says_what_the_document_says(axis: str, column: str, text: str, quote: str) -> None:
    found = cell(side_by_side(), axis, column)
    assert found.text.startswith(text)
    assert any(quote in source.quote for source in found.sources)


MODELS = [
    ("duration", "openrouter bytedance/seedance-2.0", "4–15 s"),
    ("duration", "relaydance doubao-seedance-2-0-720p", "4–15 s"),
    ("duration", "venice seedance-2-0-text-to-video-basic", "4–15 s; required"),
    ("resolution", "relaydance doubao-seedance-2-0-1080p", "1080p"),
    ("aspect_ratio", "venice seedance-2-0-image-to-video-basic", "not taken"),
    ("reference_images", "venice seedance-2-0-reference-to-video-basic", "up to 9"),
    ("reference_images", "venice seedance-2-0-text-to-video-basic", "up to 9; of some models"),
    ("first_frame", "venice seedance-2-0-image-to-video-basic", "yes; required"),
]


@pytest.mark.parametrize(("axis", "column", "text"), MODELS)
def test_one_model_of_several_providers_is_compared(axis: str, column: str, text: str) -> None:
    assert cell(seedance(), axis, column).text == text


def test_a_catalogue_that_is_null_says_neither_yes_nor_no_of_a_model() -> None:
    found = cell(side_by_side(), "last_frame", "openrouter").by_model
    assert found["runway/aleph-2"] == "yes; not said of this model"
    assert found["bytedance/seedance-2.0"] == "yes"
    assert found["x-ai/grok-imagine-video-1.5"] == "not taken"
    scopes = Scopes(contract_of("openrouter"))
    alone = field("last_frame")(scopes, ["runway/aleph-2"])
    assert (alone.text, alone.standing) == ("yes; not said of this model", Standing.DOCUMENTED)


def test_not_documented_denied_and_no_such_thing_are_three_things() -> None:
    assert cell(side_by_side(), "seed", "venice").standing is Standing.NONE
    assert cell(side_by_side(), "first_frame", "relaydance").standing is Standing.SILENT
    denied = cell(seedance(), "aspect_ratio", "venice seedance-2-0-image-to-video-basic")
    assert denied.standing is Standing.DENIED
    assert denied.claims and denied.sources


@each_provider
def test_a_cell_never_disagrees_with_the_claims(provider: str) -> None:
    contract = contract_of(provider)
    scopes = Scopes(contract)
    for model in (None, *list(contract.models)[:12]):
        for name, capability in contract.capabilities.items():
            scope = scopes.of(model, name)
            assert scope is not None
            for spelled in scope.written:
                assert not refusing(capability, scope.alone, spelled), (model, name, spelled)
            if scope.values is not None and capability.encoding != "boolean" and not scope.refused:
                assert refusing(capability, scope.alone, "no such value"), (model, name)


def test_what_is_documented_says_where() -> None:
    for row in side_by_side().rows:
        for column, found in zip(side_by_side().columns, row.cells, strict=True):
            if found.standing in (Standing.DOCUMENTED, Standing.DENIED):
                assert found.sources, (row.axis.id, column.name)
            if found.standing is Standing.NONE:
                assert not found.claims, (row.axis.id, column.name)


def test_differences_are_the_rows_that_differ() -> None:
    shown = {row.axis.id for row in side_by_side().differences().rows}
    (title, _) = TABLE_FORMATS["text"](side_by_side().differences()).split("\n", 1)
    assert title.startswith("Providers side by side, where they differ: what their documentation says")
    assert "duration" in shown
    assert "cancel" in shown
    alone = by_provider([lantern()], NOTHING).differences()
    assert not alone.rows


# What was seen


@cache
def seen(*quirks: str) -> dict[str, Any]:
    contract = lantern()
    said = {
        "takes-any-length": {"accepts": ["lantern.createClip.length.enum"]},
        "refuses-portrait": {"refuses": {"at": "/ratio", "is": "9:16"}},
    }
    run = simulated(contract, [Quirk(name=name, summary=name, does=said[name], breaks=()) for name in quirks])
    verdicts = judge(contract, run.go(plan(contract, simulated=True)))
    made = entry(
        contract,
        verdicts,
        run.interactions,
        mode="simulated",
        provenance=Origin.SIMULATED,
        cost_usd=0.0,
        extra={},
    )
    return report([made], generated_at="2026-01-01T00:00:00+00:00")


@pytest.mark.parametrize(("quirk", "axis"), [("takes-any-length", "duration"), ("refuses-portrait", "aspect_ratio")])
def test_a_quirk_shows_in_what_was_observed(quirk: str, axis: str) -> None:
    odd = by_provider([lantern()], seen(quirk), simulated=True)
    row = next(row for row in odd.rows if row.axis.id == axis)
    (told,) = row.observed[0]
    assert told.finding is Finding.DIVERGES and told.seen
    honest = next(row for row in by_provider([lantern()], seen(), simulated=True).rows if row.axis.id == axis)
    assert honest.observed[0][0].finding is Finding.CONFIRMED


def test_what_was_simulated_is_never_shown_as_if_a_provider_had_been_tested() -> None:
    odd = by_provider([lantern()], seen("takes-any-length"), simulated=True)
    assert not any(told.real for row in odd.rows for told in row.observed[0])
    for name in ("text", "markdown"):
        shown = TABLE_FORMATS[name](odd)
        assert "nothing was observed at the provider itself" in shown
        assert "SIMULATED: 1 of" in shown.replace("&#91;", "[").replace("&#93;", "]")
    shown = TABLE_FORMATS["html"](odd)
    assert "SIMULATED, not the provider" in shown and 'class="badge live"' not in shown
    honest = TABLE_FORMATS["text"](by_provider([lantern()], seen(), simulated=True))
    assert "confirmed" not in honest


def test_the_quirks_that_somebody_switched_on_compare_no_vendors() -> None:
    made = seen("takes-any-length")
    (model, *_) = lantern().models
    for table in (by_provider([lantern()], made), by_model([lantern()], [model], made)):
        assert not any(row.observed[0] for row in table.rows)
        assert not any("SIMULATED" in form(table) for form in TABLE_FORMATS.values())
    assert any(row.observed[0] for row in by_model([lantern()], [model], made, simulated=True).rows)


# The forms


@pytest.mark.parametrize("form", TABLE_FORMATS)
def test_every_form_takes_every_table_and_says_the_same_twice(form: str) -> None:
    for table in (
        side_by_side(),
        seedance().differences(),
        by_provider([lantern()], seen("refuses-portrait"), simulated=True),
    ):
        assert TABLE_FORMATS[form](table) == TABLE_FORMATS[form](table)


@pytest.mark.parametrize("form", TABLE_FORMATS)
def test_hostile_text_of_a_report_is_harmless(form: str) -> None:
    hostile = json.loads(json.dumps(seen("takes-any-length")))
    for verdict in hostile["providers"][0]["verdicts"]:
        for divergence in verdict["divergences"]:
            divergence |= {"summary": f"=1+1 {HOSTILE}", "observed": HOSTILE}
    shown = TABLE_FORMATS[form](by_provider([lantern()], hostile, simulated=True))
    assert not UNSEEN.search(shown)
    assert "<script>alert" not in shown or form in ("csv", "json")  # there it is only text


def test_the_text_fits_a_terminal() -> None:
    for table in (side_by_side(), seedance()):
        assert max(map(len, TABLE_FORMATS["text"](table).splitlines())) <= WIDTH + 2


def test_csv_has_a_line_for_each_cell_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(TABLE_FORMATS["csv"](side_by_side()))))
    assert len(rows) == len(side_by_side().rows) * len(side_by_side().columns)
    assert not [value for row in rows for value in row.values() if value.startswith(("=", "+", "-", "@"))]


def test_markdown_escapes_once() -> None:
    shown = TABLE_FORMATS["markdown"](side_by_side())
    assert "inside &#96;provider&#96;, for" in shown and "&#38;#" not in shown


def test_json_holds_every_claim_and_passage() -> None:
    made = json.loads(TABLE_FORMATS["json"](side_by_side()))
    axis = next(axis for axis in made["axes"] if axis["axis"] == "duration")
    column = [column["provider"] for column in made["columns"]].index("unified-v2")
    found = axis["cells"][column]
    assert "unified-v2.createVideo.duration.enum" in found["claims"]
    assert found["disputed"] and found["sources"][0]["quote"]


def test_the_page_asks_nobody_for_anything_and_runs_nothing() -> None:
    shown = TABLE_FORMATS["html"](side_by_side())
    (style,) = re.findall(r"<style>(.*?)</style>", shown, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in shown
    assert not re.search(r"<script|<img|<link|\son\w+=|style=", shown)


# Families


def test_every_model_has_one_family_and_every_name_a_model() -> None:
    contracts = load_all()
    assert all(model.family for contract in contracts for model in contract.models.values())
    known = {model.family.id for contract in contracts for model in contract.models.values() if model.family}
    assert known == {family.id for family in families(specs_folder())}


def test_those_that_most_providers_serve_come_first() -> None:
    found = served(load_all())
    numbers = [len(serving) for _, serving in found]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] >= 3
    assert {"openrouter", "relaydance", "venice"} <= set(
        next(serving for family, serving in found if family.id == "seedance-2.0")
    )


@pytest.mark.parametrize(
    "name", ["seedance-2.0", "Seedance 2.0", "SEEDANCE 2.0", "bytedance/seedance-2.0", "*/seedance-2.0"]
)
def test_a_model_is_meant_by_its_family_its_title_its_id_or_a_glob(name: str) -> None:
    contract = contract_of("openrouter")
    assert [model for model in contract.models if is_meant(contract, model, name)] == ["bytedance/seedance-2.0"]


def test_two_families_cannot_claim_one_model(tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    shutil.copytree(MINIATURE, folder)
    with (folder / "families.yaml").open("a") as file:
        file.write("- { family: small, title: Small, ids: ['*-small'] }\n")
    from harness.contract import load

    with pytest.raises(SpecError, match="lantern-small' belongs to lamp and small"):
        load("lantern", folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "field: /length, encoding",
            "field: /lenght, encoding",
            ["/lenght is not a field of createClip", "Did you mean /length?"],
        ),
        ("  duration: {", "  durration: {", ["'durration'", "Did you mean 'duration'?"]),
        ("encoding: ratio,", "encoding: ration,", ["'ration'", "Did you mean 'ratio'?"]),
        (
            "prices: {",
            "stated: { audio: { says: no, source: no } }\nprices: {",
            ["audio has a field under `capabilities`"],
        ),
    ],
)
def test_a_faulty_mapping_says_where_and_what_was_meant(old: str, new: str, said: list[str], tmp_path: Path) -> None:
    from harness.contract import load

    folder = tmp_path / "specs"
    shutil.copytree(MINIATURE, folder)
    file = folder / "lantern" / "provider.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(SpecError) as caught:
        load("lantern", folder)
    assert "provider.yaml:" in str(caught.value)
    for words in said:
        assert words in str(caught.value)


def test_an_unknown_model_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"Did you mean 'seedance-1\.5-pro'"):
        by_model(load_all(), ["seedance-1.5-por"], NOTHING)


# The command


def test_the_command_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "report.json").write_text(json.dumps(NOTHING))
    assert main(["compare", "relaydance", "unified-v2", "--differences", "--report", f"{tmp_path}/report.json"]) == 0
    shown = capsys.readouterr().out
    assert "Duration" in shown and "1–15 s" in shown and "Cancelling" not in shown
    assert main(["compare", "--models"]) == 0
    assert "seedance-2.0  (Seedance 2.0)" in capsys.readouterr().out


def test_the_page_tells_models_of_one_value_together() -> None:
    told = cell(side_by_side(), "prompt", "venice").by_model
    ((text, many), *others) = Counter(told.values()).most_common()
    assert len(others) < 10 < page.MODELS + len(others) < len(told)
    shown = re.sub(r"</?code>", "", TABLE_FORMATS["html"](side_by_side()))
    named = [model for model, each in told.items() if each == text]
    assert f"<li>{text}: {', '.join(named[: page.MODELS])} and {many - page.MODELS} more models</li>" in shown
    assert all(f"<li>{each}: " in shown for each, _ in others)


@pytest.mark.parametrize("width", [80, 100])
def test_a_narrow_terminal_gets_no_line_that_it_would_break(width: int) -> None:
    for table in (side_by_side(), seedance()):
        assert max(map(len, as_text(table, width).splitlines())) <= width
        assert as_text(table, WIDTH) == TABLE_FORMATS["text"](table)


def test_what_is_printed_fits_the_terminal_and_a_file_has_the_full_width(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.json").write_text(json.dumps(NOTHING))
    words = ["compare", "relaydance", "venice", "--report", f"{tmp_path}/report.json"]
    monkeypatch.setenv("COLUMNS", "70")
    assert main(words) == 0
    assert max(map(len, (piped := capsys.readouterr().out).splitlines())) > 70
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main([*words, "--out", f"{tmp_path}/table.txt"]) == main(words) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 70
    assert (tmp_path / "table.txt").read_text() == piped
    monkeypatch.setenv("COLUMNS", "10")
    assert columns(WIDTH) == NARROWEST


def test_the_command_reads_a_report_and_writes_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_SPECS", str(MINIATURE))
    (tmp_path / "report.json").write_text(json.dumps(seen("takes-any-length")))
    out = tmp_path / "table.json"
    words = ["compare", "lantern", "--report", str(tmp_path / "report.json"), "--format", "json", "--out", str(out)]
    assert main([*words, "--simulated"]) == 0
    duration = next(axis for axis in json.loads(out.read_text())["axes"] if axis["axis"] == "duration")
    assert duration["cells"][0]["observed"][0]["provenance"] == "simulated"
    assert main(words) == 0
    assert "simulated" not in out.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "htm"], "Did you mean 'html'?"),
        (["--live"], "Add --request"),
        (["--simulated", "--models"], "Leave --simulated out"),
        (["--simulated", "--portable"], "Leave --simulated out"),
        (["--from", "venice"], "Add --request"),
        (["--model", "seedance-9"], "unknown model"),
    ],
)
def test_a_misused_flag_says_what_to_do(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.slow
def test_a_check_of_several_providers_writes_the_comparison_too(tmp_path: Path) -> None:
    flags = ["--out", str(tmp_path), "--fail-on", "never", "--cassettes", str(ROOT / "cassettes")]
    assert main(["check", "relaydance", "unified-v2", *flags]) == 0
    assert "Providers side by side" in (shown := (tmp_path / page.FILE).read_text()) and "SIMULATED" not in shown
    assert page.is_made_for(json.loads((tmp_path / "report.json").read_text())["providers"])


def test_a_check_of_one_provider_compares_nothing(tmp_path: Path) -> None:
    assert main(["check", "unified-v2", "--out", str(tmp_path), "--fail-on", "never"]) == 0
    assert not (tmp_path / page.FILE).exists()


def test_a_report_of_several_providers_links_to_the_comparison_beside_it(tmp_path: Path) -> None:
    assert main(["check", "relaydance", "unified-v2", "--out", str(tmp_path), "--fail-on", "never"]) == 0
    assert '<a href="compare.html">' in (tmp_path / "report.html").read_text(encoding="utf-8")
    stored = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert "beside" not in stored
    assert 'href="javascript' not in html.render(stored | {"beside": "javascript:alert(1)"})
