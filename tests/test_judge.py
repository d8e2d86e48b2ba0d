"""The judge: pure, unshakeable, and careful about whom it blames."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from anything import DEEP, INTERACTIONS
from conftest import PROVIDERS, contract_of, killed, lantern, planned, played, seen, verdicts
from hostile import BODY as BASE
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jobs import ACCEPTED, DONE, GOOD, delivered, judged, poll

from harness.claim import Kind
from harness.contract import Contract, load
from harness.interaction import UNISSUED_KEY, Interaction, Origin, Provenance, Request, Response
from harness.judge import CHECKS, judge
from harness.probe.plan import plan
from harness.run.sources import simulated
from harness.simulator import known
from harness.verdict import Direction, Doubt, Outcome, Verdict

REFUSED = {"error": "no"}
ABRIDGED = Provenance(origin=Origin.PUBLISHED, link="https://example.com/1", date="2026-01-01", abridged=True)


def test_without_evidence_nothing_passes() -> None:
    for provider in PROVIDERS:
        contract = contract_of(provider)
        found = judge(contract, [])
        assert {v.outcome for v in found if v.claim.kind is not Kind.CONTRADICTION} == {Outcome.UNTESTED}
        assert {v.outcome for v in found if v.claim.kind is Kind.CONTRADICTION} == {Outcome.FAIL}
        assert all(v.reason for v in found if v.outcome is Outcome.UNTESTED)


def test_verdicts_come_in_the_order_of_their_ids_one_for_each_claim() -> None:
    found = [v.claim.id for v in judge(lantern(), [seen(0, 202, ACCEPTED, body=BASE)])]
    assert found == sorted(lantern().claims)


def test_what_is_forbidden_and_accepted_fails() -> None:
    verdict = judged(seen(0, 202, ACCEPTED, body={**BASE, "length": "3s"}))["createClip.length.enum"]
    assert verdict.outcome is Outcome.FAIL
    assert verdict.divergences[0].direction is Direction.ACCEPTS_FORBIDDEN


def test_what_is_forbidden_and_refused_passes() -> None:
    verdict = judged(seen(0, 400, REFUSED, body={**BASE, "length": "3s"}))["createClip.length.enum"]
    assert verdict.outcome is Outcome.PASS


def test_a_refusal_tells_nothing_of_a_field_that_no_document_gives_to_the_model() -> None:
    def refused(model: str, number: int) -> Verdict:
        body = {"model": f"seedance-2-0-{model}-to-video-basic", "prompt": "x", "duration": "5s"}
        both = {**body, "reference_image_urls": [f"https://example.com/{n}.png" for n in range(number)]}
        address = "https://api.venice.ai/api/v1/video/queue"
        accepted = seen(0, 200, {"model": body["model"], "queue_id": "q"}, body=body)
        exchanges = [accepted, seen(1, 400, {"error": "no"}, body=both)]
        exchanges = [replace(each, request=replace(each.request, url=address)) for each in exchanges]
        claim = f"venice.queueVideo.reference_image_urls.maxItems@{body['model']}"
        return next(v for v in judge(contract_of("venice"), exchanges) if v.claim.id == claim)

    assert refused("text", 9).outcome is Outcome.INCONCLUSIVE
    assert refused("text", 10).outcome is Outcome.PASS
    assert refused("reference", 9).outcome is Outcome.FAIL


def test_a_success_that_names_no_job_is_no_acceptance() -> None:
    page = replace(
        seen(0, 202, {}, body={**BASE, "length": "3s"}),
        response=Response(status=202, headers={"content-type": "text/html"}, body=b"<html>Down for maintenance</html>"),
    )
    found = judged(page)
    assert found["createClip.length.enum"].outcome is Outcome.INCONCLUSIVE
    assert found["createClip.accepted.media-type"].outcome is Outcome.FAIL


def test_a_combination_that_is_refused_is_not_outweighed_by_what_was_accepted() -> None:
    one, other = {**BASE, "seed": 7}, {**BASE, "prompt": "Another boat"}
    both = {**one, **other}
    verdict = judged(
        seen(0, 202, ACCEPTED, body=one),
        seen(1, 202, {**ACCEPTED, "id": "j2"}, body=other),
        seen(2, 400, REFUSED, body=both),
    )["createClip.accepted.status"]
    assert verdict.outcome is Outcome.FAIL
    assert "combination" in verdict.divergences[0].summary


def test_the_same_request_refused_and_accepted_is_chance_and_no_combination() -> None:
    verdict = judged(seen(0, 400, REFUSED, body=BASE), seen(1, 202, ACCEPTED, body=BASE))["createClip.accepted.status"]
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "the same request was accepted: test#1" in (verdict.reason or "")


def test_a_request_that_is_accepted_only_with_something_besides_names_that() -> None:
    more = {**BASE, "seed": 7}
    found = judged(seen(0, 400, REFUSED, body=BASE), seen(1, 202, ACCEPTED, body=more))
    (divergence,) = found["createClip.accepted.status"].divergences
    assert "accepted with `seed` besides" in divergence.summary and divergence.witnesses == ("test#1",)


def test_two_long_texts_are_not_one_for_being_as_long() -> None:
    one, other = ({**BASE, "start_frame": f"https://example.com/{letter * 300}.png"} for letter in "ab")
    found = judged(seen(0, 202, ACCEPTED, body=one), seen(1, 400, REFUSED, body=other))
    doubt = found["createClip.accepted.status"].unsettled
    assert isinstance(doubt, Doubt) and [each.tokens for each in doubt.suspects] == [("start_frame",)]


def test_polls_that_meet_a_rate_limit_do_not_make_a_job_endless() -> None:
    asked = seen(0, 202, ACCEPTED, body=BASE)
    late = replace(seen(1, 429, REFUSED, method="GET", path="/clips/j1"), gave_up=True)
    assert judged(asked, late)["getClip.job.ends"].outcome is not Outcome.FAIL


@pytest.mark.parametrize("given, said", [(None, "null for `length` was accepted"), (5, "`length` 5 was accepted")])
def test_null_is_a_value_and_not_left_out(given: Any, said: str) -> None:
    found = judged(seen(0, 202, ACCEPTED, body={**BASE, "length": given}))
    assert found["createClip.length.type"].divergences[0].summary == said
    without = {name: each for name, each in BASE.items() if name != "length"}
    (missing,) = judged(seen(0, 202, ACCEPTED, body=without))["createClip.length.required"].divergences
    assert missing.summary == "`length` (left out) was accepted"


# Rule 4: blame the right side


@pytest.mark.parametrize("status", [401, 402, 403, 409, 413, 429, 500])
def test_a_status_that_means_something_else_does_not_refuse_the_value(status: int) -> None:
    verdict = judged(seen(0, status, REFUSED, body={**BASE, "length": "3s"}))["createClip.length.enum"]
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert str(status) in (verdict.reason or "")


@pytest.mark.parametrize("status", [502, 503, 504, 599])
def test_an_undocumented_server_error_does_not_refuse_the_value(status: int) -> None:
    verdict = judged(seen(0, status, REFUSED, body={**BASE, "length": "3s"}))["createClip.length.enum"]
    assert verdict.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("status", [405, 406, 411, 412, 415, 418, 421, 424, 426, 428, 431, 499])
def test_an_undocumented_status_for_how_a_request_was_sent_does_not_refuse_the_value(status: int) -> None:
    accepted = seen(0, 202, ACCEPTED, body=BASE)
    refused = [seen(1, status, REFUSED, body={**BASE, **wish}) for wish in ({"length": "3s"}, {"ratio": "9:16"})]
    found = judged(accepted, *refused)
    assert found["createClip.length.enum"].outcome is Outcome.INCONCLUSIVE
    assert found["createClip.ratio.enum"].outcome is not Outcome.FAIL
    assert found["createClip.invalid.status"].outcome is not Outcome.FAIL
    assert found["createClip.response.documented"].outcome is Outcome.FAIL


def test_a_status_that_is_documented_for_invalid_requests_refuses_the_value_whatever_it_is() -> None:
    answers = lantern().submit.answers
    submit = replace(lantern().submit, answers={**answers, 415: replace(answers[400], status=415)})
    contract = replace(lantern(), operations={**lantern().operations, submit.id: submit})
    refused = seen(0, 415, REFUSED, body={**BASE, "length": "3s"})
    verdict = next(v for v in judge(contract, [refused]) if v.claim.id == "lantern.createClip.length.enum")
    assert verdict.outcome is Outcome.PASS


def elsewhere() -> list[tuple[str, int]]:
    """(provider, status) where the status means something else than an invalid value, documented or not."""
    found = []
    for provider in PROVIDERS:
        answers = contract_of(provider).submit.answers
        for status in (401, 402, 403, 404, 409, 413, 415, 418, 429, 500, 502, 503):
            invalid = status in answers and answers[status].meaning == "invalid"
            found += [] if invalid else [(provider, status)]
    return found


@pytest.mark.parametrize("provider, status", elsewhere())
def test_no_value_is_judged_by_a_status_that_means_something_else(provider: str, status: int) -> None:
    contract = load(provider)
    probe = next(
        p
        for p in planned(provider, (contract.default_model,)).probes
        if p.operation == contract.submit.id and p.breaks and contract.claims[p.breaks[0]].refusals == {"invalid"}
    )
    request = Request(
        method=contract.submit.method,
        url=contract.base_url + contract.submit.path,
        headers={"authorization": "Bearer $KEY"},
        body=json.dumps(probe.body).encode(),
    )
    interaction = Interaction(
        name="test#0", request=request, response=Response(status=status), provenance=Provenance(origin=Origin.LIVE)
    )
    verdict = next(v for v in judge(contract, [interaction]) if v.claim.id == probe.breaks[0])
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_no_answer_says_nothing() -> None:
    verdict = judged(seen(0, None, body={**BASE, "length": "3s"}, failure="connection reset"))["createClip.length.enum"]
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "connection reset" in (verdict.reason or "")


def test_a_refusal_that_could_be_for_another_reason_says_nothing() -> None:
    found = judged(seen(0, 400, REFUSED, body={**BASE, "length": "3s", "ratio": "5:4"}))
    assert found["createClip.length.enum"].outcome is Outcome.INCONCLUSIVE
    assert found["createClip.ratio.enum"].outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("broken, rule", [({"length": "3s"}, "length.enum"), ({"model": 5}, "model.type")])
def test_where_a_valid_request_is_refused_as_well_a_refusal_says_nothing(broken: dict[str, Any], rule: str) -> None:
    valid, invalid = seen(0, 400, REFUSED, body=BASE), seen(1, 400, REFUSED, body={**BASE, **broken})
    found = judged(valid, invalid)
    assert found[f"createClip.{rule}"].outcome is Outcome.INCONCLUSIVE
    assert found[f"createClip.{rule}"].reason == "refused, and so is a valid request: test#0"
    assert found["createClip.job.accept-then-fail"].outcome is Outcome.INCONCLUSIVE
    accepted = seen(2, 202, ACCEPTED, body={**BASE, "prompt": "Another boat"})
    assert judged(valid, invalid, accepted)[f"createClip.{rule}"].outcome is Outcome.PASS
    small = seen(3, 202, ACCEPTED, body={**BASE, "model": "lantern-small"})
    outcome = Outcome.PASS if rule == "model.type" else Outcome.INCONCLUSIVE
    assert judged(valid, invalid, small)[f"createClip.{rule}"].outcome is outcome, "by the models that it is about"


def test_two_broken_rules_that_are_accepted_are_both_accepted() -> None:
    found = judged(seen(0, 202, ACCEPTED, body={**BASE, "length": "3s", "ratio": "5:4"}))
    assert found["createClip.length.enum"].outcome is Outcome.FAIL
    assert found["createClip.ratio.enum"].outcome is Outcome.FAIL


@pytest.mark.parametrize("status, answer", [(202, ACCEPTED), (400, REFUSED)])
def test_a_model_that_the_catalogue_does_not_have_yet_settles_nothing(status: int, answer: Any) -> None:
    body = {**BASE, "model": "lantern-of-next-year", "length": "16s"}
    found = judged(seen(0, status, answer, body=body))
    assert found["createClip.length.enum"].outcome is Outcome.INCONCLUSIVE
    assert "not in the catalogue" in (found["createClip.length.enum"].reason or "")
    assert found["createClip.accepted.status"].outcome in (Outcome.UNTESTED, Outcome.INCONCLUSIVE)


# Rule 5: attribution


def test_a_refused_valid_request_is_laid_to_its_one_suspect() -> None:
    found = judged(
        seen(0, 202, ACCEPTED, body=BASE),
        seen(1, 202, {**ACCEPTED, "id": "j2"}, body={**BASE, "ratio": "16:9"}),
        seen(2, 400, REFUSED, body={**BASE, "ratio": "9:16"}),
    )
    verdict = found["createClip.ratio.enum"]
    assert verdict.outcome is Outcome.FAIL
    assert verdict.divergences[0].direction is Direction.REFUSES_PERMITTED
    assert "9:16" in verdict.divergences[0].summary
    failing = {
        name for name, v in found.items() if v.outcome is Outcome.FAIL and v.claim.kind is not Kind.CONTRADICTION
    }
    assert failing == {"createClip.ratio.enum"}


PICTURE = {"type": "image", "role": "subject", "url": "https://example.com/a.png"}


@pytest.mark.parametrize(
    "wish",
    [
        {"prompt": "A rude scene"},
        {"music": "a" * 39},
        {"start_frame": "https://example.com/gone.png"},
        {"start_frame": f"https://example.com/{'a' * 300}.png"},
        {"plates": ["https://example.com/gone.png"]},
        {"clips": ["https://example.com/gone.mp4"]},
        {"pictures": [PICTURE]},
    ],
)
def test_what_a_text_says_and_an_address_leads_to_is_no_claim_s(wish: dict[str, Any]) -> None:
    found = judged(seen(0, 202, ACCEPTED, body=BASE), seen(1, 400, REFUSED, body={**BASE, **wish}))
    assert not [d for v in found.values() for d in v.divergences if d.direction is Direction.REFUSES_PERMITTED]
    doubt = found["createClip.accepted.status"].unsettled
    assert isinstance(doubt, Doubt) and [each.tokens for each in doubt.suspects] == [tuple(wish)]


@pytest.mark.parametrize(
    "accepted, refused, rule",
    [
        ({}, [{"prompt": "a" * 200}], "prompt.maxLength"),
        ({}, [{"prompt": "a" * 200}, {"prompt": "b" * 150}], "prompt.maxLength"),
        ({}, [{"prompt": "a"}], "prompt.minLength"),
        ({}, [{"clips": [f"https://example.com/{n}.mp4" for n in range(3)]}], "clips.maxItems"),
        ({"plates": ["https://example.com/1.png"]}, [{"clips": ["https://example.com/1.png"]}], "clips.maxItems"),
        ({"pictures": [PICTURE]}, [{"pictures": [{**PICTURE, "role": "style"}]}], "pictures[].role.enum"),
        ({}, [{"music": "a flute"}, {"music": "a drum"}], "music.maxLength"),
        ({}, [{"zoom": 2}], "zoom.type"),
        ({}, [{"sound": True}], "sound.type"),
    ],
)
def test_a_limit_a_number_and_what_is_never_accepted_are_a_claim_s(
    accepted: dict[str, Any], refused: list[dict[str, Any]], rule: str
) -> None:
    answered = [seen(n, 400, REFUSED, body={**BASE, **wish}) for n, wish in enumerate(refused, 1)]
    found = judged(seen(0, 202, ACCEPTED, body={**BASE, **accepted}), *answered)
    assert len(found[f"createClip.{rule}"].divergences) == len(refused)
    assert found["createClip.accepted.status"].outcome is Outcome.PASS


def test_a_text_longer_than_one_that_is_refused_at_the_limit_clears_the_limit() -> None:
    bodies = [{**BASE, "prompt": letter * 200} for letter in "ab"]
    found = judged(seen(0, 202, ACCEPTED, body=bodies[0]), seen(1, 400, REFUSED, body=bodies[1]))
    assert found["createClip.prompt.maxLength"].outcome is Outcome.UNTESTED
    assert found["createClip.accepted.status"].outcome is Outcome.INCONCLUSIVE


def test_with_two_suspects_nobody_is_blamed() -> None:
    found = judged(
        seen(0, 202, ACCEPTED, body=BASE),
        seen(1, 400, REFUSED, body={**BASE, "ratio": "9:16", "resolution": "1080p"}),
    )
    for name in ("createClip.ratio.enum", "createClip.resolution.enum"):
        assert found[name].outcome is not Outcome.FAIL
    verdict = next(v for name, v in found.items() if name == "createClip.accepted.status")
    assert not [d for d in verdict.divergences if d.direction is Direction.REFUSES_PERMITTED]
    only = judged(seen(1, 400, REFUSED, body={**BASE, "ratio": "9:16", "resolution": "1080p"}))
    assert only["createClip.accepted.status"].outcome is Outcome.INCONCLUSIVE
    assert "suspects" in (only["createClip.accepted.status"].reason or "")


def test_a_suspect_is_cleared_by_an_accepted_request() -> None:
    found = judged(
        seen(0, 202, ACCEPTED, body={**BASE, "resolution": "1080p"}),
        seen(1, 400, REFUSED, body={**BASE, "ratio": "9:16", "resolution": "1080p"}),
    )
    assert found["createClip.ratio.enum"].outcome is Outcome.FAIL
    assert found["createClip.resolution.enum"].outcome is not Outcome.FAIL


def test_a_model_that_refuses_everything_is_blamed_itself() -> None:
    other = {**BASE, "model": "lantern-small"}
    found = judged(seen(0, 202, ACCEPTED, body=BASE), seen(1, 400, REFUSED, body=other))
    assert found["createClip.model.serves@lantern-small"].outcome is Outcome.FAIL
    assert found["createClip.model.serves@lantern-large"].outcome is Outcome.PASS


SERVES = "createClip.model.serves@lantern-large"


@pytest.mark.parametrize(
    "status, more, reason",
    [
        (429, {}, "answered 429 (rate-limited)"),
        (404, {}, "answered 404 (not-found)"),  # which no document gives to a submission
        (503, {}, "answered 503 (server-error)"),
        (400, {}, "a valid request was refused, and that need not be for the model"),
        (202, {"answer": {}}, "answered 202 without saying which job was started"),
        (None, {"failure": "connection reset"}, "no answer: connection reset"),
        (401, {"key": "Bearer $WRONG_KEY"}, "not accepted, but the key was wrong"),
    ],
)
def test_a_model_that_was_asked_in_vain_is_not_one_that_nobody_named(
    status: int | None, more: dict[str, Any], reason: str
) -> None:
    found = judged(seen(0, status, body=BASE, **more))
    assert found[SERVES].outcome is Outcome.INCONCLUSIVE and found[SERVES].reason == reason
    assert found["createClip.model.serves@lantern-small"].reason == "no valid request named this model"
    if status in (429, 404, 503, None):
        assert found["createClip.accepted.status"].outcome is Outcome.INCONCLUSIVE
        assert found["createClip.accepted.status"].reason == reason


def test_a_refusal_that_one_claim_explains_still_is_a_request_that_was_seen() -> None:
    other = {**BASE, "model": "lantern-small", "length": "3s"}
    found = judged(seen(0, 202, ACCEPTED, body=other), seen(1, 400, REFUSED, body={**other, "length": "2s"}))
    verdict = found["createClip.accepted.status"]
    assert verdict.outcome is Outcome.INCONCLUSIVE and verdict.reason is not None
    assert verdict.reason == "a valid request was refused, which another claim tells of"


def test_a_listed_model_that_is_documented_not_to_be_found_is_not_served() -> None:
    answers = lantern().submit.answers
    told = {**answers, 404: replace(answers[400], status=404, meaning="not-found")}
    submit = replace(lantern().submit, answers=told)
    contract = replace(lantern(), operations={**lantern().operations, submit.id: submit})
    missing = seen(0, 404, REFUSED, body=BASE)

    def served(*interactions: Interaction) -> Verdict:
        return next(v for v in judge(contract, interactions) if v.claim.id == f"lantern.{SERVES}")

    (divergence,) = served(missing).divergences
    assert divergence.summary == "lantern-large is listed in the catalogue and is said not to be there"
    assert served(missing, seen(1, 202, ACCEPTED, body=BASE)).outcome is Outcome.PASS, "so it was not the model"
    assert served(seen(0, 404, REFUSED, body={**BASE, "length": "3s"})).outcome is Outcome.UNTESTED


def test_a_request_without_a_good_key_says_nothing_of_its_values() -> None:
    found = judged(seen(0, 202, ACCEPTED, body=BASE), seen(1, 400, REFUSED, body={**BASE, "ratio": "9:16"}, key="none"))
    assert found["createClip.ratio.enum"].outcome is Outcome.UNTESTED


@pytest.mark.parametrize("key", ["none", "Bearer $WRONG_KEY", "Basic x"])
def test_a_refusal_that_may_be_for_the_key_is_no_evidence_for_a_value(key: str) -> None:
    found = judged(seen(0, 400, REFUSED, body={**BASE, "length": "3s"}, key=key))
    assert found["createClip.length.enum"].outcome is Outcome.INCONCLUSIVE
    assert "but the key was" in (found["createClip.length.enum"].reason or "")
    assert found["createClip.job.accept-then-fail"].outcome is Outcome.UNTESTED


def test_where_no_key_is_needed_a_refusal_without_one_is_for_the_value() -> None:
    submit = replace(lantern().submit, secured=False)
    contract = replace(lantern(), operations={**lantern().operations, submit.id: submit})
    keyless = seen(0, 400, REFUSED, body={**BASE, "length": "3s"}, key="none")
    verdict = next(v for v in judge(contract, [keyless]) if v.claim.id == "lantern.createClip.length.enum")
    assert verdict.outcome is Outcome.PASS


# Provenance


def test_an_abridged_exchange_proves_no_absence() -> None:
    told = replace(
        seen(0, 202, {"status": "waiting"}, body=BASE, provenance=ABRIDGED),
        response=Response(status=202, body=b'{"status": "waiting"}'),
    )
    full = seen(1, 202, {"status": "waiting"}, body=BASE)
    assert judged(told)["createClip.accepted.id.required"].outcome is Outcome.INCONCLUSIVE
    assert judged(told)["createClip.accepted.media-type"].outcome is Outcome.INCONCLUSIVE
    assert judged(full)["createClip.accepted.id.required"].outcome is Outcome.FAIL


def test_an_abridged_exchange_can_still_show_what_is_there() -> None:
    told = seen(0, 202, {"id": 5, "status": "waiting"}, body=BASE, provenance=ABRIDGED)
    assert judged(told)["createClip.accepted.id.type"].outcome is Outcome.FAIL


def test_an_abridged_body_is_no_malformed_one() -> None:
    told = seen(0, 400, REFUSED, body=b'{"model": "lantern-large", ...', provenance=ABRIDGED)
    assert judged(told)["createClip.body.malformed-json"].outcome is Outcome.UNTESTED


@pytest.mark.parametrize(
    "left_out, rule",
    [
        ("prompt", "prompt.required"),
        ("tag", "tag.named"),
        ("caption", "caption.one-caption"),
        ("start_frame", "end_frame.end-needs-start"),
    ],
)
@pytest.mark.parametrize("status, answer", [(202, ACCEPTED), (400, REFUSED)])
def test_what_an_abridged_request_lacks_may_have_been_in_it(left_out: str, rule: str, status: int, answer: Any) -> None:
    body = {**BASE, "start_frame": "https://example.com/a.png", "end_frame": "https://example.com/b.png"}
    asked = {name: each for name, each in body.items() if name != left_out}
    found = judged(seen(0, status, answer, body=asked, provenance=ABRIDGED), poll(1, "broken", provenance=ABRIDGED))
    assert found[f"createClip.{rule}"].outcome is Outcome.INCONCLUSIVE
    assert found["createClip.job.accept-then-fail"].outcome is not Outcome.FAIL
    whole = judged(seen(0, status, answer, body=asked))[f"createClip.{rule}"]
    assert whole.outcome is (Outcome.FAIL if status == 202 else Outcome.PASS)


def test_an_abridged_request_can_still_show_what_is_accepted() -> None:
    body = {**BASE, "length": "3s", "caption_file": "https://example.com/c.txt"}
    found = judged(seen(0, 202, ACCEPTED, body=body, provenance=ABRIDGED))
    assert found["createClip.length.enum"].outcome is Outcome.FAIL
    assert found["createClip.caption.one-caption"].outcome is Outcome.FAIL


def test_an_abridged_job_need_not_end() -> None:
    submitted = seen(0, 202, ACCEPTED, body=BASE, provenance=ABRIDGED)
    polled = seen(1, 200, ACCEPTED, method="GET", path="/clips/j1", provenance=ABRIDGED)
    assert judged(submitted, polled)["getClip.job.ends"].outcome is Outcome.UNTESTED


def test_a_recording_that_does_not_say_which_key_was_sent_is_no_missing_key() -> None:
    assert judged(seen(0, 202, ACCEPTED, body=BASE, key=None))["createClip.authorization.missing"].outcome is (
        Outcome.UNTESTED
    )


def test_a_simulator_settles_no_contradiction() -> None:
    played_here = Provenance(origin=Origin.SIMULATED)
    found = judged(seen(0, 202, ACCEPTED, body=BASE, provenance=played_here))
    assert found["createClip.noise.contradicts-noise-or-grain"].outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    "key, way",
    [
        ("none", "missing"),
        ("Basic abc", "malformed"),
        ("Bearer $WRONG_KEY", "wrong"),
        (f"Bearer {UNISSUED_KEY}", "wrong"),
    ],
)
@pytest.mark.parametrize(
    "status, outcome",
    [(401, Outcome.PASS), (202, Outcome.FAIL), (400, Outcome.FAIL), (None, Outcome.INCONCLUSIVE)],
)
def test_keys_are_asked_for(key: str, way: str, status: int | None, outcome: Outcome) -> None:
    found = judged(seen(0, status, ACCEPTED if status == 202 else REFUSED, body=BASE, key=key))
    assert found[f"createClip.authorization.{way}"].outcome is outcome


# Jobs


SUBMITTED = seen(0, 202, ACCEPTED, body=BASE)


@pytest.mark.parametrize(
    "polls, rule, outcome",
    [
        ([poll(1, "drawing"), poll(2, "done", **DONE)], "forward", Outcome.PASS),
        ([poll(1, "drawing"), poll(2, "waiting")], "forward", Outcome.FAIL),
        ([poll(1, "waiting"), poll(2, "done", **DONE)], "forward", Outcome.PASS),
        ([poll(1, "done", **DONE), poll(2, "done", **DONE)], "terminal", Outcome.PASS),
        ([poll(1, "done", **DONE), poll(2, "broken")], "terminal", Outcome.FAIL),
        ([poll(1, "done", **DONE), poll(2, "drawing")], "terminal", Outcome.FAIL),
        ([poll(1, "done", **DONE)], "terminal", Outcome.UNTESTED),
        ([poll(1, "finished")], "words", Outcome.FAIL),
        ([poll(1, "drawing")], "words", Outcome.PASS),
        ([poll(1, "drawing", clip="j2")], "same-id", Outcome.FAIL),
        ([poll(1, "drawing")], "same-id", Outcome.PASS),
        ([poll(1, "done", **DONE)], "ends", Outcome.PASS),
        ([poll(1, "broken")], "ends", Outcome.PASS),
        ([poll(1, "drawing")], "ends", Outcome.INCONCLUSIVE),
        ([poll(1, "drawing", gave_up=True)], "ends", Outcome.FAIL),
        ([poll(1, "FAILURE", gave_up=True)], "ends", Outcome.INCONCLUSIVE),
        ([poll(1, "drawing", answer={"status": None}, gave_up=True)], "ends", Outcome.INCONCLUSIVE),
        ([poll(1, "done", **DONE)], "result", Outcome.PASS),
        ([poll(1, "done")], "result", Outcome.FAIL),
        ([poll(1, "broken")], "result", Outcome.UNTESTED),
    ],
)
def test_a_job_lives_as_documented(polls: list[Interaction], rule: str, outcome: Outcome) -> None:
    assert judged(SUBMITTED, *polls)[f"getClip.job.{rule}"].outcome is outcome


def test_a_forbidden_request_that_fails_later_is_refused_too_late() -> None:
    submitted = seen(0, 202, ACCEPTED, body={**BASE, "length": "3s"})
    found = judged(submitted, poll(1, "broken"))
    assert found["createClip.job.accept-then-fail"].outcome is Outcome.FAIL
    assert judged(submitted, poll(1, "done", **DONE))["createClip.job.accept-then-fail"].outcome is not Outcome.FAIL


@pytest.mark.parametrize(
    "status, outcome",
    [(404, Outcome.PASS), (200, Outcome.FAIL), (500, Outcome.INCONCLUSIVE), (429, Outcome.INCONCLUSIVE)],
)
def test_an_unknown_id_is_refused(status: int, outcome: Outcome) -> None:
    asked = seen(0, status, ACCEPTED if status == 200 else REFUSED, method="GET", path="/clips/no-such-job")
    assert judged(asked)["getClip.id.unknown"].outcome is outcome


# Media


@pytest.mark.parametrize(
    "changes, asked, claim, outcome",
    [
        ({}, {}, "video.container", Outcome.PASS),
        ({"container": "webm"}, {}, "video.container", Outcome.FAIL),
        ({"container": None, "fault": "cut short"}, {}, "video.container", Outcome.FAIL),
        ({"width": None, "height": None}, {}, "video.container", Outcome.FAIL),
        ({}, {}, "length.delivered", Outcome.PASS),
        ({"duration": 2.5}, {}, "length.delivered", Outcome.PASS),
        ({"duration": 2.6}, {}, "length.delivered", Outcome.FAIL),
        ({"duration": 8.4}, {"length": "8s"}, "length.delivered", Outcome.PASS),
        ({"duration": 4.0}, {"length": "8s"}, "length.delivered", Outcome.FAIL),
        ({}, {"ratio": "16:9"}, "ratio.delivered", Outcome.PASS),
        ({"width": 1248}, {"ratio": "16:9"}, "ratio.delivered", Outcome.PASS),
        ({"width": 1200}, {"ratio": "16:9"}, "ratio.delivered", Outcome.FAIL),
        ({}, {"ratio": "9:16"}, "ratio.delivered", Outcome.FAIL),
        ({}, {}, "ratio.delivered", Outcome.UNTESTED),
        ({}, {"resolution": "720p"}, "resolution.delivered", Outcome.PASS),
        ({"width": 1264, "height": 704}, {"resolution": "720p"}, "resolution.delivered", Outcome.PASS),
        ({"width": 1920, "height": 1080}, {"resolution": "720p"}, "resolution.delivered", Outcome.FAIL),
        ({}, {"sound": True}, "sound.delivered", Outcome.PASS),
        ({}, {"sound": False}, "sound.delivered", Outcome.FAIL),
        ({"audio_codec": None}, {"sound": True}, "sound.delivered", Outcome.FAIL),
        ({"peak": -20.0}, {"sound": True}, "sound.audible", Outcome.PASS),
        ({"peak": -60.0}, {"sound": True}, "sound.audible", Outcome.FAIL),
        ({"peak": -120.0}, {"sound": False}, "sound.audible", Outcome.UNTESTED),
        ({"audio_codec": None}, {"sound": True}, "sound.audible", Outcome.UNTESTED),
    ],
)
def test_the_file_is_what_was_asked_for(
    changes: dict[str, Any], asked: dict[str, Any], claim: str, outcome: Outcome
) -> None:
    assert judged(*delivered(replace(GOOD, **changes), **asked))[f"createClip.{claim}"].outcome is outcome


# Answers


@pytest.mark.parametrize(
    "interaction, claim, outcome",
    [
        (seen(0, 418, REFUSED, body=BASE), "createClip.response.documented", Outcome.FAIL),
        (seen(0, 200, ACCEPTED, body=BASE), "createClip.accepted.status", Outcome.FAIL),
        (seen(0, 202, ACCEPTED, body=BASE), "createClip.accepted.status", Outcome.PASS),
        (seen(0, 422, REFUSED, body={**BASE, "length": "3s"}), "createClip.invalid.status", Outcome.FAIL),
        (seen(0, 422, REFUSED, body={**BASE, "length": "3s"}), "createClip.length.enum", Outcome.PASS),
        (seen(0, 400, REFUSED, body={**BASE, "length": "3s"}), "createClip.invalid.status", Outcome.PASS),
        (seen(0, 400, b"<html>", body=BASE), "createClip.invalid.media-type", Outcome.FAIL),
        (seen(0, 202, b"", body=BASE), "createClip.accepted.media-type", Outcome.FAIL),
        (seen(0, 202, b"NaN", body=BASE), "createClip.accepted.media-type", Outcome.FAIL),
        (seen(0, 400, {"message": "no"}, body=BASE), "createClip.invalid.error.required", Outcome.FAIL),
        (seen(0, 400, REFUSED, body=b"{"), "createClip.body.malformed-json", Outcome.PASS),
        (seen(0, 202, ACCEPTED, body=b"{"), "createClip.body.malformed-json", Outcome.FAIL),
        (seen(0, 500, REFUSED, body=b"{"), "createClip.body.malformed-json", Outcome.INCONCLUSIVE),
        (seen(0, 429, REFUSED, body=b"{"), "createClip.body.malformed-json", Outcome.INCONCLUSIVE),
    ],
)
def test_answers_are_as_documented(interaction: Interaction, claim: str, outcome: Outcome) -> None:
    assert judged(interaction)[claim].outcome is outcome


@pytest.mark.parametrize(
    "headers, body, outcome",
    [
        ({}, b"{", Outcome.FAIL),
        ({"content-type": "application/json; charset=utf-8"}, b'{"a": NaN}', Outcome.FAIL),
        ({"content-type": "application/json"}, b'{"a": 1, "a": 1}', Outcome.INCONCLUSIVE),
        ({"content-type": "application/json"}, b"[" * 300 + b"]" * 300, Outcome.INCONCLUSIVE),
        ({"content-type": "application/json", "content-encoding": "br"}, b"\x0b", Outcome.INCONCLUSIVE),
        ({"content-type": "multipart/form-data; boundary=b"}, b"--b", Outcome.INCONCLUSIVE),
    ],
)
def test_only_a_body_that_is_sent_as_json_and_is_none_must_be_refused(
    headers: dict[str, str], body: bytes, outcome: Outcome
) -> None:
    taken = seen(0, 202, ACCEPTED, body=body)
    taken = replace(taken, request=replace(taken.request, headers={**taken.request.headers, **headers}))
    assert judged(taken)["createClip.body.malformed-json"].outcome is outcome


def test_a_body_that_is_not_json_may_have_been_refused_for_the_key() -> None:
    refused = seen(0, 400, REFUSED, body=b"{", key="none")
    assert judged(refused)["createClip.body.malformed-json"].outcome is Outcome.INCONCLUSIVE


def test_the_reason_why_a_claim_was_not_probed_reaches_the_verdict() -> None:
    found = judged(unprobed={"lantern.createClip.length.enum": "because"})
    assert found["createClip.length.enum"].reason == "because"


# Unshakeable


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(INTERACTIONS, max_size=6))
@example([seen(0, 202, ACCEPTED, body=DEEP.encode())])
@example([replace(seen(0, 202, ACCEPTED), request=Request(method="GET", url="http://[x"))])
def test_the_judge_never_raises_and_repeats_itself(interactions: list[Interaction]) -> None:
    once, again = judge(lantern(), interactions), judge(lantern(), interactions)
    assert once == again
    assert [v.claim.id for v in once] == list(lantern().claims)
    for verdict in once:
        assert verdict.outcome is not Outcome.ERROR, verdict.reason
        assert (verdict.outcome is Outcome.FAIL) is bool(verdict.divergences)
        assert verdict.reason or verdict.outcome in (Outcome.PASS, Outcome.FAIL)


def test_a_fault_of_ours_in_one_check_is_told_and_spoils_no_other() -> None:
    contract = lantern()
    seen_of_it = simulated(contract, []).go(plan(contract, models=["lantern-small"], simulated=True))
    name = "lantern.createClip.accepted.status"
    broken = replace(contract, claims={**contract.claims, name: replace(contract.claims[name], parameters={})})
    found = {verdict.claim.id: verdict for verdict in judge(broken, seen_of_it)}
    assert found[name].outcome is Outcome.ERROR
    assert found[name].reason == "the check accepted-status failed: KeyError: 'status'"
    assert all(v == found[v.claim.id] for v in judge(contract, seen_of_it) if v.claim.id != name)


@pytest.mark.parametrize("provider", PROVIDERS)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_answers_of_one_provider_do_not_shake_the_judge_of_another(provider: str, data: st.DataObject) -> None:
    contract = contract_of(provider)
    addressed = []
    for interaction in data.draw(st.lists(INTERACTIONS, max_size=4)):
        operation = data.draw(st.sampled_from(list(contract.operations.values())))
        url = contract.base_url + operation.path.replace("{", "").replace("}", "")
        addressed.append(replace(interaction, request=replace(interaction.request, method=operation.method, url=url)))
    assert [v.claim.id for v in judge(contract, addressed)] == list(contract.claims)


# Every check, both ways


@cache
def proofs() -> dict[str, tuple[str, str]]:
    """check → (provider, quirk) of the cheapest quirk that is said to break a claim with this check."""
    found: dict[str, tuple[str, str]] = {}
    for provider in sorted(PROVIDERS, key=lambda name: len(contract_of(name).models)):
        for quirk in known(provider).values():
            for glob in quirk.breaks:
                for name, claim in contract_of(provider).claims.items():
                    if name == glob:
                        found.setdefault(claim.check, (provider, quirk.name))
    return found


#: What no real provider's answers to a key show; tests/test_money.py proves these by a provider that does not exist.
MONEY = {f"money-{rule}" for rule in ("balance", "failed", "priced", "quoted", "repeated", "unbilled")}
#: What the documents promise nobody: these tell what was seen and never fail.
OBSERVATIONS = {"media-repeat", "media-difference"}
ELSEWHERE = {"contradiction"} | MONEY | OBSERVATIONS


def checks() -> Iterator[object]:
    """Every check that a real provider proves; those that only a large catalogue proves are slow."""
    for check in sorted(set(CHECKS) - ELSEWHERE):
        provider = proofs().get(check, ("", ""))[0]
        marks = [pytest.mark.slow] if provider and len(contract_of(provider).models) > 5 else []
        yield pytest.param(check, marks=marks)


@pytest.mark.parametrize("check", list(checks()))
def test_a_check_passes_an_honest_provider_and_catches_a_liar(check: str) -> None:
    provider, quirk = proofs()[check]
    contract = load(provider)
    failing = [
        name
        for name in killed(provider, quirk).killed_by
        if name in contract.claims and contract.claims[name].check == check
    ]
    assert failing
    model = next((m for m in contract.models if check.startswith(NEEDS) and takes(contract, m)), contract.default_model)
    honest = verdicts(provider, (model,))
    assert any(v.outcome is Outcome.PASS for v in honest if v.claim.check == check) or any(
        v.outcome is Outcome.PASS for v in verdicts_of_lantern() if v.claim.check == check
    )


#: Checks on what not every model does: the image of the last picture.
NEEDS = "media-last-frame-"


def takes(contract: Contract, model: str) -> bool:
    refused = f"{contract.submit.id}.return_last_frame.not-value@{model}"
    return f"{contract.provider}.{refused}" not in contract.claims


@cache
def verdicts_of_lantern() -> list[Verdict]:
    run = simulated(lantern(), [])
    made = plan(lantern(), simulated=True)
    run.go(made)
    return judge(lantern(), run.interactions, unprobed=made.unprobed)


def test_the_documents_disagree_whatever_was_seen() -> None:
    provider = "unified-v2"
    contract = load(provider)
    real = [replace(i, provenance=Provenance(origin=Origin.LIVE)) for i in played(provider, (contract.default_model,))]
    found = [v for v in judge(contract, real) if v.claim.check == "contradiction"]
    assert {v.outcome for v in found} == {Outcome.FAIL}
    assert all(v.divergences[0].direction is Direction.CONTRADICTION for v in found)
