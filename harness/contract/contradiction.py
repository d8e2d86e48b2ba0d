"""Where a provider's documentation disagrees with itself: computed from it, or stated with both quotes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator, SchemaError

from harness.claim import Claim, Kind, Level, Source, matches
from harness.contract import shape
from harness.contract.model import Model, Operation
from harness.contract.pixels import has_lines, has_ratio
from harness.contract.schemas import conditional, without_notes
from harness.contract.sources import Sources
from harness.contract.wanted import decoded, resolution_in
from harness.errors import SpecError
from harness.json_text import canonical
from harness.pointer import Tokens, dotted, parse, value

#: Both sides of a contradiction: what each says, and where.
Sides = tuple[Source, Source]


def _claim(
    prefix: str,
    operation: str,
    tokens: Tokens,
    slug: str,
    statement: str,
    *,
    sides: Sides,
    place: Tokens,
    parameters: Mapping[str, Any] | None = None,
) -> Claim:
    return Claim(
        id=f"{prefix}.{dotted(tokens)}.contradicts-{slug}",
        operation=operation,
        kind=Kind.CONTRADICTION,
        rule=f"contradicts-{slug}",
        tokens=tokens,
        statement=statement,
        source=sides[0],
        check="contradiction",
        level=Level.SHOULD,
        parameters={"against": sides[1], **(parameters or {})},
        place=place,
    )


def stated(provider: str, entries: list[Mapping[str, Any]], sources: Sources) -> Iterator[Claim]:
    """Contradictions that only a reader can see: ``contradictions.yaml``, both sides quoted."""
    for number, said in enumerate(entries):
        place = f"contradiction {said['id']}"
        one, other = (sources.quote(side, place) for side in said["sides"])
        yield _claim(
            f"{provider}.{said['operation']}",
            said["operation"],
            parse(said["field"]),
            said["id"],
            said["summary"],
            sides=(one, other),
            place=("contradictions.yaml", str(number)),
            parameters={"computed": said.get("computed"), "number": number, "claims": said.get("claims", ())},
        )


def merged(found: Iterator[Claim], told: Iterator[Claim]) -> Iterator[Claim]:
    """Stated contradictions win over computed ones that they say they explain."""
    explained: dict[str, Claim] = {}
    for claim in told:
        if claim.parameters.get("computed"):
            explained[claim.parameters["computed"]] = claim
        yield claim
    seen = set()
    for claim in found:
        seen.add(claim.id)
        if claim.id not in explained:
            yield claim
    for missing in set(explained) - seen:
        raise SpecError(
            f"{explained[missing].id} says it is computed as {missing}, which nothing computes",
            where="contradictions.yaml",
            hint=f"Computed are: {', '.join(sorted(seen)) or 'none'}.",
        )


def concerned(contradiction: Claim, claims: Mapping[str, Claim]) -> Iterator[str]:
    """The ids of the claims that the two sides are about: those that it names, else those of its field and model.

    A type is beyond dispute, unless it is what the sides differ in. Raises SpecError for a name that leads nowhere.
    """
    for glob in contradiction.parameters.get("claims", ()):
        named = [name for name in claims if matches(glob, name)]
        if not named:
            raise SpecError(
                f"{contradiction.id}: {glob!r} matches no claim",
                where="contradictions.yaml (claims)",
                hint="harness explain PROVIDER lists them.",
            )
        yield from named
    if contradiction.parameters.get("claims"):
        return
    about = [
        claim
        for claim in claims.values()
        if claim.tokens == contradiction.tokens != ()
        and claim.model == (contradiction.rule.partition("@")[2] or None)
        and claim.operation == contradiction.operation
        and claim.kind is not Kind.CONTRADICTION
        and (claim.rule != "type" or contradiction.rule.startswith("contradicts-type"))
    ]
    # What has the same words before its rule is of the request, or of the same answer.
    alike = [claim for claim in about if _stem(claim) == _stem(contradiction)]
    yield from (claim.id for claim in alike or about)


def _stem(claim: Claim) -> str:
    return claim.id.removesuffix(f"@{claim.model}").removesuffix(f".{claim.rule}")


def computed(
    provider: str,
    data: Mapping[str, Any],
    operations: Mapping[str, Operation],
    models: Mapping[str, Model],
    sources: Sources,
) -> Iterator[Claim]:
    """Contradictions that the documents themselves show."""
    for operation in operations.values():
        schemas: list[tuple[str, Mapping[str, Any], Tokens]] = []
        if operation.body is not None:
            schemas.append((f"{provider}.{operation.id}", operation.body, operation.body_place))
        for answer in operation.answers.values():
            body = answer.content.get("application/json")
            if body is not None:
                place = operation.answer_place(answer.status)
                schemas.append((f"{provider}.{operation.id}.{answer.meaning}", body, place))
        for prefix, schema, place in schemas:
            for tokens, node in shape.nodes(schema):
                for rule in NODE_RULES:
                    for slug, statement, sides in rule(node, sources, f"{prefix}.{dotted(tokens)}"):
                        at = (*place, *shape.steps(tokens))
                        yield _claim(prefix, operation.id, tokens, slug, statement, sides=sides, place=at)
    yield from _catalogue(provider, data, models, sources)


Found = Iterator[tuple[str, str, Sides]]


def _default_outside(node: Mapping[str, Any], sources: Sources, place: str) -> Found:
    if "default" in node and "enum" in node and node["default"] not in node["enum"]:
        yield (
            "default",
            f"the default {node['default']!r} is not among the allowed values",
            (sources.of(node, "default", place), sources.of(node, "enum", place)),
        )


def _examples(node: Mapping[str, Any], sources: Sources, place: str) -> Found:
    """``x-documented-examples: [{value, document, quote}]`` that the node's own schema refuses."""
    for said in node.get("x-documented-examples", ()):
        error = next(Draft202012Validator(without_notes(conditional(node))).iter_errors(said["value"]), None)
        if error is not None:
            yield (
                "example",
                f"a documented example breaks its own schema: {error.message[:200]}",
                (
                    sources.quote({"document": said["document"], "quote": said["quote"]}, place),
                    sources.of(node, "any", place),
                ),
            )


def _keyword(node: Mapping[str, Any], sources: Sources, place: str) -> Found:
    """``x-documented-keywords``: a keyword as the document has it that JSON Schema 2020-12 does not allow."""
    for keyword, written in node.get("x-documented-keywords", {}).items():
        try:
            Draft202012Validator.check_schema({keyword: written})
        except SchemaError as fault:
            quote = sources.of(node, keyword, place)
            yield (
                f"keyword-{keyword}",
                f"`{keyword}: {canonical(written)}` is not allowed by the declared dialect: {fault.message[:120]}",
                (quote, quote),
            )


def _also(node: Mapping[str, Any], sources: Sources, place: str) -> Found:
    """``x-also: [{document, rule, value, quote}]``: what another place says of the same rule."""
    for said in node.get("x-also", ()):
        rule = said["rule"]
        here = node.get(rule)
        if here != said["value"]:
            yield (
                f"{rule}-{said['document']}",
                f"{rule} is {_short(here)} in one place and {_short(said['value'])} in another",
                (
                    sources.of(node, rule, place),
                    sources.quote({"document": said["document"], "quote": said["quote"]}, place),
                ),
            )


#: What can be computed at one schema node.
NODE_RULES: tuple[Callable[[Mapping[str, Any], Sources, str], Found], ...] = (
    _default_outside,
    _examples,
    _keyword,
    _also,
)


def _catalogue(
    provider: str, data: Mapping[str, Any], models: Mapping[str, Model], sources: Sources
) -> Iterator[Claim]:
    """What a model's catalogue entry says twice: ratios × resolutions against sizes, resolutions against prices."""
    axes = data["models"].get("axes")
    if not axes:
        return
    operation = data["operations"]["submit"]
    source = sources.quote(axes["source"], "models/axes")

    def claim(slug: str, statement: str, model: str, left: str, right: str) -> Claim:
        sides = _requoted(source, left), _requoted(source, right)
        place = (data["models"]["catalogue"], str(list(models).index(model)), "id")
        prefix, field = f"{provider}.{operation}", parse(axes["field"])
        return _claim(prefix, operation, field, f"{slug}@{model}", statement, sides=sides, place=place)

    for model in models.values():
        ratios, resolutions, sizes, prices = (
            _words(model.entry, axes, axis) for axis in ("ratios", "resolutions", "sizes", "prices")
        )
        if ratios and resolutions and sizes:
            missing = _without_size(ratios, resolutions, sizes)
            if missing:
                yield claim(
                    "sizes",
                    f"{model.id}: no listed size for {', '.join(missing)}",
                    model.id,
                    f"{axes['ratios']}: {', '.join(ratios)}; {axes['resolutions']}: {', '.join(resolutions)}",
                    f"{axes['sizes']}: {', '.join(sizes)}",
                )
        if resolutions and prices:
            priced = {named: sku for sku in prices if (named := resolution_in(sku))}
            extra = {sku: name for name, sku in priced.items() if name not in {r.lower() for r in resolutions}}
            if extra:
                yield claim(
                    "prices",
                    f"{model.id}: a price for {', '.join(sorted(set(extra.values())))}, which it does not support",
                    model.id,
                    f"{axes['prices']}: {', '.join(extra)}",
                    f"{axes['resolutions']}: {', '.join(resolutions)}",
                )


def _requoted(source: Source, quote: str) -> Source:
    return Source(document=source.document, revision=source.revision, url=source.url, quote=quote)


def _words(entry: Mapping[str, Any], axes: Mapping[str, Any], axis: str) -> list[str]:
    """What an entry lists on an axis, or the names of what it lists; what is no text says nothing."""
    listed = value(entry, parse(axes[axis])) if axis in axes else None
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, (list, Mapping)) else []


def _without_size(ratios: Sequence[str], resolutions: Sequence[str], sizes: Sequence[str]) -> list[str]:
    """Which ratio at which resolution no size is listed for. Words that say no number, as ``adaptive``, need none."""
    known = [size for each in sizes if (size := decoded("pixels", each))]
    return [
        f"{ratio} at {resolution}"
        for ratio in ratios
        for resolution in resolutions
        if known and (pair := decoded("ratio", ratio)) and (lines := decoded("resolution", resolution))
        if not any(has_ratio(size, pair) and has_lines(size, lines) for size in known)
    ]


def _short(thing: Any) -> str:
    text = ", ".join(map(str, thing)) if isinstance(thing, list) else str(thing)
    return text if len(text) <= 120 else text[:117] + "…"
