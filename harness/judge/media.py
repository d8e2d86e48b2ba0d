"""Checks on the delivered file: is it the video that was asked for?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from harness.claim import Claim
from harness.contract import State
from harness.contract.pixels import has_lines, has_ratio, tabled
from harness.contract.undecided import undecided
from harness.contract.wanted import Wanted, settled, wanted
from harness.interaction import Interaction, Malformed, MediaFacts, Response
from harness.judge.evidence import Evidence, Life
from harness.pointer import dotted, present
from harness.verdict import Agrees, Direction, Finding, Unclear, Unseen, divergence

#: Encoders round clips to whole frames and audio blocks.
SECONDS_TOLERANCE, SECONDS_SHARE = 0.5, 0.05
#: Pictures a second are an average, and the last picture's time is not always told.
RATE_SHARE = 0.02
#: The loudest moment of a soundtrack that nobody hears, in dB below full scale.
SILENCE = -60.0
#: Said of files that were measured before there was more to measure.
OLDER = "the recording does not carry {fact}: an older harness made it"

#: Compares a wish and a file.
Hold = Callable[[Wanted, MediaFacts], tuple[str, str] | bool | None]


def container(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """The result is an MP4 that can be read to its end."""
    for life, interaction in delivered(evidence):
        response = interaction.response
        assert response is not None
        media = response.media
        sent = f"{response.media_type or 'no media type'}, {media.size if media else len(response.body)} bytes"
        if media is None and (interaction.provenance.abridged or _left_out(response)):
            yield Unclear(interaction, "the recording leaves the file out")
        elif media is None:
            yield divergence(
                Direction.MEDIA, interaction, f"job {life.id}: the result is not a media file", "an MP4", sent
            )
        elif media.container != "mp4" or media.fault or not media.width:
            found = media.fault or f"a {media.container} file"
            yield divergence(
                Direction.MEDIA,
                interaction,
                f"job {life.id}: {found}",
                "a readable MP4 with a video track",
                f"{found}; {sent}",
            )
        else:
            yield Agrees(interaction)
    for interaction in evidence.lives.shared:
        yield Unclear(interaction, "more than one job named this address, so that nobody can tell whose file this is")
    for life, interaction in _missed(evidence):
        yield Unclear(interaction, f"job {life.id}: its file did not come: {_why_not(interaction)}")


def _delivered(hold: Hold) -> Callable[[Claim, Evidence], Iterator[Finding]]:
    """A check that compares wish and file: None if nothing was asked, True if they agree, else (expected, observed)."""

    def check(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
        for life, interaction, media in made(evidence):
            if not present(life.body, claim.tokens):
                continue
            if claim.tokens in undecided(evidence.contract, evidence.contract.submit, life.body):
                continue  # of a model that may not do it at all
            held = hold(wanted(evidence.contract, life.body), media)
            if held is True:
                yield Agrees(interaction)
            elif isinstance(held, tuple):
                expected, observed = held
                yield divergence(
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
    return has_ratio((media.width, media.height), (across, down)) or (
        f"{across}:{down}",
        f"{media.width}x{media.height}",
    )


def _resolution(asked: Wanted, media: MediaFacts) -> tuple[str, str] | bool | None:
    if asked.resolution is None or asked.size or not media.width or not media.height:
        return None
    lines = asked.resolution
    return has_lines((media.width, media.height), lines) or (f"{lines} lines", f"{media.width}x{media.height}")


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
    there = media.audio_codec is not None
    note = f" ({media.note})" if media.note and not there else ""
    return asked.audio is there or (words[asked.audio], words[there] + note)


def default(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A job that leaves the field out is made with the documented default. A size says ratio and lines itself."""
    hold = _HOLDS[claim.parameters["capability"]]
    asked = Wanted(**{claim.parameters["capability"]: claim.parameters["wanted"]})
    for life, interaction, media in made(evidence):
        body = life.body
        if isinstance(body, Malformed) or present(body, claim.tokens) or wanted(evidence.contract, body).size:
            continue
        held = hold(asked, media)
        if held is True:
            yield Agrees(interaction)
        elif isinstance(held, tuple):
            expected, observed = held
            summary = f"without `{dotted(claim.tokens)}` the file has {observed} instead of {expected}"
            yield divergence(Direction.MEDIA, interaction, summary, expected, observed)


def audible(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A soundtrack that was asked for is not silence. That there is one at all is another claim."""
    for life, interaction, media in made(evidence):
        if wanted(evidence.contract, life.body).audio is not True or media.audio_codec is None:
            continue
        if media.peak is None:
            yield Unseen(OLDER.format(fact="how loud the sound is"))
        elif media.peak > SILENCE:
            yield Agrees(interaction)
        else:
            heard = f"silence: {media.peak:g} dB at its loudest"
            summary = f"`{dotted(claim.tokens)}` asked for sound, the file has {heard}"
            yield divergence(Direction.IGNORES, interaction, summary, f"more than {SILENCE:g} dB", heard)


def frame_rate(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """As many pictures a second as documented, on average."""
    rate = claim.parameters["rate"]
    for life, interaction, media in made(evidence):
        if not present(life.body, claim.tokens):
            continue
        if media.frame_rate is None:
            yield Unseen(OLDER.format(fact="the frame rate"))
        elif abs(media.frame_rate / rate - 1) <= RATE_SHARE:
            yield Agrees(interaction)
        else:
            expected, observed = f"{rate:g} pictures a second", f"{media.frame_rate:g} pictures a second"
            summary = f"with `{dotted(claim.tokens)}` the file has {observed} instead of {expected}"
            yield divergence(Direction.MEDIA, interaction, summary, expected, observed)


def pixels(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """One of the sizes that are listed for the ratio and the resolution, asked for or documented as their default."""
    contract = evidence.contract
    for life, interaction, media in made(evidence):
        asked = settled(contract, life.body)
        if asked.size or isinstance(life.body, Malformed):
            continue
        model = contract.models.get(contract.model_of(life.body) or "")
        listed = tabled(claim.parameters, model.entry if model else {}, asked)
        observed = f"{media.width}x{media.height}"
        if (media.width, media.height) in listed:
            yield Agrees(interaction)
        elif listed:
            expected = " or ".join(f"{width}x{height}" for width, height in listed)
            summary = f"the file has {observed}, listed for this resolution and ratio is {expected}"
            yield divergence(Direction.MEDIA, interaction, summary, expected, observed)


_HOLDS: Mapping[str, Hold] = {"duration": _duration, "aspect_ratio": _ratio, "resolution": _resolution}
duration, aspect_ratio, resolution, size, audio = map(_delivered, (_duration, _ratio, _resolution, _size, _audio))


def made(evidence: Evidence) -> Iterator[tuple[Life, Interaction, MediaFacts]]:
    """The readable videos of jobs whose request is known."""
    for life, interaction in delivered(evidence):
        media = interaction.response.media if interaction.response else None
        if life.submission is not None and media is not None and media.width and media.height and not media.fault:
            yield life, interaction, media


def delivered(evidence: Evidence) -> Iterator[tuple[Life, Interaction]]:
    """What came from where the videos of jobs that succeeded are said to be."""
    for life in evidence.jobs.values():
        if evidence.final(life) is State.SUCCEEDED or not life.polls:
            yield from ((life, each) for each in life.files if _came(each))


def _missed(evidence: Evidence) -> Iterator[tuple[Life, Interaction]]:
    """Downloads that brought no whole file, of jobs of which nothing else did. A link may have expired, as links do."""
    for life in evidence.jobs.values():
        if not any(map(_came, life.files)):
            yield from ((life, each) for each in life.files)


def _came(fetched: Interaction) -> bool:
    """Whether a whole file did, or whatever was sent in its place."""
    response = fetched.response
    return response is not None and 200 <= response.status < 300 and not response.partial


def _left_out(response: Response) -> bool:
    """A body that its own headers measure, and that is not there: recorders drop what is large."""
    return not response.body and response.headers.get("content-length", "0").strip("0") != ""


def _why_not(interaction: Interaction) -> str:
    response = interaction.response
    if response is None:
        return interaction.failure or "no answer"
    return "a part of it alone was sent" if response.partial else f"status {response.status}"
