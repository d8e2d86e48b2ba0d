"""Claims on answers: documented statuses, media types, bodies; and on how a request is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.claim import Claim, Kind, Level
from harness.contract import shape
from harness.contract.model import Operation, Role
from harness.contract.sources import Sources
from harness.interaction import KeyState

#: Ways of presenting a key that a secured operation must refuse, with the sentence of the claim.
KEYS: Mapping[KeyState, str] = {
    "missing": "a request without a key is refused as unauthenticated",
    "wrong": "a request with an unknown key is refused as unauthenticated",
    "malformed": "a request whose Authorization header has another scheme is refused as unauthenticated",
}


def claims(provider: str, operation: Operation, documented: Mapping[str, Any], sources: Sources) -> Iterator[Claim]:
    """Every claim on the answers of one operation. ``documented`` is its OpenAPI object, references resolved."""
    prefix = f"{provider}.{operation.id}"
    yield from _statuses(prefix, operation, documented, sources)
    for status, answer in operation.answers.items():
        node = documented["responses"][answer.written]
        source = sources.of(node, "any", f"{prefix} response {status}")
        where = f"{prefix}.{answer.meaning}"
        level = Level(node.get("x-level", "MUST"))
        common: dict[str, Any] = {"operation": operation.id, "source": source, "tokens": (), "level": level}
        yield Claim(
            id=f"{where}.media-type",
            kind=Kind.REFUSAL if answer.refuses else Kind.RESPONSE,
            rule="media-type",
            statement=f"an answer {_meant(answer.meaning)} is {' or '.join(answer.content) or 'empty'}",
            check="media-type",
            parameters={"status": status, "types": list(answer.content), "about": where},
            place=(*operation.place, "responses", answer.written),
            **common,
        )
        for name, header in answer.headers.items():
            quoted = sources.of(header, "any", f"{where} header {name}", source)
            place = (*operation.place, "responses", answer.written)
            yield from _header(where, name, header, status, {**common, "source": quoted, "place": place})
        schema = answer.content.get("application/json")
        if schema is not None:
            yield from shape.claims(
                shape.Place(
                    prefix=where,
                    operation=operation.id,
                    kind=Kind.REFUSAL if answer.refuses else Kind.RESPONSE,
                    check="response",
                    sources=sources,
                    fallback=source,
                    parameters={"status": status},
                    level=level,
                    schema=operation.answer_place(status),
                ),
                schema,
            )


def _header(
    where: str, name: str, documented: Mapping[str, Any], status: int, common: dict[str, Any]
) -> Iterator[Claim]:
    """What is said of a header: that it holds JSON as Base64, or that those who present a key do not get it."""
    if documented.get("schema", {}).get("contentMediaType") == "application/json":
        rule, statement = "form", f"`{name}`, where it is sent, holds JSON as Base64"
    elif documented.get("x-without-key") is True:
        rule, statement = "absent", f"`{name}` is not sent to those who present a key"
    else:
        return
    yield Claim(
        id=f"{where}.headers.{name}.{rule}",
        kind=Kind.RESPONSE,
        rule=rule,
        statement=statement,
        check=f"header-{rule}",
        parameters={"status": status, "header": name.lower()},
        **common,
    )


def _statuses(prefix: str, operation: Operation, documented: Mapping[str, Any], sources: Sources) -> Iterator[Claim]:
    responses = documented["responses"]
    listed = operation.answers.written

    def claim(field: str, rule: str, meaning: str, statement: str, **more: Any) -> Claim:
        answer = operation.meant_by(meaning)
        assert answer is not None
        source = sources.of(responses[answer.written], "any", f"{prefix} response {answer.status}")
        more.setdefault("level", Level(responses[answer.written].get("x-level", "MUST")))
        return Claim(
            id=f"{prefix}.{field}.{rule}",
            operation=operation.id,
            kind=more.pop("kind", Kind.REFUSAL),
            rule=rule,
            tokens=(),
            statement=statement,
            source=source,
            check=more.pop("check"),
            parameters={"status": answer.status, **more.pop("parameters", {})},
            place=(*operation.place, "responses", answer.written),
            **more,
        )

    # Whose document names no error at all has not said that there are none; one that another document names binds less.
    levels = {Level(responses[a.written].get("x-level", "MUST")) for a in operation.answers.values() if a.refuses}
    if levels:
        yield claim(
            "response",
            "documented",
            "accepted",
            f"answers have one of the documented statuses ({listed})",
            kind=Kind.RESPONSE,
            check="documented-status",
            level=Level.MUST if Level.MUST in levels else Level.SHOULD,
        )
    yield claim(
        "accepted",
        "status",
        "accepted",
        "a request that keeps every documented rule is answered with "
        f"{operation.accepted.status if operation.accepted else ''}",
        kind=Kind.RESPONSE,
        check="accepted-status",
    )
    if operation.body is not None and operation.meant_by("invalid"):
        yield claim(
            "invalid",
            "status",
            "invalid",
            "an invalid request is refused with the documented status",
            check="invalid-status",
        )
        yield claim(
            "body", "malformed-json", "invalid", "a body that is not JSON is refused as invalid", check="malformed-body"
        )
    if operation.secured and operation.meant_by("unauthenticated"):
        for way, statement in KEYS.items():
            yield claim(
                "authorization", way, "unauthenticated", statement, check="authorization", parameters={"way": way}
            )
    if not operation.secured:
        yield claim(
            "authorization",
            "optional",
            "accepted",
            "no key is needed",
            kind=Kind.RESPONSE,
            check="authorization",
            parameters={"way": "optional"},
            level=Level.SHOULD,
        )
    if operation.role in (Role.POLL, Role.CONTENT, Role.COMPLETE) and operation.meant_by("not-found"):
        yield claim(
            "id",
            "unknown",
            "not-found",
            "an id that no job has is refused as not found",
            kind=Kind.LIFECYCLE,
            check="unknown-id",
        )


def _meant(meaning: str) -> str:
    return "of acceptance" if meaning == "accepted" else f"that means {meaning!r}"
