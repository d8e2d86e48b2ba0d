"""What a reviewer has to know, gathered while a draft is made."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """What the document does not say, or had to be guessed: what stands now, and where to put it right."""

    what: str
    now: str
    where: str


@dataclass(frozen=True, slots=True)
class Notes:
    """``excluded`` are (place, quote, reason)."""

    unknown: list[Unknown] = field(default_factory=list)
    excluded: list[tuple[str, str, str]] = field(default_factory=list)

    def ask(self, what: str, now: str, where: str) -> None:
        """Something for the reviewer to look at."""
        self.unknown.append(Unknown(what=what, now=now, where=where))
