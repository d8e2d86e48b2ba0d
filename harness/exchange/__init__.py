"""The exchange layer: requests out, interactions back, from the live world or from a recording."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from harness.document import read_text
from harness.errors import RecordingError
from harness.exchange.live import refuse_private
from harness.exchange.live import transport as live_transport
from harness.exchange.media import facts, looks_like_media
from harness.exchange.redact import Redactor
from harness.exchange.replay import RecordedTransport
from harness.exchange.wire import Session
from harness.interaction import Interaction
from harness.json_text import strict_json

__all__ = [
    "RecordedTransport",
    "Redactor",
    "Session",
    "facts",
    "live_transport",
    "load_recording",
    "load_recordings",
    "looks_like_media",
    "refuse_private",
    "save_cassette",
]


def load_recording(path: Path) -> list[Interaction]:
    """The interactions of a cassette or HAR file, whatever it is called; raises RecordingError."""
    from harness.exchange import cassette, har  # vcrpy takes 0.4 s to import

    return har.load(path) if _is_har(path) else cassette.load(path)


def load_recordings(paths: Iterable[Path]) -> list[Interaction]:
    """Those of several files; files of one name are told apart by their folder. Raises RecordingError."""
    given = list(dict.fromkeys(paths))
    ways = [[path.stem for path in given], [f"{path.parent.name}/{path.name}" for path in given], [*map(str, given)]]
    found = []
    for number, path in enumerate(given):
        name = next((way[number] for way in ways if way.count(way[number]) == 1), str(path))
        found += [replace(each, name=f"{name}#{each.name.rpartition('#')[2]}") for each in load_recording(path)]
    return found


def save_cassette(
    path: Path, interactions: Iterable[Interaction], *, overwrite: bool = False, secrets: Iterable[str] = ()
) -> None:
    """Write a cassette in one step, redacted; raises RecordingError. See :mod:`harness.exchange.cassette`."""
    from harness.exchange import cassette

    cassette.save(path, interactions, overwrite=overwrite, secrets=secrets)


def _is_har(path: Path) -> bool:
    """By its content: a JSON object with ``log``, or whatever is called .har."""
    if path.suffix.lower() == ".har":
        return True
    text = read_text(path, RecordingError)
    if '"log"' not in text or not text.lstrip().startswith("{"):
        return False
    try:
        return "log" in strict_json(text)
    except ValueError:
        return False  # whoever reads it next says what is wrong
