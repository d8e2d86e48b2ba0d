"""What decides about a run: waivers, a baseline, required claims and limits, laid over a report's entries.

Everything here is pure but the loaders. Entries are those of report.json; nothing given is changed, and no verdict's
outcome is: what is excused is marked at the verdict, as ``waived`` or ``known``.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.claim import Level
from harness.gate.baseline import Baseline, Known, dump, load_baseline, pruned, recognise, updated
from harness.gate.closing import closing
from harness.gate.gates import FAIL_ON, at_least, at_most, too_few, too_many
from harness.gate.remark import Matter, Remark
from harness.gate.requirements import Required, load_requirements, unmet
from harness.gate.seen import real
from harness.gate.waivers import Waiver, load_waivers
from harness.gate.waiving import waive
from harness.json_text import Json
from harness.verdict import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a run must keep to pass.

    ``fail_on`` says which levels may not diverge at all (``must``, ``should`` or ``never``); ``most`` gives a level
    a number of claims that may, and goes before it. ``least`` is the share of a level's claims that must be tested,
    in percent. ``where`` is the baseline's file.
    """

    fail_on: str = "must"
    most: Mapping[Level, int] = field(default_factory=dict)
    least: Mapping[Level, float] = field(default_factory=dict)
    waivers: Sequence[Waiver] = ()
    required: Sequence[Required] = ()
    baseline: Baseline | None = None
    where: str = ""

    @property
    def allowed(self) -> dict[Level, int]:
        """How many divergences each level may have; a level that is not here may have any number."""
        return {**FAIL_ON[self.fail_on], **self.most}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a gate made of a run: the entries, marked, what is to be said, and the exit code (0, 1 or 3)."""

    entries: Sequence[dict[str, Any]]
    remarks: Sequence[Remark]
    code: int

    def as_json(self) -> dict[str, Any]:
        """As report.json has it."""
        return {"passed": self.code == 0, "remarks": [remark.as_json() for remark in self.remarks]}


def decide(entries: Sequence[Json], gate: Gate, *, today: datetime.date, demonstrations: bool = False) -> Decision:
    """Mark what is excused and decide. ``demonstrations``: simulated evidence is shown and takes no part in this."""
    deciding = [entry for entry in entries if real(entry) or not demonstrations]
    waived, remarks = waive(deciding, gate.waivers, today=today)
    if gate.baseline is not None:
        waived, more = recognise(waived, gate.baseline, where=gate.where)
        remarks += more
    exceeded = too_many(waived, gate.allowed)
    # That a divergence fails a run goes without saying; a number that somebody chose does not.
    remarks += [remark for remark in exceeded if gate.most]
    remarks += [*too_few(waived, gate.least), *unmet(waived, gate.required)]
    left = iter(waived)
    shown = [next(left) if real(entry) or not demonstrations else dict(entry) for entry in entries]
    faults = gate.fail_on != "never" and any(
        verdict["outcome"] == Outcome.ERROR for entry in deciding for verdict in entry["verdicts"]
    )
    failed = bool(exceeded) or any(remark.fails for remark in remarks)
    return Decision(entries=shown, remarks=tuple(remarks), code=3 if faults else int(failed))


__all__ = [
    "FAIL_ON",
    "Baseline",
    "Decision",
    "Gate",
    "Known",
    "Matter",
    "Remark",
    "Required",
    "Waiver",
    "at_least",
    "at_most",
    "closing",
    "decide",
    "dump",
    "load_baseline",
    "load_requirements",
    "load_waivers",
    "pruned",
    "real",
    "updated",
    "waive",
]
