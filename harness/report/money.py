"""What a live run's jobs cost, in words: the lines that every form of the report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.report import words

#: member of ``money`` → what it says; in the order in which they are shown.
_SAID: Mapping[str, str] = {
    "budget": "budget",
    "planned": "planned at most",
    "spent": "spent",
    "reserved": "still set aside",
    "unknown": "of that, for requests of unknown outcome",
    "refunded": "not billed by the documentation, as the jobs failed",
}
#: Shown also where it is zero.
_ALWAYS = ("budget", "spent")


def sums(entry: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """(what, USD as text) of a live run: its budget, what it spent, and what of the rest is not zero."""
    said = entry.get("money")
    if not isinstance(said, Mapping):
        return []
    shown = [(name, words.dollars(said[key])) for key, name in _SAID.items() if _shown(said, key)]
    if _known(said, "metered") and _known(said, "claimed") and (said["metered"] or said["claimed"]):
        shown += [
            ("metered by the provider", words.dollars(said["metered"])),
            ("the prices said of the same jobs", words.dollars(said["claimed"])),
        ]
    return shown


def _shown(said: Mapping[str, Any], key: str) -> bool:
    return _known(said, key) and (key in _ALWAYS or bool(said[key]))


def _known(said: Mapping[str, Any], key: str) -> bool:
    return isinstance(said.get(key), int | float)
