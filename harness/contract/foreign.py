"""A schema that others wrote, as a plain one that shape claims can be made of.

Official documents are hostile: references that lead nowhere or back to themselves, keywords of another dialect
(``nullable``, ``exclusiveMinimum: true``), values of the wrong type, aliases that expand without end. What cannot
be read is left out and noted; only a document that is too large to be one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs

from harness.errors import SpecError
from harness.json_text import canonical
from harness.pointer import parse

#: Schema nodes of one document, references expanded. The largest official one has a tenth of it.
MAX_SCHEMAS = 200_000
#: No provider nests its bodies half as deep; claims are made recursively.
MAX_NESTING = 40
#: Numbers beyond are no limits of anything; it is finite, as what is compared must be.
LARGEST = 10.0**300
#: Characters of a quoted description.
QUOTE = 200
#: Marks a schema that is only a reference which could not be followed, with what it refers to.
UNREAD = "x-unread"

_TYPES = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST


def _count(value: Any) -> bool:
    return _number(value) and value >= 0 and value == int(value)


def _pattern(value: Any) -> bool:
    try:
        jsonschema_rs.validator_for({"pattern": value})
    except ValueError:
        return False
    return isinstance(value, str)


def _types(value: Any) -> bool:
    return value in _TYPES if isinstance(value, str) else _names(value) and bool(value) and set(value) <= _TYPES


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


#: The keywords that are read, with what makes one usable.
_USABLE: Mapping[str, Callable[[Any], bool]] = {
    "type": _types,
    "const": lambda value: "$ref" not in canonical(value),
    "enum": lambda value: isinstance(value, list) and "$ref" not in canonical(value),
    "minimum": _number,
    "maximum": _number,
    "exclusiveMinimum": _number,
    "exclusiveMaximum": _number,
    "minLength": _count,
    "maxLength": _count,
    "minItems": _count,
    "maxItems": _count,
    "uniqueItems": lambda value: value is True,
    "pattern": _pattern,
    "format": lambda value: isinstance(value, str),
}
#: What ``allOf`` leaves of two limits.
_TIGHTER: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems"), min),
    "enum": lambda one, other: [each for each in one if canonical(each) in set(map(canonical, other))],
}


class Reader:
    """Reads the schemas of one document. ``notes`` says what was left out, each once and in order.

    ``illustrated``: documented examples (as ``examples``) and defaults are kept, which become no claims, and the
    quote of a place that nothing describes stays empty.
    """

    def __init__(self, root: Mapping[str, Any], where: str, *, illustrated: bool = False) -> None:
        self.root, self.where, self.illustrated = root, where, illustrated
        self._notes: dict[str, None] = {}
        self._left = MAX_SCHEMAS

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)

    def note(self, text: str) -> None:
        self._notes.setdefault(text)

    def resolved(self, node: Any) -> Any:
        """What a reference outside of schemas (an answer, a request body, a path) leads to; {} where nothing."""
        return self._followed(node, ())[0]

    def schema(self, node: Any, place: str, above: tuple[str, ...] = (), depth: int = 0) -> dict[str, Any]:
        """The plain form of a schema. Raises SpecError where the document expands without end."""
        self._left -= 1
        if self._left < 0:
            raise SpecError(
                f"expands to more than {MAX_SCHEMAS:,} schemas", where=self.where, hint="Is it an alias bomb?"
            )
        if depth > MAX_NESTING:
            self.note(f"{place} is nested deeper than {MAX_NESTING} levels: not read further")
            return {}
        node, above = self._followed(node, above)
        made = self._keywords(node, place)
        self._members(made, node, place, above, depth)
        for part in _list(node.get("allOf")):
            self._join(made, self.schema(part, place, above, depth + 1), place)
        for keyword in ("anyOf", "oneOf"):
            self._alternatives(made, keyword, _list(node.get(keyword)), (place, above, depth))
        if node.get("nullable") is True:
            _with_null(made)
        return made

    def _followed(self, node: Any, above: tuple[str, ...]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """The node behind references, what stands beside them added, and the references on the way here."""
        beside: dict[str, Any] = {}
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            beside = {**{key: each for key, each in node.items() if key != "$ref"}, **beside}
            if reference in above:
                self.note(f"{reference} leads back to itself: not followed")
                return {UNREAD: reference, **beside}, above
            above = (*above, reference)
            node = self._target(reference)
        return {**(node if isinstance(node, Mapping) else {}), **beside}, above

    def _target(self, reference: str) -> Any:
        node: Any = self.root
        for token in parse(reference[1:]) if reference.startswith("#/") else ("",):
            if not isinstance(node, Mapping) or token not in node:
                self.note(f"{reference} is not in the document: compared by its name alone")
                return {UNREAD: reference}
            node = node[token]
        return node

    def _keywords(self, node: Mapping[str, Any], place: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        nameless = "" if self.illustrated else place
        quotes = {"any": str(node.get("description") or node.get("title") or nameless)[:QUOTE]}
        given = dict(node)
        for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if isinstance(given.get(exclusive), bool):  # JSON Schema draft 4, which OpenAPI 3.0 has
                quotes[exclusive] = (
                    f"{exclusive}: {canonical(given[exclusive])}, {bound}: {canonical(given.get(bound))}"
                )
                written = given.pop(exclusive)
                if written and bound in given:
                    given[exclusive] = given.pop(bound)
        for keyword, usable in _USABLE.items():
            if keyword not in given:
                continue
            if usable(given[keyword]):
                made[keyword] = given[keyword]
                quotes.setdefault(keyword, f"{keyword}: {canonical(given[keyword])}"[:QUOTE])
            elif given[keyword] is not False:
                self.note(f"{place}: {keyword} {canonical(given[keyword])[:80]} is not a usable value: left out")
        if self.illustrated:
            made |= _illustrations(node)
        made["x-source"] = quotes
        if isinstance(node.get(UNREAD), str):
            made[UNREAD] = node[UNREAD]
            quotes[UNREAD] = f"$ref: {node[UNREAD]}"[:QUOTE]
        return made

    def _members(
        self, made: dict[str, Any], node: Mapping[str, Any], place: str, above: tuple[str, ...], depth: int
    ) -> None:
        properties = node.get("properties")
        if isinstance(properties, Mapping):
            made["properties"] = {
                str(name): self.schema(inner, f"{place}.{name}", above, depth + 1) for name, inner in properties.items()
            }
        if _names(node.get("required")):
            made["required"] = list(dict.fromkeys(node["required"]))
            for name in made["required"]:  # a claim is made of every required member, described or not
                made.setdefault("properties", {}).setdefault(name, {"x-source": {"any": f"required: {name}"}})
        if isinstance(node.get("items"), Mapping):
            made["items"] = self.schema(node["items"], f"{place}[]", above, depth + 1)
        if node.get("additionalProperties") is False:
            made["additionalProperties"] = False

    def _join(self, made: dict[str, Any], part: Mapping[str, Any], place: str) -> None:
        """``allOf``: both hold."""
        for keyword, said in part.items():
            if keyword not in made:
                made[keyword] = said
            elif keyword == "properties":
                for name, inner in said.items():
                    mine = made["properties"].setdefault(name, {})
                    if mine is not inner:
                        self._join(mine, inner, f"{place}.{name}")
            elif keyword == "items":
                self._join(made["items"], said, f"{place}[]")
            elif keyword == "required":
                made["required"] = list(dict.fromkeys((*made["required"], *said)))
            elif keyword == "x-source":
                made["x-source"] = {**said, **made["x-source"]}
            elif keyword in _TIGHTER:
                made[keyword] = _TIGHTER[keyword](made[keyword], said)
            elif canonical(made[keyword]) != canonical(said):
                self.note(f"{place}: allOf says two things of {keyword}: the first is compared")

    def _alternatives(
        self, made: dict[str, Any], keyword: str, given: list[Any], here: tuple[str, tuple[str, ...], int]
    ) -> None:
        place, above, depth = here
        parts = [self.schema(each, place, above, depth + 1) for each in given]
        others = [part for part in parts if part.get("type") != "null"]
        if len(others) == 1:
            self._join(made, others[0], place)
            if len(parts) > 1:
                _with_null(made)
        elif others:
            made[keyword] = parts
            made["x-source"][keyword] = f"{keyword}: {', '.join(_title(each) for each in given)}"[:QUOTE]


def _illustrations(node: Mapping[str, Any]) -> dict[str, Any]:
    """Examples of both dialects, the default, and keywords as they were written before they were mended."""
    examples = [*_list(node.get("examples")), *([node["example"]] if "example" in node else [])]
    kept = {keyword: node[keyword] for keyword in ("default", "x-documented-keywords") if keyword in node}
    return {**({"examples": examples} if examples else {}), **kept}


def _with_null(made: dict[str, Any]) -> None:
    if "type" in made:
        types = made["type"] if isinstance(made["type"], list) else [made["type"]]
        made["type"] = [*types, *(["null"] if "null" not in types else [])]
    if "enum" in made and None not in made["enum"]:
        made["enum"] = [*made["enum"], None]


def _title(node: Any) -> str:
    """What a reader knows an alternative by."""
    if not isinstance(node, Mapping):
        return "anything"
    reference = node.get("$ref")
    if isinstance(reference, str):
        return reference.rpartition("/")[2]
    return str(node.get("title") or node.get("type") or "an alternative without a name")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
