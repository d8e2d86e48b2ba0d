"""A provider played from its contract alone: a pure function of the requests it has seen.

Every request is answered as documented; quirks make it depart from that, one named way each. It knows
nothing of probes or verdicts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from harness.contract import Answer, Contract, Operation, Role, State
from harness.contract.links import job_id
from harness.contract.promises import brings_media
from harness.contract.shape import schema_at
from harness.contract.wanted import Wanted, wanted
from harness.interaction import SITUATION_HEADER, UNISSUED_KEY
from harness.json_text import strict_json
from harness.pointer import Tokens, is_index, parse, present, put, value
from harness.simulator import synthesis
from harness.simulator.delivery import Delivery
from harness.simulator.quirks import Behaviour, JobQuirk, LifeQuirk, Quirk
from harness.simulator.till import Till

#: Every simulated answer says what it is.
SIMULATED_HEADER = "x-harness-simulated"
#: Under which name the last picture's address stands where the documentation does not say it.
_LAST_FRAME = "last_frame_url"
#: For answers that an operation does not document: only quirks and strangers get them.
_USUAL_STATUS = {"unauthenticated": 401, "not-found": 404}


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class _Job:
    id: str
    number: int
    body: Any
    fails: bool
    polls: int = 0
    deleted: bool = False
    gone: bool = False  # the file, and not the job
    refunded: bool = False
    file_url: str = ""


@dataclass
class Simulator:
    """One provider. ``handle`` answers a request; jobs live as long as the object.

    ``secret`` signs what is sent to callback URLs, where a signature is documented; without one nothing is signed.
    ``files`` is the base of the addresses of files, where they are served from elsewhere than the API.
    """

    contract: Contract
    quirks: Sequence[Quirk] = ()
    polls_to_end: int = 2
    secret: str | None = None
    files: str | None = None
    jobs: dict[str, _Job] = field(default_factory=dict)
    due: list[tuple[str, str]] = field(default_factory=list)  # (webhook address, job id) not yet delivered
    addresses: list[str] = field(default_factory=list)  # webhook addresses in the order in which they became due

    def __post_init__(self) -> None:
        self.behaviour = Behaviour.of(self.contract, self.quirks)
        self.till = Till(self.contract, self.behaviour.money)
        self.taken: dict[bytes, _Job] = {}  # the job that the same bytes started before
        names = ",".join(sorted(quirk.name for quirk in self.quirks))
        self.tag = hashlib.sha256(f"{self.contract.provider}:{names}".encode()).hexdigest()[:8]

    def handle(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request. Header names in lower case."""
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        if parts.path.startswith("/simulated/") and method in ("GET", "DELETE"):
            name = parts.path.removeprefix("/simulated/")
            job = self.jobs.get(name.removesuffix(".mp4").removesuffix(".png"))
            if job is not None and name.endswith(".png"):
                return self._last_frame(job)
            return self._linked(job, method) if job else self._plain(404, "no such file")
        found = self.contract.match(method, parts.path)
        if found is None:
            return self._plain(404, f"{method} {parts.path} is not an operation of {self.contract.provider}")
        operation, path = found
        made = _Exchange(self, operation, path, base + (operation.base(parts.path) or ""), headers, body).reply()
        return replace(made, headers={**made.headers, **self.till.headers(operation, made.status)})

    def state(self, job: _Job) -> State:
        """Where a job is after as many polls as there were."""
        way = self.behaviour.job
        ended = job.polls >= self.polls_to_end + (way is JobQuirk.GOES_BACK)
        if way is JobQuirk.GOES_BACK and job.polls == 2:
            return State.QUEUED
        if way is JobQuirk.NEVER_ENDS or not ended:
            started = job.polls >= 1 or State.QUEUED not in self.contract.job.words.values()
            return State.RUNNING if started else State.QUEUED
        if way is JobQuirk.FAILS or job.fails:
            return State.FAILED
        if way is JobQuirk.UNSTEADY and job.polls > self.polls_to_end and (job.polls - self.polls_to_end) % 2 == 0:
            return State.RUNNING
        if way is JobQuirk.LEAVES_TERMINAL and job.polls == self.polls_to_end + 1:
            return State.RUNNING
        return State.SUCCEEDED

    def word(self, state: State) -> str:
        """What the provider calls a state."""
        if state.value in self.behaviour.words:
            return self.behaviour.words[state.value]
        words = self.contract.job.words
        by_state = {meant: word for word, meant in reversed(list(words.items()))}
        return by_state.get(state) or by_state.get(State.RUNNING) or next(iter(words))

    def name(self, number: int) -> str:
        """The id of a job, in the documented form."""
        accepted = self.contract.submit.accepted
        schema = accepted.content.get("application/json", {}) if accepted else {}
        form = (schema_at(schema, self.contract.job.id) or {}).get("format")
        return f"{self.tag}-0000-4000-8000-{number:012d}" if form == "uuid" else f"sim-{self.tag}-{number:06d}"

    def conclude(self, name: str) -> None:
        """End a job that nobody polls to its end."""
        job = self.jobs[name]
        job.polls = max(job.polls, self.polls_to_end)

    def file_url(self, base: str, name: str) -> str:
        """The address of a file, for those who reached the API at ``base``."""
        parts = urlsplit(base)
        return f"{self.files or f'{parts.scheme}://{parts.netloc}'}/simulated/{name}"

    def deletes(self, job: _Job, *, file_only: bool = False) -> None:
        """Delete a job's file, and the job unless ``file_only``."""
        if LifeQuirk.KEEPS_DELETED not in self.behaviour.life:
            job.gone, job.deleted = True, job.deleted or not file_only

    def _linked(self, job: _Job, method: str) -> Reply:
        """What the link to a file answers."""
        if job.gone:
            return self._plain(410, "no longer here")
        if method == "DELETE" and not self.contract.promises.link:
            return self._plain(405, "not by this link")
        if method == "DELETE":
            self.deletes(job, file_only=True)
            return Reply(204, self._headers("text/plain"), b"")
        return self.fetched(job)

    def fetched(self, job: _Job) -> Reply:
        """A job's file, by GET."""
        job.deleted = job.deleted or self.behaviour.job is JobQuirk.GONE_ONCE_FETCHED
        return self._file(job)

    def _file(self, job: _Job) -> Reply:
        if LifeQuirk.FILE_GONE in self.behaviour.life:
            return self._plain(410, "no longer here")
        media_type, made = self.delivery.video(job.body)
        return Reply(200, self._headers(media_type), made)

    def _last_frame(self, job: _Job) -> Reply:
        found = self.delivery.last_frame(job.body)
        return Reply(200, self._headers(found[0]), found[1]) if found else self._plain(404, "no such picture")

    @cached_property
    def delivery(self) -> Delivery:
        return Delivery(self.contract, self.behaviour)

    @property
    def _usual(self) -> Wanted:
        return self.delivery.usual

    def _headers(self, media_type: str) -> dict[str, str]:
        return {"content-type": media_type, SIMULATED_HEADER: self.contract.provider}

    def _plain(self, status: int, text: str) -> Reply:
        return Reply(status, self._headers("text/plain; charset=utf-8"), text.encode())


class _Exchange:
    """One request to one operation."""

    def __init__(
        self,
        simulator: Simulator,
        operation: Operation,
        path: Mapping[str, str],
        base: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        self.simulator, self.operation, self.path, self.base = simulator, operation, path, base
        self.contract, self.behaviour = simulator.contract, simulator.behaviour
        self.headers, self.raw = headers, body

    def reply(self) -> Reply:
        if not self._admitted():
            return self._refusal("unauthenticated", "The API key is missing or not known.")
        situation = self.headers.get(SITUATION_HEADER, "")
        try:
            body = strict_json(self.raw) if self.operation.body is not None else None
        except ValueError as fault:
            if self.behaviour.malformed_bodies != self.operation.id:
                return self._refusal("invalid", f"The body {fault}.")
            return self._served({}, fails=False)
        known = {answer.meaning for answer in self.operation.answers.values()} - {"accepted"}
        if situation in known and not (situation == "consent" and self._consented(body)):
            return self._refusal(situation, f"Simulated situation: {situation}.")
        broken = {c for c in self.contract.violations(self.operation.id, body) if not self.contract.claims[c].ignored}
        later = broken & self.behaviour.fails_later
        broken -= self.behaviour.accepted | later
        if broken:
            claim = self.contract.claims[
                min(broken, key=lambda c: ("invalid" not in self.contract.claims[c].refusals, c))
            ]
            meaning = "invalid" if "invalid" in claim.refusals else min(claim.refusals)
            return self._refusal(meaning, f"Not as documented: {claim.statement}.")
        if self._asks_needlessly(body):
            return self._refusal("consent", "Consent is needed.")
        if self.behaviour.refuses(body):
            return self._refusal("invalid", "This value is not supported.")
        return self._served(body, fails=bool(later) or situation == "job-fails")

    def _consented(self, body: Any) -> bool:
        """Whether the request brings the consent that it is asked for."""
        tokens = self.contract.promises.consent
        return bool(tokens) and present(body, tokens) and LifeQuirk.CONSENT_NEVER_ENOUGH not in self.behaviour.life

    def _asks_needlessly(self, body: Any) -> bool:
        asks = LifeQuirk.CONSENT_WITHOUT_MEDIA in self.behaviour.life and self.operation.role is Role.SUBMIT
        return asks and not brings_media(self.contract, body)

    def _admitted(self) -> bool:
        sent = self.headers.get("authorization")
        lenient = self.behaviour.keys
        if sent is None:
            optional = not self.operation.secured and self.behaviour.needs_key != self.operation.id
            return optional or "missing" in lenient
        scheme, _, key = sent.partition(" ")
        if not self.operation.secured:
            return True
        if scheme.lower() != "bearer" or not key:
            return "malformed" in lenient
        return UNISSUED_KEY not in key or "wrong" in lenient

    def _served(self, body: Any, fails: bool) -> Reply:
        match self.operation.role:
            case Role.SUBMIT:
                return self._submitted(body, fails)
            case Role.POLL | Role.CONTENT | Role.COMPLETE:
                name = job_id(self.contract, self.operation, self.path, body)
                job = self.simulator.jobs.get(name or "")
                if job is None or (job.deleted and self.operation.role is not Role.COMPLETE):
                    if self.behaviour.unknown_ids != self.operation.id:
                        return self._refusal("not-found", f"No such job: {name}.", otherwise="invalid")
                    job = _Job(id=name or "", number=0, body={}, fails=False)
                return self._about(job, body)
            case Role.QUOTE:
                price = self.simulator.till.price(self._seconds(body))
                return self._accepted({parse(self.contract.prices["quote"]): price})
            case Role.CATALOGUE:
                return self._catalogue()
            case _:
                return self._accepted({})

    def _submitted(self, body: Any, fails: bool) -> Reply:
        jobs = self.simulator.jobs
        number = len(jobs) + 1
        job = _Job(id=self.simulator.name(number), number=number, body=body, fails=fails)
        if self.simulator.till.once:
            job = self.simulator.taken.setdefault(self.raw, job)
        if job.id not in jobs:
            self.simulator.till.accepted(self._seconds(body))
        jobs[job.id] = job
        known = {self.contract.job.id: job.id, self.contract.job.status: self.simulator.word(State.QUEUED)}
        for result in self.contract.job.results:
            if result.place == "submission" and number % 2:
                known[_items(result.tokens)] = self.simulator.file_url(self.base, f"{job.id}.mp4")
        webhook = self.contract.capabilities.get("webhook")
        address = value(body, webhook.tokens) if webhook else None
        if isinstance(address, str):
            job.file_url = self._result_url(job)
            self.simulator.due.append((address, job.id))
        return self._accepted({**known, **self._noted(job, State.QUEUED)})

    def _about(self, job: _Job, body: Any) -> Reply:
        if self.operation.role is Role.COMPLETE:
            self.simulator.deletes(job)
            return self._accepted(self._noted(job, State.SUCCEEDED))
        if self.operation.role is Role.CONTENT:
            if self.simulator.state(job) is not State.SUCCEEDED:
                return self._refusal("invalid", "The job has not succeeded.", otherwise="not-found")
            if self.behaviour.job is JobQuirk.NO_RESULT:
                return self._refusal("not-found", "There is no file.")
            return self._delivered(self.simulator.fetched(job))
        job.polls += 1
        state = self.simulator.state(job)
        if state is State.FAILED and not job.refunded:
            job.refunded = True
            self.simulator.till.failed(self._seconds(job.body))
        place = self._place(job)
        flag = self.contract.promises.flag
        if state is State.SUCCEEDED and flag and value(body, flag) is True:
            self.simulator.deletes(job)
        shows = self.behaviour.job is not JobQuirk.NO_RESULT
        if state is State.SUCCEEDED and place.place == "poll" and shows:
            return self.simulator._file(job)
        shown = job.id if self.behaviour.job is not JobQuirk.CHANGES_ID or job.polls < 2 else f"{job.id}-again"
        known: dict[Tokens, Any] = {self.contract.job.id: shown, self.contract.job.status: self.simulator.word(state)}
        early = LifeQuirk.RESULT_EARLY in self.behaviour.life
        if (state is State.SUCCEEDED or early) and place.place == "body" and shows:
            known[_items(place.tokens)] = self._result_url(job)
        if state is State.FAILED and State.FAILED not in self.contract.job.words.values():
            return self._refusal("invalid", "The job has failed.")
        if state is State.FAILED and self.contract.job.error:
            known[self.contract.job.error] = "Simulated failure."
        beside = self._last_frame(job) if state is State.SUCCEEDED else {}
        return self._accepted({**known, **self._noted(job, state)}, beside)

    def _last_frame(self, job: _Job) -> dict[Tokens, Any]:
        """The last picture's address, under a name that no document gives."""
        within = self.contract.job.last_frame
        if within is None or self.simulator.delivery.last_frame(job.body) is None:
            return {}
        return {(*within, _LAST_FRAME): self.simulator.file_url(self.base, f"{job.id}.png")}

    def _delivered(self, file: Reply) -> Reply:
        for said in self.behaviour.answers:
            if said["operation"] == self.operation.id and said["meaning"] == "accepted":
                headers = {**file.headers, **({"content-type": said["media_type"]} if "media_type" in said else {})}
                return Reply(said.get("status", file.status), headers, file.body)
        return file

    def _place(self, job: _Job) -> Any:
        """Where the documentation has the video of this job; a link from the submission comes before the others."""
        results = self.contract.job.results
        linked = job.number % 2 and LifeQuirk.STREAMS_DESPITE_LINK not in self.behaviour.life
        given = next((r for r in results if r.place == "submission" and linked), None)
        others = [r for r in results if r.place in ("body", "poll")] or list(results)
        return given or others[job.number // 2 % len(others)]

    def _result_url(self, job: _Job) -> str:
        content = self.contract.role(Role.CONTENT)
        if content is None:
            return self.simulator.file_url(self.base, f"{job.id}.mp4")
        name = next(p["name"] for p in content.parameters if p.get("in") == "path")
        return self.base + content.address({name: job.id})

    def _noted(self, job: _Job, state: State) -> dict[Tokens, Any]:
        """Members of the answer that the spec marks with ``x-simulated``."""
        poll = self.contract.role(Role.POLL)
        polls = job.polls if LifeQuirk.PROGRESS_FALLS not in self.behaviour.life else max(0, 2 - job.polls)
        facts = {
            "model": self.contract.model_of(job.body),
            "poll-url": self.base + poll.address({p["name"]: job.id for p in poll.parameters}) if poll else None,
            "cost": self.simulator.till.cost(self._seconds(job.body), state),
            "progress": f"{min(100, polls * 50)}%",
            "milliseconds": polls * 1000,
        }
        answer = self.operation.accepted
        schema = answer.content.get("application/json", {}) if answer else {}
        known = {tokens: facts[name] for tokens, name in _marked(schema, ()) if facts.get(name) is not None}
        echoes = [each for each in self.contract.promises.echoes if each.operation == self.operation.id]
        return {**known, **{each.told: value(job.body, each.given) for each in echoes}}

    def _seconds(self, body: Any) -> float:
        return wanted(self.contract, body).duration or self.simulator._usual.duration or 0

    def _catalogue(self) -> Reply:
        """The catalogue held here: of each model what is known, and where an answer must say more, something valid."""
        answer = self.operation.accepted
        schema = answer.content.get("application/json", {}) if answer else {}
        lists = [n for n, inner in schema.get("properties", {}).items() if inner.get("type") == "array"]
        entries = [dict(model.entry) for model in self.contract.models.values()]
        return self._accepted({(n,): synthesis.completed(schema["properties"][n], entries) for n in lists[:1]})

    def _accepted(self, known: Mapping[Tokens, Any], beside: Mapping[Tokens, Any] | None = None) -> Reply:
        answer = self.operation.accepted
        assert answer is not None, "the loader refuses an operation without an accepted answer"
        schema = answer.content.get("application/json", {})
        places = self.contract.job
        held = {places.error, *(r.tokens[:1] for r in places.results), *([places.cost] if places.cost else [])}
        made = synthesis.body(schema, known, held)
        for tokens, each in (beside or {}).items():
            put(made, tokens, each)
        return self._answered(answer, made)

    def _refusal(self, meaning: str, text: str, otherwise: str | None = None) -> Reply:
        self.simulator.till.refused(meaning)
        answer = self.operation.meant_by(meaning) or (self.operation.meant_by(otherwise) if otherwise else None)
        if answer is None:
            body = json.dumps({"error": text}).encode()
            return Reply(_USUAL_STATUS.get(meaning, 400), self.simulator._headers("application/json"), body)
        return self._answered(answer, synthesis.error(answer.content.get("application/json", {}), answer.status, text))

    def _answered(self, answer: Answer, made: Any) -> Reply:
        status, media_type = answer.status, next((t for t in answer.content if "json" in t), "application/json")
        headers = _documented(answer)
        for said in self.behaviour.answers:
            if said["operation"] == self.operation.id and said["meaning"] == answer.meaning:
                status = said.get("status", status)
                media_type = said.get("media_type", media_type)
                if "text" in said:
                    media_type = said.get("media_type", "text/plain")
                    return Reply(status, self.simulator._headers(media_type), said["text"].encode())
                headers |= said.get("headers", {})
                made = synthesis.changed(made, said, parse)
        return Reply(status, {**headers, **self.simulator._headers(media_type)}, json.dumps(made).encode())


def _documented(answer: Answer) -> dict[str, str]:
    """The documented headers of an answer that anybody gets, each with its example."""
    examples = {name.lower(): said.get("schema", {}).get("examples", []) for name, said in answer.headers.items()}
    return {name: str(given[0]) for name, given in examples.items() if given}


def _items(tokens: Tokens) -> Tokens:
    """A documented place like ``/urls/0``, as the first item of an array."""
    return tuple("*" if is_index(token) else token for token in tokens)


def _marked(schema: Mapping[str, Any], tokens: Tokens) -> list[tuple[Tokens, str]]:
    found = [(tokens, schema["x-simulated"])] if "x-simulated" in schema else []
    for name, inner in schema.get("properties", {}).items():
        found += _marked(inner, (*tokens, name))
    return found
