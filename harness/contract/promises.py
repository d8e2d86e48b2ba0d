"""Claims on what is documented of a job's life beyond its words: provider.yaml's ``life``, one claim per member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.claim import Claim, Kind, Level
from harness.contract.files import DataFile
from harness.contract.model import Capability, Contract, Echo, Operation, Promises, Role
from harness.contract.sources import Sources
from harness.pointer import Tokens, dotted, filled, parse

#: member of ``life`` → (role of the operation that the claim is about, rule, sentence, level)
_PLAIN: Mapping[str, tuple[Role, str, str, Level]] = {
    "progress": (Role.POLL, "job.progress", "`{at}` never falls while a job is under way", Level.SHOULD),
    "reason": (Role.POLL, "job.reason", "a job that failed says why in `{at}`", Level.SHOULD),
    "early": (
        Role.POLL,
        "job.early",
        "the video's address is named when the job has succeeded, not before",
        Level.MUST,
    ),
    "served": (Role.POLL, "job.served", "the address that a job names for its video serves it", Level.MUST),
    "streamed": (
        Role.POLL,
        "job.streamed",
        "a job whose submission gave a link is polled as JSON; its video comes by the link alone",
        Level.MUST,
    ),
    "address": (Role.SUBMIT, "job.address", "`{at}` is the address at which this job is polled", Level.MUST),
}
#: How a video is deleted → the same, with what the run does for it.
_DELETED: Mapping[str, tuple[Role, str, str]] = {
    "operation": (Role.COMPLETE, "job.deleted", "a video that was deleted cannot be retrieved any more"),
    "flag": (Role.POLL, "{at}.deleted", "a video that was retrieved with `{at}` cannot be retrieved again"),
    "link": (Role.SUBMIT, "job.link-deleted", "a link whose video was deleted by DELETE does not serve it any more"),
}


def described(said: Mapping[str, Any], capabilities: Mapping[str, Capability], file: DataFile) -> Promises:
    """What ``life`` promises. Raises SpecError for a consent without the capability that says where it stands."""
    if "consent" in said and "consent" not in capabilities:
        raise file.fault(
            "`life/consent` without the capability of that name", "life", "consent", hint="Say where it stands."
        )
    deleted = said.get("deleted", {})
    return Promises(
        progress=parse(said.get("progress", {}).get("at", "")),
        echoes=tuple(
            Echo(operation=each["operation"], told=parse(each["at"]), given=parse(each["of"]))
            for each in said.get("echoes", ())
        ),
        flag=parse(deleted.get("flag", {}).get("at", "")),
        link="link" in deleted,
        consent=capabilities["consent"].tokens if "consent" in said else (),
    )


def claims(
    provider: str,
    operations: Mapping[str, Operation],
    said: Mapping[str, Any],
    promises: Promises,
    quotes: Sources,
) -> Iterator[Claim]:
    """One claim for each member of ``life``."""
    roles = {operation.role: operation for operation in operations.values()}

    def claim(
        operation: Operation,
        name: str,
        check: str,
        statement: str,
        given: Any,
        *,
        place: Tokens,
        tokens: Tokens = (),
        kind: Kind = Kind.LIFECYCLE,
        level: Level = Level.MUST,
        parameters: Mapping[str, Any] | None = None,
    ) -> Claim:
        quoted = isinstance(given, Mapping) and "source" in given
        return Claim(
            id=f"{provider}.{operation.id}.{name}",
            operation=operation.id,
            kind=kind,
            rule=name.rpartition(".")[2],
            tokens=tokens,
            statement=statement,
            source=quotes.quote(given["source"] if quoted else given, "/".join(place)),
            check=check,
            level=level,
            parameters=parameters or {},
            place=("provider.yaml", *place),
        )

    for member, (role, name, statement, level) in _PLAIN.items():
        if member in said:
            tokens = _at(said[member])
            text = statement.format(at=dotted(tokens))
            yield claim(
                roles[role],
                name,
                f"job-{member}",
                text,
                said[member],
                level=level,
                tokens=tokens,
                place=("life", member),
            )
    for way, given in said.get("deleted", {}).items():
        role, name, statement = _DELETED[way]
        tokens = _at(given)
        yield claim(
            roles[role], name.format(at=dotted(tokens)), "job-deleted", statement.format(at=dotted(tokens)), given,
            tokens=tokens, parameters={"by": way}, place=("life", "deleted", way),
        )  # fmt: skip
    for number, (each, echo) in enumerate(zip(said.get("echoes", ()), promises.echoes, strict=True)):
        yield claim(
            operations[echo.operation], f"accepted.{dotted(echo.told)}.echo", "job-echo",
            f"`{dotted(echo.told)}` of an answer repeats `{dotted(echo.given)}` of the request", each,
            level=Level.SHOULD, tokens=echo.told, parameters={"given": echo.given},
            place=("life", "echoes", str(number)),
        )  # fmt: skip
    consent, field = said.get("consent", {}), dotted(promises.consent)
    if "again" in consent:
        yield claim(
            roles[Role.SUBMIT], f"{field}.consented", "consent-given",
            f"a request that was answered by asking for consent is taken when it is sent again with `{field}`",
            consent["again"], tokens=promises.consent, place=("life", "consent", "again"),
        )  # fmt: skip
    if "media" in consent:
        yield claim(
            roles[Role.SUBMIT], "consent.media", "consent-media", "consent is asked for of submitted media alone",
            consent["media"], place=("life", "consent", "media"),
        )  # fmt: skip
    for operation in operations.values():
        answer = operation.meant_by("payment")
        if "insufficient" in said and answer is not None:
            word = said["insufficient"]["says"]
            yield claim(
                operation, "payment.insufficient", "payment-insufficient",
                f"who presents a key and lacks credit is told `{word}`", said["insufficient"], kind=Kind.REFUSAL,
                level=Level.SHOULD, parameters={"status": answer.status, "says": word},
                place=("life", "insufficient"),
            )  # fmt: skip


def media_fields(contract: Contract) -> Iterator[Tokens]:
    """Where a submission brings pictures, videos or sounds."""
    for name, capability in contract.capabilities.items():
        if name != "webhook" and capability.encoding in ("url", "urls", "entries"):
            yield capability.tokens


def brings_media(contract: Contract, body: Any) -> bool:
    """Whether a submission brings any."""
    return any(filled(body, tokens) for tokens in media_fields(contract))


def _at(given: Any) -> Tokens:
    return parse(given.get("at", "")) if isinstance(given, Mapping) else ()
