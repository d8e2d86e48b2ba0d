"""Which requests are addressed to the provider: a path alone does not say, since others have the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.contract.model import Contract, Operation
from harness.interaction import Interaction, Malformed, Origin

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Base:
    """What the addresses of a provider's operations begin with: host (with a port that is not the usual), and path."""

    host: str
    path: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a provider is."""

    contract: Contract
    bases: frozenset[Base]

    def match(self, interaction: Interaction) -> tuple[Operation, Mapping[str, str]] | None:
        """The operation that a request addresses, with its path parameters; None for one to anybody else."""
        request = interaction.request
        host = _host(request.url)
        paths = {base.path for base in self.bases if base.host == host}
        return self.contract.match(request.method, request.path, paths) if paths else None

    def origin(self, interaction: Interaction) -> str | None:
        """Scheme and host of a request that is addressed to an operation; never the user who may stand before them."""
        if interaction.arrival is not None or self.match(interaction) is None:
            return None
        parts = urlsplit(interaction.request.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def addresses(contract: Contract, interactions: Iterable[Interaction]) -> Addresses:
    """Where the provider is in these interactions.

    At its documented address, at the base URL that a run of ours was given, wherever a simulator answers, and wherever
    one of its models is submitted to: behind a proxy, or at another party that serves the same interface. Where nothing
    is addressed to any of these, wherever anything is submitted to.
    """
    sent = [each for each in interactions if each.arrival is None]
    known = {_base(contract.base_url), *(_base(each) for each in {i.provenance.base_url for i in sent} if each)}
    known |= {base for each in sent if each.provenance.origin is Origin.SIMULATED for base in _fitting(contract, each)}
    submissions = [(each, base) for each in sent for base in _submits(contract, each)]
    known |= {base for each, base in submissions if base not in known and _names_a_model(contract, each)}
    found = Addresses(contract, frozenset(known))
    if any(found.match(each) for each in sent):
        return found
    return Addresses(contract, found.bases | {base for _, base in submissions})


def _base(url: str) -> Base:
    try:
        path = urlsplit(url).path
    except ValueError:
        path = ""
    return Base(_host(url), path.rstrip("/"))


def _host(url: str) -> str:
    """Lower case, without a user; "" for an address that is none."""
    try:
        parts = urlsplit(url)
        usual = parts.port in (None, _PORTS.get(parts.scheme))
    except ValueError:
        return ""
    return parts.hostname or "" if usual else f"{parts.hostname}:{parts.port}"


def _fitting(contract: Contract, interaction: Interaction) -> Iterator[Base]:
    """The bases under which a request would be one to an operation."""
    found = contract.match(interaction.request.method, interaction.request.path)
    path = None if found is None else found[0].base(interaction.request.path)
    if path is not None:
        yield Base(_host(interaction.request.url), path)


def _submits(contract: Contract, interaction: Interaction) -> Iterator[Base]:
    submit, request = contract.submit, interaction.request
    path = submit.base(request.path) if request.method.upper() == submit.method else None
    if path is not None:
        yield Base(_host(request.url), path)


def _names_a_model(contract: Contract, interaction: Interaction) -> bool:
    body = interaction.request.json
    return not isinstance(body, Malformed) and contract.model_of(body) in contract.models
