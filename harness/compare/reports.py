"""Two reports against each other: which verdicts turned, and which way.

Verdicts belong together by provider, provenance and claim, so that simulated evidence never answers real
evidence. A claim that a report does not list for one provenance, but for another one of the same provider
or not at all because it does not cover the provider, counts as untested there; a claim that a provider's
entries do not list at all is gone or new: its specification changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.claim import Level
from harness.interaction import Origin
from harness.json_text import Json
from harness.report import words
from harness.verdict import Outcome

Key = tuple[str, Origin, str]


class Turn(StrEnum):
    """How a verdict turned between two reports, worst first."""

    NEW = "new-divergence"
    TROUBLE = "new-error"
    LOST = "no-longer-tested"
    CHANGED = "changed"
    FIXED = "fixed"
    TESTED = "newly-tested"
    GONE = "claim-gone"
    ADDED = "claim-new"
    OTHER = "other"


HEADINGS: Mapping[Turn, str] = {
    Turn.NEW: "New divergences",
    Turn.TROUBLE: "New faults of the harness: could not be judged",
    Turn.LOST: "No longer tested",
    Turn.CHANGED: "Still diverging, in another way",
    Turn.FIXED: "Fixed",
    Turn.TESTED: "Newly tested, and as documented",
    Turn.GONE: "Claims that are gone",
    Turn.ADDED: "Claims that are new",
    Turn.OTHER: "Other changes of what was not decided",
}
#: In a tally: "3 newly diverging, 1 fixed".
LABELS: Mapping[Turn, str] = {
    Turn.NEW: "newly diverging",
    Turn.TROUBLE: "newly in error",
    Turn.LOST: "no longer tested",
    Turn.CHANGED: "changed",
    Turn.FIXED: "fixed",
    Turn.TESTED: "newly tested",
    Turn.GONE: "gone",
    Turn.ADDED: "added",
    Turn.OTHER: "changed otherwise",
}
#: What nobody may overlook: shown in full, however many there are.
GRAVE = frozenset({Turn.NEW, Turn.TROUBLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one of the reports says about a claim."""

    outcome: Outcome
    reason: str | None
    level: Level
    operation: str
    statement: str
    divergences: tuple[tuple[str, str], ...]  # (direction, summary), in order, each once
    interactions: tuple[str, ...] = ()  # where they were seen, in order, each once


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One verdict that turned. A side is None where its report has no such verdict."""

    turn: Turn
    provider: str
    provenance: Origin
    claim: str
    old: Side | None
    new: Side | None

    @property
    def latest(self) -> Side:
        """The newer side; the older where nothing is newer."""
        side = self.new or self.old
        assert side is not None
        return side

    @property
    def restated(self) -> bool:
        """Whether the claim itself says something else than before."""
        return bool(self.old and self.new) and _terms(self.old) != _terms(self.new)

    @property
    def simulated(self) -> bool:
        return self.provenance is Origin.SIMULATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One provider's evidence of one provenance in both reports; a side is None where a report has none."""

    provider: str
    provenance: Origin
    old: str | None
    new: str | None
    unchanged: int

    @property
    def comparable(self) -> bool:
        return self.old is not None and self.new is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Everything that turned, real evidence before simulated and worst first within."""

    old: str  # when the report was made
    new: str
    pairs: tuple[Pair, ...]
    changes: tuple[Change, ...]

    @property
    def comparable(self) -> bool:
        """Whether the reports have a provider and provenance in common."""
        return any(pair.comparable for pair in self.pairs)

    @property
    def decisive(self) -> tuple[Change, ...]:
        """The changes that decide: simulated ones only where no real evidence is compared."""
        if any(pair.comparable and pair.provenance is not Origin.SIMULATED for pair in self.pairs):
            return tuple(change for change in self.changes if not change.simulated)
        return self.changes


def differences(old: Json, new: Json) -> Difference:
    """What turned from one report to another."""
    before, after = _sides(old), _sides(new)
    known_before, known_after = _claims(before, old), _claims(after, new)
    changes = []
    unchanged: Counter[tuple[str, Origin]] = Counter()
    for key in before.keys() | after.keys():
        provider, provenance, claim = key
        was, now = before.get(key), after.get(key)
        turn = _turn(was, now, listed=tuple(_lists(known, provider, claim) for known in (known_before, known_after)))
        if turn is None:
            unchanged[provider, provenance] += 1
        else:
            changes.append(Change(turn=turn, provider=provider, provenance=provenance, claim=claim, old=was, new=now))
    sources_before, sources_after = _sources(old), _sources(new)
    pairs = (
        Pair(
            provider=place[0],
            provenance=place[1],
            old=sources_before.get(place),
            new=sources_after.get(place),
            unchanged=unchanged[place],
        )
        for place in sources_before.keys() | sources_after.keys()
    )
    return Difference(
        old=old["generated_at"],
        new=new["generated_at"],
        pairs=tuple(sorted(pairs, key=lambda pair: _place(pair.provider, pair.provenance))),
        changes=tuple(sorted(changes, key=rank)),
    )


def rank(change: Change) -> tuple[object, ...]:
    """Sorts changes: real evidence before simulated, and worst first."""
    levels, place = _LEVELS[change.latest.level], _place(change.provider, change.provenance)
    return change.simulated, _TURNS[change.turn], levels, place, change.claim


def _turn(old: Side | None, new: Side | None, *, listed: Sequence[bool]) -> Turn | None:
    """The one class of a verdict; None where nothing turned. ``listed``: does the older, the newer know the claim?"""
    was = old.outcome if old else Outcome.UNTESTED
    now = new.outcome if new else Outcome.UNTESTED
    if now is Outcome.ERROR and was is not Outcome.ERROR:
        return Turn.TROUBLE
    if now is Outcome.FAIL and was is not Outcome.FAIL:
        return Turn.NEW
    if not all(listed):
        return Turn.ADDED if listed[1] else Turn.GONE
    if was is now:
        moved = now is Outcome.FAIL and old and new and old.divergences != new.divergences
        return Turn.CHANGED if moved else None
    if now is Outcome.PASS:
        return Turn.FIXED if was is Outcome.FAIL else Turn.TESTED
    return Turn.LOST if was in (Outcome.PASS, Outcome.FAIL) else Turn.OTHER


def _sides(report: Json) -> dict[Key, Side]:
    """What a report says, by key; where several entries judge the same, the gravest decides and nothing is lost."""
    sides: dict[Key, Side] = {}
    for entry in report["providers"]:
        for verdict in entry["verdicts"]:
            key = (entry["provider"], Origin(entry["source"]["provenance"]), verdict["claim"])
            side = _side(verdict)
            sides[key] = _joined(sides[key], side) if key in sides else side
    return sides


def _side(verdict: Json) -> Side:
    return Side(
        outcome=Outcome(verdict["outcome"]),
        reason=verdict["reason"],
        level=Level(verdict["level"]),
        operation=verdict["operation"],
        statement=verdict["statement"],
        divergences=_each_once((each["direction"], each["summary"]) for each in verdict["divergences"]),
        interactions=_named(each["interaction"] for each in verdict["divergences"]),
    )


def _joined(one: Side, other: Side) -> Side:
    gravest = min(one, other, key=lambda side: _GRAVITY[side.outcome])
    return replace(
        gravest,
        divergences=_each_once((*one.divergences, *other.divergences)),
        interactions=_named((*one.interactions, *other.interactions)),
    )


def _each_once(divergences: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(set(divergences)))


def _named(interactions: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({each for each in interactions if each is not None}))


def _terms(side: Side | None) -> tuple[str, Level] | None:
    return (side.statement, side.level) if side else None


def _claims(sides: Iterable[Key], report: Json) -> dict[str, set[str]]:
    """The claims that a report lists for each provider, whatever the evidence."""
    claims: dict[str, set[str]] = {entry["provider"]: set() for entry in report["providers"]}
    for provider, _, claim in sides:
        claims[provider].add(claim)
    return claims


def _lists(claims: Mapping[str, set[str]], provider: str, claim: str) -> bool:
    """Whether the report knows the claim. One that does not cover the provider does not say that it is gone."""
    return provider not in claims or claim in claims[provider]


def _sources(report: Json) -> dict[tuple[str, Origin], str]:
    found: dict[tuple[str, Origin], list[str]] = {}
    for entry in report["providers"]:
        place = (entry["provider"], Origin(entry["source"]["provenance"]))
        found.setdefault(place, []).append(words.provenance(entry))
    return {place: "; ".join(dict.fromkeys(lines)) for place, lines in found.items()}


_GRAVITY = {outcome: rank for rank, outcome in enumerate(Outcome)}
_LEVELS = {level: rank for rank, level in enumerate(Level)}
_TURNS = {turn: rank for rank, turn in enumerate(Turn)}


def _place(provider: str, provenance: Origin) -> tuple[bool, str, str]:
    return provenance is Origin.SIMULATED, provider, provenance.value
