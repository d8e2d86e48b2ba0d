"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from harness.errors import RecordingError


def write(path: Path, data: bytes, *, overwrite: bool) -> None:
    """Put ``data`` at ``path`` in one step; raises RecordingError.

    What stands there already stays unless ``overwrite``, and stays whole if writing fails.
    """
    if not overwrite and os.path.lexists(path):
        raise _taken(path)
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.tmp")
    try:
        _make_folder(path.parent)
        try:
            _write_through(temporary, data)
            if overwrite:
                os.replace(temporary, path)
            else:
                _place(temporary, path)
            _sync_folder(path.parent)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as fault:
        raise RecordingError(
            f"cannot be written: {fault.strerror or fault}",
            where=str(path),
            hint="Nothing was changed. Make room, or write to another folder.",
        ) from None


def _taken(path: Path) -> RecordingError:
    return RecordingError(
        "exists already and is not overwritten",
        where=str(path),
        hint="Give another file name, move this one away, or ask for it to be overwritten.",
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(0, f"{folder} is not a folder") from None


def _write_through(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _place(temporary: Path, path: Path) -> None:
    """Give the file its name unless somebody took it meanwhile."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError from None
        os.replace(temporary, path)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every system can open a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
