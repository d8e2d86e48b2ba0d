"""Bodies that arrive compressed, unpacked piece by piece within a bound."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable, Iterator
from typing import TypeAlias

#: What one step of unpacking gives at most, in bytes: a bomb never stands unpacked in memory.
PIECE = 256 * 1024
#: Encodings on top of each other; nobody needs two.
MAX_LAYERS = 3

#: One way to unpack a body: zlib's window bits for each layer, the outermost first.
Way: TypeAlias = tuple[int, ...]


class TooLarge(ValueError):
    """The body would be larger than the limit."""


def ways(content_encoding: str) -> list[Way]:
    """How a body with this Content-Encoding may be unpacked, the likeliest first; none where we cannot."""
    layers: list[Way] = []
    for name in reversed(content_encoding.lower().split(",")):
        match name.strip():
            case "gzip" | "x-gzip":
                layers.append((zlib.MAX_WBITS | 16,))
            case "deflate":
                layers.append((zlib.MAX_WBITS, -zlib.MAX_WBITS))  # RFC 9110 says zlib, servers also send it raw
            case "" | "identity":
                continue
            case _:
                return []
    return list(itertools.product(*layers)) if 0 < len(layers) <= MAX_LAYERS else []


def unpacked(chunks: Iterable[bytes], way: Way, limit: int) -> Iterator[bytes]:
    """The plain bytes in pieces of at most PIECE.

    Raises TooLarge as soon as any layer gives more than ``limit`` bytes, and zlib.error where the bytes
    are not what they are said to be, or end too early.
    """
    for window in way:
        chunks = _bounded(_inflated(chunks, window), limit)
    yield from chunks


def decoded(body: bytes, content_encoding: str, limit: int) -> bytes | None:
    """The plain bytes of a gzip or deflate body, at most ``limit`` of them.

    None where the encoding is another one or the bytes are not what it says; then the body stays as it
    is. Raises TooLarge.
    """
    for way in ways(content_encoding):
        try:
            return b"".join(unpacked([body], way, limit))
        except zlib.error:
            continue
    return None


def beginning(body: bytes, content_encoding: str, size: int) -> bytes:
    """The first plain bytes, at most ``size``, of a body of which only the beginning is known."""
    for way in ways(content_encoding):
        plain = b""
        try:
            for piece in unpacked([body], way, limit=16 * PIECE):
                plain += piece[: size - len(plain)]
                if len(plain) == size:
                    break
        except (zlib.error, TooLarge):
            pass  # it is cut off, after all
        if plain:
            return plain
    return body[:size]


def without_encoding(headers: dict[str, str], length: int) -> dict[str, str]:
    """The headers of a body that has been unpacked to ``length`` bytes."""
    rest = {name: value for name, value in headers.items() if name != "content-encoding"}
    return {**rest, "content-length": str(length)} if "content-length" in rest else rest


def _inflated(chunks: Iterable[bytes], window: int) -> Iterator[bytes]:
    unpacker = None
    for chunk in chunks:
        left = chunk
        while left:
            if unpacker is None or unpacker.eof:
                unpacker = zlib.decompressobj(window)  # gzip files may follow one another
            yield (piece := unpacker.decompress(left, PIECE))
            while len(piece) == PIECE:
                yield (piece := unpacker.decompress(unpacker.unconsumed_tail, PIECE))
            left = unpacker.unused_data
    if unpacker is not None and not unpacker.eof:
        raise zlib.error("cut short")


def _bounded(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise TooLarge(f"unpacks to more than {limit} bytes")
        yield piece
