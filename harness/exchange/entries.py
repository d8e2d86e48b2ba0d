"""One interaction as a mapping in a cassette, and back: vcrpy's part, and ours under ``harness``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from http import HTTPStatus
from typing import Any

from harness.contract.signature import Signature
from harness.exchange import checked, media
from harness.exchange.checked import Place, Wrong
from harness.exchange.encoding import TooLarge, decoded, without_encoding
from harness.exchange.redact import SHOWN
from harness.exchange.supplied import with_pictures
from harness.interaction import NO_KEY, Arrival, Interaction, MediaFacts, Origin, Provenance, Request, Response

#: What all bodies of somebody's recording that are packed may measure once they are unpacked, in bytes.
MAX_BODIES = 64 * 1024 * 1024
ELSEWHERE = "a recording from elsewhere"
#: How a key was sent, by the words of a cassette; "none" reads better there than "missing".
_SHOWN = {"none" if word == "missing" else word: shown for word, shown in SHOWN.items()}
_WORDS = {shown: word for word, shown in _SHOWN.items()}
_TEXTS = ("base_url", "link", "note", "purpose", "failure")
_KEYS = (*_TEXTS, "origin", "date", "quirks", "abridged", "authorization", "elapsed", "gave_up", "media")
#: Said of what the provider sent to a callback URL; ``direction`` has one word, and is absent elsewhere.
DELIVERED = "delivered"
_ARRIVAL = ("direction", "received", "signature")
_FACTS: Mapping[str, Callable[[Any, Place], Any]] = {
    **dict.fromkeys(("size", "frames", "decoded", "width", "height", "coded_width", "coded_height"), checked.integer),
    "duration": checked.seconds,
    "frame_rate": checked.rate,
    **dict.fromkeys(("peak", "loudness"), checked.level),
    **dict.fromkeys(("first_frame", "last_frame"), checked.thumbnail),
    "poster": checked.poster,
}


@dataclass(slots=True)
class Room:
    """Bytes that the packed bodies of one recording may still come to."""

    left: int = MAX_BODIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The file that an entry stands in: its name without suffix, whether we wrote it, and room for what is packed."""

    recording: str
    ours: bool
    room: Room = field(default_factory=Room)


def mapping(interaction: Interaction) -> dict[str, Any]:
    """What the ``harness`` mapping says of an interaction; what is None or empty is left out."""
    provenance, response = interaction.provenance, interaction.response
    said: dict[str, Any] = {
        "origin": provenance.origin.value,
        "date": provenance.date,
        "base_url": provenance.base_url,
        "link": provenance.link,
        "quirks": list(provenance.quirks) or None,
        "abridged": provenance.abridged or None,
        "note": provenance.note,
        "purpose": interaction.purpose,
        "authorization": _WORDS.get(interaction.request.headers.get("authorization", "")),
        "elapsed": interaction.elapsed,
        "failure": interaction.failure,
        "gave_up": interaction.gave_up or None,
    }
    if interaction.arrival is not None:
        said |= {"direction": DELIVERED, **asdict(interaction.arrival)}
    if response is not None and response.media is not None:
        said["media"] = {key: value for key, value in asdict(response.media).items() if value is not None}
    return {key: value for key, value in said.items() if value is not None}


def phrase(status: int) -> str:
    """The reason phrase of a status code; "" for one that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def interaction(entry: Any, number: int, source: Source) -> Interaction:
    """The interaction that an entry describes, nothing redacted yet; raises Wrong."""
    place: Place = ("interactions", number)
    whole = checked.mapping(entry, place)
    said = _said(checked.member(whole, "harness", place, None), (*place, "harness"))
    lenient = bool(said.get("abridged"))
    sent = checked.mapping(checked.member(whole, "request", place), (*place, "request"))
    request = _request(sent, (*place, "request"), said, source, lenient=lenient)
    answer = checked.member(whole, "response", place)
    response = None
    if answer is not None:
        here = (*place, "response")
        response = _response(checked.mapping(answer, here), here, said, source, lenient=lenient)
    elif not said:
        raise Wrong("must be a mapping, not nothing", (*place, "response"))
    return Interaction(
        name=f"{source.recording}#{number}",
        request=request,
        response=response,
        provenance=_provenance(said),
        elapsed=said.get("elapsed"),
        failure=said.get("failure"),
        purpose=said.get("purpose"),
        gave_up=said.get("gave_up", False),
        arrival=_arrival(said, (*place, "harness")),
    )


def _said(value: Any, place: Place) -> dict[str, Any]:
    said = dict(checked.mapping({} if value is None else value, place))
    for key, each in said.items():
        here = (*place, key)
        match key:
            case "origin":
                if each not in list(Origin):
                    raise Wrong(f"must be one of {', '.join(Origin)}", here)
            case "authorization":
                if not isinstance(each, str) or each not in _SHOWN:
                    raise Wrong(f"must be one of {', '.join(_SHOWN)}", here)
            case "date":
                checked.date(each, here)
            case "quirks":
                said[key] = tuple(checked.text(q, (*here, i)) for i, q in enumerate(checked.sequence(each, here)))
            case "abridged" | "gave_up":
                checked.boolean(each, here)
            case "elapsed":
                said[key] = checked.seconds(each, here)
            case "direction":
                if each != DELIVERED:
                    raise Wrong(f"must be {DELIVERED} or absent", here)
            case "received":
                said[key] = checked.moment(each, here)
            case "signature":
                if each not in list(Signature):
                    raise Wrong(f"must be one of {', '.join(Signature)}", here)
            case "media":
                said[key] = _facts(checked.mapping(each, here), here)
            case _ if key in _TEXTS:
                checked.text(each, here)
            case _:
                raise Wrong(f"is not known; known are {', '.join(sorted((*_KEYS, *_ARRIVAL)))}", here)
    return said


def _arrival(said: Mapping[str, Any], place: Place) -> Arrival | None:
    if "direction" not in said:
        if stray := next((key for key in _ARRIVAL if key in said), None):
            raise Wrong("is said of deliveries only, which have `direction: delivered`", (*place, stray))
        return None
    return Arrival(received=checked.member(said, "received", place), signature=said.get("signature"))


def _facts(value: Mapping[str, Any], place: Place) -> MediaFacts:
    known = [field.name for field in fields(MediaFacts)]
    read: dict[str, Any] = {}
    for key, each in value.items():
        here = (*place, key)
        if key not in known:
            raise Wrong(f"is not known; known are {', '.join(known)}", here)
        check: Callable[[Any, Place], Any] = _FACTS.get(key, checked.text)
        read[key] = None if each is None else check(each, here)
    for key in ("size", "sha256"):
        checked.member(value, key, place)
        if read[key] is None:
            raise Wrong("must not be empty", (*place, key))
    return MediaFacts(**read)


def _request(
    sent: Mapping[str, Any], place: Place, said: Mapping[str, Any], source: Source, *, lenient: bool
) -> Request:
    headers = _headers(sent, place, lenient=lenient)
    match said.get("authorization"):
        case "none":
            headers["authorization"] = NO_KEY
        case str() as word if "authorization" not in headers:
            headers["authorization"] = str(_SHOWN[word])
    return requested(
        checked.method(checked.member(sent, "method", place), (*place, "method")),
        checked.address(checked.member(sent, "uri", place), (*place, "uri"), absolute=not source.ours),
        headers,
        checked.sent(checked.member(sent, "body", place, *_default(lenient)), (*place, "body")),
        (*place, "body"),
        source.room,
    )


def _response(
    answer: Mapping[str, Any], place: Place, said: Mapping[str, Any], source: Source, *, lenient: bool
) -> Response:
    if "status_code" in answer:  # as vcrpy wrote httpx answers before its version 6
        status = checked.integer(answer["status_code"], (*place, "status_code"), 100, 999)
        packed, at = checked.member(answer, "content", place, None), (*place, "content")
    else:
        line = checked.member(answer, "status", place)
        code = checked.member(line, "code", (*place, "status")) if isinstance(line, Mapping) else line
        status = checked.integer(code, (*place, "status", "code"), 100, 999)
        packed, at = checked.member(answer, "body", place, *_default(lenient)), (*place, "body")
    headers = _headers(answer, place, lenient=lenient)
    facts = said.get("media")
    if facts is not None:
        return Response(status=status, headers=headers, media=facts)
    return answered(status, headers, checked.body(packed, at), at, source.room)


def requested(method: str, url: str, headers: dict[str, str], body: bytes, place: Place, room: Room) -> Request:
    """A request with its body unpacked, and the pictures in it measured."""
    headers, body = _unpacked(headers, body, place, room)
    return with_pictures(Request(method=method, url=url, headers=headers, body=body))


def answered(status: int, headers: dict[str, str], body: bytes, place: Place, room: Room) -> Response:
    """A response with its body unpacked, and measured instead of kept if it is a media file."""
    headers, body = _unpacked(headers, body, place, room)
    if media.looks_like_media(headers.get("content-type", ""), body):
        return Response(status=status, headers=headers, media=media.facts(body))
    return Response(status=status, headers=headers, body=body)


def _unpacked(headers: dict[str, str], body: bytes, place: Place, room: Room) -> tuple[dict[str, str], bytes]:
    """As they were before Content-Encoding; as they are where that cannot be undone."""
    try:
        plain = decoded(body, headers.get("content-encoding", ""), room.left)
    except TooLarge:
        raise Wrong(f"unpacks, with those before it, to more than {MAX_BODIES:,} bytes", place) from None
    if plain is None:
        return headers, body
    room.left -= len(plain)
    return without_encoding(headers, len(plain)), plain


def _provenance(said: Mapping[str, Any]) -> Provenance:
    return Provenance(
        origin=Origin(said.get("origin", Origin.LIVE)),
        date=said.get("date"),
        base_url=said.get("base_url"),
        link=said.get("link"),
        quirks=said.get("quirks", ()),
        abridged=said.get("abridged", False),
        note=said.get("note", None if said else ELSEWHERE),
    )


def _headers(message: Mapping[str, Any], place: Place, *, lenient: bool) -> dict[str, str]:
    written = checked.member(message, "headers", place, *_default(lenient))
    return checked.headers({} if written is None else written, (*place, "headers"))


def _default(lenient: bool) -> tuple[None] | tuple[()]:
    """Whoever abridged an exchange may have left the key out; nobody else may."""
    return (None,) if lenient else ()
