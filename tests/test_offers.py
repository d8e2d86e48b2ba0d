"""One request for all: translated by the data, judged by the contract, and what cannot be said is named."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ALL, PROVIDERS, contract_of, few
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cli import main
from harness.compare import request
from harness.compare.offers import Adjustment, Fit, Offer, best, offer, own
from harness.compare.portable import portable
from harness.compare.request import MEMBERS, Wish, checked
from harness.compare.scope import Scopes
from harness.compare.told import OFFER_FORMATS, PORTABLE_FORMATS, OfferTable
from harness.errors import RequestFileError
from harness.simulator.server import serving

ADDRESSES = st.sampled_from([f"https://example.com/{name}" for name in ("a.png", "b.png", "c.mp4")])
LISTS = st.lists(ADDRESSES, min_size=1, max_size=12, unique=True)
#: Neutral requests, most of them such that somebody has to change something.
WISHES = st.fixed_dictionaries(
    {"prompt": st.sampled_from(["A paper boat", "A boat " * 200])},
    optional={
        "negative_prompt": st.just("blurred"),
        "duration": st.sampled_from([0.5, 1, 4, 5, 7, 10, 12.5, 60]),
        "aspect_ratio": st.sampled_from(["16:9", "9:16", "1:1", "4:3", "5:4", "32:9"]),
        "resolution": st.sampled_from(["240p", "480p", "720p", "1080p", "2160p"]),
        "size": st.sampled_from(["1280x720", "854x480", "1000x1000"]),
        "audio": st.booleans(),
        "seed": st.sampled_from([-1, 0, 7, 2**32]),
        "watermark": st.booleans(),
        "camera": st.booleans(),
        "first_frame": ADDRESSES,
        "last_frame": ADDRESSES,
        "reference_images": LISTS,
        "reference_videos": LISTS,
        "reference_audios": LISTS,
        "input_video": ADDRESSES,
        "upscale": st.sampled_from([1.5, 2, 9]),
        "return_last_frame": st.booleans(),
        "webhook": st.sampled_from(["https://example.com/hook", "http://example.com/hook"]),
    },
)
BOAT = {"model": "Seedance 2.0", "prompt": "A paper boat", "duration": 5, "aspect_ratio": "16:9", "resolution": "720p"}


@cache
def scopes(provider: str) -> Scopes:
    return Scopes(contract_of(provider))


def offered(provider: str, **wanted: Any) -> Offer:
    return best(scopes(provider), Wish(model=wanted.pop("model", None), members=wanted))


def kinds(found: Offer) -> dict[str, Adjustment]:
    return {change.member: change.kind for change in found.changes}


@pytest.mark.parametrize("provider", ALL)
@given(wanted=WISHES, data=st.data())
@settings(max_examples=40)
def test_what_is_offered_is_valid_and_reads_back_as_it_was_meant(
    provider: str, wanted: dict[str, Any], data: st.DataObject
) -> None:
    contract = contract_of(provider)
    found = offer(scopes(provider), data.draw(st.sampled_from(few(contract))), wanted)
    broken = contract.violations(contract.submit.id, found.body)
    assert broken == {claim.id for claim in found.obstacles}
    if found.answer is Fit.CANNOT:
        return
    changed = {change.member for change in found.changes}
    back = request.read(contract, found.body).members
    assert {name: value for name, value in back.items() if name not in changed and name in wanted} == {
        name: value for name, value in wanted.items() if name not in changed
    }
    assert not request.read(contract, found.body).unsaid


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        (
            "openrouter",
            {"model": "bytedance/seedance-2.0", "duration": 5, "aspect_ratio": "16:9", "resolution": "720p"},
        ),
        (
            "relaydance",
            {"model": "doubao-seedance-2-0-720p", "seconds": "5", "metadata": {"ratio": "16:9", "resolution": "720p"}},
        ),
        (
            "venice",
            {
                "model": "seedance-2-0-text-to-video-basic",
                "duration": "5s",
                "aspect_ratio": "16:9",
                "resolution": "720p",
            },
        ),
    ],
)
def test_a_request_is_said_in_each_provider_s_words(provider: str, body: dict[str, Any]) -> None:
    found = offered(provider, **BOAT)
    assert found.answer is Fit.AS_IS
    assert found.body == {**body, "prompt": "A paper boat"}


def test_references_become_entries_with_roles() -> None:
    found = offered("relaydance", model="seedance-2.0", prompt="A boat", reference_images=["https://example.com/a.png"])
    assert found.body["metadata"]["content"] == [
        {"type": "image_url", "role": "reference_image", "image_url": {"url": "https://example.com/a.png"}}
    ]


def test_the_nearest_documented_value_is_offered_with_the_claim() -> None:
    found = offered("unified-v2", prompt="A boat", duration=8)
    (change,) = found.changes
    assert (change.kind, change.wanted, change.given) == (Adjustment.NEAREST, 8, 10)
    assert [claim.id for claim in change.claims] == ["unified-v2.createVideo.duration.enum"]


def test_of_several_models_the_one_that_needs_least_is_offered() -> None:
    assert offered("relaydance", **BOAT).model == "doubao-seedance-2-0-720p"
    assert offered("relaydance", **{**BOAT, "resolution": "1080p"}).model == "doubao-seedance-2-0-1080p"
    pictured = offered(
        "venice", **{k: v for k, v in BOAT.items() if k != "aspect_ratio"}, first_frame="https://example.com/a.png"
    )
    assert pictured.model == "seedance-2-0-image-to-video-basic"


def test_what_has_no_field_or_does_not_go_with_the_rest_is_left_out() -> None:
    assert kinds(offered("venice", **BOAT, seed=7)) == {"seed": Adjustment.DROPPED}
    both = offered(
        "openrouter", **BOAT, first_frame="https://example.com/a.png", reference_images=["https://example.com/b.png"]
    )
    (change,) = both.changes
    assert [claim.id for claim in change.claims] == ["openrouter.createVideos.input_references.frames-win"]


def test_what_has_to_be_said_is_said() -> None:
    assert kinds(offered("venice", model="seedance-2.0", prompt="A boat")) == {"duration": Adjustment.ADDED}


def test_pixels_become_shape_and_lines_where_they_cannot_be_named() -> None:
    found = offered("unified-v2", prompt="A boat", size="1280x720")
    assert kinds(found) == {"size": Adjustment.REWRITTEN}
    assert (found.body["ratio"], found.body["resolution"]) == ("16:9", "720p")


def test_pictures_that_cannot_be_told_apart_are_not_passed_off_as_others() -> None:
    found = offered("unified-v2", prompt="A boat", reference_images=["https://example.com/a.png"])
    assert kinds(found)["reference_images"] is Adjustment.UNCLEAR


def test_who_cannot_says_why() -> None:
    assert offered("unified-v2", **BOAT).reason == "serves no Seedance 2.0"
    bare = offered("relaydance", duration=5)
    assert [claim.id for claim in bare.obstacles] == ["relaydance.createVideo.prompt.required"]


def test_what_is_not_documented_of_a_model_is_said_to_be() -> None:
    wanted = {"prompt": "A boat", "duration": 5, "first_frame": "https://example.com/a.png"}
    assert offer(scopes("venice"), "seedance-2-0-text-to-video-basic", wanted).doubts == ("first_frame",)
    assert offer(scopes("venice"), "seedance-2-0-image-to-video-basic", wanted).doubts == ()
    seeded = {"prompt": "A boat", "seed": 5}  # null in the catalogue, and then true
    assert offer(scopes("openrouter"), "x-ai/grok-imagine-video-1.5", seeded).doubts == ("seed",)
    assert offer(scopes("openrouter"), "google/veo-3.1", seeded).doubts == ()


def test_a_provider_s_own_request_is_read_and_what_has_no_neutral_word_is_named() -> None:
    body = {
        "model": "seedance-2-0-reference-to-video-basic",
        "prompt": "A boat",
        "duration": "5s",
        "aspect_ratio": "adaptive",
        "elements": [{}],
    }
    wish = request.read(contract_of("venice"), body)
    assert wish.model == "seedance-2.0"
    assert wish.members == {"prompt": "A boat", "duration": 5}
    assert set(wish.unsaid) == {"aspect_ratio", "elements"}
    elsewhere = best(scopes("openrouter"), wish)
    assert elsewhere.answer is Fit.CHANGED and set(kinds(elsewhere)) == {"aspect_ratio", "elements"}
    assert own(scopes("venice"), {**body, "duration": "5"}).answer is Fit.CANNOT


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"durration": 5}, "Did you mean 'duration'?"),
        ({"duration": "5s"}, "duration: '5s' is not of type 'number'"),
        ({"aspect_ratio": "wide"}, "aspect_ratio: 'wide' does not match"),
        ([], "is not of type 'object'"),
    ],
)
def test_a_faulty_neutral_request_says_where_and_what_was_meant(body: Any, said: str) -> None:
    with pytest.raises(RequestFileError) as caught:
        checked(body, "request.json")
    assert said in str(caught.value) and "request.json" in str(caught.value)


def test_the_form_has_every_member() -> None:
    schema = json.loads((Path(__file__).parent.parent / "schemas" / "request.json").read_text())
    assert set(schema["properties"]) == {"model", *MEMBERS}


@pytest.mark.parametrize("model", [None, "seedance-2.0", "seedance-1.5-pro", "happyhorse-1.0", "seedance-1.0-pro"])
def test_everybody_who_serves_it_takes_what_is_portable(model: str | None) -> None:
    found = portable([scopes(provider) for provider in PROVIDERS], model)
    assert found.providers
    assert [each.answer for each in found.offers] == [Fit.AS_IS] * len(found.providers)
    for common in found.common:
        for value in (common.values or ())[:4]:
            said = {**found.example, common.member: value}
            said.pop("model", None)
            for provider in found.providers:
                taken = [
                    each
                    for each in contract_of(provider).models
                    if common.member not in kinds(offer(scopes(provider), each, said))
                ]
                assert taken, (provider, common.member, value)


@pytest.mark.parametrize("form", OFFER_FORMATS)
def test_every_form_tells_who_can_and_who_cannot(form: str) -> None:
    wish = checked(BOAT, "r")
    told = OfferTable(where="r", wish=wish, offers=[best(scopes(each), wish) for each in PROVIDERS], outcomes={})
    shown = OFFER_FORMATS[form](told)
    assert "takes it as it is" in shown and "serves no Seedance 2.0" in shown
    assert PORTABLE_FORMATS[form](portable([scopes(each) for each in PROVIDERS], None))


# The command


def run(tmp_path: Path, body: Any, *words: str) -> int:
    (tmp_path / "request.json").write_text(json.dumps(body))
    return main(["compare", "--request", str(tmp_path / "request.json"), *words])


def test_a_request_is_sent_to_every_simulator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, BOAT, "relaydance", "venice", "--simulated") == 0
    shown = capsys.readouterr().out
    assert shown.count("SIMULATED, not the provider: accepted, delivered 1280×720, 5.0 s") == 2


def test_a_departure_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, BOAT, "relaydance", "--simulated", "--quirk", "video-url-elsewhere", "--format", "json")
    (told,) = json.loads(capsys.readouterr().out)["offers"]
    assert told["outcome"].startswith("SIMULATED, not the provider: accepted, succeeded, no video was found")


def test_a_served_simulator_is_no_provider_and_what_was_seen_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENICE_API_KEY", "a-key-for-nobody")
    with serving(contract_of("venice"), []) as base:
        flags = ["--live", "--base-url", base, "--budget", "1", "--yes", "--allow-private", "--keep", str(tmp_path)]
        assert run(tmp_path, BOAT, "venice", *flags) == 0
    assert "SIMULATED, not the provider: accepted, delivered 1280×720" in capsys.readouterr().out
    assert list(tmp_path.glob("venice-*.yaml")) and (tmp_path / "venice-plan.json").exists()


def test_somebody_who_cannot_makes_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, BOAT) == 1
    assert "unified-v2: cannot take it" in capsys.readouterr().out


def test_a_live_run_needs_a_budget(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, BOAT, "venice", "--live") == 2
    assert "--budget USD" in capsys.readouterr().err


def test_what_is_portable_can_be_asked_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--portable", "--model", "seedance-2.0", "--format", "json"]) == 0
    example = json.loads(capsys.readouterr().out)["example"]
    assert run(tmp_path, example, "openrouter", "relaydance", "venice") == 0
    assert capsys.readouterr().out.count("takes it as it is") == 3
