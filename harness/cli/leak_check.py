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
from harness.errors import ConfigurationError, SecretLeaked
from harness.exchange.leak import leaks, scanned
from harness.exchange.spelling import Finder

#: Arguments that name a file, or a folder of files, that commands write.
WRITTEN = ("out", "keep", "log")

#: What tells that a file was written: when it was last, and its size.
_State: TypeAlias = Mapping[Path, tuple[int, int]]


def sealed(args: argparse.Namespace) -> int:
    """Run the command and give its exit code; raises SecretLeaked, whatever else was raised, where a key got out."""
    watched = [place for name in WRITTEN if isinstance(place := getattr(args, name, None), Path)]
    before = _state(watched)
    try:
        return int(args.run(args))
    finally:
        written = [path for path, state in _state(watched).items() if before.get(path) != state]
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


def refuse_leaks_in(texts: Iterable[str], name: str, secrets: Iterable[str], *, hint: str) -> None:
    """Raises SecretLeaked where a secret stands in what must not be removed, or is not yet written."""
    finder = Finder(secrets)
    for text in texts:
        for found in scanned(io.BytesIO(text.encode()), finder):
            raise SecretLeaked(f"the API key stands in {name} ({found.how})", hint=hint)


def keys(args: argparse.Namespace) -> list[str]:
    """The keys and webhook secrets in the environment of the providers that the command is about.

    With and without a line end: as they stand there, and as they are sent.
    """
    try:
        named = getattr(args, "provider", None) or providers()
    except ConfigurationError:  # there are none, so no keys of theirs: `import` is about to make the first
        return []
    variables = []
    for contract in map(load, [named] if isinstance(named, str) else named):
        signature = contract.webhook.signature if contract.webhook else None
        variables += [contract.key_variable, *([signature.secret] if signature else [])]
    held = [os.environ.get(variable, "") for variable in variables]
    return [key for key in dict.fromkeys([*held, *(each.strip() for each in held)]) if key]


def _state(places: Iterable[Path]) -> _State:
    """The files in folders, or those that begin with the name of a file without its suffix."""
    files = (path for place in places for path in _files(place))
    return {path: _stamp(path) for path in files if path.is_file() and not path.is_symlink()}


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


def _files(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from place.rglob("*")
    elif place.parent.is_dir():
        yield from (path for path in place.parent.iterdir() if path.name.startswith(place.stem))
