"""What is to be said of the data that decides about a run: a waiver to delete, a required claim that was not tested."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Matter(StrEnum):
    """What a remark is about."""

    WAIVER_UNKNOWN = "waiver-unknown"
    WAIVER_EXPIRED = "waiver-expired"
    WAIVER_UNTRUE = "waiver-untrue"
    REQUIRED = "required"
    TOO_MANY = "too-many-divergences"
    TOO_FEW = "too-few-tested"
    WAIVER_UNREACHED = "waiver-unreached"
    WAIVER_PARTLY = "waiver-partly"
    BASELINE_GONE = "baseline-gone"


_HARMLESS = frozenset({Matter.WAIVER_UNREACHED, Matter.WAIVER_PARTLY, Matter.BASELINE_GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """``where`` is a place as ``file:line``, or empty; ``lines`` are those of the file to delete or correct."""

    matter: Matter
    text: str
    where: str = ""
    lines: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether the run fails for it, whatever its verdicts are."""
        return self.matter not in _HARMLESS

    def __str__(self) -> str:
        head = f"{self.where}: {self.text}" if self.where else self.text
        return "\n".join([head, *(f"    {line}" for line in self.lines)])

    def as_json(self) -> dict[str, Any]:
        """As report.json has it."""
        said = {"matter": self.matter.value, "fails": self.fails, "text": self.text, "where": self.where or None}
        return said | {"lines": list(self.lines)}
