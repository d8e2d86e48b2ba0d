"""What the live transport lets through."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from raw import always, answer, server

from harness.errors import ConfigurationError
from harness.exchange import live_transport
from harness.exchange.live import Guarded
from harness.exchange.wire import Session
from harness.interaction import Origin, Provenance, Request


def guarded(*found: str, allow_private: bool = False) -> Guarded:
    inner = httpx.MockTransport(lambda request: httpx.Response(204))
    return Guarded(inner, allow_private=allow_private, timeouts={"connect": 1}, resolve=lambda host: found)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "fec0::1",
        "224.0.0.1",
        "ff02::1",
    ],
)
def test_private_addresses_need_the_flag(address: str) -> None:
    request = httpx.Request("GET", "https://a.example/")
    with pytest.raises(ConfigurationError, match="--allow-private"):
        guarded(address).handle_request(request)
    with pytest.raises(ConfigurationError, match="--allow-private"):
        guarded("93.184.215.14", address).handle_request(request)
    assert guarded(address, allow_private=True).handle_request(request).status_code == 204


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f::1"])
def test_public_addresses_need_https(address: str) -> None:
    assert guarded(address).handle_request(httpx.Request("GET", "https://a.example/")).status_code == 204
    for allow in (True, False):
        with pytest.raises(ConfigurationError, match="plain http"):
            guarded(address, allow_private=allow).handle_request(httpx.Request("GET", "http://a.example/"))


def test_plain_http_is_for_loopback_only() -> None:
    request = httpx.Request("GET", "http://a.example/")
    assert guarded("127.0.0.1", allow_private=True).handle_request(request).status_code == 204
    with pytest.raises(ConfigurationError, match="plain http"):
        guarded("192.168.1.1", allow_private=True).handle_request(request)


def test_the_error_names_the_address_and_no_password() -> None:
    with pytest.raises(ConfigurationError) as caught:
        guarded("10.0.0.1").handle_request(httpx.Request("GET", "https://me:pw@a.example:8443/x?sig=abc"))
    assert "https://a.example:8443 is 10.0.0.1" in str(caught.value)
    assert "pw" not in str(caught.value) and "abc" not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://a/", "/x", "http:///x", "data:,x"])
def test_what_is_not_http_is_refused(url: str) -> None:
    with pytest.raises(httpx.UnsupportedProtocol):
        guarded("127.0.0.1", allow_private=True).handle_request(httpx.Request("GET", url))


def test_a_host_without_an_address_is_no_connection() -> None:
    with live_transport(allow_private=True) as transport, pytest.raises(httpx.ConnectError, match="cannot be resolved"):
        transport.handle_request(httpx.Request("GET", "https://nobody.invalid/"))


def test_loopback_works_with_the_flag_and_not_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    request = Request(method="GET", url="/")

    def session(transport: httpx.BaseTransport, base: str) -> Session:
        return Session(
            transport, provenance=Provenance(origin=Origin.LIVE), recording="r", key="k" * 20, origins=frozenset([base])
        )

    with server(always(answer(b'{"a": 1}'))) as (base, seen):
        request = Request(method="GET", url=f"{base}/x")
        with live_transport(allow_private=True) as transport:
            for _ in range(2):
                found = session(transport, base).exchange(request)
                assert found.failure is None and found.response is not None and found.response.json == {"a": 1}
        with live_transport() as transport:
            with pytest.raises(ConfigurationError, match="--allow-private"):
                session(transport, base).exchange(request)
            elsewhere = session(transport, "https://api.example").exchange(request)
            assert elsewhere.failure is not None and "private or loopback" in elsewhere.failure
        assert len(seen) == 2


def test_a_name_that_changes_its_address_is_caught() -> None:
    with server(always(answer(b"{}"))) as (base, seen):
        inner = httpx.HTTPTransport(trust_env=False)
        rebinding = Guarded(inner, allow_private=False, timeouts={}, resolve=lambda host: ["93.184.215.14"])
        with rebinding, pytest.raises(ConfigurationError, match="private or loopback"):
            rebinding.handle_request(httpx.Request("GET", base.replace("http:", "https:")))
    assert not any(b"GET" in each for each in seen)


def test_timeouts_are_the_shorter_of_both() -> None:
    asked: list[Any] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request.extensions["timeout"])
        return httpx.Response(204)

    transport = Guarded(
        httpx.MockTransport(respond),
        allow_private=True,
        timeouts={"connect": 3, "read": 5},
        resolve=lambda host: ["127.0.0.1"],
    )
    transport.handle_request(
        httpx.Request("GET", "https://a/", extensions={"timeout": {"connect": 60, "read": 1, "write": 9}})
    )
    assert asked == [{"connect": 3, "read": 1, "write": 9}]


def test_certificates_are_checked() -> None:
    with server(always(b"no TLS here")) as (base, _), live_transport(allow_private=True) as transport:
        request = httpx.Request("GET", base.replace("http:", "https:"))
        with pytest.raises(httpx.ConnectError):
            transport.handle_request(request)
