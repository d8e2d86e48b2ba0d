"""No secret is left, and nothing else is taken."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.exchange.redact import Redactor, taken

SECRET = 'sk-or-v1-a/b+c="d"&é'
SPELLINGS = [
    SECRET,
    quote(SECRET, safe=""),
    quote(SECRET),
    quote(SECRET, safe="").lower().replace("c%3d", "c%3d"),
    json.dumps(SECRET)[1:-1],
    json.dumps(SECRET, ensure_ascii=False)[1:-1],
    json.dumps(SECRET).replace("/", "\\/")[1:-1],
    base64.b64encode(SECRET.encode()).decode(),
    base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_secret_is_taken_out(spelling: str) -> None:
    redactor = Redactor([SECRET])
    assert redactor.text(f"before {spelling} after") == "before [redacted] after"
    assert redactor.data(f"\0{spelling}".encode() + b"\xff") == b"\0[redacted]\xff"
    assert redactor.headers({"X-Echo": spelling}) == {"x-echo": "[redacted]"}


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "user:"])
def test_a_secret_inside_base64_is_taken_out(user: str) -> None:
    packed = base64.b64encode(f"{user}{SECRET}!!".encode()).decode()
    left = Redactor([SECRET]).text(packed)
    assert "[redacted]" in left
    assert base64.b64encode(SECRET.encode()).decode()[6:-6] not in left and len(left) < 25


def test_short_secrets_do_not_eat_the_text() -> None:
    assert Redactor(["", "a"]).text("a banana") == "a banana"


@pytest.mark.parametrize(
    "name, value, kept",
    [
        ("Authorization", "Bearer abc", "Bearer $KEY"),
        ("authorization", "abc", "$KEY"),
        ("authorization", "Bearer $KEY", "Bearer $KEY"),
        ("authorization", "Bearer $WRONG_KEY", "Bearer $WRONG_KEY"),
        ("authorization", "Basic $KEY", "Basic $KEY"),
        ("authorization", "AWS4-HMAC-SHA256 Credential=a/b, Signature=c", "AWS4-HMAC-SHA256 $KEY"),
        ("proxy-authorization", "Basic abc", "Basic $KEY"),
        ("Cookie", "a=b", "[redacted]"),
        ("set-cookie", "a=b", "[redacted]"),
        ("x-api-key", "abc", "$KEY"),
        ("Api-Key", "abc", "$KEY"),
        ("X-Goog-Api-Key", "abc", "$KEY"),
        ("x-amz-security-token", "abc", "$KEY"),
        ("x-ratelimit-remaining-tokens", "12", "12"),
        ("content-type", "application/json", "application/json"),
        ("location", "https://cdn/x?sig=abc", "https://cdn/x?sig=%5Bredacted%5D"),
    ],
)
def test_headers(name: str, value: str, kept: str) -> None:
    assert Redactor().headers({name: value}) == {name.lower(): kept}


@pytest.mark.parametrize(
    "name",
    [
        "X-Amz-Signature",
        "X-Amz-Credential",
        "X-Amz-Security-Token",
        "X-Goog-Signature",
        "X-Tos-Signature",
        "X-Tos-Expires",
        "Signature",
        "sig",
        "token",
        "Expires",
        "Policy",
        "Key-Pair-Id",
        "key",
        "api_key",
        "apikey",
        "access_token",
        "se",
        "sp",
        "sv",
        "AWSAccessKeyId",
        "OSSAccessKeyId",
    ],
)
def test_signed_urls_keep_their_names_and_lose_their_values(name: str) -> None:
    redactor = Redactor()
    kept = redactor.url(f"https://cdn.example/a/b.mp4?width=10&{name}=AbC%2B/=-_.~&x=1#t")
    assert kept == f"https://cdn.example/a/b.mp4?width=10&{name}=%5Bredacted%5D&x=1#t"
    assert redactor.url(kept) == kept
    for body in (
        {"url": f"https://cdn.example/b.mp4?{name}=AbC&x=1"},
        {"text": f"see https://cdn.example/b.mp4?x=1&{name}=AbC."},
    ):
        for text in (
            json.dumps(body),
            json.dumps(body).replace("/", "\\/"),
            json.dumps(body).replace("&", "\\u0026").replace("=", "\\u003d"),
        ):
            left = redactor.data(text.encode())
            assert b"AbC" not in left and b"x=1" in left.replace(b"\\u003d", b"=")
            json.loads(left)


def test_a_url_inside_a_url_and_a_user_in_one() -> None:
    redactor = Redactor()
    assert "AbC" not in redactor.url("https://a/?next=https%3A%2F%2Fb%3Fsig%3DAbC%26x%3D1")
    assert redactor.url("https://me:pw@a.example/x") == "https://%5Bredacted%5D@a.example/x"


def test_numbers_tell_values_apart_and_nothing_else() -> None:
    redactor = Redactor([SECRET], after=4)
    links = [f"https://cdn.example/v?sig={value}" for value in ("AbC", "dEf", "AbC", "%41bC", SECRET)]
    shown = [redactor.url(each).partition("=")[2] for each in links]
    assert shown == [f"%5Bredacted{end}%5D" for end in ("-5", "-6", "-5", "-5", "")]
    assert redactor.text('{"u": "https:\\/\\/cdn.example\\/v?sig=dEf"}').count("redacted-6") == 1
    nested = redactor.url("https://a/?next=https%3A%2F%2Fb%3Fsig%3DdEf%26x%3D1")
    assert nested == "https://a/?next=https%3A%2F%2Fb%3Fsig%3D%5Bredacted-6%5D%26x%3D1"
    assert Redactor(after=9).url(nested) == nested, "redacted again, it stays"
    assert taken(nested) == taken("[redacted-6] [redacted]") == 6 and taken("[redacted]") == 0
    assert "AbC" not in repr(redactor)


def test_what_is_no_secret_stays() -> None:
    for text in (
        "https://a/v?model=m&keyframe=2&tokens=3&signal=x&page_token_size=1",
        '{"key": "value", "token": "t", "sig=": 1}',
        "user@example.com",
        "a=b&c=d",
    ):
        assert Redactor().text(text) == text


def test_a_url_that_cannot_be_split_is_escaped() -> None:
    urlsplit(Redactor().url("https://[broken/x"))


def test_the_redactor_does_not_show_its_secrets() -> None:
    assert SECRET not in repr(Redactor([SECRET]))


@given(st.text(), st.text(min_size=8, max_size=30))
def test_redacting_twice_changes_nothing_and_leaves_no_secret(text: str, secret: str) -> None:
    redactor = Redactor([secret])
    once = redactor.text(text + secret)
    if secret.encode("utf-8", "replace").decode() not in "[redacted]%5Bredacted%5D":
        assert secret not in once.replace("[redacted]", "\0").replace("%5Bredacted%5D", "\0")
    assert Redactor().text(once) == once


@given(st.binary())
def test_bytes_without_secrets_stay(data: bytes) -> None:
    if b"?" not in data and b"&" not in data and b"@" not in data:
        assert Redactor(["a-secret-value"]).data(data) == data


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('{"sent": "Authorization: Bearer sk-live-0123456789abcdef"}', "sk-live-0123456789abcdef"),
        ('{"api_key": "sk-live-0123456789abcdef"}', "sk-live-0123456789abcdef"),
        ('{"Authorization": "Token 0123456789abcdef"}', "0123456789abcdef"),
    ],
)
def test_keys_of_others_go_by_their_form(text: str, secret: str) -> None:
    once = Redactor().text(text)
    assert secret not in once and Redactor().text(once) == once


def test_prose_about_bearers_stays() -> None:
    assert (
        Redactor().text("the bearer mountaineering-expedition arrives")
        == "the bearer mountaineering-expedition arrives"
    )


def test_a_secret_in_the_name_of_a_header_is_taken_out() -> None:
    assert Redactor(["sk-0123456789abcdef"]).headers({"X-Echo-SK-0123456789abcdef": "1"}) == {"x-echo-[redacted]": "1"}
    assert Redactor(["sk-0123456789abcdef"]).headers({"X-Echo": "1"}) == {"x-echo": "1"}
