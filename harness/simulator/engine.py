"""A provider played from its contract alone: a pure function of the requests it has seen.

Every request is answered as documented; quirks make it depart from that, one named way each. It knows
nothing of probes or verdicts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx

from harness.contract import Answer, Contract, Operation, Role, State
from harness.contract.links import job_id
from harness.contract.wanted import Wanted, wanted
from harness.document import strict_json
from harness.interaction import UNGIVEN_KEY
from harness.pointer import Tokens, parse, put, value
from harness.simulator import synthesis
from harness.simulator.delivery import Delivery
from harness.simulator.quirks import Behaviour, Quirk

#: Asks for a state that no request alone brings about. Only the simulator knows it.
SITUATION_HEADER = "x-harness-situation"
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
    file_url: str = ""


@dataclass
class Simulator:
    """One provider. ``handle`` answers a request; jobs live as long as the object.

    ``secret`` signs what is sent to callback URLs, where a signature is documented; without one nothing is signed.
    """

    contract: Contract
    quirks: Sequence[Quirk] = ()
    polls_to_end: int = 2
    secret: str | None = None
    jobs: dict[str, _Job] = field(default_factory=dict)
    due: list[tuple[str, str]] = field(default_factory=list)  # (webhook address, job id) not yet delivered
    addresses: list[str] = field(default_factory=list)  # webhook addresses in the order in which they became due

    def __post_init__(self) -> None:
        self.behaviour = Behaviour.of(self.contract, self.quirks)
        names = ",".join(sorted(quirk.name for quirk in self.quirks))
        self.tag = hashlib.sha256(f"{self.contract.provider}:{names}".encode()).hexdigest()[:8]

    def handle(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request. Header names in lower case."""
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        if parts.path.startswith("/simulated/") and method == "GET":
            name = parts.path.removeprefix("/simulated/")
            job = self.jobs.get(name.removesuffix(".mp4").removesuffix(".png"))
            if job is not None and name.endswith(".png"):
                return self._last_frame(job)
            return self._file(job) if job else self._plain(404, "no such file")
        found = self.contract.match(method, parts.path)
        if found is None:
            return self._plain(404, f"{method} {parts.path} is no operation of {self.contract.provider}")
        operation, path = found
        prefix = parts.path[: len(parts.path) - len(_filled(operation.path, path))]
        return _Exchange(self, operation, path, base + prefix, headers, body).reply()

    def state(self, job: _Job) -> State:
        """Where a job is after as many polls as there were."""
        way = self.behaviour.get("job")
        ended = job.polls >= self.polls_to_end + (way == "goes-back")
        if way == "goes-back" and job.polls == 2:
            return State.QUEUED
        if way == "never-ends" or not ended:
            started = job.polls >= 1 or State.QUEUED not in self.contract.job.words.values()
            return State.RUNNING if started else State.QUEUED
        if way == "fails" or job.fails:
            return State.FAILED
        if way == "leaves-terminal" and job.polls == self.polls_to_end + 1:
            return State.RUNNING
        return State.SUCCEEDED

    def word(self, state: State) -> str:
        """What the provider calls a state."""
        if state.value in self.behaviour.get("words"):
            return str(self.behaviour.get("words")[state.value])
        words = self.contract.job.words
        by_state = {meant: word for word, meant in reversed(list(words.items()))}
        return by_state.get(state) or by_state.get(State.RUNNING) or next(iter(words))

    def conclude(self, name: str) -> None:
        """End a job that nobody polls to its end."""
        job = self.jobs[name]
        job.polls = max(job.polls, self.polls_to_end)

    def _file(self, job: _Job) -> Reply:
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
        if situation in {answer.meaning for answer in self.operation.answers.values()} - {"accepted"}:
            return self._refusal(situation, f"Simulated situation: {situation}.")
        try:
            body = strict_json(self.raw) if self.operation.body is not None else None
        except ValueError as fault:
            if self.behaviour.get("malformed-bodies") != self.operation.id:
                return self._refusal("invalid", f"The body {fault}.")
            return self._served({}, fails=False)
        broken = {c for c in self.contract.violations(self.operation.id, body) if not self.contract.claims[c].ignored}
        later = broken & self.behaviour.fails_later
        broken -= self.behaviour.accepted | later
        if broken:
            claim = self.contract.claims[
                min(broken, key=lambda c: ("invalid" not in self.contract.claims[c].refusals, c))
            ]
            meaning = "invalid" if "invalid" in claim.refusals else min(claim.refusals)
            return self._refusal(meaning, f"Not as documented: {claim.statement}.")
        if self.behaviour.refuses(body):
            return self._refusal("invalid", "This value is not supported.")
        return self._served(body, fails=bool(later) or situation == "job-fails")

    def _admitted(self) -> bool:
        sent = self.headers.get("authorization")
        lenient = self.behaviour.get("keys")
        if sent is None:
            optional = not self.operation.secured and self.behaviour.get("needs-key") != self.operation.id
            return optional or "missing" in lenient
        scheme, _, key = sent.partition(" ")
        if not self.operation.secured:
            return True
        if scheme.lower() != "bearer" or not key:
            return "malformed" in lenient
        return UNGIVEN_KEY not in key or "wrong" in lenient

    def _served(self, body: Any, fails: bool) -> Reply:
        match self.operation.role:
            case Role.SUBMIT:
                return self._submitted(body, fails)
            case Role.POLL | Role.CONTENT | Role.COMPLETE:
                name = job_id(self.contract, self.operation, self.path, body)
                job = self.simulator.jobs.get(name or "")
                if job is None or (job.deleted and self.operation.role is not Role.COMPLETE):
                    if self.behaviour.get("unknown-ids") != self.operation.id:
                        return self._refusal("not-found", f"No such job: {name}.", otherwise="invalid")
                    job = _Job(id=name or "", number=0, body={}, fails=False)
                return self._about(job)
            case Role.QUOTE:
                price = self._price(body)
                return self._accepted({parse(self.contract.prices["quote"]): price})
            case Role.CATALOGUE:
                return self._catalogue()
            case _:
                return self._accepted({})

    def _submitted(self, body: Any, fails: bool) -> Reply:
        jobs = self.simulator.jobs
        number = len(jobs) + 1
        job = _Job(id=f"sim-{self.simulator.tag}-{number:06d}", number=number, body=body, fails=fails)
        jobs[job.id] = job
        known = {self.contract.job.id: job.id, self.contract.job.status: self.simulator.word(State.QUEUED)}
        for result in self.contract.job.results:
            if result.place == "submission" and number % 2:
                known[_items(result.tokens)] = (
                    f"{urlsplit(self.base).scheme}://{urlsplit(self.base).netloc}/simulated/{job.id}.mp4"
                )
        webhook = self.contract.capabilities.get("webhook")
        address = value(body, webhook.tokens) if webhook else None
        if isinstance(address, str):
            job.file_url = self._result_url(job)
            self.simulator.due.append((address, job.id))
        return self._accepted({**known, **self._noted(job, State.QUEUED)}, job)

    def _about(self, job: _Job) -> Reply:
        if self.operation.role is Role.COMPLETE:
            job.deleted = True
            return self._accepted(self._noted(job, State.SUCCEEDED), job)
        if self.operation.role is Role.CONTENT:
            if self.simulator.state(job) is not State.SUCCEEDED:
                return self._refusal("invalid", "The job has not succeeded.", otherwise="not-found")
            return self._delivered(self.simulator._file(job))
        job.polls += 1
        state = self.simulator.state(job)
        place = self._place(job)
        if state is State.SUCCEEDED and place.place == "poll" and self.behaviour.get("job") != "no-result":
            return self.simulator._file(job)
        shown = job.id if self.behaviour.get("job") != "changes-id" or job.polls < 2 else f"{job.id}-again"
        known: dict[Tokens, Any] = {self.contract.job.id: shown, self.contract.job.status: self.simulator.word(state)}
        if state is State.SUCCEEDED and place.place == "body" and self.behaviour.get("job") != "no-result":
            known[_items(place.tokens)] = self._result_url(job)
        if state is State.FAILED and State.FAILED not in self.contract.job.words.values():
            return self._refusal("invalid", "The job has failed.")
        if state is State.FAILED and self.contract.job.error:
            known[self.contract.job.error] = "Simulated failure."
        beside = self._last_frame(job) if state is State.SUCCEEDED else {}
        return self._accepted({**known, **self._noted(job, state)}, job, beside)

    def _last_frame(self, job: _Job) -> dict[Tokens, Any]:
        """The last picture's address, under a name that no document gives."""
        within, parts = self.contract.job.last_frame, urlsplit(self.base)
        if within is None or self.simulator.delivery.last_frame(job.body) is None:
            return {}
        return {(*within, _LAST_FRAME): f"{parts.scheme}://{parts.netloc}/simulated/{job.id}.png"}

    def _delivered(self, file: Reply) -> Reply:
        for said in self.behaviour.get("answers"):
            if said["operation"] == self.operation.id and said["meaning"] == "accepted":
                headers = {**file.headers, **({"content-type": said["media_type"]} if "media_type" in said else {})}
                return Reply(said.get("status", file.status), headers, file.body)
        return file

    def _place(self, job: _Job) -> Any:
        results = self.contract.job.results
        given = next((r for r in results if r.place == "submission" and job.number % 2), None)
        others = [r for r in results if r.place in ("body", "poll")] or list(results)
        return given or others[job.number // 2 % len(others)]

    def _result_url(self, job: _Job) -> str:
        content = self.contract.role(Role.CONTENT)
        if content is None:
            parts = urlsplit(self.base)
            return f"{parts.scheme}://{parts.netloc}/simulated/{job.id}.mp4"
        name = next(p["name"] for p in content.parameters if p.get("in") == "path")
        return self.base + content.path.replace(f"{{{name}}}", job.id)

    def _noted(self, job: _Job, state: State) -> dict[Tokens, Any]:
        """Members of the answer that the spec marks with ``x-simulated``."""
        poll = self.contract.role(Role.POLL)
        facts = {
            "model": self.contract.model_of(job.body),
            "poll-url": self.base + _filled(poll.path, {p["name"]: job.id for p in poll.parameters}) if poll else None,
            "cost": self._price(job.body) if state is State.SUCCEEDED else None,
            "progress": f"{min(100, job.polls * 50)}%",
            "milliseconds": job.polls * 1000,
        }
        answer = self.operation.accepted
        schema = answer.content.get("application/json", {}) if answer else {}
        return {tokens: facts[name] for tokens, name in _marked(schema, ()) if facts.get(name) is not None}

    def _price(self, body: Any) -> float:
        seconds = wanted(self.contract, body).duration or self.simulator._usual.duration or 0
        return round(seconds * float(self.contract.prices.get("simulated_per_second", 0.0002)), 6)

    def _catalogue(self) -> Reply:
        """The catalogue held here: of each model what is known, and where an answer must say more, something valid."""
        answer = self.operation.accepted
        schema = answer.content.get("application/json", {}) if answer else {}
        lists = [n for n, inner in schema.get("properties", {}).items() if inner.get("type") == "array"]
        entries = [dict(model.entry) for model in self.contract.models.values()]
        return self._accepted({(n,): synthesis.completed(schema["properties"][n], entries) for n in lists[:1]})

    def _accepted(
        self, known: Mapping[Tokens, Any], job: _Job | None = None, beside: Mapping[Tokens, Any] | None = None
    ) -> Reply:
        answer = self.operation.accepted
        assert answer is not None, "the loader refuses an operation without an accepted answer"
        schema = answer.content.get("application/json", {})
        held = {self.contract.job.error, *(r.tokens[:1] for r in self.contract.job.results)}
        made = synthesis.body(schema, known, held)
        for tokens, each in (beside or {}).items():
            put(made, tokens, each)
        return self._answered(answer, made)

    def _refusal(self, meaning: str, text: str, otherwise: str | None = None) -> Reply:
        answer = self.operation.meant_by(meaning) or (self.operation.meant_by(otherwise) if otherwise else None)
        if answer is None:
            body = json.dumps({"error": text}).encode()
            return Reply(_USUAL_STATUS.get(meaning, 400), self.simulator._headers("application/json"), body)
        return self._answered(answer, synthesis.error(answer.content.get("application/json", {}), answer.status, text))

    def _answered(self, answer: Answer, made: Any) -> Reply:
        status, media_type = answer.status, next((t for t in answer.content if "json" in t), "application/json")
        for said in self.behaviour.get("answers"):
            if said["operation"] == self.operation.id and said["meaning"] == answer.meaning:
                status = said.get("status", status)
                media_type = said.get("media_type", media_type)
                if "text" in said:
                    media_type = said.get("media_type", "text/plain")
                    return Reply(status, self.simulator._headers(media_type), said["text"].encode())
                made = synthesis.changed(made, said, parse)
        return Reply(status, self.simulator._headers(media_type), json.dumps(made).encode())


def _filled(template: str, path: Mapping[str, str]) -> str:
    for name, text in path.items():
        template = template.replace(f"{{{name}}}", text)
    return template


def _items(tokens: Tokens) -> Tokens:
    """A documented place like ``/urls/0``, as the first item of an array."""
    return tuple("*" if token.isdigit() else token for token in tokens)


def _marked(schema: Mapping[str, Any], tokens: Tokens) -> list[tuple[Tokens, str]]:
    found = [(tokens, schema["x-simulated"])] if "x-simulated" in schema else []
    for name, inner in schema.get("properties", {}).items():
        found += _marked(inner, (*tokens, name))
    return found


class SimulatedTransport(httpx.BaseTransport):
    """The simulator behind the same seam as the real thing, in process; ``after`` is called after each answer."""

    def __init__(self, simulator: Simulator, after: Callable[[], None] = lambda: None) -> None:
        self.simulator, self._after = simulator, after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): text for name, text in request.headers.items()}
        reply = self.simulator.handle(request.method, str(request.url), headers, request.read())
        self._after()
        return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body, request=request)
