"""Claims of good practice: what any client of an HTTP interface leans on, whether or not a provider documents it.

They are this project's own, and are never among a contract's claims, which are what a provider's documents say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.claim import Claim, Kind, Level, Source
from harness.contract.model import Contract, Operation, Role

#: The document that they are read from, and its revision: nobody's documentation.
DOCUMENT, REVISION = "protocol", "this project"
#: rule → (kind, sentence, why)
_STATEMENTS: Mapping[str, tuple[Kind, str, str]] = {
    "consistent": (
        Kind.LIFECYCLE,
        "asked for twice, a job that has ended gives the same state, cost and error",
        "A client that lost an answer asks again, and must not be told something else about what it has paid for.",
    ),
    "safe": (
        Kind.LIFECYCLE,
        "a job whose file was fetched by GET is still there",
        "GET is safe (RFC 9110, section 9.2.1): caches, proxies and link previews send it without being asked.",
    ),
    "video-type": (
        Kind.RESPONSE,
        "an answer that is a video says video/*",
        "Browsers, players and proxies go by Content-Type (RFC 9110, section 8.3), not by what the bytes look like.",
    ),
    "json-type": (
        Kind.RESPONSE,
        "an answer that is JSON says application/json",
        "Clients choose their parser by Content-Type (RFC 9110, section 8.3); many refuse JSON that is called text.",
    ),
    "json-error": (
        Kind.RESPONSE,
        "an error is told in JSON",
        "Clients that read every answer as JSON lose the reason of a refusal that comes as text or as a page.",
    ),
    "encoding": (
        Kind.RESPONSE,
        "an answer is packed as its Content-Encoding says",
        "Clients unpack a body by Content-Encoding (RFC 9110, section 8.4), and fail where it is not packed so.",
    ),
}
#: Rules that are about every operation; the others are about jobs.
_EVERYWHERE = ("json-type", "json-error", "encoding")


def practice(contract: Contract) -> Mapping[str, Claim]:
    """The claims of good practice on a provider, by their ids and in the order of these."""
    found = {claim.id: claim for claim in _claims(contract)}
    return dict(sorted(found.items()))


def _claims(contract: Contract) -> Iterator[Claim]:
    poll = contract.role(Role.POLL)
    about = {"consistent": poll, "safe": poll, "video-type": contract.submit}
    yield from (_claim(contract, operation, rule) for rule, operation in about.items() if operation is not None)
    for operation in contract.operations.values():
        yield from (_claim(contract, operation, rule) for rule in _EVERYWHERE)


def _claim(contract: Contract, operation: Operation, rule: str) -> Claim:
    kind, statement, why = _STATEMENTS[rule]
    return Claim(
        id=f"{contract.provider}.{operation.id}.{DOCUMENT}.{rule}",
        operation=operation.id,
        kind=kind,
        rule=rule,
        tokens=(),
        statement=statement,
        source=Source(document=DOCUMENT, revision=REVISION, quote=why),
        check=f"{DOCUMENT}-{rule}",
        level=Level.SHOULD,
    )
