"""Judging never raises: any sequence of any interactions, for every provider and for the one that does not exist."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from anything import INTERACTIONS, JSON, MEDIA
from conftest import SLOWLY, contract_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.contract import Contract
from harness.contract.signature import Signature
from harness.interaction import (
    UNISSUED_ID,
    Arrival,
    Interaction,
    Malformed,
    Origin,
    Provenance,
    Response,
    unissued_like,
)
from harness.judge import judge
from harness.judge.evidence import Evidence
from harness.pointer import put, remove
from harness.probe.plan import plan
from harness.run.sources import simulated
from harness.verdict import Outcome

#: A few jobs, so that interactions meet in them; one that nobody has, and one like it.
JOBS = ("j1", "j2", UNISSUED_ID, unissued_like("j1"), "")
KEYS = ("none", "Bearer $KEY", "Bearer $WRONG_KEY", "Basic x", "")
ARRIVALS = st.none() | st.builds(
    Arrival, received=st.floats(), signature=st.sampled_from([None, "", *Signature]) | st.text(max_size=3)
)
ODD = JSON | st.sampled_from([None, [], {}, "", 0, -1, 1e308, True, 10**400, "https://files.example/j1.mp4", "50%"])


@cache
def honest(provider: str) -> tuple[Interaction, ...]:
    """What a run of one model saw: material whose every part is then changed."""
    contract = contract_of(provider)
    run = simulated(contract, [])
    run.go(plan(contract, models=[contract.default_model], simulated=True))
    return tuple(run.interactions)


def places(value: Any, tokens: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Where in a JSON object something could be something else."""
    found = [tokens] if tokens else []
    for name, inner in value.items() if isinstance(value, dict) else ():
        found += places(inner, (*tokens, name))
    return found


@st.composite
def changed(draw: st.DrawFn, body: bytes, document: Any) -> bytes:
    """A body with one or two of its members replaced, removed or added; or no JSON at all."""
    if not isinstance(document, dict) or draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from([body, b"", b"{", b"null", b"[]", b'"\\ud800"', b'{"a": NaN}', b"\xff"]))
    made = json.loads(json.dumps(document))
    for _ in range(draw(st.integers(0, 2))):
        tokens = draw(st.sampled_from(places(made) or [("x",)]))
        if draw(st.booleans()):
            remove(made, tokens)
        else:
            put(made, tokens, draw(ODD | st.sampled_from(JOBS)))
    return json.dumps(made).encode()


def renamed(text: str, known: tuple[str, ...], job: str) -> str:
    """The same about another job: every id of the run stands for one of a few."""
    for each in known:
        text = text.replace(each, job)
    return text


@st.composite
def told(draw: st.DrawFn, contract: Contract) -> Interaction:
    """An interaction of a real run with anything about it changed: job, key, status, bodies, file, direction."""
    made = draw(st.sampled_from(honest(contract.provider)))
    job = draw(st.sampled_from(JOBS))
    known = ids(contract.provider)
    request = replace(
        made.request,
        url=renamed(made.request.url, known, job),
        method=draw(st.sampled_from([made.request.method] * 5 + ["GET", "POST", "DELETE", "get", ""])),
        headers={**made.request.headers, "authorization": draw(st.sampled_from(KEYS))},
        body=renamed(made.request.body.decode(), known, job).encode(),
    )
    if draw(st.booleans()):
        request = replace(request, body=draw(changed(request.body, plain(request.json))))
    response = made.response and replace(
        made.response, body=renamed(made.response.body.decode("utf-8", "replace"), known, job).encode()
    )
    if response is not None and draw(st.booleans()):
        statuses = sorted({s for each in contract.operations.values() for s in each.answers}) + [0, 204, 299, 418, 599]
        response = Response(
            status=draw(st.sampled_from([response.status, *statuses])),
            headers={**response.headers, **draw(headers(contract))},
            body=draw(changed(response.body, plain(response.json))),
            media=draw(st.none() | st.just(response.media) | MEDIA),
        )
    return replace(
        made,
        request=request,
        response=draw(st.sampled_from([response] * 7 + [None])),
        provenance=draw(st.sampled_from([made.provenance, Provenance(origin=Origin.LIVE, abridged=True)])),
        gave_up=draw(st.booleans()),
        arrival=draw(ARRIVALS) if draw(st.integers(0, 9)) == 0 else made.arrival,
    )


def headers(contract: Contract) -> st.SearchStrategy[dict[str, str]]:
    named = {name.lower() for each in contract.operations.values() for a in each.answers.values() for name in a.headers}
    return st.dictionaries(
        st.sampled_from(sorted({"content-type", "content-length", "retry-after", *named})),
        st.sampled_from(["", "application/json", "video/mp4", "-1", "e30=", "{}", "\x00", "é"]),
        max_size=2,
    )


def plain(document: Any) -> Any:
    return None if isinstance(document, Malformed) else document


@cache
def ids(provider: str) -> tuple[str, ...]:
    """The ids of the run's jobs, longest first."""
    contract = contract_of(provider)
    found = Evidence(contract, honest(provider)).jobs
    return tuple(sorted((each for each in found if len(each) > 3), key=len, reverse=True))


@pytest.mark.parametrize("provider", [*SLOWLY, "lantern"])
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_sequence_of_anything_is_judged(provider: str, data: st.DataObject) -> None:
    contract = contract_of(provider)
    sequence = data.draw(st.lists(told(contract) | INTERACTIONS, max_size=12))
    if sequence:  # the same thing twice, as one object and as two
        again = data.draw(st.sampled_from(sequence))
        sequence += [again, replace(again)]
    sequence = data.draw(st.permutations(sequence))
    verdicts = judge(contract, sequence)
    assert [v.claim.id for v in verdicts] == list(contract.claims)
    for verdict in verdicts:
        assert verdict.outcome is not Outcome.ERROR
        assert (verdict.outcome is Outcome.FAIL) is bool(verdict.divergences)
        assert verdict.reason or verdict.outcome in (Outcome.PASS, Outcome.FAIL)
