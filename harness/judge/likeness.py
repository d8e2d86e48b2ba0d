"""How alike two pictures are, by their thumbnails."""

from __future__ import annotations

import base64
import binascii

#: The same picture, compressed in two ways, read with two colour matrices, perhaps marked in a corner, differs less.
SAME = 0.1
#: A scene that began as the picture and moved on for a frame, graded and cropped to even sides, differs less.
CLOSE = 0.15


def difference(one: str | None, other: str | None) -> float | None:
    """Mean difference of two thumbnails, 0 to 1; None where there is nothing to compare."""
    left, right = _pixels(one), _pixels(other)
    if not left or not right or len(left) != len(right):
        return None
    return sum(abs(a - b) for a, b in zip(left, right, strict=True)) / (255 * len(left))


def _pixels(thumbnail: str | None) -> bytes:
    try:
        return base64.b64decode(thumbnail or "", validate=True)
    except (binascii.Error, ValueError):
        return b""
