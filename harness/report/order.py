"""Which verdicts come first, which belong together, and which reasons are frequent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from harness.claim import Level
from harness.json_text import Json
from harness.report import excused, words

_LEVELS = [level.value for level in Level]
_DIRECTIONS = list(words.DIRECTIONS)


def simulated(entry: Json) -> bool:
    """Whether the entry says nothing about a provider's real behaviour."""
    return bool(entry["source"]["provenance"] == "simulated")


def shown(verdict: Json) -> str:
    """The verdict's outcome; ``waived`` or ``known`` for a divergence that does not count."""
    return excused.mark(verdict) or str(verdict["outcome"])


def having(entry: Json, outcome: str) -> list[Json]:
    """The verdicts that are shown with this outcome."""
    stored = "fail" if outcome in excused.MARKS else outcome
    found = [verdict for verdict in entry["verdicts"] if verdict["outcome"] == stored]
    return [verdict for verdict in found if shown(verdict) == outcome] if stored == "fail" else found


def counts(entry: Json) -> dict[str, int]:
    """The verdicts by the outcome that they are shown with."""
    apart = {each: entry.get("excused", {}).get(each, 0) for each in excused.MARKS}
    return {**entry["counts"], "fail": entry["counts"]["fail"] - sum(apart.values()), **apart}


def contradictions(entry: Json) -> int:
    """How many of the divergences that count are of documents with each other: nothing was observed of them."""
    return sum(verdict["kind"] == "contradiction" for verdict in having(entry, "fail"))


def tally(entry: Json) -> dict[str, int]:
    """The same as ``counts``, gravest first, with contradictions apart from what was observed to diverge."""
    counted, apart = counts(entry), contradictions(entry)
    first = {"error": counted["error"], "fail": counted["fail"] - apart, "contradiction": apart}
    return first | {name: counted[name] for name in words.OUTCOMES if name not in first}


def headline(entries: Iterable[Json]) -> str:
    """What counts in all of them, with what was observed and what documents say against each other kept apart."""
    counted = [tally(entry) for entry in entries]
    observed, contradicted = (sum(each[key] for each in counted) for key in ("fail", "contradiction"))
    said = words.number(observed, "observed divergence")
    return f"{said}; {words.number(contradicted, 'contradiction')} in the documents" if contradicted else said


def direction(verdict: Json) -> str:
    """The direction of a failed verdict: its first divergence's."""
    return next((str(each["direction"]) for each in verdict["divergences"]), "")


def summary(verdict: Json) -> str:
    """What happened, in one sentence; the statement where no divergence says more."""
    differing = [str(each["text"]) for each in verdict.get("observed", ()) if each.get("differs")]
    said = next((str(each["summary"]) for each in verdict["divergences"]), str(verdict["statement"]))
    return "; ".join((*differing, said))


def worst_first(entry: Json) -> list[tuple[tuple[str, str], list[Json]]]:
    """Divergences that count grouped by (level, direction): MUST before SHOULD, claim ids in order within.

    Contradictions that are of no single value, as those of statuses, come after those that a request meets.
    """
    return _grouped(having(entry, "fail"))


def excused_last(entry: Json) -> list[tuple[tuple[str, str], list[Json]]]:
    """The same, and after them the divergences that are waived or known."""
    return [*worst_first(entry), *(group for each in excused.MARKS for group in _grouped(having(entry, each)))]


def _grouped(verdicts: Iterable[Json]) -> list[tuple[tuple[str, str], list[Json]]]:
    groups: dict[tuple[str, str], list[Json]] = {}
    for verdict in sorted(verdicts, key=lambda each: each["kind"] == "contradiction" and not each["pointer"]):
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
    counted = Counter(excused.why(verdict) or str(verdict["reason"] or "no reason given") for verdict in verdicts)
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))


def _rank(name: str) -> int:
    return _DIRECTIONS.index(name) if name in _DIRECTIONS else len(_DIRECTIONS)
