"""The jobs that the pages offer to copy: their steps are run here, as far as they can without GitHub and GitLab."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pages
import pytest
import workflows
from conftest import ROOT
from pages import Playground

from harness.document import parse_yaml
from harness.errors import ConfigurationError

GITHUB = {"docs/in-ci.md": 0, "docs/nightly-live.md": 0}
ACTION = workflows.read(ROOT / "action.yml")


def examples(page: str) -> list[Any]:
    found = pages.blocks(ROOT / page, "yaml")
    return [parse_yaml(text, where=page, error=ConfigurationError) for text in found]


@pytest.mark.parametrize("page", GITHUB)
def test_a_workflow_gives_the_action_what_it_takes(page: str) -> None:
    workflow = examples(page)[GITHUB[page]]
    assert workflow["permissions"] == {"contents": "read"}, "no more than it needs"
    (job,) = workflow["jobs"].values()
    for step in job["steps"]:
        if step["uses"].startswith("actions/"):
            assert re.search(r"@[0-9a-f]{40}$", step["uses"]), "pinned by what cannot be moved"
        assert "secrets." not in str(step.get("with", "")), "a key is no input"
    (ours,) = [step for step in job["steps"] if "/harness@" in step["uses"]]
    assert set(ours["with"]) <= set(ACTION["inputs"])


def test_nightly_runs_never_overlap_and_keep_their_journal() -> None:
    (workflow,) = examples("docs/nightly-live.md")
    assert workflow["concurrency"]["cancel-in-progress"] is False
    (job,) = workflow["jobs"].values()
    restore, save = (step for step in job["steps"] if "actions/cache/" in step["uses"])
    assert save["if"] == "always()" and restore["with"]["path"] == save["with"]["path"]
    assert save["with"]["key"].startswith(restore["with"]["restore-keys"])
    assert Path(job["env"]["HARNESS_JOURNAL"]).parent.name == save["with"]["path"]


def test_the_job_for_gitlab_judges_and_leaves_what_gitlab_reads(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = examples("docs/in-ci.md")[1].values()
    with pages.playground(tmp_path_factory.mktemp("playground")) as made:
        folder = _after_the_script(job, made, tmp_path / "here", monkeypatch)
    assert (folder / job["artifacts"]["reports"]["junit"]).read_text().startswith("<?xml")
    quality = json.loads((folder / job["artifacts"]["reports"]["codequality"]).read_text())
    assert {each["severity"] for each in quality} == {"minor"}, "contradictions in the documents alone"
    assert all((folder / path).is_dir() for path in job["artifacts"]["paths"])
    assert job["artifacts"]["when"] == "always"


def _after_the_script(job: Any, made: Playground, folder: Path, patch: pytest.MonkeyPatch) -> Path:
    for line in job["script"]:
        done = made.does(line, folder, patch)
        assert done.code == 0, done.text
    return folder
