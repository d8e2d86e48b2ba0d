"""A request in neutral words, and the same in a provider's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from harness.compare import values
from harness.compare.cells import ONE
from harness.compare.scope import ARRAYS, entries
from harness.contract import Capability, Contract
from harness.document import parse_json, read_text
from harness.errors import RequestFileError, nearest
from harness.folders import data_folder
from harness.pointer import Tokens, dotted, is_like, put, value

#: The members besides ``model``, those first that are the last to be given up.
MEMBERS = (
    *("prompt", "duration", "input_video", "first_frame", "last_frame", "aspect_ratio", "resolution", "size"),
    *("reference_images", "reference_videos", "reference_audios", "input_audio", "audio", "negative_prompt", "seed"),
    *("camera", "watermark", "upscale", "return_last_frame", "webhook"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted. ``model`` is a name as the comparison takes it, or None; ``unsaid`` has no neutral word."""

    model: str | None
    members: Mapping[str, Any]
    unsaid: tuple[str, ...] = ()


def checked(body: Any, where: str) -> Wish:
    """A neutral request, checked against ``schemas/request.json``. Raises RequestFileError: member, value, remedy."""
    path = data_folder("schemas") / "request.json"
    schema = parse_json(read_text(path, RequestFileError), where=str(path), error=RequestFileError)
    fault = next(iter(Draft202012Validator(schema).iter_errors(body)), None)
    if fault is None:
        return Wish(model=body.get("model"), members={name: body[name] for name in MEMBERS if name in body})
    if fault.validator == "additionalProperties":
        known = schema["properties"]
        unknown = next(name for name in body if name not in known)
        close = nearest(unknown, known)
        hint = f"Did you mean {close!r}?" if close else f"Known: {', '.join(known)}."
        raise RequestFileError(
            f"unknown member {unknown!r}",
            where=where,
            hint=f"{hint} A provider's own request is told by --from PROVIDER.",
        )
    place = "/".join(map(str, fault.path)) or "the request"
    said = schema["properties"].get(next(iter(fault.path), ""), {}).get("description", "")
    raise RequestFileError(f"{place}: {fault.message[:200]}", where=where, hint=said)


def read(contract: Contract, body: Any) -> Wish:
    """A provider's request in neutral words; what has none is named."""
    found: dict[str, Any] = {}
    understood: set[Tokens] = {contract.model_tokens}
    for tokens, sharing in _places(contract).items():
        given = value(body, tokens)
        if given is None:
            continue
        taken = _of_array(sharing, given) if sharing[0].encoding in ARRAYS else _of_scalar(sharing[0], given)
        found |= taken
        carried = sum(len(each) if isinstance(each, list) else 1 for each in taken.values())
        if taken and (not isinstance(given, list) or carried == len(given)):
            understood.add(tokens)
    model = contract.model_of(body)
    known = contract.models.get(model or "")
    family = known.family if known else None
    return Wish(
        model=family.id if family else model,
        members={name: found[name] for name in MEMBERS if name in found},
        unsaid=tuple(dotted(leaf) for leaf in _leaves(body) if not any(leaf[: len(t)] == t for t in understood)),
    )


def written(contract: Contract, model: str, members: Mapping[str, Any], documented: Mapping[str, Sequence[Any]]) -> Any:
    """The members in the provider's words. ``documented`` has the spellings of each that are documented."""
    body: dict[str, Any] = {}
    put(body, contract.model_tokens, model)
    for name in MEMBERS:
        capability = contract.capabilities.get(name)
        if capability is None or name not in members:
            continue
        wanted = members[name]
        if capability.encoding in ARRAYS:
            there = value(body, capability.tokens) or []
            put(
                body,
                capability.tokens,
                [*there, *entries(capability, wanted if isinstance(wanted, list) else [wanted])],
            )
        else:
            put(body, capability.tokens, values.written(capability.encoding, wanted, documented.get(name)))
    return body


def sayable(contract: Contract) -> Iterator[str]:
    """The members for which the provider has a field."""
    return (name for name in MEMBERS if name in contract.capabilities and _carries(contract.capabilities[name]))


def _carries(capability: Capability) -> bool:
    return capability.encoding not in ("object", "entries") or bool(capability.url)


def _places(contract: Contract) -> dict[Tokens, list[Capability]]:
    found: dict[Tokens, list[Capability]] = {}
    for name in sayable(contract):
        capability = contract.capabilities[name]
        found.setdefault(capability.tokens, []).append(capability)
    return found


def _of_scalar(capability: Capability, given: Any) -> dict[str, Any]:
    neutral = values.read(capability.encoding, given)
    return {} if neutral is None else {capability.name: neutral}


def _of_array(sharing: Sequence[Capability], given: Any) -> dict[str, Any]:
    """Entries by their kind. Where axes are not told apart, a few entries are the single ones, and more are many."""
    found: dict[str, Any] = {}
    kinds = {str(sorted(each.like.items())): each for each in sharing}
    for kind, first in kinds.items():
        alike = [each for each in sharing if str(sorted(each.like.items())) == kind]
        addresses = list(_addresses(first, given if isinstance(given, list) else ()))
        single, many = [each for each in alike if each.name in ONE], [each for each in alike if each.name not in ONE]
        if many and len(addresses) > len(single):
            found[many[0].name] = addresses
        else:
            found |= {each.name: address for each, address in zip(single, addresses, strict=False)}
    return found


def _addresses(capability: Capability, given: Iterable[Any]) -> Iterator[str]:
    for entry in given:
        if capability.encoding == "urls":
            address = entry
        else:
            address = value(entry, capability.url) if is_like(entry, capability.like) else None
        if isinstance(address, str):
            yield address


def _leaves(body: Any, tokens: Tokens = ()) -> Iterator[Tokens]:
    if isinstance(body, dict) and body:
        for name, inner in body.items():
            yield from _leaves(inner, (*tokens, str(name)))
    else:
        yield tokens


def load(path: Path) -> Any:
    """The JSON of a request file."""
    return parse_json(read_text(path, RequestFileError), where=str(path), error=RequestFileError)
