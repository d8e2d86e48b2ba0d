"""The question about a price that belongs to a submission."""

from __future__ import annotations

from typing import Any

from harness.contract import Contract, Operation
from harness.probe.build import Builder


def quote_body(contract: Contract, quote: Operation, body: Any) -> Any:
    """The body that asks what a submission of ``body`` costs: the smallest valid one, and every value that both take.

    A value that is not permitted is asked for all the same: what a job of 120 seconds costs is not told by the price
    of one of five.
    """
    builder = Builder(contract, quote)
    named = contract.model_of(body)
    wanted = builder.minimal(named if named in contract.models else contract.default_model) or {}
    for name, given in body.items() if isinstance(body, dict) else ():
        if name in (quote.body or {}).get("properties", {}):
            wanted = builder.with_value(wanted, (name,), given) or {**wanted, name: given}
    return wanted
