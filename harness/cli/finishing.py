"""Writing the reports that the arguments ask for, and the exit code that they come to."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections.abc import Mapping
from typing import Any

from harness.compare import by_provider, page
from harness.contract import load
from harness.errors import UnknownName
from harness.report import FILES, FORMATS, pieces, report
from harness.report.age import aged
from harness.report.text import render
from harness.verdict import Outcome


def formats(said: argparse.Namespace) -> list[str]:
    """The formats asked for; raises before anything is sent, and makes sure that there is a folder for them."""
    names = [name.strip() for name in said.format.split(",") if name.strip()]
    for name in names:
        if name not in FORMATS:
            raise UnknownName("format", name, FORMATS)
    if said.out is not None:
        said.out.mkdir(parents=True, exist_ok=True)
    return names


def finish(entries: list[dict[str, Any]], said: argparse.Namespace, names: list[str], *, demonstrations: bool) -> int:
    """Write, print, and come to a code. ``demonstrations``: simulated evidence is shown, and decides nothing."""
    now = datetime.datetime.now(datetime.UTC)
    made = report(entries, generated_at=now.isoformat(timespec="seconds"))
    if (days := getattr(said, "stale_after", None)) is not None:
        made = aged(made, today=now.date(), days=days)
    written = [said.out / FILES[name] for name in names if name in FILES] if said.out is not None else []
    if said.out is not None:
        for name in names:
            if name in FILES:
                with (said.out / FILES[name]).open("w", encoding="utf-8") as file:
                    beside = {"beside": page.FILE} if name == "html" and page.is_made_for(entries) else {}
                    file.writelines(pieces(name, made | beside))
        if "html" in names and page.is_made_for(entries):
            written.append(said.out / page.FILE)
            contracts = [load(name) for name in dict.fromkeys(entry["provider"] for entry in made["providers"])]
            written[-1].write_text(page.render(by_provider(contracts, made)), encoding="utf-8")
    for name in names:
        if name not in FILES:
            print(render(made, color=_color()) if name == "text" else FORMATS[name](made))
    if written:
        print(f"Reports: {', '.join(map(str, written))}")
    decisive = [e for e in made["providers"] if not demonstrations or e["source"]["provenance"] != "simulated"]
    return _code(decisive, said.fail_on)


def _code(entries: list[Mapping[str, Any]], fail_on: str) -> int:
    levels = {"must": {"MUST"}, "should": {"MUST", "SHOULD"}, "never": set[str]()}[fail_on]
    verdicts = [verdict for each in entries for verdict in each["verdicts"]]
    if fail_on != "never" and any(verdict["outcome"] == Outcome.ERROR for verdict in verdicts):
        return 3
    return int(any(verdict["outcome"] == Outcome.FAIL and verdict["level"] in levels for verdict in verdicts))


def _color() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))
