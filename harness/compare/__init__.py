"""Reports held against each other, and revisions of what a provider documents.

Of reports, verdicts are compared and never the exchanges behind them; of revisions, claims. A new format of a
difference is one function from it to text, and one line in FORMATS (of reports) or REVISION_FORMATS.
"""

from __future__ import annotations

from harness.compare.claims import Party, Revised, changes
from harness.compare.demands import Shift
from harness.compare.reports import Change, Difference, Pair, Side, Turn, differences
from harness.compare.revisions import Step, Timeline, common, label, remembered, step, steps, told
from harness.compare.show import FORMATS
from harness.compare.show_revisions import REVISION_FORMATS

__all__ = [
    "FORMATS",
    "REVISION_FORMATS",
    "Change",
    "Difference",
    "Pair",
    "Party",
    "Revised",
    "Shift",
    "Side",
    "Step",
    "Timeline",
    "Turn",
    "changes",
    "common",
    "differences",
    "label",
    "remembered",
    "step",
    "steps",
    "told",
]
