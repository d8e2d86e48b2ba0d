"""Webhook deliveries of the simulator: to receivers on this machine alone."""

from __future__ import annotations

import ipaddress
import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from harness.contract import Contract, State
from harness.pointer import Tokens
from harness.simulator import synthesis
from harness.simulator.engine import SIMULATED_HEADER, Simulator

#: Long enough that a client has read the submission's answer before its job is over.
_DELAY = 0.2


def body(contract: Contract, job: str) -> Any | None:
    """What the documented callback sends for a job that succeeded; None where no callback is documented."""
    said = contract.openapi["paths"][contract.submit.path][contract.submit.method.lower()]
    for expressions in said.get("callbacks", {}).values():
        for item in expressions.values():
            schema = item["post"]["requestBody"]["content"]["application/json"]["schema"]
            return synthesis.body(schema, _known(contract, schema, job))
    return None


def deliver(simulator: Simulator) -> None:
    """Send what is due, each from a thread of its own. Addresses that are not loopback are left alone."""
    while simulator.due:
        address, job = simulator.due.pop(0)
        sent = body(simulator.contract, job)
        if sent is not None and loopback(address):
            threading.Thread(target=_post, args=(address, sent, simulator.contract.provider), daemon=True).start()


def loopback(address: str) -> bool:
    """Whether an address is on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        return parts.scheme in ("http", "https") and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def _known(contract: Contract, schema: Mapping[str, Any], job: str) -> dict[Tokens, Any]:
    word = next(word for word, state in contract.job.words.items() if state is State.SUCCEEDED)
    prefixes: list[Tokens] = [(), *((name,) for name in schema.get("properties", {}))]
    known: dict[Tokens, Any] = {}
    for prefix in prefixes:
        known |= {(*prefix, *contract.job.id): job, (*prefix, *contract.job.status): word}
    return known


def _post(address: str, sent: Any, provider: str) -> None:
    time.sleep(_DELAY)
    headers = {"content-type": "application/json", SIMULATED_HEADER: provider}
    try:
        httpx.post(address, content=json.dumps(sent).encode(), headers=headers, timeout=5, trust_env=False)
    except httpx.HTTPError:
        return  # a receiver that is gone is its own concern
