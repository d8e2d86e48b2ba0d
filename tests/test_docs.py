"""Every command on every page runs, comes to the exit code that the page says, and prints what it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pages
import pytest
from conftest import ROOT
from pages import PAGES, Playground, Shown

from harness.cli import command_line
from harness.cli.docs import choices
from harness.cli.docs import pages as generated
from harness.document import parse_yaml
from harness.errors import ConfigurationError

#: Commands whose work is a campaign.
SLOW = (
    "SCHEMATHESIS_HOOKS",
    "harness compare",
    "harness quirks unified-v2 --prove",
    "harness diff old/specs",
    "harness plan relaydance",
    "harness record",
    "make report",
    "harness import",
    "pytest --harness-provider",
    "harness check relaydance --simulated --",
    "harness check unified-v2 --simulated --",
)
#: … but for these.
FAST = ("harness check relaydance --simulated --quirk needs-no-prompt --waivers", "harness compare --request")
SHOWN = pages.every()


def slow(command: str) -> bool:
    return command.startswith(SLOW) and not command.startswith(FAST)


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with pages.playground(tmp_path_factory.mktemp("playground")) as made:
        yield made


@pytest.mark.parametrize(
    "shown",
    [pytest.param(each, id=each.command, marks=pytest.mark.slow if slow(each.command) else ()) for each in SHOWN],
)
def test_a_command_does_what_its_page_says(
    shown: Shown, playground: Playground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = playground.does(shown.command, tmp_path / "here", monkeypatch)
    assert done.code == shown.code, f"{shown.page}: $ {shown.command}\n{done.text}"
    for line, pattern in shown.patterns():
        assert re.search(pattern, done.text), f"{shown.page} shows {line!r}, and this is printed:\n{done.text}"


def test_the_job_for_gitlab_judges_and_leaves_what_gitlab_reads(
    playground: Playground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, text = pages.blocks(ROOT / "docs" / "in-ci.md", "yaml")
    (job,) = parse_yaml(text, where="in-ci.md", error=ConfigurationError).values()
    for line in job["script"]:
        done = playground.does(line, tmp_path, monkeypatch)
        assert done.code == 0, done.text
    artifacts = job["artifacts"]
    assert artifacts["when"] == "always" and all((tmp_path / path).is_dir() for path in artifacts["paths"])
    assert (tmp_path / artifacts["reports"]["junit"]).read_text().startswith("<?xml")
    quality = json.loads((tmp_path / artifacts["reports"]["codequality"]).read_text())
    assert quality == [], "the recordings of the playground are simulated, and no merge request is to be told of them"


def test_the_pages_of_the_commands_are_current() -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "commands").glob("*.md")}
    assert there == generated(), "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for text, target in re.findall(r"\[([^\]]+)\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, heading = target.partition("#")
        if "://" in target:
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{text}: {target}"
        if heading:
            titles = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}, target


def test_prose_names_only_commands_and_flags_that_there_are() -> None:
    parsers = choices(command_line())
    all_of_them = [below for each in parsers.values() for below in (each, *choices(each).values())]
    flags = {flag for each in all_of_them for action in each._actions for flag in action.option_strings}
    for page in PAGES:
        for code in re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8")):
            first, *rest = code.split()
            if first == "harness" and rest:
                assert rest[0] in parsers, f"{page.name}: {code}"
            if first.startswith("--") and not first.startswith("--harness-"):  # those are pytest's
                assert first in flags | {"--lf"}, f"{page.name}: {code}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_installs_what_others_have_under_our_name(page: Path) -> None:
    installed = re.findall(r"pip install +(?:-\S+ +)*[\"']?(harness[^`\"'\n]*)", page.read_text(encoding="utf-8"))
    assert all("git+https://HOST/OWNER/harness@REF" in each for each in installed)


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [page.name for page in (ROOT / "docs").glob("*.md") if f"(docs/{page.name})" not in readme]
