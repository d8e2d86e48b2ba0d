"""What is compared: reports, revisions of what a provider documents, and providers side by side.

Verdicts and contracts are compared, never the exchanges behind them. A new format is one function to text and one
line: in FORMATS for a difference of reports, REVISION_FORMATS for one of revisions, TABLE_FORMATS for providers.
"""

from __future__ import annotations

from harness.compare.claims import Party, Revised, changes
from harness.compare.demands import Shift
from harness.compare.forms import TABLE_FORMATS
from harness.compare.reports import Change, Difference, Pair, Side, Turn, differences
from harness.compare.revisions import Step, Timeline, common, label, remembered, step, steps, turned
from harness.compare.show import FORMATS
from harness.compare.show_revisions import REVISION_FORMATS
from harness.compare.table import Table, by_model, by_provider, served, titles

__all__ = [
    "FORMATS",
    "REVISION_FORMATS",
    "TABLE_FORMATS",
    "Change",
    "Difference",
    "Pair",
    "Party",
    "Revised",
    "Shift",
    "Side",
    "Step",
    "Table",
    "Timeline",
    "Turn",
    "by_model",
    "by_provider",
    "changes",
    "common",
    "differences",
    "label",
    "remembered",
    "served",
    "step",
    "steps",
    "titles",
    "turned",
]
