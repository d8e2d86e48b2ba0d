"""A provider's model catalogue as its own operation answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import SpecError


def entries(content: Any, where: str) -> list[Mapping[str, Any]]:
    """The models: the answer itself, or the first of its members that is a list of objects with an ``id``.

    Of two entries with one id the later one counts. Raises SpecError where there is no such list.
    """
    for listed in (content, *(content.values() if isinstance(content, Mapping) else ())):
        if isinstance(listed, list) and listed and all(map(_named, listed)):
            return list({each["id"]: each for each in listed}.values())
    raise SpecError("holds no list of models with an `id`", where=where, hint="Give the catalogue's answer as it came.")


def _named(entry: Any) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("id"), str) and bool(entry["id"])
