"""Media facts, on real files made with PyAV."""

from __future__ import annotations

import hashlib
import json

import pytest
from clips import audio, picture, video

from harness.exchange.media import facts, looks_like_media


def test_an_mp4_is_measured() -> None:
    data = video()
    found = facts(data)
    assert (found.container, found.duration, found.width, found.height) == ("mp4", 1.0, 320, 180)
    assert (found.frames, found.video_codec, found.audio_codec, found.fault) == (30, "h264", "aac", None)
    assert (found.size, found.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_a_silent_one_has_no_audio_codec() -> None:
    assert facts(video(sound=False)).audio_codec is None


def test_a_track_without_a_sample_is_no_sound() -> None:
    found = facts(video(fragments=True, heard=False))
    assert (found.container, found.audio_codec, found.fault) == ("mp4", None, None)
    assert found.note == "its audio track has no samples"
    assert facts(video(fragments=True)).note is facts(video(sound=False)).note is None


@pytest.mark.parametrize(
    "form, container", [("webm", "webm"), ("matroska", "matroska"), ("mov", "mov"), ("avi", "avi")]
)
def test_other_containers_are_told_apart(form: str, container: str) -> None:
    found = facts(video(form=form))
    assert (found.container, found.frames, found.fault) == (container, 30, None)
    assert found.duration == pytest.approx(1.0, abs=0.05)


def test_a_fragmented_file_is_whole() -> None:
    found = facts(video(fragments=True))
    assert (found.container, found.frames, found.fault) == ("mp4", 30, None)
    assert found.duration == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("options", [{}, {"fragments": True}, {"sound": False}, {"form": "webm"}], ids=str)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.66, 0.9, 0.999])
def test_a_file_cut_short_has_no_container_and_a_fault(options: dict[str, object], part: float) -> None:
    data = video(**options)  # type: ignore[arg-type]
    found = facts(data[: int(len(data) * part)])
    assert found.container is None
    assert found.fault
    assert found.duration is None


def test_bytes_after_the_end_do_not_make_it_short() -> None:
    assert facts(video() + b"\0\0\0").fault is None


def test_sound_alone_has_a_fault_and_a_container() -> None:
    found = facts(audio())
    assert (found.container, found.audio_codec, found.width, found.fault) == ("mp4", "aac", None, "has no video stream")


def test_a_still_picture_has_a_size_and_no_duration() -> None:
    for each in (picture(), picture(pixel=(2, 1))):  # no viewer stretches one
        found = facts(each)
        assert (found.container, found.width, found.height, found.duration, found.fault) == ("png", 64, 48, None, None)


@pytest.mark.parametrize(
    "data, word",
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b"<?xml version='1.0'?><Error/>", "XML"),
        (b'{"error": 1}', "JSON"),
        (b"\0" * 999, "not a media format"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "not a media format"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not a media format"),
        (b"\0\0\0\x20ftypisom" + b"\xff" * 500, ""),
        (b"\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff", "cut short"),
        (b"\x1a\x45\xdf\xa3", ""),
        (b"\x1a\x45\xdf\xa3" + b"\0" * 50, ""),
        (b"\x89PNG\r\n\x1a\n", ""),
        (b"RIFF\0\0\0\0AVI ", ""),
    ],
)
def test_rubbish_never_raises(data: bytes, word: str, capfd: pytest.CaptureFixture[str]) -> None:
    found = facts(data)
    assert found.container is None
    assert found.fault is not None and word in found.fault
    assert capfd.readouterr() == ("", "")


def test_flipped_bytes_never_raise() -> None:
    data = video()
    for at in range(0, len(data), 97):
        broken = facts(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        assert broken.size == len(data)


def test_media_is_known_by_its_bytes_first() -> None:
    assert looks_like_media("application/json", video())
    assert looks_like_media("", video(form="webm"))
    assert looks_like_media("video/mp4; codecs=avc1", b"<html>")
    assert looks_like_media("video/mp4", b"{broken")
    assert not looks_like_media("video/mp4", json.dumps({"status": "queued"}).encode())
    assert not looks_like_media("application/octet-stream", b"hello")
    assert not looks_like_media("image/svg+xml", b"<svg/>")
    assert not looks_like_media("video/mp4", b"")
