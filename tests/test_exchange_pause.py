"""How long a server asks to be left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.exchange.pause import LONGEST, pause_asked

#: 2026-11-21 10:00:00 UTC, a Saturday
NOW = 1795255200.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"content-type": "application/json", "x-request-id": "99"}, 0),
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT"}, 30),
        ({"retry-after": "Saturday, 21-Nov-26 10:00:30 GMT"}, 30),
        ({"retry-after": "Sat Nov 21 10:00:30 2026"}, 30),
        ({"retry-after": "Sat, 21 Nov 2026 09:59:00 GMT"}, 0),
        ({"retry-after": "Sat, 21 Nov 2026 11:00:30 GMT", "date": "Sat, 21 Nov 2026 11:00:00 GMT"}, 30),
        ({"retry-after": "7, 9"}, 0),
        ({"retry-after-ms": "2500"}, 2.5),
        ({"x-ratelimit-reset": "12"}, 12),
        ({"x-ratelimit-reset": "1795255245"}, 45),
        ({"x-ratelimit-reset": "1795255245500"}, 45.5),
        ({"x-ratelimit-reset": "1795255245", "date": "Sat, 21 Nov 2026 10:00:40 GMT"}, 5),
        ({"x-ratelimit-reset": "1795255100"}, 0),
        ({"x-ratelimit-reset": "2026-11-21T10:00:20Z"}, 20),
        ({"x-ratelimit-reset": "2026-11-21 10:00:20"}, 20),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-reset-tokens": "1s"}, 360),
        ({"x-ratelimit-reset-requests": "120ms"}, 0.12),
        ({"x-ratelimit-requests-reset": "9"}, 9),
        ({"anthropic-ratelimit-requests-reset": "2026-11-21T10:00:09Z"}, 9),
        ({"x-rate-limit-reset": "3"}, 3),
        ({"ratelimit-reset": "50"}, 50),
        ({"ratelimit-reset": "50", "ratelimit-remaining": "0"}, 50),
        ({"ratelimit-reset": "50", "ratelimit-remaining": "3"}, 0),
        ({"x-ratelimit-reset-tokens": "9s", "x-ratelimit-remaining-tokens": "10"}, 0),
        ({"ratelimit": '"default";r=0;t=30'}, 30),
        ({"ratelimit": '"minute";r=5;t=30, "day";r=0;t=600'}, 600),
        ({"ratelimit": '"default";r=5;t=30'}, 0),
        ({"retry-after": "5", "x-ratelimit-reset": "20"}, 20),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "1e9"}, 0),
        ({"retry-after": "NaN"}, 0),
        ({"retry-after": "Infinity"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "٣"}, 0),
        ({"retry-after": "999999999"}, LONGEST),
        ({"retry-after": "9" * 20}, LONGEST),
        ({"retry-after": "9" * 5000}, 0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, LONGEST),
        ({"retry-after": "Sat, 99 Nov 2026 99:99:99 GMT"}, 0),
        ({"x-ratelimit-reset": "0" * 30}, 0),
    ],
    ids=str,
)
def test_what_is_asked_for(headers: dict[str, str], seconds: float) -> None:
    assert pause_asked(headers, NOW) == pytest.approx(seconds)


@given(
    st.dictionaries(
        st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset", "ratelimit", "date", "ratelimit-reset"]),
        st.text() | st.from_regex(r"[0-9:. TGM;rt=,\"a-z-]{0,40}") | st.integers().map(str) | st.datetimes().map(str),
    ),
    st.floats(0, 1e11),
)
def test_whatever_stands_there_the_pause_is_bounded(headers: dict[str, str], now: float) -> None:
    assert 0 <= pause_asked(headers, now) <= LONGEST
