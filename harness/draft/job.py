"""Which operations of a document make up a video job, told by their shapes, and how its id goes from one to another.

*Submission*: a POST with JSON members and no path parameter, whose answer has an id that a poll takes. Where any such
operation is about video by its path, name, summary or tags, the others are out; of what is left, the one under whose
path all others lie.
*Poll*: answers with a status, and takes the id: a GET whose path ends in it, or a POST with a member of its name.
*Content*: a GET below the poll's path that answers with a file. *Complete*: deletes what the poll shows.
*Catalogue*: a GET of ``…/models`` that answers with a list of ids. *Quote*: a POST that shares members with the
submission and answers with a number that is a price in USD.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.contract.model import Role
from harness.errors import SpecError, UnknownName
from harness.pointer import Tokens, exact

#: Levels of an answer that are looked through: ``data.task.id`` is not unheard of.
_DEPTH = 3
_STATUS = ("status", "state", "task_status", "job_status", "task_state", "phase")
_FILES = re.compile(r"video/|application/octet-stream")
_PRICE = re.compile(r"^(?:quote|price|cost|amount|total|estimate\w*)(?:_usd)?$", re.IGNORECASE)
_USD = re.compile(r"\bUSD\b|\bdollars?\b|US\$", re.IGNORECASE)
_DELETES = re.compile(r"complete|delete|remove|clean", re.IGNORECASE)
#: Operations that an error names to choose from.
_SHOWN = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """An operation as the document has it: ``words`` are its path, name, summary, description and tags."""

    name: str
    method: str
    path: str
    words: str
    body: Mapping[str, Any]
    answer: Mapping[str, Any]
    types: tuple[str, ...]

    @property
    def parameters(self) -> list[str]:
        """The path parameters, in order."""
        return re.findall(r"\{([^}]*)\}", self.path)

    def __str__(self) -> str:
        return f"{self.name} ({self.method.upper()} {self.path})"


@dataclass(frozen=True, kw_only=True)
class Link:
    """How an operation is addressed from a submission: OpenAPI's runtime expressions."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Job:
    """The operations of a job by their role, where the id stands in the submission's answer, and how it travels."""

    operations: Mapping[Role, Candidate]
    id: Tokens
    status: Tokens  # in the poll's answer
    links: Mapping[str, Link]  # by operation
    price: Tokens = ()  # in the quote's answer


def job(candidates: Sequence[Candidate], chosen: Mapping[Role, str], where: str) -> Job:
    """The job that the document at ``where`` describes. ``chosen`` names operations that its shapes cannot tell.

    Raises UnknownName, and SpecError with the operations to choose from.
    """
    known = {each.name: each for each in candidates}
    for name in chosen.values():
        if name not in known:
            raise UnknownName("operation", name, known, see="--operation")
    named = {role: known[name] for role, name in chosen.items()}
    submit, poll = _pair(candidates, named, where)
    at, link = _taken(submit, poll) or _addressed(submit, poll)
    operations = {Role.SUBMIT: submit, Role.POLL: poll}
    links = {poll.name: link}
    rest = [each for each in candidates if each not in (submit, poll)]
    content = named.get(Role.CONTENT) or next((each for each in rest if _is_content(each, poll)), None)
    if content is not None:
        operations[Role.CONTENT] = content
        links[content.name] = Link(parameters=dict(zip(content.parameters, link.parameters.values(), strict=False)))
    complete = named.get(Role.COMPLETE) or next((each for each in rest if _is_complete(each, poll, link)), None)
    if complete is not None:
        operations[Role.COMPLETE] = complete
        links[complete.name] = link
    catalogue = named.get(Role.CATALOGUE) or next((each for each in rest if _is_catalogue(each)), None)
    if catalogue is not None:
        operations[Role.CATALOGUE] = catalogue
    quote, price = _quote(rest, submit, named.get(Role.QUOTE))
    if quote is not None:
        operations[Role.QUOTE] = quote
    return Job(operations=operations, id=at, status=status(poll) or ("status",), links=links, price=price)


def status(poll: Candidate) -> Tokens | None:
    """Where a poll's answer has the state of the job: the name likeliest to be it, the least nested."""
    found = [
        (_STATUS.index(tokens[-1].lower()), len(tokens), tokens)
        for tokens, node in places(poll.answer)
        if tokens and tokens[-1].lower() in _STATUS and node.get("type", "string") not in ("object", "array")
    ]
    return min(found, key=lambda each: (each[1], each[0]))[2] if found else None


def places(schema: Mapping[str, Any], at: Tokens = ()) -> Iterator[tuple[Tokens, Mapping[str, Any]]]:
    """The members of an answer and of the objects in it; not those of arrays."""
    yield at, schema
    if len(at) < _DEPTH:
        for name, inner in schema.get("properties", {}).items():
            yield from places(inner, (*at, name))


def _pair(candidates: Sequence[Candidate], named: Mapping[Role, Candidate], where: str) -> tuple[Candidate, Candidate]:
    """The submission and its poll."""
    if Role.SUBMIT in named and Role.POLL in named:
        return named[Role.SUBMIT], named[Role.POLL]
    posts = [named[Role.SUBMIT]] if Role.SUBMIT in named else [each for each in candidates if _submits(each)]
    polls = [named[Role.POLL]] if Role.POLL in named else [each for each in candidates if status(each)]
    pairs = {each: poll for each in posts if (poll := _nearest(each, polls)) is not None}
    fitting = [each for each in pairs if "video" in each.words.lower()] or list(pairs)
    above = [each for each in fitting if all(_below(other, each) for other in fitting)]
    if len(above) == 1:
        return above[0], pairs[above[0]]
    if Role.SUBMIT in named:
        raise SpecError(
            f"no operation was found that polls what {named[Role.SUBMIT].name} starts",
            where=where,
            hint=f"Name it: --operation {named[Role.SUBMIT].name} poll=NAME. {_listed(candidates)}",
        )
    shown = fitting or [each for each in candidates if each.method == "post"] or candidates
    raise SpecError(
        "more than one operation looks like a submission" if fitting else "no operation looks like a submission",
        where=where,
        hint=f"Choose one: --operation NAME (and poll=NAME). {_listed(shown)}",
    )


def _listed(candidates: Sequence[Candidate]) -> str:
    more = f" and {len(candidates) - _SHOWN} more" if len(candidates) > _SHOWN else ""
    return f"There are: {', '.join(map(str, candidates[:_SHOWN])) or 'none'}{more}."


def _submits(each: Candidate) -> bool:
    return each.method == "post" and not each.parameters and bool(each.body.get("properties")) and bool(_ids(each))


def _ids(submit: Candidate) -> list[Tokens]:
    """Where a submission's answer may name the job: the least nested first, those called just id before others."""
    found = [
        tokens
        for tokens, node in places(submit.answer)
        if tokens
        and re.fullmatch(r"(?:.*_)?id|.*[a-z]Id", tokens[-1])
        and node.get("type", "string") not in ("object", "array", "boolean")
    ]
    return sorted(found, key=lambda tokens: (len(tokens), tokens[-1] != "id"))


def _nearest(submit: Candidate, polls: Sequence[Candidate]) -> Candidate | None:
    """The poll that takes the submission's id, of several the one whose path has most in common with it."""
    fitting = [each for each in polls if each is not submit and _taken(submit, each)]

    def common(poll: Candidate) -> int:
        mine, theirs = submit.path.strip("/").split("/"), poll.path.strip("/").split("/")
        return next(
            (n for n, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), min(len(mine), len(theirs))
        )

    return max(fitting, key=lambda each: (common(each), -len(each.path)), default=None)


def _below(path: Candidate, above: Candidate) -> bool:
    return path.path == above.path or path.path.startswith(f"{above.path.rstrip('/')}/")


def _taken(submit: Candidate, poll: Candidate) -> tuple[Tokens, Link] | None:
    """Where the id stands that a poll takes, and how; None where it takes none that the submission gives."""
    ids = _ids(submit)
    if poll.method == "get":
        if len(poll.parameters) != 1 or not poll.path.endswith("}"):
            return None
        name = poll.parameters[0]
        fitting = [each for each in ids if _alike(each[-1], name)] or [each for each in ids if each[-1] == "id"] or ids
        return (fitting[0], Link(parameters={name: _answered(fitting[0])})) if fitting else None
    if poll.method != "post" or poll.parameters:
        return None
    taken = next((each for each in ids if each[-1] in poll.body.get("properties", {})), None)
    if taken is None:
        return None
    sent = {}
    for name in dict.fromkeys((*poll.body.get("required", ()), taken[-1])):
        if name == taken[-1]:
            sent[name] = _answered(taken)
        elif name in submit.body.get("properties", {}):
            sent[name] = f"$request.body#{exact((name,))}"
        elif name in submit.answer.get("properties", {}):
            sent[name] = _answered((name,))
    return taken, Link(body=sent)


def _addressed(submit: Candidate, poll: Candidate) -> tuple[Tokens, Link]:
    """A poll that was named and takes no id of the submission's by its shape: the likeliest id in each place."""
    at = next(iter(_ids(submit)), ("id",))
    return at, Link(parameters=dict.fromkeys(poll.parameters, _answered(at)))


def _answered(tokens: Tokens) -> str:
    return f"$response.body#{exact(tokens)}"


def _alike(one: str, other: str) -> bool:
    return re.sub(r"\W|_", "", one).lower() == re.sub(r"\W|_", "", other).lower()


def _is_content(each: Candidate, poll: Candidate) -> bool:
    file = any(_FILES.match(kind) for kind in each.types)
    return each.method == "get" and file and _below(each, poll) and len(each.parameters) == len(poll.parameters)


def _is_complete(each: Candidate, poll: Candidate, link: Link) -> bool:
    if not _DELETES.search(f"{each.name} {each.path}") or status(each):
        return False
    if each.method == "delete":
        return each.path == poll.path
    members = each.body.get("properties", {})
    return each.method == "post" and not each.parameters and bool(link.body) and set(link.body) <= set(members)


def _is_catalogue(each: Candidate) -> bool:
    if each.method != "get" or each.parameters or "models" not in each.path.rpartition("/")[2].lower():
        return False
    lists = [each.answer, *each.answer.get("properties", {}).values()]
    return any("id" in (node.get("items") or {}).get("properties", {}) for node in lists)


def _quote(rest: Sequence[Candidate], submit: Candidate, named: Candidate | None) -> tuple[Candidate | None, Tokens]:
    """The operation that prices a submission, and where its answer has the price."""
    for each in [named] if named else rest:
        shared = set(each.body.get("properties", {})) & set(submit.body.get("properties", {}))
        numbers = [
            tokens
            for tokens, node in places(each.answer)
            if tokens and _PRICE.search(tokens[-1]) and node.get("type") in ("number", "integer")
        ]
        if numbers and (
            named or (each.method == "post" and not each.parameters and shared and _USD.search(each.words))
        ):
            return each, numbers[0]
    return None, ()
