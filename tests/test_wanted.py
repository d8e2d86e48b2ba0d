"""What file a request asks for, read from whatever words a provider has."""

from __future__ import annotations

from typing import Any

import pytest
from anything import JSON
from conftest import PROVIDERS, contract_of, lantern
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.wanted import Wanted, decoded, wanted

ENCODINGS = ("seconds", "seconds-string", "seconds-suffixed", "ratio", "pixels", "resolution", "boolean")


@pytest.mark.parametrize(
    "encoding, written, meant",
    [
        ("seconds", 5, 5.0),
        ("seconds", 2.5, 2.5),
        ("seconds", 0, None),
        ("seconds", -1, None),
        ("seconds", True, None),
        ("seconds", "5", None),
        ("seconds-string", "10", 10.0),
        ("seconds-string", "10.5", 10.5),
        ("seconds-string", "0", None),
        ("seconds-string", "-5", None),
        ("seconds-string", " 5", None),
        ("seconds-string", 5, None),
        ("seconds-suffixed", "8s", 8.0),
        ("seconds-suffixed", "Auto", None),
        ("seconds-suffixed", "9" * 400 + "s", None),
        ("ratio", "16:9", (16, 9)),
        ("ratio", "adaptive", None),
        ("ratio", "0:1", None),
        ("ratio", "16:9\n", None),
        ("ratio", 969, None),
        ("pixels", "1280x720", (1280, 720)),
        ("pixels", "1280×720", None),
        ("pixels", "0x0", None),
        ("resolution", "720p", 720),
        ("resolution", "1080P", 1080),
        ("resolution", "4k", 2160),
        ("resolution", "2K", 1440),
        ("resolution", "true_1080p", 1080),
        ("resolution", "2x", None),
        ("resolution", 720, None),
        ("boolean", True, True),
        ("boolean", False, False),
        ("boolean", "true", None),
        ("boolean", 1, None),
        ("text", "x", None),
        ("no-such-encoding", "x", None),
    ],
)
def test_a_wish_is_read(encoding: str, written: Any, meant: Any) -> None:
    assert decoded(encoding, written) == meant


@given(st.sampled_from(ENCODINGS), JSON)
def test_what_cannot_be_read_is_left_open(encoding: str, written: Any) -> None:
    found = decoded(encoding, written)
    assert found is None or isinstance(found, bool | int | float | tuple)


def test_a_request_is_read_through_the_capabilities() -> None:
    body = {"length": "4s", "ratio": "9:16", "resolution": "1080p", "sound": False}
    assert wanted(lantern(), body) == Wanted(duration=4.0, aspect_ratio=(9, 16), resolution=1080, audio=False)
    assert wanted(lantern(), {}) == Wanted()


@pytest.mark.parametrize("provider", PROVIDERS)
@given(body=JSON)
def test_any_body_can_be_read(provider: str, body: Any) -> None:
    assert isinstance(wanted(contract_of(provider), body), Wanted)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_documented_length_is_understood(provider: str) -> None:
    contract = contract_of(provider)
    capability = contract.capabilities["duration"]
    listed = [
        each
        for claim in contract.request_claims(contract.submit.id)
        if claim.tokens == capability.tokens and claim.rule == "enum"
        for each in claim.parameters["value"]
    ]
    unread = [each for each in listed if decoded(capability.encoding, each) is None]
    assert set(unread) <= {"Auto", "auto", "-1", "1 gen"}, "words that leave the length to the model"
