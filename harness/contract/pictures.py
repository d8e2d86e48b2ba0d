"""Where a request brings its pictures, and where an answer says that there is one more than the video."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.contract.links import result_urls
from harness.contract.model import Capability, Contract
from harness.pointer import Tokens, is_like, values

#: Of the addresses in an answer that may be the last picture's, so many are looked at.
MAX_ADDRESSES = 2


def supplied(capability: Capability, body: Any) -> Tokens | None:
    """Where the one picture of a capability stands in a body; None where there is none, or more than one."""
    if capability.encoding == "url":
        return capability.tokens if any(isinstance(each, str) for each in values(body, capability.tokens)) else None
    entries = next(values(body, capability.tokens), None)
    if capability.encoding != "entries" or not isinstance(entries, list):
        return None
    fitting = [number for number, entry in enumerate(entries) if is_like(entry, capability.like)]
    return (*capability.tokens, str(fitting[0]), *capability.url) if len(fitting) == 1 else None


def last_frame_urls(contract: Contract, answer: Any) -> list[str]:
    """The addresses in a poll's answer that may lead to the video's last picture, the video's own left out."""
    within = contract.job.last_frame
    if within is None:
        return []
    known = {url for place in ("body", "submission") for url in result_urls(contract, place, answer)}
    found = (url for part in values(answer, within) for url in _urls(part))
    return [url for url in dict.fromkeys(found) if url not in known][:MAX_ADDRESSES]


def _urls(value: Any) -> Iterator[str]:
    match value:
        case str() if value.startswith(("http://", "https://")):
            yield value
        case list():
            for each in value:
                yield from _urls(each)
        case dict():
            yield from _urls(list(value.values()))
