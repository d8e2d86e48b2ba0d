"""Model claims: what a model's catalogue entry makes of a field that the operation allows more widely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from harness.claim import Claim, Kind, Level
from harness.contract.files import DataFile
from harness.contract.model import Model, Operation, Undecided
from harness.contract.schemas import without_notes
from harness.contract.shape import schema_at
from harness.contract.sources import Sources
from harness.pointer import Tokens, dotted, nest, parse, present, value

#: An array without entries brings as little as no array: it neither fulfils a need nor is what a model does not take.
FILLED: Mapping[str, Any] = {"not": {"const": []}}


def claims(
    provider: str, submit: Operation, models: Mapping[str, Model], file: DataFile, quotes: Sources
) -> Iterator[Claim]:
    """Every model's claims: that it serves, and one per row of ``models.narrows`` that says something of it."""
    said = file.content["models"]
    field = parse(said["field"])
    source = quotes.quote(said["source"], "models/source")
    prefix = f"{provider}.{submit.id}"
    named = schema_at(submit.body or {}, field)
    if named is not None and "enum" not in named:
        yield Claim(
            id=f"{prefix}.{dotted(field)}.unknown",
            operation=submit.id,
            kind=Kind.MODEL,
            rule="unknown",
            tokens=field,
            statement="a model id that no catalogue lists is refused",
            source=source,
            check="request",
            schema=nest(field, {"if": {"type": "string"}, "then": {"not": {"pattern": "no-such-model"}}}),
            refusals=frozenset({"invalid", "not-found"}),
            place=("provider.yaml", "models", "source"),
        )
    for position, name in enumerate(models):
        yield Claim(
            id=f"{prefix}.{dotted(field)}.serves@{name}",
            operation=submit.id,
            kind=Kind.CAPABILITY,
            rule="serves",
            tokens=field,
            model=name,
            statement=f"the model {name}, which the catalogue lists, accepts a valid request",
            source=source,
            check="serves",
            place=(said["catalogue"], str(position), "id"),
        )
    rows = said["narrows"]
    for number, row in enumerate(rows):
        tokens = parse(row["field"])
        base = schema_at(submit.body or {}, tokens)
        if base is None:
            raise file.fault(f"{row['field']} is not a field of {submit.id}", "models", "narrows", number, "field")
        for position, model in enumerate(models.values()):
            if not applies(row, model):
                continue
            place: Tokens = ("provider.yaml", "models", "narrows", str(number))
            if "from" in row and present(model.entry, parse(row["from"])):
                place = (said["catalogue"], str(position), *parse(row["from"]))
            for rule, limit, schema in narrowed(row, model, base):
                named = row.get("as", rule)
                yield Claim(
                    id=f"{prefix}.{dotted(tokens)}.{named}@{model.id}",
                    operation=submit.id,
                    kind=Kind(row.get("kind", "model")),
                    rule=named,
                    tokens=tokens,
                    model=model.id,
                    statement=_statement(dotted(tokens), rule, limit, model.id),
                    source=quotes.quote(row["source"], f"models/narrows/{number}"),
                    check="request",
                    schema=schema,
                    parameters={"value": limit, "narrows": rule, "table": number, "partly": row.get("partly", False)},
                    level=Level(row.get("level", "MUST")),
                    place=place,
                )


def unsaid(rows: Sequence[Mapping[str, Any]], model: Model) -> frozenset[Tokens]:
    """The fields of which a model's entry should say whether it takes them, and is null or silent.

    A list of values that is not there leaves open which are taken, not whether the field is; but where it lists the
    kinds of an array's entries, a kind is what a request asks for.
    """
    told: dict[Tokens, bool] = {}
    for row in rows:
        if applies(row, model) and row["rule"] != "undecided":
            tokens, at = parse(row["field"]), row.get("from")
            silent = at is not None and value(model.entry, parse(at)) is None and row.get("equals", "") is not None
            decides = row["rule"] in ("forbidden", "required", "not-value") or "*" in tokens
            told[tokens] = told.get(tokens, False) or not (silent and decides)
    return frozenset(tokens for tokens, said in told.items() if not said)


def undecided(rows: Sequence[Mapping[str, Any]], model: Model, submit: Operation) -> Iterator[Undecided]:
    """What no document says that the model takes: what a row calls so, and where its entry is null or silent.

    ``null`` in a catalogue means unknown: a list that is not there makes no value of its field one that is permitted,
    unless every request must have one.
    """
    told: set[Tokens] = set()
    silent: dict[Tokens, None] = dict.fromkeys(sorted(unsaid(rows, model)))
    for row in rows:
        if not applies(row, model):
            continue
        tokens, at = parse(row["field"]), row.get("from")
        if row["rule"] == "undecided":
            if _holds(row, value(model.entry, parse(at)) if at is not None else None):
                known = (row["value"],) if "value" in row else None
                yield Undecided(tokens=tokens, values=known, absent=row.get("absent", False))
        elif row["rule"] == "enum" and at is not None and value(model.entry, parse(at)) is None:
            silent[tokens] = None
        elif row["rule"] == "enum" or _holds(row, value(model.entry, parse(at)) if at is not None else None):
            told.add(tokens)
    for tokens in silent:
        needed = (schema_at(submit.body or {}, tokens[:-1]) or {}).get("required", ())
        if tokens not in told and (tokens[-1] not in needed or "*" in tokens):
            yield Undecided(tokens=tokens)


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
                yield "forbidden", None, _forbidden(tokens, base)
        case "enum", list(values) if not ("enum" in base and set(base["enum"]) <= set(values)):
            yield "enum", values, nest(tokens, _within(base, {"enum": values}))
        case ("maxLength" | "maximum" | "minimum" | "maxItems") as keyword, int() | float() as limit if not isinstance(
            limit, bool
        ):
            yield keyword, limit, nest(tokens, _within(base, {keyword: limit}))
        case "forbidden", _ if _holds(rule, documented):
            yield "forbidden", None, _forbidden(tokens, base)
        case "required", _ if _holds(rule, documented):
            yield "required", None, nest(tokens[:-1], _given(tokens[-1], base))
        case "not-value", _ if _holds(rule, documented):
            yield "not-value", rule["refused"], nest(tokens, {"not": {"const": rule["refused"]}})


def _forbidden(tokens: Tokens, base: Mapping[str, Any]) -> dict[str, Any]:
    return nest(tokens[:-1], {"not": {"type": "object", **_given(tokens[-1], base)}})


def _given(name: str, base: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object that has this member, and not as an empty array."""
    required: dict[str, Any] = {"required": [name]}
    return required | {"properties": {name: FILLED}} if base.get("type") == "array" else required


def _holds(rule: Mapping[str, Any], documented: Any) -> bool:
    return "from" not in rule or ("equals" in rule and documented == rule["equals"])


def _within(base: Mapping[str, Any], narrow: Mapping[str, Any]) -> dict[str, Any]:
    told = ("example", "examples", "description", "default")
    kept = {k: v for k, v in without_notes(base).items() if k not in told}
    return {"if": kept, "then": dict(narrow)} if kept else dict(narrow)


def _statement(field: str, rule: str, value: Any, model: str) -> str:
    shown = ", ".join(map(str, value)) if isinstance(value, list) else value
    match rule:
        case "enum":
            return f"with {model}, `{field}` is one of {shown}"
        case "forbidden":
            return f"{model} does not take `{field}`"
        case "required":
            return f"{model} needs `{field}`"
        case "not-value":
            return f"{model} refuses {value!r} for `{field}`"
        case _:
            return f"with {model}, `{field}` has {rule} {shown}"
