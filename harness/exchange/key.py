"""A key as the environment has it, and whether it can be sent and kept secret at all."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import ConfigurationError
from harness.exchange.redact import SHORTEST_SECRET


def key_of(environment: Mapping[str, str], variable: str) -> str:
    """The key without the line end that files and secret stores add; "" where there is none.

    Raises ConfigurationError for what no header can carry, and for a key so short that it cannot be told from ordinary
    text: it could not be kept out of what is written.
    """
    key = environment.get(variable, "").rstrip("\r\n")
    if fault := _fault(key):
        raise ConfigurationError(
            f"{variable} holds {fault}", hint="No HTTP header can carry that. Set it again, to the key alone."
        )
    if 0 < len(key) < SHORTEST_SECRET:
        raise ConfigurationError(
            f"{variable} holds a key of {len(key)} characters",
            hint=f"One of fewer than {SHORTEST_SECRET} cannot be told from other text, and so not be kept out of what "
            "is written. Nothing was sent. Is it the whole key?",
        )
    return key


def _fault(key: str) -> str:
    """What of a text cannot stand in a header, in words that do not show it."""
    if "\n" in key or "\r" in key:
        return "a line end"
    control = next((each for each in key if ord(each) < 0x20 or ord(each) == 0x7F), None)
    if control is not None:
        return f"a control character (U+{ord(control):04X})"
    if key != key.strip():
        return "a space at one of its ends"
    return "bytes that are not UTF-8" if any("\ud800" <= each <= "\udfff" for each in key) else ""
