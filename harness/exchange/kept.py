"""One interaction as a line of JSON, and back, for the journal. Nothing is lost, and nothing is added."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from harness.exchange.supplied import with_pictures
from harness.interaction import Arrival, Interaction, MediaFacts, Origin, Provenance, Request, Response


def packed(interaction: Interaction) -> str:
    """The interaction as text; what has its default value is left out."""
    said = _said(interaction)
    said["request"] = _said(replace(interaction.request, pictures={}))
    said["provenance"] = _said(interaction.provenance)
    if interaction.arrival is not None:
        said["arrival"] = _said(interaction.arrival)
    if interaction.response is not None:
        said["response"] = _said(interaction.response)
        if interaction.response.media is not None:
            said["response"]["media"] = _said(interaction.response.media)
    return json.dumps(said, ensure_ascii=True, separators=(",", ":"))


def unpacked(text: str) -> Interaction:
    """The interaction that :func:`packed` wrote."""
    said = json.loads(text)
    response = said.pop("response", None)
    if response is not None:
        media = response.pop("media", None)
        response = Response(**_read(response), media=MediaFacts(**media) if media else None)
    arrival = said.pop("arrival", None)
    provenance = said.pop("provenance")
    provenance |= {"origin": Origin(provenance["origin"]), "quirks": tuple(provenance.get("quirks", ()))}
    return Interaction(
        **{**said, "request": with_pictures(Request(**_read(said["request"])))},
        response=response,
        provenance=Provenance(**provenance),
        arrival=Arrival(**arrival) if arrival else None,
    )


def _said(value: Any) -> dict[str, Any]:
    said = {each.name: getattr(value, each.name) for each in fields(value)}
    return {name: _plain(each) for name, each in said.items() if not _default(each)}


def _default(value: Any) -> bool:
    return value is None or value is False or value in ((), b"", {})  # zero is a value: sound at full scale


def _plain(value: Any) -> Any:
    match value:
        case bytes():
            return {"base64": base64.b64encode(value).decode()}
        case Mapping():
            return dict(value)
        case _:
            return value


def _read(said: Mapping[str, Any]) -> dict[str, Any]:
    body = said.get("body")
    return {**said, "body": base64.b64decode(body["base64"])} if body else dict(said)
