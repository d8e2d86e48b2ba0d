"""How long an exchange may take altogether, on a clock that is an argument."""

from __future__ import annotations

from collections.abc import Callable

from harness.exchange.failure import GaveUp


class Deadline:
    """``seconds`` from now on. The clock must never jump: a monotonic one."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = clock()
        self.seconds = seconds

    def elapsed(self) -> float:
        """Seconds since it began."""
        return max(0.0, self._clock() - self._started)

    def over(self) -> bool:
        return self.elapsed() >= self.seconds

    def words(self) -> str:
        return f"no complete answer within {self.seconds:g} s"

    def check(self) -> None:
        """Raises GaveUp when time is up."""
        if self.over():
            raise GaveUp(self.words())
