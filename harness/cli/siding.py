"""The command that holds providers side by side: compare."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.cli.checking import judged, recordings
from harness.compare import TABLE_FORMATS, by_model, by_provider, served, titles
from harness.compare.offers import Answer, best, own
from harness.compare.portable import portable
from harness.compare.request import Wish, checked, load, read
from harness.compare.scope import Scopes
from harness.compare.told import OFFER_FORMATS, PORTABLE_FORMATS, Told
from harness.contract import Contract, providers
from harness.contract import load as load_contract
from harness.errors import ConfigurationError, UnknownName
from harness.folders import data_folder
from harness.report import load as load_report
from harness.report import report


def compare(said: argparse.Namespace) -> int:
    """Print or write what was asked for. To differ is no failure; to be unable to take a request is exit code 1."""
    contracts = [load_contract(name) for name in said.provider or providers()]
    if said.request is None and (said.mode or said.source):
        raise ConfigurationError("--from, --simulated and --live are of a request", hint="Add --request REQUEST.json.")
    if said.models:
        _write(_served(contracts), said.out)
        return 0
    if said.request is not None:
        return _request(contracts, said)
    if said.portable:
        form = _form(PORTABLE_FORMATS, said.format)
        _write(form(portable([Scopes(contract) for contract in contracts], _one_model(said))), said.out)
        return 0
    form = _form(TABLE_FORMATS, said.format)
    titles(contracts, said.model or ())  # a name that means nothing is told before anything is judged
    evidence = _evidence(contracts, said)
    table = by_model(contracts, said.model, evidence) if said.model else by_provider(contracts, evidence)
    _write(form(table.differences() if said.differences else table), said.out)
    return 0


def _request(contracts: Sequence[Contract], said: argparse.Namespace) -> int:
    form = _form(OFFER_FORMATS, said.format)
    body = load(said.request)
    source = load_contract(said.source) if said.source else None
    wish = read(source, body) if source else checked(body, str(said.request))
    if said.model:
        wish = Wish(model=_one_model(said), members=wish.members, unsaid=wish.unsaid)
    made = [
        own(Scopes(each), body) if source and each.provider == source.provider else best(Scopes(each), wish)
        for each in contracts
    ]
    outcomes: Mapping[str, str] = {}
    if said.mode:
        from harness.cli.trying import outcomes as tried

        outcomes = tried(made, said)
    told = Told(where=str(said.request), wish=wish, offers=made, outcomes=outcomes)
    _write(form(told), said.out)
    return int(any(each.answer is Answer.CANNOT for each in made))


def _one_model(said: argparse.Namespace) -> str | None:
    names: Sequence[str] = said.model or ()
    if len(names) > 1:
        raise ConfigurationError(
            "--request and --portable take one --model", hint="A glob means several: 'seedance-*'."
        )
    return names[0] if names else None


def _form(forms: Mapping[str, Any], name: str) -> Any:
    if name not in forms:
        raise UnknownName("format", name, forms)
    return forms[name]


def _evidence(contracts: Sequence[Contract], said: argparse.Namespace) -> Mapping[str, Any]:
    if said.report is not None:
        return load_report(said.report)
    folder = said.cassettes or data_folder("cassettes")
    entries = [
        entry
        for contract in contracts
        for entry in judged(contract, recordings(contract.provider, folder), mode="recorded", documents=True)
    ]
    return report(entries, generated_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"))


def _served(contracts: Sequence[Contract]) -> str:
    lines = ["Models by family, those that most providers serve first: harness compare --model FAMILY", ""]
    for family, serving in served(contracts):
        lines.append(f"{family.id}  ({family.title})")
        lines += [f"    {provider}: {', '.join(models)}" for provider, models in serving.items()]
    return "\n".join(lines) + "\n"


def _write(text: str, path: Path | None) -> None:
    if path is None:
        sys.stdout.write(text)
    else:
        path.write_text(text, encoding="utf-8")
