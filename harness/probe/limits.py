"""Where does a documented limit really lie? Requests that close in on it from both sides.

The value beyond the documented one comes first: it should be refused, and then costs nothing. What is permitted and
refused is halved inward, what is forbidden and accepted is doubled outward and then halved.
"""

from __future__ import annotations

import copy
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.contract.bounds import Bound, seconds
from harness.contract.shape import schema_at
from harness.pointer import put
from harness.probe.build import Builder
from harness.probe.condition import Body, entries
from harness.probe.isolate import Answer
from harness.probe.sample import sample, text

#: How many times the documented limit is looked at, at most, and on which scale only so far.
TIMES = 8
FARTHEST: Mapping[str, int] = {"characters": 100_000, "entries": 64, "seconds": 120}
#: Lengths of video may be offered here and there; up to so many refused ones are each looked at.
ONE_BY_ONE = 16
#: How many deciding refusals may turn out to be none before nobody looks any further.
SECOND_LOOKS = 4


@dataclass(frozen=True, slots=True)
class Again:
    """A body whose answer is known, and is to be sent a second time."""

    body: Body


def edge(
    bound: Bound, known: Mapping[int, bool], *, every: bool, start: int
) -> Generator[int, Answer, dict[int, bool]]:
    """Yields values to send, is sent what came of each; returns all that is known, ``known`` included.

    Without ``every``, only a limit is looked for that is known not to be where it is documented. ``start`` is a
    permitted value, for where nothing was accepted yet. The refusal that puts a limit elsewhere than documented is
    yielded once more, though it is known: one that was refused for another reason, and only once, decides nothing.
    Never raises; an answer that tells nothing ends the search.
    """
    seen = dict(known)
    if not (every or wrong(bound, seen)) or (bound.documented is None and not every):
        return seen
    for _ in range(SECOND_LOOKS):
        yield from _search(bound, seen, start)
        last = _last(bound, seen)
        deciding = None if last is None or last == bound.documented else _next_refused(bound, seen, last)
        if deciding is None or not (yield deciding):
            return seen
        seen[deciding] = True
    return seen


def _search(bound: Bound, seen: dict[int, bool], start: int) -> Generator[int, Answer, None]:
    documented, sign = bound.documented, bound.sign
    low = _last(bound, seen)
    if documented is None:
        low = start if low is None else low
        if not (yield from _ask(seen, low)):
            return
    elif low is None or low * sign <= documented * sign:
        beyond = yield from _ask(seen, documented + sign)
        inside = beyond or (yield from _ask(seen, documented))
        if inside is None:
            return
        low = documented + sign if beyond else documented if inside else low
        if not inside:
            yield from _inward(bound, seen, start)
            return
    if low is not None:
        yield from _outward(bound, seen, low)


def wrong(bound: Bound, seen: Mapping[int, bool]) -> bool:
    """Whether the documented value was refused, or one beyond it accepted."""
    edge, sign = bound.documented, bound.sign
    return edge is not None and any(
        (accepted and n * sign > edge * sign) or (not accepted and n == edge) for n, accepted in seen.items()
    )


def carrying(
    builder: Builder, bound: Bound, base: Body, number: int, allowed: frozenset[str] = frozenset()
) -> Body | None:
    """``base`` with that value in the bound's place, breaking no claim but ``allowed``; None where there is none."""
    given = written(builder, bound, number)
    body = builder.with_value(base, bound.tokens, given)
    if body is None and allowed:
        body = copy.deepcopy(base)
        put(body, bound.tokens, given)
        if not builder.contract.violations(builder.operation.id, body) <= allowed:
            return None
    return body if body is not None and bound.measure(body) == number else None


def closing_in(
    builder: Builder, bound: Bound, base: Body, known: Mapping[int, bool], *, every: bool, allowed: frozenset[str]
) -> Generator[Body | Again, Answer, dict[int, bool]]:
    """:func:`edge`, in bodies: the cheapest that have the value and break nothing beside ``allowed``."""
    here = bound.measure(base)
    start = bound.measure(_sampled(builder, bound, base)) if here is None else here
    asking = edge(bound, known, every=every, start=1 if start is None else start)
    answer: Answer = None
    told = set(known)
    try:
        number = next(asking)
        while True:
            body = carrying(builder, bound, base, number, allowed)
            answer = None if body is None else (yield Again(body) if number in told else body)
            told.add(number)
            number = asking.send(answer)
    except StopIteration as done:
        return dict(done.value)


def _ask(seen: dict[int, bool], number: int) -> Generator[int, Answer, Answer]:
    if number in seen:
        return seen[number]
    answer = yield number
    if answer is not None:
        seen[number] = answer
    return answer


def _last(bound: Bound, seen: Mapping[int, bool]) -> int | None:
    return max((n for n, accepted in seen.items() if accepted), key=lambda n: n * bound.sign, default=None)


def _next_refused(bound: Bound, seen: Mapping[int, bool], low: int) -> int | None:
    beyond = [n for n, accepted in seen.items() if not accepted and n * bound.sign > low * bound.sign]
    return min(beyond, key=lambda n: n * bound.sign, default=None)


def _between(bound: Bound, low: int, high: int) -> list[int] | range:
    """Values on the scale strictly between, in the order outward."""
    if bound.listed:
        inner = sorted((n for n in bound.listed if _within(low, n, high)), key=lambda n: n * bound.sign)
        ends = [n for n in range(low + bound.sign, high, bound.sign) if bound.on_scale(n) and n not in inner]
        return sorted({*inner, *ends}, key=lambda n: n * bound.sign)
    return range(low + bound.sign, high, bound.sign)


def _within(one: int, number: int, other: int) -> bool:
    return min(one, other) < number < max(one, other)


def _halve(bound: Bound, seen: dict[int, bool], low: int, high: int) -> Generator[int, Answer, tuple[int, int] | None]:
    """Until nothing lies between what is accepted and what is refused."""
    while between := _between(bound, low, high):
        middle = between[len(between) // 2]
        answer = yield from _ask(seen, middle)
        if answer is None:
            return None
        low, high = (middle, high) if answer else (low, middle)
    return low, high


def _inward(bound: Bound, seen: dict[int, bool], start: int) -> Generator[int, Answer, None]:
    """The documented value is refused: how much less is not?"""
    assert bound.documented is not None, "only a documented value can be refused"
    low = _last(bound, seen)
    if low is None:
        innermost = (bound.listed[0] if bound.sign > 0 else bound.listed[-1]) if bound.listed else start
        low = innermost if innermost * bound.sign < bound.documented * bound.sign else None
        if low is None or not (yield from _ask(seen, low)):
            return
    high = _next_refused(bound, seen, low) or bound.documented
    found = yield from _halve(bound, seen, low, high)
    if found and bound.unit == "seconds":
        left = [n for n in _between(bound, found[1], bound.documented) if n not in seen]
        for number in left[:ONE_BY_ONE]:
            if (yield from _ask(seen, number)) is None:
                return


def _outward(bound: Bound, seen: dict[int, bool], low: int) -> Generator[int, Answer, None]:
    """As much as is accepted, and something less than the double of it that is not."""
    cap = _farthest(bound, low)
    while (high := _next_refused(bound, seen, low)) is None:
        if low * bound.sign >= cap * bound.sign:
            return
        following = low + bound.sign * max(1, abs(low))
        following = min(following, cap, key=lambda n: n * bound.sign)
        answer = yield from _ask(seen, following)
        if answer is None:
            return
        low = following if answer else low
    yield from _halve(bound, seen, low, high)


def _farthest(bound: Bound, low: int) -> int:
    """The last value that is tried."""
    known = low if bound.documented is None else bound.documented
    if bound.sign > 0:
        return min(max(TIMES, known * TIMES), FARTHEST.get(bound.unit, known * TIMES + TIMES))
    floor = {"characters": 0, "entries": 0, "seconds": 1}.get(bound.unit)
    return -TIMES * max(1, abs(known)) if floor is None else floor


def written(builder: Builder, bound: Bound, number: int) -> Any:
    """The value that is so much on the scale of ``bound``, as a request says it."""
    match bound.unit:
        case "characters":
            return text(max(0, number))
        case "entries":
            return entries(builder.schema, bound.tokens, number, bound.like)
        case "seconds":
            return seconds(bound.encoding, number)
        case _:
            return number


def _sampled(builder: Builder, bound: Bound, base: Body) -> Body | None:
    return builder.with_value(base, bound.tokens, sample(schema_at(builder.schema, bound.tokens) or {}))
