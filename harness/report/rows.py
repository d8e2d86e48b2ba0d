"""Every claim of a report as a compact JSON block, which the page's script filters and shows row by row.

100,000 claims as elements take a browser many seconds and a gigabyte; as data they are read in a fraction of a
second, and only the rows that are looked at become elements. The block is written in one pass: a text stands where
it first occurs and is a number after that, and the table behind it has a fixed size, in the writer as in the reader.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from harness.json_text import Json
from harness.report import excused, order, words
from harness.report.layout import STRING
from harness.report.safe import block, clip

#: What a cell says: a text, or the parts of a document's name or of a claim's.
_Text = str | tuple[str, ...]

#: Texts that can be referred to again; more would cost memory and save little.
SHARED = 50_000
#: The filters: what of an (entry, verdict) they look at, and in which order they offer it; else the alphabet's.
_CHOSEN: Mapping[str, tuple[Callable[[Json, Json], Any], list[str]]] = {
    "outcome": (lambda entry, verdict: order.shown(verdict), list(words.OUTCOMES)),
    "evidence": (words.badge, list(words.BADGES)),
    "provider": (lambda entry, verdict: entry["provider"], []),
    "direction": (lambda entry, verdict: order.direction(verdict), list(words.DIRECTIONS)),
    "level": (lambda entry, verdict: verdict["level"], list(words.LEVELS)),
    "kind": (lambda entry, verdict: verdict["kind"], []),
    "operation": (lambda entry, verdict: verdict["operation"], []),
    "model": (lambda entry, verdict: verdict["model"], []),
}
_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))
#: Nothing in a data block may end it, open another, or be read as anything but text.
_UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def pieces(report: Json, anchor: Callable[[Json, Json], str], default: Callable[[str, str], str]) -> Iterator[str]:
    """The block. ``anchor`` gives the fragment of an (entry, verdict), ``default`` that which its reader expects."""
    head = {
        "shared": SHARED,
        "outcomes": list(words.OUTCOMES),
        "levels": list(words.LEVELS),
        "directions": words.DIRECTIONS,
        "entries": [_entry(each) for each in report["providers"]],
        "choices": {name: _choices(report, name) for name in _CHOSEN},
    }
    yield _written(head)[:-1] + ', "rows": ['
    numbers: dict[_Text, int] = {}
    before = "\n"
    for place, entry in enumerate(report["providers"]):
        provenance = entry["source"]["provenance"]
        for verdict in entry["verdicts"]:
            fragment = anchor(entry, verdict)
            numbered = "" if fragment == default(provenance, _shown(verdict["claim"])) else fragment
            texts = [*_texts(entry["provider"], verdict), numbered]
            while not texts[-1]:
                texts.pop()
            cells = [_cell(each, numbers) for each in texts]
            yield before + _written([place, verdict.get("witnesses", 0), *cells])
            before = ",\n"
    yield "]}"


def _choices(report: Json, name: str) -> list[tuple[str, int]]:
    """What there is to choose for a filter, and how many claims have it: a browser would count for long."""
    value, ordered = _CHOSEN[name]
    counted: Counter[str] = Counter()
    for entry in report["providers"]:
        counted.update(_shown(value(entry, verdict)) for verdict in entry["verdicts"])
    del counted[""]
    return sorted(counted.items(), key=lambda each: (ordered.index(each[0]) if each[0] in ordered else -1, each[0]))


def _entry(entry: Json) -> list[str]:
    name = entry.get("title") or entry["provider"]
    provenance = entry["source"]["provenance"]
    return [block(each, STRING) for each in (entry["provider"], name, provenance, words.badge(entry))]


def _texts(provider: str, verdict: Json) -> list[_Text]:
    """The cells of a row, in the order in which the script reads them: what is often empty at the end."""
    source, failed = verdict["source"], verdict["outcome"] == "fail"
    document = (source.get("title", source["document"]), source["revision"], source.get("url"))
    return [
        _name(_shown(provider), *(_shown(verdict[key]) for key in ("claim", "operation", "model"))),
        _shown(order.shown(verdict)),
        _shown(verdict["operation"]),
        _shown(verdict["kind"]),
        _shown(verdict["level"]),
        _shown(order.summary(verdict) if failed else verdict["statement"]),
        _shown(source["quote"]),
        tuple(_shown(each) for each in document),
        _shown((excused.why(verdict) if failed else "") or verdict["reason"] or words.age(verdict)),
        _shown(verdict["model"]),
        _shown(order.direction(verdict)),
        _shown(verdict["statement"]) if failed else "",
    ]


def _name(provider: str, claim: str, operation: str, model: str) -> _Text:
    """The claim's id; where it is provider, operation, a rest and the model, the rest alone, which many share."""
    rest = claim.removeprefix(f"{provider}.{operation}.").removesuffix(f"@{model}" if model else "")
    whole = f"{provider}.{operation}.{rest}{'@' if model else ''}{model}"
    return (rest,) if whole == claim else claim


@lru_cache(SHARED)
def _shown(text: str | None) -> str:
    return block(clip(text, STRING)) if text else ""


def _cell(text: _Text, numbers: dict[_Text, int]) -> _Text | int:
    """0 for no text, the number of a text that was there before, or the text."""
    if not text:
        return 0
    if text in numbers:
        return numbers[text]
    if len(numbers) < SHARED:
        numbers[text] = len(numbers) + 1
    return text


def _written(value: Any) -> str:
    return _ENCODER.encode(value).translate(_UNSAFE)
