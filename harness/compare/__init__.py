"""Reports held against each other. What is compared are verdicts, never the exchanges behind them.

A new format of a difference is one function from a difference to text, and one line in FORMATS.
"""

from __future__ import annotations

from harness.compare.reports import Change, Difference, Pair, Side, Turn, differences
from harness.compare.show import FORMATS

__all__ = ["FORMATS", "Change", "Difference", "Pair", "Side", "Turn", "differences"]
