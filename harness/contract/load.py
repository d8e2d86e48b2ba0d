"""From the files under ``specs/<provider>/`` to a Contract. The only reader of that folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator

from harness import document
from harness.claim import Claim, Kind, Level, PublicReport
from harness.contract import contradiction, dependency, lifecycle, narrowing, response, shape
from harness.contract.model import (
    MEANINGS,
    Answer,
    Capability,
    Contract,
    Document,
    Exclusion,
    Job,
    Model,
    Operation,
    Result,
    Role,
    State,
)
from harness.contract.sources import Sources
from harness.errors import SpecError, UnknownName, nearest
from harness.pointer import dotted, nest, parse

_PACKAGE = Path(__file__).resolve().parent.parent


def data_folder(name: str) -> Path:
    """``specs``, ``schemas`` or ``cassettes``: beside the package in a checkout, inside it in a wheel."""
    shipped = _PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name


def specs_folder() -> Path:
    """The folder of provider folders; ``HARNESS_SPECS`` names another one."""
    return Path(os.environ.get("HARNESS_SPECS") or data_folder("specs"))


def providers(folder: Path | None = None) -> list[str]:
    """The ids of all providers that have a contract, in alphabetical order."""
    return sorted(path.parent.name for path in (folder or specs_folder()).glob("*/provider.yaml"))


def load(provider: str, folder: Path | None = None) -> Contract:
    """The contract of one provider. Raises UnknownName or SpecError (file, place, remedy)."""
    return _load(provider, folder or specs_folder())


@cache
def _load(provider: str, folder: Path) -> Contract:
    known = providers(folder)
    if provider not in known:
        raise UnknownName("provider", provider, known, see="harness providers")
    return _Loader(folder / provider).contract()


def load_all(folder: Path | None = None) -> list[Contract]:
    """Every provider's contract."""
    return [load(provider, folder) for provider in providers(folder)]


@dataclass(frozen=True)
class _File:
    path: Path
    text: str
    content: Any

    def fault(self, message: str, *pointer: str | int, hint: str = "") -> SpecError:
        return SpecError(message, where=f"{self.path}:{document.line_of(self.text, pointer)}", hint=hint)


def read(path: Path, form: str | None = None) -> _File:
    """A data file, held against ``schemas/<form>.json`` if given; unknown keys are errors."""
    text = document.read_text(path, SpecError)
    parser = document.parse_json if path.suffix == ".json" else document.parse_yaml
    file = _File(path, text, parser(text, where=str(path), error=SpecError))
    if form:
        _check_form(file, form)
    return file


def _check_form(file: _File, form: str) -> None:
    schema = document.parse_json(
        document.read_text(data_folder("schemas") / f"{form}.json", SpecError), where=form, error=SpecError
    )
    errors = sorted(Draft202012Validator(schema).iter_errors(file.content), key=lambda e: list(map(str, e.path)))
    if not errors:
        return
    # A misspelt key is also a missing one: the key that is there says more.
    error = max(errors, key=lambda e: (len(e.path), e.validator == "additionalProperties"))
    path = list(error.path)
    if error.validator == "additionalProperties":
        allowed = error.schema.get("properties", {})
        unknown = next(key for key in error.instance if key not in allowed)
        close = nearest(unknown, allowed)
        hint = f"Did you mean {close!r}?" if close else f"Known: {', '.join(sorted(allowed))}."
        raise file.fault(f"unknown key {unknown!r}", *path, unknown, hint=hint)
    place = "/".join(map(str, path)) or "the document"
    raise file.fault(f"{place}: {error.message[:300]}", *path)


class _Loader:
    """Reads one provider's folder; every method adds one kind of claim."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_file = read(folder / "provider.yaml", "provider")
        self.data: Mapping[str, Any] = self.data_file.content
        self.provider = self.data["provider"]
        if self.provider != folder.name:
            raise self.data_file.fault(f"says provider {self.provider!r} in the folder {folder.name!r}", "provider")
        self.api_file = read(folder / "openapi.yaml")
        if not isinstance(self.api_file.content, dict) or not isinstance(self.api_file.content.get("paths"), dict):
            raise self.api_file.fault("is not a mapping with `paths`", hint="It is an OpenAPI 3.1 document.")
        self.api: Mapping[str, Any] = self._resolved(self.api_file.content)
        self.documents = {name: Document(name=name, **said) for name, said in self.data["documents"].items()}
        default = self.api.get("x-document")
        if not isinstance(default, str):
            raise self.api_file.fault(
                "has no x-document", hint="Name the document whose words x-source quotes by default."
            )
        self.sources = Sources(self.documents, default, str(self.api_file.path))
        self.quotes = Sources(self.documents, default, str(self.data_file.path))
        self.documented: dict[str, Mapping[str, Any]] = {}

    def contract(self) -> Contract:
        operations = {operation.id: operation for operation in self._operations()}
        for role, name in self.data["operations"].items():
            if name not in operations:
                raise UnknownName("operation", name, operations, where=f"{self.data_file.path} (operations/{role})")
        submit = operations[self.data["operations"]["submit"]]
        models = self._models()
        capabilities = {
            name: Capability(name=name, tokens=parse(said["field"]), encoding=said["encoding"])
            for name, said in self.data["capabilities"].items()
        }
        claims: dict[str, Claim] = {}
        for claim in self._claims(operations, submit, models, capabilities):
            if claim.id in claims:
                raise SpecError(
                    f"two claims have the id {claim.id}",
                    where=str(self.data_file.path),
                    hint="Give one of the two rules another id, or a narrowing row an `as`.",
                )
            if claim.rule == "pattern" and claim.schema is not None:
                self._compiled(claim)
            claims[claim.id] = claim
        self._attach_reports(claims)
        return Contract(
            provider=self.provider,
            title=self.data["title"],
            base_url=self.data["base_url"],
            key_variable=self.data["key"],
            documents=self.documents,
            operations=operations,
            job=self._job(),
            models=models,
            model_tokens=parse(self.data["models"]["field"]),
            default_model=self.data["models"]["default"],
            capabilities=capabilities,
            prices=self.data.get("prices", {}),
            claims=dict(sorted(claims.items())),
            exclusions=tuple(self._exclusions()),
            openapi=self.api,
        )

    def _compiled(self, claim: Claim) -> None:
        """A regular expression that is none would refuse every body: better to refuse the file."""
        try:
            jsonschema_rs.validator_for(dict(claim.schema or {}))
        except ValueError as fault:
            told = str(fault).partition("\n")[0]
            raise SpecError(f"{claim.id} cannot be compiled: {told}", where=str(self.api_file.path)) from None

    # The OpenAPI document

    def _resolved(self, node: Any, seen: tuple[str, ...] = ()) -> Any:
        if isinstance(node, list):
            return [self._resolved(each, seen) for each in node]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return {key: self._resolved(each, seen) for key, each in node.items()}
        if reference in seen:
            raise SpecError(f"the reference {reference} leads back to itself", where=str(self.api_file.path))
        target: Any = self.api_file.content
        for token in parse(reference.removeprefix("#")) if reference.startswith("#/") else ("",):
            if not isinstance(target, dict) or token not in target:
                raise SpecError(
                    f"the reference {reference!r} leads nowhere",
                    where=str(self.api_file.path),
                    hint=f"References start with '#/'. Known schemas: {', '.join(self._schema_names())}",
                )
            target = target[token]
        beside = {key: self._resolved(each, seen) for key, each in node.items() if key != "$ref"}
        return {**self._resolved(target, (*seen, reference)), **beside}

    def _schema_names(self) -> list[str]:
        return list(self.api_file.content.get("components", {}).get("schemas", {}))

    def _operations(self) -> Iterator[Operation]:
        roles = {name: Role(role) for role, name in self.data["operations"].items()}
        for path, item in self.api["paths"].items():
            for method in ("get", "post", "put", "patch", "delete"):
                if method not in item:
                    continue
                said = item[method]
                name = said.get("operationId")
                if not isinstance(name, str) or name in self.documented:
                    raise self.api_file.fault(
                        f"{method} {path} has no operationId of its own",
                        "paths",
                        path,
                        method,
                        hint="Claims and provider.yaml name operations by it.",
                    )
                self.documented[name] = said
                answers = dict(self._answers(name, said, ("paths", path, method)))
                body = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
                yield Operation(
                    id=name,
                    method=method.upper(),
                    path=path,
                    role=roles.get(name),
                    secured=bool(said.get("security", self.api.get("security"))),
                    body=body,
                    parameters=tuple(said.get("parameters", ())),
                    answers=answers,
                )

    def _answers(self, operation: str, said: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[tuple[int, Answer]]:
        meanings = set()
        for status, each in said.get("responses", {}).items():
            if not status.isdigit():
                raise self.api_file.fault(
                    f"{operation} has a response {status!r}",
                    *place,
                    "responses",
                    status,
                    hint="Write every documented status as a number: claims are made of what it means.",
                )
            answer = self._answer(operation, int(status), each)
            meanings.add(answer.meaning)
            yield answer.status, answer
        if "accepted" not in meanings:
            raise self.api_file.fault(
                f"{operation} has no answer with x-meaning accepted", *place, hint="Say which answer is the success."
            )

    def _answer(self, operation: str, status: int, said: Mapping[str, Any]) -> Answer:
        meaning = said.get("x-meaning")
        if meaning not in MEANINGS:
            raise SpecError(
                f"{operation} response {status} has x-meaning {meaning!r}",
                where=str(self.api_file.path),
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
        )

    # The data beside it

    def _models(self) -> dict[str, Model]:
        said = self.data["models"]
        file = read(self.folder / said["catalogue"])
        entries: dict[str, Model] = {}
        for number, entry in enumerate(file.content if isinstance(file.content, list) else [None]):
            name = entry.get("id") if isinstance(entry, dict) else None
            if not isinstance(name, str) or name in entries:
                fault = f"has the id {name!r} twice" if name in entries else "is not a list of objects with an `id`"
                raise file.fault(fault, number, hint="One object per model, as the provider's catalogue has it.")
            entries[name] = Model(id=name, entry=entry)
        if said["default"] not in entries:
            raise UnknownName("model", said["default"], entries, where=f"{self.data_file.path} (models/default)")
        return entries

    def _job(self) -> Job:
        said = self.data["job"]
        return Job(
            id=parse(said["id"]),
            status=parse(said["status"]),
            words={word: State(state) for word, state in said["words"].items()},
            results=tuple(
                Result(place=each["place"], tokens=parse(each.get("at", "")), authorized=each.get("authorized", False))
                for each in said["results"]
            ),
            error=parse(said.get("error", "")),
            progress=parse(said.get("progress", "")),
            poll_seconds=said["poll_seconds"],
            deadline_seconds=said["deadline_seconds"],
        )

    def _exclusions(self) -> Iterator[Exclusion]:
        for page in self._optional("inventory.yaml", "inventory"):
            for item in page["items"]:
                if "excluded" in item:
                    yield Exclusion(document=page["document"], quote=item["says"], reason=item["excluded"])

    def _optional(self, name: str, form: str) -> list[Any]:
        path = self.folder / name
        return list(read(path, form).content) if path.exists() else []

    # Claims

    def _claims(
        self,
        operations: Mapping[str, Operation],
        submit: Operation,
        models: Mapping[str, Model],
        capabilities: Mapping[str, Capability],
    ) -> Iterator[Claim]:
        for operation in operations.values():
            if operation.body is not None:
                yield from shape.claims(self._place(operation), operation.body)
            yield from response.claims(self.provider, operation, self.documented[operation.id], self.sources)
        yield from self._narrowing(submit, models)
        yield from self._dependencies(operations, models)
        yield from self._life(operations, submit, capabilities)
        found = contradiction.computed(self.provider, self.data, self.api, operations, models, self.sources)
        stated = contradiction.stated(
            self.provider, self._optional("contradictions.yaml", "contradictions"), self.quotes
        )
        yield from contradiction.merged(found, stated)

    def _place(self, operation: Operation) -> shape.Place:
        return shape.Place(
            prefix=f"{self.provider}.{operation.id}",
            operation=operation.id,
            kind=Kind.SHAPE,
            check="request",
            sources=self.sources,
        )

    def _narrowing(self, submit: Operation, models: Mapping[str, Model]) -> Iterator[Claim]:
        said = self.data["models"]
        field = parse(said["field"])
        source = self.quotes.quote(said["source"], "models/source")
        prefix = f"{self.provider}.{submit.id}"
        if "enum" not in (shape.schema_at(submit.body or {}, field) or {}):
            yield Claim(
                id=f"{prefix}.{dotted(field)}.unknown",
                operation=submit.id,
                kind=Kind.MODEL,
                rule="unknown",
                tokens=field,
                statement="a model id that no catalogue lists is refused",
                source=source,
                check="request",
                schema=nest(field, {"if": {"type": "string"}, "then": {"not": {"pattern": "no-such-model"}}}),
                refusals=frozenset({"invalid", "not-found"}),
            )
        for name in models:
            yield Claim(
                id=f"{prefix}.{dotted(field)}.serves@{name}",
                operation=submit.id,
                kind=Kind.CAPABILITY,
                rule="serves",
                tokens=field,
                model=name,
                statement=f"the model {name}, which the catalogue lists, accepts a valid request",
                source=source,
                check="serves",
            )
        rows = said["narrows"]
        for number, row in enumerate(rows):
            tokens = parse(row["field"])
            base = shape.schema_at(submit.body or {}, tokens)
            if base is None:
                raise self.data_file.fault(
                    f"{row['field']} is no field of {submit.id}", "models", "narrows", number, "field"
                )
            for model in models.values():
                if not narrowing.applies(row, model):
                    continue
                for rule, value, schema in narrowing.narrowed(row, model, base):
                    named = row.get("as", rule)
                    yield Claim(
                        id=f"{prefix}.{dotted(tokens)}.{named}@{model.id}",
                        operation=submit.id,
                        kind=Kind(row.get("kind", "model")),
                        rule=named,
                        tokens=tokens,
                        model=model.id,
                        statement=_narrowed_statement(dotted(tokens), rule, value, model.id),
                        source=self.quotes.quote(row["source"], f"models/narrows/{number}"),
                        check="request",
                        schema=schema,
                        parameters={"value": value, "narrows": rule, "table": number},
                        level=Level(row.get("level", "MUST")),
                    )

    def _dependencies(self, operations: Mapping[str, Operation], models: Mapping[str, Model]) -> Iterator[Claim]:
        for number, said in enumerate(self.data.get("dependencies", ())):
            place = f"dependencies/{number}"
            operation = said.get("operation", self.data["operations"]["submit"])
            if operation not in operations:
                raise UnknownName("operation", operation, operations, where=f"{self.data_file.path} ({place})")
            try:
                schema = {"if": {"type": "object"}, "then": dependency.RULES[said["rule"]](said)}
                jsonschema_rs.validator_for(schema)  # see _compiled
            except (KeyError, ValueError, TypeError) as fault:
                told = str(fault).partition("\n")[0]
                raise self.data_file.fault(
                    f"{place}: cannot be compiled: {told}",
                    "dependencies",
                    number,
                    hint="specs/README.md lists what each rule needs.",
                ) from None
            tokens = parse(said["field"])
            chosen = [m.id for m in models.values() if narrowing.applies(said, m)] if "models" in said else [None]
            for model in chosen:
                at = f"@{model}" if model else ""
                yield Claim(
                    id=f"{self.provider}.{operation}.{dotted(tokens)}.{said['id']}{at}",
                    operation=operation,
                    kind=Kind(said.get("kind", "dependency")),
                    rule=said["id"],
                    tokens=tokens,
                    model=model,
                    statement=said["statement"],
                    source=self.quotes.quote(said["source"], place),
                    check="request",
                    schema=schema,
                    parameters={**said, "rule": said["rule"]},
                    level=Level(said.get("level", "MUST")),
                    refusals=frozenset(said.get("refusals", ("invalid",))),
                    ignored=said.get("ignored", False),
                    history=self.quotes.history(
                        {"x-history": [{"rule": "*", **h} for h in said.get("history", ())]}, "*", place
                    ),
                )

    def _life(
        self, operations: Mapping[str, Operation], submit: Operation, capabilities: Mapping[str, Capability]
    ) -> Iterator[Claim]:
        job = self.data["job"]
        poll = operations[self.data["operations"]["poll"]]
        source = self.quotes.quote(job["source"], "job/source")
        yield from lifecycle.claims(self.provider, submit, poll, job, job["words"], source)
        said = self.data["capabilities"]
        quoted = {name: self.quotes.quote(each["source"], f"capabilities/{name}") for name, each in said.items()}
        visible = {name: each for name, each in capabilities.items() if said[name].get("delivered", True)}
        file = self.quotes.quote(job["file"], "job/file")
        yield from lifecycle.media(self.provider, submit, visible, quoted, file)

    def _attach_reports(self, claims: dict[str, Claim]) -> None:
        path = self.folder / "reported.yaml"
        for number, said in enumerate(self._optional("reported.yaml", "reported")):
            report = PublicReport(**{k: v for k, v in said.items() if k != "claims"})
            for name in said["claims"]:
                if name not in claims:
                    raise UnknownName("claim", name, claims, where=f"{path} (entry {number + 1})")
                claims[name] = replace(claims[name], reported=(*claims[name].reported, report))


def _narrowed_statement(field: str, rule: str, value: Any, model: str) -> str:
    shown = ", ".join(map(str, value)) if isinstance(value, list) else value
    match rule:
        case "enum":
            return f"with {model}, `{field}` is one of {shown}"
        case "forbidden":
            return f"{model} does not take `{field}`"
        case "required":
            return f"{model} needs `{field}`"
        case "not-value":
            return f"{model} refuses {value!r} for `{field}`"
        case _:
            return f"with {model}, `{field}` has {rule} {shown}"
