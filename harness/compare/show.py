"""A difference between two reports as text: terminal, JSON, Markdown. Every text of a report may be a server's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness import __version__
from harness.compare.lines import CLAIM, DIFF_VERSION, MARKDOWN, SENTENCE, within
from harness.compare.reports import GRAVE, HEADINGS, LABELS, Change, Difference, Pair, Side, Turn
from harness.interaction import Origin
from harness.report.safe import code, plain

#: Verdicts of one class that a reader is shown, except of those that nobody may overlook.
SHOWN = 30
#: Lines that are said of one verdict: a report spells out five divergences, so twice as many and what is said besides.
TOLD = 13
#: Recordings that are named beside what was seen in them; and the classes that were seen in some.
RECORDINGS, SEEN = 3, (Turn.NEW, Turn.CHANGED, Turn.FIXED)


def as_json(difference: Difference) -> str:
    """All ASCII, so that no terminal or editor obeys what a server sent."""
    made = {"diff_version": DIFF_VERSION, "harness_version": __version__, "kind": "reports", **turned(difference)}
    return json.dumps(made, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def turned(difference: Difference) -> dict[str, Any]:
    """What turned, as JSON has it: in the difference of reports, and of revisions that recordings are judged by."""
    return {
        "old": {"generated_at": difference.old},
        "new": {"generated_at": difference.new},
        "comparable": difference.comparable,
        "counts": {
            "real": _counts(difference, simulated=False),
            "simulated": _counts(difference, simulated=True),
        },
        "pairs": [_pair_json(pair) for pair in difference.pairs],
        "changes": [_change_json(change) for change in difference.changes],
    }


def as_text(difference: Difference) -> str:
    """For a terminal: what is compared, then what turned."""
    head = f"Reports compared: {plain(difference.old, 40)} → {plain(difference.new, 40)}"
    return "\n".join((head, "", *text_lines(difference))) + "\n"


def text_lines(difference: Difference) -> Iterator[str]:
    """What turned, line by line, under whatever heading."""
    for pair in difference.pairs:
        yield f"{plain(pair.provider, CLAIM)}  {plain(_compared(pair), 2 * SENTENCE)}"
        yield f"  {_tally(difference, pair)}"
    for marked, turn, changes in _groups(difference):
        yield from ("", f"{marked}{HEADINGS[turn]} ({len(changes):,})")
        for change in _shown(turn, changes):
            shown = f"{plain(change.claim, CLAIM)}  [{change.provenance}] {_moved(change)}"
            yield f"  {change.latest.level} {shown}"
            yield from (f"    {plain(line, SENTENCE)}" for line in _some(_told(change)))
        yield from _hidden(turn, changes, "  … and {:,} more: --format json")
    if not difference.changes:
        yield from ("", "Nothing turned.")


def as_markdown(difference: Difference) -> str:
    """For a pull-request comment, within its limits; a report's text stands in code spans, where it is only text."""
    head = f"### Reports compared: {code(difference.old)} → {code(difference.new)}"
    return "\n".join(within((head, "", *markdown_lines(difference)), MARKDOWN)) + "\n"


def markdown_lines(difference: Difference) -> Iterator[str]:
    """What turned, as Markdown, under whatever heading."""
    for pair in difference.pairs:
        yield f"- {code(pair.provider)} {code(_compared(pair))}: {_tally(difference, pair)}"
    for marked, turn, changes in _groups(difference):
        yield from ("", f"#### {marked}{HEADINGS[turn]} ({len(changes):,})", "")
        for change in _shown(turn, changes):
            yield f"- **{change.latest.level}** {code(change.claim)} ({change.provenance}): {_moved(change)}"
            yield from (f"  - {code(line)}" for line in _some(_told(change)))
        yield from _hidden(turn, changes, "- … and {:,} more")
    if not difference.changes:
        yield from ("", "Nothing turned.")


FORMATS: Mapping[str, Callable[[Difference], str]] = {"text": as_text, "json": as_json, "markdown": as_markdown}


def _counts(difference: Difference, *, simulated: bool) -> dict[str, int]:
    counted = Counter(change.turn for change in difference.changes if change.simulated is simulated)
    pairs = (pair for pair in difference.pairs if (pair.provenance is Origin.SIMULATED) is simulated)
    return {turn.value: counted[turn] for turn in Turn} | {"unchanged": sum(pair.unchanged for pair in pairs)}


def _pair_json(pair: Pair) -> dict[str, Any]:
    return {
        "provider": pair.provider,
        "provenance": pair.provenance.value,
        "comparable": pair.comparable,
        "old": pair.old,
        "new": pair.new,
        "unchanged": pair.unchanged,
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "class": change.turn.value,
        "provider": change.provider,
        "provenance": change.provenance.value,
        "claim": change.claim,
        "operation": change.latest.operation,
        "level": change.latest.level.value,
        "statement": change.latest.statement,
        "restated": change.restated,
        "old": _side_json(change.old),
        "new": _side_json(change.new),
    }


def _side_json(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    told = [{"direction": direction, "summary": summary} for direction, summary in side.divergences]
    return {
        "outcome": side.outcome.value,
        "reason": side.reason,
        "divergences": told,
        "interactions": list(side.interactions),
    }


def _groups(difference: Difference) -> Iterator[tuple[str, Turn, list[Change]]]:
    """What belongs under one heading, with the mark that simulated evidence carries."""
    groups: dict[tuple[bool, Turn], list[Change]] = {}
    for change in difference.changes:
        groups.setdefault((change.simulated, change.turn), []).append(change)
    for (simulated, turn), changes in groups.items():
        yield "SIMULATED, not the provider — " if simulated else "", turn, changes


def _shown(turn: Turn, changes: Sequence[Change]) -> Sequence[Change]:
    return changes if turn in GRAVE else changes[:SHOWN]


def _hidden(turn: Turn, changes: Sequence[Change], form: str) -> list[str]:
    hidden = len(changes) - len(_shown(turn, changes))
    return [form.format(hidden)] if hidden else []


def _compared(pair: Pair) -> str:
    if pair.old is None or pair.new is None:
        return f"{pair.new or pair.old} (only in the {'older' if pair.new is None else 'newer'} report)"
    return pair.new if pair.old == pair.new else f"{pair.old} → {pair.new}"


def _tally(difference: Difference, pair: Pair) -> str:
    here = (each for each in difference.changes if (each.provider, each.provenance) == (pair.provider, pair.provenance))
    counted = Counter(change.turn for change in here)
    found = [f"{counted[turn]:,} {LABELS[turn]}" for turn in Turn if counted[turn]]
    return ", ".join([*found, f"{pair.unchanged:,} unchanged"])


def _moved(change: Change) -> str:
    return f"{change.old.outcome if change.old else 'absent'} → {change.new.outcome if change.new else 'absent'}"


def _some(lines: Iterable[str]) -> Iterator[str]:
    """As many lines on one verdict as a reader takes in; the last ones say where and why."""
    told = list(lines)
    if len(told) <= TOLD:
        yield from told
    else:
        yield from (*told[: TOLD - 3], f"… and {len(told) - TOLD + 1:,} more", *told[-2:])


def _told(change: Change) -> Iterator[str]:
    """What a reader needs besides the claim's id: what is seen now, what is no longer, and why it is not known."""
    old, new = change.old, change.new
    before, now = (set(side.divergences) if side else set() for side in (old, new))
    match change.turn:
        case Turn.NEW:
            yield from (_said(each) for each in sorted(now))
        case Turn.CHANGED:
            yield from (f"now: {_said(each)}" for each in sorted(now - before))
            yield from (f"no longer: {_said(each)}" for each in sorted(before - now))
        case Turn.FIXED:
            yield from (f"was: {_said(each)}" for each in sorted(before))
        case Turn.ADDED | Turn.GONE:
            yield change.latest.statement
        case Turn.TROUBLE | Turn.LOST | Turn.OTHER:
            yield (new.reason or "no reason given") if new else "the newer report does not judge it"
        case Turn.TESTED:
            pass
    if change.turn in SEEN and (names := change.latest.interactions or (old.interactions if old else ())):
        more = f" and {len(names) - RECORDINGS:,} more" if len(names) > RECORDINGS else ""
        yield f"seen in {', '.join(names[:RECORDINGS])}{more}"
    if change.restated:
        yield f"the claim says something else than before: {change.latest.level} {change.latest.statement}"


def _said(divergence: tuple[str, str]) -> str:
    direction, summary = divergence
    return f"{direction}: {summary}"
