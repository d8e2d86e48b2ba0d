"""Bodies that arrive compressed, unpacked within a bound."""

from __future__ import annotations

import zlib


class TooLarge(ValueError):
    """The unpacked body would be larger than the limit."""


def decoded(body: bytes, content_encoding: str, limit: int) -> bytes | None:
    """The plain bytes of a gzip or deflate body, at most ``limit`` of them.

    None where the encoding is another one or the bytes are not what it says; then the body stays as it
    is. Raises TooLarge.
    """
    match content_encoding.strip().lower():
        case "gzip" | "x-gzip":
            windows: tuple[int, ...] = (zlib.MAX_WBITS | 16,)
        case "deflate":
            windows = (zlib.MAX_WBITS, -zlib.MAX_WBITS)  # RFC 9110 says zlib, servers also send it raw
        case _:
            return None
    for window in windows:
        try:
            return _inflated(body, window, limit)
        except zlib.error:
            continue
    return None


def without_encoding(headers: dict[str, str], length: int) -> dict[str, str]:
    """The headers of a body that has been unpacked to ``length`` bytes."""
    rest = {name: value for name, value in headers.items() if name != "content-encoding"}
    return {**rest, "content-length": str(length)} if "content-length" in rest else rest


def _inflated(body: bytes, window: int, limit: int) -> bytes:
    plain = b""
    while body:
        unpacker = zlib.decompressobj(window)
        plain += unpacker.decompress(body, limit - len(plain) + 1)
        if len(plain) > limit:
            raise TooLarge(f"unpacks to more than {limit} bytes")
        if not unpacker.eof:
            raise zlib.error("cut short")
        body = unpacker.unused_data  # gzip files may follow one another
    return plain
