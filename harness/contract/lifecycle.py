"""Claims on the life of a job and on the file it ends in, read off the provider's data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.claim import Claim, Kind, Level, Source
from harness.contract.model import Capability, Operation
from harness.contract.shape import schema_at, steps
from harness.contract.wanted import decoded
from harness.pointer import dotted

#: rule → (statement, check); all are claims on the poll operation.
_LIFE: Mapping[str, tuple[str, str]] = {
    "words": ("a job's status is one of the documented words: {words}", "job-words"),
    "forward": ("a job's state never goes back", "job-forward"),
    "terminal": ("a job that has ended stays as it ended", "job-terminal"),
    "same-id": ("every answer about a job carries the job's own id", "job-id"),
    "ends": ("an accepted job ends", "job-ends"),
    "result": ("a job that succeeded says where its video is", "job-result"),
    "accept-then-fail": (
        "a request that the documentation forbids is refused at submission, not failed later",
        "accept-then-fail",
    ),
}

#: capability → the sentence of the claim on the delivered file.
_DELIVERED: Mapping[str, str] = {
    "duration": "the video is as long as `{f}` asks, within half a second or 5 %",
    "aspect_ratio": "the video's width and height are in the ratio that `{f}` asks for, within 3 %",
    "resolution": "the video has the resolution that `{f}` names",
    "size": "the video has exactly the width and height that `{f}` names",
    "audio": "the video has an audio track exactly when `{f}` asks for one",
}


def claims(
    provider: str, submit: Operation, poll: Operation, job: Mapping[str, Any], words: Mapping[str, Any], source: Source
) -> Iterator[Claim]:
    """Lifecycle claims. ``job`` is the provider's own section, whose ``excluded`` rules are left out."""
    excluded = set(job.get("excluded", ()))
    for rule, (statement, check) in _LIFE.items():
        if rule not in excluded:
            yield Claim(
                id=f"{provider}.{submit.id if rule == 'accept-then-fail' else poll.id}.job.{rule}",
                operation=submit.id if rule == "accept-then-fail" else poll.id,
                kind=Kind.LIFECYCLE,
                rule=rule,
                tokens=(),
                statement=statement.format(words=", ".join(words)),
                source=source,
                check=check,
                level=Level.SHOULD if rule in ("forward", "accept-then-fail") else Level.MUST,
                place=("provider.yaml", "job", "words" if rule == "words" else "source"),
            )


def media(
    provider: str,
    submit: Operation,
    capabilities: Mapping[str, Capability],
    sources: Mapping[str, Source],
    file: Source,
) -> Iterator[Claim]:
    """Claims on the delivered file: that it is a video, and what was asked for."""
    yield Claim(
        id=f"{provider}.{submit.id}.video.container",
        operation=submit.id,
        kind=Kind.MEDIA,
        rule="container",
        tokens=(),
        statement="the result is a decodable MP4 with a video track",
        source=file,
        check="media-container",
        place=("provider.yaml", "job", "file"),
    )
    for name, sentence in _DELIVERED.items():
        if name in capabilities:
            capability = capabilities[name]
            yield Claim(
                id=f"{provider}.{submit.id}.{dotted(capability.tokens)}.delivered",
                operation=submit.id,
                kind=Kind.MEDIA,
                rule="delivered",
                tokens=capability.tokens,
                statement=sentence.format(f=dotted(capability.tokens)),
                source=sources[name],
                check=f"media-{name.replace('_', '-')}",
                level=Level.SHOULD if name == "resolution" else Level.MUST,
                place=("provider.yaml", "capabilities", name),
            )
    yield from _defaults(provider, submit, capabilities, sources)


def _defaults(
    provider: str, submit: Operation, capabilities: Mapping[str, Capability], sources: Mapping[str, Source]
) -> Iterator[Claim]:
    """A documented default is what a request gets that leaves the field out."""
    for name in ("duration", "aspect_ratio", "resolution"):
        capability = capabilities.get(name)
        documented = schema_at(submit.body or {}, capability.tokens) if capability else None
        if capability and documented and "default" in documented:
            field = dotted(capability.tokens)
            yield Claim(
                id=f"{provider}.{submit.id}.{field}.default",
                operation=submit.id,
                kind=Kind.MEDIA,
                rule="default",
                tokens=capability.tokens,
                statement=f"without `{field}`, the video is made as with {documented['default']}",
                source=sources[name],
                check="media-default",
                parameters={
                    "capability": name,
                    "wanted": decoded(capability.encoding, documented["default"]),
                },
                level=Level.SHOULD if name == "resolution" else Level.MUST,
                place=(*submit.body_place, *steps(capability.tokens), "default"),
            )
