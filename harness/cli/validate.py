"""harness validate: which documented rules a request breaks."""

from __future__ import annotations

import argparse
import sys

from harness import document
from harness.cli.talk import say
from harness.contract import load
from harness.errors import ConfigurationError, RequestFileError, UnknownName


def validate(args: argparse.Namespace) -> int:
    """Which documented rules does a request break?"""
    contract = load(args.provider)
    where = str(args.request)
    text = sys.stdin.read() if where == "-" else document.read_text(args.request, RequestFileError)
    operation = args.operation or contract.submit.id
    if operation not in contract.operations:
        raise UnknownName("operation", operation, contract.operations)
    if contract.operations[operation].body is None:
        raise ConfigurationError(f"{operation} takes no request body")
    body = document.parse_json(text, where=where, error=RequestFileError)
    broken = sorted(contract.violations(operation, body))
    model = contract.model_of(body)
    if model is not None and model not in contract.models:
        print(
            f"note: {model!r} is not in the catalogue held here; only the rules for all models were applied",
            file=sys.stderr,
        )

    for name in broken:
        claim = contract.claims[name]
        say(f"{claim.level} {name}\n    at {claim.pointer or 'the body'}: {claim.statement}")
        say(f"    {claim.source.document} ({claim.source.revision}): “{claim.source.quote}”")
        if claim.ignored:
            say("    (documented to be ignored, not refused)")
    serious = [name for name in broken if not contract.claims[name].ignored]
    print(f"{where}: {len(broken)} documented rules broken" if broken else f"{where}: keeps every documented rule")
    return 1 if serious else 0
