"""Not to be a burden: requests no faster than documented, and no more failures than get a key locked out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.contract.model import Manners
from harness.exchange.wire import origin
from harness.interaction import Interaction
from harness.run.journal import Journal
from harness.run.sending import Step

#: Of the failures that lock a key out, so many are left to somebody else.
_SPARE = 3


@dataclass
class Paced:
    """Waits before a request and takes note after it, by the journal: all processes that share it count together."""

    journal: Journal
    manners: Manners
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def wait(self, step: Step) -> None:
        """Come back when the step may leave."""
        while (seconds := self._slot(step)) > 0:
            self.sleep(seconds)

    def note(self, step: Step, made: Interaction) -> None:
        """A refusal counts towards being locked out, whatever it was refused for."""
        if self.manners.failures and made.response is not None and made.response.status >= 400:
            self.journal.failed(origin(step.request.url) or "", self.clock())

    def _slot(self, step: Step) -> float:
        manners = self.manners
        return self.journal.slot(
            origin(step.request.url) or "",
            step.group,
            self.clock(),
            per_minute=manners.per_minute.get(step.group, 0),
            failures=max(1, manners.failures - _SPARE) if manners.failures else 0,
            window=manners.failure_seconds,
        )
