"""Checks on what is seen: first and last pictures, the last one as an image, and what two videos have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from harness.claim import Claim
from harness.contract.pictures import last_frame_urls, supplied
from harness.interaction import Interaction, Malformed, MediaFacts
from harness.json_text import canonical
from harness.judge.evidence import Evidence, Life
from harness.judge.likeness import CLOSE, SAME, difference
from harness.judge.media import OLDER, delivered, made
from harness.pointer import dotted, exact, present, value
from harness.verdict import Agrees, Direction, Divergence, Finding, Unclear, Unseen

#: A picture of another shape is cropped or padded, nobody says how, and then it looks different.
SHAPE_SHARE = 0.03
_STILLS = frozenset(("png", "jpeg", "webp"))


def frame(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The video begins (or ends) with the picture that the request brought, as far as that is known."""
    name = claim.parameters["capability"]
    field, capability = dotted(claim.tokens), evidence.contract.capabilities[name]
    for life, interaction, media in made(evidence):
        place = supplied(capability, life.body)
        if place is None or life.submission is None:
            continue
        given = life.submission.interaction.request.pictures.get(exact(place))
        apart = difference(given.first_frame, getattr(media, name)) if given else None
        if given is None or given.first_frame is None or not given.width or not given.height:
            yield Unseen(f"the picture in `{field}` is not known here: only one that is sent as a data URL is")
        elif not _same_shape(given, media):
            yield Unseen(f"the picture in `{field}` has another shape than the video")
        elif apart is None:
            yield Unseen(_unknown(media, name))
        elif apart <= CLOSE:
            yield Agrees(interaction)
        else:
            summary = f"`{field}`: the video's {name.replace('_', ' ')} is another picture"
            yield Divergence(
                direction=Direction.IGNORES,
                summary=summary,
                expected=f"differs by at most {CLOSE:.0%}",
                observed=f"differs by {apart:.0%}",
                interaction=interaction,
            )


def _same_shape(one: MediaFacts, other: MediaFacts) -> bool:
    across, down = (one.width or 0) * (other.height or 0), (one.height or 0) * (other.width or 0)
    return down > 0 and abs(across / down - 1) <= SHAPE_SHARE


def _unknown(media: MediaFacts, name: str) -> str:
    if media.decoded and media.frames and media.decoded < media.frames:
        return f"the video was decoded up to picture {media.decoded} of {media.frames}"
    return OLDER.format(fact=f"the {name.replace('_', ' ')}")


def returned(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A job that asked for its last picture hands out a PNG."""
    for life, seen, image in _asked(claim, evidence):
        if image is not None and image[1].container == "png":
            yield Agrees(image[0])
        elif image is not None:
            yield _missing(claim, image[0], f"a {image[1].container} image")
        elif life.last_frames and any(each.response is None for each in life.last_frames):
            yield Unclear(life.last_frames[0], "the address that may be the last picture's did not answer")
        elif life.last_frames or not _named(life, evidence):
            yield _missing(claim, seen, "no image")
        else:
            yield Unseen("the recording does not hold what the answer's other addresses lead to")


def _missing(claim: Claim, interaction: Interaction, observed: str) -> Divergence:
    return Divergence(
        direction=Direction.IGNORES,
        summary=f"`{dotted(claim.tokens)}` was asked for, and there is {observed}",
        expected="a PNG image beside the video",
        observed=observed,
        interaction=interaction,
    )


def dimensions(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The image is as large as the video."""
    for interaction, still, video in _both(claim, evidence):
        if (still.width, still.height) == (video.width, video.height):
            yield Agrees(interaction)
        else:
            yield Divergence(
                direction=Direction.MEDIA,
                summary="the last picture has another size than the video",
                expected=f"{video.width}x{video.height}",
                observed=f"{still.width}x{still.height}",
                interaction=interaction,
            )


def picture(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The image is the video's last picture; a watermark, which the image has not, is no difference."""
    for interaction, still, video in _both(claim, evidence):
        apart = difference(still.first_frame, video.last_frame)
        if apart is None:
            yield Unseen(_unknown(video, "last_frame"))
        elif apart <= SAME:
            yield Agrees(interaction)
        else:
            yield Divergence(
                direction=Direction.MEDIA,
                summary="the image is not the video's last picture",
                expected=f"differs by at most {SAME:.0%}",
                observed=f"differs by {apart:.0%}",
                interaction=interaction,
            )


def _asked(
    claim: Claim, evidence: Evidence
) -> Iterator[tuple[Life, Interaction, tuple[Interaction, MediaFacts] | None]]:
    """Finished jobs that asked for their last picture, what delivered the video, and the image if one came."""
    for life, interaction in delivered(evidence):
        if value(life.body, claim.tokens) is True and not interaction.provenance.abridged:
            images = ((each, each.response.media) for each in life.last_frames if each.response)
            yield life, interaction, next(((e, m) for e, m in images if m and m.container in _STILLS), None)


def _both(claim: Claim, evidence: Evidence) -> Iterator[tuple[Interaction, MediaFacts, MediaFacts]]:
    """Image and video of each job that has both, with what brought the image."""
    for _, interaction, image in _asked(claim, evidence):
        media = interaction.response.media if interaction.response else None
        if image is not None and media is not None and media.width and not media.fault:
            yield *image, media


def _named(life: Life, evidence: Evidence) -> bool:
    answers = (seen.answer for seen in life.polls)
    return any(last_frame_urls(evidence.contract, each) for each in answers if not isinstance(each, Malformed))


def repeat(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Two jobs with the same request, this field included: whether their videos are the same. Nobody promises it."""
    groups: dict[str, dict[str, tuple[Interaction, MediaFacts]]] = defaultdict(dict)
    for life, interaction, media in made(evidence):
        if not isinstance(life.body, Malformed) and value(life.body, claim.tokens) is not None:
            groups[canonical(life.body)].setdefault(life.id, (interaction, media))
    for group in groups.values():
        for (_, before), (interaction, media) in pairwise(group.values()):
            if before.sha256 == media.sha256 or (before.pictures and before.pictures == media.pictures):
                yield Agrees(interaction)
            else:
                apart = difference(before.first_frame, media.first_frame)
                far = "" if apart is None else f"; their first pictures differ by {apart:.0%}"
                yield Unclear(interaction, f"the same request made another video, which is not ruled out{far}")


def differs(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """Two jobs that differ in this field alone: whether their videos differ. Seen or not, it is an observation."""
    groups: dict[str, dict[str, tuple[Interaction, MediaFacts]]] = defaultdict(dict)
    seed = evidence.contract.capabilities.get("seed")
    for life, interaction, media in made(evidence):
        if seed is not None and not present(life.body, seed.tokens):
            continue  # two videos made of different chance differ anyhow
        if isinstance(life.body, dict) and len(claim.tokens) == 1:
            rest = {name: each for name, each in life.body.items() if name != claim.tokens[0]}
            groups[canonical(rest)].setdefault(_switch(life.body.get(claim.tokens[0])), (interaction, media))
    for group in groups.values():
        if len(group) < 2:
            continue
        (_, one), (interaction, other) = list(group.values())[:2]
        if one.sha256 == other.sha256 or (one.pictures and one.pictures == other.pictures):
            yield Unclear(interaction, "the videos with and without it are the same")
        else:
            yield Agrees(interaction)


def _switch(said: Any) -> str:
    """A flag that is left out is off, as every documentation has it that names a default."""
    return canonical(said or False)
