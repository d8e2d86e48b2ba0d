"""Checks on what a request may say: is what is forbidden refused, and what is permitted accepted?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.claim import Claim, Kind
from harness.contract import Role, State
from harness.contract.dependency import place
from harness.contract.shape import schema_at
from harness.judge import limits
from harness.judge.evidence import Evidence
from harness.judge.seen import ABRIDGED, Seen
from harness.pointer import dotted, nest, present, value
from harness.verdict import Agrees, Direction, Divergence, Doubt, Finding, Noted, Suspect, Unclear

#: Rules that a request breaks by what is not in it.
_NEEDS = frozenset(
    {"required", "requires", "requires-any", "at-least-one", "all-or-none", "each", "citation", "minItems"}
)


def request(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A request that breaks the claim is refused; one that breaks none is not refused because of it."""
    noted = list(limits.notes(claim, evidence))
    for finding in _held(claim, evidence):
        yield _with(finding, noted) if isinstance(finding, Divergence) else finding
    yield from noted


def _held(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    for seen in evidence.breakers(claim):
        yield from _broken(claim, evidence, seen)
    for seen in evidence.blame.get(claim.id, ()):
        if claim.parameters.get("partly"):
            yield Unclear(seen.interaction, f"refused, and no document says that {claim.model} takes {_field(claim)}")
            continue
        yield Divergence(
            direction=Direction.REFUSES_PERMITTED,
            summary=f"{_field(claim)} = {_given(claim, seen)} is permitted and was refused",
            expected=f"accepted: {claim.statement}",
            observed=f"status {seen.status}",
            interaction=seen.interaction,
            suspects=evidence.causes[seen].suspects,
            witnesses=evidence.causes[seen].witnesses,
        )


def _with(divergence: Divergence, noted: Sequence[Noted]) -> Divergence:
    """The divergence, with where the limit really lies."""
    differing = [each for each in noted if each.differs]
    if not differing:
        return divergence
    return replace(
        divergence,
        observed="; ".join((divergence.observed, *(f"{each.text}: {each.shown_by}" for each in differing))),
        witnesses=tuple(dict.fromkeys((*divergence.witnesses, *(n for each in differing for n in each.witnesses)))),
    )


def _broken(claim: Claim, evidence: Evidence, seen: Seen) -> Iterator[Finding]:
    if not seen.known_model:
        yield Unclear(
            seen.interaction, f"the model {seen.model!r} is not in the catalogue held here, so its limits are unknown"
        )
    elif _may_be_cut(claim, seen):
        yield Unclear(seen.interaction, ABRIDGED)
    elif claim.ignored:
        if seen.accepted:
            yield Agrees(seen.interaction)
        elif seen.refused and seen.breaks == {claim.id} and seen.key_sound:
            yield Divergence(
                direction=Direction.REFUSES_PERMITTED,
                summary=f"{_field(claim)} was refused where the documentation says it is ignored",
                expected=f"accepted and ignored: {claim.statement}",
                observed=f"status {seen.status}",
                interaction=seen.interaction,
            )
        else:
            yield Unclear(seen.interaction, _why(seen))
    elif seen.accepted and (other := _permitting(claim, evidence, seen)) is not None:
        yield Unclear(seen.interaction, f"accepted, and the documents disagree: {other} permits it")
    elif seen.accepted:
        yield Divergence(
            direction=Direction.ACCEPTS_FORBIDDEN,
            summary=f"{_said(claim, seen)} was accepted",
            expected=f"refused: {claim.statement}",
            observed=f"status {seen.status}{_ending(evidence, seen)}",
            interaction=seen.interaction,
        )
    elif not (seen.meaning in claim.refusals or seen.refused):
        yield Unclear(seen.interaction, _why(seen))
    elif not seen.key_sound:
        yield Unclear(seen.interaction, f"refused, but the key was {seen.key}")
    elif (valid := evidence.turned_away(seen)) is not None:
        yield Unclear(seen.interaction, _alike(valid))
    elif _only(claim, evidence, seen):
        yield Agrees(seen.interaction)
    else:
        others = ", ".join(sorted(seen.breaks - {claim.id}))
        yield Unclear(seen.interaction, f"refused, but the request also breaks {others}")


def _may_be_cut(claim: Claim, seen: Seen) -> bool:
    """Whether what the request lacks may have been in it before somebody cut it short to publish it."""
    if not seen.interaction.provenance.abridged:
        return False
    if claim.vocabulary == "exactly-one":
        return not any(present(seen.body, place(each)) for each in claim.parameters["of"])
    return claim.vocabulary in _NEEDS


def _permitting(claim: Claim, evidence: Evidence, seen: Seen) -> str | None:
    """The document that lists more values than the claim, or needs fewer members, and with that permits the request.

    Bounds that differ are told of the service behind the provider's: they stay in the contradiction alone.
    """
    if claim.rule not in ("enum", "required") or claim.kind is not Kind.SHAPE:
        return None
    at = claim.tokens[:-1] if claim.rule == "required" else claim.tokens
    node = schema_at(evidence.contract.operations[claim.operation].body or {}, at) or {}
    for said in node.get("x-also", ()):
        other = replace(claim, schema=nest(at, {claim.rule: said["value"]}))
        if said["rule"] == claim.rule and other.keeps(seen.body):
            return str(said["document"])
    return None


def _only(claim: Claim, evidence: Evidence, seen: Seen) -> bool:
    claims = evidence.contract.claims
    return all(name == claim.id or claims[name].ignored for name in seen.breaks)


def _ending(evidence: Evidence, seen: Seen) -> str:
    for life in evidence.jobs.values():
        if life.submission is seen and (state := evidence.final(life)):
            return f"; the job {state.value}"
    return ""


def accepted_status(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A request that keeps every documented rule gets the documented success."""
    for seen in evidence.by_operation.get(claim.operation, ()):
        if seen.breaks or not seen.bodied or not seen.key_sound or not seen.known_model:
            continue
        if seen.status == claim.parameters["status"]:
            yield Agrees(seen.interaction)
        elif seen.by_http:
            yield Unclear(seen.interaction, seen.by_http)
        elif seen.accepted:
            yield Divergence(
                direction=Direction.UNDOCUMENTED_RESPONSE,
                summary=f"accepted with status {seen.status} instead of {claim.parameters['status']}",
                expected=f"status {claim.parameters['status']}",
                observed=f"status {seen.status}",
                interaction=seen.interaction,
            )
        elif seen.operation.role not in (Role.SUBMIT, Role.QUOTE):
            continue
        elif not seen.refused:
            yield Unclear(seen.interaction, _instead(seen))
        elif seen not in evidence.attributed:
            yield _unattributed(claim, evidence, seen)
        else:
            yield Unclear(seen.interaction, "a valid request was refused, which another claim tells of")


def _unattributed(claim: Claim, evidence: Evidence, seen: Seen) -> Finding:
    """A refused valid request that no one claim explains: a combination, more suspects than one, or chance."""
    cause = each if (each := evidence.causes.get(seen)) and len(each.texts) > 1 else None
    suspects = () if cause else tuple(Suspect(t, tuple(texts)) for t, texts in evidence.suspects(seen).items())
    if suspects:
        named = "; ".join(f"{dotted(each.tokens)} = {', '.join(each.values)[:80]}" for each in suspects)
        return Doubt(seen.interaction, f"a valid request was refused; suspects: {named}", suspects)
    witnesses: tuple[str, ...] = ()
    if cause:
        fields = " with ".join(f"`{dotted(each.tokens)} = {', '.join(each.values)[:80]}`" for each in cause.suspects)
        summary = f"the combination of {fields} was refused, and each was accepted without the other"
        witnesses = cause.witnesses
    elif (taken := evidence.taken_with(seen)) is None:
        summary = "a combination of values was refused, each of which was accepted elsewhere"
    elif besides := ", ".join(f"`{dotted(each)}`" for each in taken[1]):
        summary, witnesses = f"a valid request was refused, and accepted with {besides} besides", taken[:1]
    else:
        return Doubt(seen.interaction, f"a valid request was refused, and the same request was accepted: {taken[0]}")
    return Divergence(
        direction=Direction.REFUSES_PERMITTED,
        summary=summary,
        expected=f"status {claim.parameters['status']}",
        observed=f"status {seen.status}",
        interaction=seen.interaction,
        suspects=cause.suspects if cause else (),
        witnesses=witnesses,
    )


def serves(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """A model that the catalogue lists takes a valid request, and is not said not to be there."""
    asked = [seen for seen in evidence.of_model(claim.operation, claim.model) if not seen.breaks and seen.bodied]
    blamed = frozenset(evidence.blame.get(claim.id, ()))
    served = any(seen.accepted for seen in asked)
    for seen in asked:
        missing = seen.meaning == "not-found" and seen.documented and seen.operation.role is Role.SUBMIT
        if seen.accepted:
            yield Agrees(seen.interaction)
        elif not seen.key_sound:
            yield Unclear(seen.interaction, f"not accepted, but the key was {seen.key}")
        elif seen in blamed or (missing and not served):
            cause = evidence.causes.get(seen)
            yield Divergence(
                direction=Direction.REFUSES_PERMITTED,
                summary=f"{claim.model} is listed in the catalogue and "
                + ("is said not to be there" if missing else "refuses valid requests"),
                expected="accepted",
                observed=f"status {seen.status}",
                interaction=seen.interaction,
                suspects=cause.suspects if cause else (),
                witnesses=cause.witnesses if cause else (),
            )
        elif seen.refused:
            yield Unclear(seen.interaction, "a valid request was refused, and that need not be for the model")
        else:
            yield Unclear(seen.interaction, _instead(seen))


def accept_then_fail(claim: Claim, evidence: Evidence) -> Iterator[Finding]:
    """What is forbidden is refused at submission, not accepted and failed later."""
    for seen in evidence.by_operation.get(claim.operation, ()):
        if seen.breaks and seen.refused and seen.known_model and seen.key_sound:
            valid = evidence.turned_away(seen)
            yield Agrees(seen.interaction) if valid is None else Unclear(seen.interaction, _alike(valid))
    for life in evidence.jobs.values():
        submitted = life.submission
        state = evidence.final(life)
        broken_here = [evidence.contract.claims[name] for name in submitted.breaks] if submitted else []
        serious = {c.id for c in broken_here if submitted and not c.ignored and not _may_be_cut(c, submitted)}
        if submitted and serious and submitted.known_model and state is State.FAILED:
            broken = ", ".join(sorted(serious))
            yield Divergence(
                direction=Direction.LIFECYCLE,
                summary=f"a request that breaks {broken} was accepted and its job failed later",
                expected="refused at submission",
                observed=f"status {submitted.status} at submission, then a failed job",
                interaction=submitted.interaction,
            )


def _field(claim: Claim) -> str:
    return f"`{dotted(claim.tokens)}`"


def _said(claim: Claim, seen: Seen) -> str:
    if present(seen.body, claim.tokens) and value(seen.body, claim.tokens) is None:
        return f"null for {_field(claim)}"
    return f"{_field(claim)} {_given(claim, seen)}"


def _given(claim: Claim, seen: Seen) -> str:
    given = value(seen.body, claim.tokens)
    if given is None:
        return "(left out)" if claim.rule == "required" else f"({claim.rule})"
    text = str(given) if not isinstance(given, str) else repr(given)
    return (
        text
        if len(text) <= 60
        else f"{text[:57]}… ({len(given) if isinstance(given, (str, list)) else len(text)} long)"
    )


def _alike(valid: Seen) -> str:
    return f"refused, and so is a valid request: {valid.interaction.name}"


def _why(seen: Seen) -> str:
    told = seen.meaning in ("none", "accepted")
    return _instead(seen) + ("" if told else ", which does not tell whether the value is refused")


def _instead(seen: Seen) -> str:
    """What came instead of an acceptance or a refusal."""
    if seen.meaning == "none":
        return f"no answer: {seen.interaction.failure or 'unknown'}"
    if seen.meaning == "accepted":
        return f"answered {seen.status} without saying which job was started"
    return f"answered {seen.status} ({seen.meaning})"
