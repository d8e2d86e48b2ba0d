"""Making a dependency's conditions true or false in a body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.contract.dependency import place
from harness.contract.shape import schema_at
from harness.pointer import Tokens, filled, is_like, put, remove, value
from harness.probe.sample import sample

Body = dict[str, Any]


def example_entry(schema: Mapping[str, Any], array: Tokens, like: Mapping[str, Any]) -> Any:
    """A valid array entry with these members: the closest documented example, with them put in."""
    item = schema_at(schema, (*array, "*")) or {}
    known = [each for each in item.get("examples", ()) if isinstance(each, dict)] or [sample(item)]
    closest = max(
        known, key=lambda each: sum(each.get(k) == v for k, v in like.items()) if isinstance(each, dict) else 0
    )
    return {**closest, **like} if isinstance(closest, dict) else closest


def entries(schema: Mapping[str, Any], array: Tokens, number: int, like: Mapping[str, Any] | None = None) -> list[Any]:
    """So many valid entries (``like`` this), of which the n-th has n more in its integers: some must differ there."""
    item = schema_at(schema, (*array, "*")) or {}
    made = (sample(item) if like is None else example_entry(schema, array, like) for _ in range(number))
    return [_numbered(each, n) for n, each in enumerate(made)]


def share_out(body: Body, arrays: Sequence[Tokens], number: int, schema: Mapping[str, Any]) -> bool:
    """Put so many entries into ``arrays`` altogether, at least one into each. False if they do not hold so many."""
    left = number
    for position, tokens in enumerate(arrays):
        following = len(arrays) - position - 1
        share = min(left - following, (schema_at(schema, tokens) or {}).get("maxItems", left))
        put(body, tokens, entries(schema, tokens, share))
        left -= share
    return left == 0


def _numbered(entry: Any, number: int) -> Any:
    if isinstance(entry, dict):
        return {k: v + number if isinstance(v, int) and not isinstance(v, bool) else v for k, v in entry.items()}
    return entry


def make_true(body: Body, said: Any, schema: Mapping[str, Any]) -> bool:
    """Change ``body`` so that the condition holds. False if that cannot be done."""
    tokens = place(said)
    match said:
        case str():
            if not filled(body, tokens):
                known = schema_at(schema, tokens)
                put(body, tokens, sample(known) if known else "x")
        case {"is": wanted}:
            put(body, tokens, wanted)
        case {"in": [first, *_]}:
            if value(body, tokens) not in said["in"]:
                put(body, tokens, first)
        case {"has": like}:
            entries = value(body, tokens)
            if not isinstance(entries, list):
                put(body, tokens, [])
                entries = value(body, tokens)
            if not any(is_like(each, like) for each in entries):
                entries.append(example_entry(schema, tokens, like))
        case _:
            return False
    return True


def make_false(body: Body, said: Any) -> bool:
    """Change ``body`` so that the condition does not hold. Removing is always enough."""
    tokens = place(said)
    entries = value(body, tokens)
    if isinstance(said, dict) and "has" in said and isinstance(entries, list):
        kept = [each for each in entries if not is_like(each, said["has"])]
        if kept:
            put(body, tokens, kept)
            return True
    if isinstance(said, dict) and "matches" in said:
        return False
    if "*" in tokens:
        holder = tokens[: tokens.index("*")]
        remove(body, holder)
    else:
        remove(body, tokens)
    return True
