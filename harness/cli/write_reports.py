"""Writing the reports that the arguments ask for, and the exit code that they come to."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from typing import Any

from harness.cli.screen import columns
from harness.compare import by_provider, page
from harness.contract import load
from harness.errors import UnknownName
from harness.gate import Gate, closing, decide
from harness.report import FILES, FORMATS, pieces, report
from harness.report.age import aged
from harness.report.text import COLUMNS, gate, render


def formats(args: argparse.Namespace) -> list[str]:
    """The formats asked for; raises before anything is sent, and makes sure that there is a folder for them."""
    names = [name.strip() for name in args.format.split(",") if name.strip()]
    for name in names:
        if name not in FORMATS:
            raise UnknownName("format", name, FORMATS)
    if args.out is not None:
        args.out.mkdir(parents=True, exist_ok=True)
    return names


def finish(
    entries: list[dict[str, Any]],
    args: argparse.Namespace,
    names: list[str],
    decides: Gate,
    *,
    demonstrations: bool,
    stopped: int | None = None,
) -> int:
    """Write, print, and come to a code. ``demonstrations``: simulated evidence is shown, and decides nothing.

    ``stopped``: the exit code of a run that did not come to its end.
    """
    now = datetime.datetime.now(datetime.UTC)
    decision = decide(entries, decides, today=now.date(), demonstrations=demonstrations)
    said = decision.as_json() | {"counted": _counted(decides, demonstrations)}
    made = report(decision.entries, generated_at=now.isoformat(timespec="seconds")) | {"gate": said}
    if (days := getattr(args, "stale_after", None)) is not None:
        made = aged(made, today=now.date(), days=days)
    written = [args.out / FILES[name] for name in names if name in FILES] if args.out is not None else []
    if args.out is not None:
        for name in names:
            if name in FILES:
                with (args.out / FILES[name]).open("w", encoding="utf-8") as file:
                    beside = {"beside": page.FILE} if name == "html" and page.is_made_for(entries) else {}
                    file.writelines(pieces(name, made | beside))
        if "html" in names and page.is_made_for(entries):
            written.append(args.out / page.FILE)
            contracts = [load(name) for name in dict.fromkeys(entry["provider"] for entry in made["providers"])]
            written[-1].write_text(page.render(by_provider(contracts, made)), encoding="utf-8")
    kept = [args.out / FILES[name] for name in ("html", "json") if name in names and args.out is not None]
    whole = str(kept[0]) if kept else "--format html,json --out DIR keeps all"
    for name in names:
        if name not in FILES:
            print(render(made, _color(), whole, columns(COLUMNS)) if name == "text" else FORMATS[name](made))
    if written:
        print(f"Reports: {', '.join(map(str, written))}")
    if "text" not in names:  # which says it, too
        print(gate(made), end="", file=sys.stderr)
    ends = closing(decision.entries, decision.code, decides.allowed, demonstrations=demonstrations, stopped=stopped)
    print(ends, file=sys.stdout if "text" in names else sys.stderr)
    return decision.code if stopped is None else stopped


def _counted(decides: Gate, demonstrations: bool) -> dict[str, Any]:
    """What fails the run, for the forms that must not fail for more."""
    allowed = {level.value: number for level, number in decides.allowed.items()}
    return {"divergences": allowed, "faults": decides.fail_on != "never", "demonstrations": demonstrations}


def _color() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))
