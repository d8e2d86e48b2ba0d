"""A baseline: the divergences known at one time, generated from reports, so that only what is new fails a run.

It is keyed on claim, provenance and direction, never on a status code: a claim that diverges another way than before
is new, and what the simulator does is not known of a provider. It holds divergences alone, so that what could not be
told (inconclusive, error) is never taken into it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.contract.files import read
from harness.errors import GateError
from harness.gate.remark import Matter, Remark
from harness.gate.seen import decisive, directions, diverges, marked
from harness.json_text import Json
from harness.verdict import Outcome

BASELINE_VERSION = 1


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """One known divergence. ``since`` is the day of the report in which it was first seen, ISO 8601."""

    claim: str
    provenance: str
    direction: str
    since: str = field(compare=False)

    @property
    def provider(self) -> str:
        return self.claim.partition(".")[0]


#: Each divergence once, in order.
Baseline = tuple[Known, ...]


def load_baseline(path: Path) -> Baseline:
    """A baseline, whose form is ``schemas/baseline.json``. Raises GateError with file, line and remedy."""
    if not path.exists():
        raise GateError(
            "there is no such baseline", where=str(path), hint=f"harness baseline update REPORT.json --baseline {path}"
        )
    file = read(path, "baseline", GateError)
    found: set[Known] = set()
    for number, said in enumerate(file.content["divergences"]):
        known = Known(**said)
        if known in found:
            hint = "Keep one of the two: a merge may have left both."
            raise file.fault(f"{known.claim} ({known.direction}) appears twice", "divergences", number, hint=hint)
        found.add(known)
    return tuple(sorted(found))


def dump(baseline: Iterable[Known]) -> str:
    """The file's text: one divergence to a line and in order, so that a change is one line in a review."""
    rows = ",\n".join(f"  {json.dumps(asdict(known))}" for known in sorted(baseline))
    listed = f"[\n{rows}\n ]" if rows else "[]"
    return f'{{\n "baseline_version": {BASELINE_VERSION},\n "divergences": {listed}\n}}\n'


def updated(baseline: Baseline, reports: Iterable[Json]) -> Baseline:
    """The baseline and what diverges in the reports. What a waiver excuses stays with the waiver."""
    found = {known: known for known in baseline}
    for report in reports:
        for entry in decisive(report["providers"]):
            for verdict in filter(diverges, entry["verdicts"]):
                if "waived" not in verdict:
                    for known in _known(entry, verdict, report["generated_at"][:10]):
                        found.setdefault(known, known)
    return tuple(sorted(found))


def pruned(baseline: Baseline, reports: Iterable[Json]) -> Baseline:
    """The baseline without what is gone by the reports; what they do not tell of stays."""
    missing = set(gone(baseline, [entry for report in reports for entry in decisive(report["providers"])]))
    return tuple(known for known in baseline if known not in missing)


def gone(baseline: Baseline, entries: Sequence[Json]) -> Baseline:
    """What of the baseline was seen not to diverge that way any more: its claim passes, diverges otherwise, or is gone.

    A claim that was not reached, or could not be told, is not gone.
    """
    present = {_place(entry) for entry in entries}
    outcomes: dict[tuple[str, str], set[str]] = {}
    still: set[Known] = set()
    for entry in entries:
        for verdict in entry["verdicts"]:
            outcomes.setdefault((verdict["claim"], entry["source"]["provenance"]), set()).add(verdict["outcome"])
            if diverges(verdict):
                still.update(_known(entry, verdict, ""))
    found = []
    for known in baseline:
        if (known.provider, known.provenance) in present and known not in still:
            seen = outcomes.get((known.claim, known.provenance))
            if seen is None or seen & {Outcome.PASS, Outcome.FAIL}:
                found.append(known)
    return tuple(found)


def recognise(entries: Sequence[Json], baseline: Baseline, *, where: str) -> tuple[list[dict[str, Any]], list[Remark]]:
    """The entries with ``known`` at every verdict whose divergences are all in the baseline, and what is gone of it.

    ``where`` is the baseline's file. A verdict that a waiver excuses is left to it.
    """
    held = {known: known for known in baseline}

    def mark(entry: Json, verdict: Json) -> Json | None:
        if not diverges(verdict) or "waived" in verdict:
            return None
        seen = _known(entry, verdict, "")
        if not seen or not held.keys() >= seen:
            return None
        return {"known": {"since": min(held[each].since for each in seen), "where": where}}

    missing = gone(baseline, entries)
    remarks = []
    if missing:
        names = ", ".join(f"{each.claim} ({each.direction})" for each in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        text = f"of the baseline, {names}{more} no longer diverge{'s' if len(missing) == 1 else ''} that way; "
        text += f"take out what is gone: harness baseline prune REPORT.json --baseline {where}"
        remarks.append(Remark(matter=Matter.BASELINE_GONE, text=text, where=where))
    return list(marked(entries, mark)), remarks


def _known(entry: Json, verdict: Json, since: str) -> set[Known]:
    provenance = entry["source"]["provenance"]
    return {Known(verdict["claim"], provenance, direction, since) for direction in directions(verdict)}


def _place(entry: Json) -> tuple[str, str]:
    return entry["provider"], entry["source"]["provenance"]
