"""Harmless values for the fields of a request, and whether a schema takes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs

from harness.json_text import canonical

#: Characters of an example, and entries of an array; longer documented ones are replaced by one of ours.
MAX_EXAMPLE, MAX_ITEMS = 2_000, 40
#: Stands for a model where the document names none.
SOME_MODEL = "some-model"
_PROSE = "A paper boat drifting across a quiet pond"
#: What a text is likely to be, by words in its name or its format; tried in this order, the first valid one is taken.
_TEXTS: Sequence[tuple[str, str]] = (
    ("^ model(?:_?id|_?name)?$", SOME_MODEL),
    ("callback|webhook|hook", "https://example.com/hook"),
    ("audio|sound|music", "https://example.com/sound.mp3"),
    ("video|clip", "https://example.com/clip.mp4"),
    ("image|frame|picture|uri|url", "https://example.com/picture.png"),
    ("ratio", "16:9"),
    ("size|dimension", "1280x720"),
    ("resolution|quality", "720p"),
    ("duration|seconds|length", "5"),
    ("date-time|_at$", "2026-01-02T03:04:05Z"),
    ("date", "2026-01-02"),
    ("email", "someone@example.com"),
    ("uuid|id$", "123e4567-e89b-42d3-a456-426614174000"),
    ("", _PROSE),
)


def made_up(schema: Mapping[str, Any], kind: str, name: str) -> Iterator[Any]:
    """Harmless values of a type, the likeliest first."""
    match kind:
        case "object":
            properties = schema.get("properties", {})
            wanted = schema.get("required") or list(properties)[:1]
            yield {each: properties[each]["examples"][0] for each in wanted if properties[each].get("examples")}
        case "array":
            item = schema.get("items", {}).get("examples", [])
            least = int(schema.get("minItems", 1))
            if least <= MAX_ITEMS:
                yield item[:1] * max(1, least) if item else []
        case "boolean":
            yield from (True, False)
        case "integer" | "number":
            low = schema.get("minimum", schema.get("exclusiveMinimum", schema.get("maximum", 1)))
            yield from (5, 1, low, low + 1, schema.get("maximum", low), low + 0.5)
        case "string":
            hint = f"{schema.get('format', '')} {name}".lower()
            texts = [text for words, text in _TEXTS if re.search(words, hint)]
            yield from texts
            yield from (text for _, text in _TEXTS)
            least, most = schema.get("minLength", 0), schema.get("maxLength", len(_PROSE))
            if least <= MAX_EXAMPLE:
                yield (_PROSE * (int(least) // len(_PROSE) + 1))[: max(int(least), min(int(most), len(_PROSE)))]
        case "null":
            yield None


def validator(schema: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Whether a schema takes a value; a schema that cannot be compiled takes all."""
    try:
        made = jsonschema_rs.validator_for(dict(schema), validate_formats=True)
    except ValueError:  # left out by whoever reads it
        return lambda value: True

    def valid(value: Any) -> bool:
        try:
            return bool(made.is_valid(value))
        except (ValueError, UnicodeEncodeError, RecursionError):
            return False

    return valid


def small(value: Any) -> bool:
    """Whether a value is short enough for an example."""
    text = canonical(value)
    return len(text) <= MAX_EXAMPLE and text.count("[") + text.count("{") <= MAX_ITEMS
