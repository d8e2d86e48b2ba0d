"""Every command, in the order in which help lists them. Nothing heavy is imported before one runs."""

from __future__ import annotations

from collections.abc import Sequence

from harness.cli.command import Command
from harness.cli.commands import comparing, judging, knowing, making, spending

COMMANDS: Sequence[Command] = (
    *judging.COMMANDS,
    *spending.COMMANDS,
    *comparing.COMMANDS,
    *knowing.COMMANDS,
    *making.COMMANDS,
)
