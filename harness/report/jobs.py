"""How jobs went, and how long answers took: a bounded summary of one provider's interactions."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.contract.addresses import Addresses
from harness.contract.links import job_id, result_urls
from harness.contract.model import Contract, Operation, Role, State
from harness.interaction import Interaction, Malformed, Response
from harness.pointer import value
from harness.report.safe import clip

#: Jobs that are told one by one; the first of each different course are among them.
JOBS = 30
#: Runs of polls with the same answer that are told of one job: its first ones, and the last.
POLLS = 40
#: Of a status word, a job's id or a model.
WORD = 60


@dataclass
class _Job:
    id: str
    submission: Interaction | None = None
    model: str | None = None
    polls: list[tuple[Interaction, str | None]] = field(default_factory=list)
    file: Interaction | None = None


def summary(where: Addresses, interactions: Sequence[Interaction]) -> dict[str, Any]:
    """``jobs``, ``job_count`` and ``latency`` of an entry; left out where there is nothing to tell."""
    contract = where.contract
    read = [(each, where.match(each)) for each in interactions]
    jobs = [_told(contract, job) for job in _followed(contract, read)]
    latency = _latency(read)
    return ({"jobs": _chosen(jobs), "job_count": len(jobs)} if jobs else {}) | ({"latency": latency} if latency else {})


_Read = Iterable[tuple[Interaction, tuple[Operation, Mapping[str, str]] | None]]


def _followed(contract: Contract, read: _Read) -> Iterable[_Job]:
    """Accepted submissions with their polls and the file, in the order in which they were submitted."""
    jobs: dict[tuple[str, str], _Job] = {}
    latest: dict[str, _Job] = {}
    owners: dict[tuple[str, str], _Job] = {}
    for interaction, found in read:
        here = interaction.recording
        response = interaction.response
        answer: Any = response.json if response else None
        if found is None:
            if (owner := owners.get((here, interaction.request.url))) and response and response.status < 300:
                owner.file = owner.file or interaction
            continue
        operation, path = found
        body = None if isinstance(interaction.request.json, Malformed) else interaction.request.json
        if operation.role is Role.SUBMIT:
            name = value(answer, contract.job.id)
            if response and response.status < 300 and isinstance(name, str):
                job = _Job(name, submission=interaction, model=contract.model_of(body))
                jobs[here, name] = latest[name] = job
                owners |= {(here, url): job for url in result_urls(contract, "submission", answer)}
            continue
        about = job_id(contract, operation, path, body) if operation.role in (Role.POLL, Role.CONTENT) else None
        if about is None or about not in latest or response is None:
            continue
        job = jobs.get((here, about), latest[about])  # another recording's, where this one shows no submission of it
        given_up = bool(job.polls) and job.polls[-1][0].gave_up  # what comes later is no more following the job
        if operation.role is Role.POLL and (given_up or not _about_the_job(contract, operation, response)):
            continue
        if operation.role is Role.CONTENT or response.media is not None:
            if response.status < 300:
                job.file = job.file or interaction
        else:
            word = value(answer, contract.job.status)
            job.polls.append((interaction, word if isinstance(word, str) else None))
            owners |= {(here, url): job for url in result_urls(contract, "body", answer)}
    return jobs.values()


def _about_the_job(contract: Contract, operation: Operation, response: Response) -> bool:
    """Not so a poll that was refused for its key or its id: that is another test's business."""
    if not 400 <= response.status < 500 or response.status == 429:
        return True
    answer = operation.answers.get(response.status)
    refused = answer is not None and answer.meaning in ("invalid", "content-policy")
    return refused and State.FAILED not in contract.job.words.values()  # where no word says failed, a refusal does


def _told(contract: Contract, job: _Job) -> dict[str, Any]:
    """``at``: seconds spent waiting for this job's answers so far; null where a recording does not tell.

    No recording says when a request was sent, so that the time between two polls is not in it.
    """
    waited: float | None = 0.0

    def at(interaction: Interaction) -> float | None:
        nonlocal waited
        waited = None if waited is None or interaction.elapsed is None else round(waited + interaction.elapsed, 4)
        return waited

    told: dict[str, Any] = {"id": clip(job.id, WORD), "model": job.model and clip(job.model, WORD)}
    told["submitted"] = at(job.submission) if job.submission else None
    polls = _polls(contract, ((interaction, word, at(interaction)) for interaction, word in job.polls))
    told["polls"] = polls if len(polls) <= POLLS else [*polls[: POLLS - 1], polls[-1]]
    told["poll_count"] = len(job.polls)
    states = [poll["state"] for poll in polls]
    ended = next((state for state in states if state in _TERMINAL), None)
    told["ended"] = ended or ("succeeded" if job.file else None)
    told["downloaded"] = at(job.file) if job.file else None
    told["file"] = job.file is not None
    told["gave_up"] = any(interaction.gave_up for interaction, _ in job.polls)
    return told


_TERMINAL = frozenset({"succeeded", "failed", "cancelled", "expired"})


def _polls(contract: Contract, polls: Iterable[tuple[Interaction, str | None, float | None]]) -> list[dict[str, Any]]:
    """Polls one after another with the same answer are told as one, ``times`` of them, ``at`` the last."""
    told: list[dict[str, Any]] = []
    for interaction, word, at in polls:
        state = contract.job.words.get(word) if word is not None else None
        status = interaction.response.status if interaction.response else None
        said = {"status": status, "word": word and clip(word, WORD), "state": state and state.value}
        if told and said.items() <= told[-1].items():
            told[-1] |= {"times": told[-1]["times"] + 1, "at": at}
        else:
            told.append({**said, "times": 1, "at": at})
    return told


def _chosen(jobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first of each different course, then others, in the order in which they were submitted.

    ``alike``: how many jobs in all took that course, whatever the number of polls.
    """
    courses = [_course(job) for job in jobs]
    alike = Counter(courses)
    first = {course: number for number, course in reversed(list(enumerate(courses)))}.values()
    others = sorted(set(range(len(jobs))) - set(first))
    return [jobs[number] | {"alike": alike[courses[number]]} for number in sorted([*first, *others][:JOBS])]


def _course(job: Mapping[str, Any]) -> tuple[Any, ...]:
    return job["ended"], job["file"], job["gave_up"], *((poll["status"], poll["word"]) for poll in job["polls"])


def _latency(read: _Read) -> list[dict[str, Any]]:
    """Seconds until the answer, by operation; nothing of a clock that stood still while it answered."""
    taken: dict[str, list[float]] = defaultdict(list)
    for interaction, found in read:
        if interaction.elapsed is not None and interaction.response is not None:
            taken[found[0].id if found else "file"].append(interaction.elapsed)
    return [
        {"operation": name, "count": len(each), **_percentiles(sorted(each))}
        for name, each in sorted(taken.items())
        if any(each)
    ]


def _percentiles(ordered: Sequence[float]) -> dict[str, float]:
    """Nearest rank."""
    ranks = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    return {name: ordered[math.ceil(share * len(ordered)) - 1] for name, share in ranks.items()} | {"max": ordered[-1]}
