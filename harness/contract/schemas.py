"""Self-contained JSON Schemas (2020-12) of every operation's request and responses, taken from a contract."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.claim import Claim, Kind
from harness.contract.model import Contract, Operation
from harness.contract.shape import entry

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def files(contract: Contract) -> Iterator[tuple[str, str]]:
    """(file name, text) for every request body and every JSON answer of every operation."""
    for operation in contract.operations.values():
        if operation.body is not None:
            yield f"{operation.id}.request.json", _text(request(contract, operation))
        for _, answer in sorted(operation.answers.items()):
            for media_type, schema in answer.content.items():
                if "json" in media_type:
                    title = f"{contract.title}: answer {answer.written} of {operation.id}"
                    yield (
                        f"{operation.id}.{answer.written}.json",
                        _text({"$schema": _DIALECT, "title": title, **without_notes(schema)}),
                    )


def request(contract: Contract, operation: Operation) -> dict[str, Any]:
    """The request body with its dependencies, and under ``allOf`` what each model's entry narrows.

    Rules whose breaking the documentation says is ignored are left out: such a request is valid.
    """
    rules = [_rule(c) for c in contract.request_claims(operation.id) if c.kind is not Kind.SHAPE and not c.ignored]
    for model in contract.models:
        own = [c for c in contract.request_claims(operation.id, model) if c.model == model and not c.ignored]
        if own:
            named: dict[str, Any] = {"const": model}
            for token in reversed(contract.model_tokens):
                named = {"type": "object", "required": [token], "properties": {token: named}}
            rules.append({"title": model, "if": named, "then": {"allOf": [_rule(c) for c in own]}})
    schema = {
        "$schema": _DIALECT,
        "title": f"{contract.title}: request of {operation.id}",
        **without_notes(conditional(operation.body)),
    }
    return schema | ({"allOf": [*schema.get("allOf", ()), *rules]} if rules else {})


def _rule(claim: Claim) -> dict[str, Any]:
    return {"title": claim.id, "description": claim.statement, **without_notes(claim.schema or {})}


def conditional(node: Any) -> Any:
    """A schema with its ``x-when`` in JSON Schema's own words: such members stand under ``allOf``."""
    if isinstance(node, list):
        return [conditional(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    made = {name: conditional(inner) for name, inner in node.items()}
    properties = made.get("properties")
    if not isinstance(properties, dict) or not any(_depends(each) for each in properties.values()):
        return made
    rules = [
        {"if": entry(each["x-when"]), "then": {"properties": {name: each}}}
        for name, each in properties.items()
        if _depends(each)
    ]
    free = {name: {} if _depends(each) else each for name, each in properties.items()}
    return {**made, "properties": free, "allOf": [*made.get("allOf", ()), *rules]}


def _depends(member: Any) -> bool:
    return isinstance(member, Mapping) and "x-when" in member


def without_notes(node: Any) -> Any:
    """A schema without our notes."""
    if isinstance(node, Mapping):
        return {
            name: inner if name in ("enum", "const", "examples", "default", "required") else without_notes(inner)
            for name, inner in node.items()
            if not (name.startswith("x-") or (name == "example" and "type" in node))
        }
    return [without_notes(each) for each in node] if isinstance(node, list) else node


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
