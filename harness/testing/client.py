"""What a client did wrong by the provider's documentation: a pure function of what it sent and got.

The judge checks providers against their documents; this checks those who use them. Each finding names the claim that
the client would have done well to read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from harness.claim import Claim, Kind
from harness.contract import Contract, Role, State
from harness.contract.links import job_id
from harness.errors import UnknownName
from harness.interaction import Malformed
from harness.judge.seen import Seen, read, state
from harness.pointer import Tokens, dotted, values
from harness.testing.exchange import Exchange

#: A job that has ended may be asked for once more: a client that lists its jobs does so.
POLLS_AFTER_THE_END = 1
#: Polls may come this much earlier than documented: no clock is exact.
HASTE = 0.9
#: Characters of a value that are shown.
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFinding:
    """One thing that a client did wrong. ``rule`` is the function below that found it, with dashes."""

    rule: str
    claim: Claim
    summary: str
    expected: str
    observed: str
    interaction: str | None = None

    def __str__(self) -> str:
        source = self.claim.source
        where = f" ({self.interaction})" if self.interaction else ""
        return (
            f"{self.claim.id}: {self.summary}\n"
            f"  expected  {self.expected}\n"
            f"  observed  {self.observed}{where}\n"
            f"  quote     {source.document} ({source.revision}): “{source.quote}”"
        )


@dataclass(frozen=True, kw_only=True)
class Meant:
    """What a test says of its client: the fields that a submission was to have, each with its value.

    ``speed``: how many times faster than in earnest the client's clock runs; None where its pace is not looked at.
    """

    fields: Mapping[Tokens, Any]
    speed: float | None = None


def findings(contract: Contract, exchanges: Sequence[Exchange], meant: Meant) -> list[ClientFinding]:
    """Everything that is wrong with what a client sent, in the order of the rules. Never raises."""
    told = ClientTraffic(contract, exchanges, meant)
    return [finding for rule in RULES for finding in rule(told)]


def field(contract: Contract, name: str) -> Tokens:
    """A field of the submission by its path (``metadata.ratio``), its axis (``aspect_ratio``) or its last part.

    Raises UnknownName.
    """
    fields = {dotted(claim.tokens): claim.tokens for claim in contract.request_claims(contract.submit.id)}
    if name in fields:
        return fields[name]
    if name in contract.capabilities:
        return contract.capabilities[name].tokens
    ends = [tokens for path, tokens in fields.items() if path.rpartition(".")[2] == name]
    if len(ends) == 1:
        return ends[0]
    raise UnknownName("field", name, fields, see=f"harness explain '{contract.provider}.{contract.submit.id}.*'")


class ClientTraffic:
    """The exchanges as the contract reads them."""

    def __init__(self, contract: Contract, exchanges: Sequence[Exchange], meant: Meant) -> None:
        self.contract, self.exchanges, self.meant = contract, exchanges, meant

    @cached_property
    def seen(self) -> Sequence[tuple[Exchange, Seen]]:
        """Requests to operations."""
        return [(each, seen) for each in self.exchanges if (seen := read(self.contract, each.interaction)) is not None]

    @cached_property
    def submissions(self) -> Sequence[tuple[Exchange, Seen]]:
        return [(each, seen) for each, seen in self.seen if seen.operation.role is Role.SUBMIT]

    @cached_property
    def polls(self) -> Mapping[str, Sequence[tuple[Exchange, Seen]]]:
        """By job."""
        grouped: dict[str, list[tuple[Exchange, Seen]]] = defaultdict(list)
        for each, seen in self.seen:
            if seen.operation.role is Role.POLL:
                grouped[job_id(self.contract, seen.operation, seen.path, seen.body) or ""].append((each, seen))
        return grouped

    def claim(self, operation: str, *wanted: Callable[[Claim], bool]) -> Claim:
        """The operation's first claim that one of the conditions fits, an earlier one before a later one."""
        own = [claim for claim in self.contract.claims.values() if claim.operation == operation]
        return next((claim for fits in wanted for claim in own if fits(claim)), own[0])

    @cached_property
    def poll(self) -> str:
        operation = self.contract.role(Role.POLL)
        assert operation is not None, "the loader refuses a provider without a poll operation"
        return operation.id


def broken_rule(told: ClientTraffic) -> Iterator[ClientFinding]:
    """A request breaks what is documented of it."""
    for each, seen in told.seen:
        for name in sorted(seen.breaks):
            claim = told.contract.claims[name]
            if not claim.ignored:
                found = [_shown(value) for value in values(seen.body, claim.tokens)]
                yield ClientFinding(
                    rule="broken-rule",
                    claim=claim,
                    summary=f"the client's request breaks it at {claim.pointer or 'the body'}",
                    expected=claim.statement,
                    observed=", ".join(found) or "nothing there",
                    interaction=each.interaction.name,
                )
        if seen.operation.body is not None and isinstance(seen.body, Malformed):
            yield ClientFinding(
                rule="broken-rule",
                claim=told.claim(seen.operation.id, _checked("malformed-body"), _checked("request")),
                summary="the client's body is not JSON",
                expected="JSON",
                observed=f"a body that {seen.body.reason}",
                interaction=each.interaction.name,
            )


def not_admitted(told: ClientTraffic) -> Iterator[ClientFinding]:
    """A request goes without the key, or with another one, to an operation that needs it."""
    for each, seen in told.seen:
        if not seen.operation.secured or (each.keyed and seen.key == "key"):
            continue
        way = seen.key if seen.key in ("missing", "malformed") else "wrong"
        yield ClientFinding(
            rule="not-admitted",
            claim=told.claim(seen.operation.id, _about_key(way), _checked("accepted-status")),
            summary="the client did not present the key that it was given",
            expected="Authorization: Bearer, and the key",
            observed={"missing": "no key", "malformed": "another scheme than Bearer", "wrong": "another key"}[way],
            interaction=each.interaction.name,
        )


def not_sent(told: ClientTraffic) -> Iterator[ClientFinding]:
    """The client did not send what the test says that it meant to."""
    if not told.meant.fields:
        return
    lacking = [(each, _lacking(told.meant.fields, seen.body)) for each, seen in told.submissions]
    if any(not fields for _, fields in lacking):
        return
    nearest, fields = min(lacking, key=lambda each: len(each[1]), default=(None, list(told.meant.fields)))
    body = nearest.interaction.request.json if nearest else None
    for tokens in fields:
        sent = [_shown(value) for value in values(body, tokens)]
        was = "sent another value of" if sent else "dropped" if nearest else "submitted nothing, and so no"
        yield ClientFinding(
            rule="not-sent",
            claim=_of_field(told, tokens),
            summary=f"the client {was} {dotted(tokens)}",
            expected=f"{dotted(tokens)}: {_shown(told.meant.fields[tokens])}",
            observed=", ".join(sent) or ("the field is not in the request" if nearest else "no submission"),
            interaction=nearest.interaction.name if nearest else None,
        )


def unknown_word(told: ClientTraffic) -> Iterator[ClientFinding]:
    """The client asked for ever about a job whose state no document explains."""
    for each, word in _stopped(told):
        if word is not None and _state(told, word) is None:
            yield ClientFinding(
                rule="unknown-word",
                claim=told.claim(told.poll, _checked("job-words")),
                summary="the client kept polling on a status word that no document explains, until it was stopped",
                expected=f"that it gives up on a word that is none of {', '.join(told.contract.job.words)}",
                observed=_shown(word),
                interaction=each.interaction.name,
            )


def endless(told: ClientTraffic) -> Iterator[ClientFinding]:
    """The client asked for ever about a job that does not end: it has no deadline of its own."""
    for each, word in _stopped(told):
        meant = _state(told, word)
        if meant is not None and not meant.terminal:
            yield ClientFinding(
                rule="endless",
                claim=told.claim(told.poll, _checked("job-ends")),
                summary="the client kept polling a job that does not end, until it was stopped",
                expected="that it gives up when its own time for the job is over",
                observed=f"still polling on {_shown(word)}",
                interaction=each.interaction.name,
            )


def past_the_end(told: ClientTraffic) -> Iterator[ClientFinding]:
    """The client went on polling a job that had ended."""
    for polls in told.polls.values():
        ended: State | None = None
        further = 0
        for each, seen in polls:
            if ended is not None:
                further += 1
                if further > POLLS_AFTER_THE_END:
                    yield ClientFinding(
                        rule="past-the-end",
                        claim=told.claim(told.poll, _checked("job-terminal"), _checked("job-words")),
                        summary="the client kept polling a job that had ended",
                        expected=f"no further poll once it is {ended}",
                        observed=f"{len(polls)} polls of one job",
                        interaction=each.interaction.name,
                    )
                    break
            else:
                now = state(told.contract, seen)
                ended = now if now is not None and now.terminal else None


def hasty(told: ClientTraffic) -> Iterator[ClientFinding]:
    """The client polled faster than the contract's interval; only where the test says how fast its clock runs."""
    if not told.meant.speed:
        return
    least = told.contract.job.poll_seconds / told.meant.speed
    for polls in told.polls.values():
        for (before, _), (each, _) in pairwise(polls):
            if each.at - before.at < least * HASTE:
                yield ClientFinding(
                    rule="hasty",
                    claim=told.claim(told.poll, lambda claim: ".rate-limited." in claim.id, _checked("job-ends")),
                    summary="the client polled faster than it should",
                    expected=f"{least:g} s between two polls ({told.contract.job.poll_seconds:g} s in earnest)",
                    observed=f"{each.at - before.at:.3f} s",
                    interaction=each.interaction.name,
                )
                break


def sent_again(told: ClientTraffic) -> Iterator[ClientFinding]:
    """The client sent a submission again of which it could not know what came: two jobs for one video."""
    doubtful: dict[bytes, Exchange] = {}
    for each, seen in told.submissions:
        body = each.interaction.request.body
        if body in doubtful:
            yield ClientFinding(
                rule="sent-again",
                claim=told.claim(
                    told.contract.submit.id,
                    _checked("money-repeated"),
                    lambda claim: ".server-error." in claim.id,
                    _checked("accepted-status"),
                ),
                summary="the client submitted the same again without knowing whether the first had started a job",
                expected="that it looks for the job first, or leaves the decision to whoever pays",
                observed=f"the same bytes after {_answer(doubtful[body])}",
                interaction=each.interaction.name,
            )
        if each.lost or seen.status == 0 or seen.status >= 500:
            doubtful.setdefault(body, each)


def key_elsewhere(told: ClientTraffic) -> Iterator[ClientFinding]:
    """The client sent its key to an origin that is not the provider's."""
    for each in told.exchanges:
        if each.elsewhere and each.keyed:
            yield ClientFinding(
                rule="key-elsewhere",
                claim=told.claim(told.poll, _checked("job-served"), _checked("job-result")),
                summary="the client sent its key to where the file is, which is not the provider's API",
                expected="no Authorization header to another origin",
                observed=f"{each.interaction.request.method} {each.interaction.request.url} with the key",
                interaction=each.interaction.name,
            )


#: A new rule is one generator and one line.
RULES: Sequence[Callable[[ClientTraffic], Iterator[ClientFinding]]] = (
    broken_rule,
    not_admitted,
    not_sent,
    unknown_word,
    endless,
    past_the_end,
    hasty,
    sent_again,
    key_elsewhere,
)


def _state(told: ClientTraffic, word: Any) -> State | None:
    return told.contract.job.words.get(word) if isinstance(word, str) else None


def _stopped(told: ClientTraffic) -> Iterator[tuple[Exchange, Any]]:
    """Where the client was stopped, once for each job, and the last status word that it had been given."""
    for polls in told.polls.values():
        word: Any = None
        for each, seen in polls:
            if each.interaction.gave_up:
                yield each, word
                break
            shown = (
                None
                if isinstance(seen.answer, Malformed)
                else next(values(seen.answer, told.contract.job.status), None)
            )
            word = word if shown is None else shown


def _lacking(fields: Mapping[Tokens, Any], body: Any) -> list[Tokens]:
    return [tokens for tokens, wanted in fields.items() if wanted not in list(values(body, tokens))]


def _of_field(told: ClientTraffic, tokens: Tokens) -> Claim:
    """What says most about a field: what it may be; else whatever is said of it."""
    submit = told.contract.submit.id
    return told.claim(
        submit,
        lambda claim: claim.tokens == tokens and claim.rule == "enum" and claim.model is None,
        lambda claim: claim.tokens == tokens and claim.kind is Kind.SHAPE,
        lambda claim: claim.tokens == tokens,
    )


def _about_key(way: str) -> Callable[[Claim], bool]:
    return lambda claim: claim.check == "authorization" and claim.parameters["way"] == way


def _checked(check: str) -> Callable[[Claim], bool]:
    return lambda claim: claim.check == check


def _answer(exchange: Exchange) -> str:
    response = exchange.interaction.response
    return f"an answer with status {response.status}" if response else "no answer"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
