"""Faults in our own specs that loading alone does not show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from harness.claim import Kind, matches
from harness.contract.files import read
from harness.contract.model import Contract
from harness.contract.protocol import practice
from harness.contract.skus import price_list
from harness.errors import SpecError


class Named(Protocol):
    """A quirk, as far as linting needs to know it."""

    @property
    def name(self) -> str: ...
    @property
    def does(self) -> Any: ...
    @property
    def breaks(self) -> tuple[str, ...]: ...


def faults(contract: Contract, quirks: Iterable[Named]) -> Iterator[str]:
    """Names that lead nowhere, and claims of the page that the inventory does not have."""
    known = (*contract.claims, *practice(contract))
    for quirk in quirks:
        for glob in (*quirk.breaks, *quirk.does.get("accepts", ()), *quirk.does.get("accepts-then-fails", ())):
            if not any(matches(glob, name) for name in known):
                yield f"quirk {quirk.name}: {glob!r} matches no claim"
    for model in contract.models.values():
        try:
            price_list(contract, model)
        except SpecError as fault:
            yield fault.message
    path = contract.folder / contract.provider / "inventory.yaml"
    if not path.exists():
        yield "there is no inventory.yaml"
        return
    listed: set[str] = set()
    for page in read(path, "inventory").content:
        if page["document"] not in contract.documents:
            yield f"inventory: unknown document {page['document']!r}"
        for item in page["items"]:
            for name in item.get("claims", ()):
                fitting = {each for each in contract.claims if matches(name, each)}
                if not fitting:
                    yield f"inventory: {item['says'][:60]!r} leads to {name!r}, which is not a claim"
                listed |= {each.partition("@")[0] for each in fitting}
    on_request = (Kind.SHAPE, Kind.DEPENDENCY)
    for claim in contract.claims.values():
        if (
            claim.kind in on_request
            and claim.operation == contract.submit.id
            and claim.id.partition("@")[0] not in listed
        ):
            yield f"inventory: no item leads to {claim.id}"
