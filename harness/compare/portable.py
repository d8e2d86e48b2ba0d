"""What all the chosen providers document in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.compare import request
from harness.compare.cells import ONE
from harness.compare.offers import Offer, best
from harness.compare.request import MEMBERS, Wish
from harness.compare.scope import ARRAYS, Scope, Scopes, united
from harness.compare.table import is_meant
from harness.contract import Contract

ADDRESS = "https://example.com/file"
#: What the example of a portable request says, where all take it: for some a value that stands for any.
EXAMPLES: Mapping[str, Any] = {
    "prompt": "A paper boat drifting across a quiet pond",
    "duration": 5,
    "aspect_ratio": "16:9",
    "resolution": "720p",
    "audio": True,
    "negative_prompt": "blurred",
    "seed": 7,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """One member in common. ``values`` are the neutral values that all list; None where a provider lists none.

    ``most`` bounds entries, characters or numbers, ``least`` numbers; ``needed_by`` are the providers that insist.
    """

    member: str
    values: tuple[Any, ...] | None
    least: float | None
    most: float | None
    needed_by: tuple[str, ...]

    @property
    def example(self) -> Any:
        """A value that all take."""
        usual = EXAMPLES[self.member]
        return usual if self.values is None or usual in self.values else self.values[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portable:
    """The common subset, what falls out of it and for whom, and an example with what each provider makes of it."""

    model: str | None
    providers: tuple[str, ...]
    without: tuple[str, ...]  # providers that serve no such model
    common: tuple[Common, ...]
    missing: Mapping[str, tuple[str, ...]]  # member → the providers that do not take it
    disjoint: tuple[str, ...]  # members that all have, with no value in common
    example: Mapping[str, Any]
    offers: tuple[Offer, ...]


def portable(all_scopes: Sequence[Scopes], model: str | None) -> Portable:
    """The largest subset that all providers have that serve the model; of several such models any may take it."""
    meant = {scopes.contract.provider: _meant(scopes, model) for scopes in all_scopes}
    serving = [scopes for scopes in all_scopes if meant[scopes.contract.provider]]
    common, missing, disjoint = [], {}, []
    for member in MEMBERS:
        found = {
            scopes.contract.provider: _scope(scopes, meant[scopes.contract.provider], member) for scopes in serving
        }
        lacking = tuple(provider for provider, scope in found.items() if scope is None)
        if lacking:
            missing[member] = lacking
            continue
        shared = _shared(member, {provider: scope for provider, scope in found.items() if scope is not None})
        if shared.values == ():
            disjoint.append(member)
        else:
            common.append(shared)
    example = _example(common)
    return Portable(
        model=model,
        providers=tuple(scopes.contract.provider for scopes in serving),
        without=tuple(scopes.contract.provider for scopes in all_scopes if not meant[scopes.contract.provider]),
        common=tuple(common),
        missing={member: who for member, who in missing.items() if len(who) < len(serving)},
        disjoint=tuple(disjoint),
        example=example | ({"model": model} if model else {}),
        offers=tuple(best(scopes, Wish(model=model, members=example)) for scopes in serving),
    )


def _meant(scopes: Scopes, model: str | None) -> list[str]:
    return [each for each in scopes.contract.models if model is None or is_meant(scopes.contract, each, model)]


def _scope(scopes: Scopes, models: Sequence[str], member: str) -> Scope | None:
    """What any of the models takes; None where none takes the member, or none would know it for what it is."""
    if member not in request.sayable(scopes.contract) or not _understood(scopes.contract, models[0], member):
        return None
    found = [scope for model in models if (scope := scopes.of(model, member)) and not scope.refused]
    return united(scopes.contract.capabilities[member], found) if found else None


def _understood(contract: Contract, model: str, member: str) -> bool:
    """Whether what is handed in can be told from what else the same field is for."""
    if contract.capabilities[member].encoding not in ARRAYS:
        return True
    alone = {member: ADDRESS if member in ONE else [ADDRESS]}
    return bool(request.read(contract, request.written(contract, model, alone, {})).members == alone)


def _shared(member: str, scopes: Mapping[str, Scope]) -> Common:
    listed = [scope.values for scope in scopes.values() if scope.values is not None]
    values = None
    if listed:
        values = tuple(value for value in listed[0] if all(value in others for others in listed[1:]))
    return Common(
        member=member,
        values=values,
        least=max((scope.least for scope in scopes.values() if scope.least is not None), default=None),
        most=min((scope.most for scope in scopes.values() if scope.most is not None), default=None),
        needed_by=tuple(provider for provider, scope in scopes.items() if scope.required),
    )


def _example(common: Sequence[Common]) -> dict[str, Any]:
    """Prompt, length, shape and the like: what any request may have. What is handed in is left out."""
    return {each.member: each.example for each in common if each.member in EXAMPLES}
