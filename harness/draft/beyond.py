"""provider.yaml and models.json of a draft: what OpenAPI has no words for, guessed where names and forms tell it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.contract.model import Role
from harness.draft import words
from harness.draft.job import Job
from harness.draft.notes import Notes
from harness.draft.operations import DOCUMENT, NOWHERE
from harness.draft.origin import QUOTE, Origin
from harness.draft.samples import SOME_MODEL
from harness.errors import SpecError
from harness.pointer import exact, parse, value

#: How a job is polled of which nothing is known.
POLL_SECONDS, DEADLINE_SECONDS = 5, 1200
_MODEL_FIELDS = ("model", "model_id", "modelId", "model_name", "version")
_JOB = "provider.yaml: job"

Json = dict[str, Any]


def models(body: Mapping[str, Any], catalogue: Sequence[Mapping[str, Any]], notes: Notes) -> list[Json]:
    """models.json: the catalogue's entries as they came, else the ids that the document names."""
    if catalogue:
        return [dict(each) for each in catalogue]
    node = value(body, ("properties", *parse(_model_field(body)))) or {}
    listed = node.get("enum") or node.get("examples", ())
    named = [each for each in dict.fromkeys(map(str, listed)) if each.strip() and each != SOME_MODEL]
    now = f"the {len(named)} that the document names" if named else f"none is named: {SOME_MODEL!r} stands there"
    notes.ask("the model catalogue", now, "models.json (or import again with --catalogue FILE)")
    return [{"id": each} for each in named or [SOME_MODEL]]


def provider(
    name: str, title: str, origin: Origin, found: Job, body: Mapping[str, Any], entries: Sequence[Json], notes: Notes
) -> Json:
    """provider.yaml. ``body`` is the submission's schema as it stands in openapi.yaml."""
    quote = origin.quote(found.operations[Role.SUBMIT])
    key = f"{re.sub(r'[^A-Z0-9]+', '_', name.upper()).strip('_')}_API_KEY"
    if origin.base_url is None:
        notes.ask("the address", f"{NOWHERE}: the document names none", "provider.yaml: base_url")
    notes.ask("the name of the variable that the key is read from", key, "provider.yaml: key")
    schemes = [str(each.get("scheme") or each.get("type") or "?")[:40] for each in origin.schemes]
    if schemes and "bearer" not in map(str.lower, schemes):
        notes.ask(f"how the key is sent (declared: {', '.join(sorted(schemes))})", "as a bearer token", "nowhere yet")
    field = _model_field(body)
    described = value(body, ("properties", *parse(field)))
    if described is None:
        notes.ask("which field names the model", f"no field does; {field} stands there", "provider.yaml: models/field")
    revision = origin.said("version") or "undated"
    return {
        "provider": name,
        "title": title,
        "base_url": origin.base_url or NOWHERE,
        "key": key,
        "documents": {DOCUMENT: {"title": f"OpenAPI document ({origin.path.name})", "revision": revision}},
        "operations": {role.value: each.name for role, each in found.operations.items()},
        "job": _job(origin, found, notes),
        "capabilities": _capabilities(origin, body, quote, notes),
        **_prices(origin, found, notes),
        "models": {
            "field": field,
            "default": entries[0]["id"],
            "catalogue": "models.json",
            "source": quoted((described or {}).get("x-source"), quote),
            "narrows": _narrows(notes),
        },
    }


def quoted(source: Any, otherwise: str) -> str:
    """The words of an ``x-source``."""
    found = source.get("any") if isinstance(source, Mapping) else source
    return str(found or otherwise)[:QUOTE]


def _model_field(body: Mapping[str, Any]) -> str:
    """The first text that is called so; where there is none, a name that no field of another type has."""
    fields = body.get("properties", {})
    texts = [each for each in _MODEL_FIELDS if each in fields and fields[each].get("type", "string") == "string"]
    return exact((next(iter((*texts, *(each for each in _MODEL_FIELDS if each not in fields), "model"))),))


def _narrows(notes: Notes) -> list[Json]:
    notes.ask(
        "what each model takes of what the operation allows, and which fields need or exclude each other",
        "nothing: OpenAPI has no words for the one, and the other is prose",
        "provider.yaml: models/narrows, dependencies",
    )
    return []


def _prices(origin: Origin, found: Job, notes: Notes) -> Json:
    if Role.QUOTE not in found.operations:
        notes.ask("prices", "none: a live run needs --assume-price or --prices", "provider.yaml: prices, money")
        return {}
    return {
        "prices": {
            "currency": "USD",
            "quote": exact(found.price),
            "source": origin.quote(found.operations[Role.QUOTE]),
            "note": "what the quote answers; the simulator charges a made-up rate",
        }
    }


def _job(origin: Origin, found: Job, notes: Notes) -> Json:
    poll = found.operations[Role.POLL]
    streams = any(kind.startswith("video/") for kind in poll.types)
    meant, documented = _words(found, streams, notes)
    results, told = _results(found, streams, notes)
    carries = {"id", *found.id} & set(poll.answer.get("properties", {}))
    excluded = [rule for rule, holds in (("words", documented), ("same-id", carries), ("result", told)) if not holds]
    error = words.failure(poll.answer)
    if error is None:
        notes.ask("where a failed job says why", "nothing", f"{_JOB}/error")
    notes.ask(
        "how often to poll, and how long a job may take",
        f"every {POLL_SECONDS} s for {DEADLINE_SECONDS} s, by this project's habit",
        f"{_JOB}/poll_seconds, deadline_seconds",
    )
    return {
        "id": exact(found.id),
        "status": exact(found.status),
        "words": meant,
        "results": results,
        **({"error": error} if error else {}),
        "poll_seconds": POLL_SECONDS,
        "deadline_seconds": DEADLINE_SECONDS,
        **({"excluded": excluded} if excluded else {}),
        "source": origin.quote(poll),
        "file": origin.quote(poll),
    }


def _words(found: Job, streams: bool, notes: Notes) -> tuple[dict[str, str], bool]:
    """The status words with their states, and whether the document has them."""
    poll = found.operations[Role.POLL]
    node = value(poll.answer, tuple(t for each in found.status for t in ("properties", each))) or {}
    meant, nobodys = words.states(each for each in node.get("enum", ()) if isinstance(each, str))
    if len(meant) < 2 or ("succeeded" not in meant.values() and not streams):
        notes.ask(
            f"the words of a job's status ({exact(found.status)} in the answer of {poll.name})",
            f"made up for the simulator, claimed nowhere: {', '.join(words.USUAL)}",
            f"{_JOB}/words; then take `words` out of {_JOB}/excluded",
        )
        return dict(words.USUAL), False
    guessed = ", ".join(f"{word} = {state}" for word, state in meant.items())
    notes.ask("what the status words mean, and which of them are final", guessed, f"{_JOB}/words")
    for word in nobodys:
        notes.ask(f"the status word `{word}`", "taken for running", f"{_JOB}/words")
    return meant, True


def _results(found: Job, streams: bool, notes: Notes) -> tuple[list[Json], bool]:
    """Where the video is, and whether anything in the document tells."""
    submit, poll = found.operations[Role.SUBMIT], found.operations[Role.POLL]
    at = words.addresses(poll.answer)
    # What both answers have is there once the job has ended.
    results: list[Json] = [
        {"place": "submission", "at": each} for each in words.addresses(submit.answer) if each not in at
    ]
    serves = Role.CONTENT in found.operations
    if at:  # a provider that serves the file itself wants its key, which goes to nobody else in any case
        results.append({"place": "body", "at": at[0], **({"authorized": True} if serves else {})})
    results += [{"place": "operation"}] if serves else []
    results += [{"place": "poll"}] if streams else []
    told = "; ".join(" ".join(map(str, each.values())) for each in results)
    notes.ask(
        "where the finished video is, and whether its address needs the key (authorized: true)",
        told or "/video_url in the poll's answer, made up",
        f"{_JOB}/results",
    )
    return results or [{"place": "body", "at": "/video_url"}], bool(results)


def _capabilities(origin: Origin, body: Mapping[str, Any], quote: str, notes: Notes) -> Json:
    made: Json = {}
    for axis, tokens, encoding in words.axes(body):
        source = quoted(body["properties"][tokens[0]].get("x-source"), quote)
        made[axis] = {"field": exact(tokens), "encoding": encoding, "source": source}
        if axis in ("first_frame", "last_frame") and not words.begins_or_ends(tokens[0]):
            made[axis]["delivered"] = False  # a picture to go by; that the video shows it is said nowhere
    if not made:
        name = next(iter(body.get("properties", {})), None)
        if name is None:
            raise SpecError(
                "the submission takes no JSON members that could be read",
                where=str(origin.path),
                hint="Choose another: --operation NAME.",
            )
        made["passthrough"] = {"field": exact((name,)), "encoding": "object", "source": quote}
    listed = ", ".join(f"{each['field']} = {axis} ({each['encoding']})" for axis, each in made.items())
    notes.ask("which fields are the axes that providers are compared by", listed, "provider.yaml: capabilities")
    return made
