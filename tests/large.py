"""A report as large as asked for: what many models, nightly, come to."""

from __future__ import annotations

import json
from typing import Any

from conftest import lantern

from harness.claim import Claim, Kind, Level, Source
from harness.interaction import Interaction, Origin, Provenance, Request, Response
from harness.report import entry, report
from harness.verdict import Direction, Divergence, Outcome, Verdict

_OTHERS = (Outcome.PASS, Outcome.UNTESTED, Outcome.NOT_APPLICABLE, Outcome.INCONCLUSIVE)
_REASON = "no request was recorded that breaks only this claim"


def large(number: int) -> dict[str, Any]:
    """``number`` verdicts on 300 models, a tenth of them divergences with their exchange."""
    return report([_entry(number)], generated_at="2026-11-21T12:00:00Z")


def _entry(number: int) -> dict[str, Any]:
    verdicts = [_verdict(each) for each in range(number)]
    return entry(lantern(), verdicts, [], mode="live", provenance=Origin.LIVE, cost_usd=0.0, extra={})


def _verdict(number: int) -> Verdict:
    field, model = f"field{number // 300}", f"maker/model-{number % 300}"
    claim = Claim(
        id=f"lantern.createClip.settings.{field}.enum@{model}",
        operation="createClip",
        kind=list(Kind)[number % len(Kind)],
        rule="enum",
        tokens=("settings", field),
        statement=f"`settings.{field}` is one of {number % 7}, {number % 11} or {number % 13} for {model}",
        source=Source(document="page", revision="2026-01-01", quote=f"{field}: one of {number % 1000}"),
        check="request",
        level=list(Level)[number % 3],
        model=model,
    )
    if number % 10:
        outcome = _OTHERS[number % 4]
        return Verdict(claim=claim, outcome=outcome, reason=None if outcome is Outcome.PASS else _REASON, witnesses=1)
    return Verdict(claim=claim, outcome=Outcome.FAIL, divergences=(_divergence(number, field, model),))


def _divergence(number: int, field: str, model: str) -> Divergence:
    body = {"model": model, "prompt": "A paper boat", "settings": {field: number}}
    seen = Interaction(
        name=f"live#{number}",
        request=Request(
            method="POST",
            url="https://lantern.example/v1/clips",
            headers={"content-type": "application/json", "authorization": "Bearer $KEY"},
            body=json.dumps(body).encode(),
        ),
        response=Response(status=202, body=json.dumps({"id": f"clip-{number}", "status": "waiting"}).encode()),
        provenance=Provenance(origin=Origin.LIVE, date="2026-11-21", base_url="https://lantern.example/v1"),
        elapsed=0.25,
    )
    return Divergence(
        direction=list(Direction)[number // 10 % len(Direction)],
        summary=f"`settings.{field}` {number} was accepted",
        expected="refused",
        observed="status 202",
        interaction=seen,
    )
