"""From the files under ``specs/<provider>/`` that a contract is made of to a Contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import jsonschema_rs

from harness.claim import Claim, Contradicted, Kind, PublicReport
from harness.contract import (
    contradiction,
    delivered,
    dependency,
    lifecycle,
    money,
    narrowing,
    promises,
    response,
    shape,
    webhook,
)
from harness.contract.families import family_of
from harness.contract.files import DataFile, read
from harness.contract.model import (
    Capability,
    Contract,
    Document,
    Exclusion,
    Job,
    Manners,
    Model,
    Money,
    Operation,
    Promises,
    Result,
    Role,
    State,
    Stated,
    Webhook,
)
from harness.contract.openapi import OpenAPI
from harness.contract.sources import Sources
from harness.errors import SpecError, UnknownName, nearest
from harness.folders import specs_folder
from harness.pointer import Tokens, parse


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


class _Loader:
    """Reads one provider's folder; every method adds one kind of claim."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[str, str] = {}
        self.data_file = self._read("provider.yaml", "provider")
        self.data: Mapping[str, Any] = self.data_file.content
        self.provider = self.data["provider"]
        if self.provider != folder.name:
            raise self.data_file.fault(f"says provider {self.provider!r} in the folder {folder.name!r}", "provider")
        self.api = OpenAPI(self._read("openapi.yaml"))
        self.documents = {name: Document(name=name, **said) for name, said in self.data["documents"].items()}
        default = self.api.default_document
        self.sources = Sources(self.documents, default, str(self.api.file.path))
        self.quotes = Sources(self.documents, default, str(self.data_file.path))

    def contract(self) -> Contract:
        roles = {name: Role(role) for role, name in self.data["operations"].items()}
        operations = {operation.id: operation for operation in self.api.operations(roles)}
        for role, name in self.data["operations"].items():
            if name not in operations:
                raise UnknownName("operation", name, operations, where=f"{self.data_file.path} (operations/{role})")
        submit = operations[self.data["operations"]["submit"]]
        models = self._models(submit)
        capabilities = self._capabilities(submit)
        sent = self._webhook(submit, capabilities)
        promised = promises.described(self.data.get("life", {}), capabilities, self.data_file)
        bills = self._money(submit)
        claims: dict[str, Claim] = {}
        made = self._claims(operations, submit, models, capabilities, sent, promised)
        for claim in chain(made, self._bills(operations, submit, bills)):
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
        self._attach_contradictions(claims)
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
            stated=self._stated(),
            prices=self.data.get("prices", {}),
            manners=self._manners(),
            claims=dict(sorted(claims.items())),
            exclusions=tuple(self._exclusions()),
            openapi=self.api.content,
            folder=self.folder.parent,
            texts=self.texts,
            webhook=sent,
            promises=promised,
            money=bills,
        )

    def _compiled(self, claim: Claim) -> None:
        """A regular expression that is none would refuse every body: better to refuse the file."""
        try:
            jsonschema_rs.validator_for(dict(claim.schema or {}))
        except ValueError as fault:
            told = str(fault).partition("\n")[0]
            raise SpecError(f"{claim.id} cannot be compiled: {told}", where=str(self.api.file.path)) from None

    # The data beside it

    def _models(self, submit: Operation) -> dict[str, Model]:
        said = self.data["models"]
        file = self._read(said["catalogue"])
        entries: dict[str, Model] = {}
        for number, entry in enumerate(file.content if isinstance(file.content, list) else [None]):
            name = entry.get("id") if isinstance(entry, dict) else None
            if not isinstance(name, str) or name in entries:
                fault = f"has the id {name!r} twice" if name in entries else "is not a list of objects with an `id`"
                raise file.fault(fault, number, hint="One object per model, as the provider's catalogue has it.")
            model = Model(id=name, entry=entry, family=family_of(name, self.folder.parent))
            rows = said["narrows"]
            open_ends = tuple(narrowing.undecided(rows, model, submit))
            entries[name] = replace(model, unsaid=narrowing.unsaid(rows, model), undecided=open_ends)
        if said["default"] not in entries:
            raise UnknownName("model", said["default"], entries, where=f"{self.data_file.path} (models/default)")
        return entries

    def _capabilities(self, submit: Operation) -> dict[str, Capability]:
        """The axes with their fields, each of which must be one of the submission's."""
        found: dict[str, Capability] = {}
        for name, said in self.data["capabilities"].items():
            field = parse(said["field"])
            self._known_field(submit, field, "capabilities", name, "field")
            for member in said.get("has", ()):
                self._known_field(submit, (*field, "*", member), "capabilities", name, "has", member)
            url = parse(said.get("url", ""))
            self._known_field(submit, (*field, "*", *url) if url else field, "capabilities", name, "url")
            found[name] = Capability(
                name=name,
                tokens=field,
                encoding=said["encoding"],
                source=self.quotes.quote(said["source"], f"capabilities/{name}"),
                like=said.get("has", {}),
                url=url,
                partly=said.get("partly", False),
            )
        return found

    def _known_field(self, submit: Operation, tokens: Tokens, *place: str) -> None:
        """Raises SpecError for a place that the submission does not have: file, line, the nearest that it has."""
        body = submit.body or {}
        if shape.schema_at(body, tokens) is not None:
            return
        depth = next(n for n in range(len(tokens)) if shape.schema_at(body, tokens[: n + 1]) is None)
        parent = shape.schema_at(body, tokens[:depth]) or {}
        close = nearest(tokens[depth], parent.get("properties", {}))
        raise self.data_file.fault(
            f"{'/'.join(place)}: /{'/'.join(tokens)} is not a field of {submit.id}",
            *place,
            hint=f"Did you mean /{'/'.join((*tokens[:depth], close))}?" if close else "See openapi.yaml.",
        )

    def _stated(self) -> dict[str, Stated]:
        """What is said of axes without a field, and of the prices."""
        found = {}
        for name, said in self.data.get("stated", {}).items():
            if name in self.data["capabilities"]:
                raise self.data_file.fault(f"stated: {name} has a field under `capabilities`", "stated", name)
            source = self.quotes.quote(said["source"], f"stated/{name}")
            found[name] = Stated(says=said["says"], unclear=said.get("unclear", False), source=source)
        prices = self.data.get("prices", {})
        if "source" in prices:
            source = self.quotes.quote(prices["source"], "prices/source")
            found["price"] = Stated(says=prices.get("note", ""), unclear=False, source=source)
        return found

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
            cost=parse(said["cost"]) if "cost" in said else None,
            last_frame=parse(said["last_frame"]["within"]) if "last_frame" in said else None,
        )

    def _manners(self) -> Manners:
        said = self.data.get("manners", {})
        lockout = said.get("lockout", {})
        return Manners(
            per_minute=said.get("per_minute", {}),
            failures=lockout.get("failures", 0),
            failure_seconds=lockout.get("seconds", 0.0),
            jobs=said.get("jobs", 1),
        )

    def _webhook(self, submit: Operation, capabilities: Mapping[str, Capability]) -> Webhook | None:
        if "webhook" not in self.data:
            return None
        documented = self.api.documented[submit.id]
        return webhook.described(self.data["webhook"], documented, capabilities.get("webhook"), self.data_file)

    def _money(self, submit: Operation) -> Money:
        prices = self.data.get("prices", {})
        return money.described(self.data.get("money", {}), self._job(), prices, submit, self.data_file)

    def _exclusions(self) -> Iterator[Exclusion]:
        for page in self._optional("inventory.yaml", "inventory"):
            for item in page["items"]:
                if "excluded" in item:
                    yield Exclusion(document=page["document"], quote=item["says"], reason=item["excluded"])

    def _optional(self, name: str, form: str) -> list[Any]:
        return list(self._read(name, form).content) if (self.folder / name).exists() else []

    def _read(self, name: str, form: str | None = None) -> DataFile:
        file = read(self.folder / name, form)
        self.texts[name] = file.text
        return file

    # Claims

    def _claims(
        self,
        operations: Mapping[str, Operation],
        submit: Operation,
        models: Mapping[str, Model],
        capabilities: Mapping[str, Capability],
        sent: Webhook | None,
        promised: Promises,
    ) -> Iterator[Claim]:
        for operation in operations.values():
            if operation.body is not None:
                yield from shape.claims(self._place(operation), operation.body)
            yield from response.claims(self.provider, operation, self.api.documented[operation.id], self.sources)
        yield from narrowing.claims(self.provider, submit, models, self.data_file, self.quotes)
        yield from dependency.claims(self.provider, operations, models, self.data_file, self.quotes)
        yield from self._life(operations, submit, capabilities)
        if sent is not None:
            yield from webhook.claims(self.provider, submit, self.data["webhook"], sent, self.quotes)
        yield from promises.claims(self.provider, operations, self.data.get("life", {}), promised, self.quotes)
        found = contradiction.computed(self.provider, self.data, operations, models, self.sources)
        stated = contradiction.stated(
            self.provider, self._optional("contradictions.yaml", "contradictions"), self.quotes
        )
        yield from contradiction.merged(found, stated)

    def _bills(self, operations: Mapping[str, Operation], submit: Operation, bills: Money) -> Iterator[Claim]:
        poll = operations[self.data["operations"]["poll"]]
        said = self.data.get("money", {})
        yield from money.claims(self.provider, submit, poll, said, bills, self._job(), self.quotes)

    def _place(self, operation: Operation) -> shape.Place:
        return shape.Place(
            prefix=f"{self.provider}.{operation.id}",
            operation=operation.id,
            kind=Kind.SHAPE,
            check="request",
            sources=self.sources,
            schema=operation.body_place,
        )

    def _life(
        self, operations: Mapping[str, Operation], submit: Operation, capabilities: Mapping[str, Capability]
    ) -> Iterator[Claim]:
        job = self.data["job"]
        poll = operations[self.data["operations"]["poll"]]
        source = self.quotes.quote(job["source"], "job/source")
        yield from lifecycle.claims(self.provider, submit, poll, job, job["words"], source)
        said = self.data["capabilities"]
        quoted = {name: each.source for name, each in capabilities.items()}
        visible = {name: each for name, each in capabilities.items() if said[name].get("delivered", True)}
        file = self.quotes.quote(job["file"], "job/file")
        yield from lifecycle.media(self.provider, submit, visible, quoted, file)
        yield from delivered.claims(self.provider, submit, capabilities, self.data, self.quotes)

    def _attach_reports(self, claims: dict[str, Claim]) -> None:
        path = self.folder / "reported.yaml"
        for number, said in enumerate(self._optional("reported.yaml", "reported")):
            report = PublicReport(**{k: v for k, v in said.items() if k != "claims"})
            for name in said["claims"]:
                if name not in claims:
                    raise UnknownName("claim", name, claims, where=f"{path} (entry {number + 1})")
                claims[name] = replace(claims[name], reported=(*claims[name].reported, report))

    def _attach_contradictions(self, claims: dict[str, Claim]) -> None:
        """The claims on both sides of a contradiction say so."""
        for found in [claim for claim in claims.values() if claim.kind is Kind.CONTRADICTION]:
            sides = found.source, found.parameters["against"]
            told = Contradicted(claim=found.id, statement=found.statement, sides=sides)
            for name in dict.fromkeys(contradiction.concerned(found, claims)):
                claims[name] = replace(claims[name], contradicted=(*claims[name].contradicted, told))
