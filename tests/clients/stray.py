"""Tries to leave the loopback by address and by name; prints what stopped it. The names and addresses are nobody's."""

from __future__ import annotations

import json
import socket
import urllib.request

import loopback_only  # noqa: F401

direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
stopped = []
for leave in (
    lambda: socket.create_connection(("192.0.2.1", 443), timeout=1),
    lambda: socket.getaddrinfo("provider.example", 443),
    lambda: direct.open("https://provider.example/", timeout=1),
):
    try:
        leave()
    except OSError as refused:
        stopped.append(type(getattr(refused, "reason", refused)).__name__)

print(json.dumps(stopped))
