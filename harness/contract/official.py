"""A provider's own OpenAPI document as a revision: the same claims, with the same ids, as from our specs.

The document is rewritten as one of ours (foreign.py makes its schemas plain; every answer is given its meaning)
and goes through the loader and the claim generators that our own specs go through. What it says of path and query
parameters, headers and examples becomes no claim there, and so none here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.claim import Claim, Kind
from harness.contract import response, shape
from harness.contract.files import DataFile
from harness.contract.foreign import UNREAD, Reader
from harness.contract.model import Contract, Document, Operation
from harness.contract.openapi import OpenAPI
from harness.contract.revision import Revision
from harness.contract.schemas import without_notes
from harness.contract.sources import Sources
from harness.json_text import canonical
from harness.pointer import dotted, nest

#: The rule of a claim that a place has one of several forms, or that of a reference nobody can follow.
FORM = "form"
METHODS = ("get", "post", "put", "patch", "delete")
#: What a status means where no contract of ours says it; others mean what their hundred does.
_MEANS: Mapping[int, str] = {
    401: "unauthenticated",
    402: "payment",
    403: "forbidden",
    404: "not-found",
    409: "conflict",
    413: "too-large",
    429: "rate-limited",
    502: "upstream",
    503: "unavailable",
}
_HUNDREDS: Mapping[int, str] = {2: "accepted", 4: "invalid", 5: "server-error"}
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def official(
    content: Mapping[str, Any],
    *,
    provider: str,
    contract: Contract | None,
    path: Path,
    date: str = "",
    excerpt: bool = False,
) -> Revision:
    """A revision from an OpenAPI document.

    ``contract`` is ours of the same provider, where there is one: it says what operations are called, what they
    are for and what their statuses mean. ``excerpt``: the document is a part of one, and not saying that an
    operation needs a key means nothing.
    """
    rewriter = Rewriter(content, contract, str(path), excerpt)
    name = path.name
    info = content.get("info") if isinstance(content.get("info"), Mapping) else {}
    date = date or str((info or {}).get("version", ""))
    paths = rewriter.paths()
    api = OpenAPI(DataFile(path, "", {"x-document": name, "paths": paths}))
    roles = {o.id: o.role for o in contract.operations.values() if o.role} if contract else {}
    sources = Sources({name: Document(name=name, title=name, revision=date)}, name, str(path))
    operations = {each.id: each for each in api.operations(roles)}
    claims: dict[str, Claim] = {}
    for operation in operations.values():
        for claim in _claims(provider, operation, api, sources, rewriter):
            if claim.id in claims:
                rewriter.reader.note(f"{claim.id} stands for two rules: the first is compared")
            claims.setdefault(claim.id, claim)
    return Revision(
        name=name, date=date, operations=operations, claims=dict(sorted(claims.items())), notes=rewriter.reader.notes
    )


def _claims(provider: str, operation: Operation, api: OpenAPI, sources: Sources, rewriter: Rewriter) -> Iterator[Claim]:
    prefix = f"{provider}.{operation.id}"
    if operation.body is not None:
        place = shape.Place(prefix=prefix, operation=operation.id, kind=Kind.SHAPE, check="request", sources=sources)
        yield from shape.claims(place, operation.body)
        yield from _combined(place, operation.body)
    if operation.id in rewriter.unanswered:
        return
    yield from response.claims(provider, operation, api.documented[operation.id], sources)
    for status, answer in operation.answers.items():
        refused = answer.meaning != "accepted"
        place = shape.Place(
            prefix=f"{prefix}.{answer.meaning}",
            operation=operation.id,
            kind=Kind.REFUSAL if refused else Kind.RESPONSE,
            check="response",
            sources=sources,
            parameters={"status": status},
        )
        yield from _combined(place, answer.content.get("application/json", {}))


def _combined(place: shape.Place, schema: Mapping[str, Any]) -> Iterator[Claim]:
    """Where one of several forms is allowed; our own specs say such things as dependencies."""
    for tokens, node in shape.nodes(schema):
        keyword = next((each for each in ("anyOf", "oneOf", UNREAD) if each in node), None)
        if keyword is None:
            continue
        where = f"{place.prefix}.{dotted(tokens)}"
        source = place.sources.of(node, keyword, where)
        named = source.quote.partition(": ")[2].removeprefix("#/components/schemas/")
        yield Claim(
            id=f"{where}.{FORM}",
            operation=place.operation,
            kind=place.kind,
            rule=FORM,
            tokens=tokens,
            statement=f"`{dotted(tokens)}` has the form of {named}",
            source=source,
            check=place.check,
            # Our plain forms overlap where the documented ones need not: one of them is all that can be asked.
            schema=nest(
                tokens, {"anyOf": [without_notes(each) for each in node[keyword]]} if keyword != UNREAD else {}
            ),
            parameters={**(place.parameters or {}), "value": forms(node)},
        )


def forms(node: Mapping[str, Any]) -> list[str]:
    """The forms that a place may have, each as a text that is equal for equal ones; a reference as its name."""
    listed = next((node[each] for each in ("anyOf", "oneOf") if each in node), [node])
    return [each[UNREAD] if UNREAD in each else canonical(without_notes(each)) for each in listed]


class Rewriter:
    """The paths of a foreign document as our loader reads them.

    ``illustrated``: with the documented examples and defaults of every schema.
    """

    def __init__(
        self,
        content: Mapping[str, Any],
        contract: Contract | None,
        where: str,
        excerpt: bool,
        *,
        illustrated: bool = False,
    ) -> None:
        self.content, self.contract, self.excerpt = content, contract, excerpt
        self.reader = Reader(content, where, illustrated=illustrated)
        self.unanswered: set[str] = set()
        self._names: set[str] = set()

    def paths(self) -> dict[str, dict[str, Any]]:
        made: dict[str, dict[str, Any]] = {}
        given = self.content.get("paths")
        for path, said in given.items() if isinstance(given, Mapping) else ():
            item = self.reader.resolved(said)
            for method in METHODS:
                if isinstance(item.get(method), Mapping):
                    made.setdefault(path, {})[method] = self._operation(path, method, item[method])
        return made

    def _operation(self, path: str, method: str, said: Mapping[str, Any]) -> dict[str, Any]:
        name, ours = self._name(path, method, said)
        made: dict[str, Any] = {"operationId": name, "security": [{"key": []}] if self._secured(said, ours) else []}
        body = self._schema_of(self.reader.resolved(said.get("requestBody")), name)
        if body is not None:
            made["requestBody"] = {"content": {"application/json": {"schema": body}}}
        made["responses"] = dict(self._answers(name, ours, said.get("responses")))
        if not any(each["x-meaning"] == "accepted" for each in made["responses"].values()):
            self.unanswered.add(name)
            self.reader.note(f"{name} documents no success by number: its answers are not compared")
            made["responses"] = {"200": {"x-meaning": "accepted", "x-source": name}}
        return made

    def _name(self, path: str, method: str, said: Mapping[str, Any]) -> tuple[str, Operation | None]:
        known = self.contract.operations if self.contract else {}
        ours = next((o for o in known.values() if (o.method, o.path) == (method.upper(), path)), None)
        given = said.get("operationId")
        name = ours.id if ours else given if isinstance(given, str) and given else f"{method} {path}"
        name = re.sub(r"\W+", "_", name).strip("_") or method
        if name in self._names:
            name = re.sub(r"\W+", "_", f"{method} {path}").strip("_")
            while name in self._names:
                name += "_"
        self._names.add(name)
        return name, ours or known.get(name)

    def _secured(self, said: Mapping[str, Any], ours: Operation | None) -> bool:
        for security in (said.get("security"), self.content.get("security")):
            if isinstance(security, list):
                return bool(security) and {} not in security
        return self.excerpt and (ours is None or ours.secured)

    def _schema_of(self, body: Mapping[str, Any], name: str) -> dict[str, Any] | None:
        """The JSON body; a form where there is no JSON one."""
        content = body.get("content")
        if not isinstance(content, Mapping):
            return None
        types = {_media_type(each): said for each, said in content.items()}
        chosen = next((each for each in ("application/json", *_FORMS) if each in types), None)
        if chosen is None:
            return None
        if chosen in _FORMS:
            self.reader.note(f"{name} takes {chosen}: its fields are compared as those of a JSON body")
        said = types[chosen]
        return self.reader.schema(said.get("schema"), name) if isinstance(said, Mapping) else {}

    def _answers(self, name: str, ours: Operation | None, said: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        """Answers by status. Claims are named for meanings, so of two that mean the same the first is compared."""
        meant: dict[str, str] = {}
        given = said if isinstance(said, Mapping) else {}
        for status in sorted(given, key=str):
            if not re.fullmatch("[245][0-9][0-9]", status):
                self.reader.note(f"{name}: the answer {status!r} is not compared")
                continue
            answer = self.reader.resolved(given[status])
            documented = ours.answers.get(int(status)) if ours else None
            meaning = documented.meaning if documented else self.meaning(name, int(status), answer, meant)
            if meaning in meant:
                self.reader.note(f"{name}: {status} means {meaning!r} like {meant[meaning]}, which is compared")
                continue
            meant[meaning] = status
            content = answer.get("content")
            yield (
                status,
                {
                    "x-meaning": meaning,
                    "x-source": str(answer.get("description") or status),
                    "content": {
                        _media_type(kind): {"schema": self._answered(each, f"{name}.{meaning}")}
                        for kind, each in (content.items() if isinstance(content, Mapping) else ())
                    },
                },
            )

    def meaning(self, name: str, status: int, answer: Mapping[str, Any], meant: Mapping[str, str]) -> str:
        """What a status means that no contract of ours knows; ``meant``: what others of the operation mean."""
        return _MEANS.get(status, _HUNDREDS[status // 100])

    def _answered(self, content: Any, place: str) -> dict[str, Any]:
        return self.reader.schema(content.get("schema") if isinstance(content, Mapping) else None, place)


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip().lower()
