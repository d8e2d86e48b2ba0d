"""Schemas as our own format has them: no alternatives, short sources, and an example of everything that can be sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.contract.foreign import QUOTE, UNREAD
from harness.contract.schemas import without_notes
from harness.draft.forms import KEYWORDS, forms, shared
from harness.draft.samples import made_up, small, validator
from harness.json_text import canonical
from harness.pointer import Tokens, dotted

#: In names, these would make ids of claims that stand for two places, or tokens that mean "every item".
_AMBIGUOUS = re.compile(r"[.\[\]@*]|^$|^-?$")
#: Forms within forms that an example is looked for in: each is gone through once for every one around it.
MAX_FORMS = 3
Schema = dict[str, Any]


class Plainly:
    """Makes the schemas of one operation ours. ``excluded`` says what was left out: (place, quote, reason)."""

    def __init__(self, documented: Sequence[Mapping[str, Any]] = (), *, inside: int = 0) -> None:
        self._documented = documented  # whole bodies that the document gives as examples
        self._inside = inside  # forms within forms
        self.excluded: list[tuple[str, str, str]] = []
        self.wanting: list[str] = []  # fields for which no valid value could be made

    def request(self, schema: Mapping[str, Any]) -> Schema:
        """A request body's schema with an example of every field."""
        made = self._ours(schema, (), sources=True)
        self._exemplify(made, schema, ())
        return made

    def answer(self, schema: Mapping[str, Any]) -> Schema:
        """An answer's schema; what it says is sourced by the answer as a whole, and its defaults say nothing."""
        return self._ours(schema, (), sources=False)

    def _ours(self, node: Mapping[str, Any], at: Tokens, *, sources: bool) -> Schema:
        node = self._common(node, at)
        made: Schema = {}
        for keyword, said in node.items():
            match keyword:
                case "x-source":
                    if sources or "x-documented-keywords" in node:
                        made["x-source"] = _source(node, at)
                case "default" if not sources:
                    pass
                case "const":
                    made["enum"] = [said]
                case "enum" if not said:
                    self._exclude(at, "enum: []", "permits no value at all")
                case "examples" | "properties" | "required" | "items":
                    pass
                case _:
                    made[keyword] = said
        if "properties" in node:
            kept = {name: each for name, each in node["properties"].items() if not _AMBIGUOUS.search(name)}
            for name in node["properties"].keys() - kept.keys():
                self._exclude((*at, name), name, "its name cannot stand in the id of a claim")
                made.pop("additionalProperties", None)  # it may be there all the same
            made["properties"] = {name: self._ours(each, (*at, name), sources=sources) for name, each in kept.items()}
            if required := [name for name in node.get("required", ()) if name in kept]:
                made["required"] = required
        if isinstance(node.get("items"), Mapping):
            made["items"] = self._ours(node["items"], (*at, "*"), sources=sources)
        if not sources and {"format", "pattern"} & made.keys():  # nobody could make one up who plays the provider
            self._example(made, node, at)
        return made

    def _common(self, node: Mapping[str, Any], at: Tokens) -> Mapping[str, Any]:
        """A node with several forms as what all of them have in common; a lost reference as nothing."""
        if UNREAD in node:
            self._exclude(at, f"$ref: {node[UNREAD]}", "what the reference leads to could not be read")
            node = {keyword: said for keyword, said in node.items() if keyword != UNREAD}
        keyword = next((each for each in KEYWORDS if each in node), None)
        if keyword is None:
            return node
        quote = _quote(node, keyword, at)
        self._exclude(at, quote, "one of several forms: what they have in common is claimed, which form it has is not")
        rest = {name: said for name, said in node.items() if name not in KEYWORDS}
        several = [self._common(each, at) for each in node[keyword]]
        return {**shared(several), **rest}

    def _exclude(self, at: Tokens, quote: str, reason: str) -> None:
        self.excluded.append((dotted(at), quote, reason))

    # Examples

    def _exemplify(self, made: Schema, given: Mapping[str, Any], at: Tokens) -> None:
        """Put an example at every place, from the inside out, and say where there is none."""
        several = (given, *forms(given))
        for name, inner in made.get("properties", {}).items():
            below = [each["properties"][name] for each in several if name in each.get("properties", {})]
            self._exemplify(inner, below[0] if below else inner, (*at, name))
        if "items" in made:
            below = [each["items"] for each in several if isinstance(each.get("items"), Mapping)]
            self._exemplify(made["items"], below[0] if below else made["items"], (*at, "*"))
        if at and not self._example(made, given, at):
            self.wanting.append(dotted(at))

    def _example(self, made: Schema, given: Mapping[str, Any], at: Tokens) -> bool:
        """Put a valid value at a place, if one can be found."""
        valid = validator({keyword: said for keyword, said in without_notes(given).items() if keyword != "examples"})
        ours = validator({keyword: said for keyword, said in without_notes(made).items() if keyword != "examples"})
        for candidate in self._candidates(made, given, at):
            if small(candidate) and valid(candidate) and ours(candidate):
                made["examples"] = [candidate]
                return True
        return False

    def _candidates(self, made: Schema, given: Mapping[str, Any], at: Tokens) -> Iterator[Any]:
        if len(at) == 1:
            yield from (body[at[0]] for body in self._documented if at[0] in body)
        yield from given.get("examples", ())
        for form in forms(given) if self._inside < MAX_FORMS else ():
            inner = Plainly(inside=self._inside + 1).request({"type": "object", "properties": {"form": form}})
            yield from inner["properties"]["form"].get("examples", ())
        if "default" in made:
            yield made["default"]
        yield from made.get("enum", ())
        types = made.get("type")
        for kind in types if isinstance(types, list) else [types or "string"]:
            yield from made_up(made, kind, next((token for token in reversed(at) if token != "*"), ""))


def _source(node: Mapping[str, Any], at: Tokens) -> str | dict[str, str]:
    """The description, or what stands there in the document's keywords; a mended keyword's own words beside it."""
    words = _quote(node, "any", at)
    mended = {name: f"{name}: {canonical(said)}" for name, said in node.get("x-documented-keywords", {}).items()}
    return {"any": words, **mended} if mended else words


def _quote(node: Mapping[str, Any], keyword: str, at: Tokens) -> str:
    """The document's words; where it has none, the keywords as it has them."""
    quotes = node.get("x-source", {})
    found = quotes.get(keyword) or quotes.get("any")
    if found:
        return str(found)
    keywords = [said for name, said in quotes.items() if name != "any"]
    return f"{dotted(at)}: {{{', '.join(keywords)}}}"[:QUOTE]
