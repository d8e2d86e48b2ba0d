"""Two revisions of a provider's documents against each other, claim by claim: stricter, looser, new, gone, changed.

*Stricter* permits less and *looser* permits more, of requests and of answers alike. Whom that concerns is the other
way round: a stricter request and a looser answer concern the client, who may have sent or not expected what is now
refused or sent. A claim about a place that both revisions document is a rule added or dropped (stricter, looser);
one about a place that only one of them documents is new or gone, except that a newly required member is stricter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any

from harness.claim import Claim, Kind, Level
from harness.compare.demands import LOWER, UPPER, Shift, bound_shift, value_shift, wording
from harness.contract.foreign import UNREAD
from harness.contract.official import FORM, forms
from harness.contract.revision import Place, Revision
from harness.contract.schemas import without_notes
from harness.json_text import canonical


class Side(StrEnum):
    """What a claim permits more or less of."""

    REQUEST = "request"
    ANSWER = "answer"
    OTHER = "other"


class Party(StrEnum):
    """Who has something to do when a claim shifts."""

    CLIENT = "client"
    PROVIDER = "provider"
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class Revised:
    """One claim that shifted. ``detail`` is what a reader sees of it: values, what was added, what was dropped."""

    shift: Shift
    side: Side
    concerns: Party
    old: Claim | None
    new: Claim | None
    detail: str

    @property
    def latest(self) -> Claim:
        """The newer side; the older where nothing is newer."""
        claim = self.new or self.old
        assert claim is not None
        return claim


_ANSWERS = frozenset(
    {"response", "media-type", "documented-status", "accepted-status", "invalid-status", "malformed-body"}
)
#: The one claim that permits something: its appearing loosens.
_PERMITS = frozenset({"optional"})


def changes(old: Revision, new: Revision) -> tuple[Revised, ...]:
    """Every claim that shifted, what concerns the client first, then by shift and id. Never raises."""
    added = {name: claim for name, claim in new.claims.items() if name not in old.claims}
    dropped = {name: claim for name, claim in old.claims.items() if name not in new.claims}
    found: list[Revised] = []
    for name, claim in list(added.items()):
        before = _predecessor(claim, dropped)
        if before is not None:  # one bound took the place of the other
            del added[name], dropped[before.id]
            found += _between(before, claim, old, new)
    for name in old.claims.keys() & new.claims.keys():
        found += _between(old.claims[name], new.claims[name], old, new)
    found += [_only(claim, new, old, appeared=True) for claim in added.values()]
    found += [_only(claim, old, new, appeared=False) for claim in dropped.values()]
    return tuple(sorted(found, key=_rank))


def recollected(was: Claim, now: Claim, value: Any) -> Revised | None:
    """A claim against what an older document said of the same rule, as far as the value tells; None: the same."""
    rules = now.parameters.get("value", now.statement)
    shift = value_shift(now.keyword, value, rules, whole=False)
    return _revised(shift, was, now, wording(now.keyword, value, rules)) if shift else None


def _between(was: Claim, now: Claim, old: Revision, new: Revision) -> Iterator[Revised]:
    """How a claim that both have shifted, if it did."""
    shifts: set[Shift] = set()
    details: list[str] = []
    before, after = _terms(was, old), _terms(now, new)
    if (was.keyword, canonical(before)) != (now.keyword, canonical(after)):
        whole = all(_whole(claim, revision) for claim, revision in ((was, old), (now, new)))
        if was.keyword == now.keyword:
            shift = value_shift(now.keyword, before, after, whole=whole)
            told = f"{was.statement} → {now.statement}"
            details += [told if now.rule == FORM else wording(now.keyword, before, after)]
        else:
            shift = bound_shift(was.keyword, before, now.keyword, after, whole=whole)
            details += [f"{was.statement} → {now.statement}"]
            if shift is None:
                yield _revised(Shift.CHANGED, was, now, f"{details[0]} (the same for whole numbers)", Party.NOBODY)
                return
        shifts |= {shift} if shift else set()
    if was.level is not now.level:
        binds = [list(Level).index(claim.level) for claim in (was, now)]
        shifts.add(Shift.STRICTER if binds[1] < binds[0] else Shift.LOOSER)
        details.append(f"{was.level} → {now.level}")
    if was.ignored is not now.ignored:
        shifts.add(Shift.LOOSER if now.ignored else Shift.STRICTER)
        details.append("breaking it is ignored" if now.ignored else "breaking it is refused")
    if shifts:
        yield _revised(shifts.pop() if len(shifts) == 1 else Shift.CHANGED, was, now, "; ".join(details))


def _only(claim: Claim, having: Revision, without: Revision, *, appeared: bool) -> Revised:
    """A claim of ``having`` that ``without`` does not have."""
    was, now = (None, claim) if appeared else (claim, None)
    detail = claim.statement if appeared else f"no longer: {claim.statement}"
    match _bound(claim, having, without):
        case Effect.PLACE:
            shift = Shift.NEW if appeared else Shift.GONE
        case Effect.UNKNOWN:
            shift = Shift.CHANGED
        case bound:
            shift = Shift.STRICTER if appeared is (bound is Effect.LESS) else Shift.LOOSER
    return _revised(shift, was, now, detail)


class Effect(Enum):
    """What having a claim means beside a revision that has not."""

    LESS = auto()  # less is permitted than without it
    MORE = auto()
    PLACE = auto()  # the other revision does not document the place at all
    UNKNOWN = auto()


def _bound(claim: Claim, having: Revision, without: Revision) -> Effect:
    if claim.operation not in without.operations or (claim.model and claim.model not in without.models):
        return Effect.PLACE
    if claim.check == "authorization":
        return Effect.MORE if claim.rule in _PERMITS else Effect.LESS
    if claim.check not in ("request", "response"):
        return Effect.PLACE
    at = place(claim)
    mine = having.places.get(at, {})
    if claim.rule == "required" and at[2]:
        at, mine = (*at[:2], at[2][:-1]), {}
    other = without.places.get(at)
    if other is None and at not in having.places:
        return Effect.LESS  # a rule on a place that neither documents: a misplaced member, say
    if other is None:
        above = (without.places.get((*at[:2], at[2][:depth])) for depth in range(len(at[2]) - 1, -1, -1))
        nearest = next((node for node in above if node is not None), {})
        return Effect.UNKNOWN if UNREAD in nearest else Effect.PLACE
    if UNREAD in other or UNREAD in mine:
        return Effect.UNKNOWN
    if claim.rule == FORM and without_notes(other):  # one form that becomes one of several permitted less before
        return Effect.MORE if set(forms(other)) <= set(forms(mine)) else Effect.UNKNOWN
    if len(forms(other)) > 1 and mine:
        return Effect.LESS if set(forms(mine)) <= set(forms(other)) else Effect.UNKNOWN
    return Effect.LESS


def place(claim: Claim) -> Place:
    """Where a claim on a request or an answer looks."""
    meaning = None
    if claim.check == "response":
        meaning = claim.id.partition(f".{claim.operation}.")[2].partition(".")[0]
    return claim.operation, meaning, claim.tokens


def _side(claim: Claim) -> Side:
    if claim.check in ("request", "authorization"):
        return Side.REQUEST
    return Side.ANSWER if claim.check in _ANSWERS else Side.OTHER


def _revised(shift: Shift, was: Claim | None, now: Claim | None, detail: str, party: Party | None = None) -> Revised:
    claim = now or was
    assert claim is not None
    return Revised(
        shift=shift,
        side=_side(claim),
        concerns=party or _concerned(shift, claim),
        old=was,
        new=now,
        detail=detail,
    )


def _concerned(shift: Shift, claim: Claim) -> Party:
    if claim.kind is Kind.CONTRADICTION or shift is Shift.NEW:
        return Party.NOBODY
    match _side(claim), shift:
        case Side.REQUEST, Shift.LOOSER:
            return Party.NOBODY
        case Side.ANSWER, Shift.STRICTER:
            return Party.PROVIDER
        case _:
            return Party.CLIENT


def _rank(revised: Revised) -> tuple[object, ...]:
    shifts = list(Shift)
    return revised.concerns is not Party.CLIENT, shifts.index(revised.shift), revised.latest.id


# What a claim demands, and which of two demands is the stricter


def _terms(claim: Claim, revision: Revision) -> Any:
    """What of a claim can shift: its value where it has one, else what it is made of."""
    if claim.kind is Kind.DEPENDENCY:
        return claim.schema
    match claim.rule:
        case "documented" if claim.operation in revision.operations:
            return sorted(revision.operations[claim.operation].answers)
        case "media-type":
            return claim.parameters.get("types", [])
        case "status":
            return claim.parameters.get("status")
        case "required":
            return None
    if "value" in claim.parameters:
        return claim.parameters["value"]
    return claim.schema if claim.schema is not None else claim.statement


def _whole(claim: Claim, revision: Revision) -> bool:
    """Whether the place takes whole numbers only."""
    stem = claim.id.rpartition("@")[0] or claim.id
    kind = revision.claims.get(f"{stem.removesuffix('.' + claim.rule)}.type")
    said = kind.parameters.get("value") if kind else None
    return "number" not in (listed := said if isinstance(said, list) else [said]) and "integer" in listed


def _predecessor(claim: Claim, dropped: Mapping[str, Claim]) -> Claim | None:
    for family in (LOWER, UPPER):
        if claim.rule in family:
            (other,) = family.keys() - {claim.rule}
            return dropped.get(f"{claim.id.removesuffix(claim.rule)}{other}")
    return None
