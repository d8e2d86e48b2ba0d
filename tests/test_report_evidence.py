"""What a report shows beside the verdict: the value at issue, suspects, jobs, latencies, and commands that work."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, lantern, seen
from reports import claim, diverging, entry_of, interaction, reported, request

from harness.claim import Kind
from harness.cli import main
from harness.interaction import Interaction, MediaFacts, Origin, Provenance, Response
from harness.judge import judge
from harness.probe.build import Builder
from harness.report import FORMATS, entry, layout, marks, pieces, reproduce
from harness.report import html as page
from harness.verdict import Outcome, Suspect

ROLE = claim(
    tokens=("content", "*", "role"),
    schema={"properties": {"content": {"items": {"properties": {"role": {"enum": ["first", "last"]}}}}}},
)


def lanterns(interactions: list[Interaction], **more: Any) -> dict[str, Any]:
    """An entry on the provider that does not exist."""
    verdicts = judge(lantern(), interactions)
    said: dict[str, Any] = {"mode": "live", "provenance": Origin.LIVE, "cost_usd": 0.0, "extra": {}}
    return entry(lantern(), verdicts, interactions, **(said | more))


def test_only_the_entry_that_breaks_a_claim_is_marked() -> None:
    assert marks.places(ROLE, {"content": [{"role": "first"}, {"role": "odd"}, {}]}) == ["/content/1/role"]


def test_every_value_is_marked_where_none_breaks_the_claim() -> None:
    body = {"content": [{"role": "first"}, {"role": "last"}]}
    assert marks.places(ROLE, body) == ["/content/0/role", "/content/1/role"]
    assert marks.places(ROLE, {"content": "none"}) == [] == marks.places(ROLE, ["content"])


def test_a_marked_value_stands_in_the_body_as_it_is_laid_out() -> None:
    body = {"a": [{"b/c": 1}, {"b/c": "<i>"}], "d": None}
    shown = layout.message({"method": "POST", "url": "u", "body": body, "marks": ["/a/1/b~1c"]})
    assert shown.count("<mark>") == 1 and "<mark>&#34;&lt;i&gt;&#34;</mark>" in shown
    assert json.loads(shown.striptags().partition(" ")[2].partition(" ")[2]) == body
    assert "<mark>" not in layout.message({"body": body, "marks": ["/nowhere", "nonsense"]})


def test_a_mark_beyond_what_is_shown_is_told_after_it() -> None:
    shown = layout.message({"body": {"many": list(range(5_000)), "bad": 7}, "marks": ["/bad"]})
    assert "the first 6,000 are shown" in shown and shown.endswith("<mark>\n… and at /bad: 7</mark>")


def test_a_claim_on_an_answer_marks_the_answer() -> None:
    answered = interaction(response=Response(status=200, body=b'{"status": "odd"}'))
    about = claim(kind=Kind.RESPONSE, tokens=("status",))
    (verdict,) = entry_of([diverging(answered, about)])["verdicts"]
    told = verdict["divergences"][0]
    assert told["response"]["marks"] == ["/status"] and "marks" not in told["request"]


def test_what_a_request_lacks_is_said() -> None:
    rendered = page.render(reported(entry_of([diverging(interaction(request=request(b"{}")))])))
    assert "Not in this request: <code>/duration</code>" in rendered


def test_suspects_are_named_with_their_values() -> None:
    suspects = (Suspect(("content", "*"), ("2 entries",)), Suspect(("size",), ('"<b>"',)))
    made = entry_of([diverging(interaction(), suspects=suspects)])
    assert made["verdicts"][0]["divergences"][0]["suspects"] == [
        {"field": "content[]", "values": ["2 entries"]},
        {"field": "size", "values": ['"<b>"']},
    ]
    assert "No accepted request had these values" in page.render(reported(made))


def test_an_undecided_claim_shows_the_exchange_that_left_it_open() -> None:
    valid = Builder(lantern(), lantern().submit).minimal(lantern().default_model)
    made = lanterns([seen(1, 400, {"reason": "no"}, body=valid)])
    undecided = [each for each in made["verdicts"] if each["outcome"] == "inconclusive"]
    assert undecided and all(each["unsettled"]["interaction"] == "test#1" for each in undecided)
    told = next(each["unsettled"] for each in undecided if "suspects" in each["unsettled"])
    assert [f"/{each['field']}" for each in told["suspects"]] == told["request"]["marks"]
    assert "Tried, and could not tell" in page.render(reported(made))


def job(
    *polls: tuple[int, Any], name: str = "c1", file: bool = False, elapsed: float | None = 0.5
) -> list[Interaction]:
    """A job of the provider that does not exist: submitted, polled, and its file if there is one."""
    made = [seen(0, 202, {"id": name, "status": "waiting"}, body={"model": "l-1"}, elapsed=elapsed)]
    for number, (status, answer) in enumerate(polls, 1):
        path = f"/clips/{name}"
        made.append(seen(number, status, answer, method="GET", path=path, elapsed=elapsed))
    if file:
        facts = MediaFacts(size=9, sha256="00", container="mp4")
        fetched = seen(99, 200, {}, method="GET", path="/files/x.mp4", elapsed=elapsed)
        made.append(replace(fetched, response=Response(status=200, media=facts)))
    return made


DRAWING = (200, {"id": "c1", "status": "drawing"})
DONE = (200, {"id": "c1", "status": "done", "video": "https://lantern.example/v1/files/x.mp4"})


def test_a_job_is_told_from_its_submission_to_its_file() -> None:
    made = lanterns(job(DRAWING, DRAWING, DONE, file=True))
    (told,) = made["jobs"]
    words = [(poll["word"], poll["state"], poll["times"], poll["at"]) for poll in told["polls"]]
    assert words == [("drawing", "running", 2, 1.5), ("done", "succeeded", 1, 2.0)]
    assert (told["submitted"], told["ended"], told["downloaded"], told["poll_count"]) == (0.5, "succeeded", 2.5, 3)
    rendered = page.render(reported(made))
    assert (
        'aria-label="submitted 0.50 s, then drawing ×2 1.50 s, then done 2.00 s, then video fetched 2.50 s"' in rendered
    )


def test_polls_that_were_refused_for_their_key_are_not_part_of_a_job() -> None:
    (told,) = lanterns(job(DRAWING, (401, {}), (404, {}), (503, {}), DONE))["jobs"]
    assert [poll["status"] for poll in told["polls"]] == [200, 503, 200]


def test_a_job_that_was_given_up_ends_there() -> None:
    polls = job(DRAWING, DRAWING, (429, {}))
    polls[2] = replace(polls[2], gave_up=True)
    (told,) = lanterns(polls)["jobs"]
    assert (told["poll_count"], told["gave_up"], told["ended"]) == (2, True, None)


def test_a_recording_that_kept_no_times_shows_an_order() -> None:
    (told,) = lanterns(job(DRAWING, DONE, elapsed=None))["jobs"]
    assert told["submitted"] is None and all(poll["at"] is None for poll in told["polls"])


def test_of_many_jobs_the_first_of_each_course_is_told() -> None:
    usual = [each for number in range(50) for each in job(DRAWING, DONE, name=f"c{number}")]
    made = lanterns(usual + job((200, {"status": "broken"}), name="odd"))
    assert made["job_count"] == 51 and len(made["jobs"]) == 30
    assert made["jobs"][0]["alike"] == 50 and made["jobs"][-1]["ended"] == "failed"


def test_latency_is_by_operation_and_left_out_where_no_time_passed() -> None:
    made = lanterns([replace(each, elapsed=number) for number, each in enumerate(job(*[DRAWING] * 10), 1)])
    poll = next(each for each in made["latency"] if each["operation"] == "getClip")
    assert (poll["count"], poll["p50"], poll["p90"], poll["p99"], poll["max"]) == (10, 6, 10, 11, 11)
    assert "latency" not in lanterns(job(DRAWING, elapsed=0.0))
    assert "Slowest" in page.render(reported(made))


def test_a_poster_frame_is_shown_if_it_is_a_small_picture() -> None:
    assert page.poster({"poster": "data:image/png;base64,iVBORw0KGgo="})
    for bad in (
        "data:image/svg+xml;base64,AAAA",
        "https://example.com/x.png",
        "data:image/png;base64,A" + "A" * 20_000,
        3,
    ):
        assert page.poster({"poster": bad}) is None
    assert page.poster({}) is None


def test_simulated_evidence_is_run_again_with_its_quirks() -> None:
    simulated = Provenance(origin=Origin.SIMULATED, quirks=("a-quirk",))
    made = entry_of([diverging(interaction(provenance=simulated))], origin=Origin.SIMULATED)
    verdict = made["verdicts"][0]
    told = [command for _, command in reproduce.commands(made, verdict, verdict["divergences"][0])]
    assert told == [
        "harness explain acme.createVideo.duration.enum",
        "harness check acme --simulated --quirk a-quirk",
    ]


def test_a_live_run_is_repeated_at_its_address_and_under_a_budget() -> None:
    made = entry_of([diverging(interaction())], mode="live")
    verdict = made["verdicts"][0]
    purpose, command = reproduce.commands(made, verdict, verdict["divergences"][0])[-1]
    assert command == "harness check acme --live --base-url https://api.example.com/v1 --budget 5"
    assert "costs money" in purpose


@pytest.mark.slow
def test_commands_of_the_recordings_work(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(ROOT)
    main(["check", "--recorded", "--cassettes", "cassettes", "--out", str(tmp_path), "--format", "json"])
    made = json.loads((tmp_path / "report.json").read_text())
    commands = {
        shlex.split(command)[1]: command
        for each in made["providers"]
        for verdict in each["verdicts"]
        for divergence in verdict["divergences"]
        for _, command in reproduce.commands(each, verdict, divergence)
    }
    assert set(commands) == {"explain", "lint", "judge"}
    for command in commands.values():
        assert main(shlex.split(command)[1:]) in (0, 1), command
    assert capsys.readouterr().err.startswith("Passes (exit code 0).")


@pytest.mark.parametrize("name", FORMATS)
def test_the_pieces_of_a_format_are_its_text(name: str) -> None:
    made = reported(entry_of([diverging(interaction())]), lanterns(job(DRAWING, DONE)))
    assert "".join(pieces(name, made)) == FORMATS[name](made)


def test_only_the_gravest_findings_are_laid_out_and_all_are_found() -> None:
    many = [diverging(interaction(), claim(f"acme.createVideo.f{number}.enum")) for number in range(page.FINDINGS + 9)]
    rendered = page.render(reported(entry_of(many)))
    assert rendered.count('<details class="finding') == page.FINDINGS
    assert "9 more claims diverge" in rendered
    assert rendered.count('.enum"]') == len(many), "every claim stands in the data block"


def test_a_verdict_carries_what_left_it_open_only_if_it_is_open() -> None:
    for verdict in judge(lantern(), job(DRAWING, DONE)):
        assert (verdict.unsettled is not None) == (verdict.outcome is Outcome.INCONCLUSIVE)
