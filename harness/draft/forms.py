"""A place that may have several forms, as what all of them have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.json_text import canonical

#: Keywords that list forms.
KEYWORDS = ("anyOf", "oneOf")

Schema = dict[str, Any]


def forms(node: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The forms that a place may have; none where it has one."""
    return next((node[each] for each in KEYWORDS if each in node), [])


def shared(several: Sequence[Mapping[str, Any]]) -> Schema:
    """What holds of a value whichever of the forms it has; members of some forms only as those document them."""
    first = several[0]
    made: Schema = {}
    for keyword, said in first.items():
        every = [form[keyword] for form in several if keyword in form]
        everywhere = len(every) == len(several)
        match keyword:
            case "type" if everywhere:
                types = [kind for each in every for kind in (each if isinstance(each, list) else [each])]
                made["type"] = list(dict.fromkeys(types)) if len(set(types)) > 1 else types[0]
            case "required" if everywhere:
                made["required"] = [name for name in said if all(name in each for each in every)]
            case "additionalProperties" | "properties" | "items" | "enum" | "const" | "x-source":
                pass
            case "examples":
                made["examples"] = said
            case _ if everywhere and all(canonical(each) == canonical(said) for each in every):
                made[keyword] = said
    made["x-source"] = first.get("x-source", {})
    values = [form.get("enum", [form["const"]] if "const" in form else None) for form in several]
    if all(each is not None for each in values):
        made["enum"] = list({canonical(value): value for each in values for value in each or ()}.values())
    if made.get("type", "object") == "object" and (members := _members(several)):
        made["properties"] = {name: each[0] if len(each) == 1 else shared(each) for name, each in members.items()}
    if all(form.get("additionalProperties") is False for form in several):
        made["additionalProperties"] = False
    items = [form["items"] for form in several if isinstance(form.get("items"), Mapping)]
    if len(items) == len(several):
        made["items"] = shared(items)
    return made


def _members(several: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Every member of an object that any form documents, with what each of them says of it."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for form in several:
        for name, said in form.get("properties", {}).items():
            found.setdefault(name, []).append(said)
    return found
