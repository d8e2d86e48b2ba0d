"""SARIF 2.1.0, as code scanning reads it: a rule per claim that failed, a result per failure.

What is waived or known is a result that is suppressed, with its justification.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from harness.json_text import Json
from harness.report import excused, order, words
from harness.report.place import spec
from harness.report.safe import plain

#: GitHub refuses a run with more; real evidence comes first, so that it is kept.
RESULTS = 25_000
#: Of one text.
SHOWN = 1_000

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"MUST": "error", "SHOULD": "warning", "MAY": "note"}
_WEB = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*")
_HALF_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def render(report: Json) -> str:
    """The failures as SARIF, all ASCII. What the simulator did is information, never an alert about a provider."""
    rules: dict[str, dict[str, Any]] = {}
    numbers: dict[str, int] = {}
    results: list[dict[str, Any]] = []
    left = 0
    compared = any(order.counts(entry)["known"] for entry in report["providers"])
    for entry, direction, verdict in _failures(report):
        if len(results) == RESULTS:
            left += 1
            continue
        name = plain(verdict["claim"], SHOWN)
        if name not in rules:
            numbers[name] = len(rules)
            rules[name] = _rule(name, entry, verdict)
        made = _result(name, numbers[name], entry, direction, verdict)
        results.append(made | _suppressed(verdict) | (_compared(verdict) if compared else {}))
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "harness",
                        "version": plain(report["harness_version"], 100),
                        "rules": list(rules.values()),
                    }
                },
                "automationDetails": {"id": "harness/"},
                "invocations": [_invocation(report, left)],
                "columnKind": "unicodeCodePoints",
                "results": results,
                "properties": {"generated_at": plain(report["generated_at"], 100), "left_out": left},
            }
        ],
    }
    return json.dumps(log, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def fingerprint(claim: str, provenance: str) -> str:
    """What makes a result the same one from run to run: its claim, and where the evidence is from."""
    return hashlib.sha256(json.dumps([claim, provenance]).encode()).hexdigest()[:32]


def _failures(report: Json) -> Iterator[tuple[Json, str, Json]]:
    for entry in report["providers"]:
        for (_, direction), verdicts in order.excused_last(entry):
            for verdict in verdicts:
                yield entry, direction, verdict


def _rule(name: str, entry: Json, verdict: Json) -> dict[str, Any]:
    source = verdict["source"]
    told = "\n\n".join(
        [
            plain(verdict["statement"], SHOWN),
            f"“{plain(source['quote'], SHOWN)}”",
            f"{plain(source.get('title') or source['document'], SHOWN)} ({plain(source['revision'], 200)})",
            f"{verdict['level']}: {words.LEVELS[verdict['level']]}.",
            f"harness explain {name}",
        ]
    )
    rule = {
        "id": name,
        "shortDescription": {"text": _text(verdict["statement"]) or name or "-"},
        "fullDescription": {"text": _text(f"“{plain(source['quote'], SHOWN)}”")},
        "help": {"text": _message(told)},
        "defaultConfiguration": {"level": "note" if order.simulated(entry) else _LEVELS[verdict["level"]]},
        "properties": {"tags": [verdict["kind"], verdict["level"]], "kind": verdict["kind"], "level": verdict["level"]},
    }
    url = source.get("url")
    if isinstance(url, str) and _WEB.fullmatch(url) and not _HALF_ESCAPE.search(url) and url.count("#") < 2:
        rule["helpUri"] = url
    return rule


def _result(name: str, number: int, entry: Json, direction: str, verdict: Json) -> dict[str, Any]:
    provider, simulated = plain(entry["provider"], 200), order.simulated(entry)
    operation = plain(verdict["operation"], SHOWN)
    path, line = spec(entry, verdict)
    identity = fingerprint(verdict["claim"], entry["source"]["provenance"])
    said = [f"{words.direction(direction)}: {plain(order.summary(verdict), SHOWN)}"]
    for each in verdict["divergences"][:1]:
        said += [f"Expected: {plain(each['expected'], SHOWN)}", f"Observed: {plain(each['observed'], SHOWN)}"]
    said.append(f"Evidence: {plain(words.provenance(entry, verdict), SHOWN)}")
    pointer = plain(verdict["pointer"], SHOWN)
    logical = [{"name": operation, "fullyQualifiedName": f"{provider}.{operation}", "kind": "function"}]
    if pointer:
        logical.append(
            {
                "name": pointer.rpartition("/")[2],
                "fullyQualifiedName": f"{provider}.{operation}{pointer}",
                "kind": "property",
            }
        )
    return {
        "ruleId": name,
        "ruleIndex": number,
        # Anything but a failure has the level none: section 3.27.10 of the standard.
        "kind": "informational" if simulated else "fail",
        "level": "none" if simulated else _LEVELS[verdict["level"]],
        "message": {"text": _message("\n".join(said))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": path, "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": line},
                },
                "logicalLocations": logical,
            }
        ],
        # Code scanning goes by the second name only. Left to itself, it takes a hash of the line, which makes one alert
        # of what was seen at a provider and what the simulator did about the same claim.
        "partialFingerprints": {"harnessClaim/v1": identity, "primaryLocationLineHash": identity},
        "properties": {
            "provenance": entry["source"]["provenance"],
            "provider": provider,
            "operation": operation,
            "pointer": pointer,
            "kind": verdict["kind"],
            "level": verdict["level"],
            "direction": direction or None,
            "model": None if verdict["model"] is None else plain(verdict["model"], 200),
            "divergence_count": verdict.get("divergence_count", len(verdict["divergences"])),
            **({"stale": True, "age_days": verdict["age_days"]} if verdict.get("stale") else {}),
        },
    }


def _suppressed(verdict: Json) -> dict[str, Any]:
    why = excused.why(verdict)
    if not why:
        return {}
    said = _text(f"{excused.mark(verdict)} {why}")
    return {"suppressions": [{"kind": "external", "status": "accepted", "justification": said}]}


def _compared(verdict: Json) -> dict[str, str]:
    """The standard wants it of all results or of none: section 3.27.24."""
    return {"baselineState": "unchanged" if excused.mark(verdict) == "known" else "new"}


def _invocation(report: Json, left: int) -> dict[str, Any]:
    faults = sum(len(order.having(entry, "error")) for entry in report["providers"])
    notes = [("error", _message(excused.told(each))) for each in excused.remarks(report) if each["fails"]]
    if faults:
        notes.append(("error", f"{words.number(faults, 'claim')} could not be judged through a fault of the harness."))
    if left:
        notes.append(("warning", f"{words.number(left, 'further failure')} left out: see report.json."))
    return {
        "executionSuccessful": not faults,
        "toolExecutionNotifications": [{"level": level, "message": {"text": text}} for level, text in notes],
    }


def _text(text: object) -> str:
    return _message(plain(text, SHOWN))


def _message(text: str) -> str:
    """Text in which nothing is a placeholder (braces are doubled, as the standard asks) or an embedded link."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")
