"""What is reported of recordings and runs: interactions in, report entries out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.contract import Contract, providers
from harness.errors import ConfigurationError, nearest
from harness.exchange import load_recordings
from harness.folders import data_folder
from harness.interaction import Interaction, Origin
from harness.judge import judge_both
from harness.judge.money import observed
from harness.report import entry
from harness.report.build import SPELLED_OUT
from harness.run.sources import relabelled

#: Suffixes of what may be a recording, and the end of the name of what lies beside one and is none.
_KINDS, _BESIDE = (".yaml", ".yml", ".json", ".har"), ".plan.json"
#: Names in one note.
_SHOWN = 3


def cassettes_folder(named: Path | None) -> Path:
    """The folder with a folder of recordings for each provider: the one that was named, else the one that we ship.

    Raises ConfigurationError for a folder in which no provider has one.
    """
    if named is None:
        return data_folder("cassettes")
    if not named.is_dir():
        raise ConfigurationError("is not a folder", where=str(named), hint=_LAYOUT)
    known = providers()
    if not any((named / each).is_dir() for each in known):
        if named.name in known and any(_files(named)):
            raise ConfigurationError("holds recordings itself", where=str(named), hint=f"Name {named.parent} instead.")
        near = {each.name: near for each in named.iterdir() if each.is_dir() and (near := nearest(each.name, known))}
        meant = "".join(f" Is {name} to be {near}?" for name, near in sorted(near.items()))
        raise ConfigurationError("has no folder of a provider's name", where=str(named), hint=_LAYOUT + meant)
    return named


def recordings(provider: str, folder: Path) -> list[Interaction]:
    """Every interaction in a provider's cassettes, those in folders below, too, in the order of the files' paths."""
    return relabelled(load_recordings(distinct(_files(folder / provider))))


def distinct(files: Iterable[Path]) -> list[Path]:
    """The files without those whose bytes another one has: an exchange that is counted twice happened once."""
    found: dict[bytes, Path] = {}
    for path in files:
        # What cannot be read is for whoever loads it to say.
        found.setdefault(sha256(path.read_bytes()).digest() if path.is_file() else bytes(path), path)
    return list(found.values())


def _files(folder: Path) -> list[Path]:
    every = (path for path in folder.rglob("*") if path.suffix.lower() in _KINDS and path.is_file())
    return sorted(path for path in every if not path.name.endswith(_BESIDE))


def left_out(named: Path | None, wanted: Collection[str]) -> Iterator[str]:
    """What is not read of a folder of recordings that was named, and what its name may be meant for.

    ``wanted`` are the providers whose recordings are read; another provider's folder is nothing to speak of.
    """
    if named is None:
        return
    known = providers()
    strange = [path for path in _visible(named.iterdir()) if not (path.is_dir() and path.name in known)]
    near = {path: nearest(path.name, known) if path.is_dir() else None for path in strange}
    for path, meant in near.items():
        if meant:
            yield f"{path} is left out, as no provider has that name; is {meant!r} meant?"
    if others := [path.name for path in strange if not near[path]]:
        yield f"{named}: left out, as it is in no folder of a provider's name: {_named(others)}"
    for provider in known:
        if provider in wanted:
            unread = [path.name for path in _visible((named / provider).rglob("*")) if _unread(path)]
            if unread:
                yield f"{named / provider}: left out, as it is none of {', '.join(_KINDS)}: {_named(unread)}"


def _visible(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if not path.name.startswith(".") and not path.name.endswith(_BESIDE))


def _unread(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() not in _KINDS


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


_LAYOUT = "It has one folder of vcrpy cassettes and HAR files for each provider, with the provider's name."


def judged(
    contract: Contract,
    interactions: Sequence[Interaction],
    *,
    mode: str,
    reasons: Mapping[str, str] | None = None,
    money: Mapping[str, float] | None = None,
    documents: bool = False,
    second: bool = False,
    every: bool = False,
    protocol: bool = False,
) -> list[dict[str, Any]]:
    """One entry per provenance. ``documents``: hold the documents against themselves in any case.

    ``every``: spell out every divergence, to compare them by. ``protocol``: hold them against good practice, too.
    """
    origins = {each.provenance.origin for each in interactions} | ({Origin.PUBLISHED} if documents else set())
    made = []
    for origin in sorted(origins):
        group = [each for each in interactions if each.provenance.origin is origin]
        verdicts, practice = judge_both(contract, group, unprobed=reasons or {})
        quirks = sorted({name for each in group for name in each.provenance.quirks})
        extra: dict[str, Any] = {"quirks": quirks} if quirks else {}
        if money is not None:
            extra["money"] = dict(money)
        if noticed := observed(contract, group) if origin is not Origin.SIMULATED else []:
            extra["observations"] = noticed
        if second:
            from harness.probe.fuzz import second_opinion

            extra["schemathesis"] = second_opinion(contract, group)
        made.append(
            entry(
                contract,
                verdicts,
                group,
                mode=mode,
                provenance=origin,
                cost_usd=money["spent"] if money is not None else 0.0,
                extra=extra,
                practice=practice if protocol and group else (),
                spelled_out=None if every else SPELLED_OUT,
            )
        )
    return made
