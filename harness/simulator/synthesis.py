"""Answers made from their documented schemas, with what is known put in its place."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from typing import Any

from harness.contract.shape import flattened
from harness.pointer import Tokens, is_index, present, put, remove

_TEXTS = frozenset({"message", "error", "detail", "description", "reason", "msg", "fail_reason"})


def body(schema: Mapping[str, Any], known: Mapping[Tokens, Any], held: Collection[Tokens] = ()) -> Any:
    """A valid value with every documented member; those at or below ``held`` only where they are known."""
    made = _made(schema, (), held=held)
    for tokens, wanted in known.items():
        if wanted is not None and isinstance(made, dict) and _documented(schema, tokens):
            put(made, tokens, wanted)
    return made


def error(schema: Mapping[str, Any], status: int, text: str) -> Any:
    """A valid error body that says ``text`` where it says anything, and the status where it has a number."""
    return _made(schema, (), text=text, number=status)


def completed(schema: Mapping[str, Any], value: Any) -> Any:
    """``value`` with a valid value for every required member that it lacks, at any depth."""
    schema = flattened(schema)
    if isinstance(value, list):
        return [completed(schema.get("items", {}), each) for each in value]
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties", {})
    added = {n: _made(properties.get(n, {}), (n,)) for n in schema.get("required", ()) if n not in value}
    return {n: completed(properties.get(n, {}), each) for n, each in value.items()} | added


def _documented(schema: Mapping[str, Any], tokens: Tokens) -> bool:
    node: Any = schema
    for token in tokens:
        node = flattened(node)
        inside = is_index(token) or token == "*"
        node = node.get("items") if inside else node.get("properties", {}).get(token)
        if node is None:
            return False
    return True


def _made(
    schema: Mapping[str, Any], path: Tokens, text: str = "simulated", number: int = 0, held: Collection[Tokens] = ()
) -> Any:
    schema = flattened(schema)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    types = schema.get("type")
    kind = next((t for t in types if t != "null"), "null") if isinstance(types, list) else types
    match kind:
        case "object":
            properties = schema.get("properties", {})
            required = schema.get("required", ())
            names = [n for n in properties if n in required or (*path, n) not in held]
            names += [n for n in required if n not in properties]
            return {n: _made(properties.get(n, {}), (*path, n), text, number, held) for n in names}
        case "array":
            item = schema.get("items", {})
            return [_made(item, (*path, "*"), text, number, held) for _ in range(max(1, schema.get("minItems", 1)))]
        case "string":
            if path and path[-1] in _TEXTS:
                return text
            return (schema.get("examples") or [schema.get("example", text)])[0]
        case "integer" | "number":
            return max(number, schema.get("minimum", number))
        case "boolean":
            return True
        case _:
            return None


def changed(made: Any, said: Mapping[str, Any], parse: Callable[[str], Tokens]) -> Any:
    """``made`` as a quirk's ``answers`` changes it: body, drop, set, wrap."""
    made = copy.deepcopy(said["body"]) if "body" in said else copy.deepcopy(made)
    if isinstance(made, dict):
        for pointer in said.get("drop", ()):
            remove(made, parse(pointer))
        for pointer, wanted in said.get("set", {}).items():
            if pointer and (present(made, parse(pointer)[:-1]) or len(parse(pointer)) == 1):
                put(made, parse(pointer), wanted)
    if "wrap" in said:
        outer = copy.deepcopy(dict(said["wrap"].get("with", {})))
        put(outer, parse(said["wrap"]["under"]), made)
        return outer
    return made
