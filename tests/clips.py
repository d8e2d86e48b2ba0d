"""Real files of video, sound and pictures, made with PyAV."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import cache

import av


@cache
def video(
    *,
    width: int = 320,
    height: int = 180,
    frames: int = 30,
    sound: bool = True,
    heard: bool = True,
    form: str = "mp4",
    fragments: bool = False,
    pixel: tuple[int, int] = (1, 1),
) -> bytes:
    """A real file with ``frames`` pictures at 30 per second, whose pixels have that shape; ``sound`` is a track of
    silence, and not even that where it is not ``heard``.
    """
    codec, voice = ("libvpx", "libopus") if form == "webm" else ("libx264", "aac")
    out = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov"} if fragments else {}
    with av.open(out, "w", format=form, options=options) as file:
        picture = file.add_stream(codec, rate=30)
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        picture.codec_context.sample_aspect_ratio = Fraction(*pixel)
        picture.options = {"preset": "ultrafast"} if codec == "libx264" else {}
        if sound:
            voices = file.add_stream(voice, rate=48000)
            voices.layout = "mono"
        for i in range(frames):
            frame = av.VideoFrame(width, height, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([i % 255]) * plane.buffer_size)
            frame.pts = i
            file.mux(picture.encode(frame))
        file.mux(picture.encode(None))
        if sound and heard:
            size = voices.codec_context.frame_size or 1024
            for i in range(frames * 1600 // size):
                heard = av.AudioFrame(format=voices.codec_context.format.name, layout="mono", samples=size)
                heard.sample_rate, heard.pts, heard.time_base = 48000, i * size, Fraction(1, 48000)
                for plane in heard.planes:
                    plane.update(bytes(plane.buffer_size))
                file.mux(voices.encode(heard))
            file.mux(voices.encode(None))
    return out.getvalue()


def audio() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        voices = file.add_stream("aac", rate=48000)
        voices.layout = "mono"
        for i in range(20):
            heard = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            heard.sample_rate, heard.pts, heard.time_base = 48000, i * 1024, Fraction(1, 48000)
            for plane in heard.planes:
                plane.update(bytes(plane.buffer_size))
            file.mux(voices.encode(heard))
        file.mux(voices.encode(None))
    return out.getvalue()


def picture(pixel: tuple[int, int] = (1, 1)) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="image2pipe") as file:
        stream = file.add_stream("png", rate=1)
        stream.codec_context.sample_aspect_ratio = Fraction(*pixel)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        frame = av.VideoFrame(64, 48, "rgb24")
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return out.getvalue()
