"""The commands that run a plan: check, record, resume."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.cli import options
from harness.cli.campaign import Campaign, again, begin
from harness.cli.gate_flags import gate
from harness.cli.leak_check import sealed
from harness.cli.setup import in_process, keep, write_plan
from harness.cli.write_reports import finish, formats
from harness.contract import Contract, load, providers
from harness.errors import HarnessError, NothingToJudge, RecordingError
from harness.gate import Gate
from harness.judged import cassettes_folder, judged, left_out, recordings
from harness.probe.plan import Plan
from harness.run import Run, Stopped
from harness.run.sources import relabelled


def check(args: argparse.Namespace) -> int:
    """Judge, write the reports, print the summary. What was seen is judged and kept however a run ends."""
    options.refuse_unused(args)
    names, decides = formats(args), gate(args)
    contracts = [load(name) for name in args.provider or providers()]
    if args.mode == "live":
        return work_through(begin(args, contracts), contracts, args, names, decides)
    entries: list[dict[str, Any]] = []
    folder = cassettes_folder(args.cassettes)  # looked at once, whatever the number of providers
    for each in left_out(args.cassettes, [contract.provider for contract in contracts]):
        print(f"note: {each}", file=sys.stderr)
    for contract in contracts:
        if args.mode == "recorded":
            seen = recordings(contract.provider, folder)
            entries += judged(
                contract,
                seen,
                mode="recorded",
                documents=args.cassettes is None,
                second=args.second_opinion,
                protocol=args.protocol,
            )
            continue
        run, planned = in_process(contract, args)
        run.go(planned)
        entries += judged(
            contract,
            run.interactions,
            mode=args.mode,
            reasons=_reasons(planned, run),
            second=args.second_opinion,
            protocol=args.protocol,
        )
    if not any(each["requests"]["total"] for each in entries):
        raise NothingToJudge("nothing to judge", hint="No recording holds an interaction of these providers.")
    return finish(entries, args, names, decides, demonstrations=args.mode == "recorded")


def resume(args: argparse.Namespace) -> int:
    """Go on with a live run where it stopped: the same plan, the same budget, nothing sent twice."""
    campaign, wanted, meant = again(args)
    contracts = [load(name) for name in wanted]
    if meant.cassette is not None:
        recording = {"out": meant.cassette, "run": lambda _: _record_live(campaign, contracts[0], meant.cassette)}
        return sealed(argparse.Namespace(**{**vars(meant), **recording}))
    meant.run = lambda meant: work_through(campaign, contracts, meant, formats(meant), gate(meant))
    return sealed(meant)


def record(args: argparse.Namespace) -> int:
    """Run the plan and keep a cassette."""
    options.refuse_unused(args)
    contract = load(args.provider)
    if args.out.exists():
        raise RecordingError("already exists and is not overwritten", where=str(args.out), hint="Choose another --out.")
    if args.mode == "live":
        settings = argparse.Namespace(**{**vars(args), "out": args.out.parent, "cassette": args.out})
        return _record_live(begin(settings, [contract]), contract, args.out)
    run, planned = in_process(contract, args)
    write_plan(planned, args.out.with_suffix(".plan.json"))
    run.go(planned)
    keep(run, args.out)
    print(f"{args.out}: {len(run.interactions)} interactions")
    return 0


def _record_live(campaign: Campaign, contract: Contract, cassette: Path) -> int:
    """Work a live recording through, and keep what was seen; a run that is resumed replaces what it kept before."""
    (part,) = campaign.parts([contract])
    if not part.run.interactions and isinstance(part.why, HarnessError):
        raise part.why
    keep(part.run, cassette, overwrite=True)
    print(f"{cassette}: {len(part.run.interactions)} interactions")
    campaign.seal()
    return _ended(campaign, part.why, 0)


def work_through(
    campaign: Campaign, contracts: Sequence[Contract], args: argparse.Namespace, names: list[str], decides: Gate
) -> int:
    """Work a live run through; whatever ends it, keep, judge and report what was seen."""
    entries: list[dict[str, Any]] = []
    why: HarnessError | Stopped | None = None
    for part in campaign.parts(contracts):
        why = why or part.why
        if not part.run.interactions:
            continue
        keep(part.run, args.out / f"{part.contract.provider}-{campaign.name}.yaml", overwrite=True)
        reasons = _reasons(part.plan, part.run)
        entries += judged(
            part.contract, relabelled(part.run.interactions), mode="live", reasons=reasons, money=part.money,
            second=args.second_opinion, protocol=args.protocol,
        )  # fmt: skip
    if not entries and isinstance(why, HarnessError):
        raise why  # nothing came of it, so there is nothing else to tell
    stopped = _code(why)
    code = finish(entries, args, names, decides, demonstrations=False, stopped=stopped) if entries else 5
    campaign.seal()
    return _ended(campaign, why, code)


def _ended(campaign: Campaign, why: HarnessError | Stopped | None, code: int) -> int:
    """Say what stopped the run, what nobody knows, and how to go on; and come to a code."""
    lines = [str(why)] if isinstance(why, HarnessError) else []
    lines += filter(None, [campaign.unknown()])
    lines += [f"run {campaign.name} is not finished; go on with: {campaign.resume}"] if why is not None else []
    for each in lines:
        print(f"harness: {each}", file=sys.stderr)
    stopped = _code(why)
    return code if stopped is None else stopped


def _code(why: HarnessError | Stopped | None) -> int | None:
    """The exit code of what stopped a run, if anything did."""
    return None if why is None else why.exit_code if isinstance(why, HarnessError) else 130


def _reasons(planned: Plan, run: Run) -> dict[str, str]:
    return {**planned.unprobed, **run.skipped}
