"""Anything that a document, a request or an answer may hold, as Hypothesis draws it."""

from __future__ import annotations

import json

from hypothesis import strategies as st
from words import HOSTILE

from harness.interaction import Interaction, MediaFacts, Origin, Provenance, Request, Response

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)
WORDS = st.one_of(
    st.sampled_from(["", "duration", HOSTILE, "漢字 \U0001f600", "javascript:x", "a" * 3_000]), st.text(max_size=30)
)
#: JSON whose texts and names are such words, and little of it.
JSON_OF_WORDS = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)

# The provider that does not exist: what it may be asked, and answer

DEEP = "[" * 5000 + "]" * 5000
_TEXTS = st.text(st.characters(), max_size=20)
BODIES = (
    JSON.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=40)
    | st.sampled_from(
        [
            b"", b"NaN", b"Infinity", b"1e999", DEEP.encode(), b'"\\ud800"', b'{"id": "\\udfff"}', b"\xff\xfe", b"null",
            b'{"a": 1, "a": 2}', b"9" * 6000, b'{"id": [], "status": {}}', b'{"id": {"x": 1}, "status": ["done"]}',
            b'{"id": "j1", "status": "done", "video": ["x"]}', b'{"id": "j1", "status": "done", "video": "http://[x"}',
        ]
    )
    | st.fixed_dictionaries(
        {
            "id": st.sampled_from(["j1", "j2", "", None, 5]),
            "status": st.sampled_from(["waiting", "done", "broken", 5, "x"]),
        },
        optional={"video": JSON, "error": JSON, "reason": JSON},
    ).map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries(
        {"model": st.sampled_from(["lantern-large", "lantern-small", "x", 5, None]), "prompt": JSON},
        optional={"length": JSON, "ratio": JSON, "pictures": JSON, "keys": JSON, "options": JSON, "caption": JSON},
    ).map(lambda value: json.dumps(value).encode())
)  # fmt: skip
URLS = (
    st.sampled_from(
        [
            "https://lantern.example/v1/clips", "https://lantern.example/v1/clips/j1", "https://lantern.example/v1/clips/",
            "https://lantern.example/v1/clips/no-such-job", "http://[x", "http://[::1", "//", "", "?", "x:y:z",
            "https://lantern.example:99999/v1/clips", "https://lantern.example/v1/clips/%00%ff", "http://\ud800/clips",
            "https://lantern.example/v1/clips/j1?x=\x00", "https://u:p@[::1]:x/clips/j1",
        ]
    )
    | _TEXTS
    | _TEXTS.map(lambda text: f"https://lantern.example/v1/clips/{text}")
)  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from(["authorization", "content-type", "x"]),
    st.sampled_from(
        ["", "none", "Bearer", "Bearer $KEY", "Bearer $WRONG_KEY", "application/json", "text/html; x=\x00", "é"]
    )
    | _TEXTS,
)
_NUMBERS = st.none() | st.integers(-5, 5000) | st.floats(allow_nan=True)
MEDIA = st.builds(
    MediaFacts,
    size=st.integers(0, 10**9),
    sha256=st.just("0"),
    container=st.sampled_from([None, "mp4", "webm"]),
    duration=st.none() | st.floats(0, 100),
    width=st.none() | st.integers(0, 5000),
    height=st.none() | st.integers(0, 5000),
    audio_codec=st.sampled_from([None, "aac"]),
    fault=st.none() | _TEXTS,
    frames=st.none() | st.integers(-1, 100),
    decoded=st.none() | st.integers(-1, 100),
    frame_rate=_NUMBERS,
    peak=_NUMBERS,
    loudness=_NUMBERS,
    first_frame=st.none() | st.sampled_from(["A" * 256, "+" * 256, "=", "\u20ac"]) | _TEXTS,
    last_frame=st.none() | st.sampled_from(["A" * 256, "+" * 256]) | _TEXTS,
    pictures=st.none() | _TEXTS,
    poster=st.none() | _TEXTS,
)
INTERACTIONS = st.builds(
    Interaction,
    name=st.just("test#0"),
    request=st.builds(
        Request, method=st.sampled_from(["GET", "POST", "post", "", "É"]), url=URLS, headers=HEADERS, body=BODIES
    ),
    response=st.none()
    | st.builds(
        Response,
        status=st.sampled_from([200, 202, 400, 401, 402, 404, 409, 429, 500]) | st.integers(-1, 1000),
        headers=HEADERS,
        body=BODIES,
        media=st.none() | MEDIA,
    ),
    provenance=st.builds(Provenance, origin=st.sampled_from(Origin), abridged=st.booleans()),
    elapsed=st.none() | st.floats(allow_nan=True),
    failure=st.none() | _TEXTS,
    gave_up=st.booleans(),
)

# Documents

_KEYWORDS = st.sampled_from(
    [
        *("type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength"),
        *("maxLength", "minItems", "maxItems", "uniqueItems", "pattern", "format", "properties", "required", "items"),
        *("additionalProperties", "allOf", "anyOf", "oneOf", "nullable", "$ref", "description", "x-source", "x-unread"),
    ]
)
_VALUES = (
    JSON_OF_WORDS
    | st.sampled_from(["string", "integer", "number", "object", "array", "null", "#/components/schemas/A", HOSTILE])
    | st.sampled_from([0, 1, 5, 2.5, -1, 10**400, True, False])
    | st.lists(st.sampled_from(["a", "b", "string", "null", 1]), max_size=3)
)
SCHEMAS = st.recursive(
    st.dictionaries(_KEYWORDS, _VALUES, max_size=4),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array"]),
            "properties": st.dictionaries(st.sampled_from(["a", "b", "a.b"]), inner, max_size=2),
            "required": st.lists(st.sampled_from(["a", "b", "c"]), max_size=2),
            "items": inner,
            "additionalProperties": st.just(False),
            "anyOf": st.lists(inner, max_size=2),
            "allOf": st.lists(inner, max_size=2),
        },
    ),
    max_leaves=5,
)
