"""What a session's claims are held against: recordings, judged once per process."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from harness.cli.checking import judged, recordings
from harness.contract import data_folder, load
from harness.errors import NothingToJudge
from harness.testing.live import LiveRun
from harness.testing.ruling import Ruling, demonstrates, rulings
from harness.testing.settings import Settings


class Evidence:
    """The rulings on the claims of each provider; made when the first is asked for, in each process anew.

    ``run`` is the one live run that all processes share; None for replay.
    """

    def __init__(self, settings: Settings, run: LiveRun | None) -> None:
        self._settings, self._run = settings, run
        self.rulings = cache(self._rulings)

    def _rulings(self, provider: str) -> Mapping[str, Ruling]:
        """By claim. Raises HarnessError for recordings that cannot be read, and for none."""
        entries = self._recorded(provider) if self._run is None else self._run.entries(provider)
        shipped = self._run is None and self._settings.cassettes is None
        demonstrations = demonstrates(entries, shipped=shipped)
        return rulings(entries, demonstrations=demonstrations, fail_on=self._settings.fail_on)

    def _recorded(self, provider: str) -> Sequence[dict[str, Any]]:
        folder = self._settings.cassettes or data_folder("cassettes")
        found = recordings(provider, folder)
        if not found:
            raise NothingToJudge(
                f"no recording of {provider}",
                where=str(folder / provider),
                hint="Recordings (vcrpy cassettes, HAR) stand in a folder of the provider's name.",
            )
        return judged(load(provider), found, mode="recorded", documents=True)


def today() -> datetime.date:
    """In UTC."""
    return datetime.datetime.now(datetime.UTC).date()
