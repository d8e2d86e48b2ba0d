"""How a job's id travels from the submission to the other operations: the OpenAPI links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.contract.model import Contract, Operation, Role
from harness.pointer import parse, put, value, values

#: Numbers from here on are no ids (and very large ones no text either).
_LARGEST_ID = 10**40


def expressions(contract: Contract, operation: Operation) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """(path parameters, body fields by pointer) of ``operation`` as expressions over a submission."""
    accepted = contract.submit.accepted
    for link in accepted.links.values() if accepted else ():
        if link["operationId"] == operation.id:
            body = {f"/{name}": expression for name, expression in link.get("requestBody", {}).items()}
            return link.get("parameters", {}), body
    if operation.role not in (Role.POLL, Role.CONTENT, Role.COMPLETE):
        return {}, {}
    # An operation without a link of its own takes the job's id where the poll operation takes it.
    poll = next((link for link in accepted.links.values()), None) if accepted else None
    if poll is None:
        return {}, {}
    names = {parameter["name"] for parameter in operation.parameters if parameter.get("in") == "path"}
    fields = set((operation.body or {}).get("properties", {}))
    path = {n: e for n, e in poll.get("parameters", {}).items() if n in names}
    return path, {f"/{n}": e for n, e in poll.get("requestBody", {}).items() if n in fields}


def job_id(contract: Contract, operation: Operation, path: Mapping[str, str], body: Any) -> str | None:
    """The job that a request to ``operation`` is about, read where the links put the id."""
    wanted = "$response.body#" + "".join(f"/{token}" for token in contract.job.id)
    parameters, fields = expressions(contract, operation)
    for name, expression in parameters.items():
        if expression == wanted:
            return path.get(name)
    for pointer, expression in fields.items():
        if expression == wanted:
            return as_id(value(body, parse(pointer)))
    return None


def as_id(found: Any) -> str | None:
    """An id as text; a whole number is one, since in an address nobody can tell them apart."""
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < _LARGEST_ID:
        return str(found)
    return found if isinstance(found, str) else None


def placeholders(contract: Contract, operation: Operation) -> tuple[dict[str, str], dict[str, Any]]:
    """Path parameters and body whose values are still the expressions, to be filled from a submission."""
    parameters, fields = expressions(contract, operation)
    body: dict[str, Any] = {}
    for pointer, expression in fields.items():
        put(body, parse(pointer), expression)
    return dict(parameters), body


def result_urls(contract: Contract, place: str, answer: Any) -> list[str]:
    """The addresses of the video that an answer names: of the poll (``body``) or of the ``submission``."""
    return [
        url
        for result in contract.job.results
        if result.place == place
        for url in values(answer, result.tokens)
        if isinstance(url, str) and url
    ]
