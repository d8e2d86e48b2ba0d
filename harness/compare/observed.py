"""What a report has to say about the claims of a cell, each kind of evidence for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.claim import Claim, Kind
from harness.interaction import Origin
from harness.json_text import Json
from harness.report import words
from harness.verdict import Outcome


class Finding(StrEnum):
    """What the evidence of one kind comes to, worst first."""

    DIVERGES = "diverges"
    UNCLEAR = "unclear"
    CONFIRMED = "confirmed"
    UNTESTED = "untested"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDivergence:
    """One claim that behaviour spoke against, in the words of the report."""

    claim: str
    summary: str
    observed: str
    interaction: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What evidence of one provenance says of a cell. ``tested`` of ``claims`` claims were reached."""

    origin: Origin
    finding: Finding
    tested: int
    claims: int
    confirmed: int
    evidence: str  # where it is from, in one line that cannot be mistaken for another kind
    seen: tuple[SeenDivergence, ...] = ()

    @property
    def real(self) -> bool:
        """Observed at the provider, by us or by others; never by our own simulator."""
        return self.origin is not Origin.SIMULATED


class ReportIndex:
    """The entries of a report by provider, real ones first, ready to be asked about claims."""

    def __init__(self, entries: Iterable[Json]) -> None:
        self.entries: dict[str, list[tuple[Json, dict[str, list[Json]]]]] = {}
        for entry in sorted(entries, key=lambda entry: list(Origin).index(Origin(entry["source"]["provenance"]))):
            verdicts: dict[str, list[Json]] = {}
            for verdict in entry["verdicts"]:
                verdicts.setdefault(verdict["claim"], []).append(verdict)
            self.entries.setdefault(entry["provider"], []).append((entry, verdicts))

    def of(self, provider: str, claims: Iterable[Claim]) -> tuple[Observation, ...]:
        """One observation for each kind of evidence that there is of the provider."""
        names = [claim.id for claim in claims if claim.kind is not Kind.CONTRADICTION]
        return tuple(
            _observation(entry, found)
            for entry, verdicts in self.entries.get(provider, ())
            if words.answered(entry) and (found := [verdict for name in names for verdict in verdicts.get(name, ())])
        )

    def sources(self, provider: str) -> Iterator[tuple[Origin, str]]:
        """Where the evidence of a provider is from, for a heading."""
        for entry, _ in self.entries.get(provider, ()):
            if words.answered(entry):
                yield Origin(entry["source"]["provenance"]), words.provenance(entry)


def _observation(entry: Json, verdicts: Sequence[Json]) -> Observation:
    counted = Counter(verdict["outcome"] for verdict in verdicts)
    reached = [Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS]
    if counted[Outcome.FAIL]:
        finding = Finding.DIVERGES
    elif counted[Outcome.INCONCLUSIVE]:
        finding = Finding.UNCLEAR
    elif counted[Outcome.PASS]:
        finding = Finding.CONFIRMED
    else:
        finding = Finding.UNTESTED
    return Observation(
        origin=Origin(entry["source"]["provenance"]),
        finding=finding,
        tested=sum(counted[outcome] for outcome in reached),
        claims=len(verdicts),
        confirmed=counted[Outcome.PASS],
        evidence=words.provenance(entry),
        seen=tuple(_seen(verdict) for verdict in verdicts if verdict["outcome"] == Outcome.FAIL),
    )


def _seen(verdict: Json) -> SeenDivergence:
    first: Json = next(iter(verdict["divergences"]), {})
    return SeenDivergence(
        claim=verdict["claim"],
        summary=str(first.get("summary", verdict["statement"])),
        observed=str(first.get("observed", "")),
        interaction=first.get("interaction"),
    )
