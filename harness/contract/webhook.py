"""Claims on webhooks: what is sent to the callback URL of a submission, each read off the provider's data.

Only what is documented becomes a claim: every member of provider.yaml's ``webhook`` is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.claim import Claim, Kind, Level
from harness.contract.files import DataFile
from harness.contract.model import Capability, Event, Operation, Webhook
from harness.contract.signature import Scheme
from harness.contract.sources import Sources
from harness.pointer import dotted, parse

#: member of ``webhook`` → (rule of the claim, its sentence)
_STATEMENTS: Mapping[str, tuple[str, str]] = {
    "notified": ("notified", "a job whose submission gave `{f}` is told of there once it has ended"),
    "addressed": ("addressed", "what is sent of a job goes to the `{f}` of its own submission"),
    "form": ("form", "what is sent to `{f}` is a POST with the documented JSON, about a job that was submitted"),
    "same_state": ("same-state", "what is sent to `{f}` names the final state that polling shows"),
    "identified": ("identified", "what is sent to `{f}` carries the documented id, the same when it is sent again"),
    "signed": ("signed", "what is sent to `{f}` is signed, over its raw bytes, as documented"),
}


def described(said: Mapping[str, Any], submit: Mapping[str, Any], field: Capability | None, file: DataFile) -> Webhook:
    """The webhook of a provider. ``submit`` is the documented submission; raises SpecError for what it lacks."""
    if field is None:
        raise file.fault("`webhook` without the capability of that name", "webhook", hint="Say where its URL stands.")
    bodies = [
        item["post"]["requestBody"]["content"]["application/json"]["schema"]
        for expressions in submit.get("callbacks", {}).values()
        for item in expressions.values()
    ]
    if len(bodies) != 1:
        raise file.fault(
            f"`webhook`, and the submission in openapi.yaml has {len(bodies)} callbacks",
            "webhook",
            hint="Describe the one request that is sent, with its body, under `callbacks`.",
        )
    event, name = said.get("identified"), said.get("event")
    return Webhook(
        tokens=field.tokens,
        job=parse(said["job"]),
        status=parse(said["status"]),
        schema=bodies[0],
        name=(parse(name["at"]), name["is"]) if name else None,
        event=Event(header=event["header"], form=event.get("is")) if event else None,
        signature=_scheme(said["signed"], file) if "signed" in said else None,
    )


def _scheme(said: Mapping[str, Any], file: DataFile) -> Scheme:
    told = {key: each for key, each in said.items() if key not in ("source", "tolerance")}
    scheme = Scheme(**told, tolerance=said.get("tolerance", {}).get("seconds"))
    for fault in scheme.faults():
        raise file.fault(fault, "webhook", "signed", hint="For example: form `t={timestamp},v1={signature}`.")
    return scheme


def claims(
    provider: str, submit: Operation, said: Mapping[str, Any], webhook: Webhook, quotes: Sources
) -> Iterator[Claim]:
    """One claim per documented member."""

    def claim(rule: str, member: str, statement: str, source: Any, level: Level = Level.MUST) -> Claim:
        field = dotted(webhook.tokens)
        return Claim(
            id=f"{provider}.{submit.id}.{field}.{rule}",
            operation=submit.id,
            kind=Kind.WEBHOOK,
            rule=rule,
            tokens=webhook.tokens,
            statement=statement.format(f=field),
            source=quotes.quote(source, f"webhook/{rule}"),
            check=f"webhook-{rule}",
            level=level,
            place=("provider.yaml", "webhook", member),
        )

    for member, (rule, statement) in _STATEMENTS.items():
        if member in said:
            given = said[member]
            quoted = isinstance(given, Mapping) and "source" in given
            yield claim(rule, member, statement, given["source"] if quoted else given)
    tolerance = said.get("signed", {}).get("tolerance")
    if tolerance is not None:
        # Receivers are told to refuse older ones; that none is sent, nobody promises.
        statement = f"what is sent to `{{f}}` was signed no more than {tolerance['seconds']:g} s before it arrives"
        yield claim("fresh", "signed", statement, tolerance["source"], Level.SHOULD)
