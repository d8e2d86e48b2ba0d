"""The transport that reaches the real world, and refuses what it must not reach."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

import httpx

from harness.errors import ConfigurationError

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
#: IPv6 addresses that stand for an IPv4 one behind a translator.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: Local by their documents, and global by Python's: site-local addresses, and NAT64 of one's own.
_LOCAL = (ipaddress.IPv6Network("fec0::/10"), ipaddress.IPv6Network("64:ff9b:1::/48"))


def transport(
    *, allow_private: bool = False, connect_timeout: float = 10, read_timeout: float = 60
) -> httpx.BaseTransport:
    """Certificates checked, no proxies from the environment, no retries, no connection used twice.

    A connection that the server closed meanwhile would leave it unknown whether a submission arrived.
    Timeouts in seconds; the session's deadline holds beside them.
    """
    limits = httpx.Limits(max_keepalive_connections=0)
    return Guarded(
        httpx.HTTPTransport(trust_env=False, verify=True, retries=0, limits=limits),
        allow_private=allow_private,
        timeouts={"connect": connect_timeout, "read": read_timeout},
    )


def addresses(host: str) -> frozenset[str]:
    """The IP addresses of a host; raises OSError when there are none."""
    return frozenset(str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))


class Guarded(httpx.BaseTransport):
    """Lets through what goes to public addresses over https, and with ``allow_private`` to any.

    Plain http is for loopback only, where nobody listens in on the key. The address that is then
    connected to is looked at once more: a name may resolve differently the second time.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        allow_private: bool,
        timeouts: Mapping[str, float],
        resolve: Callable[[str], Iterable[str]] = addresses,
    ) -> None:
        self._inner = inner
        self._allow_private = allow_private
        self._timeouts = timeouts
        self._resolve = resolve

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            raise httpx.UnsupportedProtocol(f"{str(url)[:200]!r} is not an http or https address", request=request)
        try:
            found = [_address(each) for each in self._resolve(url.raw_host.decode("ascii").strip("[]"))]
        except (OSError, UnicodeError) as fault:
            raise httpx.ConnectError(f"{url.host!r} cannot be resolved: {fault}", request=request) from None
        for each in found:
            _judge(url, each, allow_private=self._allow_private)
        asked: Mapping[str, float | None] = request.extensions.get("timeout", {})
        timeouts = {**asked, **{k: min(v, asked.get(k) or v) for k, v in self._timeouts.items()}}
        extensions = request.extensions | {"timeout": timeouts, "trace": self._trace(request)}
        request.extensions = extensions
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()

    def _trace(self, request: httpx.Request) -> Callable[[str, Mapping[str, Any]], None]:
        earlier = request.extensions.get("trace")

        def trace(event: str, info: Mapping[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                stream = info["return_value"]
                try:
                    reached = _address(stream.get_extra_info("server_addr")[0])
                    _judge(request.url, reached, allow_private=self._allow_private)
                except ConfigurationError:
                    stream.close()
                    raise
            if earlier is not None:
                earlier(event, info)

        return trace


def _judge(url: httpx.URL, address: _Address, *, allow_private: bool) -> None:
    where = f"{url.scheme}://{url.netloc.decode('ascii', 'replace').rpartition('@')[2]}"
    public = address.is_global and not address.is_multicast and not any(address in each for each in _LOCAL)
    if not public and not allow_private:
        raise ConfigurationError(
            f"{where} is {address}, a private or loopback address",
            hint="Pass --allow-private if it is meant, for a simulator or a test server.",
        )
    if url.scheme == "http" and not address.is_loopback:
        raise ConfigurationError(
            f"{where} is plain http to another machine, and the key could be read on the way",
            hint="Use https. (Loopback addresses may be plain http with --allow-private.)",
        )


def refuse_private(base_url: str, *, allow_private: bool) -> None:
    """Raises ConfigurationError for an address that no request could go to, as far as its text alone says so."""
    with suppress(ValueError, httpx.InvalidURL):  # of a name, where it leads is seen when a request goes there
        url = httpx.URL(base_url)
        host = "127.0.0.1" if url.host == "localhost" else url.host
        _judge(url, _address(host), allow_private=allow_private)


def _address(text: str) -> _Address:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
