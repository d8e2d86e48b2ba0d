"""Room for one answer beside the journal, made before anything is sent: for when the journal takes none."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from harness.errors import JournalError

#: Bytes that are kept free. An answer to a submission names a job; what is larger than this is none of those.
ROOM = 64 * 1024
_HEAD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a step, as the journal would have it: ``interaction`` packed, ``at`` on the run's clock."""

    key: str
    interaction: str
    at: float


class Lifeboat:
    """A file that has its full length from the start, so that a full disk has room for what is written into it.

    It belongs to one process at a time, and is gone when that one leaves it empty. Raises JournalError if there is
    no room for it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
            if os.fstat(self._file).st_size < ROOM:
                os.pwrite(self._file, bytes(ROOM), 0)
                os.fsync(self._file)
        except OSError as fault:
            raise JournalError(
                f"no room can be kept for an answer: {fault.strerror}",
                where=str(path),
                hint="Is there space, and may you write there? Nothing was sent. Another place: --journal FILE.",
            ) from None

    def __enter__(self) -> Lifeboat:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.taken() is None:
            self._path.unlink(missing_ok=True)
        os.close(self._file)

    def take(self, answer: Answer) -> bool:
        """Whether the answer is on disk now; it is not if it is too large, or the disk broke."""
        data = json.dumps(asdict(answer)).encode()
        if _HEAD + len(data) > ROOM:
            return False
        try:
            os.pwrite(self._file, data, _HEAD)
            os.fsync(self._file)
            self._head(len(data))
        except OSError:
            return False
        return True

    def taken(self) -> Answer | None:
        """What is in it: what an earlier process could not write into the journal, if there is anything."""
        size = int.from_bytes(os.pread(self._file, _HEAD, 0), "big")
        return Answer(**json.loads(os.pread(self._file, size, _HEAD))) if size else None

    def empty(self) -> None:
        """The journal has it now."""
        self._head(0)

    def _head(self, size: int) -> None:
        os.pwrite(self._file, size.to_bytes(_HEAD, "big"), 0)
        os.fsync(self._file)
