"""What the tests share: the provider that does not exist, and every real one, loaded and played once per process."""

from __future__ import annotations

import gc
import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from harness.contract import Contract, load, providers
from harness.interaction import Interaction, Origin, Provenance, Request, Response
from harness.judge import judge
from harness.probe.plan import Plan, plan
from harness.run.proof import Kill, kill
from harness.run.sources import simulated
from harness.simulator import known
from harness.verdict import Verdict

pytest_plugins = ["pytester"]

# Contracts are built on first use, which no deadline per example allows for.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
# A suite that others run must say the same twice; HYPOTHESIS_PROFILE=suite looks for what has not been found yet.
settings.register_profile("repeatable", settings.get_profile("suite"), derandomize=True, max_examples=50)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# Contracts, and what is kept between tests, make a full collection slow, and the default has one every second.
gc.set_threshold(50_000, 20, 20)

# No test writes into the journal of whoever runs it.
os.environ["HARNESS_JOURNAL"] = str(Path(tempfile.mkdtemp(prefix="harness-tests-")) / "journal.sqlite")

TESTS = Path(__file__).parent
ROOT = TESTS.parent
MINIATURE = TESTS / "miniature"

# What stands in a helper module fails with as much to read as what stands in a test.
pytest.register_assert_rewrite(*(path.stem for path in TESTS.glob("*.py") if path.name != "conftest.py"))

PROVIDERS = providers(ROOT / "specs")
#: The real ones, and the one that does not exist.
ALL = [*PROVIDERS, "lantern"]
each_provider = pytest.mark.parametrize("provider", ALL)
#: The same, for what takes long with the two that document most.
SLOWLY = [
    pytest.param(name, marks=pytest.mark.slow) if name in ("openrouter", "venice") else name for name in PROVIDERS
]

#: How many of a provider's models the fast suite plays; each of the others goes the same way through the same code.
FEW = 4


@cache
def lantern() -> Contract:
    """The provider that does not exist."""
    return load("lantern", MINIATURE)


def contract_of(provider: str) -> Contract:
    """A real provider's contract, or the miniature's. Tests name providers: a whole contract makes no short message."""
    return lantern() if provider == "lantern" else load(provider)


def few(contract: Contract) -> tuple[str, ...]:
    """The default model and some others, from all over the catalogue."""
    others = [model for model in contract.models if model != contract.default_model]
    step = max(1, len(others) // (FEW - 1))
    return (contract.default_model, *others[::step][: FEW - 1])


@cache
def planned(provider: str, models: tuple[str, ...] | None = None) -> Plan:
    """The whole plan of a provider, or that of some models."""
    return plan(load(provider), models=models, simulated=True)


@cache
def played(provider: str, models: tuple[str, ...] | None = None) -> tuple[Interaction, ...]:
    """The plan sent to the honest simulator."""
    run = simulated(load(provider), [])
    return tuple(run.go(planned(provider, models)))


@cache
def verdicts(provider: str, models: tuple[str, ...] | None = None) -> tuple[Verdict, ...]:
    """What the judge makes of the honest simulator."""
    unprobed = planned(provider, models).unprobed
    return tuple(judge(load(provider), played(provider, models), unprobed=unprobed))


@cache
def killed(provider: str, quirk: str) -> Kill:
    """What one quirk does to the verdicts."""
    return kill(load(provider), known(provider)[quirk])


def seen(
    number: int,
    status: int | None,
    answer: Any = None,
    *,
    body: Any = None,
    method: str = "POST",
    path: str = "/clips",
    key: str | None = "Bearer $KEY",
    provenance: Provenance | None = None,
    **more: Any,
) -> Interaction:
    """One interaction with the provider that does not exist; ``status`` None for no answer at all."""
    headers = {"authorization": key} if key is not None else {}
    sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return Interaction(
        name=f"test#{number}",
        request=Request(method=method, url=f"https://lantern.example/v1{path}", headers=headers, body=sent),
        response=None
        if status is None
        else Response(status=status, headers={"content-type": "application/json"}, body=content),
        provenance=provenance or Provenance(origin=Origin.LIVE, date="2026-01-01"),
        **more,
    )
