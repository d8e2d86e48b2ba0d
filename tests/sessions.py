"""A session of pytest within a test, and the page that shows what to put into one."""

from __future__ import annotations

import pytest
from conftest import ROOT

PAGE = (ROOT / "docs" / "in-your-tests.md").read_text(encoding="utf-8")


def alone(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    """A session in this process, with no other plugin than ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        known = "ignore::pytest.PytestAssertRewriteWarning"  # the plugin was imported by this very session
        return pytester.runpytest_inprocess("-p", "harness.plugin", "-W", known, *words)
