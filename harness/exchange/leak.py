"""Whether a secret stands in a file that was written, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from harness.exchange.spelling import BLOCK, OVERLAP, Finder, Found


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret, or enough of it, in ``file`` from byte ``offset`` on; ``how`` it is written. Never the secret."""

    file: Path
    offset: int
    how: str


def leaks(files: Iterable[Path], secrets: Iterable[str]) -> Iterator[Leak]:
    """Every place in these files where one of the secrets stands, in any spelling; raises OSError.

    Each file is read once, and only BLOCK bytes of it are held at a time.
    """
    finder = Finder(secrets)
    for path in files:
        with path.open("rb") as stream:
            for found in scanned(stream, finder):
                yield Leak(path, found.start, found.how)


def scanned(stream: BinaryIO, finder: Finder) -> Iterator[Found]:
    """The same of one stream, with places counted from where it stands."""
    kept, at, told = b"", 0, 0
    while new := stream.read(BLOCK):
        block = kept + new
        for each in finder.found(block):
            if at + each.end > told:
                yield Found(at + each.start, at + each.end, each.how)
                told = at + each.end
        kept = block[-OVERLAP:]
        at += len(block) - len(kept)
