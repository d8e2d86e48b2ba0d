"""The axes on which providers are compared, and how each is read off a contract.

A new axis is one line here: of a field of the request, where ``capabilities`` in ``provider.yaml`` has it, or with a
function from a contract to a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.claim import Claim, Kind
from harness.compare.cells import OF_SOME, Cell, Standing, described, documented, none, silent
from harness.compare.scope import Scopes, of_one_field, united
from harness.contract import Capability, Contract, Operation, Role, State
from harness.contract.prices import per_second
from harness.contract.shape import flattened
from harness.pointer import dotted, parse, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One row. ``read`` takes the models that are looked at, never none of them."""

    id: str
    title: str
    group: str
    read: Callable[[Scopes, Sequence[str]], Cell]


# Fields of the request


def _field(axis: str) -> Callable[[Scopes, Sequence[str]], Cell]:
    def read(scopes: Scopes, models: Sequence[str]) -> Cell:
        contract = scopes.contract
        capability = contract.capabilities.get(axis)
        stated = contract.stated.get(axis)
        if capability is None:
            if stated is None:
                return none("no such field")
            standing = Standing.SILENT if stated.unclear else Standing.DOCUMENTED
            return documented(stated.says, sources=[stated.source], standing=standing)
        return _of_models(scopes, capability, models)

    return read


def _of_models(scopes: Scopes, capability: Capability, models: Sequence[str]) -> Cell:
    found = {model: scope for model in models if (scope := scopes.of(model, capability.name))}
    told = {model: described(capability, scope) for model, scope in found.items()}
    taking = [scope for scope in found.values() if not scope.refused]
    listed = [scope for scope in taking if scope.values is not None]
    differ = len(set(told.values())) > 1
    parts = [described(capability, united(capability, listed or taking or list(found.values())))]
    if differ and any(text.endswith(OF_SOME) for text in told.values()):
        parts += [] if parts[0].endswith(OF_SOME) else [OF_SOME]
    elif differ and len(taking) < len(found):
        parts.append(f"{len(taking)} of {len(found)} models")
    elif differ:
        parts.append("by model")
    if listed and len(listed) < len(taking):
        parts.append(f"no list for {len(taking) - len(listed)}")
    alike = _not_told_apart(scopes.contract, capability)
    if taking and alike:
        parts.append(f"in `{dotted(capability.tokens)}`, not told apart from {' and '.join(alike)}")
    claims = dict.fromkeys(claim for scope in found.values() for claim in scope.claims)
    return documented(
        "; ".join(parts),
        [*claims, *_delivered(scopes.contract, capability)],
        [capability.source],
        standing=Standing.DOCUMENTED if taking else Standing.DENIED,
        by_model=told if differ else {},
        disputed=tuple(_disputed(scopes.contract, capability, models)),
    )


def _not_told_apart(contract: Contract, capability: Capability) -> list[str]:
    """The other axes that are written in the same way at the same place."""
    return [
        other.name.replace("_", " ")
        for other in contract.capabilities.values()
        if other.name != capability.name and (other.tokens, other.like) == (capability.tokens, capability.like)
    ]


def _delivered(contract: Contract, capability: Capability) -> Iterator[Claim]:
    prefix = f"{contract.provider}.{contract.submit.id}.{dotted(capability.tokens)}"
    return (
        contract.claims[name] for rule in ("delivered", "default") if (name := f"{prefix}.{rule}") in contract.claims
    )


def _disputed(contract: Contract, capability: Capability, models: Sequence[str]) -> Iterator[Claim]:
    for claim in contract.claims.values():
        here = claim.operation == contract.submit.id and claim.tokens == capability.tokens
        if claim.kind is Kind.CONTRADICTION and here and (claim.model is None or claim.model in models):
            yield claim


def _together(scopes: Scopes, models: Sequence[str]) -> Cell:
    """Rules between fields, each once however many models have it."""
    contract = scopes.contract
    found = [
        claim
        for claim in contract.claims.values()
        if claim.check == "request"
        and claim.operation == contract.submit.id
        and not of_one_field(claim)
        and (claim.model is None or claim.model in models)
    ]
    if not found:
        return silent()
    said = dict.fromkeys(claim.statement for claim in found)
    return documented(f"{len(said)}: {'; '.join(said)}", found)


def _models(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    serving = [claim for model in models if (claim := _claim(contract, contract.submit, f"model.serves@{model}"))]
    return documented(models[0] if len(models) == 1 else f"{len(models)} in the catalogue", serving)


# The life of a job


def _webhook(scopes: Scopes, models: Sequence[str]) -> Cell:
    cell = _field("webhook")(scopes, models)
    capability = scopes.contract.capabilities.get("webhook")
    if capability is None:
        return cell
    secure = any(claim.rule == "pattern" and "https" in str(claim.parameters["value"]) for claim in cell.claims)
    return replace(cell, text=f"`{dotted(capability.tokens)}`" + (", https only" if secure else ""))


def _operation(role: Role, missing: str) -> Callable[[Scopes, Sequence[str]], Cell]:
    def read(scopes: Scopes, models: Sequence[str]) -> Cell:
        operation = scopes.contract.role(role)
        if operation is None:
            return none(missing)
        return documented(_address(operation), _answers(scopes.contract, operation))

    return read


def _cancel(scopes: Scopes, models: Sequence[str]) -> Cell:
    word = next((word for word, state in scopes.contract.job.words.items() if state is State.CANCELLED), None)
    return none("no such operation" + (f", though a job can be `{word}`" if word else ""))


def _consent(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    capability, answer = contract.capabilities.get("consent"), contract.submit.meant_by("consent")
    if capability is None and answer is None:
        return none("no such field or answer")
    told = [f"{answer.status} until given"] if answer else []
    told += [f"`{dotted(capability.tokens)}`"] if capability else []
    claims = list(_prefixed(contract, contract.submit, "consent"))
    if capability:
        claims += list(_field("consent")(scopes, models).claims)
    return documented(", ".join(told), claims)


def _stated(axis: str) -> Callable[[Scopes, Sequence[str]], Cell]:
    def read(scopes: Scopes, models: Sequence[str]) -> Cell:
        stated = scopes.contract.stated.get(axis)
        return silent() if stated is None else documented(stated.says, sources=[stated.source])

    return read


def _signature(scopes: Scopes, models: Sequence[str]) -> Cell:
    if "webhook" not in scopes.contract.capabilities:
        return none("no webhook")
    return _stated("webhook_signature")(scopes, models)


def _delivery(scopes: Scopes, models: Sequence[str]) -> Cell:
    """Where the video is, in the order in which the documentation prefers the places."""
    contract = scopes.contract
    poll = _poll(contract)
    content = contract.role(Role.CONTENT)
    told = []
    for result in contract.job.results:
        place = f"`{'.'.join(result.tokens)}`".replace(".0`", "[0]`")
        where = {
            "body": f"address in {place} of the poll's answer",
            "submission": f"address in {place} of the submission's answer",
            "operation": _address(content) if content else "",
            "poll": "the poll answers with the file",
        }[result.place]
        told.append(where + (" (with the key)" if result.authorized else ""))
    claims = [_claim(contract, poll, "job.result"), _claim(contract, contract.submit, "video.container")]
    return documented(", or ".join(told), [claim for claim in claims if claim])


def _words(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    by_state: dict[State, list[str]] = {}
    for word, state in contract.job.words.items():
        by_state.setdefault(state, []).append(word)
    told = [f"{state}: {', '.join(by_state[state])}" for state in State if state in by_state]
    claim = _claim(contract, _poll(contract), "job.words")
    disputed = tuple(
        each
        for each in contract.claims.values()
        if each.kind is Kind.CONTRADICTION and each.tokens == contract.job.status
    )
    return documented("; ".join(told), [claim] if claim else [], disputed=disputed)


def _acceptance(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    answer = contract.submit.accepted
    if answer is None:
        return silent()
    id_field = f"{answer.status}, id in `{dotted(contract.job.id)}`"
    return documented(id_field, _prefixed(contract, contract.submit, "accepted"))


# Refusals


def _statuses(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    refusals = [answer for answer in contract.submit.answers.values() if answer.meaning != "accepted"]
    told = ", ".join(f"{each.status} {each.meaning}" for each in sorted(refusals, key=lambda each: each.status))
    rules = ["response.documented", "invalid.status", *(f"{each.meaning}.media-type" for each in refusals)]
    claims = [claim for rule in rules if (claim := _submitted(contract, rule))]
    return documented(told, claims) if told else silent()


def _error_shape(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    answer = contract.submit.meant_by("invalid")
    schema = answer.content.get("application/json") if answer else None
    if not schema:
        return silent()
    return documented(_shape(schema), _prefixed(contract, contract.submit, "invalid"))


def _key(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    claims = list(_prefixed(contract, contract.submit, "authorization"))
    if not claims:
        return silent("what happens without one is not documented")
    return documented("required" if contract.submit.secured else "optional", claims)


# Money


def _price(scopes: Scopes, models: Sequence[str]) -> Cell:
    """What the price list has for a second; other units stand as they are documented."""
    contract = scopes.contract
    prices = contract.prices
    sources = [contract.stated["price"].source] if "price" in contract.stated else []
    if "per_second" in prices:
        return documented(_dollars([float(prices["per_second"])]), sources=sources)
    listed = {model: skus for model in models if (skus := _price_list(contract, model))}
    if not listed:
        quote = contract.role(Role.QUOTE)
        if "quote" in prices and quote is not None:
            return documented(f"as {_address(quote)} answers; no list", sources=sources)
        return silent()
    told = {model: _priced(skus) for model, skus in listed.items()}
    if len(listed) == len(models) == 1:
        return documented(told[models[0]], sources=sources)
    seconds = {model: timed for model, skus in listed.items() if (timed := _timed(skus))}
    span = _dollars([amount for timed in seconds.values() for amount in timed]) if seconds else ""
    parts = [f"{span} for {len(seconds)} of {len(models)} models"] if seconds else []
    if len(seconds) < len(listed):
        parts.append(f"other units for {len(listed) - len(seconds)}")
    return documented("; ".join(parts), by_model=told, sources=sources)


def _price_list(contract: Contract, model: str) -> Mapping[str, Any]:
    listed = value(contract.models[model].entry, parse(contract.prices.get("catalogue", "/no price list")))
    return listed if isinstance(listed, Mapping) else {}


def _timed(skus: Mapping[str, Any]) -> list[float]:
    """The prices of a second, if there is none of anything else that a video is made of."""
    found = [per_second(sku, float(price)) for sku, price in skus.items() if "image" not in sku or "second" in sku]
    return [amount for amount in found if amount is not None] if None not in found else []


def _priced(skus: Mapping[str, Any]) -> str:
    timed = _timed(skus)
    return _dollars(timed) if timed else ", ".join(f"{sku} {price}" for sku, price in skus.items())


def _dollars(amounts: Sequence[float]) -> str:
    low, high = (f"{amount:.4f}".rstrip("0").rstrip(".") for amount in (min(amounts), max(amounts)))
    return f"${low}" if low == high else f"${low}–{high}"


# What they share


def _poll(contract: Contract) -> Operation:
    poll = contract.role(Role.POLL)
    assert poll is not None, "the form of provider.yaml requires a poll operation"
    return poll


def _claim(contract: Contract, operation: Operation, name: str) -> Claim | None:
    return contract.claims.get(f"{contract.provider}.{operation.id}.{name}")


def _submitted(contract: Contract, name: str) -> Claim | None:
    return _claim(contract, contract.submit, name)


def _prefixed(contract: Contract, operation: Operation, part: str) -> Iterator[Claim]:
    prefix = f"{contract.provider}.{operation.id}.{part}."
    return (claim for name, claim in contract.claims.items() if name.startswith(prefix))


def _answers(contract: Contract, operation: Operation) -> Iterator[Claim]:
    """Claims on what an operation answers, not on what may be asked of it."""
    return (
        claim
        for claim in contract.claims.values()
        if claim.operation == operation.id and claim.kind in (Kind.RESPONSE, Kind.REFUSAL)
    )


def _address(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _shape(schema: Mapping[str, Any]) -> str:
    """``{error: {code, message}}``: the members that are always there."""
    schema = flattened(schema)
    properties = schema.get("properties", {})
    inner = [
        name + (f": {_shape(properties[name])}" if properties.get(name, {}).get("properties") else "")
        for name in schema.get("required", properties)
    ]
    return "{" + ", ".join(inner) + "}"


def _axes(group: str, rows: Iterable[tuple[str, str, Callable[[Scopes, Sequence[str]], Cell]]]) -> Iterator[Axis]:
    return (Axis(id=name, title=title, group=group, read=read) for name, title, read in rows)


AXES: tuple[Axis, ...] = (
    *_axes(
        "What can be asked for",
        [
            ("models", "Models", _models),
            ("prompt", "Prompt", _field("prompt")),
            ("negative_prompt", "Negative prompt", _field("negative_prompt")),
            ("duration", "Duration", _field("duration")),
            ("aspect_ratio", "Aspect ratio", _field("aspect_ratio")),
            ("resolution", "Resolution", _field("resolution")),
            ("size", "Size in pixels", _field("size")),
            ("audio", "Audio", _field("audio")),
            ("seed", "Seed", _field("seed")),
            ("watermark", "Watermark", _field("watermark")),
            ("camera", "Fixed camera", _field("camera")),
            ("upscale", "Upscale factor", _field("upscale")),
            ("creativity", "Creativity", _field("creativity")),
            ("task_type", "Kind of task", _field("task_type")),
            ("return_last_frame", "Last frame handed out", _field("return_last_frame")),
            ("passthrough", "Vendor options", _field("passthrough")),
        ],
    ),
    *_axes(
        "What can be handed in",
        [
            ("first_frame", "First frame", _field("first_frame")),
            ("last_frame", "Last frame", _field("last_frame")),
            ("reference_images", "Reference images", _field("reference_images")),
            ("reference_videos", "Reference videos", _field("reference_videos")),
            ("reference_audios", "Reference sounds", _field("reference_audios")),
            ("reference_documents", "Reference documents", _field("reference_documents")),
            ("elements", "Elements", _field("elements")),
            ("scene_images", "Scene images", _field("scene_images")),
            ("keyframes", "Keyframes", _field("keyframes")),
            ("input_video", "Video to work on", _field("input_video")),
            ("input_audio", "Background sound", _field("input_audio")),
            ("together", "Rules between fields", _together),
        ],
    ),
    *_axes(
        "The job",
        [
            ("acceptance", "Acceptance", _acceptance),
            ("words", "Status words", _words),
            ("result", "Result", _delivery),
            ("result_expiry", "Result expires", _stated("result_expiry")),
            ("delete", "Deletion", _operation(Role.COMPLETE, "no such operation")),
            ("cancel", "Cancelling", _cancel),
            ("webhook", "Webhook", _webhook),
            ("webhook_signature", "Webhook signature", _signature),
            ("consent", "Consent", _consent),
        ],
    ),
    *_axes(
        "Refusals and money",
        [
            ("key", "API key", _key),
            ("statuses", "Statuses of refusal", _statuses),
            ("errors", "Body of a refusal", _error_shape),
            ("quote", "Price before the job", _operation(Role.QUOTE, "no such operation")),
            ("price", "Price of a second", _price),
        ],
    ),
)
