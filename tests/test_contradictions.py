"""Where documents disagree with themselves: computed from them, or stated with both quotes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import MINIATURE, contract_of, lantern, seen

from harness.claim import Claim, Kind, Level
from harness.cli import main
from harness.contract import load
from harness.errors import SpecError
from harness.interaction import Origin
from harness.judge import judge
from harness.report.build import entry
from harness.verdict import Outcome


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(MINIATURE, tmp_path / "specs")
    return tmp_path / "specs"


def changed(folder: Path, name: str, old: str, new: str) -> dict[str, Claim]:
    path = folder / "lantern" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return contradictions(folder)


def contradictions(folder: Path) -> dict[str, Claim]:
    claims = load("lantern", folder).claims.values()
    return {c.id.removeprefix("lantern.createClip."): c for c in claims if c.kind is Kind.CONTRADICTION}


def test_a_stated_contradiction_has_both_quotes() -> None:
    claim = lantern().claims["lantern.createClip.noise.contradicts-noise-or-grain"]
    assert claim.source.quote == "how grainy"
    assert (claim.parameters["against"].document, claim.parameters["against"].quote) == ("older", "how noisy")
    assert claim.level is Level.SHOULD
    assert claim.check == "contradiction"


SEED = "seed: { type: integer, minimum: 0"


@pytest.mark.parametrize(
    "old, new, name, says",
    [
        (
            "voice: { type: string, enum: [low, high]",
            "voice: { type: string, default: middle, enum: [low, high]",
            "voice.contradicts-default",
            "'middle' is not among",
        ),
        (
            SEED,
            f"{SEED}, x-documented-examples: [{{ value: -1, document: older, quote: seed -1 }}]",
            "seed.contradicts-example",
            "breaks its own schema",
        ),
        (
            "exclusiveMinimum: 0,",
            "exclusiveMinimum: 0, x-documented-keywords: { exclusiveMinimum: true },",
            "strength.contradicts-keyword-exclusiveMinimum",
            "is not allowed by the declared dialect",
        ),
        (
            SEED,
            f"{SEED}, x-also: [{{ document: older, rule: minimum, value: -1, quote: from -1 }}]",
            "seed.contradicts-minimum-older",
            "minimum is 0 in one place and -1 in another",
        ),
    ],
)
def test_a_contradiction_is_computed(folder: Path, old: str, new: str, name: str, says: str) -> None:
    found = changed(folder, "openapi.yaml", old, new)
    assert set(found) == {"noise.contradicts-noise-or-grain", name}
    assert says in found[name].statement
    assert found[name].source.quote and found[name].parameters["against"].quote


@pytest.mark.parametrize(
    "new",
    [
        f"{SEED}, x-also: [{{ document: older, rule: minimum, value: 0, quote: from 0 }}]",
        f"{SEED}, x-documented-examples: [{{ value: 5, document: older, quote: seed 5 }}]",
        f"{SEED}, x-documented-keywords: {{ exclusiveMinimum: 0 }}",
        f"{SEED}, default: 5",
    ],
)
def test_what_agrees_is_no_contradiction(folder: Path, new: str) -> None:
    assert set(changed(folder, "openapi.yaml", SEED, new)) == {"noise.contradicts-noise-or-grain"}


def test_a_stated_contradiction_stands_for_the_computed_one(folder: Path) -> None:
    text = f"{SEED}, x-also: [{{ document: older, rule: minimum, value: -1, quote: from -1 }}]"
    assert "seed.contradicts-minimum-older" in changed(folder, "openapi.yaml", SEED, text)
    path = folder / "lantern" / "contradictions.yaml"
    path.write_text(
        "- id: seeds\n  operation: createClip\n  field: /seed\n  summary: seeds start at 0 or at -1\n"
        "  sides: [from 0, from -1]\n  computed: lantern.createClip.seed.contradicts-minimum-older\n"
    )
    again = folder.rename(folder.parent / "again")
    assert set(contradictions(again)) == {"seed.contradicts-seeds"}


def test_a_stated_contradiction_may_not_stand_for_nothing(folder: Path) -> None:
    with pytest.raises(SpecError, match="which nothing computes"):
        changed(folder, "contradictions.yaml", "  sides:", "  computed: lantern.x\n  sides:")


def axes(folder: Path, entry: dict[str, Any]) -> dict[str, Claim]:
    path = folder / "lantern" / "models.json"
    entries = json.loads(path.read_text())
    entries[0] |= entry
    path.write_text(json.dumps(entries))
    places = ", ".join(f"{name}: /{name}" for name in ("ratios", "resolutions", "sizes", "prices"))
    names = f"axes: {{ field: /ratio, {places}, source: axes }}"
    return changed(folder, "provider.yaml", "  source: three models\n", f"  source: three models\n  {names}\n")


def test_a_catalogue_that_lists_no_size_for_a_ratio_contradicts_itself(folder: Path) -> None:
    found = axes(folder, {"ratios": ["16:9", "9:16"], "resolutions": ["720p"], "sizes": ["1280x720"]})
    claim = found["ratio.contradicts-sizes@lantern-large"]
    assert "no listed size for 9:16 at 720p" in claim.statement


def test_a_catalogue_with_a_price_for_what_it_does_not_list_contradicts_itself(folder: Path) -> None:
    found = axes(folder, {"resolutions": ["720p"], "prices": {"second_720p": 1, "second_4k": 2}})
    assert "a price for 4k" in found["ratio.contradicts-prices@lantern-large"].statement


def test_a_catalogue_that_agrees_contradicts_nothing(folder: Path) -> None:
    entry = {"ratios": ["16:9"], "resolutions": ["720p"], "sizes": ["1280x720"], "prices": {"second_720p": 1}}
    assert set(axes(folder, entry)) == {"noise.contradicts-noise-or-grain"}


@pytest.mark.parametrize(
    "size, ratio, resolution, fits",
    [
        ("1280x720", "16:9", "720p", True),
        ("720x1280", "9:16", "720p", True),
        ("1248x704", "16:9", "720p", True),
        ("960x960", "1:1", "720p", True),
        ("1280x720", "9:16", "720p", False),
        ("1280x720", "16:9", "1080p", False),
        ("3840x2160", "16:9", "4K", True),
        ("640x480", "4:3", "any", True),
        ("640x480", "adaptive", "720p", True),
        ("auto", "16:9", "720p", True),
        (None, "16:9", "720p", True),
    ],
)
def test_a_size_fits_a_ratio_in_a_tier(folder: Path, size: Any, ratio: str, resolution: str, fits: bool) -> None:
    found = axes(folder, {"ratios": [ratio, None], "resolutions": [resolution], "sizes": [size]})
    assert ("ratio.contradicts-sizes@lantern-large" not in found) is fits


@pytest.mark.parametrize(
    "status, body, outcome",
    [
        (202, {"voice": "middle"}, Outcome.INCONCLUSIVE),
        (202, {"voice": "shrill"}, Outcome.FAIL),
        (400, {"voice": "middle"}, Outcome.PASS),
    ],
)
def test_a_value_that_another_document_lists_is_not_forbidden(
    status: int, body: dict[str, Any], outcome: Outcome, folder: Path
) -> None:
    also = "x-also: [{ document: older, rule: enum, value: [low, middle, high], quote: how noisy }]"
    changed(folder, "openapi.yaml", "voice: { type: string,", f"voice: {{ type: string, {also},")
    answer = {"id": "j1", "status": "waiting"} if status == 202 else {"error": "no"}
    asked = {"model": "lantern-large", "prompt": "A boat", "length": "2s", "caption": "A boat", "tag": "pond"}
    exchange = seen(0, status, answer, body={**asked, "sound": True, **body})
    found = {v.claim.id: v for v in judge(load("lantern", folder), [exchange])}
    verdict = found["lantern.createClip.voice.enum"]
    assert verdict.outcome is outcome
    assert (verdict.reason or "").endswith("the documents disagree: older permits it") is (
        outcome is Outcome.INCONCLUSIVE
    )


def test_a_member_that_another_document_does_not_need_may_be_left_out() -> None:
    contract = contract_of("venice")
    asked = seen(0, 200, {"status": "PROCESSING"}, body={"queue_id": "q"})
    asked = replace(asked, request=replace(asked.request, url=f"{contract.base_url}/video/retrieve"))
    found = {v.claim.id: v.outcome for v in judge(contract, [asked])}
    assert found["venice.retrieveVideo.model.required"] is Outcome.INCONCLUSIVE


def disputes(claim: Claim) -> set[str]:
    return {each.claim.rpartition("contradicts-")[2] for each in claim.contradicted}


def test_the_claims_on_both_sides_of_a_contradiction_say_so() -> None:
    claims = contract_of("unified-v2").claims
    length = claims["unified-v2.createVideo.duration.delivered"]
    assert disputes(length) == {"enum-page"} == disputes(claims["unified-v2.createVideo.duration.enum"])
    assert "always generates a 5-second video" in length.contradicted[0].sides[1].quote
    assert not claims["unified-v2.createVideo.duration.type"].contradicted
    assert not claims["unified-v2.createVideo.prompt.maxLength"].contradicted


def test_a_contradiction_about_one_model_is_no_other_model_s() -> None:
    claims = contract_of("openrouter").claims
    one, other = "alibaba/wan-2.6", "google/veo-3.1"
    assert disputes(claims[f"openrouter.createVideos.resolution.enum@{one}"]) == {f"prices@{one}"}
    assert not claims[f"openrouter.createVideos.resolution.enum@{other}"].contradicted


def test_a_contradiction_names_the_claims_that_have_no_field_in_common_with_it() -> None:
    claims = contract_of("venice").claims
    assert disputes(claims["venice.queueVideo.response.documented"]) == {"rate-limit-status"}
    assert claims["venice.queueVideo.rate-limited.error.required"].level is Level.SHOULD


def test_a_contradiction_may_not_name_what_is_no_claim(folder: Path) -> None:
    with pytest.raises(SpecError, match="'lantern.no.such' matches no claim"):
        changed(folder, "contradictions.yaml", "  sides:", "  claims: [lantern.no.such]\n  sides:")


def test_a_verdict_on_a_disputed_claim_shows_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    name = "unified-v2.createVideo.duration.delivered"
    contract = contract_of("unified-v2")
    shown = entry(
        contract,
        judge(contract, []),
        [],
        mode="recorded",
        provenance=Origin.LIVE,
        cost_usd=0.0,
        extra={},
        spelled_out=1,
    )
    told = next(each for each in shown["verdicts"] if each["claim"] == name)["contradicted"]
    assert [side["quote"] for side in told[0]["sides"]][1].startswith("This parameter is fixed at 5")
    assert main(["explain", name]) == 0
    assert "always generates a 5-second video" in capsys.readouterr().out
