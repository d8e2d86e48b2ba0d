"""Reports to compare, as report.json has them, and the schema that what is told of two keeps."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from conftest import ROOT
from jsonschema import Draft202012Validator
from reports import reported

OUTCOMES = ["pass", "fail", "inconclusive", "untested", "not-applicable", "error"]
DIFF = Draft202012Validator(json.loads((ROOT / "schemas" / "diff.json").read_text(encoding="utf-8")))

Report = dict[str, Any]


def verdict(claim: str, outcome: str, *summaries: str, **more: Any) -> dict[str, Any]:
    """A verdict as report.json has it; a failed one diverges in some way or other."""
    said = summaries or (("7 was accepted",) if outcome == "fail" else ())
    return {
        "claim": claim,
        "operation": "createVideo",
        "pointer": "/duration",
        "kind": "shape",
        "level": "MUST",
        "model": None,
        "statement": "`duration` is one of 4, 8",
        "source": {"document": "page", "revision": "2026-01", "quote": "4 or 8"},
        "outcome": outcome,
        "reason": None if outcome in ("pass", "fail") else "because",
        "divergences": [
            {
                "direction": "accepts-forbidden",
                "summary": each,
                "expected": "400",
                "observed": "200",
                "interaction": None,
                "request": None,
                "response": None,
                "curl": None,
                "provenance": "live",
            }
            for each in said
        ],
    } | more


def entry(*verdicts: dict[str, Any], provider: str = "acme", provenance: str = "live", **source: Any) -> dict[str, Any]:
    counted = Counter(each["outcome"] for each in verdicts)
    return {
        "provider": provider,
        "source": {"mode": "recorded", "provenance": provenance, "base_url": None, "recorded": None} | source,
        "counts": {outcome: counted[outcome] for outcome in OUTCOMES},
        "requests": {"total": 1, "submitted": 0, "accepted": 0, "cost_usd": 0},
        "verdicts": list(verdicts),
    }


def one(outcome: str | None, *summaries: str, **more: Any) -> Report:
    """A report on one claim beside one that always passes; None: the claim is not there."""
    verdicts = [] if outcome is None else [verdict("acme.a", outcome, *summaries, **more)]
    return reported(entry(*verdicts, verdict("acme.z", "pass")))
