"""What a job can cost at most, from the provider's documented prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.contract.model import Contract, Model
from harness.contract.skus import Sku, price_list
from harness.contract.wanted import Wanted, decoded, wanted

#: Seconds assumed where a request leaves the length open and the model's entry lists none.
_LONGEST = 30.0
#: Lines and width to height assumed where it leaves the size open, too.
_LARGEST, _WIDEST = 2160, 21 / 9


@dataclass(frozen=True, slots=True, order=True)
class Price:
    """USD for one job, and where the figure comes from."""

    usd: float
    source: str


def documented_price(contract: Contract, body: Any) -> Price | None:
    """The most that a submission can cost by the documented price list; None where there is none.

    Every price of the model's entry that could apply is worked out, and the dearest counts. A body that names no
    known model could be taken for any of them.
    """
    known = contract.models.get(contract.model_of(body) or "")
    if known is not None or "catalogue" not in contract.prices:
        return _priced(contract, body, known)
    every = (_priced(contract, body, model) for model in contract.models.values())
    return max((each for each in every if each), default=None)


def told_by_time(contract: Contract, body: Any) -> bool:
    """Whether the price of a submission is so much a second and nothing else, which needs no reading of names."""
    if "per_second" in contract.prices:
        return True
    model = contract.models.get(contract.model_of(body) or "")
    listed = price_list(contract, model) if model else []
    return bool(listed) and all(sku.unit == "second" for sku in listed)


def _priced(contract: Contract, body: Any, model: Model | None) -> Price | None:
    prices = contract.prices
    asked = _widest(contract, body, model)
    seconds = asked.duration or _LONGEST
    if "per_second" in prices:
        return Price(float(prices["per_second"]) * seconds, "documented per second")
    listed = price_list(contract, model) if model else []
    extra = _inputs(body) * sum(sku.usd for sku in listed if sku.unit == "input")
    for wish in (asked, replace(asked, resolution=None)):  # one that no price is for could be given any
        costs = [
            Price(_cost(sku, wish, seconds, prices.get("token", {})) + extra, f"documented {sku.name}")
            for sku in listed
            if sku.unit != "input" and not (sku.lines and wish.resolution and sku.lines != wish.resolution)
        ]
        if costs:
            return max(costs)
    return None


def _cost(sku: Sku, asked: Wanted, seconds: float, token: Mapping[str, float]) -> float:
    match sku.unit:
        case "second":
            return sku.usd * seconds
        case "megapixel-second":
            return sku.usd * _pixels(asked) / 1e6 * seconds
        case "token":
            return sku.usd * _pixels(asked) * token["frames"] * seconds / token["pixels"]
        case _:
            return sku.usd


def _pixels(asked: Wanted) -> float:
    if asked.size:
        return float(asked.size[0] * asked.size[1])
    lines = asked.resolution or _LARGEST
    return lines * lines * _WIDEST


def _inputs(value: Any) -> int:
    """How many files a request hands over: every URL in it counts."""
    match value:
        case str():
            return int(value.startswith(("http:", "https:", "data:")))
        case list():
            return sum(map(_inputs, value))
        case dict():
            return sum(map(_inputs, value.values()))
        case _:
            return 0


def _widest(contract: Contract, body: Any, model: Model | None) -> Wanted:
    """What the request asks for; where it leaves length or resolution open, the most that its model lists."""
    asked = wanted(contract, body)
    most: dict[str, Any] = {name: getattr(asked, name) for name in Wanted.__slots__}
    listed = {
        claim.tokens: claim.parameters["value"]
        for claim in contract.request_claims(contract.submit.id, model.id if model else None)
        if claim.parameters.get("narrows") == "enum"
    }
    for name in ("duration", "resolution"):
        capability = contract.capabilities.get(name)
        if most[name] is None and capability and capability.tokens in listed:
            known = [decoded(capability.encoding, each) for each in listed[capability.tokens]]
            most[name] = max((each for each in known if each), default=None)
    return Wanted(**most)
