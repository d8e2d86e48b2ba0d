"""Families: the neutral name of a model that several providers serve under ids of their own."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from harness.contract.files import read
from harness.errors import SpecError


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One model of the field, whoever serves it. ``ids`` are globs of the ids that providers give it."""

    id: str
    title: str
    ids: tuple[str, ...]


@cache
def families(folder: Path) -> tuple[Family, ...]:
    """What ``families.yaml`` beside the providers' folders says; nothing where there is no such file."""
    path = folder / "families.yaml"
    if not path.exists():
        return ()
    file = read(path, "families")
    found: dict[str, Family] = {}
    for number, said in enumerate(file.content):
        if said["family"] in found:
            raise file.fault(f"names the family {said['family']!r} twice", number, "family")
        found[said["family"]] = Family(id=said["family"], title=said["title"], ids=tuple(said["ids"]))
    return tuple(found.values())


def family_of(model: str, folder: Path) -> Family | None:
    """The family that a model id belongs to. Raises SpecError where two claim it."""
    fitting = [each for each in families(folder) if any(fnmatchcase(model, glob) for glob in each.ids)]
    if len(fitting) > 1:
        raise SpecError(
            f"the model {model!r} belongs to {' and '.join(each.id for each in fitting)}",
            where=str(folder / "families.yaml"),
            hint="Write the `ids` of one of them more narrowly.",
        )
    return fitting[0] if fitting else None
