"""What a run may cost: the caps, and the one place that says no."""

from __future__ import annotations

from dataclasses import dataclass

from harness.contract.prices import Price
from harness.errors import BudgetSpent, Unpriced


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """USD that may be spent and reserved at most; None is no cap of that kind."""

    run: float
    provider: float | None = None
    job: float | None = None
    day: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """USD spent or set aside so far, by the same scopes."""

    run: float = 0.0
    provider: float = 0.0
    day: float = 0.0


def allow(price: Price | None, caps: Caps, committed: Committed, what: str) -> Price:
    """``price`` if the caps cover it. Raises BudgetSpent, or Unpriced where nobody names a price."""
    if price is None:
        raise Unpriced(
            f"the price of {what} is not documented, so a budget cannot be kept",
            hint="Name the most that one job can cost: --assume-price USD, or a list of prices: --prices FILE.",
        )
    if caps.job is not None and price.usd > caps.job + 1e-9:
        raise BudgetSpent(
            f"{what} could cost {price.usd:.4f} USD ({price.source}), and --max-per-job is {caps.job:.2f} USD",
            hint="What was seen so far is in the report. Raise the cap to go on.",
        )
    scopes = (
        (caps.run, committed.run, "--budget"),
        (caps.provider, committed.provider, "--max-per-provider"),
        (caps.day, committed.day, "--max-per-day"),
    )
    for cap, taken, flag in scopes:
        if cap is not None and taken + price.usd > cap + 1e-9:
            raise BudgetSpent(
                f"the next submission could cost {price.usd:.4f} USD and {max(0.0, cap - taken):.4f} of "
                f"{cap:.2f} USD ({flag}) is left",
                hint=f"What was seen so far is in the report. Raise {flag} to go on.",
            )
    return price
