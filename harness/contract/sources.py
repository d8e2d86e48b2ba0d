"""Quotes: every claim says which document it was read from, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.claim import Earlier, Source
from harness.contract.model import Document
from harness.errors import SpecError, UnknownName


class Sources:
    """Turns the ``x-source`` notes of a spec into sources. ``where`` names the file in errors."""

    def __init__(self, documents: Mapping[str, Document], default: str, where: str) -> None:
        self.documents, self.default, self.where = documents, default, where
        if default not in documents:
            raise UnknownName("document", default, documents, where=where)

    def quote(self, said: Any, place: str) -> Source:
        """A source from a bare quote or from ``{document, quote}``."""
        match said:
            case str():
                name, words = self.default, said
            case {"document": str(name), "quote": str(words)}:
                pass
            case _:
                raise SpecError(
                    f"{place} has no usable source",
                    where=self.where,
                    hint="Write x-source as a quote, or as {document: NAME, quote: WORDS}, per rule or under 'any'.",
                )
        if name not in self.documents:
            raise UnknownName("document", name, self.documents, where=f"{self.where} ({place})")
        document = self.documents[name]
        return Source(document=name, revision=document.revision, quote=words, url=document.url)

    def of(self, node: Mapping[str, Any], rule: str, place: str, fallback: Source | None = None) -> Source:
        """The source of one rule at a schema node; ``fallback`` for nodes that need none of their own."""
        noted = node.get("x-source")
        if isinstance(noted, Mapping) and "quote" not in noted:
            noted = noted.get(rule, noted.get("any"))
        if noted is None and fallback is not None:
            return fallback
        return self.quote(noted, place)

    def history(self, node: Mapping[str, Any], rule: str, place: str) -> tuple[Earlier, ...]:
        """What older documents said of the same rule: ``x-history: [{document, rule, value, quote}]``."""
        return tuple(
            Earlier(
                source=self.quote({"document": each["document"], "quote": each["quote"]}, place), value=each["value"]
            )
            for each in node.get("x-history", ())
            if each["rule"] == rule
        )
