"""Where our own data are."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """``specs``, ``schemas`` or ``cassettes``: beside the package in a checkout, inside it in a wheel."""
    shipped = _PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name


def specs_folder() -> Path:
    """The folder of provider folders; ``HARNESS_SPECS`` names another. Raises ConfigurationError if there is none."""
    named = os.environ.get("HARNESS_SPECS")
    folder = Path(named) if named else data_folder("specs")
    if not any(folder.glob("*/provider.yaml")):
        raise ConfigurationError(
            "is not a folder" if not folder.is_dir() else "holds no provider",
            where=f"HARNESS_SPECS={named}" if named else str(folder),
            hint="Name the folder in which each provider has a folder with a provider.yaml.",
        )
    return folder
