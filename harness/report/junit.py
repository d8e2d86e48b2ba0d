"""JUnit XML as Jenkins and pytest read it: a suite per entry, a test case per verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from harness.json_text import Json
from harness.report import excused, order, words
from harness.report.counted import Uncounted, uncounted
from harness.report.safe import block, plain

#: Of one text that stands in an attribute.
TITLE = 400
#: Of one text that stands in an element.
SHOWN = 4_000

#: What XML 1.0 has no way to write, not even as a reference.
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: The child of the test case, by outcome, where the run fails for it; a pass has none, all else is skipped.
_FAILING = {"fail": "failure", "error": "error"}


def render(report: Json) -> str:
    """The report as JUnit XML, which fails where the run does; simulated suites say so in their name."""
    entries, why = report["providers"], uncounted(report)
    faults = [remark for remark in excused.remarks(report) if remark["fails"]]
    counted = {key: sum(_counts(entry, why)[key] for entry in entries) for key in ("tests", "failures", "errors")}
    counted |= {key: counted[key] + len(faults) for key in ("tests", "failures")}
    name = f"harness {report['harness_version']}"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites{_attributes(name=name, **counted)}>\n'
        + "".join(line for entry in entries for line in _suite(entry, why, report["generated_at"]))
        + "".join(_gate(faults))
        + "</testsuites>\n"
    )


def _gate(faults: list[Json]) -> Iterator[str]:
    """A suite of what fails the run besides divergences: whoever reads only this must not see a run that passed."""
    if faults:
        size = len(faults)
        yield f" <testsuite{_attributes(name='gate', tests=size, failures=size, errors=0, skipped=0, time='0')}>\n"
        for remark in faults:
            place = _attributes(name=excused.told(remark), classname=f"gate.{remark['matter']}", time="0")
            told = xml_lines("\n".join([excused.told(remark), *excused.lines(remark)]))
            failure = _attributes(message=excused.told(remark), type=remark["matter"])
            yield f"  <testcase{place}>\n   <failure{failure}>{told}</failure>\n  </testcase>\n"
        yield " </testsuite>\n"


def xml(text: object) -> str:
    """Text for an element or an attribute in double quotes."""
    return escape(_FORBIDDEN.sub("", str(text)), {'"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})


def _attributes(**values: object) -> str:
    return "".join(f' {name}="{xml(plain(value, TITLE))}"' for name, value in values.items())


def _child(entry: Json, verdict: Json, why: Uncounted) -> str:
    """The name of the test case's child; empty where it has none."""
    if verdict["outcome"] == "pass":
        return ""
    failing = _FAILING.get(order.shown(verdict))
    return failing if failing and not why(entry, verdict) else "skipped"


def _counts(entry: Json, why: Uncounted) -> dict[str, int]:
    children = [_child(entry, verdict, why) for verdict in entry["verdicts"]]
    return {
        "tests": len(children),
        "failures": children.count("failure"),
        "errors": children.count("error"),
        "skipped": children.count("skipped"),
    }


def _suite(entry: Json, why: Uncounted, generated_at: str) -> Iterator[str]:
    source = entry["source"]
    name = f"{entry['provider']} ({words.badge(entry).upper()})"
    when = {"timestamp": generated_at[:19]} if re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", generated_at) else {}
    yield f" <testsuite{_attributes(name=name, **_counts(entry, why), time='0', **when)}>\n  <properties>\n"
    for key, value in (
        ("provenance", source["provenance"]),
        ("evidence", words.provenance(entry)),
        ("mode", source["mode"]),
    ):
        yield f"   <property{_attributes(name=key, value=value)}/>\n"
    yield "  </properties>\n"
    for verdict in entry["verdicts"]:
        yield from _case(entry, verdict, why)
    yield " </testsuite>\n"


def _case(entry: Json, verdict: Json, why: Uncounted) -> Iterator[str]:
    place = _attributes(name=verdict["claim"], classname=f"{entry['provider']}.{verdict['operation']}", time="0")
    child = _child(entry, verdict, why)
    if not child:
        yield f"  <testcase{place}/>\n"
        return
    said = _attributes(message=_message(entry, verdict, why))
    text = ""
    if order.shown(verdict) in _FAILING:
        said += _attributes(type=order.direction(verdict) or verdict["outcome"])
        text = xml_lines("\n".join(told(entry, verdict)))
    yield f"  <testcase{place}>\n   <{child}{said}{f'>{text}</{child}>' if text else '/>'}\n  </testcase>\n"


def _message(entry: Json, verdict: Json, why: Uncounted) -> str:
    outcome = order.shown(verdict)
    if outcome not in _FAILING:
        return f"{outcome}: {excused.why(verdict) or verdict['reason'] or 'no reason given'}"
    kept = why(entry, verdict)
    if outcome == "fail":
        return f"diverges; not counted: {kept}: {order.summary(verdict)}" if kept else order.summary(verdict)
    return f"{outcome}; not counted: {kept}: {verdict['reason']}" if kept else f"{outcome}: {verdict['reason'] or ''}"


def xml_lines(text: str) -> str:
    """Text for an element, its lines kept; what a reader could not see is written out."""
    return escape(_FORBIDDEN.sub("", block(text, SHOWN)))


def told(entry: Json, verdict: Json, elsewhere: str | None = "report.json") -> Iterator[str]:
    """What a reader of a failed test needs, line by line: what was documented and observed, and how to see it again.

    ``elsewhere`` has what would be too long here; with None nothing is left out but further divergences.
    """
    source = verdict["source"]
    yield f"{verdict['level']}: {plain(verdict['statement'])}"
    yield f"evidence: {words.provenance(entry, verdict)}"
    if aged := words.age(verdict):
        yield aged
    yield f"source: {plain(source['document'])} ({plain(source['revision'], 200)}): “{plain(source['quote'])}”"
    for each in verdict["divergences"][:1]:
        yield f"expected: {plain(each['expected'])}"
        yield f"observed: {plain(each['observed'])}"
        if each.get("interaction"):
            yield f"exchange: {plain(each['interaction'], 200)}"
        if each.get("curl"):
            short = elsewhere is None or len(each["curl"]) < SHOWN // 2
            yield f"again: {each['curl']}" if short else f"again: the command is in {elsewhere}"
    more = verdict.get("divergence_count", len(verdict["divergences"])) - 1
    if more > 0:
        yield f"and {words.number(more, 'further divergence')}{f': see {elsewhere}' if elsewhere else ''}"
