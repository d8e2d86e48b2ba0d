"""A provider's contract as values: operations, models, the life of a job, and every claim."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from harness.claim import Claim, Source
from harness.contract.families import Family
from harness.contract.signature import Scheme
from harness.json_text import canonical
from harness.pointer import Tokens, filled, value, values


class Role(StrEnum):
    """What an operation is for in the life of a job."""

    SUBMIT = "submit"
    POLL = "poll"
    CONTENT = "content"
    CATALOGUE = "catalogue"
    QUOTE = "quote"
    COMPLETE = "complete"


class State(StrEnum):
    """Where a job is, whatever word the provider has for it."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def terminal(self) -> bool:
        return self not in (State.QUEUED, State.RUNNING)


#: What a documented status code means. Only ``invalid`` refuses a probed value (rule 4 of the house).
MEANINGS = frozenset(
    (
        "accepted",
        "invalid",
        "unauthenticated",
        "payment",
        "forbidden",
        "not-found",
        "consent",
        "conflict",
        "too-large",
        "content-policy",
        "rate-limited",
        "server-error",
        "upstream",
        "unavailable",
    )
)
#: Of these, what no request alone brings about: the account, or the server, must be in that state.
SITUATIONS = frozenset(
    (
        "payment",
        "forbidden",
        "consent",
        "conflict",
        "too-large",
        "content-policy",
        "rate-limited",
        "server-error",
        "upstream",
        "unavailable",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A page or file of the provider that claims quote."""

    name: str
    title: str
    revision: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A documented response: status, what it means, media types with their schemas.

    Of a range (``5XX``), ``status`` is its first that is not documented on its own.
    """

    status: int
    meaning: str
    content: Mapping[str, Mapping[str, Any]]
    headers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    examples: tuple[Any, ...] = ()
    links: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    range: str = ""  # as it is written, if it is one

    @property
    def written(self) -> str:
        """The status, or the range of them, as the document has it."""
        return self.range or str(self.status)

    @property
    def refuses(self) -> bool:
        """Whether it is any other than the success."""
        return self.meaning != "accepted"


class Answers(Mapping[int, Answer]):
    """The documented answers by status. A status that is not documented on its own may be one of a range.

    What means nothing else than another answer is not iterated over: claims are made of what answers mean.
    """

    def __init__(self, exact: Mapping[int, Answer], ranges: Iterable[Answer] = ()) -> None:
        self.ranges = tuple(ranges)
        meant = {each.meaning for each in exact.values()}
        self._listed = {**exact, **{each.status: each for each in self.ranges if each.meaning not in meant}}
        self._hundreds = {each.range[0]: each for each in self.ranges}

    def __getitem__(self, status: int) -> Answer:
        return self._listed.get(status) or self._hundreds[str(status)[:1]]

    def __iter__(self) -> Iterator[int]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)

    @property
    def written(self) -> str:
        """All statuses and ranges, as a sentence has them."""
        single = (str(status) for status, each in sorted(self._listed.items()) if not each.range)
        return ", ".join([*single, *(each.range for each in self.ranges)])


_JSON: Tokens = ("content", "application/json", "schema")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method and path, by ``operationId``."""

    id: str
    method: str
    path: str  # template: /videos/{jobId}
    role: Role | None
    secured: bool
    body: Mapping[str, Any] | None  # request schema, references resolved
    parameters: tuple[Mapping[str, Any], ...]
    answers: Answers

    @property
    def place(self) -> Tokens:
        """Where our data has it."""
        return ("openapi.yaml", "paths", self.path, self.method.lower())

    @property
    def body_place(self) -> Tokens:
        """Where the schema of its request is."""
        return (*self.place, "requestBody", *_JSON)

    def answer_place(self, status: int) -> Tokens:
        """Where the schema of an answer is."""
        return (*self.place, "responses", self.answers[status].written, *_JSON)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        pieces = re.split(r"\{(\w+)\}", self.path)
        text = "".join(re.escape(p) if i % 2 == 0 else f"(?P<{p}>[^/]+)" for i, p in enumerate(pieces))
        return re.compile(f"((?:.*/)?){text.lstrip('/')}/?$")

    @property
    def literals(self) -> int:
        """How many path segments are fixed: of two templates that fit, the more fixed one is meant."""
        return sum("{" not in part for part in self.path.strip("/").split("/"))

    def match(self, path: str) -> Mapping[str, str] | None:
        """The path parameters, percent-decoded, if ``path``, under whatever base path, is this operation's."""
        found = self._pattern.match(path)
        return {name: unquote(text) for name, text in found.groupdict().items()} if found else None

    def address(self, parameters: Mapping[str, str]) -> str:
        """The path with these parameters in it. Each stays one segment, whatever characters a server put into it."""
        return re.sub(
            r"\{([^{}]+)\}",
            lambda slot: _segment(parameters[slot[1]]) if slot[1] in parameters else slot[0],
            self.path,
        )

    def base(self, path: str) -> str | None:
        """What stands before this operation's own path in ``path``: "/api/v1"; None if that is not its."""
        found = self._pattern.match(path)
        return found[1].rstrip("/") if found else None

    def meant_by(self, meaning: str) -> Answer | None:
        """The documented answer with this meaning, if any."""
        return next((a for a in self.answers.values() if a.meaning == meaning), None)

    @property
    def accepted(self) -> Answer | None:
        return self.meant_by("accepted")


def _segment(text: str) -> str:
    """A text as one segment of a path; dots alone would lead elsewhere."""
    return text.replace(".", "%2E") if text in (".", "..") else quote(text, safe="", errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """What no document says that a model takes at one place, nor that it does not: ``values``, or whatever is there.

    ``absent``: it is leaving the place out of which nothing is said.
    """

    tokens: Tokens
    values: tuple[Any, ...] | None = None
    absent: bool = False

    def holds(self, body: Any) -> bool:
        """Whether a request has it."""
        if self.absent or self.values is None:
            return filled(body, self.tokens) is not self.absent
        return any(
            type(each) is type(known) and each == known for each in values(body, self.tokens) for known in self.values
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One entry of the provider's model catalogue, as documented, and the family that it belongs to, if any.

    ``unsaid`` are the fields of which the entry should say whether the model takes them, and says nothing;
    ``undecided`` is, with these, everything of which no document says that the model takes it.
    """

    id: str
    entry: Mapping[str, Any]
    family: Family | None = None
    unsaid: frozenset[Tokens] = frozenset()
    undecided: tuple[Undecided, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """A provider-neutral axis and how this provider writes it down.

    An array that several axes share has entries ``like`` this one's; ``url`` is the place of the address in an entry.
    ``partly``: only for models that support it, and the documentation does not say of each whether it does.
    """

    name: str
    tokens: Tokens
    encoding: str
    source: Source
    like: Mapping[str, Any] = field(default_factory=dict)
    url: Tokens = ()
    partly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a document says of an axis without claims. ``unclear``: it names the thing, and not how to ask for it."""

    says: str
    unclear: bool
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Where a finished job's video is.

    ``place`` is ``body`` (a URL at ``tokens`` of the poll answer), ``submission`` (a URL at ``tokens``
    of the submission's answer), ``operation`` (the content operation) or ``poll`` (the poll answers
    with the video itself).
    """

    place: str
    tokens: Tokens = ()
    authorized: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The asynchronous life of one generation, in the provider's words."""

    id: Tokens  # in the submission's answer
    status: Tokens  # in the poll's answer
    words: Mapping[str, State]
    results: tuple[Result, ...]
    error: Tokens
    progress: Tokens
    poll_seconds: float
    deadline_seconds: float
    cost: Tokens | None = None  # in the poll's answer, USD
    last_frame: Tokens | None = None  # in the poll's answer: where, or within what, the last picture's address stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How fast a provider may be asked, as documented.

    ``per_minute``: requests by the role of their operation. ``failures`` within ``failure_seconds`` lock a key out;
    0: no such rule. ``jobs``: how many may be under way at once.
    """

    per_minute: Mapping[str, float] = field(default_factory=dict)
    failures: int = 0
    failure_seconds: float = 0.0
    jobs: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """How one event is told from another: the header of its id, and what the id is made of where that is documented.

    ``form`` is a text such as ``{job}-{status}``.
    """

    header: str
    form: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """What the provider sends to the callback URL of a submission."""

    tokens: Tokens  # of the URL, in the submission's body
    job: Tokens  # of the job's id, in what is sent
    status: Tokens
    schema: Mapping[str, Any]  # of what is sent
    name: tuple[Tokens, str] | None  # where the event's name stands, and its form: ``clip.{status}``
    event: Event | None
    signature: Scheme | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """A value of the submission's request (``given``) that an operation's answers repeat (``told``)."""

    operation: str
    told: Tokens
    given: Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What is documented of a job's life beyond its words, as the simulator keeps it and a run puts it to the test.

    ``progress``: a number in the poll's answer that never falls. ``flag``: what in a poll's request has the video
    deleted once it was fetched. ``link``: a DELETE on the video's link deletes it. ``consent``: where the object stands
    with which a request is sent again that was answered by asking for consent.
    """

    progress: Tokens = ()
    echoes: tuple[Echo, ...] = ()
    flag: Tokens = ()
    link: bool = False
    consent: Tokens = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What is documented of bills.

    ``balance`` is the header (lower case) that says what is left, in USD; ``unbilled`` are meanings of answers that
    cost nothing. ``failures_unbilled``: nor does a job that failed. ``unquoted`` are fields of a submission that its
    quote cannot name. ``repeated``: how many jobs two submissions of the same bytes start.
    """

    balance: str | None = None
    unbilled: frozenset[str] = frozenset()
    failures_unbilled: bool = False
    unquoted: tuple[Tokens, ...] = ()
    repeated: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """What a document says and we do not check, and why."""

    document: str
    quote: str
    reason: str


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Contract:
    """Everything that a provider documents, ready to be probed and judged. One is equal to itself alone."""

    provider: str
    title: str
    base_url: str
    key_variable: str
    documents: Mapping[str, Document]
    operations: Mapping[str, Operation]
    job: Job
    models: Mapping[str, Model]
    model_tokens: Tokens
    default_model: str
    capabilities: Mapping[str, Capability]
    prices: Mapping[str, Any]
    claims: Mapping[str, Claim]
    exclusions: tuple[Exclusion, ...]
    openapi: Mapping[str, Any]
    folder: Path  # of the folders of providers, where everything else about this one is, too
    texts: Mapping[str, str] = field(default_factory=dict)  # of the files that claims have their place in, by name
    webhook: Webhook | None = None
    promises: Promises = Promises()
    money: Money = Money()
    manners: Manners = Manners()
    stated: Mapping[str, Stated] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Short: a whole contract is no message."""
        return f"Contract({self.provider!r})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The same in what Hypothesis and IPython print, which else show every field."""
        printer.text(repr(self))

    def role(self, role: Role) -> Operation | None:
        """The operation that plays a role, if the provider has one."""
        return next((o for o in self.operations.values() if o.role is role), None)

    @property
    def submit(self) -> Operation:
        operation = self.role(Role.SUBMIT)
        assert operation is not None, "the loader refuses a provider without a submit operation"
        return operation

    def match(
        self, method: str, path: str, bases: Collection[str] | None = None
    ) -> tuple[Operation, Mapping[str, str]] | None:
        """The operation that a request addresses, with its path parameters; under one of the base paths, or any."""
        fitting = [
            (operation, parameters)
            for operation in self.operations.values()
            if operation.method == method.upper()
            and (parameters := operation.match(path)) is not None
            and (bases is None or operation.base(path) in bases)
        ]
        return max(fitting, key=lambda each: each[0].literals, default=None)

    @cached_property
    def fingerprint(self) -> str:
        """The beginning of the SHA-256 of the model catalogue: equal for equal entries in any order."""
        entries = [self.models[name].entry for name in sorted(self.models)]
        return f"sha256:{hashlib.sha256(canonical(entries).encode()).hexdigest()[:12]}"

    @cached_property
    def _request_claims(self) -> Mapping[tuple[str, str | None], tuple[Claim, ...]]:
        grouped: dict[tuple[str, str | None], list[Claim]] = {}
        for claim in self.claims.values():
            if claim.check == "request":
                grouped.setdefault((claim.operation, claim.model), []).append(claim)
        return {key: tuple(claims) for key, claims in grouped.items()}

    def request_claims(self, operation: str, model: str | None = None) -> Iterator[Claim]:
        """The claims on a request body of ``operation``: those that always hold, then the model's."""
        yield from self._request_claims.get((operation, None), ())
        if model is not None:
            yield from self._request_claims.get((operation, model), ())

    def model_of(self, body: Any) -> str | None:
        """The model that a request body names, if it names one by a string."""
        named = value(body, self.model_tokens)
        return named if isinstance(named, str) else None

    def violations(self, operation: str, body: Any) -> frozenset[str]:
        """The ids of every claim on the request that ``body`` breaks. Never raises."""
        return frozenset(
            claim.id for claim in self.request_claims(operation, self.model_of(body)) if not claim.keeps(body)
        )
