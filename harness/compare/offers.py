"""What a provider makes of a request that was not written for it: takes it, needs changes, or cannot.

The last word has the contract: a translated request is offered only if it keeps every claim on requests.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from harness.claim import Claim
from harness.compare import request, values
from harness.compare.request import MEMBERS, Wish
from harness.compare.scope import ARRAYS, Scope, Scopes, refusing
from harness.compare.table import is_meant
from harness.pointer import Tokens, dotted, parse, present, value


class Fit(StrEnum):
    """What becomes of the request."""

    AS_IS = "takes it as it is"
    CHANGED = "takes it with changes"
    CANNOT = "cannot take it"


class Adjustment(StrEnum):
    """What is done to a member, with what it costs when models are weighed against each other."""

    NEAREST = "nearest documented"
    SHORTENED = "shortened"
    ADDED = "has to be said"
    REWRITTEN = "said in another way"
    DROPPED = "left out"
    UNCLEAR = "cannot be told apart"

    @property
    def cost(self) -> int:
        return {Adjustment.ADDED: 1, Adjustment.REWRITTEN: 1, Adjustment.NEAREST: 2, Adjustment.SHORTENED: 2}.get(
            self, 3
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """One member that is not sent as it was wanted, and by which claims; ``why`` where no claim says it."""

    kind: Adjustment
    member: str
    wanted: Any = None
    given: Any = None
    why: str = ""
    claims: tuple[Claim, ...] = ()
    far: float = 0.0  # of the nearest value: how far it is from what was wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A provider's best answer. ``body`` is what would be sent; None where nothing can be."""

    scopes: Scopes
    model: str | None
    body: Any
    changes: tuple[Adjusted, ...] = ()
    obstacles: tuple[Claim, ...] = ()
    doubts: tuple[str, ...] = ()  # members of which it is not documented whether this model takes them
    reason: str = ""  # why there is no offer, where no claim is in the way

    @property
    def provider(self) -> str:
        return self.scopes.contract.provider

    @property
    def answer(self) -> Fit:
        if self.obstacles or self.reason:
            return Fit.CANNOT
        return Fit.CHANGED if self.changes else Fit.AS_IS


def best(scopes: Scopes, wish: Wish) -> Offer:
    """The offer of the model that needs the least changes, among those that are meant."""
    contract = scopes.contract
    meant = [model for model in contract.models if wish.model is None or is_meant(contract, model, wish.model)]
    if not meant:
        return Offer(scopes=scopes, model=None, body=None, reason=f"serves no {wish.model}")
    offers = [offer(scopes, model, wish.members) for model in meant]
    chosen = min(offers, key=lambda each: _weight(each, contract.default_model))
    lost = [Adjusted(kind=Adjustment.DROPPED, member=name, why="has no neutral word") for name in wish.unsaid]
    return replace(chosen, changes=(*chosen.changes, *lost))


def own(scopes: Scopes, body: Any) -> Offer:
    """What a provider makes of a request in its own words."""
    contract = scopes.contract
    broken = [contract.claims[name] for name in sorted(contract.violations(contract.submit.id, body))]
    ignored = [
        Adjusted(kind=Adjustment.DROPPED, member=dotted(claim.tokens), why="is ignored", claims=(claim,))
        for claim in broken
        if claim.ignored
    ]
    return Offer(
        scopes=scopes,
        model=contract.model_of(body),
        body=body,
        changes=tuple(ignored),
        obstacles=tuple(claim for claim in broken if not claim.ignored),
    )


def offer(scopes: Scopes, model: str, wanted: Mapping[str, Any]) -> Offer:
    """The request for one model, mended until it keeps every claim."""
    draft = _Draft(scopes, model, dict(wanted))
    draft.rewrite_size()
    for member in MEMBERS:
        draft.fit(member)
    obstacles = draft.mend()
    if not obstacles:
        draft.read_back()
        obstacles = draft.mend()
    return Offer(
        scopes=scopes,
        model=model,
        body=draft.body,
        changes=tuple(draft.changes),
        obstacles=tuple(sorted(obstacles, key=lambda claim: claim.id)),
        doubts=tuple(draft.doubts()),
    )


def _weight(each: Offer, default: str) -> tuple[bool, int, int, float, bool]:
    """Fewest changes first; of equals the model that is for what is handed in, then the provider's usual one."""
    claims = each.scopes.contract.request_claims(each.scopes.contract.submit.id, each.model)
    meant_for = sum(
        claim.model is not None and claim.parameters.get("narrows") == "required" and present(each.body, claim.tokens)
        for claim in claims
    )
    cost = sum(change.kind.cost for change in each.changes) + len(each.doubts)
    return each.answer is Fit.CANNOT, cost, -meant_for, sum(c.far for c in each.changes), each.model != default


@dataclass
class _Draft:
    """A request on its way to being taken."""

    scopes: Scopes
    model: str
    members: dict[str, Any]
    changes: list[Adjusted] = field(default_factory=list)

    @property
    def body(self) -> Any:
        known = {name: scope.written for name in self.members if (scope := self._scope(name)) and scope.written}
        return request.written(self.scopes.contract, self.model, self.members, known)

    def _scope(self, member: str) -> Scope | None:
        if member not in request.sayable(self.scopes.contract):
            return None
        return self.scopes.of(self.model, member)

    def rewrite_size(self) -> None:
        """Where pixels cannot be named, their shape and their lines can."""
        size, scope = self.members.get("size"), self._scope("size")
        if size is None or (scope is not None and not scope.refused):
            return
        across, down = map(int, size.split("x"))
        shape = math.gcd(across, down)
        said = {"aspect_ratio": f"{across // shape}:{down // shape}", "resolution": f"{min(across, down)}p"}
        put = {name: each for name, each in said.items() if name not in self.members and self._scope(name)}
        if put:
            del self.members["size"]
            self.members |= put
            given = ", ".join(f"{name} {each}" for name, each in put.items())
            self._change(Adjustment.REWRITTEN, "size", size, given, "no such field")

    def fit(self, member: str) -> None:
        """Make one member what is documented for it alone, or leave it out."""
        if member not in self.members:
            return
        wanted, scope = self.members[member], self._scope(member)
        if scope is None:
            self._drop(member, why="no such field")
        elif scope.refused:
            self._drop(member, claims=scope.refused)
        elif isinstance(wanted, list) and scope.most is not None and len(wanted) > scope.most:
            self._give(Adjustment.SHORTENED, member, wanted[: int(scope.most)], scope)
        elif isinstance(wanted, str) and self._encoding(member) == "text" and len(wanted) > (scope.most or math.inf):
            self._give(Adjustment.SHORTENED, member, wanted[: int(scope.most or 0)], scope)
        elif scope.values is not None and wanted not in scope.values:
            near = values.nearest(self._encoding(member), wanted, scope.values)
            if near is None:
                self._drop(member, claims=self._refusing(member, wanted, scope))
            else:
                self._give(Adjustment.NEAREST, member, near, scope)
        elif isinstance(wanted, int | float) and not isinstance(wanted, bool) and scope.values is None:
            low, high = (each if each is not None else wanted for each in (scope.least, scope.most))
            if not low <= wanted <= high:
                self._give(Adjustment.NEAREST, member, values.clean(min(max(wanted, low), high)), scope)
        if member in self.members and scope is not None:
            against = self._refusing(member, self.members[member], scope)
            if against:
                self._drop(member, claims=against)

    def _encoding(self, member: str) -> str:
        return self.scopes.contract.capabilities[member].encoding

    def _refusing(self, member: str, wanted: Any, scope: Scope) -> tuple[Claim, ...]:
        """The claims on the field that the value breaks, standing alone."""
        capability = self.scopes.contract.capabilities[member]
        alone = request.written(self.scopes.contract, self.model, {member: wanted}, {member: scope.written or [wanted]})
        return refusing(capability, scope.alone, value(alone, capability.tokens))

    def mend(self) -> list[Claim]:
        """Leave out what goes with nothing else, add what has to be said; the claims that stand in the way for good."""
        contract = self.scopes.contract
        for _ in range(2 * len(MEMBERS)):
            broken = [contract.claims[name] for name in sorted(contract.violations(contract.submit.id, self.body))]
            if not broken or not any(self._add(claim) or self._part(claim) for claim in broken):
                return broken
        return broken

    def _add(self, claim: Claim) -> bool:
        """Say what has to be said, if there is one documented value that can stand for all."""
        if claim.keyword != "required":
            return False
        for member in request.sayable(self.scopes.contract):
            scope = self._scope(member)
            at = self.scopes.contract.capabilities[member].tokens
            if at != claim.tokens or member in self.members or scope is None or not scope.values:
                continue
            default = values.read(self._encoding(member), scope.default)
            self.members[member] = default if default in scope.values else scope.values[0]
            self._change(Adjustment.ADDED, member, None, self.members[member], claims=(claim,))
            return True
        return False

    def _part(self, claim: Claim) -> bool:
        """Leave out the last member that has a part in a rule between fields, if that satisfies the rule."""
        places = set(_places(claim))
        for member in reversed(MEMBERS):
            capability = self.scopes.contract.capabilities.get(member)
            if member not in self.members or member == "prompt" or capability is None:
                continue
            if capability.tokens in places:
                without = _Draft(
                    self.scopes, self.model, {name: each for name, each in self.members.items() if name != member}
                )
                if claim.keeps(without.body) or _shares(self, capability.tokens, member):
                    self._drop(member, claims=(claim,))
                    return True
        return False

    def read_back(self) -> None:
        """What a reader of the request would not understand as it was meant is left out, and said to be."""
        understood = request.read(self.scopes.contract, self.body).members
        for member in reversed(MEMBERS):
            if member in self.members and understood.get(member) != self.members[member]:
                others = [name for name in understood if name not in self.members]
                why = f"would be read as {' and '.join(others)}" if others else "the field does not say what it is for"
                self._change(Adjustment.UNCLEAR, member, self.members.pop(member), None, why)
                understood = request.read(self.scopes.contract, self.body).members

    def doubts(self) -> Iterator[str]:
        """Members that only some models take, where nothing is said of this one, or the catalogue leaves it open."""
        for member in self.members:
            capability, scope = self.scopes.contract.capabilities[member], self._scope(member)
            if scope is not None and (scope.unsaid or (capability.partly and not scope.told(capability))):
                yield member

    def _drop(self, member: str, why: str = "", claims: Iterable[Claim] = ()) -> None:
        self._change(Adjustment.DROPPED, member, self.members.pop(member), None, why, claims)

    def _give(self, kind: Adjustment, member: str, given: Any, scope: Scope) -> None:
        wanted = self.members[member]
        self.members[member] = given
        far = values.apart(self._encoding(member), wanted, given) if kind is Adjustment.NEAREST else 0.0
        self._change(kind, member, wanted, given, claims=self._refusing(member, wanted, scope), far=far)

    def _change(
        self,
        kind: Adjustment,
        member: str,
        wanted: Any,
        given: Any,
        why: str = "",
        claims: Iterable[Claim] = (),
        far: float = 0.0,
    ) -> None:
        self.changes = [change for change in self.changes if change.member != member]
        self.changes.append(
            Adjusted(kind=kind, member=member, wanted=wanted, given=given, why=why, claims=tuple(claims), far=far)
        )


def _shares(draft: _Draft, tokens: Tokens, member: str) -> bool:
    """Whether other members of the request are written at the same place: one of several is given up at a time."""
    capabilities = draft.scopes.contract.capabilities
    return any(
        name != member and name in capabilities and capabilities[name].tokens == tokens and _is_array(draft, name)
        for name in draft.members
    )


def _is_array(draft: _Draft, member: str) -> bool:
    return draft.scopes.contract.capabilities[member].encoding in ARRAYS


def _places(claim: Claim) -> Iterator[Tokens]:
    """The places that a rule between fields is about."""
    yield claim.tokens
    for key in ("when", "needs", "these", "of", "at"):
        said = claim.parameters.get(key)
        for each in said if isinstance(said, list) else [said]:
            if isinstance(each, str) and each.startswith("/"):
                yield parse(each)
            elif isinstance(each, Mapping) and "at" in each:
                yield parse(each["at"])
