"""Anything that a document, a request or an answer may hold, as Hypothesis draws it."""

from __future__ import annotations

from hypothesis import strategies as st
from words import HOSTILE

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
