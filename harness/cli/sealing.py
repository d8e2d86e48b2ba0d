"""The last look at what a command wrote: no key may stand in it.

What is kept is redacted long before. This is for the day on which that fails: it looks at files, whoever wrote
them, and knows nothing of how they were made. A file that holds a key is removed, not mended: mending would rest
on the very knowledge that has just failed, and a recording that is lost can be made again, which a key that was
uploaded with it cannot.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from harness.contract import load, providers
from harness.errors import SecretLeaked
from harness.exchange.leak import leaks

#: What tells that a file was written: when it was last, and its size.
_State: TypeAlias = Mapping[Path, tuple[int, int]]


def sealed(said: argparse.Namespace) -> int:
    """Run the command and give its exit code; raises SecretLeaked, whatever else was raised, where a key got out."""
    out = getattr(said, "out", None)
    if not isinstance(out, Path):
        return int(said.run(said))
    before = _state(out)
    try:
        return int(said.run(said))
    finally:
        written = [path for path, state in _state(out).items() if before.get(path) != state]
        if written:
            refuse_leaks(written, _keys(said))


def refuse_leaks(files: Iterable[Path], secrets: Iterable[str]) -> None:
    """Empty and remove every file in which one of the secrets stands; raises SecretLeaked, which names them."""
    found = list(leaks(files, secrets))
    places = {leak.file: leak for leak in reversed(found)}
    for path in places:
        os.truncate(path, 0)  # another name for it would still show it
        path.unlink()
    if found:
        first = [f"{path} at byte {leak.offset} ({leak.how})" for path, leak in sorted(places.items())]
        raise SecretLeaked(
            f"the API key stands in {', '.join(first)}",
            hint="Removed, so that nobody uploads it. If it was made of a recording of yours, take the key out of "
            "that; otherwise this is a fault of the harness. Whoever may have seen the file knows the key: change it.",
        )


def _keys(said: argparse.Namespace) -> list[str]:
    """The keys in the environment of the providers that the command is about."""
    named = getattr(said, "provider", None) or providers()
    variables = [load(name).key_variable for name in ([named] if isinstance(named, str) else named)]
    return [key for variable in variables if (key := os.environ.get(variable))]


def _state(out: Path) -> _State:
    """The files in a folder, or those that begin with the name of a file without its suffix."""
    return {path: _stamp(path) for path in _files(out) if path.is_file() and not path.is_symlink()}


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


def _files(out: Path) -> Iterator[Path]:
    if out.is_dir():
        yield from out.rglob("*")
    elif out.parent.is_dir():
        yield from (path for path in out.parent.iterdir() if path.name.startswith(out.stem))
