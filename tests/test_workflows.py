"""The workflows that the pages offer to copy give the Action what it takes, and nothing that they should not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pages
import pytest
import workflows
from conftest import ROOT

from harness.document import parse_yaml
from harness.errors import ConfigurationError

ACTION = workflows.read(ROOT / "action.yml")


def workflow_of(page: str) -> Any:
    first, *_ = pages.blocks(ROOT / "docs" / page, "yaml")
    return parse_yaml(first, where=page, error=ConfigurationError)


@pytest.mark.parametrize("page", ["in-ci.md", "nightly-live.md"])
def test_a_workflow_gives_the_action_what_it_takes(page: str) -> None:
    workflow = workflow_of(page)
    assert workflow["permissions"] == {"contents": "read"}, "no more than it needs"
    (job,) = workflow["jobs"].values()
    for step in job["steps"]:
        if step["uses"].startswith("actions/"):
            assert re.search(r"@[0-9a-f]{40}$", step["uses"]), "pinned by what cannot be moved"
        assert "secrets." not in str(step.get("with", "")), "a key is no input"
    (ours,) = [step for step in job["steps"] if "/harness@" in step["uses"]]
    assert set(ours["with"]) <= set(ACTION["inputs"])


def test_nightly_runs_never_overlap_and_keep_their_journal() -> None:
    workflow = workflow_of("nightly-live.md")
    assert workflow["concurrency"]["cancel-in-progress"] is False
    (job,) = workflow["jobs"].values()
    restore, save = (step for step in job["steps"] if "actions/cache/" in step["uses"])
    assert save["if"] == "always()" and restore["with"]["path"] == save["with"]["path"]
    assert save["with"]["key"].startswith(restore["with"]["restore-keys"])
    assert Path(job["env"]["HARNESS_JOURNAL"]).parent.name == save["with"]["path"]
