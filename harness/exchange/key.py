"""A key as the environment has it, and whether it can be sent and kept secret at all."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import ConfigurationError
from harness.exchange.redact import SHORTEST_SECRET


def key_of(environment: Mapping[str, str], variable: str) -> str:
    """A secret that is sent in a header; "" where there is none. Raises ConfigurationError for what none can carry."""
    key = secret_of(environment, variable)
    if fault := _fault(key):
        raise ConfigurationError(
            f"{variable} holds {fault}", hint="No HTTP header can carry that. Set it again, to the key alone."
        )
    return key


def secret_of(environment: Mapping[str, str], variable: str) -> str:
    """A secret without the line end that files and secret stores add; "" where there is none.

    Raises ConfigurationError for one with so few letters and digits that it cannot be told from ordinary text,
    however it is written: it could not be kept out of what is written.
    """
    secret = environment.get(variable, "").rstrip("\r\n")
    many = sum(each.isascii() and each.isalnum() for each in secret)
    if secret and many < SHORTEST_SECRET:
        raise ConfigurationError(
            f"{variable} holds a secret of {many} letters and digits",
            hint=f"One of fewer than {SHORTEST_SECRET} cannot be told from other text, and so not be kept out of what "
            "is written. Nothing was sent. Is it the whole of it?",
        )
    return secret


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
