"""harness providers: who can be judged, and by how much."""

from __future__ import annotations

import argparse
from collections import Counter

from harness.contract import load_all
from harness.simulator import known


def providers(args: argparse.Namespace) -> int:
    """One line per provider."""
    for contract in load_all():
        kinds = Counter(claim.kind.value for claim in contract.claims.values())
        shown = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
        print(f"{contract.provider}\t{contract.title}\t{contract.base_url}\tkey: {contract.key_variable}")
        print(
            f"\t{len(contract.operations)} operations, {len(contract.models)} models, "
            f"{len(contract.claims)} claims ({shown})"
        )
        print(f"\t{len(contract.exclusions)} exclusions, {len(known(contract.provider, contract.folder))} quirks")
    return 0
