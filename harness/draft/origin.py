"""The official document that a draft is made from: its operations, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.contract.model import Operation
from harness.contract.official import Rewriter
from harness.draft.job import Candidate
from harness.draft.plainly import Plainly
from harness.json_text import canonical

#: Characters of a quote, of a title or a version.
QUOTE, TITLE = 200, 100
#: What stands for every status that is not named, and those that are written out for it.
RANGES: Mapping[str, tuple[str, ...]] = {
    "4XX": ("400", "401", "404", "429"),
    "5XX": ("500",),
    "default": ("400", "401", "404", "429", "500"),
}
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[^\s?#{}]*)?")
#: Meanings told by the words of an answer, for statuses that say less.
_TOLD: Sequence[tuple[str, str]] = (
    ("content-policy", r"content polic|moderat|safety|violat"),
    ("consent", r"consent"),
    ("too-large", r"too large|payload|exceeds? .*size"),
    ("payment", r"insufficient|credit|balance|billing|quota"),
    ("rate-limited", r"rate limit|too many"),
    ("unavailable", r"capacity|overload|unavailable|try again"),
    ("not-found", r"not found|no such"),
    ("forbidden", r"forbidden|permission|region"),
)
#: For a second status of one meaning: what refuses no probed value and blames nobody.
_OTHERWISE = {4: ("conflict", "forbidden", "unavailable"), 5: ("upstream", "unavailable", "server-error")}


class _Rewriter(Rewriter):
    """Gives every status a meaning of its own: one that the contract does not list would be called undocumented.

    ``default`` and ``4XX`` document every status that is not named; the usual ones are written out.
    """

    def _answers(self, name: str, ours: Operation | None, said: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        if isinstance(said, Mapping):
            usual = {
                status: said[key]
                for key, statuses in RANGES.items()
                for status in statuses
                if key in said and status not in said
            }
            said = {**said, **usual}
        return super()._answers(name, ours, said)

    def meaning(self, name: str, status: int, answer: Mapping[str, Any], meant: Mapping[str, str]) -> str:
        usual = super().meaning(name, status, answer, meant)
        text = f"{answer.get('description', '')} {canonical(answer.get('content', {}))[:2000]}".lower()
        told = next((each for each, pattern in _TOLD if re.search(pattern, text)), None)
        if status in (409, 422) and told in ("content-policy", "consent") and told not in meant:
            return told
        if usual not in meant or usual == "accepted":
            return usual
        others = [each for each in (told, *_OTHERWISE.get(status // 100, ())) if each is not None]
        return next((each for each in others if each not in meant), usual)


class Origin:
    """One OpenAPI 3 document. ``paths`` are its operations as our loader reads them. Raises SpecError for another."""

    def __init__(self, content: Mapping[str, Any], path: Path) -> None:
        self.content, self.path = content, path
        self._rewriter = _Rewriter(content, None, str(path), False, illustrated=True)
        self.paths = self._rewriter.paths()

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be read of it."""
        return self._rewriter.reader.notes

    def operation(self, each: Candidate) -> Mapping[str, Any]:
        """An operation as our loader reads it."""
        said: Mapping[str, Any] = self.paths[each.path][each.method]
        return said

    def written(self, path: str, method: str) -> Mapping[str, Any]:
        """An operation as it stands in the document."""
        said = self._rewriter.reader.resolved(self.content["paths"][path]).get(method)
        return said if isinstance(said, Mapping) else {}

    def candidates(self) -> list[Candidate]:
        """Every operation, with what its part in a job is told by."""
        return [self._candidate(path, method) for path, item in self.paths.items() for method in item]

    def _candidate(self, path: str, method: str) -> Candidate:
        said, raw = self.paths[path][method], self.written(path, method)
        tags = raw.get("tags")
        told = [path, said["operationId"], raw.get("summary"), raw.get("description")]
        accepted = next(each for each in said["responses"].values() if each["x-meaning"] == "accepted")
        content = accepted.get("content", {})
        return Candidate(
            name=said["operationId"],
            method=method,
            path=path,
            words=" ".join(
                each
                for each in (*told, *(tags if isinstance(tags, list) else ()), accepted.get("x-source"))
                if isinstance(each, str)
            ),
            body=Plainly().answer(request_schema(said) or {}),
            answer=Plainly().answer(content.get("application/json", {}).get("schema", {})),
            types=tuple(content),
        )

    def kinds(self, each: Candidate) -> list[str]:
        """The media types that an operation's request may have."""
        return [kind[:TITLE] for kind in self._taken(each)]

    def _taken(self, each: Candidate) -> Mapping[str, Any]:
        body = self._rewriter.reader.resolved(self.written(each.path, each.method).get("requestBody"))
        content = body.get("content")
        return content if isinstance(content, Mapping) else {}

    def bodies(self, each: Candidate) -> Iterator[Mapping[str, Any]]:
        """Whole request bodies that the document gives as examples."""
        for said in self._taken(each).values():
            if not isinstance(said, Mapping):
                continue
            schema, named = said.get("schema"), said.get("examples")
            several = named.values() if isinstance(named, Mapping) else ()
            found = [said.get("example"), *(one.get("value") for one in several if isinstance(one, Mapping))]
            found += [self._rewriter.reader.resolved(schema).get("example")]
            yield from (body for body in found if isinstance(body, Mapping))

    def secured(self, each: Candidate) -> bool:
        """Whether a key is needed. Where the document says nothing, it is, since the other would be a claim."""
        for security in (self.written(each.path, each.method).get("security"), self.content.get("security")):
            if isinstance(security, list):
                return bool(security) and {} not in security
        return True

    def quote(self, each: Candidate) -> str:
        """What the document says of an operation; method and path where it says nothing."""
        raw = self.written(each.path, each.method)
        told = next((raw[k] for k in ("description", "summary") if isinstance(raw.get(k), str) and raw[k].strip()), "")
        return (" ".join(told.split()) or f"{each.method.upper()} {each.path}")[:QUOTE]

    def said(self, name: str) -> str:
        """``title`` or ``version`` of the document; "" where it has none."""
        info = self.content.get("info")
        found = info.get(name) if isinstance(info, Mapping) else None
        return str(found).strip()[:TITLE] if isinstance(found, (str, int, float)) else ""

    @property
    def base_url(self) -> str | None:
        """The first server with a whole address, its variables at their defaults."""
        servers = self.content.get("servers")
        for server in servers if isinstance(servers, list) else ():
            url = str(server.get("url", "")) if isinstance(server, Mapping) else ""
            variables = server.get("variables") if isinstance(server, Mapping) else None
            for name, said in variables.items() if isinstance(variables, Mapping) else ():
                url = url.replace(f"{{{name}}}", str(said.get("default", "")) if isinstance(said, Mapping) else "")
            if _URL.fullmatch(url):
                return url.rstrip("/")
        return None

    @property
    def schemes(self) -> list[Mapping[str, Any]]:
        """How keys are sent, as declared."""
        components = self.content.get("components")
        given = components.get("securitySchemes") if isinstance(components, Mapping) else None
        return [each for each in given.values() if isinstance(each, Mapping)] if isinstance(given, Mapping) else []


def request_schema(operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of an operation's request, as our loader reads it."""
    content = operation.get("requestBody", {}).get("content", {})
    found: Mapping[str, Any] | None = content.get("application/json", {}).get("schema")
    return found
