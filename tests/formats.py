"""What a report must keep in each of its formats, whatever it says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from harness.report import junit, words
from harness.report.json_format import schema

#: What a terminal, a browser or a reader's eye obeys, except line ends; and what no XML may hold.
FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@cache
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


class Elements(HTMLParser):
    """Opened elements, attributes and ids; fails on a tag that closes another one."""

    VOID = frozenset({"meta", "rect", "link", "br", "img", "input", "circle", "line"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def assert_wellformed(rendered: str) -> Elements:
    elements = Elements()
    elements.feed(rendered)
    elements.close()
    assert elements.open == []
    assert elements.seen.count("h1") == 1
    assert not {"img", "iframe", "link", "object"} & set(elements.seen)
    assert elements.seen.count("script") in (0, 2), "the data block and the script that reads it"
    names = [name for name, _ in elements.attributes]
    assert not [name for name in names if name.startswith("on") or name in ("style", "src")]
    ids = [value for name, value in elements.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for name, value in elements.attributes:
        assert name != "href" or re.match(r"#|https?://", value or "")
    return elements


def assert_markdown(rendered: str) -> None:
    """What a CommonMark parser makes of it: our own few elements, no link, no image, all other text in code."""
    markdown_it = pytest.importorskip("markdown_it")
    assert not FORBIDDEN.search(rendered.replace("\t", ""))
    inline = re.compile(r"(?:<details>|</details>|<summary>|</summary>|<strong>SIMULATED</strong>|<code>[^<>]*</code>)")
    tokens = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").parse(rendered)
    depth = 0
    for token in tokens:
        depth += token.content.count("<details>") if token.type == "html_block" else 0
        depth -= token.content.count("</details>") if token.type == "html_block" else 0
        assert depth >= 0
        if token.type == "html_block":
            left = inline.sub("", token.content)
            assert re.fullmatch(r"[\w\s:,—'-]*", left), left
        for child in token.children or ():
            assert child.type in {"text", "code_inline", "strong_open", "strong_close", "softbreak"}, child
            if child.type == "text":
                assert re.fullmatch(r"[\w\s.,:;()—…-]*", child.content), child.content
        assert token.type in {"html_block", "inline", "fence"} or token.type.partition("_")[0] in (
            {"heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", "bullet", "list"}
        ), token
        if token.type == "fence":
            assert token.info == "text"
    assert depth == 0


def assert_junit(rendered: str, made: Mapping[str, Any]) -> ElementTree.Element:
    """The structure of the schema that Jenkins's xunit plugin validates against (junit-10.xsd)."""
    root = ElementTree.fromstring(rendered.encode("utf-8"))
    assert root.tag == "testsuites" and set(root.attrib) == {"name", "tests", "failures", "errors"}
    faults = [each for each in made.get("gate", {}).get("remarks", ()) if each["fails"]]
    suites = list(root)
    gate = suites.pop() if faults else ElementTree.Element("testsuite")
    assert len(gate.findall("testcase/failure")) == len(gate) == len(faults)
    assert len(suites) == len(made["providers"])
    real = any(each["source"]["provenance"] != "simulated" for each in made["providers"])
    for suite, entry in zip(suites, made["providers"], strict=True):
        assert suite.tag == "testsuite"
        assert set(suite.attrib) <= {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}
        assert words.badge(entry).upper() in suite.attrib["name"] or len(suite.attrib["name"]) == junit.TITLE
        cases = suite.findall("testcase")
        assert [child.tag for child in suite] == ["properties"] + ["testcase"] * len(cases)
        assert all(set(each.attrib) == {"name", "value"} for each in suite[0])
        assert len(cases) == len(entry["verdicts"]) == int(suite.attrib["tests"])
        counted = {
            tag: sum(case[0].tag == tag for case in cases if len(case)) for tag in ("failure", "error", "skipped")
        }
        counts, excused = entry["counts"], sum(entry.get("excused", {}).values())
        demonstrates = real and entry["source"]["provenance"] == "simulated"
        assert counted == {
            "failure": 0 if demonstrates else counts["fail"] - excused,
            "error": 0 if demonstrates else counts["error"],
            "skipped": len(cases) - counts["pass"] - counted["failure"] - counted["error"],
        }
        shown = [suite.attrib[each] for each in ("failures", "errors", "skipped")]
        assert shown == [str(counted[each]) for each in ("failure", "error", "skipped")]
        for case in cases:
            assert set(case.attrib) == {"name", "classname", "time"} and len(case) <= 1
            for child in case:
                assert set(child.attrib) <= {"message", "type"} and not len(child)
    assert root.attrib["tests"] == str(sum(len(each["verdicts"]) for each in made["providers"]) + len(faults))
    return root


def assert_sarif(rendered: str, made: Mapping[str, Any]) -> dict[str, Any]:
    assert rendered.isascii()
    log: dict[str, Any] = json.loads(rendered)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert len(run["results"]) == sum(each["counts"]["fail"] for each in made["providers"])
    for rule in rules:
        assert rule["shortDescription"]["text"] and rule["help"]["text"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        simulated = result["properties"]["provenance"] == "simulated"
        assert result["kind"] == ("informational" if simulated else "fail")
        assert (result["level"] == "none") == simulated
        (location,) = result["locations"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"specs/(?:[\w.~-]|%[0-9A-F]{2})*/openapi\.yaml", uri, re.ASCII)
        assert re.fullmatch("[0-9a-f]{32}", result["partialFingerprints"]["harnessClaim/v1"])
        assert len(set(result["partialFingerprints"].values())) == 1
    for text in [each["message"]["text"] for each in run["results"]] + [rule["help"]["text"] for rule in rules]:
        assert "](" not in text and "{" not in text.replace("{{", "") and "}" not in text.replace("}}", "")
        assert not FORBIDDEN.search(text)
    return log


def assert_annotations(rendered: str) -> list[str]:
    assert not FORBIDDEN.search(rendered)
    lines = rendered.splitlines()
    assert rendered == "".join(f"{line}\n" for line in lines) and lines
    for line in lines:
        properties = re.fullmatch(r"::(?:error|warning|notice) ([^:]*)::(.*)", line)
        assert properties, line
        given = dict(each.split("=", 1) for each in properties[1].split(","))
        assert list(given) in (["file", "line", "title"], ["title"])
        assert not re.search("%(?!25|0A)", properties[2])
    for kind in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{kind} ") for line in lines) <= 10
    return lines


def assert_codequality(rendered: str) -> list[dict[str, Any]]:
    assert rendered.isascii()
    made: list[dict[str, Any]] = json.loads(rendered)
    for each in made:
        assert set(each) == {"check_name", "description", "severity", "fingerprint", "location"}
        assert each["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert not FORBIDDEN.search(each["check_name"] + each["description"]) and each["description"]
        assert re.fullmatch(r"[\w.%/-]+", each["location"]["path"]) and each["location"]["lines"]["begin"] >= 1
    assert len({each["fingerprint"] for each in made}) == len(made), "one that appears twice is shown once"
    return made


def assert_badge(rendered: str) -> str:
    root = ElementTree.fromstring(rendered)
    assert [each.tag.rpartition("}")[2] for each in root.iter()] == [
        "svg",
        "title",
        "rect",
        "rect",
        "g",
        "text",
        "text",
    ]
    assert not [name for each in root.iter() for name in each.attrib if name.startswith("on") or "href" in name]
    assert int(root.attrib["width"]) < 2_000
    assert not FORBIDDEN.search(rendered.replace("\n", ""))
    return str(root.attrib["aria-label"])
