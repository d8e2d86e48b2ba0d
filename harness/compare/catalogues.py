"""Two states of a provider's model catalogue: models new and gone, and what their entries say otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.compare.demands import Shift, value_shift, wording
from harness.contract.model import Contract
from harness.pointer import Tokens, exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A model that is new or gone, or one place of its entry that changed (stricter: it lists or allows less)."""

    shift: Shift
    model: str
    pointer: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Catalogues:
    """What became of a catalogue. ``unheld`` are members that ours has of no model; ``others`` are not our kind."""

    moved: tuple[Moved, ...]
    held: int
    live: int
    unheld: tuple[str, ...] = ()
    others: int = 0


def catalogues(contract: Contract, live: Sequence[Mapping[str, Any]]) -> Catalogues:
    """Our entries against the provider's own. Of entries, only what ours have is compared."""
    held = {name: model.entry for name, model in contract.models.items()}
    kinds = {entry["type"] for entry in held.values() if isinstance(entry.get("type"), str)}
    ours = len(kinds) == 1 and all("type" in entry for entry in held.values())
    kept = {each["id"]: each for each in live if not ours or each.get("type") in kinds}
    limits = {
        claim.place[2:]: str(claim.parameters["narrows"])
        for claim in contract.claims.values()
        if claim.place[:1] != ("provider.yaml",) and claim.parameters.get("narrows") in _NUMBERS
    }
    moved = [Moved(shift=Shift.NEW, model=name, pointer="", detail="a new model") for name in kept.keys() - held.keys()]
    moved += [
        Moved(shift=Shift.GONE, model=name, pointer="", detail="no longer there") for name in held.keys() - kept.keys()
    ]
    for name in held.keys() & kept.keys():
        moved += _between(name, held[name], kept[name], (), limits)
    known = {member for entry in held.values() for member in entry}
    return Catalogues(
        moved=tuple(sorted(moved, key=lambda each: (list(Shift).index(each.shift), each.model, each.pointer))),
        held=len(held),
        live=len(kept),
        unheld=tuple(sorted({member for entry in kept.values() for member in entry} - known)),
        others=len(live) - len(kept),
    )


#: Rules of a row of ``models.narrows`` whose value is a number of the entry.
_NUMBERS = frozenset({"maxLength", "maximum", "minimum", "maxItems"})


def _between(model: str, was: Any, now: Any, at: Tokens, limits: Mapping[Tokens, str]) -> Iterator[Moved]:
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for member, value in was.items():
            if member in now:
                yield from _between(model, value, now[member], (*at, member), limits)
            else:
                yield Moved(
                    shift=Shift.CHANGED, model=model, pointer=exact((*at, member)), detail="is not said any more"
                )
        return
    listed = isinstance(was, list) and isinstance(now, list) and not any(isinstance(e, dict) for e in (*was, *now))
    rule = "enum" if listed else limits.get(at, "")
    shift = value_shift(rule, was, now, whole=False)
    if shift is not None:
        yield Moved(shift=shift, model=model, pointer=exact(at), detail=wording(rule, was, now))
