"""The one function that every submission passes: nothing is sent that the budget might not cover."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import BudgetSpent, ConfigurationError


@dataclass
class Ledger:
    """Reserve before sending, settle after. USD throughout."""

    budget: float
    spent: float = 0.0
    reserved: float = 0.0
    unknown: float = 0.0  # part of what is reserved: submissions whose outcome nobody knows

    def reserve(self, price: float | None, what: str) -> float:
        """Set the worst price aside. Raises BudgetSpent, or ConfigurationError where no price is known."""
        if price is None:
            raise ConfigurationError(
                f"the price of {what} is not documented, so a budget cannot be kept",
                hint="Name the most that one job can cost: --assume-price USD.",
            )
        if self.spent + self.reserved + price > self.budget + 1e-9:
            raise BudgetSpent(
                f"the next submission could cost {price:.4f} USD and {self.budget - self.spent - self.reserved:.4f} of "
                f"{self.budget:.2f} USD is left",
                hint="What was seen so far is in the report. Raise --budget to go on.",
            )
        self.reserved += price
        return price

    def settle(self, reserved: float, cost: float | None) -> None:
        """``cost`` as known now; None keeps the reservation, for an outcome that is not known."""
        if cost is None:
            self.unknown += reserved
            return
        self.reserved -= reserved
        self.spent += cost
