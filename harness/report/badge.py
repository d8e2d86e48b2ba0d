"""An SVG badge: of one entry, or of the worst real evidence in a report."""

from __future__ import annotations

import unicodedata

from harness.json_text import Json
from harness.report import order, words
from harness.report.junit import xml
from harness.report.safe import plain

#: Of one half of the badge.
CHARACTERS = 60

#: White text on each of these has a contrast of 4.5 or more.
_RED, _ORANGE, _GREEN, _GREY, _VIOLET = "#b3261e", "#9a5b00", "#1a7f37", "#57606a", "#7a3ec8"


def render(report: Json) -> str:
    """One badge for the report: the real entry that comes out worst; simulated evidence never passes for it."""
    real = [each for each in report["providers"] if not order.simulated(each)]
    if real:
        worst = min(real, key=lambda each: _finding(each)[0])
        _, found, color = _finding(worst)
        name = f"{plain(worst['provider'], 24)}: " if len(real) > 1 else ""
        label = "conformance" if len(real) > 1 else worst["provider"]
        return _svg(label, f"{name}{found}", color)
    return _svg("conformance", "simulated only" if report["providers"] else "nothing judged", _VIOLET)


def entry(entry: Json) -> str:
    """The badge of one provider from evidence of one provenance, which it names."""
    _, found, color = _finding(entry)
    return _svg(entry["provider"], found, color)


def _finding(entry: Json) -> tuple[tuple[int, int], str, str]:
    """(place among others, worst first; words; color)."""
    counts, failing = order.counts(entry), order.having(entry, "fail")
    observed = order.tally(entry)["fail"]
    kind = words.badge(entry, failing[0] if failing and not observed else None)
    diverging = f"{observed:,} diverging" if observed else words.number(len(failing), "contradiction")
    excused = ", ".join(f"{counts[each]:,} {each}" for each in ("waived", "known") if counts[each])
    binding = [verdict["level"] for verdict in failing].count("MUST")
    if binding:
        place, found, color = (0, -binding), diverging, _RED
    elif counts["error"]:
        place, found, color = (1, -counts["error"]), f"{counts['error']:,} not judged", _RED
    elif failing:
        place, found, color = (2, -len(failing)), diverging, _ORANGE
    elif excused:
        place, found, color = (3, -counts["waived"] - counts["known"]), excused, _ORANGE
    elif counts["inconclusive"]:
        place, found, color = (4, -counts["inconclusive"]), f"{counts['inconclusive']:,} inconclusive", _GREY
    elif counts["pass"]:
        place, found, color = (6, counts["pass"]), f"{counts['pass']:,} confirmed", _GREEN
    else:
        place, found, color = (5, 0), "untested", _GREY
    aged = ", stale" if entry["source"].get("stale") else ""
    return place, f"{found} ({kind}{aged})", _VIOLET if kind == "simulated" else color


def _svg(label: object, found: object, color: str) -> str:
    left, right = plain(label, CHARACTERS), plain(found, CHARACTERS)
    wide, wider = _pixels(left), _pixels(right)
    said = xml(f"{left}: {right}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide + wider}" height="20" role="img" aria-label="{said}">\n'
        f"<title>{said}</title>\n"
        f'<rect width="{wide}" height="20" fill="#3b4148"/>\n'
        f'<rect x="{wide}" width="{wider}" height="20" fill="{color}"/>\n'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">\n'
        f'<text x="{wide / 2:g}" y="14">{xml(left)}</text>\n'
        f'<text x="{wide + wider / 2:g}" y="14">{xml(right)}</text>\n'
        "</g>\n</svg>\n"
    )


def _pixels(text: str) -> int:
    return 12 + sum(12 if unicodedata.east_asian_width(each) in ("W", "F") else 7 for each in text)
