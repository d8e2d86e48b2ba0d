"""A requirement set: a frozen list of claims that must be tested and pass, whatever else a run finds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import document
from harness.contract import providers
from harness.contract.files import read
from harness.errors import GateError, UnknownName, nearest
from harness.gate.remark import Matter, Remark
from harness.json_text import Json
from harness.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Required:
    """A claim that must be tested and pass. ``where`` is its place as ``file:line``."""

    claim: str
    where: str = ""

    @property
    def provider(self) -> str:
        return self.claim.partition(".")[0]


def load_requirements(path: Path, known: Collection[str] | None = None) -> list[Required]:
    """The claims of a file, whose form is ``schemas/requirements.json``.

    ``known`` are the providers there are, unless it is those of ``specs/``. Raises GateError with file and line for
    what is malformed or appears twice, and UnknownName for a provider that does not exist.
    """
    file = read(path, "requirements", GateError)
    names = providers() if known is None else known
    found: dict[str, Required] = {}
    for claim, (line, _) in zip(file.content, document.Lines(file.text).items(), strict=True):
        each = Required(claim, f"{path}:{line}")
        if claim in found:
            raise GateError(
                f"{claim!r} appears twice; first at {found[claim].where}",
                where=each.where,
                hint="Delete one of the two.",
            )
        if each.provider not in names:
            raise UnknownName("provider", each.provider, names, where=each.where)
        found[claim] = each
    return list(found.values())


def unmet(entries: Sequence[Json], required: Sequence[Required]) -> list[Remark]:
    """The required claims that were not tested, or do not pass; a waiver or a baseline makes none of them pass."""
    seen: dict[str, list[Json]] = {}
    for entry in entries:
        for verdict in entry["verdicts"]:
            seen.setdefault(verdict["claim"], []).append(verdict)
    providing = {entry["provider"] for entry in entries}
    remarks = []
    for each in required:
        why = _why(each, seen, providing)
        if why:
            text = f"{each.claim} is required to pass, and {why}"
            remarks.append(Remark(matter=Matter.REQUIRED, text=text, where=each.where))
    return remarks


def _why(required: Required, seen: dict[str, list[Json]], providing: Collection[str]) -> str | None:
    """Why a required claim does not count as passed; None where it does: confirmed, and not contradicted anywhere."""
    if required.provider not in providing:
        return f"{required.provider} is not in this run"
    verdicts = seen.get(required.claim)
    if verdicts is None:
        close = nearest(required.claim, sorted(name for name in seen if name.startswith(f"{required.provider}.")))
        return "there is no such claim" + (f"; did you mean {close!r}?" if close else "")
    worst = min(verdicts, key=lambda verdict: _GRAVITY[verdict["outcome"]])
    if worst["outcome"] == Outcome.PASS:
        return None
    if worst["outcome"] == Outcome.FAIL:
        excuse = " (a waiver does not make it pass)" if "waived" in worst else ""
        return f"diverges{excuse or (' (that it is known does not make it pass)' if 'known' in worst else '')}"
    return f"is {worst['outcome']}: {worst['reason'] or 'no reason given'}"


#: What several verdicts on one claim come to: a divergence or a fault of ours anywhere, else a pass anywhere.
_GRAVITY = {
    outcome: place
    for place, outcome in enumerate(
        (
            Outcome.FAIL,
            Outcome.ERROR,
            Outcome.PASS,
            Outcome.INCONCLUSIVE,
            Outcome.UNTESTED,
            Outcome.NOT_APPLICABLE,
        )
    )
}
