"""Webhook deliveries of the simulator on a real port: to receivers on this machine alone."""

from __future__ import annotations

import ipaddress
import threading
import time
from urllib.parse import urlsplit

import httpx

from harness.simulator.engine import Simulator
from harness.simulator.notice import Notice, notices
from harness.simulator.quirks import JobQuirk

#: Long enough that a client has read the submission's answer before its job is over.
_DELAY = 0.2


def deliver(simulator: Simulator) -> None:
    """Send what is due, each from a thread of its own. Addresses that are not loopback are left alone.

    Loopback is reached without TLS even where the address says https, as if the TLS ended at a proxy before it:
    a provider may insist on https, and no receiver on this machine has a certificate that anybody would trust.
    """
    while simulator.due:
        address, job = simulator.due.pop(0)
        if loopback(address):
            threading.Thread(target=_end, args=(simulator, address, job), daemon=True).start()


def loopback(address: str) -> bool:
    """Whether an address is on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        return parts.scheme in ("http", "https") and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def _end(simulator: Simulator, address: str, job: str) -> None:
    time.sleep(_DELAY)
    if simulator.behaviour.job is JobQuirk.NEVER_ENDS:
        return
    simulator.conclude(job)
    for notice in notices(simulator, address, job, time.time()):
        _post(notice)


def _post(notice: Notice) -> None:
    url = urlsplit(notice.address)._replace(scheme="http").geturl()
    try:
        httpx.post(url, content=notice.body, headers=notice.headers, timeout=5, trust_env=False)
    except httpx.HTTPError:
        return  # a receiver that is gone is its own concern
