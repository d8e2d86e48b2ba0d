"""What the run that a report is of does not fail for: a form that says what fails must not fail for more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from harness.json_text import Json
from harness.report import order

#: Says of an (entry, verdict) why it does not count; "" where it does.
Uncounted = Callable[[Json, Json], str]


def uncounted(report: Json) -> Uncounted:
    """Why a divergence, or a fault of ours, does not count in the run, as its gate says.

    Where the gate does not say (a report of before), all counts but simulated evidence beside real evidence.
    """
    entries = report["providers"]
    counted = report.get("gate", {}).get("counted")
    if counted is None:
        shown = any(not order.simulated(entry) for entry in entries)
        return lambda entry, verdict: _demonstrated(entry, shown)
    return partial(_why, counted, _diverging(entries, counted["demonstrations"]))


def _why(counted: Json, diverging: Mapping[tuple[str, str], int], entry: Json, verdict: Json) -> str:
    if why := _demonstrated(entry, counted["demonstrations"]):
        return why
    if verdict["outcome"] == "error":
        return "" if counted["faults"] else "this run fails for nothing"
    level, allowed = verdict["level"], counted["divergences"]
    if level not in allowed:
        return f"this run does not fail for {level}"
    fits = diverging[entry["provider"], level] <= allowed[level]
    return f"{allowed[level]:,} of level {level} may diverge" if fits else ""


def _demonstrated(entry: Json, demonstrations: bool) -> str:
    return "a demonstration on the simulator" if demonstrations and order.simulated(entry) else ""


def _diverging(entries: Iterable[Json], demonstrations: bool) -> Mapping[tuple[str, str], int]:
    """The claims of each (provider, level) that diverge where it counts, each once whatever the evidence."""
    claims: dict[tuple[str, str], set[str]] = {}
    for entry in entries:
        if not _demonstrated(entry, demonstrations):
            for verdict in order.having(entry, "fail"):
                claims.setdefault((entry["provider"], verdict["level"]), set()).add(verdict["claim"])
    return {key: len(each) for key, each in claims.items()}
