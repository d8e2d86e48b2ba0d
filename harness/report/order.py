"""Which verdicts come first, which belong together, and which reasons are frequent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.claim import Level
from harness.report import words

Json = Mapping[str, Any]

_LEVELS = [level.value for level in Level]
_DIRECTIONS = list(words.DIRECTIONS)


def simulated(entry: Json) -> bool:
    """Whether the entry says nothing about a provider's real behaviour."""
    return bool(entry["source"]["provenance"] == "simulated")


def having(entry: Json, outcome: str) -> list[Json]:
    """The verdicts with this outcome."""
    return [verdict for verdict in entry["verdicts"] if verdict["outcome"] == outcome]


def direction(verdict: Json) -> str:
    """The direction of a failed verdict: its first divergence's."""
    return next((str(each["direction"]) for each in verdict["divergences"]), "")


def summary(verdict: Json) -> str:
    """What happened, in one sentence; the statement where no divergence says more."""
    differing = [str(each["text"]) for each in verdict.get("observed", ()) if each.get("differs")]
    said = next((str(each["summary"]) for each in verdict["divergences"]), str(verdict["statement"]))
    return "; ".join((*differing, said))


def worst_first(entry: Json) -> list[tuple[tuple[str, str], list[Json]]]:
    """Failed verdicts grouped by (level, direction): MUST before SHOULD, claim ids in order within."""
    groups: dict[tuple[str, str], list[Json]] = {}
    for verdict in having(entry, "fail"):
        groups.setdefault((verdict["level"], direction(verdict)), []).append(verdict)
    return sorted(groups.items(), key=lambda group: (_LEVELS.index(group[0][0]), _rank(group[0][1])))


def operations(entry: Json) -> list[tuple[str, list[Json]]]:
    """Verdicts by operation, both in alphabetical order."""
    groups: dict[str, list[Json]] = {}
    for verdict in entry["verdicts"]:
        groups.setdefault(verdict["operation"], []).append(verdict)
    return sorted(groups.items())


def reasons(verdicts: Iterable[Json]) -> Sequence[tuple[str, int]]:
    """Reasons and how often each was given, most frequent first, then alphabetically."""
    counted = Counter(str(verdict["reason"] or "no reason given") for verdict in verdicts)
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))


def _rank(name: str) -> int:
    return _DIRECTIONS.index(name) if name in _DIRECTIONS else len(_DIRECTIONS)
