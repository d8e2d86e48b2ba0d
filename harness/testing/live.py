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
from harness.cli.check import resume, work_through
from harness.cli.gate_flags import gate
from harness.cli.leak_check import sealed
from harness.cli.setup import planned
from harness.cli.write_reports import formats
from harness.contract import Contract, load
from harness.errors import HarnessError
from harness.exchange import files
from harness.probe.plan import Plan, Probe
from harness.run.journal import Journal
from harness.testing.cost import paid
from harness.testing.settings import Live, Settings

#: Seconds between two looks at whether another process has ended the run.
_LOOK = 0.2
#: Where it is written down that the run has ended, and how.
_ENDED = "ended.json"
_INTERRUPTED = 130


@dataclass(frozen=True, kw_only=True)
class LiveRun:
    """``folder`` is the run's own, shared by all processes. ``claims`` are those of each provider that are tested."""

    settings: Settings
    live: Live
    folder: Path
    claims: Mapping[str, Collection[str]]

    def entries(self, provider: str) -> Sequence[dict[str, Any]]:
        """What report.json says of the provider once the run has ended, in whatever way.

        Raises HarnessError for a run that came to nothing, and KeyboardInterrupt for one that was interrupted.
        """
        ended = self._ended() or self._made()
        if ended["code"] == _INTERRUPTED:
            raise KeyboardInterrupt
        if ended["fault"]:
            raise HarnessError(ended["fault"])
        report = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))
        return [entry for entry in report["providers"] if entry["provider"] == provider]

    def _ended(self) -> Mapping[str, Any] | None:
        return ended(self.folder)

    def _made(self) -> Mapping[str, Any]:
        journal = Journal(default_journal())
        try:
            while True:
                with journal.holding(self.folder.name, "pytest") as alone:
                    known = self._ended()
                    if known is None and alone:
                        known = self._run(_begun(journal, self.folder))
                if known is not None:
                    return known
                time.sleep(_LOOK)
        finally:
            journal.close()

    def _run(self, begun: str | None) -> Mapping[str, Any]:
        """Make the run, or go on with the one that was begun, and write down how it ended."""
        said: dict[str, Any] = {"code": None, "fault": None}
        try:
            said["code"] = sealed(self._whole()) if begun is None else resume(self._rest(begun))
            if not (self.folder / "report.json").exists():
                said["fault"] = "the live run came to nothing that could be judged"
        except HarnessError as fault:
            said |= {"code": fault.exit_code, "fault": str(fault)}
        except Exception as fault:  # a bug of ours, which nobody is to run into again
            said |= {"code": 3, "fault": f"internal error of the harness: {type(fault).__name__}: {fault}"}
        files.write(self.folder / _ENDED, json.dumps(said).encode(), overwrite=True)
        return said

    def _whole(self) -> argparse.Namespace:
        """``harness check --live``, restricted to what the claims need."""
        live = self.live
        words = ["check", *self.claims, "--live", "--yes", "--budget", str(live.budget), "--out", str(self.folder)]
        words += ["--base-url", live.base_url] if live.base_url else []
        words += ["--allow-private"] if live.allow_private else []
        words += ["--assume-price", str(live.assume_price)] if live.assume_price else []
        words += ["--model", *live.models] if live.models else []
        words += ["--waivers", str(self.settings.waivers)] if self.settings.waivers else []
        words += ["--fail-on", self.settings.fail_on]
        said = command_line().parse_args([*words, "--format", "json,html"])
        said.run = self._sent
        return said

    def _sent(self, said: argparse.Namespace) -> int:
        names, decides = formats(said), gate(said)
        contracts = [load(provider) for provider in self.claims]
        plans = [needed(each, planned(each, said, simulated=False), self.claims[each.provider]) for each in contracts]
        return work_through(begin(said, contracts, plans), contracts, said, names, decides)

    def _rest(self, name: str) -> argparse.Namespace:
        return command_line().parse_args(["resume", name])


def ended(folder: Path) -> Mapping[str, Any] | None:
    """How the run in a folder ended: its exit code, and what was at fault if it came to nothing. None until then."""
    try:
        said: Mapping[str, Any] = json.loads((folder / _ENDED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return said


def needed(contract: Contract, plan: Plan, claims: Collection[str]) -> Plan:
    """The plan without what none of the claims needs: what breaks others alone, and jobs where nothing needs one."""
    jobs = any(paid(contract, contract.claims[name]) for name in claims)

    def serves(probe: Probe) -> bool:
        submits = probe.operation == contract.submit.id and probe.authorization == "key" and probe.raw is None
        if not jobs and (submits or probe.anchored):
            return False
        return not probe.breaks or not set(probe.breaks).isdisjoint(claims)

    return replace(plan, probes=tuple(filter(serves, plan.probes)))


def _begun(journal: Journal, folder: Path) -> str | None:
    """The run that a process which died has begun for this folder; None where none did."""
    runs = (run for run in journal.runs() if json.loads(run["settings"]).get("out") == str(folder))
    return next((str(run["id"]) for run in runs), None)
