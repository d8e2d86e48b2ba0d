"""A text that is made to stall its reader takes time and memory in proportion to its length, and no more."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest

from harness.exchange.redact import Redactor
from harness.json_text import message_json

REDACTOR = Redactor(["sk-test-0123456789abcdef0123"])
DEEP = b"[]," * 300  # so many brackets that their depth is counted
#: What is repeated, and what it follows.
REPEATED = [(b"", b"\\"), (b"", b"%25"), (b"%", b"25"), (b"", b"&amp;"), (b"&", b"amp;"), (b"&#", b"0"), (b"", b"<")]
REPEATED += [(b"", b"bearer "), (b"bearer", b" "), (b"", b"http://a"), (b"", b'"api_key":"'), (b"", b"?token=")]
REPEATED += [(DEEP + b'"', b'\\"'), (DEEP, b'"'), (DEEP + b'"', b"\\\\")]


def parsed(data: bytes) -> None:
    with suppress(ValueError):
        message_json(data)


def seconds(read: Callable[[bytes], object], data: bytes) -> float:
    """Of this process's own time, the least of three."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        read(data)
        times.append(time.process_time() - begun)
    return min(times)


@pytest.mark.parametrize("read", [REDACTOR.data, parsed])
@pytest.mark.parametrize("start, unit", REPEATED)
def test_twice_the_text_takes_twice_the_time(read: Callable[[bytes], object], start: bytes, unit: bytes) -> None:
    once, twice = (start + unit * (size // len(unit)) for size in (15_000, 30_000))
    assert seconds(read, twice) < 3 * seconds(read, once) + 0.05


def test_a_key_that_stands_twice_among_many_is_found_at_once() -> None:
    keys = ",".join(f'"{number}":0' for number in [*range(15_000), 0])
    assert seconds(parsed, f"{{{keys}}}".encode()) < 1
    with pytest.raises(ValueError, match="has the key '0' twice"):
        message_json(f"{{{keys}}}".encode())


@pytest.mark.parametrize("read", [REDACTOR.data, parsed])
@pytest.mark.parametrize("start", [DEEP + b'"', b'"password":"', b"https://a.example/?token=", b"%3ftoken%3d"])
@pytest.mark.parametrize("unit", [b"a", b"\\/"])
def test_one_long_value_takes_no_more_memory_than_its_length(
    read: Callable[[bytes], object], start: bytes, unit: bytes
) -> None:
    data = start + unit * (300_000 // len(unit)) + b'"'
    tracemalloc.start()
    try:
        read(data)
        assert tracemalloc.get_traced_memory()[1] < 20 * len(data)
    finally:
        tracemalloc.stop()
