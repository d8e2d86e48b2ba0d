"""Reports held against each other, and providers side by side. What is compared are verdicts and contracts,
never the exchanges behind them.

A new format of a difference is one function from a difference to text, and one line in FORMATS; of the comparison of
providers, one in TABLE_FORMATS.
"""

from __future__ import annotations

from harness.compare.forms import TABLE_FORMATS
from harness.compare.reports import Change, Difference, Pair, Side, Turn, differences
from harness.compare.show import FORMATS
from harness.compare.table import Table, by_model, by_provider, served, titles

__all__ = [
    "FORMATS",
    "TABLE_FORMATS",
    "Change",
    "Difference",
    "Pair",
    "Side",
    "Table",
    "Turn",
    "by_model",
    "by_provider",
    "differences",
    "served",
    "titles",
]
