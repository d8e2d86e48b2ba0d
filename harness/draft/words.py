"""What names usually mean: a job's states, the members of its answers, the fields of a request.

Guesses, every one: a draft lists them for its reviewer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.contract.model import State
from harness.draft.job import places
from harness.pointer import Tokens, exact

_STATES: Mapping[State, str] = {
    State.QUEUED: "queued?|in_?queue|queue?ing|pending|waiting|submitted|created|not_?start(?:ed)?|starting|preparing|"
    "scheduled|accepted|throttled|init(?:ialized)?",
    State.RUNNING: "running|processing|in_?progress|generating|dreaming|rendering|active|started|working",
    State.SUCCEEDED: "succeed(?:ed)?|success(?:ful)?|completed?|done|finished|ready",
    State.FAILED: "fail(?:ed|ure)?|errore?d?|rejected|aborted|moderated",
    State.CANCELLED: "cancel(?:l?ed)?",
    State.EXPIRED: "expired|time_?d?_?out",
}
#: Used where the document names no words; nothing is claimed of them.
USUAL = {"queued": "queued", "running": "running", "succeeded": "succeeded", "failed": "failed"}

_URL = re.compile(r"url|uri|link|output|result|video|file|asset", re.IGNORECASE)
_NOT_THE_VIDEO = re.compile(
    r"poll|status|callback|webhook|thumb|image|cover|poster|frame|audio|doc|cancel|input|prompt|log|progress"
    r"|/(?:get|self|web|stream)$",
    re.IGNORECASE,
)
_ERRORS = ("error", "fail_reason", "failure_reason", "failurereason", "failure", "error_message", "reason")

#: Which axis a field is, by its name (without its underscores), and by the form of its values which encoding.
_AXES: Sequence[tuple[str, str]] = (
    ("prompt", "(?:text)?prompt|prompttext|text"),
    ("negative_prompt", "negativeprompt"),
    ("duration", "duration|seconds|length|durationseconds"),
    ("aspect_ratio", "(?:aspect)?ratio"),
    ("resolution", "resolution|quality"),
    ("size", "size|dimensions"),
    ("audio", "(?:generate|with|enable)?audio|sound"),
    ("seed", "seed"),
    ("watermark", "(?:add)?watermark"),
    ("first_frame", "(?:first|start)(?:frame|image)(?:url|uri)?|(?:prompt|input)?image(?:url|uri)?"),
    ("last_frame", "(?:last|end)(?:frame|image)(?:url|uri)?"),
    ("reference_images", "(?:reference|ref)images?(?:urls|uris)?|referenceimageurls"),
    ("reference_videos", "(?:reference|ref)videos?(?:urls|uris)?"),
    ("reference_audios", "(?:reference|ref)audios?(?:urls|uris)?"),
    ("input_video", "(?:input)?video(?:url|uri)"),
    ("input_audio", "(?:input)?audio(?:url|uri)"),
    ("webhook", "(?:callback|webhook|notify)(?:url|uri|endpoint)?"),
)


def states(words: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Each word with the state that it usually names, and the words that are nobody's: taken for running."""
    found: dict[str, str] = {}
    unknown: list[str] = []
    for word in words:
        plain = re.sub(r"[\s-]+", "_", word.strip()).lower().rpartition("status_")[2]
        state = next((each for each, pattern in _STATES.items() if re.fullmatch(pattern, plain)), None)
        found[word] = (state or State.RUNNING).value
        if state is None:
            unknown.append(word)
    return found, unknown


def addresses(answer: Mapping[str, Any]) -> list[str]:
    """Pointers to the members of an answer that may be the video's address, the likeliest first."""
    found = []
    for tokens, node in places(answer):
        path = "/".join(tokens)
        if not tokens or _NOT_THE_VIDEO.search(f"/{path}") or not _URL.search(path):
            continue
        inner = node.get("items", {}) if node.get("type") == "array" else node
        if (inner.get("type") == "string" and "enum" not in inner) or (len(tokens) == 1 and tokens[0] == "output"):
            named = bool(re.search("ur[li]", tokens[-1], re.IGNORECASE)) or inner.get("format") in ("uri", "url")
            found.append((not named, len(tokens), exact((*tokens, "0") if inner is not node else tokens)))
    return [pointer for *_, pointer in sorted(found)]


def failure(answer: Mapping[str, Any]) -> str | None:
    """The pointer to where a failed job says why."""
    for tokens, node in places(answer):
        if tokens and tokens[-1].lower() in _ERRORS:
            if "message" in node.get("properties", {}):
                return exact((*tokens, "message"))
            if node.get("type") in ("string", ["string", "null"]):
                return exact(tokens)
    return None


def axes(body: Mapping[str, Any]) -> Iterator[tuple[str, Tokens, str]]:
    """(axis, field, encoding) of the fields of a request that look like one, each axis once."""
    seen: set[str] = set()
    for name, node in body.get("properties", {}).items():
        plain = re.sub(r"[^a-z0-9]", "", name.lower())
        axis = next((each for each, pattern in _AXES if re.fullmatch(pattern, plain)), None)
        encoding = _encoding(axis, node) if axis else None
        if axis and encoding and axis not in seen:
            seen.add(axis)
            yield axis, (name,), encoding


def begins_or_ends(name: str) -> bool:
    """Whether the name of a picture's field says that the video begins or ends with it."""
    return bool(re.search("first|start|last|end", name, re.IGNORECASE))


def _encoding(axis: str, node: Mapping[str, Any]) -> str | None:
    """How a field says it; None where its values have no form that is known for the axis."""
    said = node.get("type")
    kinds = [kind for kind in (said if isinstance(said, list) else [said]) if kind != "null"]
    kind = kinds[0] if len(kinds) == 1 else None
    texts = [each for each in (*node.get("enum", ()), *node.get("examples", ())) if isinstance(each, str)]

    def some(pattern: str) -> bool:
        return any(re.fullmatch(pattern, text) for text in texts)

    match axis, kind:
        case "duration", "integer" | "number":
            return "seconds"
        case "duration", "string":
            return "seconds-suffixed" if some("[0-9]+s") else "seconds-string" if some("[0-9]+") else None
        case "aspect_ratio", "string":
            return "ratio" if some("[0-9]+:[0-9]+") else None
        case "resolution", "string":
            return "resolution" if some("[0-9]{3,4}p|[0-9]k|[0-9]K") else None
        case "size", "string":
            return "pixels" if some("[0-9]+x[0-9]+") else None
        case "audio" | "watermark", "boolean":
            return "boolean"
        case "seed", "integer" | "number":
            return "integer"
        case "prompt" | "negative_prompt", "string":
            return "text"
        case "reference_images" | "reference_videos" | "reference_audios", "array":
            return "urls" if node.get("items", {}).get("type") == "string" else None
        case (("first_frame" | "last_frame" | "input_video" | "input_audio" | "webhook"), "string"):
            return "url"
        case _:
            return None
