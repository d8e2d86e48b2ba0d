"""The plan: every request that a run would send, written down before anything is sent."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, TypeAlias

from harness.claim import Claim
from harness.contract import Contract, Operation, Role, State
from harness.contract.links import expressions, placeholders
from harness.contract.model import SITUATIONS
from harness.contract.money import asked_of
from harness.contract.prices import documented_price
from harness.contract.promises import media_fields
from harness.contract.response import KEYS
from harness.contract.shape import schema_at
from harness.contract.undecided import undecided
from harness.interaction import UNISSUED_ID, KeyState
from harness.json_text import canonical
from harness.pointer import Tokens, parse, put
from harness.probe.asking import quote_body
from harness.probe.build import Builder
from harness.probe.cover import choices, cover, fields, narrowed, thrifty
from harness.probe.filmed import filmed
from harness.probe.sample import sample
from harness.probe.ways import violating


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A planned request.

    ``body`` is JSON, or ``raw`` text that is none. Values that start with ``$response`` or ``$request``
    are filled from an accepted submission of the same run (``anchored``); those that start with ``$unknown`` with an id
    in the form of that submission's that no job has. ``breaks`` names the claims
    that the request breaks on purpose: none, or exactly one; in one that breaks none, a run that receives webhooks puts
    an address of its own where the callback URL stands. ``situation`` asks the simulator for a state
    that no request alone can bring about (no credit, rate limit); such probes are never sent to a provider.
    """

    family: str  # what it is for: valid, random, violating, authorization, narrowing, limit …
    operation: str
    model: str | None = None
    body: Any = None
    raw: str | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    authorization: KeyState = "key"
    breaks: tuple[str, ...] = ()
    way: str = ""
    anchored: bool = False
    situation: str | None = None
    again: int = 0  # the same bytes once more, and how often they were sent before

    @property
    def id(self) -> str:
        """Hash of the canonical request: the same request has the same id in every plan."""
        sent = [
            self.operation,
            self.body,
            self.raw,
            dict(self.path),
            dict(self.query),
            self.authorization,
            self.situation,
            *([self.again] if self.again else []),
        ]
        return hashlib.sha256(canonical(sent).encode()).hexdigest()[:16]

    def as_json(self) -> dict[str, Any]:
        """The probe as the plan file holds it."""
        said = {k: v for k, v in asdict(self).items() if v not in (None, (), {}, "", False)}
        sent = {"body": self.body} if self.body is not None else {}  # an empty object is a body, too
        sent |= {"raw": self.raw} if self.raw is not None else {}
        return {"id": self.id, **said, **sent}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Probe:
        """The probe that :meth:`as_json` wrote."""
        said = {name: each for name, each in written.items() if name != "id"}
        return cls(**{**said, "breaks": tuple(said.get("breaks", ()))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Probes in the order in which they are sent, and what no probe could be made for, with the reason."""

    provider: str
    probes: tuple[Probe, ...]
    unprobed: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """The plan as a file holds it."""
        return {
            "provider": self.provider,
            "probes": [each.as_json() for each in self.probes],
            "unprobed": dict(self.unprobed),
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Plan:
        """The plan that :meth:`as_json` wrote."""
        probes = tuple(Probe.from_json(each) for each in written["probes"])
        return cls(provider=written["provider"], probes=probes, unprobed=written["unprobed"])


#: USD of a submission with this body.
Cost: TypeAlias = Callable[[Any], float]
#: Before the pointer to a job's id: not the id, but another one like it.
UNKNOWN = "$unknown.body#"
#: Jobs whose price is asked for, so that it can be compared with what they cost.
QUOTED = 5


def plan(
    contract: Contract,
    *,
    models: Iterable[str] | None = None,
    simulated: bool = False,
    extra: Iterable[Probe] = (),
    cost: Cost | None = None,
) -> Plan:
    """Everything that should be refused first, then what is free, then paid jobs, then what needs a job.

    ``models`` restricts model-specific probes; ``extra`` are further probes (random, fuzz), verified
    like all others: what breaks anything else than it says is left out. ``cost``: USD of a submission, by which the
    cheapest comes first (default: as documented).
    """
    cost = cost or partial(_documented, contract)
    chosen = [m for m in contract.models if models is None or m in set(models)]
    unprobed: dict[str, str] = {}
    refusals: list[Probe] = []
    free: list[Probe] = []
    jobs: list[Probe] = []
    after: list[Probe] = []
    unbilled: list[Probe] = []
    last: list[Probe] = []
    for operation in contract.operations.values():
        anchored = operation.role in (Role.POLL, Role.CONTENT, Role.COMPLETE)
        refused = after if anchored else refusals
        refused += _access(contract, operation, anchored)
        if operation.body is not None:
            refused += _violations(contract, operation, chosen, anchored, unprobed, cost)
        match operation.role:
            case Role.SUBMIT:
                jobs += _submissions(contract, operation, chosen)
            case Role.COMPLETE:
                last += _anchored_valid(contract, operation)
            case Role.POLL:
                looks = list(_anchored_valid(contract, operation))
                after += [*(replace(each, again=n) for each in looks[:1] for n in (1, 2)), *looks]
            case Role.CONTENT:
                after += _anchored_valid(contract, operation)
            case _:
                free += _free(contract, operation, chosen)
        if simulated:
            for probe in _situations(contract, operation, anchored):
                (unbilled if probe.situation in contract.money.unbilled else refused).append(probe)
    for probe in extra:
        if contract.violations(probe.operation, probe.body) == set(probe.breaks) and (
            probe.breaks or not undecided(contract, contract.operations[probe.operation], probe.body)
        ):
            (refusals if probe.breaks else jobs).append(probe)
    refusals.sort(key=lambda probe: cost(probe.body))
    jobs += _repeated(contract, jobs)
    jobs.sort(key=lambda probe: cost(probe.body))
    free += _questions(contract, jobs)
    return Plan(
        provider=contract.provider,
        probes=tuple(_unique([*refusals, *free, *jobs, *after, *_watched(contract, unbilled), *last])),
        unprobed=unprobed,
    )


def _documented(contract: Contract, body: Any) -> float:
    price = documented_price(contract, body)
    return price.usd if price else 0.0


def _unique(probes: Iterable[Probe]) -> Iterator[Probe]:
    seen = set()
    for probe in probes:
        if probe.id not in seen:
            seen.add(probe.id)
            yield probe


def _submissions(contract: Contract, operation: Operation, models: list[str]) -> Iterator[Probe]:
    """The each-choice cover: all fields with one model that takes them, the narrowed ones with every model."""
    builder = Builder(contract, operation)
    done: set[tuple[Tokens, str]] = set()
    order = sorted(models, key=lambda m: m != contract.default_model)
    if order and (bare := builder.minimal(order[0])) is not None:  # what is left open shows the documented defaults
        yield Probe(family="valid", operation=operation.id, model=order[0], body=bare)
    for model in order:
        places = frozenset(
            claim.tokens[:-2] if claim.tokens[-2:-1] == ("*",) else claim.tokens
            for claim in contract.request_claims(operation.id, model)
            if claim.model == model and claim.parameters.get("narrows") != "forbidden"
        )
        # The first model that takes a field carries its whole cover; the others only what their entry narrows.
        own = {tokens: list(narrowed(builder, model, tokens)) for tokens in fields(builder) if tokens in places}
        sums = [
            claim
            for claim in contract.request_claims(operation.id, model)
            if claim.vocabulary == "sum" and (claim.model == model or model == order[0])
        ]
        for body, covered in cover(builder, model, None if model == order[0] else own, brimful=sums):
            done.update((tokens, canonical(made)) for tokens, made in covered)
            yield Probe(family="valid", operation=operation.id, model=model, body=body)
    for model, body, again in filmed(builder, order):
        yield Probe(family="valid", operation=operation.id, model=model, body=body, again=again)
    # What no model has been sent yet goes to the next that takes it.
    known = {tokens: [canonical(each) for each in choices(builder, None, tokens)] for tokens in fields(builder)}
    for model in order[1:]:
        missing = [tokens for tokens, texts in known.items() if any((tokens, text) not in done for text in texts)]
        left = {
            tokens: [each for each in choices(builder, model, tokens) if (tokens, canonical(each)) not in done]
            for tokens in missing
        }
        for body, covered in cover(builder, model, left) if left else ():
            if covered:
                done.update((tokens, canonical(made)) for tokens, made in covered)
                yield Probe(family="valid", operation=operation.id, model=model, body=body)


def _repeated(contract: Contract, jobs: list[Probe]) -> Iterator[Probe]:
    """The first job once more, where documents say what the same bytes start: it is paid for twice."""
    if contract.money.repeated is not None:
        yield from (replace(each, again=1) for each in jobs[:1])


def _watched(contract: Contract, probes: list[Probe]) -> Iterator[Probe]:
    """What is documented to cost nothing, between two looks at a job: its answers name the balance."""
    poll = contract.role(Role.POLL)
    look = next(_anchored_valid(contract, poll), None) if poll and probes and contract.money.balance else None
    yield from [replace(look, again=3)] if look else []
    yield from probes
    yield from [replace(look, again=4)] if look else []


def _questions(contract: Contract, jobs: list[Probe]) -> Iterator[Probe]:
    """What the first jobs cost, where documents say that a quote is the price."""
    quote = contract.role(Role.QUOTE)
    if quote is not None and f"{contract.provider}.{contract.submit.id}.money.quoted" in contract.claims:
        comparable = (each for each in jobs if asked_of(contract, each.body) is not None)
        for probe in islice(comparable, QUOTED):
            body = quote_body(contract, quote, probe.body)
            if not contract.violations(quote.id, body):
                yield Probe(family="valid", operation=quote.id, model=probe.model, body=body)


def _free(contract: Contract, operation: Operation, models: list[str]) -> Iterator[Probe]:
    if operation.body is None:
        yield Probe(family="valid", operation=operation.id, query=_query(operation))
        return
    builder = Builder(contract, operation)
    done: set[tuple[Tokens, str]] = set()
    order = [contract.default_model, *(each for each in models if each != contract.default_model)]
    for model in order if builder.names_model else order[:1]:
        left = {
            tokens: [each for each in choices(builder, model, tokens) if (tokens, canonical(each)) not in done]
            for tokens in fields(builder)
        }
        for body, covered in cover(builder, model, left) if any(left.values()) else ():
            if covered:
                done.update((tokens, canonical(made)) for tokens, made in covered)
                yield Probe(family="valid", operation=operation.id, model=model, body=body)


def _query(operation: Operation) -> Mapping[str, str]:
    """What is sent behind the question mark: what is required, and what the spec has an example of."""
    return {
        p["name"]: str(p.get("example", sample(p["schema"])))
        for p in operation.parameters
        if p.get("in") == "query" and (p.get("required") or "example" in p)
    }


def _anchored_valid(contract: Contract, operation: Operation) -> Iterator[Probe]:
    path, _ = placeholders(contract, operation)
    if operation.body is None:
        yield Probe(family="valid", operation=operation.id, path=path, anchored=True)
        return
    for body, _ in cover(Builder(contract, operation), None):
        yield Probe(family="valid", operation=operation.id, body=body, path=path, anchored=True)


def _access(contract: Contract, operation: Operation, anchored: bool) -> Iterator[Probe]:
    """Keys that must be refused (or are not needed), bodies that are no JSON, ids that no job has."""
    path, _ = placeholders(contract, operation)
    body = thrifty(Builder(contract, operation), contract.default_model) if operation.body is not None else None
    common: dict[str, Any] = {
        "operation": operation.id, "path": path, "query": _query(operation), "anchored": anchored,
    }  # fmt: skip
    claims = contract.claims
    sent: dict[str, KeyState] = {**{way: way for way in KEYS}, "optional": "missing"}
    for way, authorization in sent.items():
        if f"{contract.provider}.{operation.id}.authorization.{way}" in claims:
            yield Probe(family="authorization", body=body, way=way, authorization=authorization, **common)
    if f"{contract.provider}.{operation.id}.body.malformed-json" in claims:
        yield Probe(family="malformed", raw='{"model": ', way="cut-off", **common)
        yield Probe(family="malformed", raw="model=x&prompt=y", way="form", **common)
    if f"{contract.provider}.{operation.id}.id.unknown" in claims:
        for way, name in (("unknown", UNISSUED_ID), ("well-formed", UNKNOWN + _job(contract))):
            about = _about(contract, operation, path, body, name)
            yield Probe(family="unknown-id", way=way, **{**common, **about})


def _job(contract: Contract) -> str:
    return "".join(f"/{token}" for token in contract.job.id)


def _about(contract: Contract, operation: Operation, path: Mapping[str, str], body: Any, name: str) -> dict[str, Any]:
    """The path and the body of a request about the job called ``name``."""
    parameters, fields = expressions(contract, operation)
    where = f"$response.body#{_job(contract)}"
    path = {each: name if parameters.get(each) == where else text for each, text in path.items()}
    body = copy.deepcopy(body)
    for pointer, expression in fields.items():
        if expression == where:
            put(body, parse(pointer), name)
    return {"path": path, "body": body}


def _situations(contract: Contract, operation: Operation, anchored: bool) -> Iterator[Probe]:
    path, _ = placeholders(contract, operation)
    body = Builder(contract, operation).minimal(contract.default_model) if operation.body is not None else None
    if operation.role is Role.SUBMIT and State.FAILED in contract.job.words.values():
        yield Probe(
            family="situation", operation=operation.id, body=_called_back(contract, body), situation="job-fails"
        )
    for answer in operation.answers.values():
        invalid_get = answer.meaning == "invalid" and operation.body is None
        if answer.meaning == "not-found" and f"{contract.provider}.{operation.id}.id.unknown" in contract.claims:
            continue  # an id that no job has shows it, of which a job that is there would be no honest example
        if answer.meaning in SITUATIONS or answer.meaning == "not-found" or invalid_get:
            yield Probe(
                family="situation",
                operation=operation.id,
                body=_with_media(contract, body) if answer.meaning == "consent" else body,
                path=path,
                query=_query(operation),
                anchored=anchored,
                situation=answer.meaning,
            )


def _with_media(contract: Contract, body: Any) -> Any:
    """The submission with media: what consent is asked for."""
    builder = Builder(contract, contract.submit)
    for tokens in media_fields(contract) if body is not None else ():
        made = builder.with_value(body, tokens, sample(schema_at(builder.schema, tokens) or {}))
        if made is not None:
            return made
    return body


def _called_back(contract: Contract, body: Any) -> Any:
    """The submission with a callback URL, where webhooks are documented: how a failed job is told of is seen there."""
    if contract.webhook is None or body is None:
        return body
    builder, tokens = Builder(contract, contract.submit), contract.webhook.tokens
    return builder.with_value(body, tokens, sample(schema_at(builder.schema, tokens) or {})) or body


def _violations(
    contract: Contract, operation: Operation, models: list[str], anchored: bool, unprobed: dict[str, str], cost: Cost
) -> Iterator[Probe]:
    """For every claim on the request, every way to break it and nothing else, with the first model that allows it."""
    builder = Builder(contract, operation)
    path, _ = placeholders(contract, operation)
    order: list[str | None] = [None]
    if builder.names_model and not anchored:
        order = sorted(models, key=lambda m: m != contract.default_model)
    bases = {model: thrifty(builder, model) for model in order}
    if operation.role is Role.SUBMIT:
        order = sorted(order, key=lambda model: cost(bases[model]))
    for model in (None, *models):
        for claim in contract.request_claims(operation.id, model) if model is None or builder.names_model else ():
            if claim.model != model:
                continue
            found: list[Probe] = []
            for candidate in [model] if model is not None else order:
                base = bases.get(candidate)
                if base is None:
                    continue
                made = [
                    Probe(
                        family="violating", operation=operation.id, model=candidate, body=body, path=path,
                        breaks=(claim.id,), way=way, anchored=anchored,
                    )
                    for way, body in violating(builder, claim, base)
                ]  # fmt: skip
                # A model that may not take the field at all would refuse it for that.
                clear = [each for each in made if not _open(builder, each.body, claim)]
                found = clear or found or made
                if clear:
                    break
            yield from found
            if not found:
                unprobed[claim.id] = "no request breaks this claim and no other"


def _open(builder: Builder, body: Any, claim: Claim) -> bool:
    """Whether a body has something of which no document says that its model takes it; what a claim forbids is none."""
    found = undecided(builder.contract, builder.operation, body)
    return any(not (each.absent and tokens == claim.tokens) for tokens, each in found.items())
