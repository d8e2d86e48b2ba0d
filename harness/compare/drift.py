"""What became of a provider's documents since they were gone through: its OpenAPI document and its model catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.compare.catalogues import Catalogues
from harness.compare.demands import Shift
from harness.compare.revisions import Step
from harness.contract.model import Contract
from harness.contract.revision import Revision, revision

#: What an OpenAPI document can say: other checks are of claims that come from elsewhere.
_SAYABLE = frozenset(
    {
        *("request", "response", "authorization", "media-type", "unknown-id"),
        *("documented-status", "accepted-status", "invalid-status", "malformed-body"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Drift:
    """``document`` and ``catalogue`` are None where they were not looked at.

    ``recorded``: the document is checked against the record of what it said, and not against the contract's own claims,
    among which what was left out and added by hand shows as drift.
    """

    provider: str
    document: Step | None = None
    recorded: bool = True
    catalogue: Catalogues | None = None
    fingerprint: str = ""  # of the catalogue held

    @property
    def drifted(self) -> bool:
        """Whether anything is other than it was."""
        return bool(self.document and self.document.revised) or bool(self.catalogue and self.catalogue.moved)

    @property
    def counts(self) -> Mapping[Shift, int]:
        """By class: of claims, and of models and their entries."""
        found = Counter(each.shift for each in (self.document.revised if self.document else ()))
        found.update(each.shift for each in (self.catalogue.moved if self.catalogue else ()))
        return {shift: found[shift] for shift in Shift}


def held(contract: Contract) -> Revision:
    """What a contract says that its OpenAPI document could have said: where nothing is on record of that."""
    own = contract.openapi.get("x-document")
    whole = revision(contract, contract.provider)
    claims = {
        name: claim
        for name, claim in whole.claims.items()
        if claim.check in _SAYABLE and claim.model is None and claim.source.document == own and claim.rule != "unknown"
    }
    return replace(whole, claims=claims)
