"""Building requests that keep every documented rule, by construction: start small, mend what is broken."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.claim import Claim
from harness.contract import Contract, Operation
from harness.contract.dependency import place
from harness.contract.links import placeholders
from harness.contract.shape import schema_at
from harness.contract.undecided import narrowing, undecided
from harness.pointer import Tokens, filled, is_like, parse, present, put, remove, value, values
from harness.probe.condition import Body, example_entry, make_false, make_true
from harness.probe.sample import sample, text

#: Rules mend one another (a partner put in brings its own rules along); real contracts settle in two or three rounds.
MAX_ROUNDS = 8


@dataclass(frozen=True)
class Builder:
    """Valid bodies for one operation."""

    contract: Contract
    operation: Operation

    @property
    def schema(self) -> Mapping[str, Any]:
        return self.operation.body or {}

    @cached_property
    def names_model(self) -> bool:
        """Whether this operation's body says which model is meant (and the catalogue narrows it)."""
        return schema_at(self.schema, self.contract.model_tokens) is not None

    def minimal(self, model: str | None) -> Body | None:
        """The smallest valid body for a model; None if none can be built."""
        body: Body = sample({k: v for k, v in self.schema.items() if k != "examples"})
        _, known = placeholders(self.contract, self.operation)
        body.update(known)
        if model is not None and self.names_model and not known:
            put(body, self.contract.model_tokens, model)
        made = self.mended(body, keep=[self.contract.model_tokens])
        return None if made is None else self._decided(made)

    def _decided(self, body: Body) -> Body:
        """``body`` without what no document says that the model takes, as far as a request can do without it."""
        settled = copy.deepcopy(body)
        for tokens, each in undecided(self.contract, self.operation, body).items():
            known = schema_at(self.schema, tokens) or {}
            listed = self.listed(tokens, self.contract.model_of(body))
            if each.absent or listed:
                put(settled, tokens, listed[0] if listed else sample(known))
            else:
                remove(settled, tokens)
        return settled if not self.contract.violations(self.operation.id, settled) else body

    def listed(self, tokens: Tokens, model: str | None) -> Sequence[Any]:
        """What the model's entry lists for a place of the submission."""
        claims = self.contract.request_claims(self.contract.submit.id, model)
        lists = (
            each.parameters["value"]
            for each in claims
            if narrowing(each) and each.keyword == "enum" and each.tokens == tokens
        )
        return next(lists, ())

    def with_value(
        self, base: Body, tokens: Tokens, wanted: Any, keep: Iterable[Tokens] = (), *, decided: bool = True
    ) -> Body | None:
        """``base`` with one more value, mended without touching it or ``keep``; None if that breaks a rule.

        None too, where it is to be ``decided`` and brings what no document says that the model takes. A size and a
        ratio or resolution say the same thing in two ways, and are not sent together.
        """
        if any(present(base, other) for other in self._said_otherwise(tokens)):
            return None
        body = copy.deepcopy(base)
        put(body, tokens, copy.deepcopy(wanted))
        made = self.mended(body, keep=[self.contract.model_tokens, tokens, *keep])
        if made is None or (decided and self.open_ends(made) - self.open_ends(base)):
            return None
        return made

    def open_ends(self, body: Body) -> Set[Tokens]:
        """The places of a body with something of which no document says that the model takes it."""
        return undecided(self.contract, self.operation, body).keys()

    def _said_otherwise(self, tokens: Tokens) -> list[Tokens]:
        named = {name: each.tokens for name, each in self.contract.capabilities.items()}
        size, parts = named.get("size"), [named[n] for n in ("aspect_ratio", "resolution") if n in named]
        return parts if tokens == size else [size] if size is not None and tokens in parts else []

    def mended(self, body: Body, keep: Iterable[Tokens], but: str | None = None) -> Body | None:
        """``body`` changed until it breaks no rule other than ``but``; None if that takes changing ``keep``.

        With ``but``, what matters is that the rule is still broken, which is for the caller to see.
        """
        kept = {tokens: _snapshot(body, tokens) for tokens in keep}
        claims = self.contract.claims
        for _ in range(MAX_ROUNDS):
            broken = self.contract.violations(self.operation.id, body) - {but}
            if not broken:
                intact = but is not None or all(_snapshot(body, tokens) == was for tokens, was in kept.items())
                return body if intact else None
            for name in sorted(broken):
                if not claims[name].keeps(body) and not self._mend(body, claims[name], kept):
                    return None
        return None

    def _mend(self, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
        mender = MENDERS.get(claim.vocabulary)
        return mender is not None and mender(self, body, claim, kept)


Mender = Callable[[Builder, Body, Claim, Mapping[Tokens, Any]], bool]


def _snapshot(body: Body, tokens: Tokens) -> str:
    return repr(value(body, tokens)) if present(body, tokens) else ""


def _touches(tokens: Tokens, kept: Mapping[Tokens, Any]) -> bool:
    return any(tokens[: len(each)] == each or each[: len(tokens)] == tokens for each in kept)


def _put_sample(builder: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    """Fill in what is missing, in the body or in each array entry that lacks it."""
    known = schema_at(builder.schema, claim.tokens)
    if known is None:
        return False
    if "*" not in claim.tokens:
        put(body, claim.tokens, sample(known))
        return True
    for parent in values(body, claim.tokens[:-1]):
        if isinstance(parent, dict) and claim.tokens[-1] not in parent:
            parent[claim.tokens[-1]] = sample(known)
    return True


def _put_allowed(_: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    allowed = claim.parameters.get("value")
    if claim.tokens in kept or not isinstance(allowed, list) or not allowed:
        return False
    put(body, claim.tokens, allowed[0])
    return True


def _put_limit(_: Builder, body: Body, claim: Claim, __: Mapping[Tokens, Any]) -> bool:
    put(body, claim.tokens, claim.parameters["value"])
    return True


def _cut_text(_: Builder, body: Body, claim: Claim, __: Mapping[Tokens, Any]) -> bool:
    put(body, claim.tokens, text(claim.parameters["value"]))
    return True


def _cut_array(_: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    said = claim.parameters
    tokens = parse(said["at"]) if "at" in said else claim.tokens
    entries = value(body, tokens)
    if isinstance(entries, list):
        del entries[said.get("max", said.get("value")) :]
    return True


def _drop(_: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    tokens = parse(claim.parameters["at"]) if "at" in claim.parameters else claim.tokens
    if tokens in kept:
        return False
    remove(body, tokens)
    return True


def _needs(builder: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    needs = claim.parameters["needs"]
    for wanted in needs if isinstance(needs, list) else [needs]:
        if make_true(body, wanted, builder.schema):
            return True
    return make_false(body, claim.parameters["when"])


def _part(_: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    """Make one of the conditions that exclude each other false: the last that nobody asked for."""
    for said in reversed(claim.parameters.get("these", claim.parameters.get("of", ()))):
        if not _touches(place(said), kept):
            return make_false(body, said)
    return False


def _join_one(builder: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    return make_true(body, claim.parameters["of"][0], builder.schema)


def _one_exactly(builder: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    if not any(filled(body, place(said)) for said in claim.parameters["of"]):
        return _join_one(builder, body, claim, kept)
    return _part(builder, body, claim, kept)


def _join_all(builder: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    return all(make_true(body, said, builder.schema) for said in claim.parameters["of"])


def _count(builder: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    said = claim.parameters
    tokens = parse(said["at"])
    entries = value(body, tokens)
    if not isinstance(entries, list):
        return False
    fitting = [each for each in entries if is_like(each, said["has"])]
    for surplus in fitting[said.get("max", len(fitting)) :]:
        entries.remove(surplus)
    for _ in range(said.get("min", 0) - len(fitting)):
        entries.append(example_entry(builder.schema, tokens, said["has"]))
    return True


def _complete(builder: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    said = claim.parameters
    for each in values(body, (*parse(said["at"]), "*")):
        if is_like(each, said["when"]):
            for name in said["needs"]:
                each.setdefault(name, sample(schema_at(builder.schema, (*parse(said["at"]), "*", name)) or {}))
    return True


def _share(_: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    left = claim.parameters["max"]
    for pointer in claim.parameters["of"]:
        entries = value(body, parse(pointer))
        if isinstance(entries, list):
            del entries[left:]
            left -= len(entries)
            if not entries:
                remove(body, parse(pointer))
    return True


def _uncite(builder: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    tokens = parse(claim.parameters["text"])
    if tokens in kept:
        return False
    put(body, tokens, sample(schema_at(builder.schema, tokens) or {"type": "string"}))
    return True


def _put_first(_: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    said = claim.parameters
    tokens = parse(said["at"])
    if tokens in kept:
        return False
    put(body, tokens, said["values"][0] if "values" in said else said.get("maximum", said.get("minimum")))
    return True


def _renumber(_: Builder, body: Body, claim: Claim, kept: Mapping[Tokens, Any]) -> bool:
    entries = value(body, parse(claim.parameters["at"]))
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            entry[claim.parameters["key"]] = number + claim.parameters["values"][0]
    return True


#: rule → how a body that breaks it is put right. A rule without a line here can only be met by leaving its field out.
MENDERS: Mapping[str, Mender] = {
    "required": _put_sample,
    "enum": _put_allowed,
    "minimum": _put_limit,
    "maximum": _put_limit,
    "minLength": _cut_text,
    "maxLength": _cut_text,
    "maxItems": _cut_array,
    "length": _cut_array,
    "forbidden": _drop,
    "not-value": _drop,
    "unknown": _drop,
    "requires": _needs,
    "requires-any": _needs,
    "excludes": _part,
    "at-most-one": _part,
    "exactly-one": _one_exactly,
    "at-least-one": _join_one,
    "all-or-none": _join_all,
    "count": _count,
    "each": _complete,
    "sum": _share,
    "citation": _uncite,
    "one-of": _put_first,
    "range": _put_first,
    "unique": _renumber,
    "pattern": _drop,
    "scaled": _drop,
}
