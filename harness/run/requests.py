"""From a probe to the request that is sent: addresses, and what only an accepted job can fill in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from harness.contract import Contract, Operation
from harness.contract.links import placeholders
from harness.interaction import SITUATION_HEADER, Request, unissued_like
from harness.judge.seen import Seen
from harness.pointer import evaluate, parse, value
from harness.probe.plan import UNKNOWN, Probe


def requested(contract: Contract, base_url: str, probe: Probe, anchor: Seen | None) -> Request:
    """What a probe sends. ``anchor``: the accepted submission whose id and values an anchored probe names."""
    operation = contract.operations[probe.operation]
    path, body = dict(probe.path), probe.body
    if probe.anchored:
        path = {name: str(_filled(text, anchor)) for name, text in path.items()}
        body = _replaced(body, lambda each: _filled(each, anchor))
    url = base_url + operation.address(path)
    if probe.query:
        url += "?" + urlencode(probe.query, quote_via=quote)
    headers = {"accept": "application/json, video/*"}
    if operation.body is not None:
        headers["content-type"] = "application/json"
    if probe.situation:
        headers[SITUATION_HEADER] = probe.situation
    raw = probe.raw if probe.raw is not None else json.dumps(body) if operation.body is not None else ""
    return Request(method=operation.method, url=url, headers=headers, body=raw.encode())


def about(contract: Contract, base_url: str, operation: Operation, submission: Seen) -> Request:
    """A request of ``operation`` about the job that a submission started, as the documents wire the two."""
    path, body = placeholders(contract, operation)
    probe = Probe(
        family="about",
        operation=operation.id,
        anchored=True,
        path=path,
        body=body if operation.body is not None else None,
    )
    return requested(contract, base_url, probe, submission)


def _filled(expression: Any, anchor: Seen | None) -> Any:
    """A value from the anchor job, where the plan holds an expression."""
    if not isinstance(expression, str) or not expression.startswith("$") or anchor is None:
        return expression
    if expression.startswith(UNKNOWN):
        return unissued_like(str(value(anchor.answer, parse(expression.removeprefix(UNKNOWN)))))
    return evaluate(expression, request_body=anchor.body, response_body=anchor.answer, path=anchor.path, headers={})


def _replaced(body: Any, fill: Callable[[Any], Any]) -> Any:
    match body:
        case dict():
            return {name: _replaced(inner, fill) for name, inner in body.items()}
        case list():
            return [_replaced(inner, fill) for inner in body]
        case _:
            return fill(body)
