"""Where a limit really lies: the last value accepted and the first refused, from whatever requests were seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from harness.claim import Claim
from harness.contract.bounds import Bound, Side
from harness.judge.evidence import Evidence
from harness.judge.seen import Seen
from harness.verdict import Noted

#: Values that are spelled out where there is no single limit.
_SHOWN = 12


@dataclass(frozen=True)
class Reach:
    """Values on a bound's scale that one model of one provider accepted and refused, with a witness for each."""

    accepted: dict[int, str] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)

    def last(self, bound: Bound) -> int | None:
        """The outermost accepted value."""
        return max(self.accepted, key=lambda each: each * bound.sign, default=None)

    def first(self, bound: Bound) -> int | None:
        """The innermost refused value that lies beyond every accepted one."""
        last = self.last(bound)
        beyond = [each for each in self.refused if last is not None and each * bound.sign > last * bound.sign]
        return min(beyond, key=lambda each: each * bound.sign, default=None)

    def holes(self) -> list[int]:
        """Refused values between accepted ones."""
        return sorted(n for n in self.refused if self.accepted and min(self.accepted) < n < max(self.accepted))


def reaches(bound: Bound, evidence: Evidence) -> dict[tuple[str | None, tuple[str, ...]], Reach]:
    """By model, and by the quirks of a simulator: what was accepted, and what was refused for this place alone."""
    found: dict[tuple[str | None, tuple[str, ...]], Reach] = {}
    claim = bound.claim
    everything = evidence.by_operation.get(claim.operation, ())
    for seen in everything if claim.model is None else evidence.of_model(claim.operation, claim.model):
        number = bound.measure(seen.body) if seen.bodied and seen.key_sound else None
        if number is None or not bound.on_scale(number) or not seen.known_model:
            continue
        reach = found.setdefault((seen.model, seen.interaction.provenance.quirks), Reach())
        if seen.accepted:
            reach.accepted.setdefault(number, seen.interaction.name)
        elif seen.refused and _for_this(bound, seen, evidence):
            reach.refused.setdefault(number, seen.interaction.name)
    for reach in found.values():  # refused beside something else, and accepted without it
        for number in set(reach.accepted) & set(reach.refused):
            del reach.refused[number]
    return found


def notes(claim: Claim, evidence: Evidence) -> Iterator[Noted]:
    """What was observed of each end of a claim, where that is more than that it holds as far as anybody looked."""
    for bound in evidence.bounds.get(claim.id, ()):
        told = [
            (rank, model or "", noted)
            for (model, _), reach in reaches(bound, evidence).items()
            if (said := _said(bound, reach)) is not None
            for rank, noted in [said]
        ]
        if told:
            _, model, noted = min(told, key=lambda each: each[:2])
            several = claim.model is None and len(evidence.contract.models) > 1 and model
            yield replace(noted, shown_by=f"{noted.shown_by} (with {model})") if several else noted


def _for_this(bound: Bound, seen: Seen, evidence: Evidence) -> bool:
    """Whether a refusal can be for nothing else than the value at the bound's place."""
    if seen.breaks:
        return seen.breaks <= evidence.drawn_at(bound, seen.model)
    cause = evidence.causes.get(seen)
    return cause is not None and tuple(cause.texts) == (bound.tokens,)


def _said(bound: Bound, reach: Reach) -> tuple[int, Noted] | None:
    """How telling, lowest first, and the words."""
    last, first, holes = reach.last(bound), reach.first(bound), reach.holes()
    if last is None:
        return None
    start = f"{bound.side}: documented {'nothing' if bound.documented is None else bound.documented}, observed"
    witnesses = (reach.accepted[last], *([reach.refused[first]] if first is not None else []))
    if holes:
        shown = (*reach.accepted.values(), *(reach.refused[each] for each in holes))[:_SHOWN]
        between = f"{_listed(reach.accepted)} accepted, {_listed(reach.refused)} refused"
        return 0, Noted(text=f"{start} no single limit", shown_by=between, witnesses=shown, differs=True)
    if first is not None and bound.outward(last) == first:
        differs = last != bound.documented
        both = f"{last} was accepted and {first} refused"
        return 2 - 2 * differs, Noted(text=f"{start} {last}", shown_by=both, witnesses=witnesses, differs=differs)
    direction = "up to" if bound.side is Side.UPPER else "down to"
    wider = bound.documented is not None and last * bound.sign > bound.documented * bound.sign
    if first is None:
        only = f"accepted {direction} {last}, the last value that was tried"
        least = "at least" if bound.side is Side.UPPER else "at most"
        noted = Noted(text=f"{start} {least} {last}", shown_by=only, witnesses=witnesses, differs=True)
        return (1, noted) if wider else None
    narrower = bound.documented is not None and first * bound.sign <= bound.documented * bound.sign
    apart = f"accepted {direction} {last}, refused from {first}"
    noted = Noted(text=f"{start} another limit", shown_by=apart, witnesses=witnesses, differs=True)
    return (1, noted) if wider or narrower else None


def _listed(numbers: Iterable[int]) -> str:
    shown = sorted(numbers)
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(map(str, shown[:_SHOWN])) + more
