"""The axes of a job: how it is taken, followed, told of, delivered, and deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.claim import Kind
from harness.compare.cells import Cell, documented, none, silent
from harness.compare.fields import field
from harness.compare.operations import address, answers, claim_of, claims_under, poll_of
from harness.compare.scope import Scopes
from harness.contract import Role, State
from harness.pointer import alone, dotted


def acceptance(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    answer = contract.submit.accepted
    if answer is None:
        return silent()
    id_field = f"{answer.status}, id in `{dotted(contract.job.id)}`"
    return documented(id_field, claims_under(contract, contract.submit, "accepted"))


def words(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    by_state: dict[State, list[str]] = {}
    for word, state in contract.job.words.items():
        by_state.setdefault(state, []).append(word)
    told = [f"{state}: {', '.join(by_state[state])}" for state in State if state in by_state]
    claim = claim_of(contract, poll_of(contract), "job.words")
    disputed = tuple(
        each
        for each in contract.claims.values()
        if each.kind is Kind.CONTRADICTION and each.tokens == contract.job.status
    )
    return documented("; ".join(told), [claim] if claim else [], disputed=disputed)


def delivery(scopes: Scopes, models: Sequence[str]) -> Cell:
    """Where the video is, in the order in which the documentation prefers the places."""
    contract = scopes.contract
    poll = poll_of(contract)
    content = contract.role(Role.CONTENT)
    told = []
    for result in contract.job.results:
        place = f"`{'.'.join(result.tokens)}`".replace(".0`", "[0]`")
        where = {
            "body": f"address in {place} of the poll's answer",
            "submission": f"address in {place} of the submission's answer",
            "operation": address(content) if content else "",
            "poll": "the poll answers with the file",
        }[result.place]
        told.append(where + (" (with the key)" if result.authorized else ""))
    claims = [claim_of(contract, poll, "job.result"), claim_of(contract, contract.submit, "video.container")]
    return documented(", or ".join(told), [claim for claim in claims if claim])


def stated(axis: str) -> Callable[[Scopes, Sequence[str]], Cell]:
    def read(scopes: Scopes, models: Sequence[str]) -> Cell:
        said = scopes.contract.stated.get(axis)
        return silent() if said is None else documented(said.says, sources=[said.source])

    return read


def operation(role: Role, missing: str) -> Callable[[Scopes, Sequence[str]], Cell]:
    def read(scopes: Scopes, models: Sequence[str]) -> Cell:
        found = scopes.contract.role(role)
        if found is None:
            return none(missing)
        return documented(address(found), answers(scopes.contract, found))

    return read


def cancel(scopes: Scopes, models: Sequence[str]) -> Cell:
    word = next((word for word, state in scopes.contract.job.words.items() if state is State.CANCELLED), None)
    return none("no such operation" + (f", though a job can be `{word}`" if word else ""))


def webhook(scopes: Scopes, models: Sequence[str]) -> Cell:
    cell = field("webhook")(scopes, models)
    capability = scopes.contract.capabilities.get("webhook")
    if capability is None:
        return cell
    plain = alone(capability.tokens, "http://example.com/told")
    secure = any(claim.rule == "pattern" and not claim.keeps(plain) for claim in cell.claims)
    return replace(cell, text=f"`{dotted(capability.tokens)}`" + (", https only" if secure else ""))


def signature(scopes: Scopes, models: Sequence[str]) -> Cell:
    if "webhook" not in scopes.contract.capabilities:
        return none("no webhook")
    return stated("webhook_signature")(scopes, models)


def consent(scopes: Scopes, models: Sequence[str]) -> Cell:
    contract = scopes.contract
    capability, answer = contract.capabilities.get("consent"), contract.submit.meant_by("consent")
    if capability is None and answer is None:
        return none("no such field or answer")
    told = [f"{answer.status} until given"] if answer else []
    told += [f"`{dotted(capability.tokens)}`"] if capability else []
    claims = list(claims_under(contract, contract.submit, "consent"))
    if capability:
        claims += list(field("consent")(scopes, models).claims)
    return documented(", ".join(told), claims)
