"""Real, small MP4 files: as many pixels, seconds and audio tracks as asked for, and no more bytes than needed."""

from __future__ import annotations

import io
import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

#: Milliseconds: two frames, shown as long as it takes, say everything that is measured of a simulated file.
_TICKS = 1000
_AUDIO_RATE = 8000


@lru_cache(maxsize=512)
def clip(width: int, height: int, seconds: float, audio: bool, container: str = "mp4") -> bytes:
    """The bytes of a grey clip; equal arguments give equal bytes. Sizes are rounded down to even numbers."""
    import av

    width, height = max(2, width - width % 2), max(2, height - height % 2)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        codec, options = ("libx264", {"preset": "ultrafast", "crf": "45"}) if container == "mp4" else ("libvpx", {})
        video: Any = out.add_stream(codec, rate=1, options=options)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, _TICKS)
        sound: Any = out.add_stream("aac", rate=_AUDIO_RATE) if audio and container == "mp4" else None
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane, level in zip(frame.planes, (110, 128, 128), strict=True):
            plane.update(bytes([level]) * plane.buffer_size)
        length = round(seconds * _TICKS)
        packets: list[Any] = []
        for start in (0, length // 2):
            frame.pts, frame.time_base = start, Fraction(1, _TICKS)
            packets += video.encode(frame)
        packets += video.encode()
        for packet, shown in zip(packets, (length // 2, length - length // 2), strict=True):
            packet.duration = shown
            out.mux(packet)
        if sound is not None:
            for block in range(int(seconds * _AUDIO_RATE) // 1024):
                tone = av.AudioFrame("fltp", "mono", 1024)
                tone.sample_rate, tone.pts = _AUDIO_RATE, block * 1024
                tone.planes[0].update(_hum(block))
                out.mux(sound.encode(tone))
            out.mux(sound.encode())
    return buffer.getvalue()


@lru_cache(maxsize=8)
def _samples(block: int) -> bytes:
    import array

    return array.array("f", (0.1 * math.sin((block * 1024 + n) * 0.35) for n in range(1024))).tobytes()


def _hum(block: int) -> bytes:
    return _samples(block % 8)
