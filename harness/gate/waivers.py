"""Waivers: known divergences, each with reason, link, owner and the last day on which it holds.

A waiver is laid over a divergence and hides nothing: the verdict keeps its outcome.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import document
from harness.claim import matches
from harness.contract import providers
from harness.contract.files import DataFile, read
from harness.errors import GateError, UnknownName
from harness.gate.seen import directions, diverges
from harness.json_text import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A known divergence. ``claim`` is a claim's id or a glob of ids of one provider, in which ``*`` is any text.

    ``expires`` is the last day on which it holds. ``provenance`` and ``direction`` narrow it down; None is any.
    ``where`` is its place as ``file:line`` and ``lines`` are the lines it stands on, which deleting it deletes.
    """

    claim: str
    reason: str
    link: str
    owner: str
    expires: datetime.date
    provenance: str | None = None
    direction: str | None = None
    where: str = ""
    lines: tuple[str, ...] = ()

    @property
    def provider(self) -> str:
        return self.claim.partition(".")[0]

    @property
    def glob(self) -> bool:
        return "*" in self.claim

    def covers(self, claim: str) -> bool:
        """Whether it is about the claim."""
        return matches(self.claim, claim)

    def excuses(self, verdict: Json) -> bool:
        """Whether every divergence of the verdict is one that it waives."""
        return diverges(verdict) and (self.direction is None or directions(verdict) == {self.direction})

    def as_json(self) -> dict[str, Any]:
        """As report.json has it at the verdict."""
        said = {"reason": self.reason, "link": self.link, "owner": self.owner, "expires": self.expires.isoformat()}
        return said | {"where": self.where or None}


def load_waivers(path: Path, known: Collection[str] | None = None) -> list[Waiver]:
    """The waivers of a file, whose form is ``schemas/waivers.json``; none where it holds nothing but comments.

    ``known`` are the providers there are, unless it is those of ``specs/``. Raises GateError with file and line for
    what is malformed or said twice, and UnknownName for a provider that does not exist.
    """
    text = document.read_text(path, GateError)
    if not any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines()):
        return []
    file = read(path, "waivers", GateError)
    spans = document.Lines(file.text).items()
    rows = file.text.splitlines()
    names = providers() if known is None else known
    found: dict[tuple[str, str | None, str | None], Waiver] = {}
    for number, said in enumerate(file.content):
        first, last = spans[number]
        waiver = Waiver(
            **{**said, "expires": _date(file, said["expires"], number)},
            where=f"{path}:{first}",
            lines=tuple(rows[first - 1 : last]),
        )
        if waiver.provider not in names:
            raise UnknownName("provider", waiver.provider, names, where=waiver.where)
        identity = waiver.claim, waiver.provenance, waiver.direction
        if identity in found:
            raise file.fault(
                f"waives {waiver.claim!r} a second time; the first is at {found[identity].where}",
                number,
                hint="Delete one of the two.",
            )
        found[identity] = waiver
    return list(found.values())


def _date(file: DataFile, text: str, number: int) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as fault:
        hint = "Write the last day on which it holds as YYYY-MM-DD."
        raise file.fault(f"expires: {text!r} is not a date ({fault})", number, "expires", hint=hint) from None
