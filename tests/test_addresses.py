"""Whose traffic is judged: the provider's wherever it is, and nobody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import lantern, seen
from hostile import BODY

from harness.contract.addresses import addresses
from harness.interaction import Interaction, Origin, Provenance
from harness.judge import judge
from harness.verdict import Outcome

ASKED = seen(0, 202, {"id": "j1", "status": "waiting"}, body=BODY)
POLLED = seen(1, 200, {"id": "j1", "status": "drawing"}, method="GET", path="/clips/j1")
STRANGE = seen(2, 200, {"id": "o1"}, body={"model": "somebody-elses"})


def at(base: str, interaction: Interaction) -> Interaction:
    url = interaction.request.url.replace("https://lantern.example/v1", base)
    return replace(interaction, request=replace(interaction.request, url=url))


def read(*interactions: Interaction) -> list[str | None]:
    where = addresses(lantern(), interactions)
    return [found[0].id if (found := where.match(each)) else None for each in interactions]


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:8700", "https://proxy.example/lantern/v1", "https://LANTERN.example:443/v1"]
)
def test_a_provider_is_where_its_models_are_submitted_to(base: str) -> None:
    assert read(at(base, ASKED), at(base, POLLED)) == ["createClip", "getClip"]


@pytest.mark.parametrize(
    "url",
    ["https://other.example/v1", "https://lantern.example/blog/v1", "https://lantern.example:8443/v1", "https://["],
)
def test_the_same_path_elsewhere_is_no_operation(url: str) -> None:
    assert read(ASKED, POLLED, at(url, POLLED), at(url, STRANGE)) == ["createClip", "getClip", None, None]


def test_a_catalogue_of_somebody_else_is_not_the_providers() -> None:
    assert read(at("https://other.example/v1", POLLED)) == [None]


def test_where_a_run_was_sent_to_and_where_a_simulator_answers_is_the_provider() -> None:
    there = at("http://127.0.0.1:8700", POLLED)
    live = Provenance(origin=Origin.LIVE, base_url="http://127.0.0.1:8700/")
    assert read(replace(there, provenance=live)) == ["getClip"]
    assert read(replace(there, provenance=Provenance(origin=Origin.SIMULATED))) == ["getClip"]


def test_where_nothing_else_is_known_a_model_may_be_a_new_one() -> None:
    strange = at("https://proxy.example", STRANGE)
    assert read(strange) == ["createClip"]
    assert read(strange, ASKED) == [None, "createClip"]


def test_nobody_elses_answers_are_judged() -> None:
    others = at("https://other.example/v3", seen(2, 418, {"title": "my film"}, method="GET", path="/clips/12345"))
    assert judge(lantern(), [ASKED, POLLED, others]) == judge(lantern(), [ASKED, POLLED])
    own = seen(2, 418, {"title": "my film"}, method="GET", path="/clips/12345")
    assert "lantern.getClip.response.documented" in {
        v.claim.id for v in judge(lantern(), [ASKED, POLLED, own]) if v.outcome is Outcome.FAIL
    }


def test_a_video_whose_address_looks_like_a_poll_is_a_video() -> None:
    link = "https://lantern.example/v1/clips/film.mp4"
    done = seen(1, 200, {"id": "j1", "status": "done", "video": link}, method="GET", path="/clips/j1")
    film = seen(2, 200, b"no film", method="GET", path="/clips/film.mp4", key=None)
    found = {v.claim.id.removeprefix("lantern."): v for v in judge(lantern(), [ASKED, done, film])}
    assert found["getClip.accepted.id.required"].outcome is Outcome.PASS
    (divergence,) = found["createClip.video.container"].divergences
    assert divergence.interaction == film and "j1" in divergence.summary
