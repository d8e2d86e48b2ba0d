"""Which width and height a wish stands for: by ratio and lines, or by the provider's own table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.contract.wanted import Wanted, decoded
from harness.pointer import parse, value

Size = tuple[int, int]

#: Encoders round sizes to multiples of 8 or 16; documented pixel tables differ from the exact ratio by up to 3 %.
RATIO_SHARE = 0.03
#: A tier names either the lines of the short side or the pixels of its 16:9 size, rounded to coding blocks.
LINES_SHARE, AREA_SHARE = 0.05, 0.1


def has_ratio(size: Size, ratio: tuple[int, int]) -> bool:
    """Whether width and height are in this ratio."""
    return abs(size[0] / size[1] * ratio[1] / ratio[0] - 1) <= RATIO_SHARE


def has_lines(size: Size, lines: int) -> bool:
    """Whether a size belongs to the tier of so many lines."""
    short = abs(min(size) / lines - 1) <= LINES_SHARE
    return short or abs(size[0] * size[1] / (lines * lines * 16 / 9) - 1) <= AREA_SHARE


def tabled(parameters: Mapping[str, Any], entry: Mapping[str, Any], asked: Wanted) -> list[Size]:
    """The sizes that the documentation lists for the ratio and the lines asked for; none where it lists none.

    ``parameters`` has ``table`` (resolution → ratio → size), or ``from``, where a model's ``entry`` lists its sizes.
    """
    lines, ratio = asked.resolution, asked.aspect_ratio
    if lines is None or ratio is None:
        return []
    if "table" in parameters:
        return [
            (size[0], size[1])
            for tier, row in parameters["table"].items()
            for written, size in row.items()
            if (decoded("resolution", tier), decoded("ratio", written)) == (lines, ratio)
        ]
    listed = value(entry, parse(parameters["from"]))
    sizes = [decoded("pixels", each) for each in listed] if isinstance(listed, list) else []
    return [size for size in sizes if size and has_ratio(size, ratio) and has_lines(size, lines)]
