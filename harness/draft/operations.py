"""openapi.yaml of a draft: the operations of the job, with their sources, examples and links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.contract.model import Role
from harness.draft.job import Candidate, Job
from harness.draft.notes import Notes
from harness.draft.origin import QUOTE, RANGES, Origin, request_schema
from harness.draft.plainly import Plainly

#: The name that the document has among a contract's documents.
DOCUMENT = "official"
#: Stands where the document names no server; nobody answers there.
NOWHERE = "https://api.example.com"


def openapi(origin: Origin, found: Job, title: str, notes: Notes) -> dict[str, Any]:
    """The whole file. What had to be left out or could not be told is added to ``notes``."""
    paths: dict[str, dict[str, Any]] = {}
    for each in found.operations.values():
        paths.setdefault(each.path, {})[each.method] = _operation(origin, each, found, notes)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{title} video generation, as imported", "version": origin.said("version")},
        "x-document": DOCUMENT,
        "servers": [{"url": origin.base_url or NOWHERE}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(origin: Origin, each: Candidate, found: Job, notes: Notes) -> dict[str, Any]:
    said = origin.operation(each)
    made: dict[str, Any] = {"operationId": each.name}
    if not origin.secured(each):
        made["security"] = []
    if each.parameters:
        made["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in each.parameters
        ]
    body = request_schema(said)
    submits = found.operations[Role.SUBMIT] is each
    if body is not None or submits:
        schema = _request(origin, each, body or {"type": "object"}, notes)
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    made["responses"] = {
        status: _answer(each, status, answer, found, notes) for status, answer in said["responses"].items()
    }
    _unnamed(origin, each, made["responses"], notes)
    if submits and not any(answer["x-meaning"] == "invalid" for answer in made["responses"].values()):
        notes.ask(
            f"{each.name}: how an invalid request is refused",
            "not at all: every refusal is called undocumented",
            f"openapi.yaml: responses of {each.name}",
        )
    return made


def _request(origin: Origin, each: Candidate, body: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    plainly = Plainly(list(origin.bodies(each)))
    schema = plainly.request(body)
    if (kinds := origin.kinds(each)) and not any("json" in kind for kind in kinds):
        notes.ask(f"{each.name}: how a form is sent ({', '.join(kinds)})", "as JSON all the same", "nowhere yet")
    notes.excluded.extend([(f"{each.name} {at}", quote, why) for at, quote, why in plainly.excluded])
    for name in plainly.wanting:
        notes.ask(
            f"{each.name}: a valid value of `{name}`",
            "none could be made: no request has it, and none can be built that needs it",
            "openapi.yaml: examples there",
        )
    return schema


def _answer(each: Candidate, status: str, said: Mapping[str, Any], found: Job, notes: Notes) -> dict[str, Any]:
    made: dict[str, Any] = {"description": said["x-meaning"], "x-meaning": said["x-meaning"]}
    made["x-source"] = (str(said.get("x-source", "")).strip() or status)[:QUOTE]
    if found.operations[Role.SUBMIT] is each and said["x-meaning"] == "accepted":
        made["links"] = {
            name: {
                "operationId": name,
                **({"parameters": dict(link.parameters)} if link.parameters else {}),
                **({"requestBody": dict(link.body)} if link.body else {}),
            }
            for name, link in found.links.items()
        }
    content = {}
    for kind, inner in said.get("content", {}).items():
        plainly = Plainly()
        content[kind] = {"schema": plainly.answer(inner["schema"])}
        if "json" in kind:
            notes.excluded.extend([(f"{each.name} {status} {at}", quote, why) for at, quote, why in plainly.excluded])
    return {**made, **({"content": content} if content else {})}


def _unnamed(origin: Origin, each: Candidate, answers: Mapping[str, Any], notes: Notes) -> None:
    """Documented answers that have no number, or no meaning that another does not have."""
    given = origin.written(each.path, each.method).get("responses")
    for status in given if isinstance(given, Mapping) else ():
        if status not in answers:
            now = f"as {', '.join(RANGES[status])}" if status in RANGES else "left out"
            notes.ask(
                f"{each.name}: the answer `{status}`, which has no number or no meaning of its own",
                f"{now}; any other answer is called undocumented",
                f"openapi.yaml: responses of {each.name}",
            )
