"""What every page of ours is made with: nothing reaches it unescaped, and no text without an end."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.report.safe import block


def environment(folder: Path, shown: int) -> Environment:
    """Templates of ``folder``; of one text at most ``shown`` characters. The filter ``ticked`` sets code."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=partial(_finalize, shown),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["ticked"] = partial(ticked, shown=shown)
    return made


def ticked(text: str, shown: int) -> Markup:
    """Text in which `words in backticks` are set as code."""
    parts = block(text, shown).split("`")
    if len(parts) % 2 == 0:
        return escape("`".join(parts))
    return Markup("").join(
        escape(part) if i % 2 == 0 else Markup("<code>{}</code>").format(part) for i, part in enumerate(parts)
    )


def _finalize(shown: int, value: object) -> object:
    return value if isinstance(value, (Markup, int, float)) else block(value, shown)
