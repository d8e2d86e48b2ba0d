"""What was observed, sorted by what it can tell: each interaction against the contract, and the jobs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from harness.claim import Claim
from harness.contract import Contract, Operation, Role, State
from harness.contract.addresses import addresses
from harness.contract.bounds import Bound, bounds
from harness.contract.links import job_id, result_urls
from harness.interaction import Interaction, Malformed
from harness.judge.attribution import Attribution, Cause, fields
from harness.judge.lives import Life, Lives
from harness.judge.seen import Seen, read, state
from harness.pointer import Tokens, value

__all__ = ["Evidence", "Life"]


class Evidence:
    """Interactions of one provider and one provenance, indexed for the checks."""

    def __init__(self, contract: Contract, interactions: Sequence[Interaction]) -> None:
        self.contract = contract
        self.interactions = interactions
        self.by_operation: dict[str, list[Seen]] = defaultdict(list)
        self.breaking: dict[str, list[Seen]] = defaultdict(list)
        self._attributions: dict[str, Attribution] = {}
        self._drawn: dict[tuple[str, str | None, Tokens], frozenset[str]] = {}
        where = addresses(contract, interactions)
        self.deliveries = [each for each in interactions if each.arrival is not None]  # the provider's requests
        told = [(each, read(contract, each, where)) for each in interactions if each.arrival is None]
        files = {url for _, seen in told if seen is not None for url in _files(contract, seen)}
        told = [(each, None if seen is None or _is_file(seen, files) else seen) for each, seen in told]
        self.lives = Lives(contract, told)
        self.seen = [seen for _, seen in told if seen is not None]
        for seen in self.seen:
            self.by_operation[seen.operation.id].append(seen)
            for name in seen.breaks:
                self.breaking[name].append(seen)

    @cached_property
    def order(self) -> Mapping[int, int]:
        """How many interactions came before each, by its ``id()``: two may be equal."""
        return {id(each): number for number, each in enumerate(self.interactions)}

    @cached_property
    def by_status(self) -> Mapping[tuple[str, int], list[Seen]]:
        """Answers by operation and status."""
        grouped: dict[tuple[str, int], list[Seen]] = defaultdict(list)
        for seen in self.seen:
            grouped[seen.operation.id, seen.status].append(seen)
        return grouped

    @property
    def jobs(self) -> Mapping[tuple[str, str], Life]:
        """Jobs by id and recording, from submissions, polls and downloads."""
        return self.lives.jobs

    def job(self, name: str, seen_in: Interaction) -> Life | None:
        """The job that an id means in an interaction's recording."""
        return self.lives.of(name, seen_in.recording)

    @cached_property
    def bounds(self) -> Mapping[str, tuple[Bound, ...]]:
        """The ends of what each claim on a request permits, for the claims that are about an order."""
        drawn = ((name, tuple(bounds(self.contract, claim))) for name, claim in self.contract.claims.items())
        return {name: found for name, found in drawn if found}

    def drawn_at(self, bound: Bound, model: str | None) -> frozenset[str]:
        """The claims that draw a line where ``bound`` does: a request beyond one of them may be beyond all."""
        key = (bound.claim.operation, model, bound.tokens)
        if key not in self._drawn:
            self._drawn[key] = frozenset(
                claim.id
                for claim in self.contract.request_claims(bound.claim.operation, model)
                if any(each.tokens == bound.tokens for each in self.bounds.get(claim.id, ()))
            )
        return self._drawn[key]

    @cached_property
    def causes(self) -> Mapping[Seen, Cause]:
        """Refused valid requests with what they were refused for, where that can be told.

        A request with more than one suspect is explained by a cause that others with its model establish.
        """
        told: dict[Seen, Cause] = {}
        established: dict[tuple[str, str | None, tuple[str, ...]], list[Cause]] = defaultdict(list)
        for seen in self.refused_valid:
            cause = self._attribution(seen.operation).cause(seen)
            if cause is not None:
                told[seen] = cause
                established[_group(seen)].append(cause)
        for seen in self.refused_valid:
            if seen not in told:
                given = fields(seen.body)
                known = next((cause for cause in established[_group(seen)] if cause.within(given)), None)
                if known is not None:
                    told[seen] = known
        return told

    @cached_property
    def blame(self) -> Mapping[str, list[Seen]]:
        """Refused valid requests by the claim that the refusal contradicts, where only one can be."""
        blamed: dict[str, list[Seen]] = defaultdict(list)
        alike: dict[tuple[object, ...], list[Seen]] = defaultdict(list)
        told = [(seen, self.causes[seen]) for seen in self.refused_valid if seen in self.causes]
        for seen, cause in told:
            alike[(*_group(seen), *cause.texts)].append(seen)
        for seen, cause in told:
            same = alike[(*_group(seen), *cause.texts)]
            claim = self._attribution(seen.operation).blamed(seen, cause, same)
            if claim is not None:
                blamed[claim.id].append(seen)
        return blamed

    @cached_property
    def attributed(self) -> frozenset[Seen]:
        """Refused valid requests whose refusal is laid to one claim."""
        return frozenset(seen for group in self.blame.values() for seen in group)

    @cached_property
    def refused_valid(self) -> list[Seen]:
        """Requests that keep every documented rule and were refused as invalid."""
        return [
            seen
            for seen in self.seen
            if seen.operation.body is not None
            and seen.refused
            and not self._about_nothing(seen)
            and seen.bodied
            and not seen.breaks
            and seen.known_model
            and seen.key_sound
        ]

    def turned_away(self, seen: Seen) -> Seen | None:
        """A valid request that was refused like an invalid one, where none was accepted to tell them apart."""
        quirks = seen.interaction.provenance.quirks
        return self._closed.get((seen.operation.id, seen.model if seen.model in self.contract.models else None, quirks))

    @cached_property
    def _closed(self) -> Mapping[tuple[str, str | None, tuple[str, ...]], Seen]:
        """The first refused valid request to each model that accepted none, and of operations that did (None)."""
        accepted = {key for seen in self.seen if seen.accepted for key in _groups(seen)}
        refused = ((key, seen) for seen in reversed(self.refused_valid) for key in _groups(seen))
        return {key: seen for key, seen in refused if key not in accepted}

    def _about_nothing(self, seen: Seen) -> bool:
        name = job_id(self.contract, seen.operation, seen.path, seen.body)
        return name is not None and self.job(name, seen.interaction) is None

    def suspects(self, seen: Seen) -> Mapping[Tokens, list[str]]:
        """What of a refused valid request was never in an accepted one."""
        return self._attribution(seen.operation).suspects(seen)

    def taken_with(self, seen: Seen) -> tuple[str, list[Tokens]] | None:
        """An accepted request with everything that a refused one has: its name, and what it has besides."""
        return self._attribution(seen.operation).taken_with(seen)

    def _attribution(self, operation: Operation) -> Attribution:
        if operation.id not in self._attributions:
            self._attributions[operation.id] = Attribution(self.contract, operation, self.by_operation[operation.id])
        return self._attributions[operation.id]

    def of_model(self, operation: str, model: str | None) -> Sequence[Seen]:
        """Requests to one operation that name one model."""
        return self._by_model.get((operation, model), ())

    @cached_property
    def _by_model(self) -> Mapping[tuple[str, str | None], list[Seen]]:
        grouped: dict[tuple[str, str | None], list[Seen]] = defaultdict(list)
        for seen in self.seen:
            grouped[seen.operation.id, seen.model].append(seen)
        return grouped

    def state(self, seen: Seen) -> State | None:
        """The state that a poll answer shows."""
        return state(self.contract, seen)

    def word(self, seen: Seen) -> Any:
        """The status word of a poll answer, whatever it is; None when there is none."""
        return None if isinstance(seen.answer, Malformed) else value(seen.answer, self.contract.job.status)

    def final(self, life: Life) -> State | None:
        """The state that a job ended in, as its polls show it first, if it did.

        A refused poll shows a failed job where no word does, and only as long as the job is there to be asked for: not
        after another poll told of an end, before another one was answered, or once the video was deleted.
        """
        told = [(number, seen, state) for number, seen in enumerate(life.polls) if (state := self.state(seen))]
        ended = next((state for _, seen, state in told if seen.accepted and state.terminal), None)
        if ended is not None or not told:
            return ended
        number, _, state = told[-1]
        gone = life.polled_when_deleted is not None and life.polled_when_deleted <= number
        return state if state.terminal and not gone else None

    def breakers(self, claim: Claim) -> Iterator[Seen]:
        """Requests that break a claim."""
        yield from self.breaking.get(claim.id, ())


def _files(contract: Contract, seen: Seen) -> list[str]:
    """The addresses of videos that an answer names."""
    place = {Role.SUBMIT: "submission", Role.POLL: "body"}.get(seen.operation.role or Role.QUOTE)
    return [] if place is None or isinstance(seen.answer, Malformed) else result_urls(contract, place, seen.answer)


def _is_file(seen: Seen, files: Collection[str]) -> bool:
    """Whether what looks like a poll fetches what an answer named as a video."""
    return seen.operation.role is Role.POLL and seen.interaction.request.url in files


def _group(seen: Seen) -> tuple[str, str | None, tuple[str, ...]]:
    """Requests with these in common were refused by one and the same for one and the same."""
    return seen.operation.id, seen.model, seen.interaction.provenance.quirks


def _groups(seen: Seen) -> tuple[tuple[str, str | None, tuple[str, ...]], ...]:
    """The same, and without the model: what names none that is listed is like all of them."""
    operation, _, quirks = group = _group(seen)
    return group, (operation, None, quirks)
