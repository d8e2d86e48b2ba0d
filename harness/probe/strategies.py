"""Hypothesis strategies for requests: valid by construction, or breaking exactly one claim."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from hypothesis import assume
from hypothesis import strategies as st

from harness.contract import Contract
from harness.contract.shape import schema_at
from harness.pointer import Tokens
from harness.probe.build import Builder
from harness.probe.cover import choices, fields
from harness.probe.draw import drawn
from harness.probe.plan import Probe
from harness.probe.sample import kind
from harness.probe.ways import violating

T = TypeVar("T")


@st.composite
def requests(draw: st.DrawFn, contract: Contract, operation: str | None = None, model: str | None = None) -> Any:
    """Valid bodies of an operation (default: the submission), for one model or any.

    Each starts from the smallest valid body; drawn fields are added with drawn values, boundaries
    first, and mended where a rule between fields asks for it.
    """
    builder = Builder(contract, contract.operations[operation] if operation else contract.submit)
    chosen = model if model is not None else draw(st.sampled_from(list(contract.models)))
    body = builder.minimal(chosen)
    assume(body is not None)
    everything = _fields(builder, chosen)
    if not everything:
        return body
    wanted = draw(st.lists(st.sampled_from(everything), unique_by=lambda each: each[0], max_size=len(everything)))
    kept: list[Tokens] = []
    for tokens, known in wanted:
        grown = builder.with_value(body or {}, tokens, draw(_value(builder, tokens, known)), keep=kept)
        if grown is not None:
            body, kept = grown, [*kept, tokens]
    return body


@st.composite
def breaking(draw: st.DrawFn, contract: Contract, claim: str) -> Any:
    """Bodies that break exactly one claim on requests, in every way there is."""
    about = contract.claims[claim]
    builder = Builder(contract, contract.operations[about.operation])
    models = [about.model] if about.model else list(contract.models)
    ways = next((found for model in models if (found := _ways(builder, claim, model))), [])
    assume(ways)
    return draw(st.sampled_from(ways))


def _ways(builder: Builder, claim: str, model: str) -> list[Any]:
    base = builder.minimal(model)
    if base is None:
        return []
    return [body for _, body in violating(builder, builder.contract.claims[claim], base)]


_memory: dict[tuple[str, str, str], list[tuple[Tokens, tuple[Any, ...]]]] = {}


def _fields(builder: Builder, model: str) -> list[tuple[Tokens, tuple[Any, ...]]]:
    key = (builder.contract.provider, builder.operation.id, model)
    if key not in _memory:
        found = ((tokens, tuple(choices(builder, model, tokens))) for tokens in fields(builder))
        _memory[key] = [(tokens, values) for tokens, values in found if values]
    return _memory[key]


def _value(builder: Builder, tokens: Tokens, known: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """A documented value or boundary; within bounds on both sides also anything between."""
    documented = st.sampled_from(known)
    schema = schema_at(builder.schema, tokens) or {}
    if "enum" in schema or {"pattern", "format"} & set(schema):
        return documented
    match kind(schema):
        case "integer" if "minimum" in schema and "maximum" in schema:
            return documented | st.integers(schema["minimum"], schema["maximum"])
        case "string" if "maxLength" in schema:
            shorter = [each for each in known if isinstance(each, str)]
            return documented | st.sampled_from(shorter).map(lambda text: text[: max(1, len(text) // 2)])
        case "array" if all(isinstance(each, list) for each in known):
            entries = [entry for each in known for entry in each]
            most = max(len(each) for each in known)
            return documented | st.lists(st.sampled_from(entries), min_size=1, max_size=most)
        case _:
            return documented


def random_valid(contract: Contract, number: int, seeded: int, models: Iterable[str] | None = None) -> list[Probe]:
    """``number`` different random valid submissions; the same seed and versions give the same ones."""
    chosen = st.sampled_from(sorted(models) if models else list(contract.models))
    bodies = drawn(chosen.flatmap(lambda model: requests(contract, None, model)), number, seeded)
    return [
        Probe(family="random", operation=contract.submit.id, model=contract.model_of(body), body=body)
        for body in bodies
    ]
