"""The comparison as a value: axes × providers, or × models; every cell with what was observed and where it was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from harness.compare.axes import AXES, Axis
from harness.compare.cells import Cell
from harness.compare.observed import Observation, ReportIndex
from harness.compare.scope import Scopes
from harness.contract import Contract, Family
from harness.errors import UnknownName
from harness.interaction import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A provider with the models that are looked at. ``name`` tells it from its neighbours."""

    scopes: Scopes
    models: tuple[str, ...]
    name: str
    title: str
    evidence: tuple[tuple[Origin, str], ...]

    @property
    def provider(self) -> str:
        return self.scopes.contract.provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One axis. ``cells`` and ``observed`` have one entry for each column."""

    axis: Axis
    cells: tuple[Cell, ...]
    observed: tuple[tuple[Observation, ...], ...]

    @property
    def differs(self) -> bool:
        return len({cell.text for cell in self.cells}) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The whole comparison. ``about`` says what it is of; ``generated_at`` is when the report was made."""

    about: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    generated_at: str

    @property
    def providers(self) -> list[Column]:
        """The first column of each provider: what is said of a provider as a whole is the same in all of them."""
        found: dict[str, Column] = {}
        for column in self.columns:
            found.setdefault(column.provider, column)
        return list(found.values())

    @property
    def simulated(self) -> bool:
        """Whether it shows what a simulator did."""
        return any(origin is Origin.SIMULATED for column in self.columns for origin, _ in column.evidence)

    def differences(self) -> Table:
        """Only the rows whose columns are not all alike."""
        return replace(
            self, rows=tuple(row for row in self.rows if row.differs), about=f"{self.about}, where they differ"
        )

    def groups(self) -> Iterator[tuple[str, list[Row]]]:
        """Rows by their groups, in order."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.axis.group, []).append(row)
        yield from found.items()


def by_provider(contracts: Sequence[Contract], report: Mapping[str, Any], *, simulated: bool = False) -> Table:
    """One column for each provider, over all its models. ``simulated``: also with what simulators did."""
    evidence = _index(report, simulated)
    columns = [
        _column(contract, tuple(contract.models), contract.provider, contract.title, evidence) for contract in contracts
    ]
    return _table("Providers side by side", columns, evidence, report)


def by_model(
    contracts: Sequence[Contract], names: Sequence[str], report: Mapping[str, Any], *, simulated: bool = False
) -> Table:
    """One column for each model that one of the names means: a family, its title, or a provider's own id or a glob."""
    evidence = _index(report, simulated)
    columns = [
        _column(contract, (model,), f"{contract.provider} {model}", contract.title, evidence)
        for contract in contracts
        for model in contract.models
        if any(is_meant(contract, model, name) for name in names)
    ]
    about = f"{', '.join(titles(contracts, names))} side by side"
    return _table(about, columns, evidence, report, [axis for axis in AXES if axis.id != "models"])


def is_meant(contract: Contract, model: str, name: str) -> bool:
    """Whether a name means a model: by its family, the family's title, its own id, or a glob of one of these."""
    family = contract.models[model].family
    known = [model, *([family.id, family.title] if family else [])]
    return any(fnmatchcase(each.lower(), name.lower()) for each in known)


def served(contracts: Sequence[Contract]) -> list[tuple[Family, dict[str, list[str]]]]:
    """Families with the models by provider; those that most providers serve first, then by title."""
    found: dict[str, tuple[Family, dict[str, list[str]]]] = {}
    for contract in contracts:
        for model in contract.models.values():
            if model.family is not None:
                _, serving = found.setdefault(model.family.id, (model.family, {}))
                serving.setdefault(contract.provider, []).append(model.id)
    return sorted(found.values(), key=lambda each: (-len(each[1]), each[0].title))


def titles(contracts: Sequence[Contract], names: Iterable[str]) -> list[str]:
    """The titles of what the names mean. Raises UnknownName for one that means nothing."""
    return list(dict.fromkeys(title for name in names for title in _meant(contracts, name)))


def _meant(contracts: Sequence[Contract], name: str) -> list[str]:
    meant = [
        model.family.title if model.family else model.id
        for contract in contracts
        for model in contract.models.values()
        if is_meant(contract, model.id, name)
    ]
    if not meant:
        families = {family.id for family, _ in served(contracts)}
        models = {model for contract in contracts for model in contract.models}
        raise UnknownName("model", name, families | models, see="harness compare --models")
    return meant


def _index(report: Mapping[str, Any], simulated: bool) -> ReportIndex:
    """What a simulator did is which quirks somebody switched on: it compares no vendors unless it is asked for."""
    entries = report["providers"]
    return ReportIndex(each for each in entries if simulated or each["source"]["provenance"] != Origin.SIMULATED)


def _column(contract: Contract, models: tuple[str, ...], name: str, title: str, evidence: ReportIndex) -> Column:
    return Column(
        scopes=Scopes(contract),
        models=models,
        name=name,
        title=title,
        evidence=tuple(evidence.sources(contract.provider)),
    )


def _table(
    about: str, columns: Iterable[Column], evidence: ReportIndex, report: Mapping[str, Any], axes: Sequence[Axis] = AXES
) -> Table:
    chosen = tuple(columns)
    return Table(
        about=about,
        columns=chosen,
        rows=tuple(_row(axis, chosen, evidence) for axis in axes),
        generated_at=report["generated_at"],
    )


def _row(axis: Axis, columns: Sequence[Column], evidence: ReportIndex) -> Row:
    cells = tuple(axis.read(column.scopes, column.models) for column in columns)
    observed = tuple(evidence.of(column.provider, cell.claims) for column, cell in zip(columns, cells, strict=True))
    return Row(axis=axis, cells=cells, observed=observed)
