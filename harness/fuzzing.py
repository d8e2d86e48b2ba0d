"""The contracts for users of Schemathesis: a schema of theirs, and a check of answers against the claims.

With pytest, against a server of one's own or ``harness serve PROVIDER``:

>>> from harness import fuzzing
>>>
>>> schema = fuzzing.schema(PROVIDER, base_url="http://127.0.0.1:8700")
>>>
>>> @schema.parametrize()
... def test_provider(case):
...     case.call_and_validate(headers={"Authorization": f"Bearer {KEY}"}, checks=fuzzing.CHECKS)

On the command line this module is Schemathesis' hooks (or ``hooks = "harness.fuzzing"`` in ``schemathesis.toml``):

    SCHEMATHESIS_HOOKS=harness.fuzzing schemathesis run specs/PROVIDER/openapi.yaml \\
        --url http://127.0.0.1:8700 -H "Authorization: Bearer KEY" --phases fuzzing --checks harness_claims

*What is generated.* Schemathesis (4.32) refuses a schema with as many conditions as the contracts have, so it is given
their shape alone, and each body that it generates is replaced by one of :mod:`harness.strategies`: one that breaks no
claim where it was meant to be valid, one that breaks exactly one claim where it was not. The phases that take no such
bodies (examples, coverage) are off in :func:`schema`; on the command line theirs are sent as they are, and the check
knows of those, too, what they should have got. Paths, queries and the ids in them are Schemathesis' own.

*What is checked.* ``harness_claims`` checks one exchange against the claims: what is forbidden is refused,
what keeps every rule is not, and the answer is as documented. The title of a failure is the id of the claim; below it
stand the statement, its quote, what was expected and what was observed. What one exchange cannot tell (no credit, a
rate limit) fails nothing, and what takes several (the life of a job, its file, bills) is left to ``harness check``.

Every submission that a provider accepts is a paid job, and one test makes hundreds: this is for simulators, proxies and
servers of one's own. Importing this module registers the check, once; importing ``harness`` does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from harness import strategies
from harness.claim import Kind
from harness.contract import Contract, Operation, load, load_all
from harness.contract.links import job_id
from harness.errors import ConfigurationError
from harness.exchange.media import facts, looks_like_media
from harness.interaction import Interaction
from harness.judge import judge
from harness.probe.fuzz import Guest, Objection, admitted, guided
from harness.simulator import SIMULATED_HEADER
from harness.verdict import Doubt, Verdict


def schema(provider: str, *, base_url: str) -> Any:
    """A provider's contract as a ``schemathesis`` schema.

    Raises UnknownName for a provider that there is not, ConfigurationError for the provider's own address.
    """
    contract = load(provider)
    if urlsplit(base_url).hostname == urlsplit(contract.base_url).hostname:
        raise ConfigurationError(
            f"{base_url} is the provider's own address, where what is accepted is paid for",
            hint=f"Test `harness serve {provider}` or a server of yours; `harness check --live` keeps to a budget.",
        )
    return guided(contract, base_url, _GUEST)


def objections(contract: Contract, interaction: Interaction) -> Iterator[Objection]:
    """The claims that do not hold of a request and its answer."""
    found = contract.match(interaction.request.method, interaction.request.path)
    if found is None or _asks_for_nobody(contract, *found, interaction):
        return
    model = contract.model_of(interaction.request.json)
    about = _claims_on(contract, found[0].id, model if model in contract.models else None)
    played = interaction.response is not None and SIMULATED_HEADER in interaction.response.headers
    for verdict in judge(about, [_measured(interaction)]):
        yield from _objections(verdict, "SIMULATED, not the provider: " if played else "")


def _asks_for_nobody(
    contract: Contract, operation: Operation, path: Mapping[str, str], interaction: Interaction
) -> bool:
    """Whether a job was refused, of an id that Schemathesis made up, where nobody documents what such an id gets."""
    named = job_id(contract, operation, path, interaction.request.json) is not None
    refused = interaction.response is not None and 400 <= interaction.response.status < 500
    return named and refused and operation.meant_by("not-found") is None


def _objections(verdict: Verdict, of: str) -> Iterator[Objection]:
    claim, source = verdict.claim, verdict.claim.source
    told = [(each.summary, each.expected, each.observed) for each in verdict.divergences]
    if isinstance(verdict.unsettled, Doubt):  # one refusal leaves suspects: Hypothesis shrinks to the culprit
        answered = verdict.unsettled.interaction.response
        told = [(verdict.unsettled.reason, claim.statement, f"status {answered.status if answered else 'none'}")]
    for summary, expected, observed in told:
        yield Objection(
            name=claim.id,
            text=f"{of}{summary}\n{claim.level} {claim.statement}\n"
            f'{source.document} ({source.revision}): "{source.quote}"\nexpected: {expected}\nobserved: {observed}',
        )


@cache
def _claims_on(contract: Contract, operation: str, model: str | None) -> Contract:
    """The contract with no other claims than those that an exchange of this operation and model can reach."""
    return replace(
        contract,
        claims={
            name: claim
            for name, claim in contract.claims.items()
            if claim.operation == operation and claim.model in (None, model) and claim.kind is not Kind.CONTRADICTION
        },
    )


def _measured(interaction: Interaction) -> Interaction:
    """With a file's facts for its bytes, as recordings have them."""
    response = interaction.response
    if response is None or not looks_like_media(response.media_type, response.body):
        return interaction
    return replace(interaction, response=replace(response, body=b"", media=facts(response.body)))


@cache
def _titles() -> Mapping[str, Contract]:
    return {contract.openapi["info"]["title"]: contract for contract in load_all()}


def _described(document: Mapping[str, Any]) -> Contract | None:
    """The contract that a document is the whole or a part of."""
    contract = _titles().get(str(document.get("info", {}).get("title")))
    ours = contract is not None and document.get("paths", {}).keys() <= contract.openapi["paths"].keys()
    return contract if ours else None


def _bodies(contract: Contract, operation: Operation, generated: Any) -> Any:
    """What Schemathesis negates breaks the shape, which is all that it knows."""
    claims = contract.claims
    broken = any(claims[name].kind is Kind.SHAPE for name in contract.violations(operation.id, generated))
    return _strategy(contract.provider, operation.id, broken)


@cache
def _strategy(provider: str, operation: str, broken: bool) -> Any:
    if broken:
        return strategies.violating(provider, operation=operation).map(lambda each: each[1])
    return strategies.requests(provider, operation=operation)


_GUEST = Guest(check="harness_claims", described=_described, objections=objections, bodies=_bodies)

#: For ``case.call_and_validate(checks=…)``. Schemathesis' own checks can stand beside it.
harness_claims = admitted(_GUEST)
CHECKS = [harness_claims]
