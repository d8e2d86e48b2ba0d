"""Real, small MP4 files: as many pixels, seconds and audio tracks as asked for, and no more bytes than needed."""

from __future__ import annotations

import array
import base64
import binascii
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

#: Milliseconds: two pictures, shown as long as it takes, say everything that is measured of most simulated files.
_TICKS = 1000
_AUDIO_RATE = 8000
#: A picture that anybody brings along is no larger; more would be a bomb.
_LARGEST = 4096 * 4096
_GREY = (110, 128, 128)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """What a file is like: pixels, seconds, sound, and what is seen.

    ``sound`` is ``tone``, ``silence`` or None for no audio track. ``first`` and ``last`` are data URLs of the pictures
    that it begins and ends with; it is grey where there are none. ``rate`` in pictures a second, None for two in all.
    ``marked`` has a bright block in the lower right corner.
    """

    width: int
    height: int
    seconds: float
    sound: str | None = None
    container: str = "mp4"
    first: str | None = None
    last: str | None = None
    rate: float | None = None
    marked: bool = False

    @property
    def even(self) -> tuple[int, int]:
        """Its size, as encoders have it: rounded down to even numbers."""
        return max(2, self.width - self.width % 2), max(2, self.height - self.height % 2)


@lru_cache(maxsize=512)
def film(clip: Clip) -> bytes:
    """The bytes of a clip; equal clips have equal bytes."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format=clip.container) as out:
        mp4 = clip.container == "mp4"
        codec, options = ("libx264", {"preset": "ultrafast", "crf": "45"}) if mp4 else ("libvpx", {})
        video: Any = out.add_stream(codec, rate=1, options=options)
        (video.width, video.height), video.pix_fmt = clip.even, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, _TICKS)
        sound: Any = out.add_stream("aac", rate=_AUDIO_RATE) if clip.sound and mp4 else None
        times = _times(clip)
        packets: list[Any] = []
        for number, start in enumerate(times[:-1]):
            frame = _picture(clip, clip.last if number == len(times) - 2 else clip.first)
            frame.pts, frame.time_base = start, Fraction(1, _TICKS)
            packets += video.encode(frame)
        packets += video.encode()
        for packet, start, end in zip(packets, times, times[1:], strict=False):
            packet.duration = end - start
            out.mux(packet)
        if sound is not None:
            for tone in _tones(clip):
                out.mux(sound.encode(tone))
            out.mux(sound.encode())
    return buffer.getvalue()


@lru_cache(maxsize=64)
def still(clip: Clip, form: str = "png") -> bytes:
    """The last picture of a clip as an image, without a mark."""
    import av

    encoder: Any = av.CodecContext.create("png" if form == "png" else "mjpeg", "w")
    (encoder.width, encoder.height) = clip.even
    encoder.pix_fmt, encoder.time_base = "rgb24" if form == "png" else "yuvj420p", Fraction(1, 1)
    frame = _picture(Clip(width=clip.width, height=clip.height, seconds=1), clip.last).reformat(format=encoder.pix_fmt)
    frame.pts, frame.time_base = 0, Fraction(1, 1)
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def _times(clip: Clip) -> list[int]:
    """When each picture begins, in ticks, and when the last one ends."""
    length = round(clip.seconds * _TICKS)
    number = max(2, round(clip.seconds * clip.rate)) if clip.rate else 2
    return [length * n // number for n in range(number + 1)]


def _picture(clip: Clip, given: str | None) -> Any:
    width, height = clip.even
    frame = _decoded(given, width, height) if given else None
    if frame is None:
        frame = _flat(width, height, _GREY)
    if clip.marked:
        luma = frame.planes[0]
        rows = memoryview(luma)
        for row in range(height - max(1, height // 8), height):
            start = row * luma.line_size + width - max(1, width // 4)
            rows[start : start + max(1, width // 4)] = b"\xeb" * max(1, width // 4)
    return frame


def _flat(width: int, height: int, levels: tuple[int, int, int]) -> Any:
    import av

    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, level in zip(frame.planes, levels, strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    return frame


def _decoded(url: str, width: int, height: int) -> Any:
    """The picture of a data URL in this size; None for anything else."""
    import av

    demuxer = {"data:image/png": "png_pipe", "data:image/jpeg": "jpeg_pipe"}.get(url.partition(";")[0])
    try:
        data = base64.b64decode(url.partition(";base64,")[2], validate=True)
        if demuxer is None or not data:
            return None
        with av.open(io.BytesIO(data), "r", format=demuxer, options={"protocol_whitelist": "none"}) as file:
            context = file.streams.video[0].codec_context
            if not 0 < context.width * context.height <= _LARGEST:
                return None
            pictures: Any = file.decode(video=0)
            return next(pictures).reformat(width=width, height=height, format="yuv420p")
    except (binascii.Error, ValueError, StopIteration, IndexError, av.error.FFmpegError):
        return None


def _tones(clip: Clip) -> Iterator[Any]:
    import av

    for block in range(int(clip.seconds * _AUDIO_RATE) // 1024):
        tone = av.AudioFrame("fltp", "mono", 1024)
        tone.sample_rate, tone.pts = _AUDIO_RATE, block * 1024
        tone.planes[0].update(_hum(block % 8) if clip.sound == "tone" else bytes(4096))
        yield tone


@lru_cache(maxsize=8)
def _hum(block: int) -> bytes:
    return array.array("f", (0.1 * math.sin((block * 1024 + n) * 0.35) for n in range(1024))).tobytes()
