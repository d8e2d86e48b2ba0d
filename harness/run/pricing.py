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
    _dearest: Price | None = None

    def known(self, body: Any) -> Price | None:
        """The price without asking anybody; None where neither the user nor the documentation names one."""
        model = self.contract.model_of(body)
        if model is not None and model in self.listed:
            return Price(self.listed[model], "your price list")
        return documented_price(self.contract, body)

    def settled(self, known: Price | None) -> Price | None:
        """``known``, or what is assumed. A body of no known model could be taken for any: the dearest so far counts."""
        if known is None:
            known = Price(self.assumed, "assumed") if self.assumed is not None else self._dearest
        if known is not None:
            self._dearest = max(self._dearest or known, known)
        return known
