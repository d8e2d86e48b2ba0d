"""harness serve: play a provider on a port."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from harness.contract import load
from harness.errors import ConfigurationError
from harness.exchange.key import secret_of
from harness.simulator import chosen


def serve(args: argparse.Namespace) -> int:
    """Play a provider until interrupted."""
    from harness.simulator.server import serve as run

    contract = load(args.provider)
    quirks = chosen(args.provider, args.quirk, contract.folder)
    if not 0 < args.port < 65536:
        raise ConfigurationError(f"{args.port} is not a port", hint="Choose one from 1 to 65535.")
    try:
        listener = socket.create_server((args.host, args.port))
    except OSError as fault:
        raise ConfigurationError(
            f"cannot listen on {args.host}:{args.port}: {fault.strerror}", hint="Choose another --port or --host."
        ) from None
    print(
        f"SIMULATED {contract.title} on http://{args.host}:{args.port} — made from its documentation, not the provider."
    )
    for quirk in quirks:
        print(f"  quirk {quirk.name}: {quirk.summary}")
    secret = None
    if contract.webhook is not None:
        print("  webhooks go to this machine alone, without TLS even where the callback URL says https")
        if signature := contract.webhook.signature:
            secret = secret_of(os.environ, signature.secret) or None
            print(f"  and are {'signed with' if secret else 'not signed: set'} {signature.secret}")
    sys.stdout.flush()
    run(contract, quirks, listener, secret)
    return 0
