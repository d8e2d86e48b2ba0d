"""The journal for people: which live runs there were, what they cost, and how to go on."""

from __future__ import annotations

import argparse

from harness.cli.campaign import default_journal, resume_command
from harness.errors import NothingToJudge
from harness.run.journal import Journal


def runs(args: argparse.Namespace) -> int:
    """List the runs, or one run's submissions."""
    path = args.journal or default_journal()
    if not path.exists():
        raise NothingToJudge("there is no journal yet", where=str(path), hint="harness check --live begins one.")
    journal = Journal(path)
    if args.name is not None:
        return _one(journal, args.name)
    for run in journal.runs():
        money = journal.money(run["id"])
        kinds = [row.kind for part in run["parts"] for row in journal.steps(run["id"], part["provider"])]
        sent = kinds.count("submission")
        names = ", ".join(part["provider"] for part in run["parts"])
        print(f"{run['id']}  {_state(journal, run):13}  {names}")
        print(
            f"    {len(kinds)} requests, {sent} submissions; {money.spent:.4f} USD spent, {money.reserved:.4f} set "
            f"aside of {journal.caps(run['id']).run:.2f}"
        )
        if run["state"] != "finished":
            print(f"    {resume_command(path, run['id'])}")
    return 0


def _one(journal: Journal, name: str) -> int:
    run = journal.run(name)
    print(f"{name}  {_state(journal, run)}, begun {run['created']}")
    for part in journal.parts(name):
        print(f"{part['provider']}  {part['base_url']}")
        for row in journal.steps(name, part["provider"]):
            if row.kind == "submission":
                cost = f"{row.cost:.4f} USD" if row.cost is not None else f"{row.price or 0:.4f} USD set aside"
                print(f"    {row.key:28} {cost:22} {row.basis or 'under way'}")
    for fault in journal.check():
        print(f"the journal is damaged: {fault}")
    return 0


def _state(journal: Journal, run: dict[str, str]) -> str:
    """As it was written down; a run that nobody is at work on is interrupted, whatever it wrote last."""
    if run["state"] != "running":
        return run["state"]
    with journal.holding(run["id"], "run") as alone:
        return "interrupted" if alone else "running"
