"""Names of items: ASCII, the same in every run, and nothing in them that pytest or a shell takes for its own."""

from __future__ import annotations

import re

from harness.gate import Waiver

#: The items of all providers hang under this name: ``harness::PROVIDER.createVideo.duration.enum``.
ROOT = "harness"

_PLAIN = re.compile(r"[A-Za-z0-9._@-]")


def item_name(claim: str) -> str:
    """A claim's id as an item's name: ``content[]`` is ``content+`` and ``/`` is ``:``; the rest as in a URL.

    Different ids have different names.
    """
    text = ""
    for part in re.split(r"(\[\]|.)", claim, flags=re.DOTALL):
        if part == "[]":
            text += "+"
        elif part == "/":
            text += ":"
        else:
            text += part if _PLAIN.fullmatch(part) else "".join(f"%{byte:02X}" for byte in part.encode())
    return text


def waiver_name(waiver: Waiver) -> str:
    """A waiver's item; waivers that narrow each other down have different names."""
    return ".".join(["waiver", item_name(waiver.claim), *filter(None, (waiver.provenance, waiver.direction))])
