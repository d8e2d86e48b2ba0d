"""Histories, documents and folders of specs on the command line: what they say, and what recordings make of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from commands import run
from comparisons import DIFF
from comparisons import one as report
from conftest import MINIATURE, ROOT, seen
from jsonschema import Draft202012Validator

from harness.compare import FORMATS, differences
from harness.contract.history import history, is_history
from harness.errors import SpecError
from harness.exchange import save_cassette
from harness.interaction import Interaction, Origin, Provenance

Json = dict[str, Any]
FACTS = ROOT.parent / "shared" / "facts"

_BODY = {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ClipRequest"}}}}}
_ANSWERS = {
    "202": {"description": "taken", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Clip"}}}},
    "400": {"description": "invalid", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/E"}}}},
}


def dated(date: str, commit: str, longest: int, *, body: bool = True, **more: Any) -> Json:
    """An entry of the miniature's history: parts of a document, with references to what is left out."""
    request = {
        "type": "object",
        "required": ["prompt"],
        "properties": {
            "prompt": {"type": "string", "maxLength": longest},
            "ratio": {"type": "string", "enum": ["16:9", "9:16"]},
            "steps": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
        },
    }
    request["properties"] |= more.pop("properties", {})
    post = {"operationId": "createClip", "responses": _ANSWERS, **(_BODY if body else {})}
    return {
        "date": date,
        "commit": commit,
        "schemas": {"ClipRequest": request | more, "/clips": {"post": post}},
    }


HISTORY = [
    dated("2026-01-01", "aaa111", 100, body=False, additionalProperties=False),
    dated("2026-02-01", "bbb222", 100),
    dated("2026-02-01", "bbb333", 150),
    dated("2026-03-01", "ccc444", 200, properties={"steps": {"type": "integer", "minimum": 1}}),
    dated("2026-04-01", "ddd555", 200, properties={"ratio": {"type": "string", "enum": ["16:9", "9:16", "1:1"]}}),
]
HISTORY[4]["schemas"]["ClipRequest"]["properties"]["steps"] = {"type": "integer", "minimum": 1}


@pytest.fixture(autouse=True)
def _miniature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_SPECS", str(MINIATURE))


@pytest.fixture
def past(tmp_path: Path) -> Path:
    path = tmp_path / "history.json"
    path.write_text(json.dumps(HISTORY))
    return path


def read(capsys: pytest.CaptureFixture[str], *said: Any) -> Json:
    _, out, _ = run(capsys, "diff", *said, "--format", "json")
    made: Json = json.loads(out)
    DIFF.validate(made)
    return made


def shifts(made: Json) -> list[tuple[str, str, str]]:
    return [(step["new"][:10], each["class"], each["claim"]) for step in made["steps"] for each in step["changes"]]


def test_a_whole_history_is_told_step_by_step(capsys: pytest.CaptureFixture[str], past: Path) -> None:
    made = read(capsys, past)
    assert shifts(made) == [
        ("2026-02-01", "looser", "lantern.createClip.body.additionalProperties"),
        ("2026-02-01", "looser", "lantern.createClip.prompt.maxLength"),
        ("2026-03-01", "looser", "lantern.createClip.prompt.maxLength"),
        ("2026-03-01", "changed", "lantern.createClip.steps.minimum"),
        ("2026-04-01", "looser", "lantern.createClip.ratio.enum"),
    ]
    assert made["recordings"] is None and "FILE@DATE" in made["unjudged"]
    code, out, _ = run(capsys, "diff", past)
    assert code == 0, "nothing got stricter"
    assert out.startswith("lantern, history.json: 2026-01-01 (aaa111) → 2026-04-01 (ddd555), 4 steps\n")
    assert "100 → 150" in out and "adds 1:1" in out and "the same for whole numbers" in out
    assert "/clips names no request body here" in out and "#/components/schemas/E is not in the document" in out


@pytest.mark.parametrize(
    ("at", "commit"),
    [
        ("2026-01-01", "aaa111"),
        ("2026-01-31", "aaa111"),
        ("2026-02-01", "bbb333"),
        ("bbb222", "bbb222"),
        ("2027-01-01", "ddd555"),
        (None, "ddd555"),
    ],
)
def test_a_day_chooses_what_held_on_it(at: str | None, commit: str, past: Path) -> None:
    assert is_history(HISTORY)
    assert history(HISTORY, past).at(at).commit == commit


@pytest.mark.parametrize("at", ["2025-12-31", "eee", "", "2026"])
def test_what_chooses_nothing_is_refused_with_the_first_day(at: str, past: Path) -> None:
    with pytest.raises(SpecError, match="2026-01-01 on"):
        history(HISTORY, past).at(at)


def test_entries_are_put_in_the_order_of_dates_and_must_have_one(past: Path) -> None:
    assert [each.commit for each in history([HISTORY[3], HISTORY[0]], past).entries] == ["aaa111", "ccc444"]
    for wrong in ({"date": "May", "schemas": {}}, {"date": "2026-01-01", "schemas": []}, {"date": 1, "schemas": {}}):
        with pytest.raises(SpecError, match="entry 2 has no date"):
            history([HISTORY[0], wrong], past)
    assert not is_history([]) and not is_history([{"date": "2026-01-01"}]) and not is_history({})


def test_two_days_of_a_history_and_back(capsys: pytest.CaptureFixture[str], past: Path) -> None:
    first, last = f"{past}@2026-01-01", f"{past}@2026-04-01"
    assert run(capsys, "diff", first, last)[0] == 0
    code, out, _ = run(capsys, "diff", last, first)
    assert code == 1 and "! stricter request  lantern.createClip.prompt.maxLength" in out and "200 → 100" in out
    assert run(capsys, "diff", past, past)[0] == run(capsys, "diff", first, first, "--fail-on", "any")[0] == 0
    assert run(capsys, "diff", first, last, "--fail-on", "any")[0] == 1
    assert shifts(read(capsys, f"{past}@ccc444")) == [("2026-04-01", "looser", "lantern.createClip.ratio.enum")]


def long_prompt(origin: Origin) -> Interaction:
    """A prompt of 120 characters that was taken."""
    body = {"model": "lantern-large", "prompt": "p" * 120, "length": "2s"}
    link = "https://example.com/thread" if origin is Origin.PUBLISHED else None
    provenance = Provenance(origin=origin, date="2026-03-03", link=link)
    return seen(0, 202, {"id": "c1", "status": "waiting"}, body=body, provenance=provenance)


@pytest.fixture
def tapes(tmp_path: Path) -> Path:
    folder = tmp_path / "tapes" / "lantern"
    folder.mkdir(parents=True)
    for origin in (Origin.PUBLISHED, Origin.SIMULATED):
        save_cassette(folder / f"{origin}.yaml", [long_prompt(origin)])
    return folder.parent


def test_recordings_change_verdict_with_what_is_documented(
    capsys: pytest.CaptureFixture[str], past: Path, tapes: Path
) -> None:
    first, last = f"{past}@2026-01-01", f"{past}@2026-04-01"
    code, out, _ = run(capsys, "diff", last, first, "--cassettes", tapes, "--fail-on", "new")
    assert code == 1
    real, simulated = out.split("SIMULATED, not the provider — New divergences")
    assert "lantern  PUBLISHED — exchanges others made public, 2026-03-03" in real
    assert "MUST lantern.createClip.prompt.maxLength  [published]" in real and "seen in published#0" in real
    assert "MUST lantern.createClip.prompt.maxLength  [simulated]" in simulated
    assert run(capsys, "diff", first, last, "--cassettes", tapes, "--fail-on", "new")[0] == 0
    turned = read(capsys, first, last, "--cassettes", tapes)["recordings"]["changes"]
    assert ("fixed", "published") in {(each["class"], each["provenance"]) for each in turned}
    (tapes / "lantern" / "published.yaml").unlink()
    assert run(capsys, "diff", last, first, "--cassettes", tapes, "--fail-on", "new")[0] == 1, "nothing real to decide"
    (tapes / "lantern" / "simulated.yaml").unlink()
    made = read(capsys, first, last, "--cassettes", tapes)
    assert made["recordings"] is None and made["unjudged"] == "there is no recording of lantern in tapes/"


def shorter(tmp_path: Path, old: str, new: str) -> Path:
    """The miniature's folder in another checkout."""
    folder = tmp_path / "checkout" / "lantern"
    shutil.copytree(MINIATURE / "lantern", folder)
    text = (folder / "openapi.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "openapi.yaml").write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_two_checkouts_of_a_folder_of_specs(capsys: pytest.CaptureFixture[str], tmp_path: Path, tapes: Path) -> None:
    ours, theirs = MINIATURE / "lantern", shorter(tmp_path, "maxLength: 200", "maxLength: 100")
    code, out, _ = run(capsys, "diff", ours, theirs, "--cassettes", tapes)
    assert code == 1
    assert "! stricter request  lantern.createClip.prompt.maxLength" in out and "200 → 100" in out
    assert "New divergences (1)" in out and "seen in published#0" in out
    made = read(capsys, theirs, ours, "--cassettes", tapes)
    assert made["counts"] == {"stricter": 0, "looser": 1, "changed": 0, "new": 0, "gone": 0} and not made["breaking"]
    same = read(capsys, ours, ours, "--cassettes", tapes)
    assert same["steps"][0]["changes"] == same["recordings"]["changes"] == []
    assert run(capsys, "diff", ours, ours, "--cassettes", tapes, "--fail-on", "any")[0] == 0


def test_only_what_turned_is_told_of_many_divergences(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tapes: Path
) -> None:
    lengths = [f"{seconds}s" for seconds in (2, *range(9, 20))]
    bodies = [{"model": "lantern-large", "prompt": "A pond", "length": each} for each in lengths]
    live = Provenance(origin=Origin.LIVE, date="2026-03-03")
    taken = [
        seen(i, 202, {"id": str(i), "status": "waiting"}, body=each, provenance=live) for i, each in enumerate(bodies)
    ]
    save_cassette(tapes / "lantern" / "live.yaml", taken)
    theirs = shorter(tmp_path, "enum: [2s, 4s, 8s]", "enum: [4s, 8s]")
    made = read(capsys, MINIATURE / "lantern", theirs, "--cassettes", tapes)
    turned = [each for each in made["recordings"]["changes"] if each["provenance"] == "live"]
    change = next(each for each in turned if each["claim"] == "lantern.createClip.length.enum")
    old, new = ({said["summary"] for said in change[side]["divergences"]} for side in ("old", "new"))
    assert (change["class"], len(old)) == ("changed", len(lengths) - 1)
    assert old < new and len(new) == len(lengths) and len(change["new"]["interactions"]) == len(lengths)
    _, out, _ = run(capsys, "diff", MINIATURE / "lantern", theirs, "--cassettes", tapes)
    assert "now: accepts-forbidden: `length` '2s' was accepted" in out and "'9s' was accepted" not in out


def test_a_folder_of_specs_tells_what_it_keeps_of_older_documents(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    kept = "enum: [2s, 4s, 8s], x-history: [{document: older, rule: enum, value: [2s, 4s], quote: 2 or 4}]"
    made = read(capsys, shorter(tmp_path, "enum: [2s, 4s, 8s]", kept))
    (change,) = made["steps"][0]["changes"]
    assert made["steps"][0]["old"] == "older (2025-01-01)"
    assert (change["class"], change["claim"]) == ("looser", "lantern.createClip.length.enum")
    assert (change["detail"], change["old"]["source"]["quote"]) == ("adds 8s", "2 or 4")


def official(tmp_path: Path, name: str, ratios: list[str], **more: Any) -> Path:
    """The provider's own document: YAML 1.1 would read its ratios as numbers of base sixty."""
    schema = {"type": "object", "properties": {"ratio": {"type": "string", "enum": ratios}}}
    operation = {
        "operationId": "makeClip",
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"202": {"description": "taken"}},
    }
    content = {"openapi": "3.0.0", "info": {"title": "Clips", "version": "1"}, "paths": {"/clips": {"post": operation}}}
    path = tmp_path / name
    text = json.dumps(content | more) if path.suffix == ".json" else yaml.safe_dump(content | more).replace("'", "")
    path.write_text(text)
    return path


def test_two_official_documents_in_yaml_and_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    old, new = (official(tmp_path, "old.yaml", ["16:9"]), official(tmp_path, "new.json", ["16:9", "1:1"]))
    assert "- 16:9" in old.read_text(), "unquoted"
    made = read(capsys, old, new)
    (change,) = made["steps"][0]["changes"]
    assert (change["claim"], change["detail"]) == ("lantern.createClip.ratio.enum", "adds 1:1"), "named as our specs do"
    assert made["provider"] == "lantern"
    other = read(capsys, old, new, "--provider", "somebody")
    assert other["steps"][0]["changes"][0]["claim"] == "somebody.makeClip.ratio.enum"
    assert other["recordings"] is None and "no contract of somebody" in other["unjudged"]


def test_documents_with_nothing_in_common_are_not_compared(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    one = official(tmp_path, "one.json", ["16:9"])
    other = official(tmp_path, "other.json", ["16:9"], paths={"/x": {"get": {"responses": {}}}})
    code, out, said = run(capsys, "diff", one, other)
    assert (code, out) == (5, "") and "no operation in common" in said


def test_what_cannot_be_compared_is_refused_with_what_can(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, past: Path
) -> None:
    verdicts, document = tmp_path / "report.json", official(tmp_path, "document.json", ["16:9"])
    verdicts.write_text(json.dumps(report("pass")))
    (tmp_path / "list.json").write_text("[1, 2]")
    for said, words in (
        ((past, document), "a history of a document cannot be compared with an OpenAPI document"),
        ((verdicts, MINIATURE / "lantern"), "a report cannot be compared with a folder of specs"),
        ((verdicts,), "a report needs another one"),
        ((document,), "an OpenAPI document needs another one"),
        ((document, f"{document}@2026-01-01"), "has no dates to choose by"),
        ((MINIATURE, MINIATURE), "a folder without provider.yaml"),
        ((past, tmp_path / "list.json"), "no OpenAPI 3 document or history"),
        ((past, tmp_path / "none.json"), "No such file"),
        ((f"{past}@2020-01-01", past), "no revision '2020-01-01'"),
        ((verdicts, verdicts, "--fail-on", "breaking"), "is for revisions"),
    ):
        code, out, told = run(capsys, "diff", *said)
        assert (code, out) == (2, "") and words in told, (said, told)


def test_a_difference_of_reports_keeps_the_published_schema() -> None:
    for old, new in (("pass", "fail"), ("fail", "pass"), (None, "fail"), ("fail", None)):
        DIFF.validate(json.loads(FORMATS["json"](differences(report(old), report(new)))))
    Draft202012Validator.check_schema(DIFF.schema)
    assert not DIFF.is_valid({"kind": "revisions"}) and not DIFF.is_valid({"kind": "reports"})


@pytest.mark.skipif(not FACTS.is_dir(), reason="the histories that were collected are not beside this checkout")
def test_the_dated_changes_of_the_real_histories(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HARNESS_SPECS")
    told = {
        (*each[:2], change["claim"], change["detail"])
        for name in ("openrouter", "venice")
        for made in [read(capsys, FACTS / name / "schema_history.json")]
        for step in made["steps"]
        for change in step["changes"]
        for each in [(step["new"][:10], change["class"])]
    }
    ratio, prompt = "openrouter.createVideos.aspect_ratio.enum", "venice.queueVideo.prompt.maxLength"
    duration = "`duration` is more than 0 → `duration` is at least 1 (the same for whole numbers)"
    closed = [each[:3] for each in told if each[2] == "venice.queueVideo.body.additionalProperties"]
    assert ("2026-04-13", "changed", "openrouter.createVideos.duration.minimum", duration) in told
    assert [each for each in told if each[2] == ratio] == [("2026-05-12", "looser", ratio, "adds 3:2, 2:3")]
    assert sorted(each for each in told if each[2] == prompt) == [
        ("2026-04-08", "looser", prompt, "2500 → 3500"),
        ("2026-04-30", "looser", prompt, "3500 → 4096"),
        ("2026-05-07", "looser", prompt, "4096 → 10000"),
        ("2026-08-06", "looser", prompt, "10000 → 20000"),
    ]
    assert max(closed) == ("2026-04-08", "looser", "venice.queueVideo.body.additionalProperties")
