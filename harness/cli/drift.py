"""The command that compares a provider's own documents of today with what is held: drift."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness import document
from harness.cli.leak_check import keys, refuse_leaks_in
from harness.compare.catalogues import catalogues
from harness.compare.drift import Drift, held
from harness.compare.revisions import step
from harness.compare.show_drift import DRIFT_FORMATS
from harness.contract import Contract, load
from harness.contract.catalogue import entries
from harness.contract.files import read
from harness.contract.model import Role
from harness.contract.official import official
from harness.contract.record import FILE, concerning, recorded, text
from harness.contract.revision import Revision
from harness.errors import ConfigurationError, RecordingError
from harness.json_text import message_json


def drift(args: argparse.Namespace) -> int:
    """Compare and print; with ``--keep`` write the record, which is what is held from then on."""
    contract = load(args.provider)
    if args.openapi is None and args.catalogue is None:
        raise ConfigurationError("nothing to compare with", hint=_where_to_look(contract))
    if args.keep and args.openapi is None:
        raise ConfigurationError("--keep puts an OpenAPI document on record", hint="Name it: --openapi FILE|URL")
    found = Drift(provider=contract.provider, fingerprint=contract.fingerprint)
    if args.catalogue is not None:
        content, _ = _content(args.catalogue, contract, args.allow_private)
        found = replace(found, catalogue=catalogues(contract, entries(content, args.catalogue)))
    if args.openapi is not None:
        content, path = _content(args.openapi, contract, args.allow_private)
        now = _revision(content, contract, path, args.openapi)
        before = recorded(contract)
        found = replace(found, document=step(before or held(contract), now), recorded=before is not None)
    print(DRIFT_FORMATS[args.format](found), end="")
    if args.keep:
        record = contract.folder / contract.provider / FILE
        made = text(content, contract, path)
        refuse_leaks_in(
            [made], f"the document at {args.openapi}", keys(args),
            hint="Nothing was put on record. Take the key out of the document, or ask the provider why it is there.",
        )  # fmt: skip
        record.write_text(made, encoding="ascii")
        print(f"on record: {record}", file=sys.stderr)
        return 0
    return int(found.drifted)


def _revision(content: Any, contract: Contract, path: Path, given: str) -> Revision:
    """What an official document says of the operations that matter here."""
    if not isinstance(content, dict) or not isinstance(content.get("paths"), dict) or "openapi" not in content:
        raise RecordingError("is not an OpenAPI 3 document", where=given, hint="Is it the right file or address?")
    found = official(concerning(content, contract), provider=contract.provider, contract=contract, path=path)
    if not found.operations.keys() & contract.operations.keys():
        raise RecordingError(f"has none of the operations of {contract.provider}", where=given)
    return found


def _content(given: str, contract: Contract, allow_private: bool) -> tuple[Any, Path]:
    """What a file holds, or what an address answers with, and a name for it."""
    if not given.startswith(("http://", "https://")):
        return read(Path(given)).content, Path(given)
    from harness.exchange.fetch import fetched
    from harness.exchange.key import key_of

    key = key_of(os.environ, contract.key_variable) or None
    body = fetched(given, key=key, own=contract.base_url, allow_private=allow_private)
    name = Path(given.partition("?")[0].rpartition("/")[2] or "document")
    if body.lstrip()[:1] in (b"{", b"["):
        try:
            return message_json(body), name
        except ValueError as fault:
            raise RecordingError(f"is not JSON: {fault}", where=given) from None
    try:
        return document.parse_yaml(body.decode("utf-8-sig"), where=given, error=RecordingError), name
    except UnicodeDecodeError:
        raise RecordingError("is neither JSON nor YAML", where=given, hint="Is it the right address?") from None


def _where_to_look(contract: Contract) -> str:
    """What a user can name."""
    catalogue = contract.role(Role.CATALOGUE)
    places = dict.fromkeys(each.url for each in contract.documents.values() if each.url)
    hint = "Name a file or an address: --openapi, --catalogue."
    if catalogue is not None:
        hint += f" The catalogue is documented to be at {contract.base_url}{catalogue.path}."
    return f"{hint} Documents are from {', '.join(places)}." if places else hint
