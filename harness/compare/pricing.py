"""The axis of prices: what the price list has for a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.compare.cells import Cell, documented, silent
from harness.compare.operations import address
from harness.compare.scope import Scopes
from harness.contract import Role
from harness.contract.skus import Sku, as_listed, price_list


def price(scopes: Scopes, models: Sequence[str]) -> Cell:
    """What the price list has for a second; other units stand as they are documented."""
    contract = scopes.contract
    prices = contract.prices
    sources = [contract.stated["price"].source] if "price" in contract.stated else []
    if "per_second" in prices:
        return documented(_dollars([float(prices["per_second"])]), sources=sources)
    served = {name: contract.models[name] for name in models}
    listed = {name: skus for name, model in served.items() if (skus := as_listed(contract, model))}
    if not listed:
        quote = contract.role(Role.QUOTE)
        if "quote" in prices and quote is not None:
            return documented(f"as {address(quote)} answers; no list", sources=sources)
        return silent()
    seconds = {name: timed for name in listed if (timed := _timed(price_list(contract, served[name])))}
    told = {name: _dollars(seconds[name]) if name in seconds else _listed(skus) for name, skus in listed.items()}
    if len(listed) == len(models) == 1:
        return documented(told[models[0]], sources=sources)
    span = _dollars([amount for timed in seconds.values() for amount in timed]) if seconds else ""
    parts = [f"{span} for {len(seconds)} of {len(models)} models"] if seconds else []
    if len(seconds) < len(listed):
        parts.append(f"other units for {len(listed) - len(seconds)}")
    return documented("; ".join(parts), by_model=told, sources=sources)


def _timed(skus: Sequence[Sku]) -> list[float]:
    """The prices of a second, if there is none of anything else that a video is made of."""
    found = [sku for sku in skus if sku.unit != "input"]
    return [sku.usd for sku in found] if all(sku.unit == "second" for sku in found) else []


def _listed(skus: Mapping[str, Any]) -> str:
    return ", ".join(f"{sku} {price}" for sku, price in skus.items())


def _dollars(amounts: Sequence[float]) -> str:
    low, high = (f"{amount:.4f}".rstrip("0").rstrip(".") for amount in (min(amounts), max(amounts)))
    return f"${low}" if low == high else f"${low}–{high}"
