"""What a media file is: measured from its bytes, which are then dropped.

Only formats that are recognised by their first bytes reach a demuxer, and it is told which one to be:
left to guess, it would also open playlists, which name other files and addresses.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
from dataclasses import dataclass
from typing import Any, BinaryIO

from harness.exchange.boxes import Crowded, boxes, check_tables
from harness.exchange.decoding import LIMITED, MAX_PICTURE, Pictures, Sound
from harness.interaction import MediaFacts
from harness.json_text import message_json

#: Two hours at 60 frames per second with audio; more is an index made to keep us busy and our memory full.
MAX_PACKETS = 1_000_000
#: Bytes of one frame. A demuxer holds one at a time; this is a picture of 4096×4096 without any compression.
MAX_FRAME = 64 * 1024 * 1024
#: Bytes of a file whose container is held in memory as a whole, or may be.
MAX_WHOLE = 64 * 1024 * 1024
#: Tracks of a file: pictures, sound, subtitles, each in some languages.
_STREAMS = 64
#: Why a decoder refuses pictures whose form it knows.
_TOO_LARGE = f"its pictures have no size that makes sense, or more than {MAX_PICTURE:,} pixels"
#: Bytes that tell the container.
HEAD = 1024
#: A file may end a little before its declared end (edit lists, rounding to milliseconds) and be whole.
END_TOLERANCE = 0.5
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"moof", b"styp")
_EBML = b"\x1a\x45\xdf\xa3"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    container: str
    demuxer: str
    still: bool = False


def looks_like_media(media_type: str, data: bytes) -> bool:
    """Whether a body is a video, audio or image file, by its first bytes or else by its Content-Type.

    A JSON text under a video's Content-Type is no media: it is an answer to be read.
    """
    if _kind(data) is not None:
        return True
    family, _, subtype = media_type.partition(";")[0].strip().lower().partition("/")
    if family not in ("video", "audio", "image") or subtype.startswith("svg") or not data:
        return False
    if data.lstrip()[:1] in (b"{", b"["):
        try:
            message_json(data)
        except ValueError:
            return True
        return False
    return True


def begins_media(head: bytes) -> bool:
    """Whether the first bytes of a file, a thousand or all there are, are those of a format known here."""
    return _kind(head) is not None


def facts(source: bytes | BinaryIO) -> MediaFacts:
    """Container, duration, size, codecs, pictures and sound of a file; never raises for what is in it.

    It is read in small pieces wherever it is, and decoded from its first picture to its last, one at a time, as far
    as :mod:`harness.exchange.decoding` goes. A file that is cut short or that cannot be read or decoded has container
    None, and ``fault`` says why; one without a picture keeps its container and has a fault too.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # BinaryIO is what it reads
    head = _at(file, 0, HEAD)
    kind = _kind(head)
    fault = _not_media(head) if kind is None else _cut_short(file, size, kind)
    if kind is None or fault:
        return MediaFacts(size=size, sha256=sha256, fault=fault)
    try:
        _refuse_greedy(file, size, kind)
        file.seek(0)
        measured = _measured(file, kind)
    except Exception as error:  # a demuxer fed with hostile bytes fails in ways it does not document
        text = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if getattr(error, "errno", None) == errno.EINVAL:  # so a decoder says what LIMITED forbids
            text = _TOO_LARGE
        return MediaFacts(size=size, sha256=sha256, fault=f"cannot be read to its end: {text[:200]}")
    return MediaFacts(size=size, sha256=sha256, **measured)


def _refuse_greedy(file: BinaryIO, size: int, kind: _Kind) -> None:
    """Raises ValueError for what a demuxer could need more memory for than any real file needs."""
    if kind.demuxer == "mp4":
        check_tables(file, size, most=MAX_PACKETS, largest=MAX_FRAME)
    elif kind.demuxer not in _STREAMED and size > MAX_WHOLE:
        raise ValueError(f"it has {size} bytes, and {kind.container} files are read up to {MAX_WHOLE}")


def _measured(source: BinaryIO, kind: _Kind) -> dict[str, Any]:
    import av  # 0.1 s and 100 MB: only when there is a file to look at

    # To find out what is in a file, pictures of it may be decoded, too.
    limits: dict[str, Any] = {
        "container_options": {"protocol_whitelist": "none"},
        "stream_options": [LIMITED] * _STREAMS,
    }
    with av.open(source, mode="r", format=kind.demuxer, **limits) as file:
        if len(file.streams) > _STREAMS:
            raise ValueError(f"it has {len(file.streams)} tracks")
        pictures = [s for s in file.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
        video = pictures[0] if pictures else None
        shown = Pictures(video, square=kind.still) if video is not None else None
        heard: Sound | None = None
        frames = packets = 0
        first: float | None = None
        last = end = 0.0
        for packet in file.demux():
            packets += 1
            if packet.is_corrupt or packets > MAX_PACKETS:
                raise ValueError("it is cut short" if packet.is_corrupt else "it has too many packets")
            if not packet.size:
                continue
            at = packet.pts if packet.pts is not None else packet.dts
            if at is not None and packet.time_base is not None:
                stop = float((at + (packet.duration or 0)) * packet.time_base)
                end = max(end, stop)
                if packet.stream is video:
                    start = float(at * packet.time_base)
                    first, last = start if first is None else min(first, start), max(last, stop)
            if shown is not None and packet.stream is video:
                frames += 1
                shown.add(packet)
            elif packet.stream.type == "audio":
                heard = heard or Sound(packet.stream)  # a track may be declared and have nothing in it
                if packet.stream is heard.stream:
                    heard.add(packet)
        declared = file.duration / av.time_base if file.duration else None
        if not kind.still and declared and declared - end > max(END_TOLERANCE, declared / 20):
            raise ValueError(f"it says it lasts {declared:.3f} s and ends after {end:.3f} s")
        # Only MP4 has an exact table of its frames; other containers estimate.
        if video is not None and kind.demuxer == "mp4" and video.frames > frames:
            raise ValueError(f"it says it has {video.frames} frames and has {frames}")
        if shown is not None:
            shown.end()
        if heard is not None:
            heard.end()
        duration: float | None = None
        if video is not None and video.duration and video.time_base:
            duration = float(video.duration * video.time_base)
        elif first is not None and last > first:
            duration = last - first
        elif declared:
            duration = declared
        return {
            "container": kind.container,
            "frame_rate": None if kind.still or first is None or last <= first else round(frames / (last - first), 3),
            **(shown.facts() if shown is not None else {}),
            **(heard.facts() if heard is not None else {}),
            "duration": None if kind.still or duration is None else round(duration, 3),
            "frames": frames if video is not None else None,
            "video_codec": video.codec_context.name if video is not None else None,
            "audio_codec": heard.stream.codec_context.name if heard is not None else None,
            "note": "its audio track has no samples" if file.streams.audio and heard is None else None,
            "fault": None if video is not None and frames and video.codec_context.width else _unseen(frames),
        }


def _unseen(frames: int) -> str:
    return f"cannot be looked at: {_TOO_LARGE}" if frames else "has no video stream"


def _kind(data: bytes) -> _Kind | None:
    head = data[:64]
    if head[4:8] in _BOXES and int.from_bytes(head[:4]) not in range(2, 8):
        quicktime = head[4:8] != b"ftyp" or head[8:12] == b"qt  "
        return _Kind(container="mov" if quicktime else "mp4", demuxer="mp4")
    if head.startswith(_EBML):
        return _Kind(container="webm" if b"webm" in head else "matroska", demuxer="matroska")
    if head.startswith(b"RIFF"):
        riff = {b"AVI ": _Kind(container="avi", demuxer="avi"), b"WAVE": _Kind(container="wav", demuxer="wav")}
        riff[b"WEBP"] = _Kind(container="webp", demuxer="webp_pipe", still=True)
        return riff.get(head[8:12])
    if data[:1] == data[188:189] == data[376:377] == b"\x47":
        return _Kind(container="mpegts", demuxer="mpegts")
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    return None


#: Read packet by packet, whatever their size.
_STREAMED = ("mp4", "matroska", "mpegts")

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": _Kind(container="png", demuxer="png_pipe", still=True),
    b"\xff\xd8\xff": _Kind(container="jpeg", demuxer="jpeg_pipe", still=True),
    b"GIF87a": _Kind(container="gif", demuxer="gif"),
    b"GIF89a": _Kind(container="gif", demuxer="gif"),
    b"FLV\x01": _Kind(container="flv", demuxer="flv"),
    b"OggS": _Kind(container="ogg", demuxer="ogg"),
    b"fLaC": _Kind(container="flac", demuxer="flac"),
    b"ID3": _Kind(container="mp3", demuxer="mp3"),
}

#: How a whole picture ends; cameras append a little.
_ENDS = {"png": b"IEND", "jpeg": b"\xff\xd9"}


def _not_media(data: bytes) -> str:
    if not data:
        return "is empty"
    head = data[:512].lstrip().lower()
    if head.startswith((b"<!doctype", b"<html", b"<head", b"<body")):
        return "is HTML, not media"
    if head.startswith((b"<?xml", b"<")):
        return "is XML, not media"
    if head.startswith((b"{", b"[")):
        return "is JSON, not media"
    return "is not a media format that is known here"


def _cut_short(file: BinaryIO, size: int, kind: _Kind) -> str | None:
    """Why the outermost boxes or elements do not fit into the file, or None."""
    if kind.demuxer == "mp4":
        return _cut_box(file, size)
    if (end := _ENDS.get(kind.container)) and end not in _at(file, max(0, size - 4096), 4096):
        return "is cut short: its end mark is missing"
    return _cut_segment(file, size) if kind.demuxer == "matroska" else None


def _cut_box(file: BinaryIO, size: int) -> str | None:
    try:
        for box in boxes(file, 0, size):
            if box.end > size:
                return f"is cut short: {box.name!r} needs {box.end} bytes, there are {size}"
    except Crowded as fault:
        return str(fault)
    return None


def _cut_segment(file: BinaryIO, size: int) -> str | None:
    at = 0
    while at + 5 <= size:
        head = _at(file, at, 12)
        known, at = head[:4], at + 4
        width = 9 - head[4].bit_length()
        length = int.from_bytes(head[4 : 4 + width]) - (1 << 7 * width) if width <= 8 else -1
        unknown = length == (1 << 7 * width) - 1  # a live stream writes no length
        if known not in (_EBML, b"\x18\x53\x80\x67") or length < 0 or unknown:
            return None
        at += width + length
        if at > size:
            return f"is cut short: it needs {at} bytes, there are {size}"
    return None


def _at(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)
