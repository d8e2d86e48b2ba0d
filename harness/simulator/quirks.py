"""Named ways in which the simulator departs from the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from harness.claim import matches
from harness.contract import Contract
from harness.contract.dependency import condition
from harness.contract.files import read
from harness.errors import SpecError, UnknownName
from harness.folders import specs_folder


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """``does`` is one or more behaviours of the closed vocabulary in specs/README.md; ``breaks`` are claim globs."""

    name: str
    summary: str
    does: Mapping[str, Any]
    breaks: tuple[str, ...]
    reported: Mapping[str, str] | None = None


def known(provider: str, folder: Path | None = None) -> Mapping[str, Quirk]:
    """The provider's quirks by name. ``folder`` as for :func:`harness.contract.load`, and as a contract has it."""
    return _known((folder or specs_folder()) / provider / "quirks.yaml")


@cache
def _known(path: Path) -> Mapping[str, Quirk]:
    if not path.exists():
        return {}
    entries = read(path, "quirks").content
    quirks = {e["name"]: Quirk(**{**e, "breaks": tuple(e["breaks"])}) for e in entries}
    if len(quirks) != len(entries):
        raise SpecError("two quirks have the same name", where=str(path))
    return quirks


def chosen(provider: str, names: Iterable[str], folder: Path | None = None) -> list[Quirk]:
    """Quirks by name; ``all-reported`` stands for every reported one. Raises UnknownName."""
    quirks = known(provider, folder)
    picked: dict[str, Quirk] = {}
    for name in names:
        if name == "all-reported":
            picked |= {q.name: q for q in quirks.values() if q.reported}
        elif name in quirks:
            picked[name] = quirks[name]
        else:
            raise UnknownName("quirk", name, [*quirks, "all-reported"], see=f"harness quirks {provider}")
    return list(picked.values())


class JobQuirk(StrEnum):
    """How a job goes otherwise."""

    NEVER_ENDS = "never-ends"
    GOES_BACK = "goes-back"
    LEAVES_TERMINAL = "leaves-terminal"
    CHANGES_ID = "changes-id"
    NO_RESULT = "no-result"
    FAILS = "fails"
    UNSTEADY = "unsteady"
    GONE_ONCE_FETCHED = "gone-once-fetched"


class LifeQuirk(StrEnum):
    """What of the promises about a job's life is not kept."""

    RESULT_EARLY = "result-early"
    PROGRESS_FALLS = "progress-falls"
    KEEPS_DELETED = "keeps-deleted"
    FILE_GONE = "file-gone"
    STREAMS_DESPITE_LINK = "streams-despite-link"
    CONSENT_NEVER_ENOUGH = "consent-never-enough"
    CONSENT_WITHOUT_MEDIA = "consent-without-media"


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """All chosen quirks together, as the simulator asks for them; each member as specs/README.md has it.

    ``accepted`` and ``fails_later`` are ids of claims, ``refusals`` validators of bodies. ``needs_key``,
    ``unknown_ids`` and ``malformed_bodies`` are operations.
    """

    accepted: frozenset[str]
    fails_later: frozenset[str]
    refusals: tuple[Any, ...]
    ignores: frozenset[str]
    answers: tuple[Mapping[str, Any], ...]
    words: Mapping[str, str]
    money: frozenset[str]
    job: JobQuirk | None
    life: frozenset[LifeQuirk]
    keys: frozenset[str]
    needs_key: str | None
    unknown_ids: str | None
    malformed_bodies: str | None
    webhook: frozenset[str]
    file: Mapping[str, Any]

    @staticmethod
    def of(contract: Contract, quirks: Sequence[Quirk]) -> Behaviour:
        """The behaviour that the quirks add up to; of what there can be only one of, that of the last."""
        does = [quirk.does for quirk in quirks]

        def every(name: str) -> list[Any]:
            return [each for said in does for each in said.get(name, ())]

        def merged(name: str) -> dict[str, Any]:
            return {key: each for said in does for key, each in said.get(name, {}).items()}

        def last(name: str) -> Any:
            return next((said[name] for said in reversed(does) if name in said), None)

        return Behaviour(
            accepted=_matching(contract, every("accepts")),
            fails_later=_matching(contract, every("accepts-then-fails")),
            refusals=tuple(_refusal(said["refuses"]) for said in does if "refuses" in said),
            ignores=frozenset(every("ignores")),
            answers=tuple(said["answers"] for said in does if "answers" in said),
            words=merged("words"),
            money=frozenset(every("money")),
            job=JobQuirk(last("job")) if last("job") else None,
            life=frozenset(map(LifeQuirk, every("life"))),
            keys=frozenset(every("keys")),
            needs_key=last("needs-key"),
            unknown_ids=last("unknown-ids"),
            malformed_bodies=last("malformed-bodies"),
            webhook=frozenset(every("webhook")),
            file=merged("file"),
        )

    def refuses(self, body: Any) -> bool:
        """Whether a quirk refuses this (permitted) body."""
        return any(each.is_valid(body) for each in self.refusals)


def _refusal(said: Any) -> Any:
    """What holds for the bodies that meet a condition, or several together."""
    together = said if isinstance(said, list) else [said]
    return jsonschema_rs.validator_for({"allOf": [condition(each) for each in together]})


def _matching(contract: Contract, globs: Sequence[str]) -> frozenset[str]:
    return frozenset(name for name in contract.claims for glob in globs if matches(glob, name))
