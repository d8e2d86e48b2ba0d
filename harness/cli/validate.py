"""harness validate: which documented rules a request breaks, by what, and what may have been meant."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from harness import document
from harness.claim import Claim
from harness.cli.known import known
from harness.cli.meant import closest
from harness.cli.talk import say
from harness.contract import Contract, Operation, load
from harness.errors import ConfigurationError, RequestFileError, UnknownName
from harness.pointer import values
from harness.report.safe import plain

#: Characters of a value that is shown, and values.
_SHOWN, _VALUES = 60, 3


def validate(args: argparse.Namespace) -> int:
    """Which documented rules does a request break?"""
    contract = load(args.provider)
    where = str(args.request)
    text = sys.stdin.read() if where == "-" else document.read_text(args.request, RequestFileError)
    name = args.operation or contract.submit.id
    if name not in contract.operations:
        raise UnknownName("operation", name, contract.operations)
    operation = contract.operations[name]
    if operation.body is None:
        raise ConfigurationError(f"{name} takes no request body")
    body = document.parse_json(text, where=where, error=RequestFileError)
    broken = [contract.claims[each] for each in sorted(contract.violations(name, body))]
    for note in _notes(contract, operation, body):
        print(f"note: {note}", file=sys.stderr)
    for claim in broken:
        say(f"{claim.level} {claim.id}\n    at {claim.pointer or 'the body'}: {claim.statement}")
        own = _own(contract, claim, body)
        for each in own:
            say(f"    {each.statement} ({each.id})")
        if given := _given(own[-1] if own else claim, body):
            say(f"    given: {given}")
        say(f"    {claim.source.document} ({claim.source.revision}): “{claim.source.quote}”")
        if claim.ignored:
            say("    (documented to be ignored, not refused)")
    many = f"{len(broken)} documented rule{'s' if len(broken) > 1 else ''} broken"
    print(f"{where}: {many if broken else 'keeps every documented rule'}")
    return int(any(not claim.ignored for claim in broken))


def _notes(contract: Contract, operation: Operation, body: Any) -> Iterator[str]:
    """What no rule is broken by, and may still be a slip."""
    model = contract.model_of(body)
    if model is not None and model not in contract.models:
        meant = _meant(model, list(contract.models))
        yield f"{plain(repr(model))} is not in the catalogue held here; only the rules for all models apply{meant}"
    documented = (operation.body or {}).get("properties", {})
    for member in body if isinstance(body, dict) and documented else ():
        if member not in documented:
            yield f"no document names a member {plain(repr(member))}{_meant(member, list(documented))}"
    yield from known(contract, operation, body)


def _own(contract: Contract, claim: Claim, body: Any) -> list[Claim]:
    """What holds of the field with the model that the request names, where a list for all models is broken."""
    if claim.model is not None or claim.keyword != "enum":
        return []
    of_model = contract.request_claims(claim.operation, contract.model_of(body))
    found = [each for each in of_model if each.model is not None and each.tokens == claim.tokens]
    return [each for each in found if each.keyword in ("enum", "forbidden")]


def _given(claim: Claim, body: Any) -> str:
    """What the request has where the rule is broken; of a list of values, also which of them is nearest."""
    given = list(values(body, claim.tokens)) if claim.tokens else []
    shown = ", ".join(plain(json.dumps(each), _SHOWN) for each in given[:_VALUES])
    listed = claim.parameters.get("value")
    if len(given) == 1 and isinstance(listed, list):
        return shown + _meant(given[0], listed)
    return shown + (f" and {len(given) - _VALUES} more" if len(given) > _VALUES else "")


def _meant(given: Any, listed: list[Any]) -> str:
    near = closest(given, listed)
    return f"; is {near!r} meant?" if near is not None else ""
