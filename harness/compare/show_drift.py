"""Drift as text: terminal, JSON, Markdown. Every text of a fetched document may be hostile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from harness import __version__
from harness.compare.catalogues import Catalogues, Moved
from harness.compare.demands import Shift
from harness.compare.drift import Drift
from harness.compare.lines import CLAIM, DIFF_VERSION, MARKDOWN, SENTENCE, within
from harness.compare.revisions import Timeline
from harness.compare.show_revisions import as_json as revisions_json
from harness.compare.show_revisions import as_markdown as revisions_markdown
from harness.compare.show_revisions import as_text as revisions_text
from harness.report.safe import code, plain

#: Of one class; JSON has all.
SHOWN = 20
NOTHING = "No drift."
#: Said where nothing is on record.
UNRECORDED = (
    "nothing is on record of this document: it is checked against the contract's own claims, and what was left out or "
    "added by hand shows, too; --keep puts it on record"
)


def as_json(drift: Drift) -> str:
    """All ASCII, so that no terminal or editor obeys what a document holds."""
    made = {
        "diff_version": DIFF_VERSION,
        "harness_version": __version__,
        "kind": "drift",
        "provider": drift.provider,
        "drifted": drift.drifted,
        "counts": {shift.value: count for shift, count in drift.counts.items()},
        "recorded": drift.recorded,
        "document": json.loads(revisions_json(_timeline(drift)))["steps"][0] if drift.document else None,
        "catalogue": _catalogue_json(drift.catalogue, drift.fingerprint) if drift.catalogue else None,
    }
    return json.dumps(made, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def as_text(drift: Drift) -> str:
    """For a terminal: the document, then the catalogue."""
    return "\n".join(_text(drift)) + "\n"


def as_markdown(drift: Drift) -> str:
    """For an issue or a comment, within its limits; a document's text stands in code spans."""
    return "\n".join(within(list(_markdown(drift)), MARKDOWN)) + "\n"


DRIFT_FORMATS: Mapping[str, Callable[[Drift], str]] = {"text": as_text, "json": as_json, "markdown": as_markdown}


def _text(drift: Drift) -> Iterator[str]:
    yield f"{plain(drift.provider, CLAIM)}: {_tally(drift)}"
    if drift.document is not None:
        yield ""
        if not drift.recorded:
            yield f"note: {UNRECORDED}"
        yield revisions_text(_timeline(drift)).rstrip("\n")
    if drift.catalogue is not None:
        yield ""
        yield _heading(drift.catalogue, drift.fingerprint)
        for each in _shown(drift.catalogue.moved):
            yield f"  {each.shift:<8}  {plain(each.model, CLAIM)} {plain(each.pointer, CLAIM)}".rstrip()
            yield f"{'':12}{plain(each.detail, SENTENCE)}"
        yield from (f"  … {line}: --format json" for line in _hidden(drift.catalogue.moved))
        yield from (f"  note: {plain(note, SENTENCE)}" for note in _notes(drift.catalogue))


def _markdown(drift: Drift) -> Iterator[str]:
    yield f"## Drift of {code(drift.provider)}: {_tally(drift)}"
    if drift.document is not None:
        yield ""
        if not drift.recorded:
            yield f"- note: {UNRECORDED}"
            yield ""
        yield revisions_markdown(_timeline(drift)).rstrip("\n")
    if drift.catalogue is not None:
        yield ""
        yield f"### {_heading(drift.catalogue, drift.fingerprint)}"
        yield ""
        for each in _shown(drift.catalogue.moved):
            yield f"- {each.shift} {code(f'{each.model} {each.pointer}'.strip())}: {code(each.detail)}"
        yield from (f"- … {line}" for line in _hidden(drift.catalogue.moved))
        yield from (f"- note: {code(note)}" for note in _notes(drift.catalogue))


def _tally(drift: Drift) -> str:
    return ", ".join(f"{count:,} {shift}" for shift, count in drift.counts.items() if count) or NOTHING


def _heading(found: Catalogues, fingerprint: str) -> str:
    return f"Catalogue: {found.held:,} models held ({fingerprint}), {found.live:,} there"


def _timeline(drift: Drift) -> Timeline:
    return Timeline(provider=drift.provider, steps=(drift.document,) if drift.document else ())


def _shown(moved: Sequence[Moved]) -> Iterator[Moved]:
    left = dict.fromkeys(Shift, SHOWN)
    for each in moved:
        if left[each.shift] > 0:
            yield each
        left[each.shift] -= 1


def _hidden(moved: Sequence[Moved]) -> Iterator[str]:
    for shift in Shift:
        more = sum(each.shift is shift for each in moved) - SHOWN
        if more > 0:
            yield f"and {more:,} more {shift}"


def _notes(found: Catalogues) -> Iterator[str]:
    if found.unheld:
        yield f"members that no entry held here has, and so not compared: {', '.join(found.unheld)}"
    if found.others:
        yield f"{found.others:,} entries are of another type than those held here, and were not looked at"


def _catalogue_json(found: Catalogues, fingerprint: str) -> dict[str, Any]:
    return {
        "held": found.held,
        "live": found.live,
        "fingerprint": fingerprint,
        "others": found.others,
        "unheld": list(found.unheld),
        "changes": [
            {"class": each.shift.value, "model": each.model, "pointer": each.pointer, "detail": each.detail}
            for each in found.moved
        ],
    }
