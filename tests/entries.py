"""Any entries of a report, as Hypothesis draws them."""

from __future__ import annotations

import json
from typing import Any

from anything import JSON_OF_WORDS, WORDS
from hypothesis import strategies as st
from reports import contract

from harness.claim import Claim, Earlier, Kind, Level, PublicReport, Source
from harness.interaction import Interaction, MediaFacts, Origin, Provenance, Request, Response
from harness.report import entry
from harness.verdict import Direction, Divergence, Outcome, Verdict

_MAYBE = st.none() | WORDS
_BODIES = st.binary(max_size=40) | JSON_OF_WORDS.map(lambda value: json.dumps(value).encode()) | st.just(b"[" * 5_000)
_HEADERS = st.dictionaries(WORDS, WORDS, max_size=2) | st.just({"authorization": "Bearer $KEY"})
_SOURCES = st.builds(Source, document=WORDS, revision=WORDS, quote=WORDS, url=_MAYBE)
_CLAIMS = st.builds(
    Claim,
    id=WORDS,
    operation=WORDS,
    kind=st.sampled_from(Kind),
    rule=WORDS,
    tokens=st.lists(WORDS, max_size=2).map(tuple),
    statement=WORDS,
    source=_SOURCES,
    check=WORDS,
    level=st.sampled_from(Level),
    model=_MAYBE,
    history=st.lists(st.builds(Earlier, source=_SOURCES, value=JSON_OF_WORDS), max_size=1).map(tuple),
    reported=st.lists(
        st.builds(
            PublicReport,
            summary=WORDS,
            direction=WORDS,
            link=WORDS,
            date=WORDS,
            evidence=WORDS,
            asked=WORDS,
            model=_MAYBE,
        ),
        max_size=1,
    ).map(tuple),
)
_MEDIA = st.builds(
    MediaFacts, size=st.integers(0), sha256=WORDS, container=_MAYBE, duration=st.none() | st.floats(0, 9)
)
_RESPONSES = st.builds(Response, status=st.integers(100, 599), headers=_HEADERS, body=_BODIES, media=st.none() | _MEDIA)
_REQUESTS = st.builds(
    Request,
    method=st.sampled_from(["POST", "GET", "HEAD"]) | WORDS,
    url=WORDS | st.just("https://h/videos"),
    headers=_HEADERS,
    body=_BODIES,
)


def _interactions_of(origin: Origin) -> st.SearchStrategy[Interaction]:
    return st.builds(
        Interaction,
        name=WORDS,
        request=_REQUESTS,
        response=st.none() | _RESPONSES,
        provenance=st.builds(
            Provenance,
            origin=st.just(origin),
            date=_MAYBE,
            base_url=_MAYBE,
            link=_MAYBE,
            quirks=st.lists(WORDS, max_size=1).map(tuple),
            abridged=st.booleans(),
            note=_MAYBE,
        ),
        elapsed=st.none() | st.floats(0, 99),
        failure=_MAYBE,
    )


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    origin = draw(st.sampled_from(Origin))
    seen = _interactions_of(origin)
    divergences = st.builds(
        Divergence,
        direction=st.sampled_from(Direction),
        summary=WORDS,
        expected=WORDS,
        observed=WORDS,
        interaction=st.none() | seen,
    )
    verdicts = st.builds(
        Verdict,
        claim=_CLAIMS,
        outcome=st.sampled_from(Outcome),
        reason=_MAYBE,
        divergences=st.lists(divergences, max_size=2).map(tuple),
        witnesses=st.integers(0, 9),
    )
    return entry(
        contract(),
        draw(st.lists(verdicts, max_size=3)),
        draw(st.lists(seen, max_size=2)),
        mode=draw(st.sampled_from(["live", "recorded", "simulated"])),
        provenance=origin,
        cost_usd=draw(st.floats(0, 99)),
        extra={},
    )
