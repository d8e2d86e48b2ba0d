"""A job of the provider that does not exist, from its submission to its file, and what is judged of it."""

from __future__ import annotations

from typing import Any

from conftest import lantern, seen
from hostile import BODY

from harness.interaction import Interaction, MediaFacts, Origin, Provenance, Request, Response
from harness.judge import judge
from harness.verdict import Verdict

ACCEPTED = {"id": "j1", "status": "waiting"}
DONE = {"answer": {"video": "https://lantern.example/j1.mp4"}}
GOOD = MediaFacts(size=9, sha256="0", container="mp4", duration=2.0, width=1280, height=720, audio_codec="aac")


def judged(*interactions: Interaction, **more: Any) -> dict[str, Verdict]:
    return {v.claim.id.removeprefix("lantern."): v for v in judge(lantern(), interactions, **more)}


def poll(number: int, status: str, clip: str = "j1", **more: Any) -> Interaction:
    return seen(
        number, 200, {"id": clip, "status": status, **more.pop("answer", {})}, method="GET", path="/clips/j1", **more
    )


def delivered(facts: MediaFacts, **asked: Any) -> list[Interaction]:
    url = "https://lantern.example/j1.mp4"
    file = Interaction(
        name="test#9",
        request=Request(method="GET", url=url),
        response=Response(status=200, headers={"content-type": "video/mp4"}, media=facts),
        provenance=Provenance(origin=Origin.LIVE),
    )
    return [seen(0, 202, ACCEPTED, body={**BODY, **asked}), poll(1, "done", **DONE), file]
