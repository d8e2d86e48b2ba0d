"""The last look at what a command wrote: no key may stand in it.

What is kept is redacted long before. This is for the day on which that fails: it looks at files, whoever wrote
them, and knows nothing of how they were made. A file that holds a key is removed, not mended: mending would rest
on the very knowledge that has just failed, and a recording that is lost can be made again, which a key that was
uploaded with it cannot.
"""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from harness.contract import load, providers
from harness.errors import SecretLeaked
from harness.exchange.leak import leaks, scanned
from harness.exchange.spelling import Finder

#: What tells that a file was written: when it was last, and its size.
_State: TypeAlias = Mapping[Path, tuple[int, int]]


def sealed(args: argparse.Namespace) -> int:
    """Run the command and give its exit code; raises SecretLeaked, whatever else was raised, where a key got out."""
    out = getattr(args, "out", None)
    if not isinstance(out, Path):
        return int(args.run(args))
    before = _state(out)
    try:
        return int(args.run(args))
    finally:
        written = [path for path, state in _state(out).items() if before.get(path) != state]
        written += [log] if isinstance(log := getattr(args, "log", None), Path) and log.is_file() else []
        if written:
            refuse_leaks(written, keys(args))


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


def refuse_leaks_in(texts: Iterable[str], name: str, secrets: Iterable[str]) -> None:
    """Raises SecretLeaked where a secret stands in what cannot be removed: the only word of jobs that were paid for."""
    finder = Finder(secrets)
    for text in texts:
        for found in scanned(io.BytesIO(text.encode()), finder):
            raise SecretLeaked(
                f"the API key stands in {name} ({found.how})",
                hint="This is a fault of the harness. Nobody but you may read that file: note the jobs in it (harness "
                "runs), remove it, and change the key.",
            )


def keys(args: argparse.Namespace) -> list[str]:
    """The keys and webhook secrets in the environment of the providers that the command is about.

    With and without a line end: as they stand there, and as they are sent.
    """
    named = getattr(args, "provider", None) or providers()
    variables = []
    for contract in map(load, [named] if isinstance(named, str) else named):
        signature = contract.webhook.signature if contract.webhook else None
        variables += [contract.key_variable, *([signature.secret] if signature else [])]
    held = [os.environ.get(variable, "") for variable in variables]
    return [key for key in dict.fromkeys([*held, *(each.strip() for each in held)]) if key]


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
