"""A thing that one process may do at a time, whatever name it knows the file by that the thing belongs to."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import JournalError


def beside(path: Path) -> Path:
    """The folder of what belongs to a file, made if it is not there. Raises JournalError.

    Symbolic links are followed: by all its names a file has one such folder.
    """
    real = path.resolve()
    folder = real.with_name(f"{real.name}.locks")
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
    except OSError as fault:
        raise _fault(folder, fault) from None
    return folder


@contextmanager
def holding(path: Path, name: str) -> Iterator[bool]:
    """Whether this process has what is called ``name`` of a file to itself, for the length of a ``with`` block.

    The operating system lets go of it when the process dies, however it does. Raises JournalError.
    """
    lock = beside(path) / name
    try:
        handle = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as fault:
        raise _fault(lock, fault) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _fault(path: Path, fault: OSError) -> JournalError:
    return JournalError(
        f"cannot be locked: {fault.strerror}",
        where=str(path),
        hint="Is there space, and may you write there? Another place: --journal FILE.",
    )
