"""A body on its way in: in memory while it is small, in a temporary file beyond, and never more than it may be."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

from harness.exchange.encoding import TooLarge
from harness.exchange.failure import NoRoom
from harness.exchange.media import HEAD, begins_media

#: Bytes that stay in memory.
IN_MEMORY = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a body may be, in bytes: one that is kept, and a media file that is measured and dropped."""

    kept: int
    media: int


class Spool:
    """Takes a body in chunks; beyond ``limits.kept`` only one whose first bytes are those of a media file.

    ``reveal`` makes plain bytes of the first ones where they come packed; ``beyond`` are the words for what is
    larger. A context manager: the temporary file goes with it.
    """

    def __init__(
        self, limits: Limits, *, reveal: Callable[[bytes], bytes] = bytes, beyond: str = "is larger than"
    ) -> None:
        self.file: BinaryIO = io.BytesIO()
        self.size = 0
        self.media = False
        self._head = b""
        self._limits = limits
        self._reveal = reveal
        self._beyond = beyond

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # a full disk was told already
            self.file.close()

    def write(self, chunk: bytes) -> None:
        """Raises TooLarge before anything beyond the limit is kept, and NoRoom."""
        if len(self._head) < HEAD:
            self._head += chunk[: HEAD - len(self._head)]
            self.media = begins_media(self._reveal(self._head))
        size = self.size + len(chunk)
        limit = self._limits.media if self.media else self._limits.kept
        if size > limit:
            raise TooLarge(f"{self._beyond} {limit} bytes")
        try:
            if self.size <= IN_MEMORY < size:
                self._to_disk()
            self.file.write(chunk)
            if size > IN_MEMORY:
                self.file.flush()  # a full disk shows here and not when the file is closed
        except OSError as fault:
            raise NoRoom(
                f"{tempfile.gettempdir()} does not take the answer, {size} bytes so far: {fault.strerror or fault}"
            ) from None
        self.size = size

    def chunks(self, size: int = IN_MEMORY) -> Iterator[bytes]:
        """What was taken, from its beginning."""
        self.file.seek(0)
        while chunk := self.file.read(size):
            yield chunk

    def read(self) -> bytes:
        """All of it; for what is small."""
        self.file.seek(0)
        return self.file.read()

    def _to_disk(self) -> None:
        small = self.read()
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 closed by __exit__
        self.file.write(small)
