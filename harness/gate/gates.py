"""Quality gates: how many divergences of a level a run may have, and how much of a level it must have tested."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from harness.claim import Level
from harness.errors import GateError, nearest
from harness.gate.remark import Matter, Remark
from harness.gate.seen import counts
from harness.json_text import Json
from harness.verdict import Outcome

#: ``--fail-on``: the divergences that each level may have; a level that is not here may have any number.
FAIL_ON: Mapping[str, Mapping[Level, int]] = MappingProxyType(
    {
        "must": {Level.MUST: 0},
        "should": {Level.MUST: 0, Level.SHOULD: 0},
        "never": {},
    }
)


def at_most(text: str) -> tuple[Level, int]:
    """``should=3``: the level, and how many divergences it may have. Raises GateError."""
    level, number = _parted(text, "should=3")
    if not number.isdecimal() or len(number) > 9:
        raise GateError(f"{text!r}: {number!r} is not a number of divergences", hint="For example: should=3")
    return level, int(number)


def at_least(text: str) -> tuple[Level, float]:
    """``must=90%``: the level, and what share of its claims must be tested, in percent. Raises GateError."""
    level, number = _parted(text, "must=90%")
    try:
        share = float(number.removesuffix("%"))
    except ValueError:
        share = math.nan
    if not number.endswith("%") or not 0 <= share <= 100:
        raise GateError(f"{text!r}: {number!r} is not a share from 0% to 100%", hint="For example: must=90%")
    return level, share


def too_many(entries: Sequence[Json], most: Mapping[Level, int]) -> list[Remark]:
    """The levels of which a provider diverges in more claims than it may; what is excused does not count."""
    diverging: dict[tuple[str, str], set[str]] = {}
    for entry in entries:
        for verdict in filter(counts, entry["verdicts"]):
            diverging.setdefault((entry["provider"], verdict["level"]), set()).add(verdict["claim"])
    return [
        Remark(
            matter=Matter.TOO_MANY,
            text=f"{provider} diverges in {len(claims):,} claims of level {level}, and {most[Level(level)]:,} "
            f"{'is' if most[Level(level)] == 1 else 'are'} allowed",
        )
        for (provider, level), claims in sorted(diverging.items())
        if Level(level) in most and len(claims) > most[Level(level)]
    ]


def too_few(entries: Sequence[Json], least: Mapping[Level, float]) -> list[Remark]:
    """The levels of which less was tested of a provider than must be; what does not arise is not counted.

    A claim is tested where some evidence bears it out or speaks against it: one that could not be told is not.
    """
    applying: dict[tuple[str, str], set[str]] = {}
    tested: dict[tuple[str, str], set[str]] = {}
    for entry in entries:
        for verdict in entry["verdicts"]:
            key = entry["provider"], verdict["level"]
            if verdict["outcome"] != Outcome.NOT_APPLICABLE:
                applying.setdefault(key, set()).add(verdict["claim"])
            if verdict["outcome"] in (Outcome.PASS, Outcome.FAIL):
                tested.setdefault(key, set()).add(verdict["claim"])
    remarks = []
    for key, claims in sorted(applying.items()):
        provider, level = key
        reached = len(tested.get(key, ()))
        if Level(level) in least and 100 * reached < least[Level(level)] * len(claims):
            share = math.floor(1000 * reached / len(claims)) / 10  # never rounded up to what is asked for
            text = f"{provider} was tested in {reached:,} of {len(claims):,} claims of level {level} ({share:g} %), "
            text += f"and {least[Level(level)]:g} % are asked for"
            remarks.append(Remark(matter=Matter.TOO_FEW, text=text))
    return remarks


def _parted(text: str, example: str) -> tuple[Level, str]:
    name, equals, number = text.partition("=")
    try:
        level = Level(name.strip().upper())
    except ValueError:
        close = nearest(name.strip(), [each.value.lower() for each in Level])
        hint = f"Did you mean {close!r}?" if close else f"For example: {example}"
        raise GateError(f"{text!r}: {name!r} is not must, should or may", hint=hint) from None
    if not equals:
        raise GateError(f"{text!r} names no number", hint=f"For example: {example}")
    return level, number.strip()
