"""One live run for a whole session of tests, however many processes share the tests.

Whoever first needs what the run sees makes it; the others wait for it and read the same report. A process that dies
leaves the run in its journal, and the next one goes on with it: one budget, one journal, nothing sent twice.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.cli import command_line
from harness.cli.campaign import begin, default_journal
from harness.cli.checking import resume, work_through
from harness.cli.finishing import formats
from harness.cli.running import planned
from harness.cli.sealing import sealed
from harness.contract import Contract, Role, load
from harness.document import load_json
from harness.errors import HarnessError
from harness.exchange import files
from harness.probe.plan import Plan
from harness.run.journal import Journal
from harness.testing.settings import Live

#: Seconds between two looks at whether another process has ended the run.
_LOOK = 0.2
#: Where it is written down that the run has ended, and how.
_ENDED = "ended.json"


@dataclass(frozen=True, kw_only=True)
class LiveRun:
    """``folder`` is the run's own, shared by all processes. ``claims`` are those of each provider that are tested."""

    live: Live
    folder: Path
    claims: Mapping[str, Collection[str]]

    def entries(self, provider: str) -> Sequence[dict[str, Any]]:
        """What report.json says of the provider once the run has ended, in whatever way. Raises HarnessError."""
        ended = self._ended() or self._made()
        if ended["fault"]:
            raise HarnessError(ended["fault"])
        report = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))
        return [entry for entry in report["providers"] if entry["provider"] == provider]

    def _ended(self) -> Mapping[str, Any] | None:
        try:
            said: Mapping[str, Any] = json.loads((self.folder / _ENDED).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return said

    def _made(self) -> Mapping[str, Any]:
        journal = Journal(default_journal())
        try:
            while True:
                with journal.holding(self.folder.name, "pytest") as alone:
                    ended = self._ended()
                    if ended is None and alone:
                        ended = self._write(self._name(journal))
                if ended is not None:
                    return ended
                time.sleep(_LOOK)
        finally:
            journal.close()

    def _name(self, journal: Journal) -> str | None:
        """The run that a process which died has begun; None where none did."""
        runs = (run for run in journal.runs() if json.loads(run["settings"]).get("out") == str(self.folder))
        return next((str(run["id"]) for run in runs), None)
