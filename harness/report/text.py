"""A summary for the terminal: about one screen, real evidence first, worst first."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.report import excused, money, order, practice, words
from harness.report.safe import block, plain

#: Of a file or a pipe; a terminal may have fewer.
COLUMNS = 100
#: A screen; what every entry needs at least may exceed it.
LINES = 40
#: Divergences of one entry, so that one bad provider does not push the others out.
SHOWN = 8
#: Divergences of one simulated entry where they compete with others.
SIMULATED = 2
#: Departures from good practice.
PRACTICE = 3
#: Divergences that are waived, and remarks that fail nothing.
WAIVED, NOTES = 4, 4
#: Columns of a claim id; ids are copied into other commands, so nearly all stand whole.
CLAIM = 72
#: What is said of a claim has at least so many columns, or a line of its own.
LEAST = 20
#: Columns of one of several reasons.
REASON = 60

_CODES = {
    "bold": "1",
    "dim": "2",
    "fail": "31",
    "contradiction": "31",
    "error": "31;1",
    "inconclusive": "33",
    "pass": "32",
    "waived": "36",
    "known": "36",
    "simulated": "35;1",
    "live": "1",
    "published": "1",
    "documents": "1",
}
Line = Sequence[tuple[str, str]]  # (style, text)
#: The style of a piece that stands as it is, however long.
_UNCUT = "uncut"


@dataclass(frozen=True, slots=True)
class _Screen:
    """What the summary is fitted to; ``whole`` says where what is left out stands."""

    columns: int = COLUMNS
    whole: str = "another --format shows all"


def render(report: Mapping[str, Any], color: bool = False, whole: str = _Screen().whole, columns: int = COLUMNS) -> str:
    """The report as a terminal shows it; ANSI colours only if asked for. ``whole``: where what is left out stands."""
    lines = _lines(report, _Screen(columns, whole))
    return "".join(f"{_painted(line, color, columns)}\n" for line in lines)


def gate(report: Mapping[str, Any]) -> str:
    """What the waivers, the baseline and the other gates come to, alone; empty where there is nothing to say."""
    screen = _Screen()
    return "".join(_painted(line, False, screen.columns) + "\n" for line in _gate(report, screen)).lstrip("\n")


def _lines(report: Mapping[str, Any], screen: _Screen) -> Iterator[Line]:
    entries = report["providers"]
    heard = [entry for entry in entries if not order.simulated(entry)]
    room = _room(entries)
    yield [("bold", "Conformance report"), ("dim", f"  {report['generated_at']}, harness {report['harness_version']}")]
    if not entries:
        yield [("", "Nothing was judged.")]
    elif not heard:
        yield [("simulated", "Simulated evidence only: nothing here was observed at a provider.")]
    elif any(order.having(entry, "fail") for entry in heard):
        yield [("fail", f"{order.headline(heard)}.")]
    real = True
    for entry in entries:
        if real and order.simulated(entry) and entry is not entries[0]:
            yield []
            yield [("simulated", "Demonstration — from here on the harness judges its own simulator:")]
        real = not order.simulated(entry)
        yield []
        yield from _entry(entry, room, screen)
        if len(entries) == 1:
            yield from _reproduction(entry)
    yield from _gate(report, screen)


def _gate(report: Mapping[str, Any], screen: _Screen) -> Iterator[Line]:
    """What the gate said, uncut: lines to delete are copied. All that fails the run, and some of the rest."""
    said = excused.remarks(report)
    faults = [remark for remark in said if remark["fails"]]
    notes = said[len(faults) :]
    for heading, style, shown in (("The run fails for:", "fail", faults), ("Worth knowing:", "bold", notes[:NOTES])):
        if shown:
            yield []
            yield [(style, heading)]
        for remark in shown:
            yield [(_UNCUT, f"  {excused.told(remark)}")]
            for line in excused.lines(remark):
                yield [(_UNCUT, f"      {line}")]
    if len(notes) > NOTES:
        yield _more("  ", len(notes) - NOTES, screen)


def _more(margin: str, left_out: int, screen: _Screen) -> Line:
    return [("dim", f"{margin}… and {left_out:,} more: "), (_UNCUT, screen.whole)]


def _claim(style: str, verdict: Mapping[str, Any], said: str, screen: _Screen) -> Iterator[Line]:
    """The claim's id, and what is said of it: below, where the line has no room for both."""
    name = f"    {plain(verdict['claim'], CLAIM)}"
    if len(name) + 2 + LEAST <= screen.columns:
        yield [(style, name), ("dim", f"  {said}")]
    else:
        yield [(style, name)]
        yield [("dim", f"      {said}")]


def _room(entries: Sequence[Mapping[str, Any]]) -> int:
    """How many divergences each entry with real evidence may show so that all fit a screen."""
    diverging = [entry for entry in entries if order.having(entry, "fail")]
    real = sum(not order.simulated(entry) for entry in diverging)
    fixed = 4 + 5 * len(entries) + 2 * len(diverging) + SIMULATED * (len(diverging) - real)
    return max(1, min(SHOWN, (LINES - fixed) // max(1, real)))


def _entry(entry: Mapping[str, Any], room: int, screen: _Screen) -> Iterator[Line]:
    yield [("bold", entry["provider"]), ("", "  "), (words.badge(entry), words.provenance(entry))]
    yield from _counts(entry, screen.columns)
    yield from _money(entry, screen.columns)
    alone = order.simulated(entry) and room < SHOWN
    yield from _divergences(entry, min(room, SIMULATED) if alone else room, screen)
    reported = [verdict for verdict in entry["verdicts"] if verdict.get("reported")]
    if reported and not order.simulated(entry):
        publications = {(each["link"], each["summary"]) for verdict in reported for each in verdict["reported"]}
        found = words.number(len(publications), "divergence")
        yield [("", f"  reported in public, not judged here: {found} on {words.number(len(reported), 'claim')}")]
    if entry.get("schemathesis"):
        found = ", ".join(
            sorted({f"{each['operation']} {each['status']} {each['fault']}" for each in entry["schemathesis"]})
        )
        yield [("", f"  Schemathesis's own response checks find: {found}")]
    yield from _waived(entry, screen)
    for outcome in ("known", "error", "inconclusive", "untested"):
        verdicts = order.having(entry, outcome)
        if verdicts:
            heading = f"  {len(verdicts):,} {outcome}: "
            yield [(outcome, heading), ("", _reasons(verdicts, screen.columns - len(heading)))]
    yield from _practice(entry, screen)


def _waived(entry: Mapping[str, Any], screen: _Screen) -> Iterator[Line]:
    """What somebody answers for: claim by claim, the reason after the day."""
    waived = order.having(entry, "waived")
    if waived:
        yield [("waived", f"  {len(waived):,} waived:")]
    for verdict in waived[:WAIVED]:
        yield from _claim("", verdict, excused.why(verdict), screen)
    if len(waived) > WAIVED:
        yield _more("    ", len(waived) - WAIVED, screen)


def _practice(entry: Mapping[str, Any], screen: _Screen) -> Iterator[Line]:
    """What no document says, in a line of its own, and one for each departure from it."""
    if observed := practice.observations(entry):
        yield [("dim", f"  {practice.OBSERVED.lower()}: {observed}")]
    if tally := practice.tally(entry):
        yield [("dim", f"  {practice.TITLE.lower()}: {tally}")]
        departures = practice.departures(entry)
        for verdict in departures[:PRACTICE]:
            yield from _claim("dim", verdict, order.summary(verdict), screen)
        if len(departures) > PRACTICE:
            yield _more("    ", len(departures) - PRACTICE, screen)


def _money(entry: Mapping[str, Any], columns: int) -> Iterator[Line]:
    """What a live run cost, a screen's width at a time."""
    line = ""
    for what, usd in money.sums(entry):
        piece = f"{usd} {what}"
        if line and len(line) + len(piece) + 2 > columns:
            yield [("dim", line)]
            line = ""
        line += f", {piece}" if line else f"  money: {piece}"
    if line:
        yield [("dim", line)]


def _reproduction(entry: Mapping[str, Any]) -> Iterator[Line]:
    """How to see the gravest divergence again, uncut so that it can be copied."""
    for _, verdicts in order.worst_first(entry):
        for verdict in verdicts:
            command = verdict["divergences"][0].get("curl") if verdict["divergences"] else None
            if command:
                yield []
                yield [("", f"  Reproduce {verdict['claim']}:")]
                yield [(_UNCUT, block(command))]
                return


def _counts(entry: Mapping[str, Any], columns: int) -> Iterator[Line]:
    requests = entry["requests"]
    line = [("", f"  {words.number(len(entry['verdicts']), 'claim')}")]
    for outcome, count in order.tally(entry).items():
        if count:
            said = words.number(count, outcome) if outcome == "contradiction" else f"{count:,} {outcome}"
            line += [("", ": " if len(line) == 1 else ", "), (outcome, said)]
    sent = words.number(requests["total"], "request")
    if requests["submitted"]:
        sent += f", {requests['accepted']:,} of {words.number(requests['submitted'], 'submission')} accepted"
    if requests["cost_usd"]:
        sent += f", {words.dollars(requests['cost_usd'])}"
    if sum(len(piece) for _, piece in line) + len(sent) + 2 <= columns:
        yield [*line, ("dim", f"; {sent}")]
    else:
        yield line
        if not order.simulated(entry):
            yield [("dim", f"  {sent}")]


def _divergences(entry: Mapping[str, Any], room: int, screen: _Screen) -> Iterator[Line]:
    left = room
    groups = order.worst_first(entry)
    for (level, direction), verdicts in groups:
        if not left:
            break
        heading = words.direction(direction)
        yield [("fail", f"  {level} "), ("bold", heading), ("dim", f" ({len(verdicts)})")]
        for verdict in verdicts[:left]:
            yield from _claim("", verdict, order.summary(verdict), screen)
        left -= len(verdicts[:left])
    hidden = sum(len(verdicts) for _, verdicts in groups) - (room - left)
    if hidden:
        yield _more("    ", hidden, screen)


def _reasons(verdicts: Iterable[Mapping[str, Any]], columns: int) -> str:
    """The most frequent reasons, as many as fit."""
    found = order.reasons(verdicts)
    if len(found) == 1:
        return found[0][0]
    text = ""
    for named, (reason, count) in enumerate(found):
        more = f", {words.number(len(found) - named, 'other reason')}"
        piece = f"{', ' if text else ''}{plain(reason, REASON)} ({count:,})"
        if text and _width(text + piece) + (len(more) if named + 1 < len(found) else 0) > columns:
            return text + more
        text += piece
    return text


def _painted(line: Line, color: bool, columns: int) -> str:
    """The line cut to the screen's width, every piece of it made plain first."""
    left = columns
    painted = []
    for style, given in line:
        if style == _UNCUT:
            painted.append(given)
            continue
        piece = _fitted(_kept(given), left)
        left -= _width(piece)
        painted.append(f"\x1b[{_CODES[style]}m{piece}\x1b[0m" if color and piece and style in _CODES else piece)
    return "".join(painted).rstrip(" ")


def _kept(given: str) -> str:
    """Plain text with the spaces at its ends, which separate the pieces of a line, kept (one or more)."""
    body = plain(given, 4 * COLUMNS)
    before = given[: len(given) - len(given.lstrip(" "))]
    after = given[len(given.rstrip(" ")) :] if body else ""
    return before + body + after


def _fitted(text: str, columns: int) -> str:
    if _width(text) <= columns:
        return text
    kept, used = [], 0
    for character in text:
        used += _width(character)
        if used > columns - 1:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…" if columns > 0 else ""


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1 for c in text
    )
