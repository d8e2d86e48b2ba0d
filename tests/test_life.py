"""What is promised of a job's life beyond its words: each claim passes and fails on exchanges that show it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from conftest import contract_of

from harness.interaction import (
    NO_KEY,
    Interaction,
    MediaFacts,
    Origin,
    Provenance,
    Request,
    Response,
    is_unissued,
    unissued_like,
)
from harness.judge import judge
from harness.probe.plan import plan
from harness.run.sources import simulated
from harness.simulator import chosen
from harness.verdict import Outcome

VIDEO = MediaFacts(size=9, sha256="0", container="mp4", duration=5.0, width=1280, height=720)
LINK = "https://files.example/1.mp4"
REFUSED, POOR = {"error": "no"}, "INSUFFICIENT_BALANCE"
PASS, FAIL, UNTESTED, INCONCLUSIVE = Outcome.PASS, Outcome.FAIL, Outcome.UNTESTED, Outcome.INCONCLUSIVE


def exchange(
    provider: str, operation: str, status: int | None, answer: Any = None, *, body: Any = None, job: str = "",
    url: str = "", method: str = "", headers: dict[str, str] | None = None,
) -> Interaction:  # fmt: skip
    """One exchange with an operation (``url`` and ``method`` for an address that is none)."""
    contract = contract_of(provider)
    if operation:
        known = contract.operations[operation]
        url = contract.base_url + known.path.partition("{")[0] + (job if "{" in known.path else "")
        method = known.method
    media = answer if isinstance(answer, MediaFacts) else None
    response = None
    if status is not None:
        kind = "video/mp4" if media else "application/json"
        content = b"" if media or answer is None else json.dumps(answer).encode()
        response = Response(status=status, headers={"content-type": kind, **(headers or {})}, body=content, media=media)
    return Interaction(
        name="test#0",
        request=Request(
            method=method, url=url, headers={"authorization": "Bearer $KEY"},
            body=b"" if body is None else json.dumps(body).encode(),
        ),
        response=response,
        provenance=Provenance(origin=Origin.LIVE, date="2026-01-01"),
    )  # fmt: skip


def held(provider: str, claim: str, *interactions: Interaction) -> Outcome:
    return next(v.outcome for v in judge(contract_of(provider), interactions) if v.claim.id == f"{provider}.{claim}")


# Venice: a link or a stream, three ways of deleting, consent, payment

ASKED = {"model": "seedance-2-0-text-to-video-basic", "prompt": "A boat", "duration": "5s", "aspect_ratio": "16:9"}
NAME = {"model": ASKED["model"], "queue_id": "q1"}
LINKED = exchange("venice", "queueVideo", 200, {**NAME, "download_url": LINK}, body=ASKED)
UNLINKED = exchange("venice", "queueVideo", 200, NAME, body=ASKED)
DELETED = exchange("venice", "completeVideo", 200, {"success": True}, body=NAME)


def retrieved(status: int | None, answer: Any, **more: Any) -> Interaction:
    return exchange("venice", "retrieveVideo", status, answer, body={**NAME, **more})


def working(milliseconds: Any, word: str = "PROCESSING") -> Interaction:
    return retrieved(200, {"status": word, "average_execution_time": 1, "execution_duration": milliseconds})


def link(method: str, status: int | None, answer: Any = None) -> Interaction:
    return exchange("venice", "", status, answer, url=LINK, method=method)


DONE = working(9, "COMPLETED")
CONSENT = {f"confirmed_{each}": True for each in ("terms_and_privacy", "legal_right", "screening_acknowledged")}
PICTURED = {**ASKED, "model": "seedance-2-0-image-to-video-basic", "image_url": "https://example.com/a.png"}
PICTURED.pop("aspect_ratio")
CONSENTED = {**PICTURED, "consents": {"seedance": CONSENT}}


def queued(status: int, body: Any, answer: Any = None, **headers: str) -> Interaction:
    told = {name.replace("_", "-"): each for name, each in headers.items()}
    return exchange(
        "venice", "queueVideo", status, answer or (NAME if status == 200 else REFUSED), body=body, headers=told
    )


@pytest.mark.parametrize(
    "claim, interactions, outcome",
    [
        ("retrieveVideo.job.progress", [UNLINKED, working(1), working(2)], PASS),
        ("retrieveVideo.job.progress", [UNLINKED, working(2), working(1)], FAIL),
        ("retrieveVideo.job.progress", [UNLINKED, working(2), working("soon"), working(True)], UNTESTED),
        ("retrieveVideo.job.streamed", [LINKED, DONE], PASS),
        ("retrieveVideo.job.streamed", [LINKED, retrieved(200, VIDEO)], FAIL),
        ("retrieveVideo.job.streamed", [UNLINKED, retrieved(200, VIDEO)], UNTESTED),
        ("retrieveVideo.job.served", [LINKED, DONE, link("GET", 200, VIDEO)], PASS),
        ("retrieveVideo.job.served", [LINKED, DONE, link("GET", 404)], FAIL),
        ("retrieveVideo.job.served", [LINKED, link("GET", 404), DONE], UNTESTED),
        ("retrieveVideo.job.served", [LINKED, link("GET", 404), DONE, link("GET", 404)], FAIL),
        ("retrieveVideo.job.served", [LINKED, DONE, link("GET", 403)], INCONCLUSIVE),
        ("retrieveVideo.job.served", [LINKED, DONE, link("GET", None)], INCONCLUSIVE),
        ("retrieveVideo.job.served", [LINKED, DONE, link("GET", 200, VIDEO), link("GET", 410)], PASS),
        ("retrieveVideo.job.served", [LINKED, DONE, link("DELETE", 204), link("GET", 410)], INCONCLUSIVE),
        ("completeVideo.job.deleted", [UNLINKED, DONE, DELETED, retrieved(404, REFUSED)], PASS),
        ("completeVideo.job.deleted", [UNLINKED, DONE, DELETED, retrieved(200, VIDEO)], FAIL),
        ("completeVideo.job.deleted", [UNLINKED, DONE, DELETED, retrieved(500, REFUSED)], INCONCLUSIVE),
        ("completeVideo.job.deleted", [UNLINKED, retrieved(200, VIDEO), DELETED], UNTESTED),
        (
            "retrieveVideo.delete_media_on_completion.deleted",
            [UNLINKED, retrieved(200, VIDEO, delete_media_on_completion=True), retrieved(404, REFUSED)],
            PASS,
        ),
        (
            "retrieveVideo.delete_media_on_completion.deleted",
            [UNLINKED, retrieved(200, VIDEO, delete_media_on_completion=True), retrieved(200, VIDEO)],
            FAIL,
        ),
        (
            "retrieveVideo.delete_media_on_completion.deleted",
            [UNLINKED, retrieved(200, VIDEO, delete_media_on_completion=False), retrieved(200, VIDEO)],
            UNTESTED,
        ),
        ("queueVideo.job.link-deleted", [LINKED, DONE, link("DELETE", 204), link("GET", 410)], PASS),
        ("queueVideo.job.link-deleted", [LINKED, DONE, link("DELETE", 204), link("GET", 200, VIDEO)], FAIL),
        ("queueVideo.job.link-deleted", [LINKED, DONE, link("DELETE", 500), link("GET", 200, VIDEO)], UNTESTED),
        ("queueVideo.accepted.model.echo", [UNLINKED], PASS),
        ("queueVideo.accepted.model.echo", [queued(200, ASKED, {**NAME, "model": "another"})], FAIL),
        ("queueVideo.consents.seedance.consented", [queued(409, PICTURED), queued(200, CONSENTED)], PASS),
        ("queueVideo.consents.seedance.consented", [queued(409, PICTURED), queued(409, CONSENTED)], FAIL),
        ("queueVideo.consents.seedance.consented", [queued(409, PICTURED), queued(400, CONSENTED)], FAIL),
        ("queueVideo.consents.seedance.consented", [queued(409, PICTURED), queued(402, CONSENTED)], INCONCLUSIVE),
        ("queueVideo.consents.seedance.consented", [queued(409, CONSENTED)], UNTESTED),
        ("queueVideo.consents.seedance.consented", [queued(409, ASKED), queued(409, CONSENTED)], UNTESTED),
        ("queueVideo.consent.media", [queued(409, PICTURED)], PASS),
        ("queueVideo.consent.media", [queued(409, ASKED)], FAIL),
        ("queueVideo.payment.insufficient", [queued(402, ASKED, {**REFUSED, "code": POOR})], PASS),
        ("queueVideo.payment.insufficient", [queued(402, ASKED, {"error": POOR})], PASS),
        ("queueVideo.payment.insufficient", [queued(402, ASKED)], FAIL),
        (
            "queueVideo.payment.headers.PAYMENT-REQUIRED.form",
            [queued(402, ASKED, payment_required=base64.b64encode(b"{}").decode())],
            PASS,
        ),
        ("queueVideo.payment.headers.PAYMENT-REQUIRED.form", [queued(402, ASKED, payment_required="e30")], FAIL),
        ("queueVideo.payment.headers.PAYMENT-REQUIRED.form", [queued(402, ASKED)], UNTESTED),
        ("queueVideo.accepted.headers.X-Balance-Remaining.absent", [UNLINKED], PASS),
        ("queueVideo.accepted.headers.X-Balance-Remaining.absent", [queued(200, ASKED, x_balance_remaining="4")], FAIL),
        ("retrieveVideo.id.unknown", [retrieved(404, REFUSED, queue_id=unissued_like("q1"))], PASS),
        ("retrieveVideo.id.unknown", [retrieved(400, REFUSED, queue_id=unissued_like("q1"))], FAIL),
    ],
)  # fmt: skip
def test_venice(claim: str, interactions: list[Interaction], outcome: Outcome) -> None:
    assert held("venice", claim, *interactions) is outcome


# The others: addresses before their time, of other jobs, echoes, reasons


def task(provider: str, status: str, **members: Any) -> Interaction:
    operation, name = ("getVideos", "id") if provider == "openrouter" else ("getVideo", "task_id")
    return exchange(provider, operation, 200, {name: "t1", "status": status, **members}, job="t1")


SUBMITTED = {
    "openrouter": ("createVideos", 202, {"id": "t1", "status": "pending"}),
    "relaydance": ("createVideo", 200, {"task_id": "t1", "status": "submitted"}),
    "unified-v2": ("createVideo", 200, {"task_id": "t1"}),
}
GIVEN = {"ratio": "16:9"}
router, relay, unified = (partial(task, provider) for provider in SUBMITTED)
HERE, OTHER, NONE = "/api/v1/videos/t1", "https://x/videos/t2", "http://[x"
ECHO, RISE = "getVideo.accepted.metadata.echo", "getVideo.job.progress"
THIRD = unified("QUEUED", progress="30%")


def content(status: int, answer: Any = None) -> Interaction:
    url = contract_of("openrouter").base_url + "/videos/t1/content"
    return exchange("openrouter", "", status, answer, url=url, method="GET")


NAMED, BILLED = "getVideos.job.result", "getVideos.money.cost-named"


@pytest.mark.parametrize(
    "provider, claim, polls, outcome",
    [
        ("openrouter", "getVideos.job.early", [router("in_progress")], PASS),
        ("openrouter", "getVideos.job.early", [router("in_progress", unsigned_urls=[LINK])], FAIL),
        ("openrouter", "getVideos.job.early", [router("completed", unsigned_urls=[LINK])], UNTESTED),
        ("openrouter", "createVideos.job.address", [router("pending", polling_url=HERE)], PASS),
        ("openrouter", "createVideos.job.address", [router("pending", polling_url=OTHER)], FAIL),
        ("openrouter", "createVideos.job.address", [router("pending", polling_url=NONE)], FAIL),
        ("openrouter", NAMED, [router("completed", unsigned_urls=[LINK])], PASS),
        ("openrouter", NAMED, [router("completed"), content(200, VIDEO)], PASS),
        ("openrouter", NAMED, [router("completed")], INCONCLUSIVE),
        ("openrouter", NAMED, [content(404, REFUSED), router("completed")], INCONCLUSIVE),
        ("openrouter", NAMED, [router("completed"), content(404, REFUSED)], FAIL),
        ("openrouter", BILLED, [router("completed", usage={"cost": 0.4})], PASS),
        ("openrouter", BILLED, [router("completed", usage={"cost": None, "is_byok": True})], INCONCLUSIVE),
        ("openrouter", BILLED, [router("completed")], FAIL),
        ("relaydance", "getVideo.job.early", [relay("running", url=LINK)], FAIL),
        ("relaydance", ECHO, [relay("running", metadata=GIVEN)], PASS),
        ("relaydance", ECHO, [relay("running", metadata={**GIVEN, "x": 1})], PASS),
        ("relaydance", ECHO, [relay("running", metadata={"ratio": "1:1"})], FAIL),
        ("relaydance", ECHO, [relay("running", metadata={})], FAIL),
        ("unified-v2", RISE, [THIRD, unified("SUCCESS", progress="100%")], PASS),
        ("unified-v2", RISE, [THIRD, unified("IN_PROGRESS", progress="3%")], FAIL),
        ("unified-v2", RISE, [THIRD, unified("FAILURE", progress="0%")], UNTESTED),
        ("unified-v2", "getVideo.job.reason", [unified("FAILURE", fail_reason="too dark")], PASS),
        ("unified-v2", "getVideo.job.reason", [unified("FAILURE", fail_reason="")], FAIL),
    ],
)  # fmt: skip
def test_the_others(provider: str, claim: str, polls: list[Interaction], outcome: Outcome) -> None:
    operation, status, answer = SUBMITTED[provider]
    body = {"model": contract_of(provider).default_model, "prompt": "A boat", "metadata": GIVEN}
    submitted = exchange(provider, operation, status, answer, body=body)
    assert held(provider, claim, submitted, *polls) is outcome


@pytest.mark.parametrize(
    "told, outcome",
    [
        ({"fps": 24, "content": [{"type": "text", "text": "a", "id": 1}]}, PASS),
        ({"fps": 25, "content": [{"type": "text", "text": "a"}]}, FAIL),
        ({"fps": 24, "content": [{"type": "text", "text": "b"}]}, FAIL),
        ({"fps": 24, "content": []}, FAIL),
        ({"fps": True, "content": [{"type": "text", "text": "a"}]}, FAIL),
    ],
)
def test_an_echo_says_the_same_in_whatever_spelling_and_may_say_more(told: Any, outcome: Outcome) -> None:
    metadata = {"fps": 24.0, "content": [{"type": "text", "text": "a"}]}
    operation, status, answer = SUBMITTED["relaydance"]
    submitted = exchange("relaydance", operation, status, answer, body={"prompt": "A boat", "metadata": metadata})
    assert held("relaydance", ECHO, submitted, relay("running", metadata=told)) is outcome


@pytest.mark.parametrize("status, outcome", [(200, PASS), (401, FAIL), (403, INCONCLUSIVE), (429, INCONCLUSIVE)])
def test_a_key_that_is_not_needed_is_missed_only_where_that_is_said(status: int, outcome: Outcome) -> None:
    asked = exchange("venice", "quoteVideo", status, {"quote": 0.5} if status == 200 else REFUSED, body=ASKED)
    keyless = replace(asked, request=replace(asked.request, headers={"authorization": NO_KEY}))
    assert held("venice", "quoteVideo.authorization.optional", keyless) is outcome


@pytest.mark.parametrize(
    "known", ["123e4567-e89b-12d3-a456-426614174000", "task_TA20QV69xGqQXapyyM3ynyB1elNki8pg", "j1", ""]
)
def test_an_id_that_no_job_has_looks_like_one_that_a_job_has(known: str) -> None:
    made = unissued_like(known)
    assert is_unissued(made) and not is_unissued(known)
    assert len(made) == len(known) or len(known) < 12
    assert [c for c in made[: len(known)] if not c.isalnum()] == [c for c in known if not c.isalnum()]


def test_consent_is_given_to_the_simulator_alone() -> None:
    """A 409 that no situation asked for is a provider's: nobody here attests anything to it."""
    contract = contract_of("venice")
    made = plan(contract, models=[contract.default_model], simulated=False)
    assert not any(probe.situation for probe in made.probes)
    run = simulated(contract, [])
    run.go(plan(contract, models=[contract.default_model], simulated=True))
    given = [i for i in run.interactions if i.purpose == "situation" and b"confirmed_legal_right" in i.request.body]
    assert len(given) == 1


@pytest.mark.parametrize("quirks, deleted", [((), 1), (("link-leads-nowhere",), 0)])
def test_a_link_is_deleted_once_and_only_where_a_video_came_from_it(quirks: tuple[str, ...], deleted: int) -> None:
    contract = contract_of("venice")
    run = simulated(contract, chosen("venice", quirks))
    run.go(plan(contract, models=[contract.default_model], simulated=True))
    assert [each.request.method for each in run.interactions].count("DELETE") == deleted
