"""A live run made to receive webhooks: the port, the addresses that lead there, and what the documents permit."""

from __future__ import annotations

import os
import time
from typing import Any
from urllib.parse import urlsplit

from harness.claim import Claim
from harness.contract import Contract
from harness.errors import ConfigurationError
from harness.exchange.key import key_of, secret_of
from harness.exchange.mailbox import Mailbox
from harness.exchange.receiver import Receiver
from harness.interaction import Provenance
from harness.pointer import put
from harness.run.inbox import Inbox, Waiting
from harness.run.sources import LOOPBACK

#: Seconds for which a delivery is waited for after the last job has ended; on our own machine nothing takes long.
_PATIENCE, _LOOPBACK_PATIENCE = 60.0, 2.0


def listen(
    contract: Contract, base_url: str, place: tuple[str, int, str | None], *, token: str, provenance: Provenance
) -> Inbox:
    """Receive webhooks at ``place`` (host, port, and the URL that leads there from outside, if any).

    ``token`` makes the addresses unguessable. The provider must document webhooks. Raises ConfigurationError for an
    address that cannot be listened on, that the provider cannot reach, or that its documentation does not permit.
    """
    host, port, public = place
    webhook = contract.webhook
    assert webhook is not None, "callers have seen to it"
    mailbox = Mailbox(token, time.time)
    near = urlsplit(base_url).hostname in LOOPBACK
    if public is None and not (near and host in LOOPBACK):
        raise ConfigurationError(
            f"{contract.provider} cannot reach {host}:{port}",
            where="--webhook-listen",
            hint="Name the public address that leads there: HOST:PORT,https://hooks.example.com",
        )
    if public is not None:
        _permitted(contract, public)
    receiver = Receiver(host, port, mailbox)
    named = f"[{host}]" if ":" in host else host
    if public is None:
        # Where https is demanded, the simulator of `harness serve` sends to https://LOOPBACK without TLS.
        plain = f"http://{named}:{receiver.port}"
        public = f"https://{named}:{receiver.port}" if _forbids(contract, plain) else plain
    secret = secret_of(os.environ, webhook.signature.secret) if webhook.signature else None
    return Inbox(
        webhook,
        public,
        mailbox,
        Waiting(patience=_LOOPBACK_PATIENCE if near else _PATIENCE, clock=time.time, sleep=time.sleep),
        provenance,
        "live",
        secret=secret or None,
        secrets=[key] if (key := key_of(os.environ, contract.key_variable)) else [],
        close=receiver.close,
    )


def _permitted(contract: Contract, public: str) -> None:
    try:
        parts = urlsplit(public)
        plain = not (parts.query or parts.fragment or parts.username or parts.password)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and plain
    except ValueError:
        sound = False
    broken = _forbids(contract, public) if sound else []
    if not sound or broken:
        documented = f": {broken[0].statement}" if broken else ""
        raise ConfigurationError(
            f"{public!r} is no callback URL for {contract.provider}{documented}",
            where="--webhook-listen",
            hint="For example: 127.0.0.1:9000,https://hooks.example.com",
        )


def _forbids(contract: Contract, address: str) -> list[Claim]:
    """The documented rules on the callback URL that an address breaks."""
    assert contract.webhook is not None, "callers have seen to it"
    body: dict[str, Any] = {}
    put(body, contract.webhook.tokens, address)
    broken = (contract.claims[name] for name in sorted(contract.violations(contract.submit.id, body)))
    return [claim for claim in broken if claim.tokens == contract.webhook.tokens]
