"""Markdown for GitHub: a pull-request comment, or a step summary, each within its limit.

Whatever a server or a document said stands in a code span, a fenced block or an escaped ``<code>``: there it is
no markup, link, image, mention of a user or reference to an issue.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape
from textwrap import indent

from harness.json_text import Json
from harness.report import excused, money, order, practice, words
from harness.report.safe import block, cell, clip, code, fence, plain

#: Bytes of UTF-8, so that characters are within the limit as well. A comment may have 65,536 characters.
COMMENT = 65_000
#: A step summary may have 1 MiB.
SUMMARY = 1_048_576
#: With less there is no room for the first lines.
LEAST = 5_000
#: Of a sentence; of a message's body or a command.
SENTENCE, BODY = 400, 1_500
#: Departures from good practice.
PRACTICE = 10
#: Rows of the table.
ROWS = 12


def render(report: Json, limit: int = COMMENT) -> str:
    """The report in at most ``limit`` bytes: real evidence before simulated, worst first, details folded.

    Raises ValueError for a limit below ``LEAST``.
    """
    if limit < LEAST:
        raise ValueError(f"{limit} bytes are too few for a report")
    entries = report["providers"]
    text = "\n".join(_head(report, limit // 4)) + "\n"
    room = limit - _size(text) - 200
    for place, entry in enumerate(entries):
        # What one entry leaves unused falls to those after it; the simulator's never take from real ones.
        waiting = [each for each in entries[place:] if order.simulated(each) == order.simulated(entry)]
        section = _section(entry, room // len(waiting))
        text += section
        room -= _size(section)
    return text


def _head(report: Json, room: int) -> Iterator[str]:
    entries = report["providers"]
    real = [each for each in entries if not order.simulated(each)]
    failed = any(order.having(each, "fail") for each in real)
    yield "## Conformance report"
    yield ""
    if not entries:
        yield "Nothing was judged."
    elif not real:
        yield "**SIMULATED evidence only: nothing here was observed at a provider.**"
    elif failed:
        yield f"**{order.headline(real)}.**"
    else:
        yield f"No divergence {'that counts ' if any(map(_excused, real)) else ''}in real evidence."
    yield ""
    yield from _gate(excused.remarks(report), room)
    if entries:
        apart = [each for each in excused.MARKS if any(order.counts(entry)[each] for entry in entries)]
        columns = {"fail": "Diverging"} | {each: each.capitalize() for each in apart} | _COLUMNS
        if any(map(order.contradictions, entries)):
            columns = {"fail": "Diverging", "contradiction": "Contradictions"} | columns
        yield f"| Provider | Evidence | {' | '.join(columns.values())} |"
        yield f"| --- | --- |{' ---: |' * len(columns)}"
        for entry in entries[:ROWS]:
            counted = order.tally(entry)
            numbers = [f"{counted[key]:,}" for key in columns]
            cells = [cell(entry["provider"], 40), _evidence(entry), *numbers]
            yield f"| {' | '.join(cells)} |"
        if len(entries) > ROWS:
            yield ""
            yield f"… and {len(entries) - ROWS:,} more."
        yield ""
    for entry in entries[:ROWS]:
        yield from _money(entry)
        if observed := practice.observations(entry):
            yield f"{practice.OBSERVED}, of {code(entry['provider'], 40)}: {code(observed)}."
            yield ""
    yield f"Made {code(report['generated_at'], 40)} by harness {code(report['harness_version'], 40)}."


def _money(entry: Json) -> Iterator[str]:
    """A table of what a live run cost; nothing for any other."""
    sums = money.sums(entry)
    if sums:
        yield f"| Money of the live run of {cell(entry['provider'], 40)} | USD |"
        yield "| --- | ---: |"
        yield from (f"| {what} | {usd} |" for what, usd in sums)
        yield ""


#: What every table has besides what diverges.
_COLUMNS = {
    "error": "Errors",
    "inconclusive": "Inconclusive",
    "pass": "Confirmed",
    "untested": "Untested",
    "not-applicable": "Not applicable",
}


def _gate(remarks: Sequence[Json], room: int) -> Iterator[str]:
    """What the gate said in at most ``room`` bytes, what fails the run first."""
    for place, remark in enumerate(remarks):
        text = f"- {'**Fails the run:** ' if remark['fails'] else ''}{code(excused.told(remark))}\n"
        if lines := excused.lines(remark):
            text += "\n" + indent(_fenced("\n".join(lines)), "  ") + "\n"
        room -= _size(text)
        if room < 0:
            yield f"- … {len(remarks) - place:,} more: see report.json."
            break
        yield text.removesuffix("\n")
    if remarks:
        yield ""


def _excused(entry: Json) -> bool:
    return any(order.counts(entry)[each] for each in excused.MARKS)


def _evidence(entry: Json) -> str:
    """The kind in our own words, the rest as code."""
    kind = words.badge(entry).upper()
    return f"**{kind}** {cell(words.provenance(entry).removeprefix(kind).lstrip(' —'), 100)}"


def _section(entry: Json, room: int) -> str:
    """One entry in at most ``room`` bytes; empty where there is nothing to tell, or no room to tell it."""
    undocumented = bool(practice.departures(entry))
    counts = order.counts(entry)
    if not undocumented and not any(counts[each] for each in ("fail", *excused.MARKS, "error", "inconclusive")):
        return ""
    name = plain(entry["provider"], 40)
    if order.simulated(entry):
        opening = (
            "\n<details><summary><strong>SIMULATED</strong> — demonstration against the harness's own simulator, not "
            f"the provider: <code>{escape(name)}</code></summary>\n"
        )
        closing = "\n</details>\n"
    else:
        opening, closing = f"\n### {code(name, 40)} {_evidence(entry)}\n", ""
    left = room - _size(opening + closing) - 300
    if left < 0:
        return ""
    rest = _rest(entry)
    if _size(rest) <= left // 4:
        left -= _size(rest)
    else:
        rest = ""
    body, hidden = _divergences(entry, left)
    if hidden:
        body += f"\n… and {hidden:,} more: see report.json or report.html.\n"
    return opening + body + rest + closing


def _divergences(entry: Json, room: int) -> tuple[str, int]:
    """What fits, worst first, whole in the first half of the room and brief after that; and how many are left out."""
    text, used, hidden, style = "", 0, 0, "whole"
    for (level, direction), verdicts in order.worst_first(entry):
        heading = f"\n**{level} — {words.direction(direction)}** ({len(verdicts):,})\n"
        for verdict in verdicts:
            piece = ""
            if style == "whole":
                piece = f"{heading}\n{_folded(entry, verdict)}"
                style = "whole" if used + _size(piece) <= room // 2 else "brief"
            if style == "brief":
                apart = "" if text.endswith("`\n") and not heading else "\n"
                piece = f"{heading}{apart}- {code(verdict['claim'], 160)} {code(order.summary(verdict), 160)}\n"
                style = "brief" if used + _size(piece) <= room else "none"
            if style == "none":
                hidden += 1
                continue
            text += piece
            used += _size(piece)
            heading = ""
    return text, hidden


def _folded(entry: Json, verdict: Json) -> str:
    claim, said = plain(verdict["claim"], 200), plain(order.summary(verdict), 200)
    source = verdict["source"]
    lines = [
        f"<details><summary><code>{escape(claim)}</code> — <code>{escape(said)}</code></summary>",
        "",
        f"- Documented ({verdict['level']}): {code(verdict['statement'])}",
        f"- Source: {code(source.get('title') or source['document'])} {code(source['revision'], 100)}",
        f"- Quote: {code(source['quote'])}",
    ]
    if source.get("url"):
        lines.append(f"- At: {code(source['url'])}")
    for each in verdict.get("contradicted", ()):
        sides = " and ".join(code(side["quote"], 100) for side in each["sides"])
        lines.append(f"- The documentation contradicts itself about this: {sides}")
    for each in verdict["divergences"][:1]:
        lines += [f"- Expected: {code(each['expected'])}", f"- Observed: {code(each['observed'])}"]
        seen = code(each["interaction"] or words.BADGES["documents"])
        lines.append(f"- Evidence: **{words.badge(entry, verdict).upper()}** {seen}")
        for name in ("request", "response"):
            if each[name]:
                lines += ["", f"The {name}:", "", _fenced(_message(each[name]))]
        if each["curl"]:
            short = len(each["curl"]) <= BODY
            lines += ["", "Again:", "", _fenced(each["curl"] if short else "# long: copy it from report.json")]
    more = verdict.get("divergence_count", len(verdict["divergences"])) - 1
    if more > 0:
        lines += ["", f"And {words.number(more, 'further divergence')} of this claim."]
    return "\n".join([*lines, "", "</details>", ""])


def _rest(entry: Json) -> str:
    """What does not count, errors and what could not be told, by reason."""
    text = ""
    for outcome in (*excused.MARKS, "error", "inconclusive"):
        verdicts = order.having(entry, outcome)
        if verdicts:
            reasons = order.reasons(verdicts)
            lines = [f"- {code(reason, 200)} ({count:,})" for reason, count in reasons[:5]]
            if len(reasons) > 5:
                lines.append(f"- … {len(reasons) - 5:,} more")
            heading = f"<details><summary>{len(verdicts):,} {outcome}: {words.OUTCOMES[outcome]}</summary>"
            text += "\n".join(["", heading, "", *lines, "", "</details>", ""])
    return text + _practice(entry)


def _practice(entry: Json) -> str:
    """What departs from good practice, which no document promises."""
    departures = practice.departures(entry)
    if not departures:
        return ""
    lines = [f"- {code(each['claim'], 160)} {code(order.summary(each), 160)}" for each in departures[:PRACTICE]]
    if len(departures) > PRACTICE:
        lines.append(f"- … {len(departures) - PRACTICE:,} more")
    heading = f"<details><summary>{practice.TITLE}: {practice.tally(entry)}</summary>"
    return "\n".join(["", heading, "", practice.ABOUT, "", *lines, "", "</details>", ""])


def _message(message: Json) -> str:
    first = plain(" ".join(str(message[key]) for key in ("method", "url", "status") if key in message), SENTENCE)
    body = message.get("body")
    if body is None:
        return first
    return f"{first}\n\n{clip(body if isinstance(body, str) else json.dumps(body, indent=1, ensure_ascii=False), BODY)}"


def _fenced(text: str) -> str:
    shown = block(text, 2 * BODY)
    ticks = fence(shown, least=3)
    return f"{ticks}text\n{shown}\n{ticks}"


def _size(text: str) -> int:
    return len(text.encode())
