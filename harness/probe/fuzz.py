"""The one module that knows Schemathesis: its cases, its pure response checks, and a check and bodies of ours in it."""

from __future__ import annotations

import datetime
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from harness.contract import Contract, Operation
from harness.contract.addresses import addresses
from harness.contract.schemas import without_notes
from harness.interaction import NO_KEY, Interaction, Origin, Provenance, Request, Response
from harness.json_text import canonical
from harness.probe.draw import drawn
from harness.probe.plan import Probe

#: Answers of one operation and status that a second opinion is asked on: further ones seldom differ.
ASKED = 25


def loaded(contract: Contract, models: Iterable[str] | None = None) -> Any:
    """The contract as a Schemathesis schema.

    Rules between fields are left to the verification of what is generated: Schemathesis (4.32) refuses
    schemas with as many conditions as ours. Which models there are it is told: ``models``, or all.
    """
    import schemathesis

    document: dict[str, Any] = without_notes(contract.openapi)
    for path, item in document["paths"].items():
        for method, said in item.items():
            operation = next(
                (o for o in contract.operations.values() if o.path == path and o.method == method.upper()), None
            )
            if operation is not None and operation.body is not None:
                media = said["requestBody"]["content"]["application/json"]
                named = media["schema"].get("properties", {}).get(contract.model_tokens[-1])
                if named is not None and operation.id == contract.submit.id:
                    media["schema"]["properties"][contract.model_tokens[-1]] = {
                        "type": "string",
                        "enum": list(models or contract.models),
                    }
    return schemathesis.openapi.from_dict(document)


@lru_cache(maxsize=16)
def _whole(contract: Contract) -> Any:
    return loaded(contract)


def fuzzed(contract: Contract, number: int, seeded: int, models: Iterable[str] | None = None) -> list[Probe]:
    """Up to ``number`` submissions that Schemathesis generates from the published schema, verified like all others.

    What breaks more than one claim is left out, and so is what asks for a model that is not among ``models``.
    """
    if not number:
        return []
    left_out = contract.models.keys() - set(models or contract.models)
    probes = []
    for body in bodies(contract, number, seeded, models):
        broken, model = contract.violations(contract.submit.id, body), contract.model_of(body)
        if len(broken) <= 1 and model not in left_out:
            probes.append(
                Probe(family="fuzz", operation=contract.submit.id, model=model, body=body, breaks=tuple(broken))
            )
    return probes


def bodies(contract: Contract, number: int, seeded: int = 0, models: Iterable[str] | None = None) -> list[Any]:
    """``number`` generated request bodies of the submission, half of them meant to be invalid; distinct, unverified."""
    from schemathesis import GenerationMode

    operation = loaded(contract, models)[contract.submit.path][contract.submit.method]
    invalid = number // 2
    found: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for mode, wanted in ((GenerationMode.POSITIVE, number - invalid), (GenerationMode.NEGATIVE, invalid)):
            strategy = operation.as_strategy(generation_mode=mode).map(lambda case: case.body)
            for body in drawn(strategy.filter(lambda each: isinstance(each, (dict, list))), wanted, seeded):
                found.setdefault(canonical(body), body)
    return list(found.values())


def response_faults(contract: Contract, interaction: Interaction) -> list[str]:
    """What Schemathesis's pure response checks find wrong with an answer; nothing is sent.

    Only the four checks that look at the answer alone: others send requests of their own.
    """
    import httpx
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    found = contract.match(interaction.request.method, interaction.request.path)
    if found is None or interaction.response is None or interaction.response.media is not None:
        return []
    operation, path = found
    sent = {"body": _body(interaction), "media_type": "application/json"} if operation.body is not None else {}
    case = _whole(contract)[operation.path][operation.method].Case(path_parameters=dict(path), **sent)
    request_sent = httpx.Request(interaction.request.method, interaction.request.url, content=interaction.request.body)
    answer = httpx.Response(
        interaction.response.status,
        headers=dict(interaction.response.headers),
        content=interaction.response.body,
        request=request_sent,
    )
    answer.elapsed = datetime.timedelta(seconds=interaction.elapsed or 0)
    checks = [
        status_code_conformance,
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
    ]
    try:
        case.validate_response(answer, checks=checks)
    except (Exception, FailureGroup) as failures:
        group = failures.exceptions if isinstance(failures, FailureGroup) else (failures,)
        return [type(each).__name__ for each in group]
    return []


def second_opinion(contract: Contract, interactions: Sequence[Interaction]) -> list[dict[str, str]]:
    """Faults that Schemathesis finds in answers, one line for each kind of fault of an operation and status."""
    found: dict[tuple[str, int, str], dict[str, str]] = {}
    asked: Counter[tuple[str, int]] = Counter()
    where = addresses(contract, interactions)
    for interaction in interactions:
        matched = where.match(interaction)
        if matched is None or interaction.response is None or interaction.provenance.abridged:
            continue
        key = (matched[0].id, interaction.response.status)
        asked[key] += 1
        if asked[key] > ASKED:
            continue
        for fault in response_faults(contract, interaction):
            line = {"operation": key[0], "status": str(key[1]), "fault": fault, "interaction": interaction.name}
            found.setdefault((*key, fault), line)
    return list(found.values())


def _body(interaction: Interaction) -> Mapping[str, Any] | None:
    body = interaction.request.json
    return body if isinstance(body, Mapping) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What a check of ours holds against an answer. Schemathesis shows each ``name`` of an operation once."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """What Schemathesis is given of ours: a check, and bodies in place of those that it generates.

    ``described`` says whose operations a loaded document has, None for a stranger's. ``bodies`` is the Hypothesis
    strategy to draw from instead of sending a generated body to an operation.
    """

    check: str
    described: Callable[[Mapping[str, Any]], Contract | None]
    objections: Callable[[Contract, Interaction], Iterable[Objection]]
    bodies: Callable[[Contract, Operation, Any], Any]


def admitted(guest: Guest) -> Any:
    """The guest's check as Schemathesis has it under its name. Registered once, however often this is called.

    From then on, documents of ours that are loaded from a file or an address get the guest's bodies.
    """
    import schemathesis
    from schemathesis.checks import CHECKS

    if guest.check in CHECKS.get_all_names():
        return CHECKS.get_one(guest.check)

    def check(ctx: Any, response: Any, case: Any) -> bool | None:
        contract = guest.described(case.operation.schema.raw_schema)
        if contract is None:
            return True  # skipped: nothing of ours
        found = list(guest.objections(contract, _interaction(response)))
        if found:
            raise _failures(case.operation.label, found)
        return None

    def after_load_schema(context: Any, schema: Any) -> None:
        if schema.location:  # what we make ourselves, from no file, is for us to decide on
            _give_bodies(schema, guest)

    schemathesis.hook(after_load_schema)
    check.__name__ = check.__qualname__ = guest.check
    return schemathesis.check(check)


def guided(contract: Contract, base_url: str, guest: Guest) -> Any:
    """The contract as a Schemathesis schema whose every body is one of the guest's.

    It declares no security: where a document does, default checks of Schemathesis submit again without the key.
    """
    import schemathesis

    document: dict[str, Any] = without_notes(contract.openapi)
    for described in (document, *(said for item in document["paths"].values() for said in item.values())):
        described.pop("security", None)
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=base_url)
    schema.config.phases.examples.enabled = schema.config.phases.coverage.enabled = False  # they take no bodies of ours
    _give_bodies(schema, guest)
    return schema


def _give_bodies(schema: Any, guest: Guest) -> None:
    contract = guest.described(schema.raw_schema)
    if contract is None:
        return

    def flatmap_body(context: Any, body: Any) -> Any:
        asked = context.operation
        found = (o for o in contract.operations.values() if (o.path, o.method.lower()) == (asked.path, asked.method))
        return guest.bodies(contract, next(found), body)

    schema.hooks.hook(flatmap_body)


def _interaction(response: Any) -> Interaction:
    """What was sent and came back, for as long as the check takes: nothing of it is kept."""
    sent = response.request
    body = sent.body or b""
    headers = {name.lower(): text for name, text in sent.headers.items()}
    return Interaction(
        name="schemathesis",
        request=Request(
            method=sent.method,
            url=sent.url,
            headers={"authorization": NO_KEY, **headers},
            body=body.encode() if isinstance(body, str) else body,
        ),
        response=Response(
            status=response.status_code,
            headers={name: ", ".join(texts) for name, texts in response.headers.items()},
            body=response.content,
        ),
        provenance=Provenance(origin=Origin.LIVE),
        elapsed=response.elapsed,
    )


def _failures(operation: str, objections: Iterable[Objection]) -> Any:
    from schemathesis.core.failures import FailureGroup

    kind = _failure()
    return FailureGroup([kind(operation=operation, title=each.name, message=each.text) for each in objections])


@cache
def _failure() -> Any:
    from schemathesis.core.failures import Failure

    class ClaimFailed(Failure):  # type: ignore[misc]  # Schemathesis is untyped here
        """Told apart by the claim: others of Schemathesis' failures are one per operation."""

        __qualname__ = "ClaimFailed"  # as reports name it
        kind_title = "A documented claim does not hold"

        @property
        def _unique_key(self) -> str:
            return str(self.title)

    return ClaimFailed
