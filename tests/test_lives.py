"""Which interaction tells of which job."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from conftest import lantern, seen
from hostile import BODY

from harness.contract import State, load
from harness.interaction import Interaction, MediaFacts, Response
from harness.judge import judge
from harness.judge.evidence import Evidence
from harness.verdict import Outcome, Verdict

FILM = MediaFacts(size=9, sha256="0" * 64, container="mp4", width=1280, height=720, duration=2.0)
LINK = "https://files.example/v.mp4?token=%5Bredacted{}%5D"


def asked(job: str = "j1", **more: Any) -> Interaction:
    return seen(0, 202, {"id": job, "status": "waiting"}, body={**BODY, **more})


def polled(status: str, job: str = "j1", **more: Any) -> Interaction:
    return seen(0, 200, {"id": job, "status": status, **more}, method="GET", path=f"/clips/{job}")


def fetched(url: str, status: int = 200, film: MediaFacts | None = FILM) -> Interaction:
    here = seen(0, 200, method="GET", key=None)
    return replace(here, request=replace(here.request, url=url), response=Response(status=status, media=film))


def numbered(*interactions: Interaction, recording: str = "test") -> list[Interaction]:
    return [replace(each, name=f"{recording}#{n}") for n, each in enumerate(interactions)]


def judged(interactions: list[Interaction]) -> dict[str, Verdict]:
    return {v.claim.id.removeprefix("lantern."): v for v in judge(lantern(), interactions)}


def files(interactions: list[Interaction]) -> dict[tuple[str, str], list[str]]:
    jobs = Evidence(lantern(), interactions).jobs
    return {key: [each.name for each in life.files] for key, life in jobs.items()}


# One id in two recordings


def test_a_job_that_is_submitted_in_two_recordings_is_two_jobs() -> None:
    first = numbered(asked(), polled("done", video="https://files.example/1"), recording="a")
    second = numbered(asked(), polled("waiting"), polled("broken", reason="x"), recording="b")
    assert judged([*first, *second])["getClip.job.terminal"].outcome is not Outcome.FAIL
    assert judged(numbered(*first, *second))["getClip.job.terminal"].outcome is Outcome.FAIL, "here it is one"


def test_a_recording_without_a_submission_goes_on_with_the_one_that_has_it() -> None:
    told = numbered(asked(), recording="a"), numbered(polled("done", video="https://files.example/1"), recording="b")
    rest = numbered(fetched("https://files.example/1"), recording="c")
    assert files([*told[0], *told[1], *rest]) == {("j1", "a"): ["c#0"]}
    again = numbered(asked(), recording="d")
    assert files([*told[0], *told[1], *again])[("j1", "b")] == [], "whose polls these are nobody can tell"


def test_a_number_as_an_id_is_the_job_that_its_address_asks_for() -> None:
    told = [asked(), polled("waiting", "12345"), polled("done", "12345", video="https://files.example/1")]
    answers = ({"id": 12345, "status": status, "video": "x"} for status in ("waiting", "waiting", "done"))
    numbers = [
        replace(each, response=replace(each.response, body=json.dumps(answer).encode()))
        for each, answer in zip(told, answers, strict=True)
        if each.response is not None
    ]
    found = judged(numbered(*numbers))
    assert found["createClip.accepted.id.type"].outcome is Outcome.FAIL
    assert found["createClip.accepted.status"].outcome is Outcome.PASS
    assert found["getClip.job.same-id"].outcome is found["getClip.job.ends"].outcome is Outcome.PASS
    another = replace(numbers[1], response=Response(status=200, body=b'{"id": 6, "status": "waiting"}'))
    assert judged(numbered(numbers[0], another))["getClip.job.same-id"].outcome is Outcome.FAIL


@pytest.mark.parametrize("name", ["true", "1.0", "null", "[1]", "9" * 5000])
def test_what_is_neither_text_nor_a_whole_number_names_no_job(name: str) -> None:
    told = asked()
    assert told.response is not None
    body = f'{{"id": {name}, "status": "waiting"}}'.encode()
    evidence = Evidence(lantern(), [replace(told, response=replace(told.response, body=body))])
    assert not evidence.jobs and not evidence.seen[0].accepted


# Whose file


@pytest.mark.parametrize("numbers, mine", [(("-1", "-2"), "-1"), (("", "-2"), "")])
def test_a_file_is_that_of_the_job_whose_link_it_came_from(numbers: tuple[str, str], mine: str) -> None:
    links = [LINK.format(number) for number in numbers]
    jobs = [each for n, link in enumerate(links) for each in (asked(f"j{n}"), polled("done", f"j{n}", video=link))]
    told = numbered(*jobs, fetched(LINK.format(mine)))
    assert files(told) == {("j0", "test"): ["test#4"], ("j1", "test"): []}


def test_a_link_that_two_jobs_share_blames_neither() -> None:
    link = LINK.format("")  # as older recordings have it
    bad = replace(FILM, container="webm")
    first, second = (asked("j1"), polled("done", "j1", video=link)), (asked("j2"), polled("done", "j2", video=link))
    alone = judged(numbered(*first, fetched(link, film=bad)))["createClip.video.container"]
    assert alone.outcome is Outcome.FAIL
    both = judged(numbered(*first, *second, fetched(link, film=bad)))["createClip.video.container"]
    assert both.outcome is Outcome.INCONCLUSIVE and "more than one job" in (both.reason or "")
    told = numbered(*first, fetched(link), *second)
    assert files(told)["j1", "test"] == ["test#2"], "only one had named it when it was fetched"


def test_a_placeholder_means_nothing_in_another_recording() -> None:
    told = numbered(asked(), polled("done", video=LINK.format("-1")), recording="a")
    assert files([*told, *numbered(fetched(LINK.format("-1")), recording="b")]) == {("j1", "a"): []}


# What HTTP itself answers


def ranged(headers: dict[str, str], span: str) -> Interaction:
    one = fetched("https://files.example/1", film=replace(FILM, container=None, fault="is cut off"))
    return replace(
        one,
        request=replace(one.request, headers={"authorization": "none", **headers}),
        response=replace(one.response, status=206, headers={"content-range": span}) if one.response else None,
    )


RANGE = {"range": "bytes=0-"}
DONE = (asked(), polled("done", video="https://files.example/1"))


def test_a_part_of_a_file_is_not_the_file_and_all_of_it_is() -> None:
    verdict = judged(numbered(*DONE, ranged(RANGE, "bytes 4-8/9")))["createClip.video.container"]
    assert verdict.outcome is Outcome.INCONCLUSIVE and "a part" in (verdict.reason or "")
    assert judged(numbered(*DONE, ranged(RANGE, "bytes 0-8/9")))["createClip.video.container"].outcome is Outcome.FAIL
    both = judged(numbered(*DONE, fetched("https://files.example/1"), ranged(RANGE, "bytes 4-8/9")))
    assert both["createClip.video.container"].outcome is Outcome.PASS


def test_a_redirect_leads_to_the_file() -> None:
    first, moved = fetched("https://files.example/1"), "https://cdn.example/1?token=%5Bredacted-1%5D"
    assert first.response is not None
    leads = (302, moved, moved), (307, "/2", "https://files.example/2"), (302, "https://[", "")
    for status, location, there in leads:
        led = replace(first, response=Response(status=status, headers={"location": location}))
        told = numbered(*DONE, led, *([fetched(there)] if there else []))
        assert files(told) == {("j1", "test"): [each.name for each in told[2:]]}
    plain = replace(first, response=Response(status=200, headers={"location": moved}))
    assert files(numbered(*DONE, plain, fetched(moved))) == {("j1", "test"): ["test#2"]}


@pytest.mark.parametrize(
    "status, sent, answered, outcome",
    [
        (206, RANGE, {}, Outcome.INCONCLUSIVE),
        (206, {}, {}, Outcome.FAIL),
        (304, {"if-none-match": "x"}, {}, Outcome.INCONCLUSIVE),
        (304, {}, {}, Outcome.FAIL),
        (301, {}, {"location": "https://lantern.example/v1/clips/j1"}, Outcome.INCONCLUSIVE),
        (301, {}, {}, Outcome.FAIL),
    ],
)
def test_what_http_answers_by_itself_needs_no_document(
    status: int, sent: dict[str, str], answered: dict[str, str], outcome: Outcome
) -> None:
    poll = polled("drawing")
    poll = replace(
        poll,
        request=replace(poll.request, headers={**poll.request.headers, **sent}),
        response=Response(status=status, headers=answered),
    )
    assert judged(numbered(asked(), poll))["getClip.response.documented"].outcome is outcome


# How it ended, where no word says failed and a refused poll does


WORDLESS = load("venice")
NAMES = {"model": "veo3-fast-text-to-video", "queue_id": "q1"}
STEPS = {
    "submitted": ("queue", 200, NAMES),
    "running": ("retrieve", 200, {"status": "PROCESSING", "average_execution_time": 1, "execution_duration": 1}),
    "film": ("retrieve", 200, None),
    "refused": ("retrieve", 400, {"error": "no"}),
    "limited": ("retrieve", 429, {"error": "no"}),
    "deleted": ("complete", 200, {"success": True}),
    "kept": ("complete", 500, {"error": "no"}),
}


@pytest.mark.parametrize(
    "course, ended",
    [
        ("submitted running refused", State.FAILED),
        ("submitted refused limited", State.FAILED),
        ("submitted film refused", State.SUCCEEDED),
        ("submitted film deleted refused", State.SUCCEEDED),
        ("submitted refused running film", State.SUCCEEDED),
        ("submitted refused running", None),
        ("submitted running deleted refused", None),
        ("submitted running kept refused", State.FAILED),
    ],
)
def test_a_refused_poll_ends_a_job_that_is_there(course: str, ended: State | None) -> None:
    told = []
    for step in course.split():
        path, status, answer = STEPS[step]
        one = seen(0, status, answer, body=NAMES | ({"prompt": "p", "duration": "4s"} if path == "queue" else {}))
        response = replace(one.response, media=FILM, body=b"") if answer is None and one.response else one.response
        url = f"{WORDLESS.base_url}/video/{path}"
        told.append(replace(one, request=replace(one.request, url=url), response=response))
    evidence = Evidence(WORDLESS, numbered(*told))
    (life,) = evidence.jobs.values()
    assert evidence.final(life) is ended
