"""Every claim of a report as a compact JSON block, which the page's script filters and shows row by row.

100,000 claims as elements take a browser many seconds and a gigabyte; as data they are read in a fraction of a
second, and only the rows that are looked at become elements. The block is written in one pass: a text stands where
it first occurs and is a number after that, and the table behind it has a fixed size, in the writer as in the reader.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.report import order, words
from harness.report.layout import STRING
from harness.report.safe import block, clip

Json = Mapping[str, Any]
#: What a cell says: a text, or a document's title, revision and address.
_Text = str | tuple[str, ...]

#: Texts that can be referred to again; more would cost memory and save little.
SHARED = 20_000
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
    }
    yield _written(head)[:-1] + ', "rows": ['
    numbers: dict[_Text, int] = {}
    before = "\n"
    for place, entry in enumerate(report["providers"]):
        provenance = entry["source"]["provenance"]
        for verdict in entry["verdicts"]:
            texts = _texts(verdict)
            fragment = anchor(entry, verdict)
            texts.append("" if fragment == default(provenance, str(texts[0])) else fragment)
            while not texts[-1]:
                texts.pop()
            cells = [_cell(each, numbers) for each in texts]
            yield before + _written([place, verdict.get("witnesses", 0), *cells])
            before = ",\n"
    yield "]}"


def _entry(entry: Json) -> list[str]:
    name = entry.get("title") or entry["provider"]
    return [block(each, STRING) for each in (entry["provider"], name, entry["source"]["provenance"])]


def _texts(verdict: Json) -> list[_Text]:
    """The cells of a row, in the order in which the script reads them: what is often empty at the end."""
    source, failed = verdict["source"], verdict["outcome"] == "fail"
    document = (source.get("title", source["document"]), source["revision"], source.get("url"))
    return [
        _shown(verdict["claim"]),
        _shown(verdict["outcome"]),
        _shown(verdict["operation"]),
        _shown(verdict["kind"]),
        _shown(verdict["level"]),
        _shown(order.summary(verdict) if failed else verdict["statement"]),
        _shown(source["quote"]),
        tuple(_shown(each) for each in document),
        _shown(verdict["reason"]),
        _shown(verdict["model"]),
        _shown(order.direction(verdict)),
        _shown(verdict["statement"]) if failed else "",
    ]


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
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).translate(_UNSAFE)
