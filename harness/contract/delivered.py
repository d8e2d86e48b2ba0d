"""Claims on what the delivered file shows and sounds like, read off the provider's data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from harness.claim import Claim, Kind, Level
from harness.contract.model import Capability, Operation
from harness.contract.sources import Sources
from harness.pointer import Tokens, dotted


class _Rule(NamedTuple):
    """``capability`` that makes a claim, the claim's rule, its sentence and its check."""

    capability: str
    rule: str
    sentence: str
    check: str
    level: Level = Level.SHOULD
    parameters: Mapping[str, Any] = {}


_RULES = (
    _Rule("audio", "audible", "the sound that `{f}` asks for can be heard", "media-audible"),
    _Rule(
        "first_frame",
        "first-frame",
        "the video begins with the picture that `{f}` gives as its first",
        "media-frame",
        parameters={"capability": "first_frame"},
    ),
    _Rule(
        "last_frame",
        "last-frame",
        "the video ends with the picture that `{f}` gives as its last",
        "media-frame",
        parameters={"capability": "last_frame"},
    ),
    # What may or may not be seen: nobody promises it, so these never fail.
    _Rule("seed", "repeatable", "the same request with the same `{f}` makes the same video", "media-repeat", Level.MAY),
    _Rule(
        "watermark",
        "visible",
        "of two jobs that differ in `{f}` alone, the videos differ",
        "media-difference",
        Level.MAY,
    ),
)

#: What is said of the picture that is handed out beside the video.
_LAST_FRAME = {
    "returned": "a job that asks for it by `{f}` hands out a PNG image beside the video",
    "dimensions": "the image that `{f}` asks for is as wide and as high as the video",
    "picture": "the image that `{f}` asks for is the last picture of the video",
}


def claims(
    provider: str, submit: Operation, capabilities: Mapping[str, Capability], data: Mapping[str, Any], quotes: Sources
) -> Iterator[Claim]:
    """Claims on pictures and sound. ``data`` is provider.yaml; ``delivered: false`` turns an axis off."""
    said = data["capabilities"]

    def claim(axis: str, rule: str, sentence: str, check: str, source: Any, place: Tokens, **more: Any) -> Claim:
        field = dotted(capabilities[axis].tokens)
        return Claim(
            id=f"{provider}.{submit.id}.{field}.{rule}",
            operation=submit.id,
            kind=Kind.MEDIA,
            rule=rule,
            tokens=capabilities[axis].tokens,
            statement=sentence.format(f=field),
            source=source,
            check=check,
            place=("provider.yaml", *place),
            **more,
        )

    for axis, rule, sentence, check, level, parameters in _RULES:
        if axis in capabilities and said[axis].get("delivered", True):
            source = capabilities[axis].source
            place: Tokens = ("capabilities", axis)
            yield claim(axis, rule, sentence, check, source, place, level=level, parameters=parameters)
    for axis, each in said.items():
        if "frame_rate" in each:
            place = ("capabilities", axis, "frame_rate")
            rate, source = each["frame_rate"]["is"], quotes.quote(each["frame_rate"]["source"], "/".join(place))
            sentence = f"a video with `{{f}}` has {rate} pictures a second"
            parameters = {"rate": rate}
            yield claim(axis, "frame-rate", sentence, "media-frame-rate", source, place, parameters=parameters)
        if "pixels" in each:
            place = ("capabilities", axis, "pixels")
            source = quotes.quote(each["pixels"]["source"], "/".join(place))
            parameters = {name: told for name, told in each["pixels"].items() if name != "source"}
            sentence = "the video has the width and height that are listed for `{f}` and its ratio"
            more: dict[str, Any] = {"level": Level.SHOULD, "parameters": parameters}
            yield claim(axis, "pixels", sentence, "media-pixels", source, place, **more)
    if "last_frame" in data["job"] and "return_last_frame" in capabilities:
        place = ("job", "last_frame")
        source = quotes.quote(data["job"]["last_frame"]["source"], "/".join(place))
        for rule, sentence in _LAST_FRAME.items():
            yield claim("return_last_frame", rule, sentence, f"media-last-frame-{rule}", source, place)
