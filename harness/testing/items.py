"""Claims, and waivers that need looking at, as pytest items."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from harness.claim import Claim
from harness.contract import Contract, load
from harness.errors import HarnessError
from harness.gate import Waiver
from harness.testing.cost import paid
from harness.testing.evidence import Rulings, today
from harness.testing.live import LiveRun
from harness.testing.names import ROOT, item_name, waiver_name
from harness.testing.ruling import Fate, Ruling
from harness.testing.settings import Settings

#: Of a reason on one line.
_LINE = 300


class Claims(pytest.Collector):
    """The claims of the session's providers. ``only`` are names of items; every one where there are none."""

    settings: Settings
    evidence: Rulings
    only: frozenset[str]

    @classmethod
    def asked(cls, session: pytest.Session, settings: Settings, folder: Path, only: frozenset[str]) -> Claims:
        """The collector for what was asked for. ``folder`` is where a live run is made, the same in all processes."""
        claims: Claims = cls.from_parent(session, name=ROOT, nodeid=ROOT)
        run = None
        if settings.live is not None:
            run = LiveRun(settings=settings, live=settings.live, folder=folder, claims=_Selected(session))
        claims.settings, claims.only = settings, only
        claims.evidence = Rulings(settings, run)
        return claims

    def collect(self) -> Iterator[pytest.Item]:
        items = [*self._claims(), *self._waivers()]
        missing = sorted(set(self.only) - {item.name for item in items})
        if missing:
            raise self.CollectError(f"no such claim: {', '.join(f'{ROOT}::{name}' for name in missing)}")
        return (item for item in items if not self.only or item.name in self.only)

    def _claims(self) -> Iterator[pytest.Item]:
        for provider in self.settings.providers:
            contract = load(provider)
            for claim in contract.claims.values():
                item: ClaimItem = ClaimItem.from_parent(self, name=item_name(claim.id))
                item.of(contract, claim, live=self.settings.live is not None)
                yield item

    def _waivers(self) -> Iterator[pytest.Item]:
        """Those that no claim's own item can speak for: of several claims, of none, or no longer valid."""
        for waiver in self.evidence.waivers:
            if waiver.provider in self.settings.providers and not self.stands(waiver):
                item: WaiverItem = WaiverItem.from_parent(self, name=waiver_name(waiver))
                item.waiver = waiver
                yield item

    def stands(self, waiver: Waiver) -> bool:
        """Whether it is about one claim that there is, and has not expired."""
        return waiver.claim in load(waiver.provider).claims and waiver.expires >= today()


class _Selected(Mapping[str, Collection[str]]):
    """The claims of each provider whose items are left when everybody has deselected theirs."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session

    def _names(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for item in self._session.items:
            if isinstance(item, ClaimItem):
                names.setdefault(item.provider, []).append(item.claim.id)
        return names

    def __getitem__(self, provider: str) -> Collection[str]:
        return self._names()[provider]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())


class _HarnessItem(pytest.Item):
    """An item that reads what the evidence comes to; a fault of ours is an error, and not the provider's failure."""

    @property
    def claims(self) -> Claims:
        assert isinstance(self.parent, Claims)
        return self.parent

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        return self.path, None, self.headline

    @property
    def headline(self) -> str:
        """Above a failure. No end of the node's id: pytest would take its dots for its own."""
        return f"harness {self.name}"


class ClaimItem(_HarnessItem):
    """One claim."""

    claim: Claim
    provider: str
    _ruling: Ruling

    @property
    def headline(self) -> str:
        return f"claim {self.claim.id}"

    def of(self, contract: Contract, claim: Claim, *, live: bool) -> None:
        """What it is about, and the markers by which it can be selected."""
        self.claim, self.provider = claim, contract.provider
        self.extra_keyword_matches.add(claim.id)
        self.add_marker(pytest.mark.provider(name=contract.provider))
        self.add_marker(pytest.mark.claim(id=claim.id))
        self.add_marker(pytest.mark.kind(name=claim.kind.value))
        if live:
            self.add_marker(pytest.mark.live)
        if paid(contract, claim):
            self.add_marker(pytest.mark.paid)

    def setup(self) -> None:
        try:
            self._ruling = self.claims.evidence.ruling(self.provider, self.claim.id)
        except HarnessError as fault:
            pytest.fail(str(fault), pytrace=False)
        if self._ruling.fate is Fate.ERROR:
            pytest.fail(self._ruling.text, pytrace=False)

    def runtest(self) -> None:
        self.user_properties.extend(self._ruling.properties)
        match self._ruling.fate:
            case Fate.FAILED:
                if self._ruling.waived is not None:
                    pytest.xfail(self._ruling.waived)
                pytest.fail(self._ruling.text, pytrace=False)
            case Fate.SKIPPED:
                if self._ruling.text:
                    self.add_report_section("call", "harness", self._ruling.text)
                pytest.skip(self._ruling.why[:_LINE])
            case Fate.PASSED:
                self._unwaived()

    def _unwaived(self) -> None:
        """A waiver of what is as documented by now has had its day: strict, as xfail has it."""
        evidence = self.claims.evidence
        for waiver in evidence.waivers:
            if waiver.claim == self.claim.id and self.claims.stands(waiver) and (remark := evidence.remark(waiver)):
                pytest.fail(str(remark), pytrace=False)


class WaiverItem(_HarnessItem):
    """One waiver; fails where the file must be changed."""

    waiver: Waiver

    def setup(self) -> None:
        try:
            self._remark = self.claims.evidence.remark(self.waiver)
        except HarnessError as fault:
            pytest.fail(str(fault), pytrace=False)

    def runtest(self) -> None:
        if self._remark is not None:
            pytest.fail(str(self._remark), pytrace=False)
