"""The simulator's account: made-up prices, a balance that they are taken from, and the ways in which it may lie."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from harness.contract import Contract, Operation, State

#: What is in the account at first, in USD.
_FLOAT = 1000.0
#: What a lie is off by, in USD: more than any rounding.
_LIE = 1.0
#: Dearer than any documented price allows.
_BEYOND = 100_000.0


@dataclass
class Till:
    """One account. ``lies`` are the behaviours that the quirks of kind ``money`` name."""

    contract: Contract
    lies: Collection[str] = ()
    left: float = _FLOAT

    def price(self, seconds: float) -> float:
        """The made-up price of so many seconds of video, as it is quoted: never a vendor's."""
        return round(seconds * float(self.contract.prices.get("simulated_per_second", 0.0002)), 6)

    def cost(self, seconds: float, state: State) -> float | None:
        """What the answer about a job names as its cost; None for nothing."""
        price = self._charged(seconds)
        if state is State.FAILED:
            if "bills-failures" in self.lies:
                return price + _LIE
            return 0.0 if self.contract.money.failures_unbilled else None
        if state is not State.SUCCEEDED or "no-cost" in self.lies:
            return None
        if "negative-cost" in self.lies:
            return -price
        return _BEYOND if "beyond-the-list" in self.lies else price

    def accepted(self, seconds: float) -> None:
        """A job was started."""
        self.left -= self._charged(seconds)

    def failed(self, seconds: float) -> None:
        """A job has failed: what it cost goes back."""
        self.left += self._charged(seconds) - (_LIE if "bills-failures" in self.lies else 0.0)

    def refused(self, meaning: str) -> None:
        """A request was refused for something that is documented to cost nothing."""
        if "bills-refusals" in self.lies and meaning in self.contract.money.unbilled:
            self.left -= _LIE

    def headers(self, operation: Operation, status: int) -> Mapping[str, str]:
        """The balance, on every answer that is documented to carry it."""
        answer = operation.answers.get(status)
        marked = [name for name, said in (answer.headers if answer else {}).items() if "x-simulated" in said]
        if marked and "falls-by-itself" in self.lies:
            self.left -= _LIE
        if marked and "rises-by-itself" in self.lies:
            self.left += _LIE
        return {name.lower(): f"{self.left:.6f}" for name in marked}

    @property
    def once(self) -> bool:
        """Whether the same bytes start one job however often they are submitted."""
        return (self.contract.money.repeated == 1) != ("other-repeat" in self.lies)

    def _charged(self, seconds: float) -> float:
        return self.price(seconds) + (_LIE if "more-than-quoted" in self.lies else 0.0)
