"""What is said of a provider, one checkable sentence at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import jsonschema_rs

from harness.pointer import Tokens, render


class Kind(StrEnum):
    """What a claim is about; DESIGN's ten kinds and the documentation's own contradictions."""

    SHAPE = "shape"
    DEPENDENCY = "dependency"
    MODEL = "model"
    REFUSAL = "refusal"
    RESPONSE = "response"
    LIFECYCLE = "lifecycle"
    MEDIA = "media"
    MONEY = "money"
    WEBHOOK = "webhook"
    CAPABILITY = "capability"
    CONTRADICTION = "contradiction"


class Level(StrEnum):
    """How binding the documentation makes a claim (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a claim was read: document, its revision, its address, and the words."""

    document: str
    revision: str
    quote: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What an older revision said where the newer one rules."""

    source: Source
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicReport:
    """A divergence that somebody reported in public; never judged here."""

    summary: str
    direction: str
    link: str
    date: str
    evidence: str  # "quoted exchange" | "error text" | "prose"
    asked: str
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradicted:
    """That documents disagree about what a claim says: the contradiction's own claim, its words, and both sides."""

    claim: str
    statement: str
    sides: tuple[Source, Source]


def matches(glob: str, claim: str) -> bool:
    """Whether a claim's id fits. ``*`` stands for any text; everything else for itself, as ids have ``[]`` in them."""
    return fnmatchcase(claim, glob.replace("[", "[[]").replace("?", "[?]"))


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One checkable statement of a provider's documentation.

    ``id`` is stable across runs: ``provider.operation.field.rule``, with ``@model`` where the claim
    holds for one model only. ``tokens`` is the place in the request body (response body for response
    claims). ``schema`` is the normative form where JSON Schema can say it: a body breaks the claim
    exactly when the schema refuses it. ``check`` names the judge's check, ``parameters`` are its
    arguments. ``refusals`` are the meanings of status codes that count as refusing the request.
    ``place`` is where our own data says it: a file of the provider's folder, and the pointer into it.
    """

    id: str
    operation: str
    kind: Kind
    rule: str
    tokens: Tokens
    statement: str
    source: Source
    check: str
    level: Level = Level.MUST
    model: str | None = None
    schema: Mapping[str, Any] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    refusals: frozenset[str] = frozenset({"invalid"})
    ignored: bool = False  # documented to be ignored rather than refused
    history: tuple[Earlier, ...] = ()
    reported: tuple[PublicReport, ...] = ()
    contradicted: tuple[Contradicted, ...] = ()
    place: Tokens = ()

    @property
    def pointer(self) -> str:
        """JSON Pointer of the place the claim is about; "" where none fits."""
        return render(self.tokens)

    @property
    def keyword(self) -> str:
        """What its schema says of the place: the rule of its row where the catalogue narrows a field, else its own."""
        return str(self.parameters.get("narrows", self.rule))

    @property
    def vocabulary(self) -> str:
        """The word for the kind of rule: that of the dependency vocabulary, else the keyword."""
        return str(self.parameters.get("rule", self.keyword))

    @cached_property
    def _validator(self) -> Any:
        return jsonschema_rs.validator_for(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **(self.schema or {})},
            validate_formats=True,
        )

    def keeps(self, body: Any) -> bool:
        """Whether ``body`` keeps the claim. Bodies that are no JSON at all keep nothing."""
        try:
            return bool(self._validator.is_valid(body))
        except (ValueError, UnicodeEncodeError, RecursionError):
            return False

    def __hash__(self) -> int:
        return hash(self.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Claim) and self.id == other.id
