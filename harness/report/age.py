"""How old the evidence of verdicts is, and which of them are stale: marked, and no other for it."""

from __future__ import annotations

import datetime
from typing import Any

from harness.json_text import Json
from harness.report.words import number

#: Outcomes that rest on something that was observed.
_OBSERVED = frozenset({"pass", "fail", "inconclusive"})


def aged(report: Json, *, today: datetime.date, days: int) -> dict[str, Any]:
    """The report with every verdict marked whose newest evidence is more than ``days`` days old on ``today``.

    Marks of before are taken away. What has no date, as what documents say against themselves, has no age.
    """
    entries = [_aged(entry, today, days) for entry in report["providers"]]
    return {**report, "stale_after": {"days": days, "on": today.isoformat()}, "providers": entries}


def _aged(entry: Json, today: datetime.date, days: int) -> dict[str, Any]:
    verdicts = [_marked(verdict, _last(verdict, entry["source"]), today, days) for verdict in entry["verdicts"]]
    ages = [verdict["age_days"] for verdict in verdicts if "stale" in verdict]
    source = {name: said for name, said in entry["source"].items() if name != "stale"}
    if ages:
        source["stale"] = f"{number(len(ages), 'verdict')} older than {number(days, 'day')}, up to {max(ages):,}"
    return {**entry, "source": source, "verdicts": verdicts}


def _marked(verdict: Json, last: datetime.date | None, today: datetime.date, days: int) -> dict[str, Any]:
    plain = {name: said for name, said in verdict.items() if name not in ("stale", "age_days")}
    age = (today - last).days if last is not None else 0
    return plain | ({"stale": True, "age_days": age} if age > days else {})


def _last(verdict: Json, source: Json) -> datetime.date | None:
    """The day of its newest evidence; of a report older than these dates, that of all evidence together."""
    observed = verdict["outcome"] in _OBSERVED and verdict["kind"] != "contradiction"
    said = verdict.get("recorded", source["recorded"] if observed else None)
    try:
        return datetime.date.fromisoformat(said[-10:]) if said else None
    except ValueError:
        return None
