"""Hypothesis strategies for requests: valid by construction, or breaking exactly one claim."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

from hypothesis import assume
from hypothesis import strategies as st

from harness.contract import Contract
from harness.contract.shape import schema_at
from harness.pointer import Tokens
from harness.probe.build import Builder
from harness.probe.condition import Body
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
    chosen = model if model is not None else draw(models(contract))
    body = builder.minimal(chosen)
    assume(body is not None)
    everything = _fields(contract, builder.operation.id, chosen)
    if not everything:
        return body
    wanted = st.lists(_given(builder, everything), unique_by=lambda each: each[0], max_size=len(everything))
    kept: list[Tokens] = []
    for tokens, given in draw(wanted):
        grown = builder.with_value(body or {}, tokens, given, keep=kept)
        if grown is not None:
            body, kept = grown, [*kept, tokens]
    return body


@st.composite
def breaking(draw: st.DrawFn, contract: Contract, claim: str, model: str | None = None) -> Any:
    """Bodies that break exactly one claim on requests, in every way there is, each on top of a drawn valid body."""
    builder = Builder(contract, contract.operations[contract.claims[claim].operation])
    carried_by = [model] if model is not None else carriers(contract, claim)
    assume(carried_by)
    chosen = draw(st.sampled_from(carried_by))
    ways = _ways(builder, claim, draw(requests(contract, builder.operation.id, chosen)))
    ways = ways or _ways(builder, claim, builder.minimal(chosen))
    assume(ways)
    return draw(st.sampled_from(ways))


def models(contract: Contract) -> st.SearchStrategy[str]:
    """The ids of the catalogue; what fails with any of them shrinks to the default one."""
    return st.sampled_from(sorted(contract.models, key=lambda model: model != contract.default_model))


@cache
def carriers(contract: Contract, claim: str) -> tuple[str, ...]:
    """The models with which a request can break a claim and no other: the default one first."""
    about = contract.claims[claim]
    builder = Builder(contract, contract.operations[about.operation])
    known = sorted(contract.models, key=lambda model: model != contract.default_model)
    able = [about.model] if about.model else known
    return tuple(model for model in able if _ways(builder, claim, builder.minimal(model)))


@cache
def breakable(contract: Contract, operation: str, model: str) -> tuple[str, ...]:
    """The ids of the claims on an operation's request that a request with this model can break, and no other."""
    builder = Builder(contract, contract.operations[operation])
    base = builder.minimal(model)
    return tuple(each.id for each in contract.request_claims(operation, model) if _ways(builder, each.id, base))


def _ways(builder: Builder, claim: str, base: Body | None) -> list[Any]:
    if base is None:
        return []
    return [body for _, body in violating(builder, builder.contract.claims[claim], base)]


@cache
def _fields(contract: Contract, operation: str, model: str) -> list[tuple[Tokens, tuple[Any, ...]]]:
    builder = Builder(contract, contract.operations[operation])
    found = ((tokens, tuple(choices(builder, model, tokens))) for tokens in fields(builder))
    return [(tokens, values) for tokens, values in found if values]


@st.composite
def _given(draw: st.DrawFn, builder: Builder, everything: list[tuple[Tokens, tuple[Any, ...]]]) -> tuple[Tokens, Any]:
    """A field with its value, drawn as one: where Hypothesis takes one away, the others keep theirs."""
    tokens, known = draw(st.sampled_from(everything))
    return tokens, draw(_value(builder, tokens, known))


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
