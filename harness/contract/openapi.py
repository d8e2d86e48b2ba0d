"""Operations, as a provider's OpenAPI document has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from harness.contract.files import DataFile
from harness.contract.model import MEANINGS, Answer, Answers, Operation, Role
from harness.errors import SpecError
from harness.pointer import parse


class OpenAPI:
    """One document: ``content`` has its references resolved, ``documented`` the operation objects by id."""

    def __init__(self, file: DataFile) -> None:
        if not isinstance(file.content, dict) or not isinstance(file.content.get("paths"), dict):
            raise file.fault("is not a mapping with `paths`", hint="It is an OpenAPI 3.1 document.")
        self.file = file
        self.content: Mapping[str, Any] = self._resolved(file.content)
        self.documented: dict[str, Mapping[str, Any]] = {}
        default = self.content.get("x-document")
        if not isinstance(default, str):
            raise file.fault("has no x-document", hint="Name the document whose words x-source quotes by default.")
        self.default_document = default

    def _resolved(self, node: Any, seen: tuple[str, ...] = ()) -> Any:
        if isinstance(node, list):
            return [self._resolved(each, seen) for each in node]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return {key: self._resolved(each, seen) for key, each in node.items()}
        if reference in seen:
            raise SpecError(f"the reference {reference} leads back to itself", where=str(self.file.path))
        target: Any = self.file.content
        for token in parse(reference.removeprefix("#")) if reference.startswith("#/") else ("",):
            if not isinstance(target, dict) or token not in target:
                raise SpecError(
                    f"the reference {reference!r} leads nowhere",
                    where=str(self.file.path),
                    hint=f"References start with '#/'. Known schemas: {', '.join(self._schema_names())}",
                )
            target = target[token]
        beside = {key: self._resolved(each, seen) for key, each in node.items() if key != "$ref"}
        return {**self._resolved(target, (*seen, reference)), **beside}

    def _schema_names(self) -> list[str]:
        return list(self.file.content.get("components", {}).get("schemas", {}))

    def operations(self, roles: Mapping[str, Role]) -> Iterator[Operation]:
        """Every operation; ``roles`` by operation id."""
        for path, item in self.content["paths"].items():
            for method in ("get", "post", "put", "patch", "delete"):
                if method not in item:
                    continue
                said = item[method]
                name = said.get("operationId")
                if not isinstance(name, str) or name in self.documented:
                    raise self.file.fault(
                        f"{method} {path} has no operationId of its own",
                        "paths",
                        path,
                        method,
                        hint="Claims and provider.yaml name operations by it.",
                    )
                self.documented[name] = said
                answers = self._answers(name, said, ("paths", path, method))
                body = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
                yield Operation(
                    id=name,
                    method=method.upper(),
                    path=path,
                    role=roles.get(name),
                    secured=bool(said.get("security", self.content.get("security"))),
                    body=body,
                    parameters=tuple(said.get("parameters", ())),
                    answers=answers,
                )

    def _answers(self, operation: str, said: Mapping[str, Any], place: tuple[str, ...]) -> Answers:
        exact: dict[int, Answer] = {}
        ranges = []
        for status, each in said.get("responses", {}).items():
            if not re.fullmatch("[1-5]([0-9][0-9]|XX)", status):
                raise self.file.fault(
                    f"{operation} has a response {status!r}",
                    *place,
                    "responses",
                    status,
                    hint="Write every documented status as a number, or as a range like 5XX: claims are made of them.",
                )
            if status.isdigit():
                exact[int(status)] = self._answer(operation, int(status), each)
            else:
                ranges.append(self._answer(operation, int(status[0]) * 100, each, status))
        free = [replace(each, status=next(n for n in count(each.status) if n not in exact)) for each in ranges]
        answers = Answers(exact, free)
        if not any(answer.meaning == "accepted" for answer in answers.values()):
            raise self.file.fault(
                f"{operation} has no answer with x-meaning accepted", *place, hint="Say which answer is the success."
            )
        return answers

    def _answer(self, operation: str, status: int, said: Mapping[str, Any], written: str = "") -> Answer:
        meaning = said.get("x-meaning")
        if meaning not in MEANINGS:
            raise SpecError(
                f"{operation} response {written or status} has x-meaning {meaning!r}",
                where=str(self.file.path),
                hint=f"One of: {', '.join(sorted(MEANINGS))}.",
            )
        content = {name: each.get("schema", {}) for name, each in said.get("content", {}).items()}
        examples = tuple(
            example.get("value") if "value" in example else example
            for each in said.get("content", {}).values()
            for example in each.get("examples", {}).values()
        )
        return Answer(
            status=status,
            meaning=meaning,
            content=content,
            headers=said.get("headers", {}),
            examples=examples,
            links=said.get("links", {}),
            range=written,
        )
