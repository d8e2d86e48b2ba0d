"""The pictures and the sound of a file, decoded one at a time and dropped: what is kept of them is small."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from harness.exchange.checked import MAX_POSTER
from harness.exchange.upright import Turn, turn_of

#: A video is decoded up to here, and read without decoding beyond: 15 seconds of 4K at 30 frames per second.
MAX_DECODED_PIXELS = 4_000_000_000
MAX_DECODED_FRAMES = 20_000
#: Of larger pictures only those that need no other are decoded: a stream may have a decoder hold sixteen at once.
MAX_HELD = 2560 * 1440
#: Larger pictures are not decoded at all, by their pixels and by their bytes.
MAX_PICTURE = 4096 * 4096
MAX_PICTURE_BYTES = 64 * 1024 * 1024
#: What tells a decoder so; it holds for every picture of a stream, whatever the file said of the first.
LIMITED = {"max_pixels": str(MAX_PICTURE)}
#: Seconds of sound that are listened to.
MAX_SOUND = 600.0
#: The side of a thumbnail, in pixels: enough to tell two scenes apart, little enough to survive any encoder.
THUMBNAIL = 8
#: What no sound at all is given as, in dB below full scale: JSON has no minus infinity.
FLOOR = -120.0
#: The widths and qualities that are tried in turn until a poster is small enough.
_POSTERS = ((160, 6), (160, 16), (96, 24))


class Pictures:
    """Takes the packets of a video stream; keeps its size, two thumbnails, a poster and a hash.

    ``square``: its pixels are, whatever the file says, as viewers of still pictures have it.
    ``add`` and ``end`` raise what the decoder raises, and ValueError for a picture that comes out damaged.
    """

    def __init__(self, stream: Any, *, most: float = MAX_DECODED_PIXELS, square: bool = False) -> None:
        self.stream = stream
        self.decoded = 0
        self._square = square
        self._left = most
        self._hash = hashlib.sha256()
        self._begins: dict[str, Any] = {}
        self._last: Any = None
        context = stream.codec_context
        area = context.width * context.height
        self._decodes = 0 < area <= MAX_PICTURE and _weight(context) <= MAX_PICTURE_BYTES
        self._alone = area > MAX_HELD
        self._newest = True  # whether the last picture taken was decoded
        context.thread_count = 1  # more threads hold more pictures
        if self._decodes:
            context.options = LIMITED

    def add(self, packet: Any) -> None:
        self._hash.update(memoryview(packet))
        self._newest = bool(packet.is_keyframe) or not self._alone
        if self._decodes and self._newest:
            self._show(packet.decode())
            if self._alone:
                self._show(self.stream.codec_context.decode(None))
                self.stream.codec_context.flush_buffers()
            self._decodes = self._left > 0 and self.decoded < MAX_DECODED_FRAMES

    def end(self) -> None:
        """What the decoder still held back."""
        if self._decodes and not self._alone:
            self._show(self.stream.codec_context.decode(None))
            if not self.decoded:
                raise ValueError("no picture of it can be decoded")

    def _show(self, frames: list[Any]) -> None:
        for frame in frames:
            if frame.is_corrupt:
                raise ValueError(f"picture {self.decoded + 1} is damaged")
            if _weight(frame) > MAX_PICTURE_BYTES:
                raise ValueError(f"picture {self.decoded + 1} is too large to be looked at")
            self.decoded += 1
            self._left -= frame.width * frame.height
            self._begins = self._begins or self._beginning(frame)
            self._last = frame  # the only one that is held: two of the largest would be too much

    def _beginning(self, frame: Any) -> dict[str, Any]:
        turn = turn_of(frame)
        sizes = self._sizes(turn)
        upright = turn.apply(frame)
        poster = _poster(upright, (sizes["width"], sizes["height"]))
        return sizes | {"first_frame": thumbnail(upright), "poster": poster}

    def _sizes(self, turn: Turn) -> dict[str, int]:
        coded = self.stream.codec_context.width, self.stream.codec_context.height
        if not all(coded):
            return {}
        shown = turn.size(*coded, None if self._square else self.stream.sample_aspect_ratio)
        known = {"width": shown[0], "height": shown[1]}
        return known if shown == coded else known | {"coded_width": coded[0], "coded_height": coded[1]}

    def facts(self) -> dict[str, Any]:
        """``decoded``, ``pictures``, and as shown the size, thumbnails and poster; the last picture if it was reached.

        What is too large to be decoded has the size that it is coded in, whether it is to be turned or not.
        """
        known: dict[str, Any] = {"decoded": self.decoded, "pictures": self._hash.hexdigest()[:32]}
        known |= self._begins or self._sizes(Turn())
        if self._last is not None and self._decodes and self._newest:
            known["last_frame"] = thumbnail(turn_of(self._last).apply(self._last))
        return known


def _weight(shown: Any) -> float:
    """Bytes of one picture of a stream, or of a frame, as it is decoded; 0 where its format is not known yet."""
    return shown.width * shown.height * shown.format.bits_per_pixel / 8 if shown.format is not None else 0


class Sound:
    """Takes the packets of an audio stream; keeps how loud it is.

    ``add`` and ``end`` raise what the decoder raises.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self._graph: Any = None
        self._heard: dict[str, str] = {}
        self._seconds = 0.0

    def add(self, packet: Any) -> None:
        if self._seconds < MAX_SOUND:
            self._listen(packet.decode())

    def end(self) -> None:
        """What the decoder still held back."""
        if self._seconds < MAX_SOUND:
            self._listen(self.stream.codec_context.decode(None))

    def _listen(self, frames: list[Any]) -> None:
        import av

        for frame in frames:
            if self._graph is None:
                self._graph = graph = av.filter.Graph()
                levels = graph.add("astats", "metadata=1:measure_perchannel=none:measure_overall=Peak_level+RMS_level")
                source = graph.add_abuffer(
                    sample_rate=frame.sample_rate, format=frame.format.name, layout=frame.layout.name,
                    time_base=frame.time_base,
                )  # fmt: skip
                graph.link_nodes(source, levels, graph.add("abuffersink")).configure()
            self._seconds += frame.samples / frame.sample_rate
            self._graph.push(frame)
            self._heard = self._graph.pull().metadata

    def facts(self) -> dict[str, Any]:
        """``peak`` and ``loudness``."""
        if not self._heard:
            return {}
        return {"peak": self._level("Peak_level"), "loudness": self._level("RMS_level")}

    def _level(self, name: str) -> float:
        written = self._heard.get(f"lavfi.astats.Overall.{name}", "-inf")
        return max(FLOOR, round(float(written), 1)) if written not in ("nan", "-nan") else FLOOR


def thumbnail(frame: Any) -> str:
    """A picture in 8×8 pixels of red, green and blue, as base64."""
    small = frame.reformat(width=THUMBNAIL, height=THUMBNAIL, format="rgb24", interpolation="AREA")
    plane, row = small.planes[0], 3 * THUMBNAIL
    data = bytes(plane)
    rows = (data[at : at + row] for at in range(0, THUMBNAIL * plane.line_size, plane.line_size))
    return base64.b64encode(b"".join(rows)).decode()


def _poster(frame: Any, size: tuple[int, int]) -> str | None:
    """A picture that is shown in this size as a small JPEG in a data URI; None where no way makes it small enough."""
    for widest, coarseness in _POSTERS:
        width = min(widest, size[0] - size[0] % 2)
        height = round(size[1] * width / size[0] / 2) * 2 if width else 0
        if not 2 <= height <= 4 * width:
            return None
        made = "data:image/jpeg;base64," + base64.b64encode(_jpeg(frame, width, height, coarseness)).decode()
        if len(made) <= MAX_POSTER:
            return made
    return None


def _jpeg(frame: Any, width: int, height: int, coarseness: int) -> bytes:
    from fractions import Fraction

    import av

    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 1)
    encoder.qmin = encoder.qmax = coarseness
    small = frame.reformat(width=width, height=height, format="yuvj420p", interpolation="AREA")
    small.pts, small.time_base = 0, Fraction(1, 1)
    return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])
