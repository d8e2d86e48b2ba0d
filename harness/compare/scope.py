"""What a provider documents of one axis, read off its claims by trying values against them.

Nothing here interprets a limit a second time: a value belongs to a scope exactly when no claim on the field refuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.claim import Claim
from harness.compare import values
from harness.contract import Capability, Contract, Model
from harness.contract.shape import schema_at
from harness.pointer import parse, put

#: Rules of the dependency vocabulary that one field alone can break.
OF_ONE_FIELD = frozenset({"forbidden", "pattern", "one-of", "range", "count", "length", "each"})
#: Seconds that are tried where no list of them is documented; more in one clip is documented nowhere in the field.
SECONDS = range(1, 121)
#: Entries that are tried where a limit is looked for.
ENTRIES = range(1, 65)
SECOND_ENCODINGS = frozenset({"seconds", "seconds-string", "seconds-suffixed"})
ARRAYS = frozenset({"urls", "entries"})
_ADDRESS = "https://example.com/{}"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a field takes, alone.

    ``refused`` are the claims by which it is not taken at all. ``values`` are the documented neutral values in order
    and ``written`` their spellings; None where none are listed. ``words`` are documented values that are not neutral.
    ``least`` and ``most`` bound a number, the characters of a text or the entries of an array; None where no bound is
    documented. ``claims`` are all that are about the field. ``unsaid``: the model's entry leaves open whether it is
    taken.
    """

    refused: tuple[Claim, ...] = ()
    required: bool = False
    values: tuple[Any, ...] | None = None
    written: tuple[Any, ...] = ()
    words: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    default: Any = None
    claims: tuple[Claim, ...] = field(default=(), compare=False)
    unsaid: bool = False

    @property
    def alone(self) -> tuple[Claim, ...]:
        """The claims that a request can break which has nothing but the field."""
        return tuple(claim for claim in self.claims if of_one_field(claim))

    def told(self, capability: Capability) -> bool:
        """Whether a model's own claim takes for granted that the model has the field."""
        own = (claim for claim in self.claims if claim.model and claim.tokens == capability.tokens)
        return any(not claim.parameters.get("partly") for claim in own)

    @property
    def ignored(self) -> bool:
        """Documented to be taken and to have no effect."""
        return bool(self.refused) and all(claim.ignored for claim in self.refused)


@dataclass(frozen=True)
class Scopes:
    """The scopes of one contract, each worked out once."""

    contract: Contract
    _known: dict[tuple[str | None, str], Scope | None] = field(default_factory=dict, repr=False)

    def of(self, model: str | None, axis: str) -> Scope | None:
        """What the submission takes for an axis, of a model or by the rules for all; None where it has no field."""
        if (model, axis) not in self._known:
            capability = self.contract.capabilities.get(axis)
            self._known[model, axis] = None if capability is None else self._read(model, capability)
        return self._known[model, axis]

    def _read(self, model: str | None, capability: Capability) -> Scope:
        about = tuple(claims_on(self.contract, model, capability))
        alone = [claim for claim in about if of_one_field(claim)]
        known = schema_at(self.contract.submit.body or {}, capability.tokens) or {}
        return Scope(
            claims=about,
            unsaid=model is not None and _unsaid(self.contract.models[model], capability),
            required=any(claim.vocabulary == "required" and claim.tokens == capability.tokens for claim in about),
            default=known.get("default"),
            **_limits(capability, alone),
        )


def claims_on(contract: Contract, model: str | None, capability: Capability) -> Iterator[Claim]:
    """The claims on requests whose place is the axis's field or in it, and that are not about other entries of it."""
    depth = len(capability.tokens)
    for claim in contract.request_claims(contract.submit.id, model):
        if claim.tokens[:depth] == capability.tokens and _same_entries(claim, capability.like):
            yield claim


def of_one_field(claim: Claim) -> bool:
    """Whether a request that has nothing but the field can break the claim."""
    return "rule" not in claim.parameters or claim.parameters["rule"] in OF_ONE_FIELD


def conditions(claim: Claim) -> Iterator[Mapping[str, Any]]:
    """The conditions of a dependency that are more than a place."""
    for key in ("when", "needs", "these", "of"):
        said = claim.parameters.get(key)
        for each in said if isinstance(said, list) else [said]:
            if isinstance(each, Mapping) and "at" in each:
                yield each


def refusing(capability: Capability, claims: Iterable[Claim], written: Any) -> tuple[Claim, ...]:
    """The claims that a request breaks which has nothing but this value."""
    body: dict[str, Any] = {}
    put(body, capability.tokens, written)
    return tuple(claim for claim in claims if not claim.keeps(body))


def entries(capability: Capability, addresses: Iterable[str]) -> list[Any]:
    """Array entries that carry the addresses."""
    return [address if capability.encoding == "urls" else _entry(capability, address) for address in addresses]


def _entry(capability: Capability, address: str) -> dict[str, Any]:
    entry = dict(capability.like)
    put(entry, capability.url, address)
    return entry


def _same_entries(claim: Claim, like: Mapping[str, Any]) -> bool:
    """Whether a claim that is about entries of one kind is about this kind."""
    said = claim.parameters
    kinds = [said[key] for key in ("has", "when") if isinstance(said.get(key), Mapping) and "at" not in said[key]]
    kinds += [each["has"] for each in conditions(claim) if "has" in each and parse(each["at"]) == claim.tokens]
    if not like or not kinds:
        return True
    return any(all(like.get(key, value) == value for key, value in kind.items()) for kind in kinds)


def _unsaid(model: Model, capability: Capability) -> bool:
    """Whether the catalogue should say of this model that it takes the field, or entries of this kind, and does not."""
    kinds = {(*capability.tokens, "*", member) for member in capability.like}
    return bool(model.unsaid & {capability.tokens, *kinds})


def _limits(capability: Capability, claims: Sequence[Claim]) -> dict[str, Any]:
    never = tuple(claim for claim in claims if claim.vocabulary == "forbidden" and claim.tokens == capability.tokens)
    if never:
        return {"refused": never}
    here = [claim for claim in claims if claim.tokens == capability.tokens]
    if capability.encoding in ARRAYS:
        return _of_array(capability, claims, here)
    listed = _listed(capability, claims)
    if listed is not None:
        return _of_list(capability, claims, listed)
    if capability.encoding in SECOND_ENCODINGS:
        return _of_seconds(capability, claims)
    return {
        "least": _bound(here, ("minimum", "minLength"), max),
        "most": _bound(here, ("maximum", "maxLength"), min),
    }


def _listed(capability: Capability, claims: Sequence[Claim]) -> Sequence[Any] | None:
    """The shortest list of values that a claim gives; every value in it is still checked against all the claims."""
    if capability.encoding == "boolean":
        return [True, False]
    lists = [
        claim.parameters.get("values", claim.parameters.get("value"))
        for claim in claims
        if claim.tokens == capability.tokens and claim.vocabulary in ("enum", "one-of")
    ]
    return min((each for each in lists if isinstance(each, list)), key=len, default=None)


def _of_list(capability: Capability, claims: Sequence[Claim], listed: Sequence[Any]) -> dict[str, Any]:
    neutral: dict[Any, Any] = {}
    words = []
    for each in listed:
        if refusing(capability, claims, each):
            continue
        value = values.read(capability.encoding, each)
        if value is None:
            words.append(str(each))
        else:
            neutral.setdefault(value, each)
    ordered = _ordered(capability, neutral)
    spelled = tuple(neutral[each] for each in ordered)
    return {"values": tuple(ordered), "written": spelled, "words": tuple(dict.fromkeys(words))}


def united(capability: Capability, scopes: Sequence[Scope]) -> Scope:
    """What at least one of several models takes."""
    taking = [scope for scope in scopes if not scope.refused]
    if not taking:
        return scopes[0]
    spelled: dict[Any, Any] = {}
    for scope in taking:
        spelled |= dict(zip(scope.values or (), scope.written, strict=True))
    listed = all(scope.values is not None for scope in taking)
    ordered = _ordered(capability, spelled) if listed else []
    return Scope(
        required=all(scope.required for scope in scopes),
        values=tuple(ordered) if listed else None,
        written=tuple(spelled[each] for each in ordered),
        words=tuple(dict.fromkeys(word for scope in taking for word in scope.words)),
        least=_widest([scope.least for scope in taking], min),
        most=_widest([scope.most for scope in taking], max),
        default=taking[0].default,
        claims=tuple(dict.fromkeys(claim for scope in scopes for claim in scope.claims)),
    )


def _widest(bounds: Sequence[float | None], choose: Callable[[list[float]], float]) -> float | None:
    known = [each for each in bounds if each is not None]
    return choose(known) if len(known) == len(bounds) else None


def _ordered(capability: Capability, found: Iterable[Any]) -> list[Any]:
    return list(found) if capability.encoding == "text" else sorted(found, key=_size)


def _size(value: Any) -> tuple[float, float]:
    """Where a value stands in a list: numbers and lines by size, ratios and sizes by shape, true before false."""
    if isinstance(value, bool):
        return float(not value), 0.0
    if isinstance(value, int | float):
        return float(value), 0.0
    across, _, down = str(value).replace("x", ":").rstrip("p").partition(":")
    return (int(across) / int(down), float(across)) if down else (float(across), 0.0)


def _of_seconds(capability: Capability, claims: Sequence[Claim]) -> dict[str, Any]:
    """No list: seconds are tried. Where the last is taken too, no limit is documented."""
    taken = [n for n in SECONDS if not refusing(capability, claims, values.written(capability.encoding, n))]
    if not taken or taken[-1] == SECONDS[-1]:
        return {"least": min(taken, default=None)}
    spelled = tuple(values.written(capability.encoding, n) for n in taken)
    return {"values": tuple(taken), "written": spelled}


def _of_array(capability: Capability, claims: Sequence[Claim], here: Sequence[Claim]) -> dict[str, Any]:
    if capability.encoding == "entries" and not capability.url:  # entries of several members: their number alone
        return {"most": _bound(here, ("maxItems", "length"), min)}

    def refusals(number: int) -> tuple[Claim, ...]:
        return refusing(capability, claims, entries(capability, [_ADDRESS.format(n) for n in range(number)]))

    one = refusals(1)
    if one:
        return {"refused": one}
    return {"most": next((number - 1 for number in ENTRIES if refusals(number)), None)}


def _bound(claims: Iterable[Claim], rules: tuple[str, ...], tightest: Callable[[list[float]], float]) -> float | None:
    found = [
        claim.parameters.get("value", claim.parameters.get("max")) for claim in claims if claim.vocabulary in rules
    ]
    found += [claim.parameters[rule] for claim in claims for rule in rules if rule in claim.parameters]
    numbers = [float(each) for each in found if isinstance(each, int | float)]
    return tightest(numbers) if numbers else None
