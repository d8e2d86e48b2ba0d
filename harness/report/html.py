"""One self-contained page: no requests, no scripts, and every text made harmless on its way out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from harness.report import order, words
from harness.report.safe import block, clip, plain

#: Of one text; report.json has more of it.
SHOWN = 6_000
#: Of a sentence that stands as a title.
TITLE = 240
#: Of one string in a JSON body: enough for a prompt, too little for an image in base64.
STRING = 400
_TEMPLATES = Path(__file__).parent / "templates"
_TOLD = re.compile(r"… \([\d,]+ characters\)$")
_LINK = re.compile(r"https?://[^\s\"'<>\\`]+", re.IGNORECASE)

Json = Mapping[str, Any]


def render(report: Json) -> str:
    """The report as a page that can be mailed, archived and opened anywhere."""
    entries = _entries(report)
    style = _style()
    return _page().render(
        report=report,
        entries=entries,
        style=Markup(style),  # ours, not a server's
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        simulated_only=bool(entries) and all(each["simulated"] for each in entries),
    )


def link(url: object) -> str | None:
    """``url`` if it leads to the web, else None: no script, no file, no data."""
    return url if isinstance(url, str) and _LINK.fullmatch(url) else None


def anchor(provenance: str, claim: str) -> str:
    """The stable fragment of a claim: ``live:`` and the claim's id."""
    return f"{provenance}:{re.sub(r'[^!-~]', '_', claim)}"


def _entries(report: Json) -> list[dict[str, Any]]:
    anchors = _unique()
    views = []
    for entry in report["providers"]:
        provenance = entry["source"]["provenance"]
        place = anchors(anchor(provenance, entry["provider"]))
        ids = {id(verdict): anchors(anchor(provenance, verdict["claim"])) for verdict in entry["verdicts"]}
        views.append(
            {
                "entry": entry,
                "anchor": place,
                "name": entry.get("title") or entry["provider"],
                "simulated": order.simulated(entry),
                "badge": words.BADGES[provenance] if entry["requests"]["total"] else words.DOCUMENTS,
                "bar": _bar(entry["counts"]),
                "groups": order.worst_first(entry),
                "errors": order.having(entry, "error"),
                "operations": [(name, _rows(found), _tally(found)) for name, found in order.operations(entry)],
                "ids": ids,
            }
        )
    return views


def _unique() -> Callable[[str], str]:
    """Names that stand for themselves the first time and get a number after that."""
    taken: dict[str, int] = {}

    def name(wanted: str) -> str:
        taken[wanted] = taken.get(wanted, 0) + 1
        return wanted if taken[wanted] == 1 else f"{wanted}~{taken[wanted]}"

    return name


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


def _rows(verdicts: Sequence[Json]) -> list[tuple[str, list[Json]]]:
    """(claim id, verdicts) in order of gravity. What was not tested of many models for one reason is one row."""
    gravity = list(words.OUTCOMES)
    rows: dict[tuple[str, str, str, int], list[Json]] = {}
    for verdict in sorted(verdicts, key=lambda verdict: gravity.index(verdict["outcome"])):
        together = verdict["model"] and verdict["outcome"] in ("untested", "not-applicable")
        name = verdict["claim"].rpartition("@")[0] if together and "@" in verdict["claim"] else verdict["claim"]
        alone = 0 if together else id(verdict)
        rows.setdefault((name, verdict["outcome"], verdict["reason"] or "", alone), []).append(verdict)
    return [(found[0]["claim"] if len(found) == 1 else name, found) for (name, *_), found in rows.items()]


def _tally(verdicts: Sequence[Json]) -> str:
    outcomes = [verdict["outcome"] for verdict in verdicts]
    return ", ".join(f"{outcomes.count(each):,} {each}" for each in words.OUTCOMES if each in outcomes)


def _ticked(text: str) -> Markup:
    """Text in which `words in backticks` are set as code."""
    pieces = block(text, SHOWN).split("`")
    if len(pieces) % 2 == 0:
        return escape("`".join(pieces))
    return Markup("").join(
        escape(piece) if i % 2 == 0 else Markup("<code>{}</code>").format(piece) for i, piece in enumerate(pieces)
    )


def _message(message: Json) -> str:
    """First line, headers and body as they would stand on the wire, the body laid out."""
    first = [str(message[key]) for key in ("method", "url", "status") if key in message]
    headers = [f"{plain(name)}: {plain(each)}" for name, each in message.get("headers", {}).items()]
    body = message.get("body")
    if body is None:
        text = ""
    else:
        text = "\n\n" + (body if isinstance(body, str) else json.dumps(_brief(body), indent=2, ensure_ascii=False))
    return "\n".join([plain(" ".join(first)), *headers]) + text


def _brief(value: Any) -> Any:
    match value:
        case str() if len(value) > STRING:
            told = _TOLD.search(value)
            return value[:STRING] + told.group() if told else clip(value, STRING)
        case list():
            return [_brief(each) for each in value]
        case dict():
            return {key: _brief(each) for key, each in value.items()}
        case _:
            return value


def _command(curl: str) -> Markup:
    """The command whole, or word of where it is: half a command is worse than none."""
    if len(curl) > SHOWN:
        return Markup("<p>The command has {:,} characters: copy it from report.json.</p>").format(len(curl))
    return Markup("<pre>{}</pre>").format(block(curl))


def _fragment(name: str) -> str:
    return quote(name, safe=":@/.~-_")


def _finalize(value: object) -> object:
    return value if isinstance(value, (Markup, int, float)) else block(value, SHOWN)


@cache
def _style() -> str:
    return (_TEMPLATES / "report.css").read_text(encoding="utf-8")


@cache
def _page() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        link=link,
        ticked=_ticked,
        message=_message,
        command=_command,
        plain=plain,
        fragment=_fragment,
        summary=order.summary,
        ident=id,
        json=lambda value: json.dumps(value, ensure_ascii=False),
    )
    environment.globals.update(TITLE=TITLE, words=words)
    return environment.get_template("report.html")
