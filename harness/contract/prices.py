"""What a job can cost at most, from the provider's documented prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.claim import Claim
from harness.contract.model import Contract, Model
from harness.contract.shape import schema_at
from harness.contract.skus import Sku, price_list
from harness.contract.wanted import decoded, wanted
from harness.pointer import Tokens

#: Seconds assumed where a request leaves the length open and the model's entry lists none.
_LONGEST = 30.0
#: Lines assumed where it leaves the size open, too, and width to height wherever only the lines are known.
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
    readings = list(_readings(contract, body, model))
    if "per_second" in prices:
        return Price(float(prices["per_second"]) * max(each.seconds for each in readings), "documented per second")
    listed = price_list(contract, model) if model else []
    extra = _inputs(body) * sum(sku.usd for sku in listed if sku.unit == "input")
    costs = []
    for each in readings:
        fitting = [sku for sku in listed if sku.unit != "input"]
        exact = [sku for sku in fitting if not (sku.lines and each.lines and sku.lines != each.lines)]
        costs += [_cost(sku, each, prices.get("token", {})) for sku in exact or fitting]
    return Price(max(costs).usd + extra, max(costs).source) if costs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One way to take what a request asks for. ``lines`` None: a price of any resolution may apply.

    ``assumed``: nobody says how long the video is, or how large.
    """

    seconds: float
    lines: int | None
    pixels: float
    assumed: bool


def _readings(contract: Contract, body: Any, model: Model | None) -> Iterator[_Reading]:
    """What a request may come to. A wish that its model does not list may be ignored, and anything be made instead."""
    asked, doubted = wanted(contract, body), set(_doubted(contract, body, model))
    longest, largest = (_most(contract, model, name) for name in ("duration", "resolution"))
    seconds, unknown = asked.duration, False
    if seconds is None or "duration" in doubted:
        seconds, unknown = max(seconds or 0.0, longest or _LONGEST), longest is None
    if asked.size is not None:
        pixels = float(asked.size[0] * asked.size[1])
        yield _Reading(seconds=seconds, lines=min(asked.size), pixels=pixels, assumed=unknown)
    if asked.size is None or asked.resolution is not None or "size" in doubted:
        sized = asked.resolution is not None and "resolution" not in doubted
        lines = asked.resolution if sized else max(asked.resolution or 0, largest or _LARGEST)
        yield _Reading(
            seconds=seconds,
            lines=asked.resolution if sized else None,
            pixels=(lines or 0) ** 2 * _WIDEST,
            assumed=unknown or (not sized and largest is None),
        )


def _doubted(contract: Contract, body: Any, model: Model | None) -> Iterator[str]:
    """The axes on which nobody says that the model takes what the request asks for."""
    claims = contract.request_claims(contract.submit.id, model.id if model else None)
    broken = {claim.tokens for claim in claims if not claim.keeps(body)}
    for name in ("duration", "resolution", "size"):
        capability = contract.capabilities.get(name)
        if capability is not None and (capability.tokens in broken or _unlisted(contract, model, capability.tokens)):
            yield name


def _unlisted(contract: Contract, model: Model | None, tokens: Tokens) -> bool:
    """Whether other models have a list of what they take there, and neither this one has, nor all together."""
    everybodys = schema_at(contract.submit.body or {}, tokens) or {}
    if model is None or "enum" in everybodys or _listed(contract, model, tokens):
        return False
    return any(_lists(claim, tokens) for claim in contract.claims.values())


def _most(contract: Contract, model: Model | None, name: str) -> Any:
    """The most that the model lists on an axis; None where it has no list."""
    capability = contract.capabilities.get(name)
    if capability is None or model is None:
        return None
    known = [decoded(capability.encoding, each) for each in _listed(contract, model, capability.tokens)]
    return max((each for each in known if each), default=None)


def _listed(contract: Contract, model: Model, tokens: Tokens) -> Sequence[Any]:
    """What the model's entry lists for a field; empty where it has no list."""
    claims = contract.request_claims(contract.submit.id, model.id)
    return next((claim.parameters["value"] for claim in claims if _lists(claim, tokens)), ())


def _lists(claim: Claim, tokens: Tokens) -> bool:
    return claim.tokens == tokens and claim.parameters.get("narrows") == "enum"


def _cost(sku: Sku, asked: _Reading, token: Mapping[str, float]) -> Price:
    match sku.unit:
        case "second":
            usd = sku.usd * asked.seconds
        case "megapixel-second":  # of a video that was handed over, whose length and size no request tells
            usd = sku.usd * max(asked.pixels, _LARGEST**2 * _WIDEST) / 1e6 * max(asked.seconds, _LONGEST)
            return Price(usd, f"documented {sku.name}, {_LONGEST:g} s of {_LARGEST} lines assumed")
        case "token":
            usd = sku.usd * asked.pixels * token["frames"] * asked.seconds / token["pixels"]
        case _:
            return Price(sku.usd, f"documented {sku.name}")
    return Price(usd, f"documented {sku.name}{f', {asked.seconds:g} s assumed' if asked.assumed else ''}")


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
