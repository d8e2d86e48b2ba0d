"""Revisions of a provider's documents, step by step, and what recordings are worth under the newer one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from harness.claim import Claim
from harness.compare.claims import Party, Revised, changes, recollected
from harness.compare.demands import Shift
from harness.compare.reports import Change, Difference, Turn, rank
from harness.contract.model import Contract
from harness.contract.revision import Revision, recalled
from harness.verdict import Outcome


@dataclass(frozen=True, kw_only=True)
class Step:
    """What shifted from one revision to the next. ``notes``: what could not be read of one and not of the other."""

    old: str
    new: str
    revised: tuple[Revised, ...]
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> Counter[Shift]:
        return Counter(each.shift for each in self.revised)


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """One or more steps of one provider.

    ``recordings`` is what turned among verdicts from recordings, judged under the first and under the last
    revision; None where they were not judged, which ``unjudged`` gives the reason for.
    """

    provider: str
    history: str | None = None  # the file, where all revisions are of one history
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()  # what could not be read of any
    recordings: Difference | None = None
    unjudged: str | None = None

    @property
    def revised(self) -> tuple[Revised, ...]:
        return tuple(each for step in self.steps for each in step.revised)

    @property
    def breaking(self) -> bool:
        """Whether anything shifted that a client may have to answer."""
        return any(each.concerns is Party.CLIENT for each in self.revised)


def step(old: Revision, new: Revision) -> Step:
    """What shifted between two revisions."""
    before = (f"older: {each}" for each in old.notes if each not in new.notes)
    after = (f"newer: {each}" for each in new.notes if each not in old.notes)
    return Step(old=label(old), new=label(new), revised=changes(old, new), notes=(*before, *after))


def steps(revisions: Sequence[Revision]) -> tuple[Step, ...]:
    """Every step of a history."""
    return tuple(step(old, new) for old, new in pairwise(revisions))


def common(revisions: Sequence[Revision]) -> tuple[str, ...]:
    """What could not be read of any of them."""
    return tuple(each for each in revisions[-1].notes if all(each in other.notes for other in revisions))


def remembered(contract: Contract) -> tuple[Step, ...]:
    """What a contract keeps of older documents, one step per document, against what rules now."""
    found: dict[tuple[str, str], list[Revised]] = {}
    for earlier, was in recalled(contract):
        now: Claim = contract.claims[was.id]
        key = (earlier.source.document, earlier.source.revision)
        revised = recollected(was, now, earlier.value)
        if revised is not None:
            found.setdefault(key, []).append(revised)
    return tuple(
        Step(old=f"{document} ({revision})", new="what rules now", revised=tuple(revised))
        for (document, revision), revised in sorted(found.items())
    )


def label(revision: Revision) -> str:
    """The file and what it says of its date or version."""
    return f"{revision.name} {revision.date}".strip()


def turned(difference: Difference) -> Difference:
    """What turned among verdicts from the same recordings under two revisions.

    That a claim is new or gone is said of the claim, unless a divergence comes or goes with it. What diverged and
    does no longer is fixed, whether or not anything is left that tests it: the evidence is the same as before.
    """
    kept = (_settled(change) for change in difference.changes if _turned(change))
    return replace(difference, changes=tuple(sorted(kept, key=rank)))


def _turned(change: Change) -> bool:
    return change.turn not in (Turn.ADDED, Turn.GONE) or change.latest.outcome in (Outcome.FAIL, Outcome.ERROR)


def _settled(change: Change) -> Change:
    diverged = change.old is not None and change.old.outcome is Outcome.FAIL
    return replace(change, turn=Turn.FIXED) if diverged and change.turn is Turn.LOST else change
