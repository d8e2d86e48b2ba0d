"""Waivers: known divergences, each with reason, link, owner and the last day on which it holds.

A waiver is laid over a divergence and hides nothing: the verdict keeps its outcome. It must earn its place: one that
matches no claim, has expired, or whose claims pass by now fails the run. A claim that could not be told (inconclusive,
error) or was not reached is never waived, and neither bears a waiver out nor refutes it.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from harness import document
from harness.contract import providers
from harness.contract.files import DataFile, read
from harness.errors import GateError, UnknownName, nearest
from harness.gate.remark import Matter, Remark
from harness.gate.seen import Json, directions, diverges, marked
from harness.verdict import Outcome

#: Outcomes that leave a claim open: nothing is known of what a waiver says.
_OPEN = frozenset({Outcome.UNTESTED, Outcome.INCONCLUSIVE, Outcome.ERROR})
#: Claims that a remark names.
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A known divergence. ``claim`` is a claim's id or a glob of ids of one provider, in which ``*`` is any text.

    ``expires`` is the last day on which it holds. ``provenance`` and ``direction`` narrow it down; None is any.
    ``where`` is its place as ``file:line`` and ``lines`` are the lines it stands on, which deleting it deletes.
    """

    claim: str
    reason: str
    link: str
    owner: str
    expires: datetime.date
    provenance: str | None = None
    direction: str | None = None
    where: str = ""
    lines: tuple[str, ...] = ()

    @property
    def provider(self) -> str:
        return self.claim.partition(".")[0]

    @property
    def glob(self) -> bool:
        return "*" in self.claim

    def covers(self, claim: str) -> bool:
        """Whether it is about the claim. Brackets in ids are themselves."""
        return claim == self.claim or (self.glob and fnmatchcase(claim, _literal(self.claim)))

    def excuses(self, verdict: Json) -> bool:
        """Whether every divergence of the verdict is one that it waives."""
        return diverges(verdict) and (self.direction is None or directions(verdict) == {self.direction})

    def as_json(self) -> dict[str, Any]:
        """As report.json has it at the verdict."""
        said = {"reason": self.reason, "link": self.link, "owner": self.owner, "expires": self.expires.isoformat()}
        return said | {"where": self.where or None}


def load_waivers(path: Path, known: Collection[str] | None = None) -> list[Waiver]:
    """The waivers of a file, whose form is ``schemas/waivers.json``; none where it holds nothing but comments.

    ``known`` are the providers there are, unless it is those of ``specs/``. Raises GateError with file and line for
    what is malformed or said twice, and UnknownName for a provider that does not exist.
    """
    text = document.read_text(path, GateError)
    if not any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines()):
        return []
    file = read(path, "waivers", GateError)
    spans = document.Lines(file.text).items()
    rows = file.text.splitlines()
    names = providers() if known is None else known
    found: dict[tuple[str, str | None, str | None], Waiver] = {}
    for number, said in enumerate(file.content):
        first, last = spans[number]
        waiver = Waiver(
            **{**said, "expires": _date(file, said["expires"], number)},
            where=f"{path}:{first}",
            lines=tuple(rows[first - 1 : last]),
        )
        if waiver.provider not in names:
            raise UnknownName("provider", waiver.provider, names, where=waiver.where)
        identity = waiver.claim, waiver.provenance, waiver.direction
        if identity in found:
            raise file.fault(
                f"waives {waiver.claim!r} a second time; the first is at {found[identity].where}",
                number,
                hint="Delete one of the two.",
            )
        found[identity] = waiver
    return list(found.values())


def waive(
    entries: Sequence[Json], waivers: Sequence[Waiver], *, today: datetime.date
) -> tuple[list[dict[str, Any]], list[Remark]]:
    """The entries with ``waived`` at every verdict that a waiver excuses, and what is to be said of the waivers.

    Where several excuse a verdict, one that names the claim goes before a glob, and then the first of the file.
    """
    living = [waiver for waiver in waivers if waiver.expires >= today]
    exact: dict[str, list[Waiver]] = {}
    for waiver in living:
        if not waiver.glob:
            exact.setdefault(waiver.claim, []).append(waiver)
    globs = [waiver for waiver in living if waiver.glob]

    def mark(entry: Json, verdict: Json) -> Json | None:
        if not diverges(verdict):
            return None
        for waiver in (*exact.get(verdict["claim"], ()), *globs):
            if _meant(waiver, entry) and waiver.covers(verdict["claim"]) and waiver.excuses(verdict):
                return {"waived": waiver.as_json()}
        return None

    remarks = (_remark(waiver, entries, today) for waiver in waivers)
    return list(marked(entries, mark)), [remark for remark in remarks if remark is not None]


def _meant(waiver: Waiver, entry: Json) -> bool:
    return entry["provider"] == waiver.provider and waiver.provenance in (None, entry["source"]["provenance"])


def _remark(waiver: Waiver, entries: Sequence[Json], today: datetime.date) -> Remark | None:
    """What is wrong with a waiver, or worth saying of it; None where it holds."""
    if waiver.expires < today:
        when = f"expired on {waiver.expires.isoformat()}, so that it waives nothing"
        return _delete(Matter.WAIVER_EXPIRED, waiver, when)
    own = [entry for entry in entries if entry["provider"] == waiver.provider]
    if not own:
        return _unreached(waiver, f"{waiver.provider} is not in this run")
    claims = {verdict["claim"] for entry in own for verdict in entry["verdicts"]}
    if not any(map(waiver.covers, claims)):
        return _delete(Matter.WAIVER_UNKNOWN, waiver, _unknown(waiver, claims))
    meant = [entry for entry in own if _meant(waiver, entry)]
    if not meant:
        return _unreached(waiver, f"this run has no {waiver.provenance} evidence of {waiver.provider}")
    states = _states(waiver, meant)
    held = [claim for claim, state in states.items() if state == Outcome.FAIL]
    passed = [claim for claim, state in states.items() if state == Outcome.PASS]
    unknown = [claim for claim, state in states.items() if state not in (Outcome.FAIL, Outcome.PASS)]
    if held:
        return _partly(waiver, passed, meant)
    if passed and not [claim for claim in unknown if states[claim] in _OPEN]:
        return _delete(Matter.WAIVER_UNTRUE, waiver, f"is no longer true: {_as_documented(waiver, passed)}")
    why = ", ".join(sorted({states[claim].value for claim in unknown}))
    return _unreached(waiver, f"{_several(unknown)}: {why}")


def _states(waiver: Waiver, entries: Sequence[Json]) -> Mapping[str, Outcome]:
    """What is known of each claim that the waiver covers: FAIL for a divergence it is about, seen anywhere."""
    states: dict[str, Outcome] = {}
    for entry in entries:
        for verdict in entry["verdicts"]:
            if waiver.covers(verdict["claim"]):
                state = _state(waiver, verdict)
                states[verdict["claim"]] = min(states.get(verdict["claim"], state), state, key=_TELLING.index)
    return states


#: What several verdicts on one claim come to: what diverges anywhere does, else what was borne out anywhere was.
_TELLING = (
    Outcome.FAIL,
    Outcome.PASS,
    Outcome.ERROR,
    Outcome.INCONCLUSIVE,
    Outcome.UNTESTED,
    Outcome.NOT_APPLICABLE,
)


def _state(waiver: Waiver, verdict: Json) -> Outcome:
    outcome = Outcome(verdict["outcome"])
    gone = outcome is Outcome.FAIL and waiver.direction is not None and waiver.direction not in directions(verdict)
    return Outcome.PASS if gone else outcome


def _partly(waiver: Waiver, passed: Sequence[str], entries: Sequence[Json]) -> Remark | None:
    """What a waiver that holds does not say of all that it covers."""
    others = sorted(
        {
            direction
            for entry in entries
            for verdict in entry["verdicts"]
            if waiver.covers(verdict["claim"]) and diverges(verdict) and not waiver.excuses(verdict)
            for direction in directions(verdict) - {waiver.direction}
        }
    )
    said = []
    if others:
        said.append(f"does not waive that it also diverges another way: {', '.join(others)}")
    if passed:
        said.append(f"is not needed for {_several(passed)}: as documented by now")
    if not said:
        return None
    text = f"the waiver of {waiver.claim} {' and '.join(said)}"
    return Remark(matter=Matter.WAIVER_PARTLY, text=text, where=waiver.where)


def _as_documented(waiver: Waiver, passed: Sequence[str]) -> str:
    if waiver.direction is not None:
        return f"{_several(passed)} no longer diverges that way ({waiver.direction})"
    return f"{_several(passed)} {'passes' if len(passed) == 1 else 'pass'}"


def _unknown(waiver: Waiver, claims: Collection[str]) -> str:
    close = None if waiver.glob else nearest(waiver.claim, sorted(claims))
    hint = f"did you mean {close!r}?" if close else f"see: harness explain {waiver.provider}"
    return f"matches no claim; {hint}"


def _delete(matter: Matter, waiver: Waiver, text: str) -> Remark:
    todo = f" Delete {'these lines' if len(waiver.lines) > 1 else 'this line'}:" if waiver.lines else ""
    said = f"the waiver of {waiver.claim} {text}.{todo}"
    return Remark(matter=matter, text=said, where=waiver.where, lines=waiver.lines)


def _unreached(waiver: Waiver, text: str) -> Remark:
    said = f"the waiver of {waiver.claim} was neither borne out nor refuted: {text}"
    return Remark(matter=Matter.WAIVER_UNREACHED, text=said, where=waiver.where)


def _several(claims: Sequence[str]) -> str:
    names = sorted(claims)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _literal(glob: str) -> str:
    return glob.replace("[", "[[]").replace("?", "[?]")


def _date(file: DataFile, text: str, number: int) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as fault:
        hint = "Write the last day on which it holds as YYYY-MM-DD."
        raise file.fault(f"expires: {text!r} is no date ({fault})", number, "expires", hint=hint) from None
