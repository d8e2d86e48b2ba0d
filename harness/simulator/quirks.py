"""Named ways in which the simulator departs from the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jsonschema_rs

from harness.claim import matches
from harness.contract import Contract
from harness.contract.dependency import condition
from harness.contract.files import read
from harness.errors import SpecError, UnknownName
from harness.folders import specs_folder


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """``does`` is one or more behaviours of the closed vocabulary in specs/README.md; ``breaks`` are claim globs."""

    name: str
    summary: str
    does: Mapping[str, Any]
    breaks: tuple[str, ...]
    reported: Mapping[str, str] | None = None


@cache
def known(provider: str) -> Mapping[str, Quirk]:
    """The provider's quirks by name."""
    path = specs_folder() / provider / "quirks.yaml"
    if not path.exists():
        return {}
    entries = read(path, "quirks").content
    quirks = {e["name"]: Quirk(**{**e, "breaks": tuple(e["breaks"])}) for e in entries}
    if len(quirks) != len(entries):
        raise SpecError("two quirks have the same name", where=str(path))
    return quirks


def chosen(provider: str, names: Iterable[str]) -> list[Quirk]:
    """Quirks by name; ``all-reported`` stands for every reported one. Raises UnknownName."""
    quirks = known(provider)
    picked: dict[str, Quirk] = {}
    for name in names:
        if name == "all-reported":
            picked |= {q.name: q for q in quirks.values() if q.reported}
        elif name in quirks:
            picked[name] = quirks[name]
        else:
            raise UnknownName("quirk", name, [*quirks, "all-reported"], see=f"harness quirks {provider}")
    return list(picked.values())


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """All chosen quirks together, as the simulator asks for them."""

    quirks: tuple[Quirk, ...] = ()
    accepted: frozenset[str] = frozenset()
    fails_later: frozenset[str] = frozenset()
    _refusals: tuple[Any, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(contract: Contract, quirks: Sequence[Quirk]) -> Behaviour:
        """The behaviour that the quirks add up to."""
        settings: dict[str, Any] = {
            "file": {},
            "words": {},
            "answers": [],
            "keys": set(),
            "ignores": set(),
            "webhook": set(),
            "life": set(),
            "money": set(),
        }
        refusals = []
        accepted: set[str] = set()
        later: set[str] = set()
        for quirk in quirks:
            for name, said in quirk.does.items():
                match name:
                    case "accepts":
                        accepted |= _matching(contract, said)
                    case "accepts-then-fails":
                        later |= _matching(contract, said)
                    case "refuses":
                        together = said if isinstance(said, list) else [said]
                        refusals.append(jsonschema_rs.validator_for({"allOf": [condition(each) for each in together]}))
                    case "file" | "words":
                        settings[name] |= said
                    case "keys" | "ignores" | "webhook" | "life" | "money":
                        settings[name] |= set(said)
                    case "answers":
                        settings["answers"].append(said)
                    case _:
                        settings[name] = said
        return Behaviour(
            quirks=tuple(quirks),
            accepted=frozenset(accepted),
            fails_later=frozenset(later),
            _refusals=tuple(refusals),
            settings=settings,
        )

    def refuses(self, body: Any) -> bool:
        """Whether a quirk refuses this (permitted) body."""
        return any(each.is_valid(body) for each in self._refusals)

    def get(self, name: str) -> Any:
        """What a behaviour is set to, or None."""
        return self.settings.get(name)


def _matching(contract: Contract, globs: Iterable[str]) -> set[str]:
    return {name for name in contract.claims for glob in globs if matches(glob, name)}
