"""Where our own data are."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """``specs``, ``schemas`` or ``cassettes``: beside the package in a checkout, inside it in a wheel."""
    shipped = _PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name


def specs_folder() -> Path:
    """The folder of provider folders; ``HARNESS_SPECS`` names another one."""
    return Path(os.environ.get("HARNESS_SPECS") or data_folder("specs"))
