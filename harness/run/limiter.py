"""How fast a provider is asked and how many jobs it has in hand, counted over all processes that share a journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.run.journal import Journal

#: Seconds that a server is left alone for at most, however long it asks for: a run must come to an end.
LONGEST_PAUSE = 900.0
#: Seconds until somebody else's answer, or somebody else's job, is looked for again.
LOOK_AGAIN = 0.25


class Limiter:
    """The part of a journal that says when a request may leave."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def slot(self, origin: str, group: str, now: float, *, per_minute: float, failures: int, window: float) -> float:
        """Seconds to wait before the next request of ``group`` to ``origin`` may leave; 0.0 takes the slot.

        ``per_minute`` requests, shared by all processes; and at most ``failures`` refusals within ``window`` seconds,
        where a provider locks out who fails too often: what is under way may be one of them. 0 is no such limit.
        Whoever takes a slot where there are ``failures`` says with ``answered`` what came of it.
        """
        if not per_minute and not failures:
            return self._asked(origin, now)
        with self._journal.writing() as db:
            # Later than now is what another clock wrote: it must not stop anybody for longer than it could.
            db.execute(
                "DELETE FROM pace WHERE origin = ? AND abs(at - ?) > max(60, ?, iif(what = 'not before', ?, 0))",
                (origin, now, window, LONGEST_PAUSE),
            )
            wait = max(self._asked(origin, now), self._spaced(origin, group, now, per_minute))
            if failures and not wait:
                wait = self._spared(origin, now, failures, window)
            if not wait and per_minute:
                db.execute("INSERT INTO pace VALUES (?, ?, ?)", (origin, group, now))
            if not wait and failures:
                db.execute("INSERT INTO pace VALUES (?, 'under way', ?)", (origin, now))
        return wait

    def answered(self, origin: str, left: float, now: float, *, failed: bool) -> None:
        """Note what came of the request to ``origin`` that took its slot at ``left``."""
        with self._journal.writing() as db:
            db.execute(
                "DELETE FROM pace WHERE rowid ="
                " (SELECT rowid FROM pace WHERE (origin, what, at) = (?, 'under way', ?) LIMIT 1)",
                (origin, left),
            )
            if failed:
                db.execute("INSERT INTO pace VALUES (?, 'failed', ?)", (origin, now))

    def spare(self, origin: str, until: float) -> None:
        """Note that nobody may send anything to ``origin`` before then."""
        with self._journal.writing() as db:
            db.execute("INSERT INTO pace VALUES (?, 'not before', ?)", (origin, until))

    def place(self, run: str, provider: str, own: int, now: float, *, most: int, longest: float) -> bool:
        """Whether a run that has ``own`` jobs under way may begin one more; if so, that one counts from now on.

        ``most`` jobs of all runs that send to the same address may be under way there. A run that says nothing for
        ``longest`` seconds has none any more.
        """
        with self._journal.writing() as db:
            ((others,),) = db.execute(
                "SELECT total(many) FROM places JOIN parts USING (run, provider)"
                " WHERE base_url = (SELECT base_url FROM parts WHERE (run, provider) = (?1, ?2))"
                " AND (run, provider) != (?1, ?2) AND abs(at - ?3) < ?4",
                (run, provider, now, longest),
            )
            if others + own >= most:
                return False
            self._hold(run, provider, own + 1, now)
        return True

    def hold(self, run: str, provider: str, own: int, now: float) -> None:
        """Note that a run has ``own`` jobs under way."""
        with self._journal.writing():
            self._hold(run, provider, own, now)

    def _hold(self, run: str, provider: str, own: int, now: float) -> None:
        with self._journal.reading() as db:
            db.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?)", (run, provider, own, now))

    def _asked(self, origin: str, now: float) -> float:
        """Seconds for which the server wants to be left alone."""
        query = "SELECT max(at) FROM pace WHERE (origin, what) = (?, 'not before') AND at > ? AND at <= ?"
        with self._journal.reading() as db:
            ((until,),) = db.execute(query, (origin, now, now + LONGEST_PAUSE))
        return 0.0 if until is None else float(until - now)

    def _spaced(self, origin: str, group: str, now: float, per_minute: float) -> float:
        """Seconds until the rate permits one more."""
        with self._journal.reading() as db:
            ((last,),) = db.execute("SELECT max(at) FROM pace WHERE (origin, what) = (?, ?)", (origin, group))
        if last is None or not per_minute:
            return 0.0
        return min(60.0, max(0.0, float(last + 60.0 / per_minute - now)))

    def _spared(self, origin: str, now: float, failures: int, window: float) -> float:
        """Seconds until one more failure would lock nobody out."""
        with self._journal.reading() as db:
            query = "SELECT at FROM pace WHERE (origin, what) = (?, 'failed') AND at > ? ORDER BY at"
            recent = [float(at) for (at,) in db.execute(query, (origin, now - window))]
            if len(recent) >= failures:
                return recent[-failures] + window - now
            ((waiting,),) = db.execute("SELECT count(*) FROM pace WHERE (origin, what) = (?, 'under way')", (origin,))
        return LOOK_AGAIN if len(recent) + waiting >= failures else 0.0


@dataclass(frozen=True, kw_only=True)
class Places:
    """One run's jobs at one provider, counted beside those of others.

    ``longest``: seconds for which a job can be under way.
    """

    limiter: Limiter
    run: str
    provider: str
    longest: float
    clock: Callable[[], float]

    def take(self, own: int, most: int) -> bool:
        """Whether one more than ``own`` may be begun, where ``most`` may be under way."""
        return self.limiter.place(self.run, self.provider, own, self.clock(), most=most, longest=self.longest)

    def hold(self, own: int) -> None:
        """Say that ``own`` jobs are under way."""
        self.limiter.hold(self.run, self.provider, own, self.clock())
