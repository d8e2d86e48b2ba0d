"""Reports against the standards that others read them by: Jenkins's schema of JUnit, OASIS's of SARIF, and our own."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import standards
from conftest import PROVIDERS
from excuses import excused, saying_everywhere
from formats import assert_annotations
from reports import hostile, many, reported, sample, saying
from words import MARKUP
from xmlschema import XMLSchema10

from harness.cli import main
from harness.report import FORMATS, json_format, junit, load, markdown, sarif

Report = Mapping[str, Any]
#: What is wrong with a text, in the words of the schema that it must keep.
Faults = Callable[[str], list[str]]

REPORTS: Mapping[str, Callable[[], Report]] = {
    "empty": reported,
    "of everything": sample,
    "hostile": hostile,
    "large": cache(lambda: reported(many(2_000))),
    "of what is excused": excused,
    **{f"saying {text!r}": (lambda text=text: saying(text)) for text in MARKUP},
    **{f"saying {text!r} everywhere": (lambda text=text: saying_everywhere(text)) for text in MARKUP},
}


def jenkins(schema: Path) -> Faults:
    validator = XMLSchema10(schema)
    return lambda text: [str(fault.reason) for fault in validator.iter_errors(text)]


def oasis(path: Path) -> Faults:
    schema = json.loads(path.read_text(encoding="utf-8"))
    for each in schema["definitions"].values():  # what we never write; the pattern is no regular expression
        each["properties"].pop("language", None)
    validator = jsonschema_rs.Draft7Validator(schema, validate_formats=True)
    return lambda text: [str(fault.message) for fault in validator.iter_errors(json.loads(text))]


def ours(_: Path) -> Faults:
    validator = jsonschema_rs.Draft202012Validator(json_format.schema(), validate_formats=True)
    return lambda text: [str(fault.message) for fault in validator.iter_errors(json.loads(text))]


#: name → (format, where its schema comes from, validator, what a valid text has, what would break it)
STANDARDS = {
    "report.json": ("json", None, ours, '"outcome": "fail"', '"outcome": "bad"'),
    "SARIF 2.1.0": ("sarif", standards.SARIF, oasis, '"level": "error"', '"level": "grave"'),
    "JUnit, as Jenkins reads it": ("junit", standards.JUNIT, jenkins, ' errors="', ' mistakes="'),
    "JUnit, as Jenkins read it": ("junit", standards.JUNIT_OLDER, jenkins, ' errors="', ' mistakes="'),
}


@pytest.fixture(scope="session")
def faults(request: pytest.FixtureRequest) -> Callable[[str], Faults]:
    """The validator of a standard; the test is skipped where no registry is in reach, unless it must not be."""

    @cache
    def validator(name: str) -> Faults | str:
        _, source, build, *_ = STANDARDS[name]
        try:
            folder = request.config.cache.mkdir("standards")
            return build(standards.fetched(source, folder) if source else folder)
        except standards.Unavailable as why:
            return str(why)

    def get(name: str) -> Faults:
        found = validator(name)
        if isinstance(found, str):
            must = os.environ.get("CI") == "true" or os.environ.get("HARNESS_REQUIRE_STANDARDS") == "1"
            (pytest.fail if must else pytest.skip)(f"{found}; HARNESS_REQUIRE_STANDARDS=1 makes this a failure")
        return found

    return get


@pytest.mark.parametrize("name", STANDARDS)
def test_every_report_keeps_the_standard(name: str, faults: Callable[[str], Faults]) -> None:
    form, _, _, good, bad = STANDARDS[name]
    validate = faults(name)
    assert not {title: told for title, made in REPORTS.items() if (told := validate(FORMATS[form](made())))}
    broken = FORMATS[form](sample()).replace(good, bad)
    assert validate(broken), "a schema that takes everything proves nothing"


@pytest.mark.slow
def test_the_recordings_of_every_provider_keep_every_standard(tmp_path: Path, faults: Callable[[str], Faults]) -> None:
    assert main(["check", "--recorded", "--format", "json", "--out", str(tmp_path), "--fail-on", "never"]) == 0
    made = load(tmp_path / "report.json")
    assert {each["provider"] for each in made["providers"]} == set(PROVIDERS)
    for name, (form, *_) in STANDARDS.items():
        assert not faults(name)(FORMATS[form](made)), name


def test_two_thousand_divergences_stay_within_what_github_takes() -> None:
    made = reported(many(2_000, statement="a statement of some length " * 30))
    (run,) = json.loads(sarif.render(made))["runs"]
    assert len(run["results"]) == len(run["tool"]["driver"]["rules"]) == 2_000 < sarif.RESULTS <= 25_000
    assert all(len(rule["properties"]["tags"]) <= 20 for rule in run["tool"]["driver"]["rules"])
    assert len(gzip.compress(sarif.render(made).encode())) < 10 * 1024**2
    assert len(assert_annotations(FORMATS["github"](made))) == 11
    assert len(markdown.render(made)) <= 65_536
    assert len(markdown.render(made, markdown.SUMMARY).encode()) <= 1024**2
    assert junit.render(made).count("<failure ") == 2_000


def test_only_the_pinned_file_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("INDEX_URL", "http://127.0.0.1:9/simple"), ("EXTRA_INDEX_URL", ""), ("FIND_LINKS", "")):
        monkeypatch.setenv(f"PIP_{name}", value)
    kept = tmp_path / f"{standards.SARIF.content}.json"
    kept.write_text("{}")
    with pytest.raises(standards.Unavailable, match=standards.SARIF.requirement):
        standards.fetched(standards.SARIF, tmp_path)
    assert list(tmp_path.iterdir()) == [kept]
