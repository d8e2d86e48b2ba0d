"""Every verdict says when its evidence was recorded and what it was judged by; what is too old is marked."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from conftest import ROOT, lantern, seen
from hypothesis import given
from hypothesis import strategies as st

from harness.cli import main
from harness.interaction import Origin, Provenance
from harness.judge import judge
from harness.report import FORMATS, entry, report
from harness.report.age import aged
from harness.report.json_format import schema

Json = dict[str, Any]
PUBLISHED = next(iter(sorted((ROOT / "cassettes" / "openrouter").glob("published*"))))
TODAY = datetime.date(2026, 11, 21)
ASKED = {"model": "lantern-large", "prompt": "A boat", "length": "2s", "caption": "x", "tag": "y"}


def made(*days: str) -> Json:
    """A report on one request for each day, refused though nothing is wrong with it but its length."""
    bodies = [{**ASKED, "length": "3s"} for _ in days]
    interactions = [
        seen(
            number,
            202,
            {"id": "a", "status": "waiting"},
            body=body,
            provenance=Provenance(origin=Origin.LIVE, date=day, base_url="https://lantern.example/v1"),
        )
        for number, (day, body) in enumerate(zip(days, bodies, strict=True))
    ]
    verdicts = judge(lantern(), interactions)
    one = entry(lantern(), verdicts, interactions, mode="recorded", provenance=Origin.LIVE, cost_usd=0.0, extra={})
    return report([one], generated_at="2026-11-21T00:00:00+00:00")


def verdict(whole: Json, claim: str) -> Json:
    (found,) = (each for each in whole["providers"][0]["verdicts"] if each["claim"] == claim)
    return dict(found)


LENGTH = "lantern.createClip.length.enum"


def test_a_verdict_says_when_its_evidence_was_recorded_and_by_what_it_was_judged() -> None:
    whole = made("2026-05-24T10:00:00Z", "2026-05-20", "2026-06-01")
    told = verdict(whole, LENGTH)
    assert (told["outcome"], told["recorded"]) == ("fail", "2026-05-20 to 2026-06-01")
    assert re.fullmatch("sha256:[0-9a-f]{12}", told["catalogue"]) and told["source"]["revision"] == "2026-01-01"
    assert verdict(whole, "lantern.createClip.noise.contradicts-noise-or-grain")["recorded"] is None
    assert verdict(whole, "lantern.getClip.id.unknown")["recorded"] is None
    assert verdict(made("2026-05-24"), LENGTH)["recorded"] == "2026-05-24"


def test_another_catalogue_has_another_fingerprint() -> None:
    fewer = replace(lantern(), models=dict(list(lantern().models.items())[1:]))
    turned = replace(lantern(), models=dict(reversed(lantern().models.items())))
    assert turned.fingerprint == lantern().fingerprint != fewer.fingerprint


def test_what_is_older_is_marked_by_its_newest_evidence_and_decides_nothing() -> None:
    whole = made("2026-01-01", "2026-10-22")  # 30 days before
    assert "stale" not in verdict(aged(whole, today=TODAY, days=30), LENGTH)
    told = verdict(aged(whole, today=TODAY, days=29), LENGTH)
    assert (told["stale"], told["age_days"], told["outcome"]) == (True, 30, "fail")
    marked = aged(whole, today=TODAY, days=29)
    assert marked["stale_after"] == {"days": 29, "on": "2026-11-21"}
    assert marked["providers"][0]["counts"] == whole["providers"][0]["counts"]
    without = verdict(marked, "lantern.createClip.noise.contradicts-noise-or-grain")
    assert "stale" not in without, "documents are as old as their revision"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_so(name: str) -> None:
    whole = made("2026-05-24")
    shown, marked = FORMATS[name](whole), FORMATS[name](aged(whole, today=TODAY, days=30))
    assert "stale" not in shown.lower().replace("stale_after", "")
    assert "stale" in marked.lower()
    if name not in ("badge", "json"):
        assert "older than 30 days" in marked or "181 days old" in marked or '"age_days": 181' in marked


def test_a_report_of_before_has_the_age_of_all_its_evidence() -> None:
    whole = made("2026-05-24")
    for each in whole["providers"][0]["verdicts"]:
        del each["recorded"], each["catalogue"]
    marked = aged(whole, today=TODAY, days=30)
    assert verdict(marked, LENGTH)["age_days"] == 181
    assert "stale" not in verdict(marked, "lantern.getClip.id.unknown"), "nothing was observed of it"


@given(st.lists(st.dates(datetime.date(2020, 1, 1), datetime.date(2030, 1, 1)), min_size=1, max_size=3),
       st.integers(0, 4000), st.integers(0, 4000))  # fmt: skip
def test_less_patience_marks_no_fewer_and_marking_twice_is_marking_once(
    days: list[datetime.date], few: int, many: int
) -> None:
    whole = made(*map(str, days))
    few, many = sorted((few, many))
    strict, lax = (aged(whole, today=TODAY, days=each) for each in (few, many))

    def stale(of: Json) -> set[str]:
        return {each["claim"] for each in of["providers"][0]["verdicts"] if each.get("stale")}

    assert stale(lax) <= stale(strict)
    assert aged(strict, today=TODAY, days=many) == lax
    assert jsonschema_rs.validator_for(schema()).is_valid(strict)


def test_the_commands_mark_and_keep_their_exit_code(tmp_path: Path, capsys: Any) -> None:
    judge_it = ["judge", "openrouter", str(PUBLISHED), "--out", str(tmp_path)]
    codes = [main([*judge_it, *more]) for more in ([], ["--stale-after", "1d"])]
    assert codes[0] == codes[1]
    assert "STALE: " in capsys.readouterr().out
    written = json.loads((tmp_path / "report.json").read_text())
    assert any(each.get("stale") for each in written["providers"][0]["verdicts"])
    assert main(["report", str(tmp_path / "report.json"), "--stale-after", "100000"]) == 0
    assert "STALE" not in capsys.readouterr().out
