"""One price of a provider's list, and what its name says that it is for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from harness.contract.model import Contract, Model
from harness.contract.wanted import lines_in
from harness.errors import SpecError
from harness.json_text import canonical
from harness.pointer import parse, value

#: ``input``: each file that is handed over, on top of the rest.
Unit = Literal["second", "token", "megapixel-second", "input", "job"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sku:
    """USD for one unit. ``lines``: of the resolution that the price is for, where its name says one."""

    name: str
    usd: float
    unit: Unit
    lines: int | None


def as_listed(contract: Contract, model: Model) -> Mapping[str, Any]:
    """SKU → price as the model's entry writes it; empty where the entry has none."""
    listed = value(model.entry, parse(contract.prices["catalogue"])) if "catalogue" in contract.prices else None
    return listed if isinstance(listed, Mapping) else {}


def price_list(contract: Contract, model: Model) -> list[Sku]:
    """The same, read by ``prices.units`` of provider.yaml. Raises SpecError for what cannot be computed with."""
    return list(_read(contract, model))


def _read(contract: Contract, model: Model) -> Iterator[Sku]:
    where = f"{contract.provider}: {contract.prices.get('catalogue')} of the catalogue"
    units: Mapping[str, str] = contract.prices.get("units", {})
    cents: str | None = contract.prices.get("cents")
    for name, price in as_listed(contract, model).items():
        usd = _amount(price)
        if usd is None:
            raise SpecError(
                f"the price of {name!r} of model {model.id!r} is {canonical(price)[:80]}, which is not an amount",
                where=where,
                hint='Give a number of zero or more, as 0.05 or "0.05"; leave out what nobody can compute with.',
            )
        fitting = [unit for unit, pattern in units.items() if re.search(pattern, name)]
        if len(fitting) != 1:
            raise SpecError(
                f"what {name!r} of model {model.id!r} is the price of: {' or '.join(fitting) or 'nothing'} says so",
                where=where,
                hint="Exactly one pattern of prices/units in provider.yaml must be found in the name of a price.",
            )
        yield Sku(
            name=name,
            usd=usd / 100 if cents is not None and re.search(cents, name) else usd,
            unit=cast("Unit", fitting[0]),
            lines=lines_in(name),
        )


def _amount(price: Any) -> float | None:
    try:
        found = math.nan if isinstance(price, bool) else float(price)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if 0 <= found < math.inf else None
