"""The command that holds providers side by side: compare."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.cli.screen import columns
from harness.compare import TABLE_FORMATS, by_model, by_provider, served, titles
from harness.compare.forms import WIDTH, as_text
from harness.compare.offers import Fit, best, own
from harness.compare.portable import portable
from harness.compare.request import Wish, checked, load, read
from harness.compare.scope import Scopes
from harness.compare.told import OFFER_FORMATS, PORTABLE_FORMATS, OfferTable
from harness.contract import Contract, providers
from harness.contract import load as load_contract
from harness.errors import ConfigurationError, UnknownName
from harness.interaction import Interaction, Origin
from harness.judged import cassettes_folder, judged, left_out, recordings
from harness.report import load as load_report
from harness.report import report


def compare(args: argparse.Namespace) -> int:
    """Print or write what was asked for. To differ is no failure; to be unable to take a request is exit code 1."""
    contracts = [load_contract(name) for name in args.provider or providers()]
    _refuse_without_a_request(args)
    if args.models:
        _write(_served(contracts), args.out)
        return 0
    if args.request is not None:
        return _request(contracts, args)
    if args.portable:
        form = _form(PORTABLE_FORMATS, args.format)
        _write(form(portable([Scopes(contract) for contract in contracts], _one_model(args))), args.out)
        return 0
    form = _form(TABLE_FORMATS, args.format)
    titles(contracts, args.model or ())  # a name that means nothing is told before anything is judged
    evidence = _evidence(contracts, args)
    played = args.mode == "simulated"
    table = (
        by_model(contracts, args.model, evidence, simulated=played)
        if args.model
        else by_provider(contracts, evidence, simulated=played)
    )
    shown = table.differences() if args.differences else table
    fits = args.format == "text" and args.out is None
    _write(as_text(shown, columns(WIDTH)) if fits else form(shown), args.out)
    return 0


def _refuse_without_a_request(args: argparse.Namespace) -> None:
    """Raises ConfigurationError for what only means something beside --request, or beside a table."""
    if args.request is not None:
        return
    if args.mode == "live" or args.source:
        raise ConfigurationError("--from and --live are of a request", hint="Add --request REQUEST.json.")
    if args.mode and (args.models or args.portable):
        raise ConfigurationError("--models and --portable show nothing observed", hint="Leave --simulated out.")


def _request(contracts: Sequence[Contract], args: argparse.Namespace) -> int:
    form = _form(OFFER_FORMATS, args.format)
    body = load(args.request)
    source = load_contract(args.source) if args.source else None
    wish = read(source, body) if source else checked(body, str(args.request))
    if args.model:
        wish = Wish(model=_one_model(args), members=wish.members, unsaid=wish.unsaid)
    made = [
        own(Scopes(each), body) if source and each.provider == source.provider else best(Scopes(each), wish)
        for each in contracts
    ]
    outcomes: Mapping[str, str] = {}
    if args.mode:
        from harness.cli.send_offers import outcomes as tried

        outcomes = tried(made, args)
    told = OfferTable(where=str(args.request), wish=wish, offers=made, outcomes=outcomes)
    _write(form(told), args.out)
    return int(any(each.answer is Fit.CANNOT for each in made))


def _one_model(args: argparse.Namespace) -> str | None:
    names: Sequence[str] = args.model or ()
    if len(names) > 1:
        raise ConfigurationError(
            "--request and --portable take one --model", hint="A glob means several: 'seedance-*'."
        )
    return names[0] if names else None


def _form(forms: Mapping[str, Any], name: str) -> Any:
    if name not in forms:
        raise UnknownName("format", name, forms)
    return forms[name]


def _evidence(contracts: Sequence[Contract], args: argparse.Namespace) -> Mapping[str, Any]:
    if args.report is not None:
        return load_report(args.report)
    folder = cassettes_folder(args.cassettes)
    for each in left_out(args.cassettes, [contract.provider for contract in contracts]):
        print(f"note: {each}", file=sys.stderr)
    entries = [
        entry
        for contract in contracts
        for entry in judged(contract, _seen(contract, folder, args), mode="recorded", documents=True)
    ]
    return report(entries, generated_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"))


def _seen(contract: Contract, folder: Path, args: argparse.Namespace) -> Sequence[Interaction]:
    """The recordings that are shown: what is not need not be judged."""
    seen = recordings(contract.provider, folder)
    return [each for each in seen if args.mode == "simulated" or each.provenance.origin is not Origin.SIMULATED]


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
