"""How a picture is shown: a file may say that it is to be turned, and that its pixels are wider than they are high."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from struct import unpack
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a player does with a decoded picture: ``transposed`` makes rows of its columns, and comes first."""

    transposed: bool = False
    mirrored: bool = False  # left to right
    flipped: bool = False  # top to bottom

    def size(self, width: int, height: int, pixel: Fraction | None) -> tuple[int, int]:
        """Width and height as shown, of a picture with pixels of this shape (width by height, None for square ones).

        Pixels that are not square stretch the width, as they do in the track header of an MP4.
        """
        width = max(1, round(width * pixel)) if pixel and width else width
        return (height, width) if self.transposed else (width, height)

    def apply(self, frame: Any) -> Any:
        """The decoded picture as it is shown, but for the shape of its pixels."""
        named = {"transpose": self.transposed, "hflip": self.mirrored, "vflip": self.flipped}
        steps = [name for name, wanted in named.items() if wanted]
        if not steps:
            return frame
        import av

        graph = av.filter.Graph()
        source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1))
        made = [graph.add(name, "cclock_flip" if name == "transpose" else None) for name in steps]
        graph.link_nodes(source, *made, graph.add("buffersink")).configure()
        graph.vpush(frame)
        return graph.vpull()


def turn_of(frame: Any) -> Turn:
    """How a decoded picture is to be turned, by the matrix that came with it; by quarters, as players do."""
    from av.sidedata.sidedata import Type

    try:
        matrix = frame.side_data.get(Type.DISPLAYMATRIX)
    except ValueError:  # PyAV knows no name for some of what FFmpeg lays beside a picture, such as the Exif of a photo
        return _QUARTERS[round(-frame.rotation / 90) % 4]
    if matrix is None:
        return Turn()
    # How far right and how far down a step to the right leads, and then a step down.
    right, down, down_right, down_down = unpack("=ii4xii4x", bytes(matrix)[:24])
    if abs(down) + abs(down_right) > abs(right) + abs(down_down):
        return Turn(transposed=True, mirrored=down_right < 0, flipped=down < 0)
    return Turn(mirrored=right < 0, flipped=down_down < 0)


#: By the number of quarters, clockwise.
_QUARTERS = (
    Turn(),
    Turn(transposed=True, mirrored=True),
    Turn(mirrored=True, flipped=True),
    Turn(transposed=True, flipped=True),
)
