"""The kill matrix: which claims fail with a quirk and not without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from harness.claim import matches
from harness.contract import Contract, load
from harness.judge import judge_both
from harness.probe.plan import Plan, plan
from harness.run.sources import simulated
from harness.simulator import Quirk, known
from harness.verdict import Outcome

#: Models probed beside those that a quirk names: enough to tell one model's divergence from everybody's.
_BYSTANDERS = 2


@dataclass(frozen=True, kw_only=True)
class Kill:
    """What one quirk does to the verdicts. ``missed`` are expected globs that no failing claim matches."""

    provider: str
    quirk: Quirk
    killed_by: tuple[str, ...]
    missed: tuple[str, ...]

    @property
    def caught(self) -> bool:
        return bool(self.killed_by) and not self.missed


def matrix(provider: str) -> Iterator[Kill]:
    """One row per quirk of the provider."""
    contract = load(provider)
    for quirk in known(provider, contract.folder).values():
        yield kill(contract, quirk)


def kill(contract: Contract, quirk: Quirk) -> Kill:
    """Run the plan with and without the quirk and compare: with the models that matter, and with all if that misses."""
    row = _row(contract, quirk, _models(contract, quirk))
    return row if row.caught else _row(contract, quirk, tuple(contract.models))


def _row(contract: Contract, quirk: Quirk, models: tuple[str, ...]) -> Kill:
    killed = sorted(_failing(contract, models, quirk) - _honest(contract, models))
    missed = tuple(glob for glob in quirk.breaks if not any(matches(glob, name) for name in killed))
    return Kill(provider=contract.provider, quirk=quirk, killed_by=tuple(killed), missed=missed)


@lru_cache(maxsize=256)
def _honest(contract: Contract, models: tuple[str, ...]) -> frozenset[str]:
    return _failing(contract, models)


def _failing(contract: Contract, models: tuple[str, ...], *quirks: Quirk) -> frozenset[str]:
    planned = _plan(contract, models)
    run = simulated(contract, quirks)
    run.go(planned)
    documented, practice = judge_both(contract, run.interactions, unprobed=planned.unprobed)
    return frozenset(v.claim.id for v in (*documented, *practice) if v.outcome in (Outcome.FAIL, Outcome.ERROR))


@lru_cache(maxsize=256)
def _plan(contract: Contract, models: tuple[str, ...]) -> Plan:
    return plan(contract, models=models, simulated=True)


def _models(contract: Contract, quirk: Quirk) -> tuple[str, ...]:
    """The default model, the models that the quirk's globs or conditions name, and a few others."""
    chosen = [contract.default_model]
    text = repr(quirk.does)
    chosen += [model for model in contract.models if f"'{model}'" in text]
    for glob in (*quirk.breaks, *quirk.does.get("accepts", ()), *quirk.does.get("accepts-then-fails", ())):
        if "@" in glob:
            fitting = [c.model for c in contract.claims.values() if c.model and matches(glob, c.id)]
            chosen += fitting[:1]
    for glob in quirk.breaks:  # a claim that only some models let anybody break
        if not any(_reachable(contract, chosen, glob)):
            chosen += [m for m in contract.models if any(_reachable(contract, [m], glob))][:1]
    others = [model for model in contract.models if model not in chosen]
    step = max(1, len(others) // _BYSTANDERS)
    return tuple(dict.fromkeys([*chosen, *others[::step][:_BYSTANDERS]]))


def _reachable(contract: Contract, models: Sequence[str], glob: str) -> Iterator[bool]:
    """For each claim on requests that the glob names: whether the plan over ``models`` breaks it."""
    names = [c.id for c in contract.claims.values() if c.check == "request" and matches(glob, c.id)]
    if not names:
        yield True
        return
    planned = {name for probe in _plan(contract, tuple(dict.fromkeys(models))).probes for name in probe.breaks}
    yield from (name in planned for name in names)
