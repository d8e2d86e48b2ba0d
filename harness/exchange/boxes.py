"""The boxes of an MP4 or QuickTime file, walked before a demuxer sees them.

A table of a few bytes can say that there are a thousand million samples, and a demuxer believes it and makes
room for them.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

#: A day of fragments of a second has fewer.
MAX_BOXES = 200_000
_PARENTS = frozenset({"moov", "trak", "mdia", "minf", "stbl", "moof", "traf"})


class Crowded(ValueError):
    """There are more boxes or samples than any real file has."""


@dataclass(frozen=True, slots=True)
class Box:
    """``start`` and ``end`` of what is in it, in bytes from the beginning of the file; it may end beyond the file."""

    name: str
    start: int
    end: int


def boxes(file: BinaryIO, at: int, end: int) -> Iterator[Box]:
    """The boxes between two places, up to the first bytes that are none; raises Crowded."""
    count = 0
    while end - at >= 8:
        file.seek(at)
        head = file.read(16)
        size, name, start = int.from_bytes(head[:4]), head[4:8], at + 8
        if size == 1:
            size, start = int.from_bytes(head[8:16]), at + 16
        if size < start - at or not (name.isascii() and name.isalnum()):
            return
        count += 1
        if count > MAX_BOXES:
            raise Crowded(f"has more than {MAX_BOXES} boxes")
        at += size
        yield Box(name.decode("ascii"), start, at)


def check_tables(file: BinaryIO, size: int, *, most: int, largest: int) -> None:
    """Raises Crowded where the tables of all tracks and fragments say that there are more than ``most`` samples,
    or that one has more than ``largest`` bytes.
    """
    count = 0
    for box in _leaves(file, 0, size, deep=0):
        read = _TABLES.get(box.name)
        if read is None:
            continue
        said, biggest = read(file, box, most)
        count += said
        if count > most:
            raise Crowded(f"says it has {count} frames and packets, and more than {most} are not counted")
        if biggest > largest:
            raise Crowded(f"says it has a frame of {biggest} bytes, and none larger than {largest} is read")


def _leaves(file: BinaryIO, at: int, end: int, *, deep: int) -> Iterator[Box]:
    for box in boxes(file, at, end):
        if box.name in _PARENTS and deep < len(_PARENTS):
            yield from _leaves(file, box.start, min(box.end, end), deep=deep + 1)
        else:
            yield box


def _sizes(file: BinaryIO, box: Box, most: int) -> tuple[int, int]:
    """How many samples an stsz has, and the bytes of the largest."""
    file.seek(box.start + 4)
    same, count = int.from_bytes(file.read(4)), int.from_bytes(file.read(4))
    if same or count > most:
        return count, same
    return count, _largest(file.read(min(4 * count, max(0, box.end - box.start - 12))), every=1)


def _compact(file: BinaryIO, box: Box, most: int) -> tuple[int, int]:
    """The same of an stz2, whose sizes have 16 bits at most."""
    file.seek(box.start + 8)
    return int.from_bytes(file.read(4)), 0


def _run(file: BinaryIO, box: Box, most: int) -> tuple[int, int]:
    """The same of a trun; sizes stand in it where its flags say so, after the duration if there is one."""
    file.seek(box.start)
    flags, count = int.from_bytes(file.read(4)) & 0xFFFFFF, int.from_bytes(file.read(4))
    fields = (flags >> 8 & 0xF).bit_count()
    if not flags & 0x200 or count > most:
        return count, 0
    before = bool(flags & 0x1) + bool(flags & 0x4) + bool(flags & 0x100)
    file.seek(box.start + 8 + 4 * before)
    return count, _largest(file.read(min(4 * fields * count, max(0, box.end - box.start - 8))), every=fields)


def _largest(table: bytes, *, every: int) -> int:
    words = array("I", table[: len(table) // 4 * 4])
    if sys.byteorder == "little":
        words.byteswap()
    return max(words[::every], default=0)


_TABLES: dict[str, Callable[[BinaryIO, Box, int], tuple[int, int]]] = {"stsz": _sizes, "stz2": _compact, "trun": _run}
