"""Outcomes, directions and provenance in words that a newcomer understands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DIRECTIONS: Mapping[str, str] = {
    "accepts-forbidden": "Accepts what the documentation forbids",
    "refuses-permitted": "Refuses what the documentation permits",
    "ignores": "Accepts a setting, then ignores it",
    "undocumented-response": "Answers with something undocumented",
    "malformed-response": "The form of an answer is not as documented",
    "lifecycle": "The lifecycle of a job is not as documented",
    "media": "The video is not the one that was asked for",
    "money": "Prices or billing differ from the documentation",
    "webhook": "Webhooks differ from the documentation",
    "contradiction": "The documentation contradicts itself",
}

#: Gravest first, divergences that are excused apart from the others; the sentence completes "n claims …".
OUTCOMES: Mapping[str, str] = {
    "error": "could not be judged because of a harness fault",
    "fail": "diverge: behaviour and documentation disagree",
    "inconclusive": "were tried, and the answer could not tell",
    "waived": "diverge, and do not count until the day that a waiver names",
    "known": "diverge as before, and do not count: the baseline has them",
    "pass": "were confirmed",
    "untested": "were not reached by any request",
    "not-applicable": "are not declared for the model used",
}

#: After a number.
SHORT: Mapping[str, str] = {
    "error": "harness faults",
    "fail": "diverge",
    "inconclusive": "undecided",
    "waived": "waived",
    "known": "known",
    "pass": "confirmed",
    "untested": "not reached",
    "not-applicable": "not applicable",
}

LEVELS: Mapping[str, str] = {
    "MUST": "the documentation requires it",
    "SHOULD": "the documentation recommends or suggests it",
    "MAY": "the documentation leaves it open",
}

#: Where evidence is from: the kinds of provenance, and ``documents`` where nobody answered.
BADGES: Mapping[str, str] = {
    "live": "the provider itself answered",
    "published": "exchanges others made public",
    "documents": "the documents alone; nothing was observed",
    "simulated": "the harness's own simulator, not the provider",
}


def direction(name: str) -> str:
    """What a direction means; that something diverges where the word is not known here."""
    return DIRECTIONS.get(name, "Diverges")


def answered(entry: Mapping[str, Any]) -> bool:
    """Whether anybody answered a request, or sent a webhook."""
    requests = entry["requests"]
    return bool(requests.get("answered", requests["total"]) or requests.get("deliveries"))


def badge(entry: Mapping[str, Any], verdict: Mapping[str, Any] | None = None) -> str:
    """Which of BADGES an entry has, or a verdict of it: one on a contradiction rests on documents alone."""
    kind = str(entry["source"]["provenance"])
    read = verdict is not None and verdict["kind"] == "contradiction"
    return "documents" if kind != "simulated" and (read or not answered(entry)) else kind


def provenance(entry: Mapping[str, Any], verdict: Mapping[str, Any] | None = None) -> str:
    """One line on where the evidence is from, and how much of it is too old; no kind can be mistaken for another."""
    source, kind = entry["source"], badge(entry, verdict)
    when = [source["recorded"]] if source["recorded"] else []
    old = f", STALE: {source['stale']}" if source.get("stale") else ""
    if kind == "live":
        how = ["recorded"] if source["mode"] == "recorded" else []
        return " ".join(["LIVE", source["base_url"] or "(address not recorded)", *how, *when]) + old
    if kind == "documents":
        if answered(entry) or not entry["requests"]["total"]:
            return f"DOCUMENTS — {BADGES[kind]}"
        return f"DOCUMENTS — the documents alone: no request to {source['base_url'] or 'the provider'} was answered"
    return ", ".join([f"{kind.upper()} — {BADGES[kind]}", *(when if kind == "published" else [])]) + old


def age(verdict: Mapping[str, Any]) -> str:
    """How old the evidence of a stale verdict is; empty for any other."""
    return f"stale: its evidence is {number(verdict['age_days'], 'day')} old" if verdict.get("stale") else ""


def dollars(amount: float) -> str:
    """US dollars; fractions of a cent only where there is nothing else to show."""
    return f"${amount:,.2f}" if amount == 0 or amount >= 0.01 else f"${amount:.4f}"


def number(count: int, noun: str) -> str:
    """``1 request``, ``2,000 requests``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
