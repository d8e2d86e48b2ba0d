"""The last line of a run for people: whether it passes, for what it fails, and what did not count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.claim import Level
from harness.gate.seen import counts, excused, real
from harness.json_text import Json

#: Claims that are named; of more, only how many.
_NAMED = 3


def closing(
    entries: Sequence[Json], code: int, most: dict[Level, int], *, demonstrations: bool, stopped: int | None = None
) -> str:
    """``entries`` as they were decided upon, ``most`` the divergences that each level may have.

    ``demonstrations``: simulated evidence took no part. ``stopped``: the exit code of a run that did not come to its
    end, which is then the code of it all.
    """
    failing: dict[Level, list[str]] = {}
    apart = Counter[str]()
    for entry in entries:
        decides = real(entry) or not demonstrations
        for verdict in entry["verdicts"]:
            if not decides:
                apart["simulated"] += counts(verdict)
            elif counts(verdict):
                failing.setdefault(Level(verdict["level"]), []).append(verdict["claim"])
            elif excused(verdict):
                apart["excused"] += 1
    over = {level: claims for level, claims in failing.items() if level in most and len(claims) > most[level]}
    for level in failing.keys() - over.keys():
        apart[f"{level.value}"] += len(failing[level])
    told = [_diverging(level, over[level]) for level in Level if level in over]
    match code:
        case _ if stopped is not None:
            so_far = f"what was seen fails for {', '.join(told)}" if told else "nothing that was seen fails it"
            begins = f"Incomplete (exit code {stopped}): {so_far}"
        case 0:
            begins = "Passes (exit code 0)"
        case 3:
            begins = "Fails (exit code 3): a fault of the harness kept it from judging"
        case _:
            begins = f"Fails (exit code {code}){': ' + ', '.join(told) if told else ', as said above'}"
    rest = ", ".join(f"{many:,} {what}" for what, many in sorted(apart.items()) if many)
    return f"{begins}. Not counted: {rest}." if rest else f"{begins}."


def _diverging(level: Level, claims: Sequence[str]) -> str:
    named = f" ({', '.join(claims)})" if len(claims) <= _NAMED else ""
    return f"{len(claims):,} {level.value}{named}"
