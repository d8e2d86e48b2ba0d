"""Values to put into requests: documented examples, limits, and the near misses beyond them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.contract.shape import flattened

JSONSchema = Mapping[str, Any]

_PROSE = "A paper boat drifts across a quiet pond while morning light moves over the water. "


def sample(schema: JSONSchema) -> Any:
    """One valid value: the documented example, or the plainest value of the type."""
    if schema.get("examples"):
        return _copy(schema["examples"][0])
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match kind(schema):
        case "object":
            return {name: sample(flattened(schema["properties"][name])) for name in schema.get("required", ())}
        case "array":
            return [sample(flattened(schema.get("items", {})))] * max(1, schema.get("minItems", 1))
        case "string":
            return text(max(schema.get("minLength", 0), min(20, schema.get("maxLength", 20))))
        case "integer" | "number":
            low = schema.get("minimum", schema.get("exclusiveMinimum"))
            return (low if "minimum" in schema else low + 1) if low is not None else min(1, schema.get("maximum", 1))
        case "boolean":
            return True
        case _:
            return None


def samples(schema: JSONSchema) -> Iterator[Any]:
    """Valid values worth sending: every enum value, both booleans, both ends of a range, every example."""
    if "enum" in schema:
        yield from schema["enum"]
        return
    match kind(schema):
        case "boolean":
            yield from (True, False)
        case "integer" | "number":
            yield from schema.get("examples", ())
            step = 1 if kind(schema) == "integer" else 0.5
            for keyword, value in (
                ("minimum", schema.get("minimum")),
                ("maximum", schema.get("maximum")),
                ("exclusiveMinimum", schema.get("exclusiveMinimum", 0) + step),
            ):
                if keyword in schema:
                    yield value
            if not ({"minimum", "examples"} & set(schema)):
                yield sample(schema)
        case "string":
            yield from schema.get("examples") or [sample(schema)]
            if not ({"pattern", "format"} & set(schema)):
                if schema.get("minLength", 0) > 0:
                    yield text(schema["minLength"])
                if "maxLength" in schema:
                    yield text(schema["maxLength"])
        case "array":
            item = flattened(schema.get("items", {}))
            yield from ([_copy(each)] for each in item.get("examples") or [sample(item)])
            if "maxItems" in schema:
                yield [_copy(sample(item)) for _ in range(schema["maxItems"])]
        case "object":
            yield sample(schema)


def kind(schema: JSONSchema) -> str | None:
    """The type of a schema that may also allow null."""
    types = schema.get("type")
    if isinstance(types, list):
        return next((each for each in types if each != "null"), "null")
    return types


def text(length: int) -> str:
    """Harmless prose of exactly this many characters."""
    return (_PROSE * (length // len(_PROSE) + 1))[:length]


#: type → (way, value) of another type. Strings that look right are the likeliest mistakes.
WRONG_TYPES: Mapping[str, tuple[tuple[str, Any], ...]] = {
    "string": (("number", 42), ("object", {"value": "x"}), ("null", None)),
    "integer": (("numeric-string", "5"), ("fraction", 5.5), ("null", None)),
    "number": (("numeric-string", "1.5"), ("null", None)),
    "boolean": (("string", "true"), ("number", 1), ("null", None)),
    "array": (("object", {}), ("string", "x"), ("null", None)),
    "object": (("string", "x"), ("array", []), ("null", None)),
}


def near_misses(allowed: list[Any]) -> Iterator[tuple[str, Any]]:
    """(way, value) just outside a closed list: another case, a neighbour, a blank, nothing."""
    texts = [each for each in allowed if isinstance(each, str)]
    if all(isinstance(each, bool) for each in allowed):
        yield from ((str(each).lower(), each) for each in (True, False) if each not in allowed)
        return
    numbers = [each for each in allowed if isinstance(each, (int, float)) and not isinstance(each, bool)]
    if numbers:
        yield "above", max(numbers) + 1
        yield "below", min(numbers) - 1
        yield from (("between", n) for n in range(int(min(numbers)), int(max(numbers))) if n not in numbers)
        return
    if any(re.fullmatch(r"[0-9]+:[0-9]+", each) for each in texts):
        yield "near-ratio", "16:10"
        yield "pixels", "1920x1080"
    sizes = [m for each in texts if (m := re.fullmatch(r"([0-9]+)x([0-9]+)", each))]
    if sizes:
        yield "near-size", f"{int(sizes[0][1]) + 2}x{sizes[0][2]}"
        yield "turned", f"{sizes[0][2]}x{int(sizes[0][1]) + 2}"
    cased = [each for each in texts if each.swapcase() != each and each.swapcase() not in allowed]
    for each in dict.fromkeys([*cased[:1], *(text for text in cased if text == "720p")]):
        yield "other-case", each.swapcase()
    counted = [m for each in texts if (m := re.fullmatch(r"([0-9]+)([a-zA-Z]*)", each))]
    if counted:
        most = max(counted, key=lambda m: int(m[1]))
        yield "above", f"{int(most[1]) + 1}{most[2]}"
        if most[2]:
            yield "no-unit", most[1]
    if texts:
        yield "padded", f"{texts[0]} "
        yield "unknown", "no-such-value"
        yield "empty", ""


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _copy(v) for k, v in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value
