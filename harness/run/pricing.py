"""What a submission can cost at most, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.contract import Contract
from harness.contract.prices import Price, documented_price


@dataclass
class Pricing:
    """The user's own list first, then the documented one, then quotes, then what the user assumes.

    ``listed`` is USD for a job of a model, ``assumed`` USD for any job without a price, ``quotes`` what the provider
    answered, by the id of the question. ``needed`` is False where nothing can cost anything, ``asks`` where a quote
    would be nobody's price.
    """

    contract: Contract
    listed: Mapping[str, float] = field(default_factory=dict)
    assumed: float | None = None
    needed: bool = True
    asks: bool = True
    quotes: dict[str, Price | None] = field(default_factory=dict)

    @property
    def partial(self) -> bool:
        """Whether some jobs may have a price where others have none."""
        return bool(self.listed) or "quote" in self.contract.prices

    def known(self, body: Any) -> Price | None:
        """The price without asking anybody; None where neither the user nor the documentation names one.

        A body of no known model could be taken for any: the dearest counts, where each has a price.
        """
        model, models = self.contract.model_of(body), self.contract.models
        if model is not None and model in self.listed:
            return Price(self.listed[model], "your price list")
        if model not in models and models and models.keys() <= self.listed.keys():
            return Price(max(self.listed.values()), "your price list")
        return documented_price(self.contract, body)

    def settled(self, known: Price | None) -> Price | None:
        """``known``, or what the user assumes; None where nobody says. Another job's price says nothing of this one."""
        return Price(self.assumed, "assumed") if known is None and self.assumed is not None else known
