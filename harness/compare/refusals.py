"""The axes of refusals: the key, the statuses, and the body of an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.compare.cells import Cell, documented, silent
from harness.compare.operations import claims_under, submitted
from harness.compare.scope import Scopes
from harness.contract.shape import flattened


def key(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    claims = list(claims_under(contract, contract.submit, "authorization"))
    if not claims:
        return silent("what happens without one is not documented")
    return documented("required" if contract.submit.secured else "optional", claims)


def statuses(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    refusals = [answer for answer in contract.submit.answers.values() if answer.meaning != "accepted"]
    told = ", ".join(f"{each.status} {each.meaning}" for each in sorted(refusals, key=lambda each: each.status))
    rules = ["response.documented", "invalid.status", *(f"{each.meaning}.media-type" for each in refusals)]
    claims = [claim for rule in rules if (claim := submitted(contract, rule))]
    return documented(told, claims) if told else silent()


def error_shape(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    answer = contract.submit.meant_by("invalid")
    schema = answer.content.get("application/json") if answer else None
    if not schema:
        return silent()
    return documented(_shape(schema), claims_under(contract, contract.submit, "invalid"))


def _shape(schema: Mapping[str, Any]) -> str:
    """``{error: {code, message}}``: the members that are always there."""
    schema = flattened(schema)
    properties = schema.get("properties", {})
    inner = [
        name + (f": {_shape(properties[name])}" if properties.get(name, {}).get("properties") else "")
        for name in schema.get("required", properties)
    ]
    return "{" + ", ".join(inner) + "}"
