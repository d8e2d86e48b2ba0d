"""Checks on the delivered file: is it the video that was asked for?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from harness.claim import Claim
from harness.contract import State
from harness.contract.wanted import Wanted, wanted
from harness.interaction import Interaction, MediaFacts, Response
from harness.judge.evidence import Evidence, Life
from harness.pointer import dotted, present
from harness.verdict import Agrees, Direction, Divergence, Finding, Unclear

#: Encoders round clips to whole frames and audio blocks.
SECONDS_TOLERANCE, SECONDS_SHARE = 0.5, 0.05
#: Encoders round sizes to multiples of 8 or 16; documented pixel tables differ from the exact ratio by up to 3 %.
RATIO_SHARE = 0.03
#: A tier names either the lines of the short side or the pixels of its 16:9 size, rounded to coding blocks.
LINES_SHARE, AREA_SHARE = 0.05, 0.1

#: Compares a wish and a file.
Hold = Callable[[Wanted, MediaFacts], tuple[str, str] | bool | None]


def container(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The result is an MP4 that can be read to its end."""
    for life, interaction in _files(evidence):
        response = interaction.response
        assert response is not None
        media = response.media
        sent = f"{response.media_type or 'no media type'}, {media.size if media else len(response.body)} bytes"
        if media is None and (interaction.provenance.abridged or _left_out(response)):
            yield Unclear(interaction, "the recording leaves the file out")
        elif media is None:
            yield _media(Direction.MEDIA, interaction, f"job {life.id}: the result is no media file", "an MP4", sent)
        elif media.container != "mp4" or media.fault or not media.width:
            found = media.fault or f"a {media.container} file"
            yield _media(
                Direction.MEDIA,
                interaction,
                f"job {life.id}: {found}",
                "a readable MP4 with a video track",
                f"{found}; {sent}",
            )
        else:
            yield Agrees(interaction)
    for life, interaction in _missed(evidence):
        yield Unclear(interaction, f"job {life.id}: its file did not come: {_why_not(interaction)}")


def _delivered(hold: Hold) -> Callable[[Claim, Evidence], Iterator[Finding]]:
    """A check that compares wish and file: None if nothing was asked, True if they agree, else (expected, observed)."""

    def check(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
        for life, interaction in _files(evidence):
            media = interaction.response.media if interaction.response else None
            if life.submission is None or media is None or media.width is None or media.fault:
                continue
            if not present(life.submission.body, claim.tokens):
                continue
            held = hold(wanted(evidence.contract, life.submission.body), media)
            if held is True:
                yield Agrees(interaction)
            elif isinstance(held, tuple):
                expected, observed = held
                yield _media(
                    Direction.IGNORES,
                    interaction,
                    f"`{dotted(claim.tokens)}` asked for {expected}, the file has {observed}",
                    expected,
                    observed,
                )

    return check


def _duration(asked: Wanted, media: MediaFacts) -> tuple[str, str] | bool | None:
    if asked.duration is None or media.duration is None:
        return None
    allowed = max(SECONDS_TOLERANCE, asked.duration * SECONDS_SHARE)
    return abs(media.duration - asked.duration) <= allowed or (f"{asked.duration:g} s", f"{media.duration:g} s")


def _ratio(asked: Wanted, media: MediaFacts) -> tuple[str, str] | bool | None:
    if asked.aspect_ratio is None or asked.size or not media.width or not media.height:
        return None
    across, down = asked.aspect_ratio
    close = abs(media.width / media.height * down / across - 1) <= RATIO_SHARE
    return close or (f"{across}:{down}", f"{media.width}x{media.height}")


def _resolution(asked: Wanted, media: MediaFacts) -> tuple[str, str] | bool | None:
    if asked.resolution is None or asked.size or not media.width or not media.height:
        return None
    lines = asked.resolution
    short = abs(min(media.width, media.height) / lines - 1) <= LINES_SHARE
    area = abs(media.width * media.height / (lines * lines * 16 / 9) - 1) <= AREA_SHARE
    return short or area or (f"{lines} lines", f"{media.width}x{media.height}")


def _size(asked: Wanted, media: MediaFacts) -> tuple[str, str] | bool | None:
    if asked.size is None:
        return None
    return asked.size == (media.width, media.height) or (
        "x".join(map(str, asked.size)),
        f"{media.width}x{media.height}",
    )


def _audio(asked: Wanted, media: MediaFacts) -> tuple[str, str] | bool | None:
    if asked.audio is None:
        return None
    words = {True: "an audio track", False: "no audio track"}
    return asked.audio is (media.audio_codec is not None) or (words[asked.audio], words[not asked.audio])


def default(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A job that leaves the field out is made with the documented default. A size says ratio and lines itself."""
    hold = _HOLDS[claim.parameters["capability"]]
    asked = Wanted(**{claim.parameters["capability"]: claim.parameters["wanted"]})
    for life, interaction in _files(evidence):
        media = interaction.response.media if interaction.response else None
        if life.submission is None or not life.submission.bodied or media is None or not media.width or media.fault:
            continue
        body = life.submission.body
        if present(body, claim.tokens) or wanted(evidence.contract, body).size:
            continue
        held = hold(asked, media)
        if held is True:
            yield Agrees(interaction)
        elif isinstance(held, tuple):
            expected, observed = held
            summary = f"without `{dotted(claim.tokens)}` the file has {observed} instead of {expected}"
            yield _media(Direction.MEDIA, interaction, summary, expected, observed)


_HOLDS: Mapping[str, Hold] = {"duration": _duration, "aspect_ratio": _ratio, "resolution": _resolution}
duration, aspect_ratio, resolution, size, audio = map(_delivered, (_duration, _ratio, _resolution, _size, _audio))


def _files(evidence: Evidence) -> Iterator[tuple[Life, Interaction]]:
    for life in evidence.jobs.values():
        if evidence.final(life) is State.SUCCEEDED or not life.polls:
            yield from ((life, each) for each in life.files if each.response and 200 <= each.response.status < 300)


def _missed(evidence: Evidence) -> Iterator[tuple[Life, Interaction]]:
    """Downloads that brought nothing, of jobs of which nothing else did. A link may have expired, as links do."""
    for life in evidence.jobs.values():
        if not any(each.response and 200 <= each.response.status < 300 for each in life.files):
            yield from ((life, each) for each in life.files)


def _left_out(response: Response) -> bool:
    """A body that its own headers measure, and that is not there: recorders drop what is large."""
    return not response.body and response.headers.get("content-length", "0").strip("0") != ""


def _why_not(interaction: Interaction) -> str:
    return f"status {interaction.response.status}" if interaction.response else interaction.failure or "no answer"


def _media(direction: Direction, interaction: Interaction, summary: str, expected: str, observed: str) -> Divergence:
    return Divergence(
        direction=direction, summary=summary, expected=expected, observed=observed, interaction=interaction
    )
