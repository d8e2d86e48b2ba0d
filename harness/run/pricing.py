"""What a submission can cost at most, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.contract import Contract
from harness.contract.prices import Price, documented_price

_LISTED = "your price list"


def named(contract: Contract, body: Any) -> str:
    """What a submission would start, for messages."""
    return f"a job of {contract.model_of(body) or 'an unnamed model'}"


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
        model, documented = self.contract.model_of(body), documented_price(self.contract, body)
        if model is not None and model in self.listed:
            return Price(self.listed[model], _LISTED)
        if model in self.contract.models or (documented is None and self.contract.models.keys() - self.listed.keys()):
            return documented
        return max((each for each in (self._dearest(), documented) if each), default=None)

    def settled(self, known: Price | None, body: Any) -> Price | None:
        """``known``, or what the user assumes; None where nobody says. Another job's price says nothing of this one.

        Where it is not known which job that is, it may be the dearest that the user has listed.
        """
        if known is not None or self.assumed is None:
            return known
        dearest = None if self.contract.model_of(body) in self.contract.models else self._dearest()
        return max(each for each in (Price(self.assumed, "assumed"), dearest) if each)

    def price(self, body: Any) -> Price | None:
        """What a submission can cost at most, as far as that is known without asking."""
        return self.settled(self.known(body), body)

    def usd(self, body: Any) -> float:
        """The same in USD, 0 where nobody says: what the cheapest comes first by."""
        price = self.price(body)
        return price.usd if price else 0.0

    def _dearest(self) -> Price | None:
        """The dearest of the user's own prices for models of this provider."""
        own = [usd for model, usd in self.listed.items() if model in self.contract.models]
        return Price(max(own), _LISTED) if own else None
