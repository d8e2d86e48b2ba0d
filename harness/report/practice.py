"""Good practice that no provider documents: shown apart, and counted nowhere."""

from __future__ import annotations

from collections.abc import Sequence

from harness.json_text import Json

TITLE = "Good practice, not documented"
OBSERVED = "Observed, and documented neither way"
#: What a reader must know before the list.
ABOUT = (
    "Held by this project against every provider. None of it is in the provider's documentation, so nothing here is a "
    "divergence from that, is counted above, or changes an exit code."
)


def verdicts(entry: Json) -> Sequence[Json]:
    """Everything that was checked against good practice; nothing where that was turned off."""
    found: Sequence[Json] = entry.get("practice") or ()
    return found


def departures(entry: Json) -> list[Json]:
    """What was seen not to be followed."""
    return [each for each in verdicts(entry) if each["outcome"] == "fail"]


def observations(entry: Json) -> str:
    """What was seen and no document speaks of, either way; empty for nothing."""
    return "; ".join(map(str, entry.get("observations") or ()))


def tally(entry: Json) -> str:
    """``2 not followed, 9 kept, 3 not seen``; empty where nothing was seen at all."""
    outcomes = [each["outcome"] for each in verdicts(entry)]
    seen = [
        ("not followed", "fail"),
        ("kept", "pass"),
        ("could not be told", "inconclusive"),
        ("not judged because of a harness fault", "error"),
    ]
    if not any(name in outcomes for _, name in seen):
        return ""
    said = [f"{outcomes.count(name)} {what}" for what, name in seen if name in outcomes]
    rest = len(outcomes) - sum(outcomes.count(name) for _, name in seen)
    return ", ".join([*said, *([f"{rest} not seen"] if rest else [])])
