"""The line of our own data on which each claim stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.claim import Claim
from harness.contract.model import Contract
from harness.document import Lines
from harness.pointer import Tokens


def lines(contract: Contract, claims: Iterable[Claim]) -> Mapping[str, tuple[str, int]]:
    """(file, line from 1) by claim id; the file relative to the repository. A claim without a place is left out.

    A file is parsed again here, when its lines are asked for, so that loading a contract costs nothing more.
    """
    files: dict[str, Lines] = {}
    known: dict[Tokens, int | None] = {}
    found: dict[str, tuple[str, int]] = {}
    for claim in claims:
        name, *pointer = claim.place or ("",)
        if name not in contract.texts:
            continue
        if claim.place not in known:
            if name not in files:
                files[name] = Lines(contract.texts[name])
            known[claim.place] = files[name].of(pointer)
        line = known[claim.place]
        if line is not None:
            found[claim.id] = (f"specs/{contract.provider}/{name}", line)
    return found
