"""Model claims: what a model's catalogue entry makes of a field that the operation allows more widely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from harness.contract.model import Model
from harness.pointer import Tokens, nest, parse, value


def applies(rule: Mapping[str, Any], model: Model) -> bool:
    """Whether a rule's selector (``models: {id: glob(s), not: glob(s), where: {pointer: value}}``) names the model."""
    chosen = rule.get("models")
    if chosen is None:
        return True
    if "id" in chosen and not _globbed(model.id, chosen["id"]):
        return False
    if "not" in chosen and _globbed(model.id, chosen["not"]):
        return False
    return all(value(model.entry, parse(at)) == wanted for at, wanted in chosen.get("where", {}).items())


def _globbed(name: str, globs: str | list[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in ([globs] if isinstance(globs, str) else globs))


def narrowed(
    rule: Mapping[str, Any], model: Model, base: Mapping[str, Any]
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """(rule name, value, schema) for what one ``narrows`` row says of one model.

    ``base`` is the operation's own schema of the field: a value that it refuses anyway does not also
    break the model's claim. ``null`` in a catalogue means unknown, and says nothing;
    neither does a list that leaves nothing out.
    """
    tokens = parse(rule["field"])
    documented = value(model.entry, parse(rule["from"])) if "from" in rule else rule.get("value")
    match rule["rule"], documented:
        case "enum", []:
            if rule.get("empty") == "forbidden":
                yield "forbidden", None, forbidden(tokens)
        case "enum", list(values) if not ("enum" in base and set(base["enum"]) <= set(values)):
            yield "enum", values, nest(tokens, _within(base, {"enum": values}))
        case ("maxLength" | "maximum" | "minimum" | "maxItems") as keyword, int() | float() as limit if not isinstance(
            limit, bool
        ):
            yield keyword, limit, nest(tokens, _within(base, {keyword: limit}))
        case "forbidden", _ if _holds(rule, documented):
            yield "forbidden", None, forbidden(tokens)
        case "required", _ if _holds(rule, documented):
            yield "required", None, nest(tokens[:-1], {"required": [tokens[-1]]})
        case "not-value", _ if _holds(rule, documented):
            yield "not-value", rule["refused"], nest(tokens, {"not": {"const": rule["refused"]}})


def forbidden(tokens: Tokens) -> dict[str, Any]:
    """The schema that refuses a body in which the place is present."""
    return nest(tokens[:-1], {"not": {"type": "object", "required": [tokens[-1]]}})


def _holds(rule: Mapping[str, Any], documented: Any) -> bool:
    return "from" not in rule or documented == rule["equals"]


def _within(base: Mapping[str, Any], narrow: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        k: v
        for k, v in base.items()
        if not k.startswith("x-") and k not in ("example", "examples", "description", "default")
    }
    return {"if": kept, "then": dict(narrow)} if kept else dict(narrow)
