"""What a report's entries say of each claim, as far as deciding needs it. Entries are those of report.json."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from harness.interaction import Origin
from harness.json_text import Json
from harness.verdict import Outcome


def directions(verdict: Json) -> frozenset[str]:
    """Every direction in which a verdict's claim diverges. Reports of before name those that they spell out."""
    return frozenset(verdict.get("directions") or (str(each["direction"]) for each in verdict["divergences"]))


def diverges(verdict: Json) -> bool:
    """Whether the claim was seen to diverge, excused or not."""
    return bool(verdict["outcome"] == Outcome.FAIL)


def excused(verdict: Json) -> bool:
    """Whether a divergence is waived or known, so that it does not count."""
    return "waived" in verdict or "known" in verdict


def counts(verdict: Json) -> bool:
    """Whether the verdict is a divergence that nothing excuses."""
    return diverges(verdict) and not excused(verdict)


def real(entry: Json) -> bool:
    """Whether the evidence is a provider's own and not the simulator's."""
    return bool(entry["source"]["provenance"] != Origin.SIMULATED)


def decisive(entries: Sequence[Json]) -> list[Json]:
    """The entries with real evidence; all of them where there is none: the simulator beside it is a demonstration."""
    return [entry for entry in entries if real(entry)] or list(entries)


def marked(entries: Iterable[Json], mark: Callable[[Json, Json], Json | None]) -> Iterator[dict[str, Any]]:
    """The entries with what ``mark`` gives for an (entry, verdict) added to that verdict; nothing given is changed.

    An entry in which something is excused says how much in ``excused``.
    """
    for entry in entries:
        marks = ((verdict, mark(entry, verdict)) for verdict in entry["verdicts"])
        verdicts = [{**verdict, **said} if said else verdict for verdict, said in marks]
        tally = {each: sum(each in verdict for verdict in verdicts) for each in ("waived", "known")}
        yield {**entry, **({"excused": tally} if any(tally.values()) else {}), "verdicts": verdicts}
