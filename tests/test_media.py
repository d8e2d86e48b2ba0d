"""What is seen and heard of a file: measured when it comes, kept in recordings, judged from the facts alone."""

from __future__ import annotations

import base64
import io
import json
import random
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import pytest
from anything import MEDIA
from clips import audio, picture, video
from conftest import SLOWLY, lantern, played, seen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jobs import GOOD, delivered, judged

from harness.contract import Contract, load
from harness.contract.pictures import last_frame_urls, supplied
from harness.contract.pixels import tabled
from harness.contract.wanted import Wanted, settled
from harness.exchange import load_recording, save_cassette
from harness.exchange.checked import MAX_POSTER
from harness.exchange.decoding import FLOOR, Pictures
from harness.exchange.kept import packed, unpacked
from harness.exchange.media import facts
from harness.exchange.supplied import MAX_PICTURES, with_pictures
from harness.interaction import Interaction, MediaFacts, Request, Response
from harness.judge import judge
from harness.judge.likeness import CLOSE, SAME, difference
from harness.probe.plan import Plan, Probe, plan
from harness.run.sources import simulated
from harness.simulator import known
from harness.simulator.clip import Clip, film, still
from harness.simulator.delivery import OTHER
from harness.verdict import Outcome, Verdict

BLOCKS = load("openrouter").submit.body["properties"]["frame_images"]["items"]["examples"][0]["image_url"]["url"]  # type: ignore[index]
SMALL = Clip(width=320, height=180, seconds=2)


# Measuring


def test_every_picture_is_decoded_and_none_is_kept() -> None:
    found = facts(video())
    assert (found.decoded, found.frames, found.frame_rate) == (30, 30, 30.0)
    assert len(found.first_frame or "") == len(found.last_frame or "") == 256


@pytest.mark.parametrize("sound, least, most", [("tone", -40, 0), ("silence", FLOOR, FLOOR), (None, None, None)])
def test_sound_is_listened_to(sound: str | None, least: float | None, most: float | None) -> None:
    found = facts(film(replace(SMALL, sound=sound)))
    if least is None or most is None:
        assert found.peak is found.loudness is None
    else:
        assert found.peak is not None and least <= found.peak <= most
        assert found.loudness is not None and found.loudness <= found.peak


def test_noise_in_a_whole_container_is_no_video() -> None:
    whole = film(SMALL)
    start = whole.index(b"mdat") + 4
    found = facts(whole[:start] + bytes(255 - n % 7 for n in range(len(whole) - start)))
    assert found.container is None and found.fault


@pytest.mark.parametrize("rate", [12, 24, 30])
def test_the_frame_rate_is_measured(rate: int) -> None:
    assert facts(film(replace(SMALL, rate=rate))).frame_rate == pytest.approx(rate, rel=0.01)


def test_decoding_stops_where_it_would_take_too_long_and_says_how_far_it_came() -> None:
    with av.open(io.BytesIO(video())) as file:
        pictures = Pictures(file.streams.video[0], most=10 * 320 * 180)
        for packet in file.demux(video=0):
            if packet.size:
                pictures.add(packet)
        pictures.end()
        found = pictures.facts()
    assert found["decoded"] == 10 and found["first_frame"] and "last_frame" not in found


@pytest.mark.parametrize(
    "data", [video(), picture(), film(replace(SMALL, first=BLOCKS))], ids=["film", "still", "blocks"]
)
def test_a_poster_is_a_small_jpeg(data: bytes) -> None:
    poster = facts(data).poster
    assert poster is not None and poster.startswith("data:image/jpeg;base64,/9j/") and len(poster) <= MAX_POSTER


def test_what_has_no_picture_has_no_poster() -> None:
    assert facts(audio()).poster is None


def test_the_same_pictures_in_another_container_have_the_same_hash() -> None:
    assert facts(video()).pictures == facts(video(fragments=True)).pictures
    assert facts(video()).sha256 != facts(video(fragments=True)).sha256
    assert facts(video()).pictures != facts(video(frames=29)).pictures


def test_pictures_are_told_apart_and_compression_is_not_seen() -> None:
    blocks, other = facts(film(replace(SMALL, first=BLOCKS))), facts(film(replace(SMALL, first=OTHER)))
    shrunk = facts(film(Clip(width=640, height=360, seconds=1, first=BLOCKS)))
    same, apart = difference(blocks.first_frame, shrunk.first_frame), difference(blocks.first_frame, other.first_frame)
    assert same is not None and same < SAME
    assert apart is not None and apart > CLOSE


def test_the_last_picture_of_a_film_and_its_image_are_the_same_but_for_a_mark() -> None:
    clip = replace(SMALL, last=BLOCKS, marked=True)
    image, whole = facts(still(clip)), facts(film(clip))
    apart = difference(image.first_frame, whole.last_frame)
    assert (image.container, image.width, image.height) == ("png", 320, 180)
    assert apart is not None and 0 < apart < SAME


TURNS = {
    "a quarter": (0, 1, -1, 0),
    "half": (-1, 0, 0, -1),
    "three quarters": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
    "upside down": (1, 0, 0, -1),
    "rows for columns": (0, 1, 1, 0),
    "rows for columns the other way": (0, -1, -1, 0),
    "not at all": (1, 0, 0, 1),
}


def turned(data: bytes, matrix: tuple[int, int, int, int]) -> bytes:
    """The same pictures in a file that says how they are to be turned: where a step right and a step down lead."""
    (a, b, c, d), one = matrix, 1 << 16
    buffer = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        stream.set_display_matrix([a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    return buffer.getvalue()


def grid(thumbnail: str | None) -> dict[tuple[int, int], bytes]:
    """The pixels of a thumbnail by how far they lie right of the middle and below it, in half pixels."""
    data = base64.b64decode(thumbnail or "")
    return {(n % 8 * 2 - 7, n // 8 * 2 - 7): data[3 * n : 3 * n + 3] for n in range(64)}


@pytest.mark.parametrize("matrix", TURNS.values(), ids=TURNS)
def test_a_picture_is_measured_as_it_is_shown(matrix: tuple[int, int, int, int]) -> None:
    upright = film(replace(SMALL, first=BLOCKS, last=OTHER))
    plain, found, (a, b, c, d) = facts(upright), facts(turned(upright, matrix)), matrix
    assert (found.width, found.height) == ((320, 180) if a else (180, 320))
    assert (found.coded_width, found.coded_height) == ((None, None) if a else (320, 180))
    for name in ("first_frame", "last_frame"):
        expected = {(a * x + c * y, b * x + d * y): pixel for (x, y), pixel in grid(getattr(plain, name)).items()}
        shown = grid(getattr(found, name))
        apart = [abs(p - q) for place in shown for p, q in zip(shown[place], expected[place], strict=True)]
        assert sum(apart) / len(apart) < 10  # of 255; any other turn differs by 39 or more


@pytest.mark.parametrize("orientation, across, down", [(1, 64, 48), (3, 64, 48), (6, 48, 64), (8, 48, 64)])
def test_a_photo_is_turned_as_its_exif_says(orientation: int, across: int, down: int) -> None:
    exif = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x112, 3, 1, orientation, 0, 0)
    plain = photo()
    found = facts(plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:])
    assert (found.container, found.width, found.height, found.fault) == ("jpeg", across, down, None)
    bright = {place for place, pixel in grid(found.first_frame).items() if pixel[0] > 128}
    sides = {1: lambda x, y: x < 0, 3: lambda x, y: x > 0, 6: lambda x, y: y < 0, 8: lambda x, y: y > 0}
    assert bright == {place for place in grid(found.first_frame) if sides[orientation](*place)}


def photo() -> bytes:
    """A JPEG of 64×48 pixels, white on its left and black on its right."""
    colours = av.VideoFrame(64, 48, "rgb24")
    colours.planes[0].update((b"\xff" * 96 + b"\0" * 96) * 48)
    frame = colours.reformat(format="yuvj420p")
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 64, 48, "yuvj420p", Fraction(1, 1)
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def test_a_poster_is_turned_too() -> None:
    poster = facts(turned(film(SMALL), TURNS["a quarter"])).poster or ""
    with av.open(io.BytesIO(base64.b64decode(poster.partition(",")[2])), format="jpeg_pipe") as file:
        size = file.streams.video[0].codec_context
        assert size.height / size.width == pytest.approx(16 / 9, rel=0.02)


def test_pixels_that_are_not_square_stretch_the_width() -> None:
    found = facts(video(width=240, height=180, pixel=(4, 3)))
    assert (found.width, found.height, found.coded_width, found.coded_height) == (320, 180, 240, 180)
    poster = facts(video(width=180, height=180, pixel=(16, 9))).poster or ""
    with av.open(io.BytesIO(base64.b64decode(poster.partition(",")[2])), format="jpeg_pipe") as file:
        assert (file.streams.video[0].codec_context.width, file.streams.video[0].codec_context.height) == (160, 90)


@pytest.mark.parametrize(
    "data, asked, outcome",
    [
        (turned(film(SMALL), TURNS["a quarter"]), "9:16", Outcome.PASS),
        (turned(film(SMALL), TURNS["a quarter"]), "16:9", Outcome.FAIL),
        (video(width=240, height=180, pixel=(4, 3)), "16:9", Outcome.PASS),
        (video(width=180, height=180, pixel=(16, 9)), "1:1", Outcome.FAIL),
    ],
)
def test_the_ratio_is_that_of_what_is_shown(data: bytes, asked: str, outcome: Outcome) -> None:
    assert judged(*delivered(facts(data), ratio=asked))["createClip.ratio.delivered"].outcome is outcome


@pytest.mark.parametrize("heard, outcome", [(True, Outcome.PASS), (False, Outcome.FAIL)])
def test_an_audio_track_that_was_asked_for_has_sound_in_it(heard: bool, outcome: Outcome) -> None:
    found = judged(*delivered(facts(video(fragments=True, heard=heard)), sound=True))["createClip.sound.delivered"]
    assert found.outcome is outcome
    assert [each.observed for each in found.divergences] == (
        [] if heard else ["no audio track (its audio track has no samples)"]
    )


# Pictures that a request brings


def asking(*urls: str) -> Request:
    entries = ",".join(f'{{"url": "{url}"}}' for url in urls)
    return Request(method="POST", url="https://a.example/v", body=f'{{"images": [{entries}]}}'.encode())


def test_a_picture_in_a_request_is_measured() -> None:
    found = with_pictures(asking("https://a.example/1.png", BLOCKS)).pictures
    assert list(found) == ["/images/1/url"]
    assert (found["/images/1/url"].width, found["/images/1/url"].height) == (544, 306)


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,%%%", "data:image/png;base64,", "data:image/png,x", "data:image/"]
)
def test_what_is_no_picture_is_left_alone(url: str) -> None:
    assert all(each.fault for each in with_pictures(asking(url)).pictures.values())


def test_a_request_full_of_pictures_is_measured_in_part() -> None:
    assert len(with_pictures(asking(*[BLOCKS] * (MAX_PICTURES + 5))).pictures) == MAX_PICTURES


def test_pictures_and_facts_survive_journal_and_cassette(tmp_path: Path) -> None:
    made = seen(0, 200, {"id": "1"}, body={"image": BLOCKS})
    told = replace(made, request=with_pictures(made.request))
    film_of = replace(told, name="tape#1", response=Response(status=200, media=replace(facts(video()), peak=0.0)))
    for each in (told, film_of):
        assert unpacked(packed(each)) == each
    save_cassette(tmp_path / "tape.yaml", [replace(told, name="tape#0"), film_of])
    back = load_recording(tmp_path / "tape.yaml")
    assert [each.request.pictures for each in back] == [told.request.pictures] * 2
    assert back[1].response == film_of.response


@pytest.mark.parametrize(
    "capability, body, place",
    [
        ("first_frame", [{"type": "image_url", "frame_type": "first_frame", "image_url": {"url": "u"}}], "0"),
        ("last_frame", [{"type": "image_url", "frame_type": "first_frame", "image_url": {"url": "u"}}], None),
        ("first_frame", [{"type": "image_url", "frame_type": "first_frame"}] * 2, None),
        ("first_frame", "text", None),
    ],
)
def test_the_one_picture_of_a_kind_is_found(capability: str, body: Any, place: str | None) -> None:
    found = supplied(load("openrouter").capabilities[capability], {"frame_images": body})
    assert found == (("frame_images", place, "image_url", "url") if place else None)


# Wishes and tables


@pytest.mark.parametrize(
    "parameters, entry, size",
    [
        ({"table": {"720p": {"16:9": [1248, 704]}, "480p": {"16:9": [864, 480]}}}, {}, [(1248, 704)]),
        ({"table": {"480p": {"16:9": [864, 480]}}}, {}, []),
        ({"from": "/sizes"}, {"sizes": ["1280x720", "720x1280", "854x480", 3, "x"]}, [(1280, 720)]),
        ({"from": "/sizes"}, {"sizes": None}, []),
        ({"from": "/sizes"}, {}, []),
    ],
)
def test_a_table_says_which_size_a_wish_stands_for(parameters: Any, entry: Any, size: Any) -> None:
    assert tabled(parameters, entry, Wanted(aspect_ratio=(16, 9), resolution=720)) == size


def test_a_word_that_leaves_the_ratio_open_is_no_default() -> None:
    contract = load("unified-v2")
    assert settled(contract, {}).aspect_ratio == (16, 9)
    assert settled(contract, {"ratio": "adaptive"}).aspect_ratio is None


def test_the_address_of_the_last_picture_is_none_of_the_videos_own() -> None:
    contract = load("unified-v2")
    answer = {"data": {"output": "https://a/1.mp4", "more": [{"url": "https://a/2.png"}, "text", 3]}}
    assert last_frame_urls(contract, answer) == ["https://a/2.png"]
    assert last_frame_urls(lantern(), answer) == []


# Judging


def test_a_recording_that_does_not_carry_a_fact_leaves_the_claim_untested_and_says_so() -> None:
    found = judged(*delivered(GOOD, sound=True))["createClip.sound.audible"]
    assert found.outcome is Outcome.UNTESTED
    assert found.reason == "the recording does not carry how loud the sound is: an older harness made it"


def verdicts_of(contract: Contract, *bodies: dict[str, Any], quirks: tuple[str, ...] = ()) -> dict[str, Verdict]:
    """What comes of exactly these submissions, without the plan's thrift."""
    chosen = [known(contract.provider)[name] for name in quirks]
    run = simulated(contract, chosen)
    probes = tuple(
        Probe(family="valid", operation=contract.submit.id, body=body, way=str(n)) for n, body in enumerate(bodies)
    )
    found = judge(contract, run.go(Plan(provider=contract.provider, probes=probes, unprobed={})))
    return {v.claim.id.removeprefix(f"{contract.provider}.{contract.submit.id}."): v for v in found}


UNIFIED = {"model": "doubao-seedance-1-0-pro-250528", "prompt": "A paper boat", "seed": 7}


def test_the_same_request_twice_is_an_observation() -> None:
    found = verdicts_of(load("unified-v2"), UNIFIED, UNIFIED)["seed.repeatable"]
    assert (found.outcome, found.witnesses) == (Outcome.PASS, 1)
    once = verdicts_of(load("unified-v2"), UNIFIED)["seed.repeatable"]
    assert (once.outcome, once.reason) == (Outcome.UNTESTED, "no request with it was made twice")


@pytest.mark.parametrize("marked, outcome", [(True, Outcome.PASS), (False, Outcome.INCONCLUSIVE)])
def test_a_watermark_is_an_observation(marked: bool, outcome: Outcome) -> None:
    contract = load("unified-v2")
    run = simulated(contract, [])
    bodies = [UNIFIED, {**UNIFIED, "watermark": True}]
    probes = tuple(Probe(family="valid", operation=contract.submit.id, body=body) for body in bodies)
    made = run.go(Plan(provider=contract.provider, probes=probes, unprobed={}))
    plain = next(i.response.media for i in made if i.response and i.response.media)
    shown = made if marked else [with_media(each, plain) for each in made]
    found = {v.claim.rule: v for v in judge(contract, shown) if v.claim.check == "media-difference"}["visible"]
    assert found.outcome is outcome


def test_another_video_for_the_same_request_never_fails() -> None:
    contract = load("unified-v2")
    run = simulated(contract, [])
    probes = tuple(Probe(family="valid", operation=contract.submit.id, body=UNIFIED, way=str(n)) for n in range(2))
    made = run.go(Plan(provider=contract.provider, probes=probes, unprobed={}))
    other = [with_media(each, facts(video(frames=10 + n))) for n, each in enumerate(made)]
    found = next(v for v in judge(contract, other) if v.claim.check == "media-repeat")
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reason is not None and "not ruled out" in found.reason


def with_media(interaction: Interaction, media: MediaFacts) -> Interaction:
    if interaction.response is None or interaction.response.media is None:
        return interaction
    return replace(interaction, response=replace(interaction.response, media=media))


FRAMES = {
    "model": "bytedance/seedance-2.0-fast",
    "prompt": "A paper boat",
    "frame_images": [{"type": "image_url", "frame_type": "first_frame", "image_url": {"url": BLOCKS}}],
}


@pytest.mark.parametrize(
    "body, quirks, outcome, reason",
    [
        (FRAMES, (), Outcome.PASS, None),
        (FRAMES, ("first-frame-unrelated",), Outcome.FAIL, None),
        ({**FRAMES, "aspect_ratio": "9:16"}, (), Outcome.UNTESTED, "has another shape than the video"),
        (
            {
                **FRAMES,
                "frame_images": [{**FRAMES["frame_images"][0], "image_url": {"url": "https://a.example/1.png"}}],
            },  # type: ignore[dict-item]
            (),
            Outcome.UNTESTED,
            "only one that is sent as a data URL is",
        ),
    ],
)
def test_the_first_picture_is_the_one_that_was_sent(
    body: dict[str, Any], quirks: tuple[str, ...], outcome: Outcome, reason: str | None
) -> None:
    found = verdicts_of(load("openrouter"), body, quirks=quirks)["frame_images.first-frame"]
    assert found.outcome is outcome
    assert reason is None or reason in (found.reason or "")


@cache
def whole(provider: str) -> tuple[Interaction, ...]:
    contract = load(provider)
    model = next((m for m in contract.models if "i2v" in m), contract.default_model)
    return tuple(i for i in played(provider, (model,)) if not i.response or i.response.status < 300)


@pytest.mark.parametrize("provider", SLOWLY)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_judging_never_raises_whatever_the_facts_are(provider: str, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(MEDIA, min_size=1, max_size=5))
    made = [with_media(each, drawn[n % len(drawn)]) for n, each in enumerate(whole(provider))]
    assert judge(load(provider), made) == judge(load(provider), made)


def test_a_simulator_does_not_open_a_picture_that_is_none() -> None:
    for url in (
        "data:image/png;base64,AAAA",
        "data:image/png;base64,%",
        "data:image/gif;base64,AAAA",
        "https://a/b.png",
    ):
        assert facts(film(replace(SMALL, first=url))).fault is None


@pytest.mark.slow
def test_large_pictures_are_decoded_in_little_memory(tmp_path: Path) -> None:
    """Two seconds of 4K that no encoder can make small, measured in a process that does nothing else."""
    path, noise = tmp_path / "film.mp4", random.Random(1).randbytes(16 * 1024**2)
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=24, options={"preset": "ultrafast", "crf": "35"})
        stream.width, stream.height, stream.pix_fmt = 3840, 2160, "yuv420p"
        for number in range(48):
            frame = av.VideoFrame(3840, 2160, "yuv420p")
            for plane in frame.planes:
                plane.update(noise[number * 4096 : number * 4096 + plane.buffer_size])
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    found, megabytes = measured(path)
    assert 1 <= int(found["decoded"]) < 48, "only those that need no other"
    assert megabytes < 150


def measured(path: Path) -> tuple[dict[str, Any], int]:
    """The facts of a file, and the megabytes that a process needed at most which did nothing else."""
    program = (
        "import dataclasses, json, re, sys; from harness.exchange.media import facts;"
        "found = dataclasses.asdict(facts(open(sys.argv[1], 'rb')));"
        "peak = int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024;"
        "print(json.dumps([found, peak]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    found, megabytes = json.loads(done.stdout)
    return found, megabytes


def gray(side: int) -> bytes:
    """A PNG of one shade, a thousandth as large as what it becomes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packed = zlib.compressobj(1)
    rows = b"".join(packed.compress(bytes(side + 1)) for _ in range(side)) + packed.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_that_unpacks_to_hundreds_of_megabytes_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(gray(16_000))
    found, megabytes = measured(path)
    assert found["fault"] == (
        "cannot be looked at: its pictures have no size that makes sense, or more than 16,777,216 pixels"
    )
    assert found["width"] is None
    assert megabytes < 100


def test_a_picture_that_grows_on_the_way_is_not_unpacked(tmp_path: Path) -> None:
    """The file says how large its pictures are, and the third is larger."""
    path = tmp_path / "growing.mkv"
    with av.open(str(path), "w", format="matroska") as out:
        stream = out.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
        for number, side in enumerate([64, 64, 8000]):
            encoder = av.CodecContext.create("mjpeg", "w")
            encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = side, side, "yuvj420p", Fraction(1, 25)
            packets = [*encoder.encode(av.VideoFrame(side, side, "yuvj420p")), *encoder.encode(None)]
            packet = av.Packet(bytes(packets[0]))
            packet.pts = packet.dts = number * 40
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 1000), stream, True
            out.mux(packet)
    found, megabytes = measured(path)
    assert "more than 16,777,216 pixels" in str(found["fault"])
    assert megabytes < 100


def test_pictures_of_many_bits_are_measured_and_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "deep.mkv"
    with av.open(str(path), "w", format="matroska") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 4096, 4096, "gbrap16le"
        frame = av.VideoFrame(4096, 4096, "gbrap16le")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        out.mux([*stream.encode(frame), *stream.encode(None)])
    found, megabytes = measured(path)
    assert (found["width"], found["height"], found["decoded"], found["fault"]) == (4096, 4096, 0, None)
    assert megabytes < 150


def test_a_plan_brings_about_what_only_two_jobs_show() -> None:
    contract = load("unified-v2")
    planned = plan(contract, models=[contract.default_model])
    found = judge(contract, simulated(contract, []).go(planned))
    seen = {v.claim.rule: v.outcome for v in found if v.claim.check in ("media-repeat", "media-difference")}
    assert seen == {"repeatable": Outcome.PASS, "visible": Outcome.PASS}
