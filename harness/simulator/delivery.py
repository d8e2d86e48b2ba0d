"""The file that a simulated job ends in, and the picture beside it: as asked for, or as a quirk has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from harness.contract import Contract
from harness.contract.pictures import supplied
from harness.contract.pixels import tabled
from harness.contract.wanted import Wanted, defaults, settled, wanted
from harness.pointer import exact, parse, present, value
from harness.simulator.clip import Clip, film, still
from harness.simulator.quirks import Behaviour

#: However long a clip a request may ask for, more seconds than this are not made.
LONGEST = 120.0
#: What a file is like where neither the request nor a documented default says.
_OTHERWISE = Wanted(duration=5.0, aspect_ratio=(16, 9), resolution=720, audio=False)
#: A picture that nobody brought: a small board of magenta and green squares.
OTHER = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAgMAAABinRfyAAAADFBMVEUAAAAAAAD6APoA+gCGaPIdAA"
    "AAF0lEQVR42mNY9X/VfwY0AohXoRNEqgMATcg1IUtD/V8AAAAASUVORK5CYII="
)


@dataclass(frozen=True)
class Delivery:
    """Makes the files of one provider, in its behaviour."""

    contract: Contract
    behaviour: Behaviour

    def video(self, body: Any) -> tuple[str, bytes]:
        """Media type and bytes of the result of a request."""
        media_type, made = self._video(body)
        return self._change.get("media_type", media_type), made

    def _video(self, body: Any) -> tuple[str, bytes]:
        change = self._change
        match change.get("container"):
            case "html":
                return "text/html", b"<!doctype html><title>Moved</title><p>Try again later."
            case "empty":
                return "video/mp4", b""
            case "placeholder":
                return "video/mp4", film(Clip(width=64, height=64, seconds=1.0))
            case "truncated":
                made = film(self._clip(body))
                return "video/mp4", made[: len(made) * 2 // 3]
            case "garbled":
                return "video/mp4", _garbled(film(self._clip(body)))
            case "webm":
                return "video/webm", film(self._clip(body))
        return "video/mp4", film(self._clip(body))

    def last_frame(self, body: Any) -> tuple[str, bytes] | None:
        """Media type and bytes of the last picture, where the request asks for it and there is one."""
        capability, change = self.contract.capabilities.get("return_last_frame"), self._change.get("last_frame")
        asked = capability is not None and value(body, capability.tokens) is True
        if self.contract.job.last_frame is None or not asked or change == "missing":
            return None
        clip = self._clip(body)
        match change:
            case "resized":
                clip = replace(clip, width=clip.width // 2, height=clip.height // 2)
            case "other":
                clip = replace(clip, last=OTHER)
            case "jpeg":
                return "image/jpeg", still(clip, "jpeg")
        return "image/png", still(clip)

    @property
    def _change(self) -> Mapping[str, Any]:
        return self.behaviour.file

    def _clip(self, body: Any) -> Clip:
        change, usual = self._change, self.usual
        ignored = self.behaviour.ignores
        asked = wanted(self.contract, body)
        asked = Wanted(**{n: None if n in ignored else getattr(asked, n) for n in Wanted.__slots__})
        seconds = (asked.duration or usual.duration or 0) + change.get("longer", 0)
        width, height = (
            asked.size
            or self._listed(body)
            or pixels(asked.aspect_ratio or usual.aspect_ratio or (1, 1), asked.resolution or usual.resolution or 0)
        )
        if "lines" in change:
            width, height = pixels((width, height), change["lines"])
        if "ratio" in change:
            across, down = map(int, change["ratio"].split(":"))
            width, height = pixels((across, down), min(width, height))
        if "pixels" in change:
            width, height = width + change["pixels"][0], height + change["pixels"][1]
        sound = "tone" if asked.audio else None
        if "audio" in change:
            sound = {"added": "tone", "dropped": None, "silent": sound and "silence"}[change["audio"]]
        return Clip(
            width=width,
            height=height,
            seconds=min(max(1.0, seconds), LONGEST),
            sound=sound,
            container="webm" if change.get("container") == "webm" else "mp4",
            first=OTHER if change.get("first_frame") == "other" else self._given("first_frame", body),
            last=OTHER if change.get("end_frame") == "other" else self._given("last_frame", body),
            rate=self._rate(body),
            marked=self._marked(body),
        )

    def _listed(self, body: Any) -> tuple[int, int] | None:
        """The size that the documentation lists for this wish, where nothing of the wish is ignored."""
        table = next((c for c in self.contract.claims.values() if c.check == "media-pixels"), None)
        if table is None or self.behaviour.ignores:
            return None
        model = self.contract.models.get(self.contract.model_of(body) or "")
        sizes = tabled(table.parameters, model.entry if model else {}, settled(self.contract, body))
        return sizes[0] if sizes else None

    def _given(self, name: str, body: Any) -> str | None:
        capability = self.contract.capabilities.get(name)
        place = supplied(capability, body) if capability else None
        found = value(body, parse(exact(place))) if place else None
        return found if isinstance(found, str) else None

    def _rate(self, body: Any) -> float | None:
        for claim in self.contract.claims.values():
            if claim.check == "media-frame-rate" and present(body, claim.tokens):
                return float(self._change.get("rate", claim.parameters["rate"]))
        return None

    def _marked(self, body: Any) -> bool:
        capability = self.contract.capabilities.get("watermark")
        return capability is not None and value(body, capability.tokens) is True

    @cached_property
    def usual(self) -> Wanted:
        """What a request gets that leaves things open: the documented defaults, else something plain."""
        known = defaults(self.contract)
        return Wanted(
            **{n: each if (each := getattr(known, n)) is not None else getattr(_OTHERWISE, n) for n in Wanted.__slots__}
        )


def pixels(ratio: tuple[int, int], lines: int) -> tuple[int, int]:
    """Width and height with ``lines`` on the short side, even."""
    across, down = ratio
    longer = round(lines * max(across, down) / min(across, down) / 2) * 2
    return (longer, lines) if across >= down else (lines, longer)


def _garbled(made: bytes) -> bytes:
    """A whole container whose pictures are noise."""
    start = made.index(b"mdat") + 4
    length = int.from_bytes(made[start - 8 : start - 4]) - 8
    noise = bytes((7 * n * n + 3 * n) % 251 for n in range(length))
    return made[:start] + noise + made[start + length :]
