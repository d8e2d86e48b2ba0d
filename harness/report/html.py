"""One self-contained page: no requests, one script of our own, and every text made harmless on its way out.

Everything that matters is in the page as text: without the script it reads from top to bottom, with it the claims
can be filtered. It is written piece by piece, and what a browser must lay out is bounded: the gravest findings stand
with their evidence, and every claim stands in a data block (see ``rows``), of which the script shows what is asked for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Template
from markupsafe import Markup

from harness.json_text import Json
from harness.report import course, excused, money, order, practice, reproduce, rows, words
from harness.report.layout import SHOWN, absent, message
from harness.report.safe import block, plain
from harness.report.templating import environment

#: Of a sentence that stands as a title.
TITLE = 240
#: Findings with their evidence, and rows of the tables for readers without a script, in the whole page.
FINDINGS, ROWS = 300, 6_000
#: Pieces of the template that are written at once, and rows of the data block in each.
_BUFFER = 64
_TEMPLATES = Path(__file__).parent / "templates"
_LINK = re.compile(r"https?://[^\s\"'<>\\`]+", re.IGNORECASE)
#: A poster frame as the exchange layer makes them; nothing else that a report might hold is a picture.
_POSTER = re.compile(r"data:image/(?:jpeg|png);base64,[A-Za-z0-9+/]{1,16000}={0,2}")


def render(report: Json) -> str:
    """The report as a page that can be mailed, archived and opened anywhere."""
    return "".join(pieces(report))


def pieces(report: Json) -> Iterator[str]:
    """The same page in pieces, for a report that is too large to stand in memory twice."""
    style, script = _file("report.css"), _file("report.js")
    entries = _entries(report)
    names = _Anchors(report)
    stream = _page().stream(
        report=report,
        headline=order.headline(each["entry"] for each in entries if not each["simulated"]),
        entries=entries,
        real=[each for each in entries if not each["simulated"]],
        remarks=excused.remarks(report),
        played=[each for each in entries if each["simulated"]],
        names=names,
        style=Markup(style),  # ours, not a server's
        style_hash=_digest(style),
        script=Markup(script),
        script_hash=_digest(script),
        rows=_together(rows.pieces(report, names.of, anchor)),
    )
    stream.enable_buffering(_BUFFER)
    yield from stream


def _together(texts: Iterator[str]) -> Iterator[Markup]:
    """Some texts at a time: each round of the template's loop costs more than a text."""
    while some := "".join(islice(texts, _BUFFER)):
        yield Markup(some)


def link(url: object) -> str | None:
    """``url`` if it leads to the web, else None: no script, no file, no data."""
    return url if isinstance(url, str) and _LINK.fullmatch(url) else None


def poster(media: Json) -> str | None:
    """The poster frame of a media file if it is a small picture, else None."""
    shown = media.get("poster")
    return shown if isinstance(shown, str) and _POSTER.fullmatch(shown) else None


def anchor(provenance: str, claim: str) -> str:
    """The stable fragment of a claim: ``live:`` and the claim's id."""
    return f"{provenance}:{re.sub(r'[^!-~]', '_', claim)}"


class _Anchors:
    """Fragments of entries and claims: a name stands for itself the first time and gets a number after that."""

    def __init__(self, report: Json) -> None:
        self._numbered: dict[int, str] = {}
        taken: dict[str, int] = {}
        for entry in report["providers"]:
            provenance = entry["source"]["provenance"]
            named = [(entry, anchor(provenance, entry["provider"]))]
            for each, wanted in [*named, *((v, anchor(provenance, v["claim"])) for v in entry["verdicts"])]:
                taken[wanted] = taken.get(wanted, 0) + 1
                if taken[wanted] > 1:
                    self._numbered[id(each)] = f"{wanted}~{taken[wanted]}"

    def entry(self, entry: Json) -> str:
        """The fragment of an entry."""
        return self._numbered.get(id(entry)) or anchor(entry["source"]["provenance"], entry["provider"])

    def of(self, entry: Json, verdict: Json) -> str:
        """The fragment of a claim."""
        return self._numbered.get(id(verdict)) or anchor(entry["source"]["provenance"], verdict["claim"])


def _entries(report: Json) -> list[dict[str, Any]]:
    views: list[dict[str, Any]] = []
    findings, static = FINDINGS, ROWS
    for place, entry in enumerate(report["providers"]):
        waiting = len(report["providers"]) - place  # what one entry leaves unused falls to those after it
        room = findings // waiting
        groups, shown = _first(order.worst_first(entry), room)
        apart, known = _first([(each, order.having(entry, each)) for each in excused.MARKS], room - shown)
        open_, more = _first([("", order.having(entry, "inconclusive"))], room - shown - known)
        findings -= shown + known + more
        counts = order.counts(entry)
        rows_ = min(static // waiting, len(entry["verdicts"]))
        static -= rows_
        views.append(
            {
                "entry": entry,
                "name": entry.get("title") or entry["provider"],
                "simulated": order.simulated(entry),
                "kind": words.badge(entry),
                "counts": _counts(entry),
                "bar": _bar(counts),
                "worst": order.worst_first(entry),
                "groups": groups,
                "unshown": counts["fail"] - shown,
                "excused": apart,
                "unexcused": counts["waived"] + counts["known"] - known,
                "open": (undecided := open_[0][1] if open_ else []),
                "told": {id(each) for _, found in [*groups, *apart, ("", undecided)] for each in found},
                "unsettled": entry["counts"]["inconclusive"],
                "errors": order.having(entry, "error")[:room],
                "operations": _operations,
                "rows": rows_,
                "courses": course.courses(entry),
                "latency": course.latency(entry),
                "money": money.sums(entry),
                "tally": practice.tally(entry),
                "departures": practice.departures(entry),
            }
        )
    return views


def _first(groups: Sequence[tuple[Any, list[Json]]], room: int) -> tuple[list[tuple[Any, list[Json]]], int]:
    """The first ``room`` verdicts of some groups, and how many they are."""
    kept, left = [], room
    for name, verdicts in groups:
        if left > 0 and verdicts:
            kept.append((name, verdicts[:left]))
            left -= len(kept[-1][1])
    return kept, room - left


def _bar(counts: Mapping[str, int]) -> list[tuple[str, int, float, float]]:
    """(outcome, count, start, width) in percent; what there is at all is at least a sliver wide."""
    present = [(outcome, counts[outcome]) for outcome in words.OUTCOMES if counts[outcome]]
    total = sum(count for _, count in present)
    wide = [max(count / total, 0.008) for _, count in present]
    scale = 100 / sum(wide) if wide else 0
    bar, start = [], 0.0
    for (outcome, count), width in zip(present, wide, strict=True):
        bar.append((outcome, count, round(start, 2), round(width * scale, 2)))
        start += width * scale
    return bar


def _counts(entry: Json) -> list[tuple[str, str]]:
    """(class, what it says) for every outcome that there is."""
    told = [(key, count) for key, count in order.tally(entry).items() if count]
    return [
        ("fail", words.number(count, key)) if key == "contradiction" else (key, f"{count:,} {words.SHORT[key]}")
        for key, count in told
    ]


def _operations(entry: Json, room: int) -> Iterator[tuple[str, list[tuple[str, list[Json]]], str]]:
    """(operation, rows, tally) for at most ``room`` rows: what is left out is in report.json."""
    for name, found in order.operations(entry):
        shown = list(islice(_rows(found), room))
        room -= len(shown)
        if shown:
            yield name, shown, _tally(found)


def _rows(verdicts: Sequence[Json]) -> Iterator[tuple[str, list[Json]]]:
    """(claim id, verdicts) in order of gravity. What was not tested of many models for one reason is one row."""
    gravity = list(words.OUTCOMES)
    grouped: dict[tuple[str, str, str, int], list[Json]] = {}
    for verdict in sorted(verdicts, key=lambda verdict: gravity.index(order.shown(verdict))):
        together = verdict["model"] and verdict["outcome"] in ("untested", "not-applicable")
        name = verdict["claim"].rpartition("@")[0] if together and "@" in verdict["claim"] else verdict["claim"]
        alone = 0 if together else id(verdict)
        grouped.setdefault((name, verdict["outcome"], verdict["reason"] or "", alone), []).append(verdict)
    for (name, *_), found in grouped.items():
        yield found[0]["claim"] if len(found) == 1 else name, found


def _tally(verdicts: Sequence[Json]) -> str:
    outcomes = [order.shown(verdict) for verdict in verdicts]
    return ", ".join(f"{outcomes.count(each):,} {each}" for each in words.OUTCOMES if each in outcomes)


def _command(curl: str) -> Markup:
    """The command whole, or word of where it is: half a command is worse than none."""
    if len(curl) > SHOWN:
        return Markup("<p>The command has {:,} characters: copy it from report.json.</p>").format(len(curl))
    return Markup("<pre>{}</pre>").format(block(curl))


def _fragment(name: str) -> str:
    return quote(name, safe=":@/.~-_")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _file(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _page() -> Template:
    made = environment(_TEMPLATES, SHOWN)
    filters: dict[str, Callable[..., Any]] = {
        "link": link,
        "poster": poster,
        "message": message,
        "command": _command,
        "plain": plain,
        "fragment": _fragment,
        "summary": order.summary,
        "shown": order.shown,
        "told": excused.told,
        "lines": excused.lines,
        "why": excused.why,
        "ident": id,
        "json": lambda value: json.dumps(value, ensure_ascii=False),
    }
    made.filters.update(filters)
    made.globals.update(TITLE=TITLE, words=words, practice=practice, absent=absent, commands=reproduce.commands)
    return made.get_template("report.html")
