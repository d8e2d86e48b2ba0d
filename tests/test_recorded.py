"""A run that was recorded is judged from the recording as it was from memory, verdict by verdict."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from conftest import PROVIDERS, SLOWLY

from harness.claim import Kind
from harness.contract import load
from harness.exchange import load_recording, save_cassette
from harness.interaction import Interaction
from harness.judge import judge
from harness.probe.plan import plan
from harness.run.sources import simulated
from harness.simulator import chosen
from harness.verdict import Outcome, Verdict

#: Quirks that show in many kinds of evidence: words, files, headers, keys, deletions, deadlines, webhooks.
QUIRKS = {
    "openrouter": (
        "another-word-for-running",
        "webhook-unsigned",
        "polling-url-of-another-job",
        "two-seconds-too-long",
    ),
    "relaydance": ("wraps-the-task", "runs-for-ever", "keys-not-looked-at", "webhook-never-sent"),
    "unified-v2": ("progress-falls", "serves-half-a-file", "takes-any-duration", "polls-in-plain-text"),
    "venice": ("nothing-is-deleted", "balance-for-everyone", "consent-never-enough", "gateway-page", "mute"),
}
each_run = pytest.mark.parametrize(
    "provider, quirks",
    [
        pytest.param(p, quirks, id=f"{p}-{kind}", marks=[pytest.mark.slow] if p in ("openrouter", "venice") else [])
        for p in PROVIDERS
        for kind, quirks in (("honest", ()), ("quirky", QUIRKS[p]))
    ],
)


def ran(provider: str, quirks: tuple[str, ...]) -> list[Interaction]:
    contract = load(provider)
    run = simulated(contract, chosen(provider, quirks), date="2026-01-01")
    return list(run.go(plan(contract, models=[contract.default_model], simulated=True)))


def told(verdict: Verdict) -> tuple[object, ...]:
    """What of a verdict does not depend on where the evidence is kept."""
    shown = [(d.direction, d.summary, d.expected, d.observed, d.suspects) for d in verdict.divergences]
    return verdict.outcome, verdict.reason, verdict.witnesses, shown


@each_run
def test_a_recording_gives_the_verdicts_of_its_run(provider: str, quirks: tuple[str, ...], tmp_path: Path) -> None:
    contract, interactions = load(provider), ran(provider, quirks)
    save_cassette(tmp_path / "run.yaml", interactions)
    live, recorded = judge(contract, interactions), judge(contract, load_recording(tmp_path / "run.yaml"))
    assert any(v.outcome is Outcome.FAIL for v in live) is bool(quirks)
    for own, again in zip(live, recorded, strict=True):
        assert told(again) == told(own), own.claim.id


@pytest.mark.parametrize("provider", SLOWLY)
def test_a_recording_without_our_notes_says_less_and_nothing_else(provider: str, tmp_path: Path) -> None:
    """Files, deadlines and what came to callback URLs are not in it: what needs them is untested, and says why."""
    contract, interactions = load(provider), [each for each in ran(provider, QUIRKS[provider]) if each.arrival is None]
    path = tmp_path / "run.yaml"
    save_cassette(path, interactions)
    document = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    for entry in document["interactions"]:
        entry.pop("harness")
    document["interactions"] = [each for each in document["interactions"] if each["response"] is not None]
    path.write_text(yaml.dump(document, Dumper=yaml.CSafeDumper), encoding="utf-8")
    live = {v.claim.id: v for v in judge(contract, interactions)}
    for verdict in judge(contract, load_recording(path)):
        if verdict.claim.kind is Kind.CONTRADICTION:
            continue
        own = live[verdict.claim.id]
        assert verdict.outcome is own.outcome or verdict.outcome in (Outcome.UNTESTED, Outcome.INCONCLUSIVE), own
        assert verdict.reason or verdict.outcome in (Outcome.PASS, Outcome.FAIL)
