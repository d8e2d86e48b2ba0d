"""Small reports, made as a run makes them: of claims, exchanges and verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from words import HOSTILE

from harness.claim import Claim, Earlier, Kind, Level, PublicReport, Source
from harness.contract.model import Contract, Document, Exclusion, Job, Operation, Role, State
from harness.interaction import Interaction, Origin, Provenance, Request, Response
from harness.report import entry, report
from harness.verdict import Direction, Divergence, Outcome, Verdict


def contract(provider: str = "acme") -> Contract:
    submit = Operation(
        id="createVideo",
        method="POST",
        path="/videos",
        role=Role.SUBMIT,
        secured=True,
        body={},
        parameters=(),
        answers={},
    )
    return Contract(
        provider=provider,
        folder=Path(),
        title=provider.title(),
        base_url="https://api.example.com/v1",
        key_variable="ACME_API_KEY",
        documents={"page": Document(name="page", title="The page", revision="2026-01", url="https://example.com/doc")},
        operations={"createVideo": submit},
        job=Job(
            id=("id",),
            status=("status",),
            words={"done": State.SUCCEEDED},
            results=(),
            error=("error",),
            progress=("progress",),
            poll_seconds=5,
            deadline_seconds=900,
        ),
        models={},
        model_tokens=("model",),
        default_model="m",
        capabilities={},
        prices={},
        claims={},
        exclusions=(Exclusion(document="page", quote="q", reason="r"),),
        openapi={},
    )


def claim(id: str = "acme.createVideo.duration.enum", **more: Any) -> Claim:
    return Claim(
        **{
            "id": id,
            "operation": "createVideo",
            "kind": Kind.SHAPE,
            "rule": "enum",
            "tokens": ("duration",),
            "statement": "`duration` is one of 4, 8",
            "source": Source(document="page", revision="2026-01", quote="duration: 4 or 8 <seconds>"),
            "check": "request",
            **more,
        }
    )


def request(body: bytes = b'{"duration": 7}', **more: Any) -> Request:
    headers = {"content-type": "application/json", "authorization": "Bearer $KEY"}
    return Request(
        **{"method": "POST", "url": "https://api.example.com/v1/videos", "headers": headers, "body": body} | more
    )


def interaction(origin: Origin = Origin.LIVE, **more: Any) -> Interaction:
    return Interaction(
        **{
            "name": "cassette#1",
            "request": request(),
            "response": Response(status=200, headers={"content-type": "application/json"}, body=b'{"id": "j1"}'),
            "provenance": Provenance(origin=origin, date="2026-10-01T10:00:00Z", base_url="https://api.example.com/v1"),
            "elapsed": 0.25,
            **more,
        }
    )


def diverging(seen: Interaction | None, of: Claim | None = None, times: int = 1, **more: Any) -> Verdict:
    said = {"direction": Direction.ACCEPTS_FORBIDDEN, "summary": "7 was accepted", "expected": "400", "observed": "200"}
    divergence = Divergence(**{**said, **more}, interaction=seen)
    return Verdict(claim=of or claim(), outcome=Outcome.FAIL, divergences=(divergence,) * times)


def entry_of(
    verdicts: list[Verdict], interactions: list[Interaction] | None = None, origin: Origin = Origin.LIVE, **more: Any
) -> dict[str, Any]:
    given = interactions or [d.interaction for v in verdicts for d in v.divergences if d.interaction]
    settled = {"mode": "simulated" if origin is Origin.SIMULATED else "recorded", "cost_usd": 0.5, "extra": {}} | more
    return entry(settled.pop("contract", contract()), verdicts, given, provenance=origin, **settled)


def reported(*entries: dict[str, Any]) -> dict[str, Any]:
    return report(entries, generated_at="2026-11-21T12:00:00Z")


def sample() -> dict[str, Any]:
    known = claim(
        reported=(
            PublicReport(
                summary="also seen",
                direction="ignores",
                link="https://example.com/issue",
                date="2026-05-01",
                evidence="prose",
                asked="7",
            ),
            PublicReport(
                summary="a trap", direction="ignores", link="javascript:alert(1)", date="", evidence="prose", asked=""
            ),
        ),
        history=(Earlier(source=Source(document="old", revision="2025", quote="5 only"), value=[5]),),
    )
    live = entry_of(
        [
            diverging(interaction(), known, times=7),
            diverging(interaction(), claim("acme.createVideo.a", level=Level.SHOULD), direction=Direction.IGNORES),
            Verdict(claim=claim("acme.createVideo.b"), outcome=Outcome.PASS, witnesses=3),
            Verdict(claim=claim("acme.createVideo.c"), outcome=Outcome.UNTESTED, reason="nothing reached it"),
            Verdict(claim=claim("acme.createVideo.d"), outcome=Outcome.ERROR, reason="our own fault"),
        ]
    )
    simulated = entry_of([diverging(interaction(Origin.SIMULATED))], origin=Origin.SIMULATED)
    published = entry_of([diverging(interaction(Origin.PUBLISHED))], origin=Origin.PUBLISHED)
    return reported(simulated, published, live)


def hostile() -> dict[str, Any]:
    seen = interaction(
        request=request(headers={"x": HOSTILE}),
        response=Response(status=500, headers={HOSTILE: HOSTILE}, body=HOSTILE.encode("utf-8", "replace") * 20_000),
        failure=HOSTILE,
    )
    strange = claim(HOSTILE, operation=HOSTILE, statement=HOSTILE, model=HOSTILE)
    said: dict[str, Any] = {"summary": HOSTILE * 10_000, "expected": HOSTILE, "observed": HOSTILE}
    return reported(
        entry_of(
            [
                diverging(seen, strange, **said),
                Verdict(claim=claim("acme.x"), outcome=Outcome.INCONCLUSIVE, reason=HOSTILE),
                Verdict(claim=claim("acme.y"), outcome=Outcome.ERROR, reason=HOSTILE),
            ]
        )
    )


def saying(text: str, **more: Any) -> dict[str, Any]:
    """A report in which everything that others wrote is ``text``."""
    strange = claim(
        text,
        operation=text,
        statement=text,
        model=text,
        tokens=(text,),
        source=Source(document=text, revision=text, quote=text, url=text),
    )
    seen = interaction(name=text)
    made = entry_of(
        [
            diverging(seen, strange, summary=text, expected=text, observed=text, **more),
            Verdict(claim=claim("b"), outcome=Outcome.ERROR, reason=text),
            Verdict(claim=claim("c"), outcome=Outcome.UNTESTED, reason=text),
            Verdict(claim=claim("d"), outcome=Outcome.INCONCLUSIVE, reason=text),
        ],
        contract=contract(text),
    )
    simulated = entry_of([diverging(interaction(Origin.SIMULATED), strange, summary=text)], origin=Origin.SIMULATED)
    return {**reported(made, simulated), "generated_at": text, "harness_version": text}


def many(count: int, **more: Any) -> dict[str, Any]:
    return entry_of([diverging(interaction(), claim(f"acme.createVideo.f{i:05}", **more)) for i in range(count)])
