"""Divergences that a waiver or a baseline excuses, and what the gate said besides: shown by all, hidden by none."""

from __future__ import annotations

from collections.abc import Sequence

from harness.json_text import Json
from harness.report.safe import block, plain

#: Marks of a verdict that diverges and does not count, as they stand in report.json.
MARKS = ("waived", "known")
#: Of a remark's text, and of the lines that it says to delete.
TEXT, LINES = 600, 40


def mark(verdict: Json) -> str:
    """``waived`` or ``known`` for a divergence that does not count; empty for anything else."""
    if verdict["outcome"] != "fail":
        return ""
    return next((each for each in MARKS if each in verdict), "")


def why(verdict: Json) -> str:
    """What excuses the divergence, in one sentence; empty where nothing does."""
    match mark(verdict):
        case "waived":
            waived = verdict["waived"]
            return f"until {waived['expires']}, {waived['owner']}: {waived['reason']} ({waived['link']})"
        case "known":
            return f"in the baseline since {verdict['known']['since']}"
        case _:
            return ""


def remarks(report: Json) -> Sequence[Json]:
    """What the gate said, what fails the run first."""
    said: Sequence[Json] = report.get("gate", {}).get("remarks", ())
    return sorted(said, key=lambda remark: not remark["fails"])


def told(remark: Json) -> str:
    """Where and what, on one line."""
    return plain(f"{remark['where']}: {remark['text']}" if remark["where"] else remark["text"], TEXT)


def lines(remark: Json) -> list[str]:
    """The lines that it says to delete."""
    return [block(each, TEXT) for each in remark["lines"][:LINES]]
