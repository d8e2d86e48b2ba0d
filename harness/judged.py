"""What is reported of recordings and runs: interactions in, report entries out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.contract import Contract
from harness.exchange import load_recordings
from harness.interaction import Interaction, Origin
from harness.judge import judge_both
from harness.judge.money import observed
from harness.report import entry
from harness.report.build import SPELLED_OUT
from harness.run.sources import relabelled


def recordings(provider: str, folder: Path) -> list[Interaction]:
    """Every interaction in a provider's cassettes, in the order of the files."""
    kinds = (".yaml", ".yml", ".json", ".har")
    here = (path for path in (folder / provider).glob("*") if path.suffix in kinds)
    files = sorted(path for path in here if not path.name.endswith(".plan.json"))
    return relabelled(load_recordings(files))


def judged(
    contract: Contract,
    interactions: Sequence[Interaction],
    *,
    mode: str,
    reasons: Mapping[str, str] | None = None,
    money: Mapping[str, float] | None = None,
    documents: bool = False,
    second: bool = False,
    every: bool = False,
    protocol: bool = False,
) -> list[dict[str, Any]]:
    """One entry per provenance. ``documents``: hold the documents against themselves in any case.

    ``every``: spell out every divergence, to compare them by. ``protocol``: hold them against good practice, too.
    """
    origins = {each.provenance.origin for each in interactions} | ({Origin.PUBLISHED} if documents else set())
    made = []
    for origin in sorted(origins):
        group = [each for each in interactions if each.provenance.origin is origin]
        verdicts, practice = judge_both(contract, group, unprobed=reasons or {})
        quirks = sorted({name for each in group for name in each.provenance.quirks})
        extra: dict[str, Any] = {"quirks": quirks} if quirks else {}
        if money is not None:
            extra["money"] = dict(money)
        if noticed := observed(contract, group) if origin is not Origin.SIMULATED else []:
            extra["observations"] = noticed
        if second:
            from harness.probe.fuzz import second_opinion

            extra["schemathesis"] = second_opinion(contract, group)
        made.append(
            entry(
                contract,
                verdicts,
                group,
                mode=mode,
                provenance=origin,
                cost_usd=money["spent"] if money is not None else 0.0,
                extra=extra,
                practice=practice if protocol and group else (),
                spelled_out=None if every else SPELLED_OUT,
            )
        )
    return made
