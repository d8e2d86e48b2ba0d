"""What a job can cost at most, from the provider's documented prices."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.contract.model import Contract, Model
from harness.contract.wanted import NAMED_LINES, Wanted, decoded, wanted
from harness.document import canonical
from harness.errors import SpecError
from harness.pointer import parse, value

#: Seconds assumed where a request leaves the length open and the model's entry lists none.
_LONGEST = 30.0
#: Prices that come on top, for each file that is handed over.
_PER_INPUT = re.compile(r"per_(?:image|video|audio)_input|^reference_(?:images|videos|audios)$")


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


def _priced(contract: Contract, body: Any, model: Model | None) -> Price | None:
    prices = contract.prices
    asked = _widest(contract, body, model)
    seconds = asked.duration or _LONGEST
    if "per_second" in prices:
        return Price(float(prices["per_second"]) * seconds, "documented per second")
    if "catalogue" not in prices:
        return None
    listed = price_list(contract, model) if model else {}
    if not listed:
        return None
    extra = _inputs(body) * sum(_scale(sku) * price for sku, price in listed.items() if _PER_INPUT.search(sku))
    for wish in (asked, replace(asked, resolution=None)):  # one that no price is for could be given any
        costs = [
            Price(cost + extra, f"documented {sku}")
            for sku, price in listed.items()
            if not _PER_INPUT.search(sku) and (cost := _cost(sku, price, seconds, wish)) is not None
        ]
        if costs:
            return max(costs)
    return None


def as_listed(contract: Contract, model: Model) -> Mapping[str, Any]:
    """SKU → price as the model's entry writes it; empty where the entry has none."""
    listed = value(model.entry, parse(contract.prices["catalogue"])) if "catalogue" in contract.prices else None
    return listed if isinstance(listed, Mapping) else {}


def price_list(contract: Contract, model: Model) -> Mapping[str, float]:
    """The same as amounts, each in the unit that its SKU names. Raises SpecError for what is no amount."""
    return {sku: _amount(price, sku, contract, model) for sku, price in as_listed(contract, model).items()}


def _amount(price: Any, sku: str, contract: Contract, model: Model) -> float:
    try:
        found = math.nan if isinstance(price, bool) else float(price)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not 0 <= found < math.inf:
        raise SpecError(
            f"the price of {sku!r} of model {model.id!r} is {canonical(price)[:80]}, which is not an amount",
            where=f"{contract.provider}: {contract.prices['catalogue']} of the catalogue",
            hint='Give a number of zero or more, as 0.05 or "0.05"; leave out a price that nobody can compute with.',
        )
    return found


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


def per_second(sku: str, price: float) -> float | None:
    """Dollars for a second of video by a price of this name; None for a price of something else."""
    by_time = "second" in sku and "megapixel" not in sku and "token" not in sku
    return price * _scale(sku) if by_time else None


def told_by_time(contract: Contract, body: Any) -> bool:
    """Whether the price of a submission is so much a second and nothing else, which needs no reading of names."""
    if "per_second" in contract.prices:
        return True
    model = contract.models.get(contract.model_of(body) or "")
    listed = as_listed(contract, model) if model else {}
    return bool(listed) and all(per_second(sku, 1.0) is not None for sku in listed)


def _scale(sku: str) -> float:
    return 0.01 if sku.startswith(("cents_", "minimum_cents_")) else 1.0


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


def _cost(sku: str, price: float, seconds: float, asked: Wanted) -> float | None:
    named = re.search(r"(?<![0-9])([0-9]+p|[0-9]k)(?![a-z])", sku, re.IGNORECASE)
    if named and asked.resolution and _lines(named[1]) != asked.resolution:
        return None
    if "megapixel_second" in sku:
        return price * _scale(sku) * _pixels(asked) / 1e6 * seconds
    if "token" in sku:
        return price * _pixels(asked) * 24 * seconds / 1024
    by_time = per_second(sku, price)
    return price * _scale(sku) if by_time is None else by_time * seconds


def _pixels(asked: Wanted) -> float:
    if asked.size:
        return float(asked.size[0] * asked.size[1])
    lines = asked.resolution or 2160
    return lines * lines * 21 / 9


def _lines(name: str) -> int:
    return NAMED_LINES.get(name.lower()) or int(name[:-1])
