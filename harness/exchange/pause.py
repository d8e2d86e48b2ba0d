"""How long a server asks to be left alone, in any of the headers that say so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Nobody means more; whoever waits will have a bound of their own.
LONGEST = 86_400.0
#: Numbers from here on are no seconds to wait but a time: seconds since 1970, or milliseconds.
_EPOCH, _EPOCH_MS = 1e9, 1e11

_NUMBER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?")
_LENGTH = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ms|[dhms]))+")
_STEP = re.compile(r"([0-9.]+)(ms|[dhms])")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
#: ``x-ratelimit-reset``, ``x-ratelimit-reset-requests``, ``x-rate-limit-reset``, ``ratelimit-reset`` …
_RESET = re.compile(r"(?:[a-z0-9]+-){0,3}rate-?limit-(?:[a-z0-9]+-){0,3}?reset(?:-(?P<of>[a-z0-9-]+))?")
#: One policy of the ``ratelimit`` header of the IETF's draft: what remains, and seconds until it is renewed.
_POLICY = re.compile(r"(?:^|,)(?P<policy>[^,]*)")
_MEMBER = re.compile(r";\s*([rt])\s*=\s*([0-9]{1,20})")


def pause_asked(headers: Mapping[str, str], now: float) -> float:
    """Seconds to wait before the next request, from 0 to LONGEST; 0 if nothing is asked for or understood.

    ``headers`` with names in lower case; ``now`` in seconds since 1970, used only where the answer has no ``date``
    of its own, so that a wrong clock of ours moves nothing. ``retry-after`` (seconds or a date) and
    ``retry-after-ms`` always count; a reset of a rate limit (seconds, a length such as ``1m30s``, a time) does
    not while its ``remaining`` header says that something is left.
    """
    clock = _moment(headers.get("date", ""))
    now = now if clock is None else clock
    asked = [0.0]
    for name, text in headers.items():
        for value in _values(name, text, headers):
            asked.append(_seconds(value, now))
    if (thousandths := headers.get("retry-after-ms", "").strip()) and _NUMBER.fullmatch(thousandths):
        asked.append(float(thousandths) / 1000)
    return min(max(asked), LONGEST)


def _values(name: str, text: str, headers: Mapping[str, str]) -> list[str]:
    if name == "retry-after":
        return [text]
    if name == "ratelimit":
        policies = (dict(_MEMBER.findall(each["policy"])) for each in _POLICY.finditer(text))
        return [said["t"] for said in policies if "t" in said and int(said.get("r", 0)) == 0]
    if _RESET.fullmatch(name):
        left = headers.get(name.replace("reset", "remaining"), "0").strip()
        return [] if _NUMBER.fullmatch(left) and float(left) > 0 else [text]
    return []


def _seconds(text: str, now: float) -> float:
    text = text.strip().lower()
    if _NUMBER.fullmatch(text):
        number = float(text)
        if number >= _EPOCH_MS:
            return number / 1000 - now
        return number - now if number >= _EPOCH else number
    if len(text) < 100 and _LENGTH.fullmatch(text):
        return sum(float(number) * _UNITS[unit] for number, unit in _STEP.findall(text))
    moment = _moment(text)
    return 0.0 if moment is None else moment - now


def _moment(text: str) -> float | None:
    """Seconds since 1970 of a date as HTTP or as ISO 8601 has it."""
    if not 8 <= len(text) < 100:
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(text.upper())
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, OverflowError, IndexError, OSError):
            continue
    return None
