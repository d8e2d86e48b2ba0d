"""A history of a provider's OpenAPI document: dated excerpts of it, oldest first.

``[{"date": "2026-04-09", "commit": "…", "schemas": {NAME: SCHEMA, "/path": PATH ITEM}}, …]``: every entry holds the
path items and the named schemas that matter, as the document had them that day. What they refer to may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.contract.model import Contract
from harness.contract.official import METHODS, official
from harness.contract.revision import Revision
from harness.errors import SpecError
from harness.json_text import canonical

_SCHEMAS = "#/components/schemas/"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One dated excerpt as an OpenAPI document. ``borrowed``: operations whose body only later entries name."""

    date: str
    commit: str
    document: Mapping[str, Any]
    borrowed: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Entry({self.label!r})"

    @property
    def label(self) -> str:
        """The date; the commit tells several of one day apart."""
        return f"{self.date} ({self.commit[:7]})" if self.commit else self.date


@dataclass(frozen=True)
class History:
    """The entries of one file, oldest first."""

    path: Path
    entries: tuple[Entry, ...]

    def at(self, wanted: str | None) -> Entry:
        """What held on a day (the last entry of that day or before it), by a commit, or (None) the newest.

        Raises SpecError for a day before the first entry, and for what is neither a date nor a commit of it.
        """
        if wanted is None:
            return self.entries[-1]
        found = [
            entry
            for entry in self.entries
            if (entry.date <= wanted if _DATE.fullmatch(wanted) else bool(wanted) and entry.commit.startswith(wanted))
        ]
        if not found:
            raise SpecError(
                f"has no revision {wanted!r}",
                where=str(self.path),
                hint=f"Name a date from {self.entries[0].date} on, or the start of a commit. Without NEW, "
                "`harness diff FILE` lists them all.",
            )
        return found[-1]

    def since(self, entry: Entry) -> tuple[Entry, ...]:
        """The entry and all after it."""
        return self.entries[next(i for i, each in enumerate(self.entries) if each is entry) :]

    def revision(self, entry: Entry, provider: str, contract: Contract | None) -> Revision:
        """The claims of one entry."""
        made = official(
            entry.document, provider=provider, contract=contract, path=self.path, date=entry.label, excerpt=True
        )
        notes = (
            f"{path} names no request body here: it is read with the one that later revisions name"
            for path in entry.borrowed
        )
        return replace(made, name="", notes=(*notes, *made.notes))


def is_history(content: Any) -> bool:
    """Whether a file has the shape of a history."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(each, Mapping) and {"date", "schemas"} <= each.keys() for each in content)
    )


def history(content: Any, path: Path) -> History:
    """A history from what its file holds, put in the order of dates. Raises SpecError naming the entry at fault."""
    for number, said in enumerate(content):
        sound = isinstance(said["schemas"], Mapping) and isinstance(said.get("commit", ""), str)
        if not (sound and isinstance(said["date"], str) and _DATE.fullmatch(said["date"])):
            raise SpecError(
                f"entry {number + 1} has no date as 2026-04-09, or no mapping `schemas`",
                where=str(path),
                hint="A history is a list of {date, commit, schemas}.",
            )
    given = sorted(content, key=lambda said: str(said["date"]))  # stable: entries of one day keep their order
    entries: list[Entry] = []
    later: dict[tuple[str, str], Any] = {}
    for said in reversed(given):
        schemas = {name: each for name, each in said["schemas"].items() if not name.startswith("/")}
        paths = {name: dict(each) for name, each in said["schemas"].items() if _is_path(name, each)}
        borrowed = tuple(_borrowed(paths, schemas, later))
        document = {"paths": paths, "components": {"schemas": schemas}}
        entries.append(Entry(date=said["date"], commit=said.get("commit", ""), document=document, borrowed=borrowed))
    return History(path, tuple(reversed(entries)))


def _is_path(name: str, item: Any) -> bool:
    return name.startswith("/") and isinstance(item, Mapping)


def _borrowed(
    paths: Mapping[str, dict[str, Any]], schemas: Mapping[str, Any], later: dict[tuple[str, str], Any]
) -> Iterator[str]:
    """Give an operation without a request body the one that a later entry names, if this entry describes it.

    An excerpt can hold a request's schema and not that the operation takes it.
    """
    for path, item in paths.items():
        for method in METHODS:
            if not isinstance(item.get(method), Mapping):
                continue
            body = item[method].get("requestBody")
            if body is not None:
                later[path, method] = body
                continue
            known = later.get((path, method))
            if known is not None and any(f'"{_SCHEMAS}{name}"' in canonical(known) for name in schemas):
                item[method] = {**item[method], "requestBody": known}
                yield path
