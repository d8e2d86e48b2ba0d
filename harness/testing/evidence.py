"""What a session's claims are checked against: recordings, or the one live run; judged once per process."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from harness.contract import load
from harness.errors import NothingToJudge
from harness.folders import data_folder
from harness.gate import Gate, Remark, Waiver, decide, load_waivers
from harness.judged import judged, recordings
from harness.testing.live import LiveRun
from harness.testing.ruling import Ruling, demonstrates, rulings
from harness.testing.settings import Settings


class Rulings:
    """The rulings on the claims of each provider; made when the first is asked for, in each process anew.

    ``run`` is the one live run that all processes share; None for replay. Raises HarnessError for waivers that cannot
    be read, and later for recordings.
    """

    def __init__(self, settings: Settings, run: LiveRun | None) -> None:
        self._settings, self._run = settings, run
        self.waivers: Sequence[Waiver] = load_waivers(settings.waivers) if settings.waivers else ()
        self.decided = cache(self._decided)

    def ruling(self, provider: str, claim: str) -> Ruling:
        return self.decided(provider)[0][claim]

    def remark(self, waiver: Waiver) -> Remark | None:
        """What a run must fail for about a waiver of one of the session's providers; None where it holds."""
        remarks = self.decided(waiver.provider)[1]
        return next((each for each in remarks if each.fails and each.where == waiver.where), None)

    def _decided(self, provider: str) -> tuple[Mapping[str, Ruling], Sequence[Remark]]:
        entries = self._recorded(provider) if self._run is None else self._run.entries(provider)
        shown = demonstrates(entries, shipped=self._run is None and self._settings.cassettes is None)
        own = [waiver for waiver in self.waivers if waiver.provider == provider]
        gate = Gate(fail_on=self._settings.fail_on, waivers=own)
        decision = decide(entries, gate, today=today(), demonstrations=shown)
        made = rulings(decision.entries, demonstrations=shown, fail_on=self._settings.fail_on)
        return made, decision.remarks

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
