"""A command of ours, run in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli import main


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    """The exit code, and what was printed and said."""
    try:
        code = main([str(word) for word in words])
    except SystemExit as left:  # argparse
        code = int(left.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err
