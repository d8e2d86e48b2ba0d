"""Which of its values is a valid request refused for? Asked with as few further requests as may be.

What is refused makes every request refused that holds it. So values are put on the smallest request one after the
other, and halving finds the one with which refusing begins: it belongs to the cause. It is sent alone; where that is
accepted, the same search finds its partner.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Hashable, Iterator, Sequence
from typing import TypeVar

from harness.json_text import canonical
from harness.pointer import Tokens, value
from harness.probe.build import Builder
from harness.probe.condition import Body

T = TypeVar("T", bound=Hashable)

#: What came of a request: accepted, refused, or (None) neither, which tells nothing.
Answer = bool | None
#: Values that only together are refused, at most: with more, it is everything that is refused and nothing in it.
TOGETHER = 3


def isolate(
    names: Sequence[T], suspects: int, known: Collection[frozenset[T]] = ()
) -> Generator[frozenset[T], Answer, list[frozenset[T]]]:
    """Yields sets of ``names`` to send together, is sent what came of each; returns the causes found, each smallest.

    All ``names`` together were refused; the first ``suspects`` of them were never accepted. ``known`` are causes
    found before: others are looked for beside them. The empty cause: what is refused has nothing to do with them.
    """
    found: list[frozenset[T]] = []
    accepted: set[T] = set()
    left = list(names)
    blamed = {min(each, key=left.index) for each in known if each and each <= set(left)}
    while left:
        if not blamed:
            cause = yield from _one(left, suspects, accepted)
            if cause is None:
                break
            found.append(frozenset(cause))
            if not cause:
                break
            blamed = {cause[0]}
        left = [name for name in left[:suspects] if name not in blamed | accepted]
        if not left or (yield frozenset(left)) is not False:
            break
        suspects, blamed = len(left), set()
    return found


def _one(names: Sequence[T], suspects: int, accepted: set[T]) -> Generator[frozenset[T], Answer, list[T] | None]:
    """The smallest refused set, last value first; None if the answers do not tell. Adds to what was ``accepted``."""
    kept: list[T] = []
    top = len(names)
    while top and len(kept) < TOGETHER:
        low = 0
        middle = suspects if not kept and 0 < suspects < top else top // 2
        while top - low > 1:  # the first ``top`` are refused with what is kept, the first ``low`` are not
            sent = frozenset((*names[:middle], *kept))
            answer = yield sent
            if answer is None:
                return None
            if answer:
                accepted |= sent
                low = middle
            else:
                top = middle
            middle = (low + top) // 2
        top -= 1
        kept.append(names[top])
        answer = yield frozenset(kept)
        if answer is None:
            return None
        if answer is False:
            for name in kept[1:]:  # nothing but a combination is refused: each must be seen to be accepted without
                if (yield frozenset({name})) is not True:
                    return None
            bare = True if accepted else (yield frozenset())
            return kept if bare else None if bare is None else []
        accepted |= set(kept)
    return None


def narrowing(
    builder: Builder,
    base: Body,
    refused: Body,
    suspects: Collection[Tokens],
    *,
    others: Collection[Tokens] = (),
    known: Collection[frozenset[Tokens]] = (),
    cost: Callable[[Body], float] = lambda _: 0.0,
) -> Generator[Body, Answer, list[frozenset[Tokens]]]:
    """Yields valid bodies between ``base`` and ``refused``; returns the places whose values are refused together.

    ``others`` are places of ``refused`` whose values were accepted elsewhere: only a combination can be to blame for
    them. What costs less comes first, and what brings partners along comes after them.
    """
    order: list[Tokens] = []
    for group in (suspects, others):
        order += sorted(
            (tokens for tokens in group if _carried(builder, base, refused, [tokens]) is not None),
            key=lambda tokens: _weight(builder, base, refused, (*suspects, *others), tokens, cost),
        )
    whole = canonical(refused)
    answers: dict[str, Answer] = {whole: False}
    asking = isolate(order, sum(tokens in suspects for tokens in order), known)
    answer: Answer = None
    try:
        wanted = next(asking)
        while True:
            body = refused if len(wanted) == len(order) else _carried(builder, base, refused, _sorted(order, wanted))
            if body is None:
                answer = None
            elif canonical(body) in answers:
                answer = answers[canonical(body)]
            else:
                answer = answers[canonical(body)] = yield body
            wanted = asking.send(answer)
    except StopIteration as done:
        return list(done.value)


def _sorted(order: Sequence[Tokens], wanted: Collection[Tokens]) -> Iterator[Tokens]:
    return (tokens for tokens in order if tokens in wanted)


def _carried(builder: Builder, base: Body, refused: Body, wanted: Collection[Tokens] | Iterator[Tokens]) -> Body | None:
    """``base`` with these values of the refused request; None if no valid request has them."""
    body, kept = base, list[Tokens]()
    for tokens in wanted:
        grown = builder.with_value(body, tokens, value(refused, tokens), keep=kept)
        if grown is None:
            return None
        body, kept = grown, [*kept, tokens]
    return body


def _weight(
    builder: Builder, base: Body, refused: Body, all_of: Sequence[Tokens], tokens: Tokens, cost: Callable[[Body], float]
) -> tuple[int, float]:
    body = _carried(builder, base, refused, [tokens]) or base
    brought = sum(
        value(body, each) == value(refused, each) and value(base, each) != value(refused, each) for each in all_of
    )
    return brought, cost(body)
