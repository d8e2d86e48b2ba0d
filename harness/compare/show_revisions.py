"""A difference of revisions as text: terminal, JSON, Markdown. Every text of a document may be hostile."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness import __version__
from harness.claim import Claim
from harness.compare.claims import Party, Revised
from harness.compare.demands import Shift
from harness.compare.lines import CLAIM, DIFF_VERSION, MARKDOWN, SENTENCE, within
from harness.compare.revisions import Step, Timeline
from harness.compare.show import markdown_lines, text_lines, turned
from harness.report.safe import code, plain

#: Claims of one step that are new or gone, and notes, that a reader is shown; JSON has all.
SHOWN, NOTES = 20, 8
#: What a client may have to answer is marked so.
MARK = "!"
LEGEND = f"{MARK} a client may have to answer it: a stricter request permits less, a looser answer can hold more"
NOTHING = "No claim shifted."


def as_json(timeline: Timeline) -> str:
    """All ASCII, so that no terminal or editor obeys what a document holds."""
    made = {
        "diff_version": DIFF_VERSION,
        "harness_version": __version__,
        "kind": "revisions",
        "provider": timeline.provider,
        "history": timeline.history,
        "breaking": timeline.breaking,
        "counts": _counts(timeline.revised),
        "steps": [_step_json(each) for each in timeline.steps],
        "notes": list(timeline.notes),
        "recordings": turned(timeline.recordings) if timeline.recordings else None,
        "unjudged": timeline.unjudged,
    }
    return json.dumps(made, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def as_text(timeline: Timeline) -> str:
    """For a terminal: every step that shifted something, then the recordings."""
    lines = [_title(timeline, lambda text: plain(text, SENTENCE)), _tally(timeline.revised)]
    if timeline.breaking:
        lines.append(LEGEND)
    for step in _moving(timeline):
        lines += ["", f"{plain(step.old, SENTENCE)} → {plain(step.new, SENTENCE)}: {_tally(step.revised)}"]
        for each in _shown(step):
            lines.append(f"{_mark(each)} {each.shift:<8} {each.side:<7}  {plain(_named(each), CLAIM)}")
            lines.append(f"{'':20}{plain(each.detail, SENTENCE)}")
        lines += [f"  … {line}: --format json" for line in _hidden(step)]
        lines += [f"  note: {plain(note, SENTENCE)}" for note in _notes(step.notes)]
    if timeline.notes:
        lines += ["", *(f"note: {plain(note, SENTENCE)}" for note in _notes(timeline.notes))]
    if timeline.recordings is not None:
        lines += ["", "Recordings, judged under both", *text_lines(timeline.recordings)]
    elif timeline.unjudged:
        lines += ["", f"Recordings not judged: {plain(timeline.unjudged, SENTENCE)}"]
    return "\n".join(lines) + "\n"


def as_markdown(timeline: Timeline) -> str:
    """For a pull-request comment, within its limits; a document's text stands in code spans, where it is only text."""
    lines = [f"### {_title(timeline, code)}", "", _tally(timeline.revised)]
    if timeline.breaking:
        lines += ["", f"{LEGEND.replace(MARK, '**!**', 1)}."]
    for step in _moving(timeline):
        lines += ["", f"#### {code(step.old)} → {code(step.new)}: {_tally(step.revised)}", ""]
        for each in _shown(step):
            mark = "**!** " if each.concerns is Party.CLIENT else ""
            lines.append(f"- {mark}{each.shift} {each.side} {code(_named(each))}: {code(each.detail)}")
        lines += [f"- … {line}" for line in _hidden(step)]
        lines += [f"- note: {code(note)}" for note in _notes(step.notes)]
    if timeline.notes:
        lines += ["", *(f"- note: {code(note)}" for note in _notes(timeline.notes))]
    if timeline.recordings is not None:
        lines += ["", "#### Recordings, judged under both", "", *markdown_lines(timeline.recordings)]
    elif timeline.unjudged:
        lines += ["", f"Recordings not judged: {code(timeline.unjudged)}"]
    return "\n".join(within(lines, MARKDOWN)) + "\n"


REVISION_FORMATS: Mapping[str, Callable[[Timeline], str]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
}


def _title(timeline: Timeline, shown: Callable[[str], str]) -> str:
    span = f"{shown(timeline.steps[0].old)} → {shown(timeline.steps[-1].new)}" if timeline.steps else "one revision"
    count = f", {len(timeline.steps)} steps" if len(timeline.steps) > 1 else ""
    file = f", {shown(timeline.history)}" if timeline.history else ""
    return f"{shown(timeline.provider)}{file}: {span}{count}"


def _tally(revised: Iterable[Revised]) -> str:
    counted = _counts(revised)
    return ", ".join(f"{number:,} {shift}" for shift, number in counted.items() if number) or NOTHING


def _counts(revised: Iterable[Revised]) -> dict[str, int]:
    counted = Counter(each.shift for each in revised)
    return {shift.value: counted[shift] for shift in Shift}


def _moving(timeline: Timeline) -> Iterator[Step]:
    return (step for step in timeline.steps if step.revised)


def _shown(step: Step) -> Iterator[Revised]:
    """Everything but the many claims that come and go with a whole operation or answer."""
    left = {Shift.NEW: SHOWN, Shift.GONE: SHOWN}
    for each in step.revised:
        if each.shift not in left or left[each.shift] > 0:
            yield each
        if each.shift in left:
            left[each.shift] -= 1


def _hidden(step: Step) -> Iterator[str]:
    for shift in (Shift.NEW, Shift.GONE):
        if step.counts[shift] > SHOWN:
            yield f"and {step.counts[shift] - SHOWN:,} more {shift}"


def _notes(notes: Sequence[str]) -> Iterator[str]:
    yield from notes[:NOTES]
    if len(notes) > NOTES:
        yield f"and {len(notes) - NOTES:,} more: --format json"


def _mark(revised: Revised) -> str:
    return MARK if revised.concerns is Party.CLIENT else " "


def _named(revised: Revised) -> str:
    """The claim; the one it took the place of, where that was another."""
    old, new = revised.old, revised.new
    return f"{new.id} (was {old.rule})" if old and new and old.id != new.id else revised.latest.id


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "old": step.old,
        "new": step.new,
        "counts": _counts(step.revised),
        "changes": [_revised_json(each) for each in step.revised],
        "notes": list(step.notes),
    }


def _revised_json(revised: Revised) -> dict[str, Any]:
    claim = revised.latest
    return {
        "class": revised.shift.value,
        "claim": claim.id,
        "operation": claim.operation,
        "pointer": claim.pointer,
        "of": revised.side.value,
        "concerns": revised.concerns.value,
        "detail": revised.detail,
        "old": _claim_json(revised.old),
        "new": _claim_json(revised.new),
    }


def _claim_json(claim: Claim | None) -> dict[str, Any] | None:
    if claim is None:
        return None
    return {
        "claim": claim.id,
        "level": claim.level.value,
        "statement": claim.statement,
        "value": _value(claim.parameters.get("value")),
        "source": {
            "document": claim.source.document,
            "revision": claim.source.revision,
            "quote": claim.source.quote,
        },
    }


def _value(value: Any) -> Any:
    """JSON as it is; bytes of a YAML document, which JSON cannot hold, as text."""
    return json.loads(json.dumps(value, default=str))
