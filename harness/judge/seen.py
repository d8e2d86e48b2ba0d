"""One interaction as the contract reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.contract import Contract, Operation, Role, State
from harness.contract.addresses import Addresses
from harness.interaction import NO_KEY, UNISSUED_KEY, Interaction, Malformed, Response
from harness.pointer import value

#: What statuses mean that an operation does not document. None of them refuses a value (rule 4 of the house).
_USUAL = {
    401: "unauthenticated",
    402: "payment",
    403: "forbidden",
    404: "not-found",
    407: "unauthenticated",
    408: "unavailable",
    409: "conflict",
    410: "not-found",
    413: "too-large",
    424: "upstream",
    425: "unavailable",
    429: "rate-limited",
    451: "forbidden",
    499: "unavailable",
    # how the message was sent: its method, its headers, their length, the connection
    **dict.fromkeys((405, 406, 411, 412, 414, 415, 416, 417, 421, 426, 428, 431), "protocol"),
}

#: With these a request asks for an answer only if something is no longer, or still, as the client knows it.
_CONDITIONS = frozenset({"if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"})
#: Statuses that refuse a value even where no document names them: HTTP has no other use for them.
_REFUSE = frozenset({400, 422})
#: Numbers from here on are no ids (and very large ones no text either).
_LARGEST_ID = 10**40
#: Why an abridged exchange does not speak against a claim.
ABRIDGED = "the published exchange is abridged: what is missing from it proves nothing"


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """One interaction as the contract reads it.

    ``breaks`` are the request claims that the body breaks, computed from the body alone. ``meaning`` is that of
    the status: as documented, else as HTTP has it, else ``undocumented``; ``none`` when no answer came. ``key`` is
    ``key``, ``missing``, ``wrong``, ``malformed`` or ``unknown`` (a recording that does not say).
    """

    interaction: Interaction
    operation: Operation
    path: Mapping[str, str]
    body: Any
    breaks: frozenset[str]
    model: str | None
    known_model: bool
    meaning: str
    documented: bool
    accepted: bool
    key: str

    @property
    def status(self) -> int:
        return self.interaction.response.status if self.interaction.response else 0

    @property
    def answer(self) -> Any:
        """The answer's JSON, or Malformed."""
        return self.interaction.response.json if self.interaction.response else Malformed("no answer")

    @property
    def refused(self) -> bool:
        """Refused as an invalid request: with the documented status, or an undocumented one that has no other use."""
        return self.meaning == "invalid" or (self.meaning == "undocumented" and self.status in _REFUSE)

    @property
    def key_sound(self) -> bool:
        """Whether, as far as is known, no other key would have been answered otherwise."""
        return self.key in ("key", "unknown") or (self.key == "missing" and not self.operation.secured)

    @property
    def by_http(self) -> str | None:
        """Why an answer is HTTP's own, so that no document of the provider need name it; None for any other."""
        sent, response = self.interaction.request.headers, self.interaction.response
        if response is None:
            return None
        if response.status == 206 and "range" in sent:
            return "a part was asked for, and HTTP answers that with 206"
        if response.status == 304 and not _CONDITIONS.isdisjoint(sent):
            return "it was asked whether anything had changed, and HTTP answers that with 304"
        if self.interaction.moved is not None and response.status != 304:
            return f"HTTP's redirect with {response.status} says where to ask"
        return None

    @property
    def bodied(self) -> bool:
        """Whether the request's body is known and JSON."""
        return not isinstance(self.body, Malformed)


def state(contract: Contract, seen: Seen) -> State | None:
    """The state that a poll shows: by its word, by being the video, or, where no word says failed, by being refused."""
    response = seen.interaction.response
    if response is not None and response.media is not None:
        return State.SUCCEEDED
    words = contract.job.words
    if seen.meaning in ("invalid", "content-policy") and State.FAILED not in words.values():
        return State.FAILED if not seen.breaks and seen.key_sound else None
    word = None if isinstance(seen.answer, Malformed) else value(seen.answer, contract.job.status)
    return words.get(word) if isinstance(word, str) else None


def read(contract: Contract, interaction: Interaction, where: Addresses | None = None) -> Seen | None:
    """The interaction as the contract reads it; None for an address that is no operation's.

    ``where`` the provider is; None for what was surely sent to it.
    """
    request = interaction.request
    found = where.match(interaction) if where else contract.match(request.method, request.path)
    if found is None:
        return None
    operation, path = found
    body: Any = interaction.request.json if operation.body is not None else None
    model = None if isinstance(body, Malformed) else contract.model_of(body)
    breaks = frozenset() if isinstance(body, Malformed) else contract.violations(operation.id, body)
    response = interaction.response
    answer = operation.answers.get(response.status) if response else None
    return Seen(
        interaction=interaction,
        operation=operation,
        path=path,
        body=body,
        breaks=breaks,
        model=model,
        known_model=model is None
        or model in contract.models
        or any(contract.claims[name].tokens == contract.model_tokens for name in breaks),
        meaning=answer.meaning if answer else _meaning(response.status) if response else "none",
        documented=answer is not None,
        accepted=response is not None and _taken(contract, operation, response),
        key=_key(interaction),
    )


def named_job(contract: Contract, answer: Any) -> str | None:
    """The job that an answer names."""
    return None if isinstance(answer, Malformed) else as_id(value(answer, contract.job.id))


def as_id(found: Any) -> str | None:
    """An id as text; a whole number is one, since in an address nobody can tell them apart."""
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < _LARGEST_ID:
        return str(found)
    return found if isinstance(found, str) else None


def _taken(contract: Contract, operation: Operation, response: Response) -> bool:
    """A success; of a submission only one that says which job was started (an HTML page with 200 starts none)."""
    if not response.ok:
        return False
    if operation.role is not Role.SUBMIT:
        return True
    return named_job(contract, response.json) is not None


def _meaning(status: int) -> str:
    return "server-error" if status >= 500 else _USUAL.get(status, "undocumented")


def _key(interaction: Interaction) -> str:
    sent = interaction.request.headers.get("authorization")
    if sent is None:
        return "unknown"
    if sent == NO_KEY:
        return "missing"
    scheme, _, key = sent.partition(" ")
    if scheme.lower() != "bearer":
        return "malformed"
    return "wrong" if key == "$WRONG_KEY" or UNISSUED_KEY in key else "key"
