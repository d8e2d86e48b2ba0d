"""Schemas as our own format has them: no alternatives, short sources, and an example of everything that can be sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs

from harness.contract.foreign import QUOTE, UNREAD
from harness.contract.schemas import plain
from harness.document import canonical
from harness.pointer import Tokens, dotted

#: Characters of an example; longer ones are replaced by one of ours.
MAX_EXAMPLE = 2_000
#: In names, these would make ids of claims that stand for two places, or tokens that mean "every item".
_AMBIGUOUS = re.compile(r"[.\[\]@*]|^$|^-?$")
#: Forms within forms that an example is looked for in: each is gone through once for every one around it.
MAX_FORMS = 3
_PROSE = "A paper boat drifting across a quiet pond"
#: Stands for a model where the document names none.
SOME_MODEL = "some-model"
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
_KEYWORDS_OF_FORM = ("anyOf", "oneOf")

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
        keyword = next((each for each in _KEYWORDS_OF_FORM if each in node), None)
        if keyword is None:
            return node
        quote = _quote(node, keyword, at)
        self._exclude(at, quote, "one of several forms: what they have in common is claimed, which form it has is not")
        rest = {name: said for name, said in node.items() if name not in _KEYWORDS_OF_FORM}
        forms = [self._common(each, at) for each in node[keyword]]
        return {**_shared(forms), **rest}

    def _exclude(self, at: Tokens, quote: str, reason: str) -> None:
        self.excluded.append((dotted(at), quote, reason))

    # Examples

    def _exemplify(self, made: Schema, given: Mapping[str, Any], at: Tokens) -> None:
        """Put an example at every place, from the inside out, and say where there is none."""
        forms = _forms(given)
        for name, inner in made.get("properties", {}).items():
            below = [each["properties"][name] for each in (given, *forms) if name in each.get("properties", {})]
            self._exemplify(inner, below[0] if below else inner, (*at, name))
        if "items" in made:
            below = [each["items"] for each in (given, *forms) if isinstance(each.get("items"), Mapping)]
            self._exemplify(made["items"], below[0] if below else made["items"], (*at, "*"))
        if at and not self._example(made, given, at):
            self.wanting.append(dotted(at))

    def _example(self, made: Schema, given: Mapping[str, Any], at: Tokens) -> bool:
        """Put a valid value at a place, if one can be found."""
        valid = _validator({keyword: said for keyword, said in plain(given).items() if keyword != "examples"})
        ours = _validator({keyword: said for keyword, said in plain(made).items() if keyword != "examples"})
        for candidate in self._candidates(made, given, at):
            if _small(candidate) and valid(candidate) and ours(candidate):
                made["examples"] = [candidate]
                return True
        return False

    def _candidates(self, made: Schema, given: Mapping[str, Any], at: Tokens) -> Iterator[Any]:
        if len(at) == 1:
            yield from (body[at[0]] for body in self._documented if at[0] in body)
        yield from given.get("examples", ())
        for form in _forms(given) if self._inside < MAX_FORMS else ():
            inner = Plainly(inside=self._inside + 1).request({"type": "object", "properties": {"form": form}})
            yield from inner["properties"]["form"].get("examples", ())
        if "default" in made:
            yield made["default"]
        yield from made.get("enum", ())
        types = made.get("type")
        for kind in types if isinstance(types, list) else [types or "string"]:
            yield from _made_up(made, kind, next((token for token in reversed(at) if token != "*"), ""))


def _forms(node: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The forms that a place may have; none where it has one."""
    return next((node[each] for each in _KEYWORDS_OF_FORM if each in node), [])


def _made_up(schema: Mapping[str, Any], kind: str, name: str) -> Iterator[Any]:
    """Harmless values of a type, the likeliest first."""
    match kind:
        case "object":
            properties = schema.get("properties", {})
            wanted = schema.get("required") or list(properties)[:1]
            yield {each: properties[each]["examples"][0] for each in wanted if properties[each].get("examples")}
        case "array":
            item = schema.get("items", {}).get("examples", [])
            yield item[:1] * max(1, schema.get("minItems", 1)) if item else []
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


def _shared(forms: Sequence[Mapping[str, Any]]) -> Schema:
    """What holds of a value whichever of the forms it has; members of some forms only as those document them."""
    first = forms[0]
    made: Schema = {}
    for keyword, said in first.items():
        every = [form[keyword] for form in forms if keyword in form]
        everywhere = len(every) == len(forms)
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
    values = [form.get("enum", [form["const"]] if "const" in form else None) for form in forms]
    if all(each is not None for each in values):
        made["enum"] = list({canonical(value): value for each in values for value in each or ()}.values())
    names = dict.fromkeys(name for form in forms for name in form.get("properties", {}))
    if names and "object" in (made.get("type"), "object"):
        made["properties"] = {
            name: _shared([form["properties"][name] for form in forms if name in form.get("properties", {})])
            if sum(name in form.get("properties", {}) for form in forms) > 1
            else next(form["properties"][name] for form in forms if name in form.get("properties", {}))
            for name in names
        }
    if all(form.get("additionalProperties") is False for form in forms):
        made["additionalProperties"] = False
    items = [form["items"] for form in forms if isinstance(form.get("items"), Mapping)]
    if len(items) == len(forms):
        made["items"] = _shared(items)
    return made


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


def _validator(schema: Mapping[str, Any]) -> Callable[[Any], bool]:
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


def _small(value: Any) -> bool:
    text = canonical(value)
    return len(text) <= MAX_EXAMPLE and text.count("[") + text.count("{") <= 40
