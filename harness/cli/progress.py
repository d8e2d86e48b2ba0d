"""How a live run is getting on: on stderr for people, and on request as a log for machines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

from harness.errors import ConfigurationError
from harness.interaction import Interaction
from harness.probe.plan import Plan

#: Seconds between two lines: on a terminal the line is rewritten in place.
_TERMINAL, _ELSEWHERE = 0.2, 5.0


class Progress:
    """Counts what a run hears. ``money`` is asked for when a line is due; ``log`` gets one JSON object a request."""

    def __init__(self, provider: str, plan: Plan, log: Path | None, money: Callable[[], Mapping[str, float]]) -> None:
        self._provider = provider
        self._probes = len(plan.probes)
        self._money = money
        self._terminal = sys.stderr.isatty()
        self._last = time.monotonic()
        self._requests = 0
        self._said = ""
        try:
            self._log: IO[str] | None = log.open("a", encoding="utf-8") if log else None
        except OSError as fault:
            raise ConfigurationError(f"no log can be written: {fault.strerror}", where=str(log)) from None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._said:
            self._say(last=True)
        if self._log:
            self._log.close()

    def heard(self, interaction: Interaction) -> None:
        """One more interaction."""
        self._requests += 1
        if self._log:
            self._log.write(json.dumps(_logged(self._provider, interaction)) + "\n")
            self._log.flush()
        self.tick()

    def tick(self) -> None:
        """Say how it is going, if it is time to."""
        if time.monotonic() - self._last >= (_TERMINAL if self._terminal else _ELSEWHERE):
            self._say()

    def _say(self, *, last: bool = False) -> None:
        money = self._money()
        self._said = (
            f"{self._provider}: {self._requests} requests for {self._probes} probes; "
            f"{money['spent']:.2f} USD spent and {money['reserved']:.2f} set aside of {money['budget']:.2f}"
        )
        self._last = time.monotonic()
        if self._terminal:
            print(f"\r{self._said}\x1b[K", end="\n" if last else "", file=sys.stderr, flush=True)
        else:
            print(self._said, file=sys.stderr, flush=True)


def _logged(provider: str, interaction: Interaction) -> dict[str, object]:
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "provider": provider,
        "interaction": interaction.name,
        "purpose": interaction.purpose,
        "method": interaction.request.method,
        "path": interaction.request.path,
        "status": interaction.response.status if interaction.response else None,
        "failure": interaction.failure,
        "elapsed": interaction.elapsed,
    }
