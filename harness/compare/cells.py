"""One cell of the comparison: what a provider documents of an axis, and the words for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

from harness.claim import Claim, Source
from harness.compare.scope import ARRAYS, SECOND_ENCODINGS, Scope
from harness.compare.values import clean
from harness.contract import Capability
from harness.contract.wanted import decoded

#: What is said of a field that is not of every model, where the documentation does not say of which.
OF_SOME = "of some models"
#: What is said of a field where the catalogue's entry for a model leaves open whether it takes it.
UNSAID = "not said of this model"
#: Axes of which a request has one, however the field is made.
ONE = frozenset({"first_frame", "last_frame", "webhook", "input_video", "input_audio"})


class Standing(StrEnum):
    """What kind of thing is known of an axis."""

    DOCUMENTED = "documented"
    DENIED = "documented as absent"
    SILENT = "not documented"
    NONE = "no such thing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one provider, or one of its models, documents of one axis.

    ``text`` is what a table shows; ``by_model`` has the same of each model where they differ. ``claims`` hold it
    against behaviour, ``sources`` are the passages that it was read from, ``disputed`` are contradictions between
    documents.
    """

    standing: Standing
    text: str
    by_model: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    sources: tuple[Source, ...] = ()
    disputed: tuple[Claim, ...] = ()


def documented(text: str, claims: Iterable[Claim] = (), sources: Iterable[Source] = (), **more: Any) -> Cell:
    """A cell with something in it; the claims' sources are among its own."""
    found = tuple(claims)
    return Cell(
        standing=more.pop("standing", Standing.DOCUMENTED),
        text=text,
        claims=found,
        sources=tuple(dict.fromkeys([*(claim.source for claim in found), *sources])),
        **more,
    )


def silent(text: str = "not documented") -> Cell:
    """The documents do not say."""
    return Cell(standing=Standing.SILENT, text=text)


def none(text: str) -> Cell:
    """There is no place where it could be asked for."""
    return Cell(standing=Standing.NONE, text=text)


def described(capability: Capability, scope: Scope) -> str:
    """A scope in a few words."""
    if scope.refused:
        return "ignored" if scope.ignored else "not taken"
    needed = ["required"] if scope.required else []
    if scope.default is not None and scope.default in (*scope.written, *scope.words):
        needed.append(f"default {_plainly(scope.default)}")
    if capability.partly and not scope.told(capability):
        needed.append(OF_SOME)
    if scope.unsaid:
        needed.append(UNSAID)
    return "; ".join([_range(capability, scope), *needed])


def _range(capability: Capability, scope: Scope) -> str:
    encoding = capability.encoding
    if capability.name in ONE or encoding == "url":
        return "yes"
    if encoding in ARRAYS:
        return f"up to {clean(scope.most)}" if scope.most is not None else "yes; how many is not documented"
    if scope.values is None:
        return _open(encoding, scope)
    if encoding in SECOND_ENCODINGS:
        return ", ".join([*([f"{_runs(scope.values)} s"] if scope.values else []), *scope.words])
    if encoding == "boolean":
        return "on or off" if len(scope.values) == 2 else "on only" if scope.values == (True,) else "off only"
    if encoding == "pixels" and len(scope.written) > 4:
        smallest, *_, largest = sorted(scope.written, key=_area)
        return f"{len(scope.written)} sizes, {smallest} to {largest}"
    return ", ".join([*map(str, scope.written), *scope.words])


def _open(encoding: str, scope: Scope) -> str:
    least, most = (None if each is None else clean(each) for each in (scope.least, scope.most))
    match encoding:
        case "text":
            return f"up to {most:,} characters" if most is not None else "yes; no longest documented"
        case "ratio" | "resolution" | "pixels":
            return "yes; no list documented"
        case "object" | "entries":
            return "yes"
    unit = " s" if encoding in SECOND_ENCODINGS else ""
    if least is None and most is None:
        return f"any{unit or ' number'}; no limits documented"
    if least is None or most is None:
        bound, missing = (f"at most {most}", "least") if least is None else (f"{least}{unit} or more", "most")
        return f"{bound}; no {missing} documented"
    return f"{least}–{most}{unit}"


def _runs(numbers: Sequence[float]) -> str:
    """``4–8, 10``: neighbours drawn together."""
    groups = [[numbers[0]]]
    for before, after in pairwise(numbers):
        if after - before == 1:
            groups[-1].append(after)
        else:
            groups.append([after])
    shown = [
        f"{clean(g[0])}–{clean(g[-1])}" if len(g) > 2 else ", ".join(str(clean(each)) for each in g) for g in groups
    ]
    return ", ".join(shown)


def listed(values: Sequence[Any]) -> str:
    """Neutral values in a few words."""
    if set(values) == {True, False}:
        return "on or off"
    if all(isinstance(each, int | float) and not isinstance(each, bool) for each in values):
        return _runs(values)
    return ", ".join(_plainly(each) for each in values)


def _plainly(value: Any) -> str:
    return ("off", "on")[value] if isinstance(value, bool) else str(value)


def _area(size: Any) -> int:
    width, height = decoded("pixels", size) or (0, 0)
    return int(width * height)
