"""The axes of a submission: its fields, the rules between them, and the models that it may name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from harness.claim import Claim, Kind
from harness.compare.cells import OF_SOME, UNSAID, Cell, Standing, described, documented, none, silent
from harness.compare.operations import submitted
from harness.compare.scope import Scopes, of_one_field, united
from harness.contract import Capability, Contract
from harness.pointer import dotted


def field(axis: str) -> Callable[[Scopes, Sequence[str]], Cell]:
    def read(scopes: Scopes, models: Sequence[str]) -> Cell:
        contract = scopes.contract
        capability = contract.capabilities.get(axis)
        stated = contract.stated.get(axis)
        if capability is None:
            if stated is None:
                return none("no such field")
            standing = Standing.SILENT if stated.unclear else Standing.DOCUMENTED
            return documented(stated.says, sources=[stated.source], standing=standing)
        return _of_models(scopes, capability, models)

    return read


def _of_models(scopes: Scopes, capability: Capability, models: Sequence[str]) -> Cell:
    found = {model: scope for model in models if (scope := scopes.of(model, capability.name))}
    told = {model: described(capability, scope) for model, scope in found.items()}
    taking = [scope for scope in found.values() if not scope.refused]
    unsaid = sum(scope.unsaid for scope in taking)
    listed = [scope for scope in taking if scope.values is not None]
    differ = len(set(told.values())) > 1
    parts = [described(capability, united(capability, listed or taking or list(found.values())))]
    if differ and any(text.endswith(OF_SOME) for text in told.values()):
        parts += [] if parts[0].endswith(OF_SOME) else [OF_SOME]
    elif differ and len(taking) - unsaid < len(found):
        parts.append(f"{len(taking) - unsaid} of {len(found)} models")
    elif differ:
        parts.append("by model")
    if unsaid:
        parts.append(f"not said of {unsaid}" if len(found) > 1 else UNSAID)
    if listed and len(listed) < len(taking):
        parts.append(f"no list for {len(taking) - len(listed)}")
    alike = _not_told_apart(scopes.contract, capability)
    if taking and alike:
        parts.append(f"in `{dotted(capability.tokens)}`, not told apart from {' and '.join(alike)}")
    claims = dict.fromkeys(claim for scope in found.values() for claim in scope.claims)
    return documented(
        "; ".join(parts),
        [*claims, *_delivered(scopes.contract, capability)],
        [capability.source],
        standing=Standing.DOCUMENTED if taking else Standing.DENIED,
        by_model=told if differ else {},
        disputed=tuple(_disputed(scopes.contract, capability, models)),
    )


def _not_told_apart(contract: Contract, capability: Capability) -> list[str]:
    """The other axes that are written in the same way at the same place."""
    return [
        other.name.replace("_", " ")
        for other in contract.capabilities.values()
        if other.name != capability.name and (other.tokens, other.like) == (capability.tokens, capability.like)
    ]


def _delivered(contract: Contract, capability: Capability) -> Iterator[Claim]:
    prefix = f"{contract.provider}.{contract.submit.id}.{dotted(capability.tokens)}"
    return (
        contract.claims[name] for rule in ("delivered", "default") if (name := f"{prefix}.{rule}") in contract.claims
    )


def _disputed(contract: Contract, capability: Capability, models: Sequence[str]) -> Iterator[Claim]:
    for claim in contract.claims.values():
        here = claim.operation == contract.submit.id and claim.tokens == capability.tokens
        if claim.kind is Kind.CONTRADICTION and here and (claim.model is None or claim.model in models):
            yield claim


def together(scopes: Scopes, models: Sequence[str]) -> Cell:
    """Rules between fields, each once however many models have it."""
    contract = scopes.contract
    found = [
        claim
        for claim in contract.claims.values()
        if claim.check == "request"
        and claim.operation == contract.submit.id
        and not of_one_field(claim)
        and (claim.model is None or claim.model in models)
    ]
    if not found:
        return silent()
    said = dict.fromkeys(claim.statement for claim in found)
    return documented(f"{len(said)}: {'; '.join(said)}", found)


def served(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    serving = [claim for model in models if (claim := submitted(contract, f"model.serves@{model}"))]
    return documented(models[0] if len(models) == 1 else f"{len(models)} in the catalogue", serving)
