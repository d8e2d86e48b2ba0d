"""The commands that judge: check, record, judge, validate."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness import document
from harness.cli.campaign import Campaign, again, begin
from harness.cli.finishing import finish, formats
from harness.cli.gating import gate
from harness.cli.running import in_process, keep, write_plan
from harness.cli.sealing import sealed
from harness.contract import Contract, load, providers
from harness.errors import (
    ConfigurationError,
    HarnessError,
    NothingToJudge,
    RecordingError,
    RequestFileError,
    UnknownName,
)
from harness.exchange import load_recording
from harness.folders import data_folder
from harness.gate import Gate
from harness.interaction import Interaction, Origin
from harness.judge import judge_both
from harness.judge.money import observed
from harness.probe.plan import Plan
from harness.report import entry
from harness.report.build import SPELLED_OUT
from harness.report.safe import block
from harness.run import Run, Stopped
from harness.run.sources import relabelled


def check(said: argparse.Namespace) -> int:
    """Judge, write the reports, print the summary. What was seen is judged and kept however a run ends."""
    names, decides = formats(said), gate(said)
    contracts = [load(name) for name in said.provider or providers()]
    if said.mode == "live":
        return work_through(begin(said, contracts), contracts, said, names, decides)
    entries: list[dict[str, Any]] = []
    for contract in contracts:
        if said.mode == "recorded":
            seen = recordings(contract.provider, said.cassettes or data_folder("cassettes"))
            entries += judged(
                contract, seen, mode="recorded", documents=True, second=said.second_opinion, protocol=said.protocol
            )
            continue
        run, planned = in_process(contract, said)
        run.go(planned)
        entries += judged(
            contract,
            run.interactions,
            mode=said.mode,
            reasons=_reasons(planned, run),
            second=said.second_opinion,
            protocol=said.protocol,
        )
    if not any(each["requests"]["total"] for each in entries):
        raise NothingToJudge("nothing to judge", hint="No recording holds an interaction of these providers.")
    return finish(entries, said, names, decides, demonstrations=said.mode == "recorded")


def resume(said: argparse.Namespace) -> int:
    """Go on with a live run where it stopped: the same plan, the same budget, nothing sent twice."""
    campaign, wanted, meant = again(said)
    meant.run = lambda meant: work_through(
        campaign, [load(name) for name in wanted], meant, formats(meant), gate(meant)
    )
    return sealed(meant)


def record(said: argparse.Namespace) -> int:
    """Run the plan and keep a cassette."""
    contract = load(said.provider)
    if said.out.exists():
        raise RecordingError("already exists and is not overwritten", where=str(said.out), hint="Choose another --out.")
    if said.mode == "live":
        campaign = begin(argparse.Namespace(**{**vars(said), "out": said.out.parent}), [contract])
        (part,) = campaign.parts([contract])
        run, why = part.run, part.why
    else:
        run, planned = in_process(contract, said)
        write_plan(planned, said.out.with_suffix(".plan.json"))
        run.go(planned)
        why = None
    keep(run, said.out)
    print(f"{said.out}: {len(run.interactions)} interactions")
    return 0 if why is None else _ended(campaign, why, 0)


def work_through(
    campaign: Campaign, contracts: Sequence[Contract], said: argparse.Namespace, names: list[str], decides: Gate
) -> int:
    """Work a live run through; whatever ends it, keep, judge and report what was seen."""
    entries: list[dict[str, Any]] = []
    why: HarnessError | Stopped | None = None
    for part in campaign.parts(contracts):
        why = why or part.why
        if not part.run.interactions:
            continue
        keep(part.run, said.out / f"{part.contract.provider}-{campaign.name}.yaml", overwrite=True)
        reasons = _reasons(part.plan, part.run)
        entries += judged(
            part.contract, relabelled(part.run.interactions), mode="live", reasons=reasons, money=part.money,
            second=said.second_opinion, protocol=said.protocol,
        )  # fmt: skip
    code = finish(entries, said, names, decides, demonstrations=False) if entries else 5
    campaign.seal()
    return _ended(campaign, why, code)


def _ended(campaign: Campaign, why: HarnessError | Stopped | None, code: int) -> int:
    """Say what stopped the run, what nobody knows, and how to go on; and come to a code."""
    said = [str(why)] if isinstance(why, HarnessError) else []
    said += filter(None, [campaign.unknown()])
    said += [f"run {campaign.name} is not finished; go on with: {campaign.resume}"] if why is not None else []
    for each in said:
        print(f"harness: {each}", file=sys.stderr)
    return code if why is None else why.exit_code if isinstance(why, HarnessError) else 130


def judge_files(said: argparse.Namespace) -> int:
    """Judge recordings, whoever made them."""
    names, decides = formats(said), gate(said)
    contract = load(said.provider)
    interactions = relabelled([each for path in said.file for each in load_recording(path)])
    entries = judged(contract, interactions, mode="recorded", second=said.second_opinion, protocol=said.protocol)
    if not any(contract.match(each.request.method, each.request.path) for each in interactions):
        raise NothingToJudge(
            f"no interaction is addressed to an operation of {contract.provider}", where=", ".join(map(str, said.file))
        )
    return finish(entries, said, names, decides, demonstrations=False)


def validate(said: argparse.Namespace) -> int:
    """Which documented rules does a request break?"""
    contract = load(said.provider)
    where = str(said.request)
    text = sys.stdin.read() if where == "-" else document.read_text(said.request, RequestFileError)
    operation = said.operation or contract.submit.id
    if operation not in contract.operations:
        raise UnknownName("operation", operation, contract.operations)
    if contract.operations[operation].body is None:
        raise ConfigurationError(f"{operation} takes no request body")
    body = document.parse_json(text, where=where, error=RequestFileError)
    broken = sorted(contract.violations(operation, body))
    model = contract.model_of(body)
    if model is not None and model not in contract.models:
        print(
            f"note: {model!r} is not in the catalogue held here; only the rules for all models were applied",
            file=sys.stderr,
        )

    def say(line: str) -> None:
        print(block(line))

    for name in broken:
        claim = contract.claims[name]
        say(f"{claim.level} {name}\n    at {claim.pointer or 'the body'}: {claim.statement}")
        say(f"    {claim.source.document} ({claim.source.revision}): “{claim.source.quote}”")
        if claim.ignored:
            say("    (documented to be ignored, not refused)")
    serious = [name for name in broken if not contract.claims[name].ignored]
    print(f"{where}: {len(broken)} documented rules broken" if broken else f"{where}: keeps every documented rule")
    return 1 if serious else 0


def recordings(provider: str, folder: Path) -> list[Interaction]:
    """Every interaction in a provider's cassettes, in the order of the files."""
    kinds = (".yaml", ".yml", ".json", ".har")
    here = (path for path in (folder / provider).glob("*") if path.suffix in kinds)
    files = sorted(path for path in here if not path.name.endswith(".plan.json"))
    return relabelled([each for path in files for each in load_recording(path)])


def _reasons(planned: Plan, run: Run) -> dict[str, str]:
    return {**planned.unprobed, **run.skipped}


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
