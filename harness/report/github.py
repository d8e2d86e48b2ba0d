"""Annotations: workflow commands that a GitHub runner turns into marks on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.json_text import Json
from harness.report import excused, order, words
from harness.report.place import spec, within
from harness.report.safe import plain

#: A runner shows this many annotations of a kind and step, and drops the rest silently.
SHOWN = 10

_KINDS = {"MUST": "error", "SHOULD": "warning", "MAY": "notice"}


def render(report: Json) -> str:
    """At most ten commands of a kind, gravest first; what is left out is counted in a last notice."""
    lines: list[str] = []
    # The last notice is one of the ten.
    room = {"error": SHOWN, "warning": SHOWN, "notice": SHOWN - 1}
    left = {"error": 0, "warning": 0, "notice": 0}
    for kind, line in _commands(report):
        if room[kind]:
            room[kind] -= 1
            lines.append(line)
        else:
            left[kind] += 1
    rest = ", ".join(words.number(count, kind) for kind, count in left.items() if count)
    if rest:
        lines.append(_command("notice", "More in the report", [f"Not shown here: {rest}."]))
    elif not lines:
        lines.append(_command("notice", "Conformance report", [_none(report["providers"])]))
    return "".join(f"{line}\n" for line in lines)


def _commands(report: Json) -> Iterator[tuple[str, str]]:
    """What fails the run, every divergence that counts, every fault of ours; the simulator's are only notices."""
    for remark in excused.remarks(report):
        if remark["fails"]:
            yield "error", _remark(remark)
    for entry in report["providers"]:
        simulated = order.simulated(entry)
        for verdict in order.having(entry, "error"):
            kind = "notice" if simulated else "error"
            said = [f"The harness could not judge this: {plain(verdict['reason'] or 'no reason given', 600)}"]
            yield kind, _command(kind, verdict["claim"], [*said, words.provenance(entry, verdict)], entry, verdict)
        for (level, direction), verdicts in order.worst_first(entry):
            kind = "notice" if simulated else _KINDS[level]
            for verdict in verdicts:
                yield kind, _command(kind, verdict["claim"], _said(entry, verdict, direction), entry, verdict)


def _none(entries: Sequence[Json]) -> str:
    counted = {each: sum(order.counts(entry)[each] for entry in entries) for each in excused.MARKS}
    apart = ", ".join(f"{count:,} {each}" for each, count in counted.items() if count)
    if apart:
        return f"No divergence that counts was found: {apart}."
    return "No divergence was found." if entries else "Nothing was judged."


def _remark(remark: Json) -> str:
    there = within(remark["where"])
    place = f"file={there[0]},line={there[1]}," if there else ""
    text = "%0A".join(_message(each) for each in (excused.told(remark), *excused.lines(remark)))
    return f"::error {place}title={_property(remark['matter'])}::{text}"


def _said(entry: Json, verdict: Json, direction: str) -> list[str]:
    said = [
        f"{verdict['level']} — {words.direction(direction)}: {order.summary(verdict)}",
        f"Documented: {verdict['statement']}",
    ]
    for each in verdict["divergences"][:1]:
        said += [f"Expected: {each['expected']}", f"Observed: {each['observed']}"]
    return [*said, *filter(None, [words.age(verdict)]), f"Evidence: {words.provenance(entry, verdict)}"]


def _command(kind: str, title: str, said: list[str], entry: Json | None = None, verdict: Json | None = None) -> str:
    place = ""
    if entry is not None and verdict is not None:
        path, line = spec(entry, verdict)
        place = f"file={_property(path)},line={line},"
        title = f"{'SIMULATED ' if order.simulated(entry) else ''}{plain(title, 200)}"
    text = "%0A".join(_message(plain(each, 600)) for each in said)
    return f"::{kind} {place}title={_property(title)}::{text}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
