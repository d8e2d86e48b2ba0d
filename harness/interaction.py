"""What was sent and what came back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from harness.json_text import UnreadJson, message_json

#: Stands in a kept request's ``authorization`` where it is known that no key was sent; an absent header says nothing.
NO_KEY = "none"
#: Begins what stands in a kept URL for a value that was taken out. A number behind it counts within one recording.
REDACTED_VALUE = "%5Bredacted"
#: In a request it asks for a state that no request alone brings about. Only the simulator obeys it.
SITUATION_HEADER = "x-harness-situation"
#: How a request presents its key.
KeyState = Literal["key", "missing", "wrong", "malformed"]


class Origin(StrEnum):
    """Where an interaction comes from."""

    LIVE = "live"
    PUBLISHED = "published"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where, when and from whom. ``quirks`` only for simulated, ``link`` only for published ones.

    ``base_url`` is what the sender was given as the provider's address; recordings from elsewhere do not say it.
    ``abridged`` says that whoever published the exchange left things out, so that what is missing
    from it proves nothing.
    """

    origin: Origin
    date: str | None = None  # ISO 8601
    base_url: str | None = None
    link: str | None = None
    quirks: tuple[str, ...] = ()
    abridged: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """What a media file is, measured when it arrived; the bytes are not kept.

    ``duration`` in seconds, ``size`` in bytes; ``width`` and ``height`` in pixels as shown, turned and stretched as the
    file says, and ``coded_width`` and ``coded_height`` before that where they differ. ``container`` is None for bytes
    that no decoder reads; ``fault`` then says why. ``audio_codec`` is None where no track has a sample, and ``note``
    says it where there is a track all the same. Of ``frames``, ``decoded`` were decoded: fewer where there are more
    than is worth the time, and then ``last_frame`` is not known. ``first_frame`` and ``last_frame`` are thumbnails
    (base64 of 8×8 pixels, red, green and blue), ``pictures`` is a hash of the encoded pictures, ``poster`` a data URI
    of a small JPEG. ``frame_rate`` per second, on average; ``peak`` and ``loudness`` (root mean square) of the sound in
    dB below full scale, -120 for none at all. Recordings of older harnesses do not have them.
    """

    size: int
    sha256: str
    container: str | None = None
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    fault: str | None = None
    decoded: int | None = None
    frame_rate: float | None = None
    peak: float | None = None
    loudness: float | None = None
    first_frame: str | None = None
    last_frame: str | None = None
    pictures: str | None = None
    poster: str | None = None
    coded_width: int | None = None
    coded_height: int | None = None
    note: str | None = None


_SPAN = re.compile(r"(?i)bytes (?P<first>[0-9]{1,15})-(?P<last>[0-9]{1,15})/(?P<size>[0-9]{1,15})")


#: Characters of a body that is no JSON which tell what it is.
_SHOWN = 24


class Malformed:
    """A body that should be JSON and is not, or, ``unread``, is JSON that is not read here; ``reason`` says why."""

    def __init__(self, reason: str, *, unread: bool = False) -> None:
        self.reason, self.unread = reason, unread

    def __repr__(self) -> str:
        return f"Malformed({self.reason!r})"


def _json(body: bytes) -> Any:
    if not body:
        return Malformed("is empty")
    try:
        return message_json(body)
    except json.JSONDecodeError as fault:
        begins = fault.doc[:_SHOWN] + ("…" if len(fault.doc) > _SHOWN else "")
        return Malformed(f"is not JSON: it begins with {begins!r} and is none from character {fault.pos + 1} on")
    except ValueError as fault:
        return Malformed(str(fault), unread=isinstance(fault, UnreadJson))


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it left us, credentials taken out. Header names are lower case.

    ``pictures`` are the facts of those that stand in the body as data URLs, by JSON pointer; they follow from the body.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    pictures: Mapping[str, MediaFacts] = field(default_factory=dict)

    @cached_property
    def json(self) -> Any:
        """The body as JSON, or Malformed."""
        return _json(self.body)

    @property
    def media_type(self) -> str:
        """Content-Type without parameters, lower case; "" when there is none."""
        return _media_type(self.headers)

    @property
    def path(self) -> str:
        """The path of the address; "" for an address that is none."""
        try:
            return urlsplit(self.url).path
        except ValueError:
            return ""


@dataclass(frozen=True, kw_only=True)
class Response:
    """An answer. ``media`` stands in for the bytes of a media body. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    media: MediaFacts | None = None

    @property
    def ok(self) -> bool:
        """Whether the status is that of a success."""
        return 200 <= self.status < 300

    @cached_property
    def json(self) -> Any:
        """The body as JSON, or Malformed."""
        return _json(self.body)

    @property
    def partial(self) -> bool:
        """Whether this is a part of a file, and not all of it from the first byte to the last."""
        span = _SPAN.fullmatch(self.headers.get("content-range", "").strip())
        whole = span is not None and int(span["first"]) == 0 and int(span["last"]) + 1 == int(span["size"])
        return self.status == 206 and not whole

    @property
    def media_type(self) -> str:
        """Content-Type without parameters, lower case; "" when there is none."""
        return _media_type(self.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """That an interaction went the other way: a request of the provider to a callback URL, and our answer to it.

    ``received`` in Unix seconds, by the receiver's clock. ``signature`` is what came of holding the raw bytes against
    the secret when they arrived (a word of :class:`harness.contract.signature.Signature`): the secret is not kept,
    so nobody can do it again. None where no scheme is documented. An arrival without a response is one that was waited
    for and never came.
    """

    received: float
    signature: str | None = None


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """One request and its answer. ``response`` is None when none came; ``failure`` says why.

    ``name`` is ``recording#index``; ``elapsed`` in seconds. ``purpose`` is what the sender had in mind;
    the judge never reads it. ``gave_up``: the job's time was up and the sender stopped following it here;
    of a delivery that did not come, that others were turned away for want of room.
    ``arrival`` is there when the provider sent the request, to a callback URL.
    """

    name: str
    request: Request
    response: Response | None
    provenance: Provenance
    elapsed: float | None = None
    failure: str | None = None
    purpose: str | None = None
    gave_up: bool = False
    arrival: Arrival | None = None

    @property
    def moved(self) -> str | None:
        """Where a redirect says that what was asked for is; None for any other answer."""
        response = self.response
        if response is None or not 300 <= response.status < 400 or "location" not in response.headers:
            return None
        try:
            return urljoin(self.request.url, response.headers["location"])
        except ValueError:  # an IPv6 address with only one bracket
            return None

    @property
    def recording(self) -> str:
        """Of what it is a part: the file, or the run."""
        return self.name.rpartition("#")[0]


#: Every key that is sent in order to be refused holds this: no provider issued it, and the simulator refuses it.
UNISSUED_KEY = "d41d8cd98f00b204e9800998ecf8427e"

#: An id that no provider gives; and one in the form of a given id ends in so many zeros.
UNISSUED_ID, _ZEROS = "no-such-job", 12


def unissued_like(known: str) -> str:
    """An id in the form of ``known`` that no job has."""
    kept = len(known)
    for _ in range(_ZEROS):
        kept = max((n for n, each in enumerate(known[:kept]) if each.isalnum()), default=0)
    zeroed = known[:kept] + "".join("0" if each.isalnum() else each for each in known[kept:])
    return zeroed if is_unissued(zeroed) else zeroed + "0" * _ZEROS


def is_unissued(name: str) -> bool:
    """Whether an id is one that :func:`unissued_like` makes."""
    return "".join(each for each in name if each.isalnum()).endswith("0" * _ZEROS)
