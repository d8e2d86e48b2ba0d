"""The commands of this harness that show a verdict again, made from what the report says of it."""

from __future__ import annotations

import shlex

from harness.json_text import Json
from harness.report.safe import plain


def commands(entry: Json, verdict: Json, exchange: Json | None = None) -> list[tuple[str, str]]:
    """(what it is for, command). ``exchange`` is a divergence of the verdict or what left it unsettled."""
    told = [("Everything known about the claim", _line("explain", verdict["claim"]))]
    if exchange is None or not exchange.get("interaction"):
        if verdict["kind"] == "contradiction":
            told.append(("Where the documents disagree with themselves", _line("lint", entry["provider"])))
        return told
    return [*told, _again(entry, verdict, exchange)]


def _again(entry: Json, verdict: Json, exchange: Json) -> tuple[str, str]:
    provider, source = entry["provider"], entry["source"]
    model = ["--model", verdict["model"]] if verdict["model"] else []
    if source["mode"] == "simulated":
        quirks = exchange.get("origin", {}).get("quirks") or entry.get("quirks") or []
        chosen = ["--quirk", *quirks] if quirks else []
        return "The same run against the simulator", _line("check", provider, "--simulated", *chosen, *model)
    if source["mode"] == "live":
        address = exchange.get("origin", {}).get("base_url") or source["base_url"] or ""
        private = ["--allow-private"] if source["provenance"] == "simulated" else []
        words = ["check", provider, "--live", "--base-url", address, "--budget", "5", *private, *model]
        paid = "" if private else "; it costs money, up to the budget"
        return f"The same run at the same address{paid}", _line(*words)
    recording = str(exchange["interaction"]).rpartition("#")[0]
    file = f"cassettes/{provider}/{recording}.yaml"
    return "Judge the recording again, from the folder that holds it", _line("judge", provider, file)


def _line(*words: str) -> str:
    return " ".join(["harness", *(shlex.quote(plain(word)) for word in words)])
