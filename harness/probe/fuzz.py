"""The one module that knows Schemathesis: its generated cases, and its pure response checks."""

from __future__ import annotations

import datetime
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from harness.contract import Contract, load
from harness.contract.schemas import plain
from harness.document import canonical
from harness.interaction import Interaction
from harness.probe.draw import drawn
from harness.probe.plan import Probe

#: Answers of one operation and status that a second opinion is asked on: further ones seldom differ.
ASKED = 25


@lru_cache(maxsize=16)
def _loaded(provider: str) -> Any:
    return loaded(load(provider))


def loaded(contract: Contract) -> Any:
    """The contract as a Schemathesis schema.

    Rules between fields are left to the verification of what is generated: Schemathesis (4.32) refuses
    schemas with as many conditions as ours. Which models there are it is told.
    """
    import schemathesis

    document: dict[str, Any] = plain(contract.openapi)
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
                        "enum": list(contract.models),
                    }
    return schemathesis.openapi.from_dict(document)


def fuzzed(contract: Contract, number: int) -> list[Probe]:
    """Submissions that Schemathesis generates from the published schema, verified like all others."""
    if not number:
        return []
    probes = []
    for body in bodies(contract, number):
        broken = contract.violations(contract.submit.id, body)
        if len(broken) <= 1:
            probes.append(
                Probe(
                    family="fuzz", operation=contract.submit.id, model=contract.model_of(body), body=body,
                    breaks=tuple(broken),
                )
            )  # fmt: skip
    return probes


def bodies(contract: Contract, number: int) -> list[Any]:
    """``number`` generated request bodies of the submission, half of them meant to be invalid; distinct, unverified."""
    from schemathesis import GenerationMode

    operation = loaded(contract)[contract.submit.path][contract.submit.method]
    found: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            strategy = operation.as_strategy(generation_mode=mode).map(lambda case: case.body)
            for body in drawn(strategy.filter(lambda each: isinstance(each, (dict, list))), max(1, number // 2), 0):
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
    case = _loaded(contract.provider)[operation.path][operation.method].Case(path_parameters=dict(path), **sent)
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


def second_opinion(contract: Contract, interactions: Iterable[Interaction]) -> list[dict[str, str]]:
    """Faults that Schemathesis finds in answers, one line for each kind of fault of an operation and status."""
    found: dict[tuple[str, int, str], dict[str, str]] = {}
    asked: Counter[tuple[str, int]] = Counter()
    for interaction in interactions:
        matched = contract.match(interaction.request.method, interaction.request.path)
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
