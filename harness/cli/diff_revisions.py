"""Revisions from what ``harness diff`` is given, and the recordings judged under both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from harness import document
from harness.claim import Kind
from harness.compare import Difference, Step, Timeline, common, differences, label, remembered, step, steps, turned
from harness.contract import Contract, load, load_all, providers
from harness.contract.history import Entry, History, history, is_history
from harness.contract.official import official
from harness.contract.revision import Revision, overlaid, revision
from harness.errors import ConfigurationError, NothingToJudge, RecordingError
from harness.judged import cassettes_folder, judged, recordings
from harness.report import report

_EITHER = (
    "Give two of one kind: report.json, a folder of specs (specs/PROVIDER), an OpenAPI document, "
    "or a history as FILE.json@DATE."
)


class What(StrEnum):
    """What an argument of ``harness diff`` is."""

    REPORT = "a report"
    SPECS = "a folder of specs"
    DOCUMENT = "an OpenAPI document"
    HISTORY = "a history of a document"


@dataclass(frozen=True, kw_only=True)
class Given:
    """An argument: what it is, and what its file holds. ``at`` is what was said after the ``@``."""

    what: What
    path: Path
    at: str | None = None
    content: Any = None

    def __str__(self) -> str:
        return f"{self.path}@{self.at}" if self.at is not None else str(self.path)


def given(argument: str) -> Given:
    """What an argument is, told by what it holds. Raises RecordingError where that is nothing known."""
    path, at = Path(argument), None
    if not path.exists() and "@" in argument:
        name, _, at = argument.rpartition("@")
        path = Path(name)
    if path.is_dir():
        if not (path / "provider.yaml").is_file():
            raise RecordingError("is a folder without provider.yaml", where=str(path), hint=_EITHER)
        found = Given(what=What.SPECS, path=path, at=at)
    else:
        found = _file(path, at)
    if at is not None and found.what is not What.HISTORY:
        raise ConfigurationError(f"{found.what} has no dates to choose by", where=argument, hint="Leave the @… out.")
    return found


def _file(path: Path, at: str | None) -> Given:
    text = document.read_text(path, RecordingError)
    if path.suffix in (".yaml", ".yml"):
        content = document.parse_yaml(text, where=str(path), error=RecordingError)
    elif not text.strip() or (text.lstrip().startswith("{") and not text.rstrip().endswith("}")):
        return Given(what=What.REPORT, path=path)  # empty or cut off: whoever reads reports says how to get one again
    else:
        content = document.parse_json(text, where=str(path), error=RecordingError)
    if isinstance(content, Mapping) and "report_version" in content:
        return Given(what=What.REPORT, path=path, at=at)
    if isinstance(content, Mapping) and isinstance(content.get("paths"), Mapping) and "openapi" in content:
        return Given(what=What.DOCUMENT, path=path, at=at, content=content)
    if is_history(content):
        return Given(what=What.HISTORY, path=path, at=at, content=content)
    raise RecordingError(
        "is not a harness report, and no OpenAPI 3 document or history of one", where=str(path), hint=_EITHER
    )


def alike(old: Given, new: Given | None) -> What:
    """What both are. Raises ConfigurationError where they cannot be compared, or one alone says nothing."""
    if new is None and old.what in (What.REPORT, What.DOCUMENT):
        raise ConfigurationError(
            f"{old.what} needs another one to be compared with",
            where=str(old),
            hint="One argument is enough for a history of a document and for a folder of specs.",
        )
    if new is not None and new.what is not old.what:
        raise ConfigurationError(f"{old.what} cannot be compared with {new.what}", where=f"{old}, {new}", hint=_EITHER)
    return old.what


def timeline(old: Given, new: Given | None, *, provider: str | None, cassettes: Path | None) -> Timeline:
    """What shifted from one to the other, or all that one of them tells of its past.

    Raises NothingToJudge where the documents have no operation in common.
    """
    folder = cassettes_folder(cassettes)
    match old.what:
        case What.SPECS:
            return _specs(old, new, folder)
        case What.DOCUMENT:
            assert new is not None
            name, contract = _provider(provider, (old.content, new.content), old.path)
            pair = [official(each.content, provider=name, contract=contract, path=each.path) for each in (old, new)]
            return _pair(name, contract, pair[0], pair[1], folder)
        case _:
            return _history(old, new, provider, folder)


def _specs(old: Given, new: Given | None, folder: Path) -> Timeline:
    before = _contract(old.path)
    if new is None:
        hint = "older documents are known here by single rules only"
        return Timeline(provider=before.provider, steps=remembered(before), unjudged=hint)
    after = _contract(new.path)
    if before.provider != after.provider:
        raise ConfigurationError(
            f"{before.provider} and {after.provider} are two providers", where=f"{old}, {new}", hint=_EITHER
        )
    moved = step(revision(before, str(old.path)), revision(after, str(new.path)))
    seen, reason = _turned(moved, before, after, folder)
    return Timeline(provider=after.provider, steps=(moved,), recordings=seen, unjudged=reason)


def _contract(path: Path) -> Contract:
    folder = path.resolve()
    return load(folder.name, folder.parent)


def _history(old: Given, new: Given | None, provider: str | None, folder: Path) -> Timeline:
    first = history(old.content, old.path)
    second = history(new.content, new.path) if new else first
    newest = (first.entries[-1].document, second.entries[-1].document)
    name, contract = _provider(provider, newest, old.path)

    def read(whole: History, entry: Entry) -> Revision:
        return whole.revision(entry, name, contract)

    if new is not None:
        made = _pair(name, contract, read(first, first.at(old.at)), read(second, second.at(new.at)), folder)
        return replace(made, history=", ".join(dict.fromkeys((old.path.name, new.path.name))))
    entries = first.since(first.at(old.at)) if old.at is not None else first.entries
    found = [read(first, entry) for entry in entries]
    hint = "name two revisions (FILE@DATE FILE@DATE) to see which recordings change verdict between them"
    return Timeline(provider=name, history=old.path.name, steps=steps(found), notes=common(found), unjudged=hint)


def _pair(name: str, contract: Contract | None, old: Revision, new: Revision, folder: Path) -> Timeline:
    if (old.operations or new.operations) and not old.operations.keys() & new.operations.keys():
        raise NothingToJudge(
            "nothing to compare: the documents have no operation in common",
            where=", ".join(dict.fromkeys(filter(None, (label(old), label(new))))),
            hint="Are both of one provider?",
        )
    moved = step(old, new)
    seen: Difference | None = None
    reason: str | None = f"no contract of {name} is held here, so no recording can be read; see --provider"
    if contract is not None:
        names = {claim.id for each in moved.revised for claim in (each.old, each.new) if claim is not None}
        sides = overlaid(contract, old, new, names), overlaid(contract, new, old, names)
        seen, reason = _turned(moved, *sides, folder)
    return Timeline(provider=name, steps=(moved,), notes=common((old, new)), recordings=seen, unjudged=reason)


def _turned(moved: Step, old: Contract, new: Contract, folder: Path) -> tuple[Difference | None, str | None]:
    """What turned among the verdicts from recordings, or why nothing could."""
    interactions = recordings(new.provider, folder)
    if not interactions:
        return None, f"there is no recording of {new.provider} in {folder.name}/"
    before, after = (
        report(judged(_observable(side), interactions, mode="recorded", every=True), generated_at=name)
        for side, name in ((old, moved.old), (new, moved.new))
    )
    return turned(differences(before, after)), None


def _observable(contract: Contract) -> Contract:
    """Without what documents say against themselves: no recording bears on it."""
    claims = {name: claim for name, claim in contract.claims.items() if claim.kind is not Kind.CONTRADICTION}
    return replace(contract, claims=claims)


def _provider(named: str | None, documents: Sequence[Mapping[str, Any]], path: Path) -> tuple[str, Contract | None]:
    """Whose document it is: as said, else the provider that has most operations in common, else what it is titled."""
    if named is not None:
        return named, load(named) if named in providers() else None
    paths = {path for each in documents for path in each["paths"]}
    shared = [(len(paths & {o.path for o in each.operations.values()}), each) for each in load_all()]
    most, contract = max(shared, key=lambda each: each[0], default=(0, None))
    if contract is not None and most:
        return contract.provider, contract
    info = documents[-1].get("info")
    title = str(info.get("title", "")) if isinstance(info, Mapping) else ""
    return re.sub(r"[^a-z0-9]+", "-", (title or path.stem).lower()).strip("-") or "provider", None
