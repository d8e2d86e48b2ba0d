"""Not to be a burden: requests no faster than documented, and no more failures than get a key locked out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.contract.model import Manners
from harness.exchange.pause import pause_asked
from harness.exchange.wire import origin
from harness.interaction import Interaction, Response
from harness.run.limiter import LONGEST_PAUSE, Limiter
from harness.run.sending import Step

#: Of the failures that lock a key out, so many are left to somebody else.
_SPARE = 3
#: Seconds to wait after the first answer of too many requests that does not say how long, twice as long after each
#: further one, and at most.
_FIRST_PAUSE, _LAST_PAUSE = 1.0, 60.0
#: Seconds of waiting that are told of.
_NOTABLE = 5.0


@dataclass
class Paced:
    """Waits before a request and takes note after it: all processes that share the limiter's journal count together.

    ``say`` is told of a wait that somebody who watches would wonder about.
    """

    limiter: Limiter
    manners: Manners
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    say: Callable[[str], None] = lambda _: None
    _left: float = 0.0
    _limited: int = 0

    def wait(self, step: Step) -> None:
        """Come back when the step may leave."""
        while (seconds := self._slot(step)) > 0:
            if seconds > _NOTABLE:
                self.say(f"{_place(step)} is left alone for {seconds:.0f} s")
            self.sleep(seconds)

    def note(self, step: Step, made: Interaction) -> None:
        """A refusal counts towards being locked out, whatever it was refused for; how long it asks to wait, for all."""
        now, response = self.clock(), made.response
        if self.manners.failures:
            failed = response is not None and response.status >= 400
            self.limiter.answered(_place(step), self._left, now, failed=failed)
        if response is not None:
            self._limited = self._limited + 1 if response.status == 429 else 0
            if (pause := self._pause(response, now)) > 0:
                self.limiter.spare(_place(step), now + pause)

    def _pause(self, response: Response, now: float) -> float:
        asked = pause_asked(response.headers, now) if response.status in (429, 503) else 0.0
        if response.status == 429 and not asked:
            asked = min(_FIRST_PAUSE * 2 ** (self._limited - 1), _LAST_PAUSE)
        return min(asked, LONGEST_PAUSE)

    def _slot(self, step: Step) -> float:
        manners = self.manners
        self._left = self.clock()
        return self.limiter.slot(
            _place(step),
            step.group,
            self._left,
            per_minute=manners.per_minute.get(step.group, 0),
            failures=max(1, manners.failures - _SPARE) if manners.failures else 0,
            window=manners.failure_seconds,
        )


def _place(step: Step) -> str:
    return origin(step.request.url) or ""
