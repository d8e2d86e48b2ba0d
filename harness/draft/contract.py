"""The files of a first contract, and everything that its reviewer has to know."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.contract.model import Role
from harness.document import yaml_text
from harness.draft.beyond import models, provider, quoted
from harness.draft.job import Job, job
from harness.draft.notes import Notes, Unknown
from harness.draft.operations import openapi
from harness.draft.origin import Origin, request_schema
from harness.draft.repairs import Repair, repaired
from harness.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A first contract. ``files`` are the texts by name, without inventory and review, which need its claims."""

    provider: str
    document: str  # the file that was imported
    files: Mapping[str, str]
    operations: Mapping[Role, str]  # as they are shown
    left: tuple[str, ...]  # operations that no role was found for
    repairs: tuple[Repair, ...]
    unknown: tuple[Unknown, ...]
    excluded: tuple[tuple[str, str, str], ...]  # (place, quote, reason)
    notes: tuple[str, ...]  # what the reader of the document left out
    fields: Mapping[str, str] = field(default_factory=dict)  # of the submission, with their quotes


def draft(
    content: Any,
    *,
    name: str,
    path: Path,
    chosen: Mapping[Role, str],
    catalogue: Sequence[Mapping[str, Any]] = (),
) -> Draft:
    """The first contract of provider ``name`` from what an OpenAPI 3 document holds.

    ``chosen`` are operations that are not to be told by their shape; ``catalogue`` the entries of the provider's model
    catalogue, where it is at hand. Raises SpecError for what is no such document, or describes no job that can be told
    (with the operations to choose from); UnknownName.
    """
    _check(content, str(path))
    mended, repairs = repaired(content, str(path))
    origin, notes = Origin(mended, path), Notes()
    candidates = origin.candidates()
    found = job(candidates, chosen, str(path))
    title = origin.said("title") or name
    api = openapi(origin, found, title, notes)
    submit = found.operations[Role.SUBMIT]
    body = request_schema(api["paths"][submit.path][submit.method]) or {}
    entries = models(body, catalogue, notes)
    data = provider(name, title, origin, found, body, entries, notes)
    return Draft(
        provider=name,
        document=path.name,
        files={
            "openapi.yaml": yaml_text(api),
            "provider.yaml": yaml_text(data),
            "models.json": json.dumps(entries, indent=1, ensure_ascii=True) + "\n",
        },
        operations={role: str(each) for role, each in found.operations.items()},
        left=tuple(str(each) for each in candidates if each not in found.operations.values()),
        repairs=repairs,
        unknown=tuple(notes.unknown),
        excluded=tuple(dict.fromkeys(notes.excluded)),
        notes=_concerning(origin, found),
        fields={each: quoted(node.get("x-source"), each) for each, node in body.get("properties", {}).items()},
    )


def _check(content: Any, where: str) -> None:
    if isinstance(content, Mapping) and "swagger" in content:
        raise SpecError(
            f"is Swagger {str(content['swagger'])[:20]}, the form before OpenAPI",
            where=where,
            hint="Convert it to OpenAPI 3 first: converter.swagger.io does.",
        )
    if not isinstance(content, Mapping) or not str(content.get("openapi", "")).startswith("3."):
        raise SpecError("is not an OpenAPI 3 document", where=where, hint="One begins with a line like: openapi: 3.1.0")
    if not isinstance(content.get("paths"), Mapping) or not content["paths"]:
        raise SpecError("has no paths", where=where, hint="An OpenAPI document lists its operations under `paths`.")


def _concerning(origin: Origin, found: Job) -> tuple[str, ...]:
    """What could not be read, but for what it is of operations that are not taken."""
    taken = {each.name for each in found.operations.values()}
    others = {said["operationId"] for item in origin.paths.values() for said in item.values()} - taken
    return tuple(note for note in origin.notes if re.split(r"[\s.:]", note, maxsplit=1)[0] not in others)
