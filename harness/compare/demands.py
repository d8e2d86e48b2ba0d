"""Which of two demands is the stricter: two bounds, two lists of what is permitted, two of anything else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from harness.contract.official import FORM
from harness.json_text import canonical


class Shift(StrEnum):
    """What became of a claim, in the order in which a reader wants to know."""

    STRICTER = "stricter"
    LOOSER = "looser"
    CHANGED = "changed"  # neither: some of both, or nobody can tell
    NEW = "new"
    GONE = "gone"


#: The bounds of one side of a number: which keyword excludes the value itself.
LOWER: Mapping[str, bool] = {"minimum": False, "exclusiveMinimum": True}
UPPER: Mapping[str, bool] = {"maximum": False, "exclusiveMaximum": True}
_AT_LEAST = frozenset({"minLength", "minItems"})
_AT_MOST = frozenset({"maxLength", "maxItems"})
#: Rules whose value lists what is permitted.
_LISTS = frozenset({"enum", "type", "additionalProperties", "documented", "media-type", FORM})


def value_shift(rule: str, was: Any, now: Any, *, whole: bool) -> Shift | None:
    """From one value of a rule to another; None where they permit the same. ``whole``: of whole numbers only."""
    if rule in _LISTS:
        return _list_shift(_permitted(rule, was), _permitted(rule, now))
    if rule in LOWER or rule in UPPER:
        return bound_shift(rule, was, rule, now, whole=whole)
    if rule in _AT_LEAST | _AT_MOST and _numbers(was, now):
        return None if was == now else Shift.STRICTER if (now > was) is (rule in _AT_LEAST) else Shift.LOOSER
    return None if canonical(was) == canonical(now) else Shift.CHANGED


def bound_shift(rule_was: str, was: Any, rule_now: str, now: Any, *, whole: bool) -> Shift | None:
    """From one bound to another of the same side; None where both leave the same values."""
    if not _numbers(was, now):
        return None if canonical(was) == canonical(now) else Shift.CHANGED
    if rule_now in LOWER:
        before, after = _reach(was, LOWER[rule_was], whole), _reach(now, LOWER[rule_now], whole)
    else:
        before, after = _reach(-was, UPPER[rule_was], whole), _reach(-now, UPPER[rule_now], whole)
    return None if before == after else Shift.STRICTER if after > before else Shift.LOOSER


def _reach(value: float, exclusive: bool, whole: bool) -> tuple[float, bool]:
    """A lower bound to compare by; among whole numbers "more than 0" is "at least 1"."""
    if not whole:
        return value, exclusive
    return (math.floor(value) + 1 if exclusive else math.ceil(value)), False


def _numbers(*values: Any) -> bool:
    return all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in values)


def _permitted(rule: str, said: Any) -> frozenset[str]:
    listed = said if isinstance(said, list) else [said]
    if rule == "type" and "number" in listed:
        listed = [*listed, "integer"]
    return frozenset(map(canonical, listed))


def _list_shift(was: frozenset[str], now: frozenset[str]) -> Shift | None:
    if was == now:
        return None
    return Shift.LOOSER if was < now else Shift.STRICTER if now < was else Shift.CHANGED


def wording(rule: str, was: Any, now: Any) -> str:
    """What a reader sees of it: what a list gains and loses, else both values."""
    if rule in _LISTS and rule != "type" and isinstance(was, list) and isinstance(now, list):
        return "; ".join(_moved(was, now))
    return f"{_shown(was)} → {_shown(now)}"


def _moved(was: Sequence[Any], now: Sequence[Any]) -> Iterator[str]:
    before, after = set(map(canonical, was)), set(map(canonical, now))
    gained = [_shown(each) for each in now if canonical(each) not in before]
    lost = [_shown(each) for each in was if canonical(each) not in after]
    if gained:
        yield f"adds {', '.join(gained)}"
    if lost:
        yield f"drops {', '.join(lost)}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(map(_shown, value)) if isinstance(value, list) else canonical(value)
