"""Laying waivers over divergences, and what is to be said of the waivers: a waiver must earn its place.

One that matches no claim, has expired, or whose claims pass by now fails the run. A claim that could not be told
(inconclusive, error) or was not reached is never waived, and neither bears a waiver out nor refutes it.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

from harness.errors import nearest
from harness.gate.remark import Matter, Remark
from harness.gate.seen import directions, diverges, marked
from harness.gate.waivers import Waiver
from harness.json_text import Json
from harness.verdict import Outcome

#: Outcomes that leave a claim open: nothing is known of what a waiver says.
_OPEN = frozenset({Outcome.UNTESTED, Outcome.INCONCLUSIVE, Outcome.ERROR})
#: What several verdicts on one claim come to: what diverges anywhere does, else what was confirmed anywhere was.
_TELLING = (
    Outcome.FAIL,
    Outcome.PASS,
    Outcome.ERROR,
    Outcome.INCONCLUSIVE,
    Outcome.UNTESTED,
    Outcome.NOT_APPLICABLE,
)
#: Claims that a remark names.
_NAMED = 3
#: An entry and one of its verdicts.
_Judged: TypeAlias = tuple[Json, Json]


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

    judged = _judged(entries)
    remarks = (_remark(waiver, judged.get(waiver.provider), today) for waiver in waivers)
    return list(marked(entries, mark)), [remark for remark in remarks if remark is not None]


def _judged(entries: Sequence[Json]) -> Mapping[str, dict[str, list[_Judged]]]:
    """By provider and claim."""
    judged: dict[str, dict[str, list[_Judged]]] = {entry["provider"]: {} for entry in entries}
    for entry in entries:
        for verdict in entry["verdicts"]:
            judged[entry["provider"]].setdefault(verdict["claim"], []).append((entry, verdict))
    return judged


def _meant(waiver: Waiver, entry: Json) -> bool:
    return entry["provider"] == waiver.provider and waiver.provenance in (None, entry["source"]["provenance"])


def _remark(waiver: Waiver, own: Mapping[str, list[_Judged]] | None, today: datetime.date) -> Remark | None:
    """What is wrong with a waiver, or worth saying of it; None where it holds. ``own`` is what its provider came to."""
    if waiver.expires < today:
        when = f"expired on {waiver.expires.isoformat()}, so that it waives nothing"
        return _delete(Matter.WAIVER_EXPIRED, waiver, when)
    if own is None:
        return _unreached(waiver, f"{waiver.provider} is not in this run")
    covered = filter(waiver.covers, own) if waiver.glob else own.keys() & {waiver.claim}
    claims = sorted(covered)
    if not claims:
        return _unknown(waiver, own)
    told = {claim: [verdict for entry, verdict in own[claim] if _meant(waiver, entry)] for claim in claims}
    meant = {claim: verdicts for claim, verdicts in told.items() if verdicts}
    if not meant:
        return _unreached(waiver, f"this run has no {waiver.provenance} evidence of it")
    states = {claim: min((_state(waiver, each) for each in of), key=_TELLING.index) for claim, of in meant.items()}
    passed = [claim for claim, state in states.items() if state is Outcome.PASS]
    if Outcome.FAIL in states.values():
        return _partly(waiver, passed, [each for of in meant.values() for each in of])
    unknown = [claim for claim, state in states.items() if state is not Outcome.PASS]
    if passed and not any(states[claim] in _OPEN for claim in unknown):
        return _delete(Matter.WAIVER_UNTRUE, waiver, f"is no longer true: {_as_documented(waiver, passed)}")
    why = " or ".join(sorted({states[claim].value for claim in unknown}))
    return _unreached(waiver, f"{_who(waiver, unknown)} {'is' if len(unknown) == 1 else 'are'} {why}")


def _state(waiver: Waiver, verdict: Json) -> Outcome:
    outcome = Outcome(verdict["outcome"])
    gone = outcome is Outcome.FAIL and waiver.direction is not None and waiver.direction not in directions(verdict)
    return Outcome.PASS if gone else outcome


def _partly(waiver: Waiver, passed: Sequence[str], verdicts: Sequence[Json]) -> Remark | None:
    """What a waiver that holds does not say of all that it covers."""
    unexcused = [verdict for verdict in verdicts if diverges(verdict) and not waiver.excuses(verdict)]
    others = sorted({direction for verdict in unexcused for direction in directions(verdict) - {waiver.direction}})
    said = []
    if others:
        said.append(f"does not waive that it also diverges another way: {', '.join(others)}")
    if passed:
        said.append(f"is not needed any more for {_several(passed)}")
    if not said:
        return None
    text = f"the waiver of {waiver.claim} {' and '.join(said)}"
    return Remark(matter=Matter.WAIVER_PARTLY, text=text, where=waiver.where)


def _as_documented(waiver: Waiver, passed: Sequence[str]) -> str:
    one = len(passed) == 1
    if waiver.direction is not None:
        return f"{_who(waiver, passed)} no longer {'diverges' if one else 'diverge'} that way ({waiver.direction})"
    return f"{_who(waiver, passed)} {'passes' if one else 'pass'}"


def _who(waiver: Waiver, claims: Sequence[str]) -> str:
    return "the claim" if not waiver.glob else claims[0] if len(claims) == 1 else f"{len(claims):,} claims"


def _unknown(waiver: Waiver, claims: Collection[str]) -> Remark:
    close = None if waiver.glob else nearest(waiver.claim, sorted(claims))
    if close is None:
        return _delete(Matter.WAIVER_UNKNOWN, waiver, f"matches no claim (see: harness explain {waiver.provider})")
    said = f"the waiver of {waiver.claim} matches no claim. Did you mean {close!r}?"
    return _todo(Matter.WAIVER_UNKNOWN, waiver, said, "Correct")


def _delete(matter: Matter, waiver: Waiver, text: str) -> Remark:
    return _todo(matter, waiver, f"the waiver of {waiver.claim} {text}.", "Delete")


def _todo(matter: Matter, waiver: Waiver, said: str, verb: str) -> Remark:
    todo = f" {verb} {'these lines' if len(waiver.lines) > 1 else 'this line'}:" if waiver.lines else ""
    return Remark(matter=matter, text=said + todo, where=waiver.where, lines=waiver.lines)


def _unreached(waiver: Waiver, text: str) -> Remark:
    said = f"the waiver of {waiver.claim} was neither confirmed nor refuted: {text}"
    return Remark(matter=Matter.WAIVER_UNREACHED, text=said, where=waiver.where)


def _several(claims: Sequence[str]) -> str:
    names = sorted(claims)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
