"""Signatures of webhooks are made and verified as a provider's data describes them, on raw bytes."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.signature import ALGORITHMS, Scheme, Signature

SECRET = "whsec_0123456789"
PLAIN = Scheme(
    header="X-Signature", form="{signature}", signs="{body}", algorithm="hmac-sha256", encoding="hex", secret="A_SECRET"
)
TIMED = replace(PLAIN, form="t={timestamp},v1={signature}", signs="{timestamp},{body}", tolerance=300)
APART = replace(
    PLAIN, form="v1={signature}", signs="{timestamp}.{body}", timestamp_header="X-Time", encoding="base64", tolerance=60
)


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): text for name, text in headers.items()}


def test_the_header_is_what_the_form_and_the_signed_text_say() -> None:
    made = hmac.new(SECRET.encode(), b'17,{"a": 1}', hashlib.sha256).hexdigest()
    assert TIMED.headers(SECRET, b'{"a": 1}', 17.9) == {"X-Signature": f"t=17,v1={made}"}


@pytest.mark.parametrize("scheme", [PLAIN, TIMED, APART, *(replace(TIMED, algorithm=name) for name in ALGORITHMS)])
@given(body=st.binary(), now=st.integers(0, 10**10))
def test_what_is_signed_verifies_and_what_is_changed_does_not(scheme: Scheme, body: bytes, now: int) -> None:
    headers = lower(scheme.headers(SECRET, body, now))
    assert scheme.verify(SECRET, headers, body) is Signature.VALID
    assert scheme.verify(SECRET, headers, body + b" ") is Signature.WRONG
    assert scheme.verify("another secret", headers, body) is Signature.WRONG
    assert scheme.signed_at(headers) == (None if scheme is PLAIN else now)


def test_the_time_is_signed_too() -> None:
    header = TIMED.headers(SECRET, b"{}", 1000)["X-Signature"]
    assert TIMED.verify(SECRET, {"x-signature": header.replace("t=1000", "t=2000")}, b"{}") is Signature.WRONG


@pytest.mark.parametrize("header", ["", "v1=abc", "t=1", "t=soon,v1=abc", "t=-1,v1=abc", "\x00", "t=1,v1=", "," * 500])
def test_a_header_in_another_form_is_not_a_signature(header: str) -> None:
    expected = Signature.MALFORMED if header else Signature.MISSING
    assert TIMED.verify(SECRET, {"x-signature": header}, b"") is expected


def test_while_a_secret_is_changed_there_may_be_two_signatures_in_any_order() -> None:
    old, new = (TIMED.headers(secret, b"{}", 5)["X-Signature"].partition(",")[2] for secret in ("old", SECRET))
    assert TIMED.verify(SECRET, {"x-signature": f"{old}, {new}, t=5"}, b"{}") is Signature.VALID


def test_without_the_secret_nothing_is_said_of_a_signature() -> None:
    assert TIMED.verify(None, lower(TIMED.headers(SECRET, b"", 1)), b"") is Signature.UNCHECKED


@pytest.mark.parametrize(
    "scheme, fault",
    [
        (replace(PLAIN, form="sha256="), "form has not one {signature}"),
        (replace(PLAIN, signs="{timestamp}"), "signs has not one {body}"),
        (replace(PLAIN, signs="{timestamp}.{body}"), "signs a {timestamp}"),
        (replace(PLAIN, tolerance=300), "tolerance needs a {timestamp}"),
    ],
)
def test_a_scheme_that_cannot_be_used_says_why(scheme: Scheme, fault: str) -> None:
    assert any(each.startswith(fault) for each in scheme.faults())
    assert not TIMED.faults()
    assert not APART.faults()
