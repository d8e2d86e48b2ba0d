"""How wide what is printed may be."""

from __future__ import annotations

import shutil
import sys

#: No terminal is taken to be narrower: what is fitted to less cannot be read either.
NARROWEST = 40


def columns(most: int) -> int:
    """``most``, or what the terminal has if that is less; a file or a pipe has ``most``."""
    if not sys.stdout.isatty():
        return most
    return max(NARROWEST, min(most, shutil.get_terminal_size((most, 24)).columns))
