"""Hypothesis strategies for whoever tests a client, a proxy or a server of a provider.

>>> from hypothesis import given
>>> from harness import strategies
>>>
>>> @given(strategies.requests(PROVIDER, model=MODEL))
... def test_what_is_permitted_is_sent(body): ...
>>>
>>> @given(strategies.violating(PROVIDER))
... def test_what_is_forbidden_is_caught(broken):
...     claim, body = broken

Every body is checked against all claims of the contract before it is handed out: a valid one breaks none, a violating
one exactly the claim that comes with it. What fails shrinks to the default model and to as few fields as show it.
Each example has a body of its own, to do with as one likes. Nothing is sent.

Where a body names a job or its model, as that of a poll may, it has a documented example of an id, and a model of the
catalogue.

Raises, when a strategy is made and not only when it is drawn from: UnknownName with the nearest known one for a
provider, operation, model or claim that there is not; ConfigurationError for an operation that takes no body, and for
a claim that no request breaks.
"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from harness.contract import Contract, Operation, load
from harness.contract.links import expressions
from harness.contract.shape import schema_at
from harness.errors import ConfigurationError, UnknownName
from harness.pointer import parse, put, value
from harness.probe import strategies as of
from harness.probe.sample import sample


def requests(
    provider: str, *, operation: str | None = None, model: str | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """Valid request bodies of an operation (by its ``operationId``; default: the submission), for one model or any."""
    contract, asked = _asked(provider, operation, model)
    drawn = _models(contract, model).flatmap(
        lambda name: of.requests(contract, asked.id, name).map(lambda body: _own(contract, asked, body, name))
    )
    return drawn.filter(lambda body: not contract.violations(asked.id, body))


def violating(
    provider: str, claim: str | None = None, *, operation: str | None = None, model: str | None = None
) -> st.SearchStrategy[tuple[str, Any]]:
    """(claim id, request body) where the body breaks exactly that claim: ``claim``, or any on the operation's request.

    Bodies are whatever breaks the claim: where it says that the body is an object, they are none.
    """
    if claim is not None:
        contract, able = _breakable(provider, claim, operation, model)
        return st.sampled_from(able).flatmap(lambda name: _broken(contract, claim, name))
    contract, asked = _asked(provider, operation, model)
    return _models(contract, model).flatmap(
        lambda name: st.sampled_from(of.breakable(contract, asked.id, name)).flatmap(
            lambda each: _broken(contract, each, name)
        )
    )


def claims(provider: str, *, operation: str | None = None, model: str | None = None) -> st.SearchStrategy[str]:
    """Ids of the claims on the request of an operation (default: the submission) that can be broken, and no other."""
    contract, asked = _asked(provider, operation, model)
    return _models(contract, model).flatmap(lambda name: st.sampled_from(of.breakable(contract, asked.id, name)))


def _broken(contract: Contract, claim: str, model: str) -> st.SearchStrategy[tuple[str, Any]]:
    asked = contract.operations[contract.claims[claim].operation]
    drawn = of.breaking(contract, claim, model).map(lambda body: _own(contract, asked, body, model))
    return drawn.filter(lambda body: contract.violations(asked.id, body) == {claim}).map(lambda body: (claim, body))


def _models(contract: Contract, model: str | None) -> st.SearchStrategy[str]:
    return of.models(contract) if model is None else st.just(model)


def _asked(provider: str, operation: str | None, model: str | None) -> tuple[Contract, Operation]:
    contract = load(provider)
    if operation is not None and operation not in contract.operations:
        raise UnknownName("operation", operation, contract.operations, see=f"harness explain {provider}")
    if model is not None and model not in contract.models:
        raise UnknownName("model", model, contract.models, see=f"harness explain {provider}")
    asked = contract.operations[operation] if operation is not None else contract.submit
    if asked.body is None:
        bodied = ", ".join(each.id for each in contract.operations.values() if each.body is not None)
        raise ConfigurationError(f"{provider}: {asked.id} takes no body", hint=f"These do: {bodied}.")
    return contract, asked


def _breakable(provider: str, claim: str, operation: str | None, model: str | None) -> tuple[Contract, tuple[str, ...]]:
    """The contract, and the models with which a request breaks the claim."""
    contract = load(provider)
    if claim not in contract.claims:
        raise UnknownName("claim", claim, contract.claims, see=f"harness explain {provider}")
    about = contract.claims[claim]
    if about.check != "request":
        hint = "strategies.claims() draws those that a request can break."
        raise ConfigurationError(f"{claim} is not about what a request says", hint=hint)
    if operation not in (None, about.operation):
        _asked(provider, operation, model)
        raise ConfigurationError(
            f"{claim} is about {about.operation}, not {operation}", hint="Leave the operation out."
        )
    _asked(provider, about.operation, model)
    able = of.carriers(contract, claim)
    if not able:
        raise ConfigurationError(f"no request breaks {claim} and no other", hint=f"It says: {about.statement}.")
    if model is not None and model not in able:
        raise ConfigurationError(
            f"no request with {model} breaks {claim} and no other", hint=f"With {able[0]} it can be."
        )
    return contract, able if model is None else (model,)


def _own(contract: Contract, operation: Operation, body: Any, model: str) -> Any:
    """A copy of ``body`` in which what would be filled from a submission is filled from the documentation."""
    body = copy.deepcopy(body)
    for pointer, expression in expressions(contract, operation)[1].items():
        tokens = parse(pointer)
        if isinstance(body, dict) and value(body, tokens) == expression:
            known = schema_at(operation.body or {}, tokens) or {}
            put(body, tokens, model if tokens == contract.model_tokens else sample(known))
    return body
