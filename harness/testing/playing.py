"""A simulator for somebody's own client: on a real port, watched, and patient only for so long."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from harness.claim import matches
from harness.contract import Contract, Role, load, providers
from harness.contract.links import job_id
from harness.errors import UnknownName
from harness.exchange import Redactor, facts, looks_like_media
from harness.interaction import NO_KEY, Interaction, Origin, Provenance, Request, Response
from harness.json_text import strict_json
from harness.pointer import Tokens, value
from harness.simulator import Reply, Simulator, chosen
from harness.simulator.server import bound, hosting
from harness.testing.client import ClientFinding, Meant, findings
from harness.testing.client import field as field_of
from harness.testing.exchange import Exchange

#: No provider issued it. Whoever sends it is the client under test.
KEY = "sk-harness-simulated-0000"
#: Polls that are answered after one that should have made the client stop, and of a job that does not end.
PATIENCE, ENDLESS = 20, 500


@dataclass(frozen=True, slots=True)
class Vendor:
    """Which provider is played, and how it misbehaves.

    ``patience`` is how often a client may poll on after it should have stopped; ``speed`` how many times faster than in
    earnest its clock runs, None where its pace is not to be looked at.
    """

    provider: str
    quirks: Sequence[str] = ()
    patience: int = PATIENCE
    speed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    reply: Reply
    at: float
    elsewhere: bool
    lost: bool
    stopped: bool


@dataclass
class WatchedSimulator(Simulator):
    """A simulator that keeps what it is asked and what it answers.

    A client that polls a job ``patience`` times after its end, or after a status word that no document explains, is
    answered 410 from then on; of a job that does not end, ``endless`` times.
    """

    patience: int = PATIENCE
    endless: int = ENDLESS
    clock: Callable[[], float] = time.monotonic
    kept: list[_Kept] = field(default_factory=list)
    losing: int = 0  # submissions yet to come whose answers are lost
    _told: dict[str, list[bool]] = field(default_factory=dict)  # of each job's polls: should the client have stopped?

    def handle(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        at = self.clock()
        elsewhere = self.files is not None and url.startswith(f"{self.files}/")
        found = None if elsewhere else self.contract.match(method, urlsplit(url).path)
        role = found[0].role if found else None
        job = job_id(self.contract, found[0], found[1], _json(body)) if found and role is Role.POLL else None
        stopped = job is not None and self._too_often(job)
        reply = self._gone() if stopped else super().handle(method, url, headers, body)
        lost = role is Role.SUBMIT and self.losing > 0
        if lost:
            self.losing -= 1
            reply = self._lost()
        elif job is not None and not stopped:
            self._told.setdefault(job, []).append(self._says_stop(reply))
        self.kept.append(
            _Kept(
                method=method, url=url, headers=headers, body=body, reply=reply, at=at, elsewhere=elsewhere, lost=lost,
                stopped=stopped,
            )
        )  # fmt: skip
        return reply

    def _too_often(self, job: str) -> bool:
        told = self._told.get(job, [])
        since = len(told) - told.index(True) - 1 if True in told else 0
        return since >= self.patience or len(told) >= self.endless

    def _says_stop(self, reply: Reply) -> bool:
        """Whether a client that has read the documents stops at this answer: the job has ended, or nobody knows."""
        if looks_like_media(reply.headers.get("content-type", ""), reply.body):
            return True
        word = value(_json(reply.body), self.contract.job.status)
        if word is None:
            return False
        known = self.contract.job.words.get(word) if isinstance(word, str) else None
        return known is None or known.terminal

    def _gone(self) -> Reply:
        said = {"error": "harness: this job was polled for ever; stop, and see the findings of the test"}
        return Reply(410, self._headers("application/json"), json.dumps(said).encode())

    def _lost(self) -> Reply:
        return Reply(502, self._headers("text/plain; charset=utf-8"), b"harness: the answer was lost on its way")


class Playing:
    """A provider that is being played, and what the client under test makes of it.

    ``base_url`` and ``key`` are for the client. Files are served from another origin than the API, as vendors do.
    """

    def __init__(self, vendor: Vendor, simulator: WatchedSimulator, base_url: str) -> None:
        self.vendor = vendor
        self._simulator = simulator
        self.contract: Contract = simulator.contract
        self.base_url = base_url
        self.key = KEY
        self.quirks = tuple(quirk.name for quirk in simulator.quirks)
        self._exchanges: list[Exchange] = []
        self._redactor = Redactor([KEY], after=0)

    @property
    def provider(self) -> str:
        return self.contract.provider

    @property
    def interactions(self) -> list[Interaction]:
        """What the client sent and got so far, the key taken out; all of it is marked as simulated."""
        return [each.interaction for each in self.exchanges]

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """The same with what the client's findings are made of."""
        for number in range(len(self._exchanges), len(self._simulator.kept)):
            self._exchanges.append(self._exchange(number, self._simulator.kept[number]))
        return self._exchanges

    def lose_answers(self, number: int = 1) -> None:
        """Of the next submissions the jobs are started, and the answers lost: the client gets 502."""
        self._simulator.losing += number

    def _exchange(self, number: int, kept: _Kept) -> Exchange:
        sent = Request(
            method=kept.method, url=kept.url, headers={"authorization": NO_KEY, **kept.headers}, body=kept.body
        )
        interaction = Interaction(
            name=f"client#{number}",
            request=sent,
            response=_response(kept.reply),
            provenance=Provenance(
                origin=Origin.SIMULATED,
                date=datetime.datetime.now(datetime.UTC).date().isoformat(),
                base_url=self.base_url,
                quirks=self.quirks,
            ),
            gave_up=kept.stopped,
        )
        return Exchange(
            interaction=self._redactor.interaction(interaction),
            at=kept.at,
            keyed=any(KEY in text for text in (*kept.headers.values(), kept.url)),
            elsewhere=kept.elsewhere,
            lost=kept.lost,
        )


class ClientFaults(AssertionError):
    """The client under test does not keep to what the provider documents."""


class WatchedClient:
    """The client that talks to a provider that is being played: what was meant, and what is wrong with it."""

    def __init__(self, playing: Playing) -> None:
        self._playing = playing
        self._fields: dict[Tokens, Any] = {}
        self._allowed: list[str] = []

    @property
    def interactions(self) -> list[Interaction]:
        """What it sent and got so far."""
        return self._playing.interactions

    def expect_sent(self, fields: Mapping[str, Any]) -> None:
        """A submission of this test is meant to have all of these fields: ``{"metadata.ratio": "9:16"}``.

        A field is named by its path, by its neutral axis (``aspect_ratio``), or by the last part of its path where that
        is nobody else's. Values are those on the wire. Raises UnknownName.
        """
        self._fields |= {field_of(self._playing.contract, name): wanted for name, wanted in fields.items()}

    def allow(self, *claims: str) -> None:
        """What this test's client does wrong on purpose: claims by id or glob. Raises UnknownName."""
        known = self._playing.contract.claims
        for glob in claims:
            if not any(matches(glob, name) for name in known):
                raise UnknownName("claim", glob, known, see=f"harness explain {self._playing.provider}")
        self._allowed += claims

    def findings(self) -> list[ClientFinding]:
        """What is wrong so far, without what is allowed."""
        meant = Meant(fields=self._fields, speed=self._playing.vendor.speed)
        found = findings(self._playing.contract, self._playing.exchanges, meant)
        return [each for each in found if not any(matches(glob, each.claim.id) for glob in self._allowed)]

    def judge(self) -> None:
        """Raises ClientFaults with every finding. A test that passes otherwise is judged at its end in any case."""
        __tracebackhide__ = True
        if told := self.told():
            raise ClientFaults(told)

    def told(self) -> str:
        """The findings as text; empty where there are none."""
        found = self.findings()
        if not found:
            return ""
        quirks = f" with {', '.join(self._playing.quirks)}" if self._playing.quirks else ""
        against = f"against the simulator of {self._playing.provider}{quirks}, not the provider"
        head = f"the client has {len(found)} finding{'s' if len(found) > 1 else ''} {against}"
        return "\n".join([head, *map(str, found)])


@contextmanager
def playing(vendor: Vendor) -> Iterator[Playing]:
    """A provider played on loopback while a ``with`` block lasts. Raises UnknownName for a provider or quirk."""
    if vendor.provider not in providers():
        raise UnknownName("provider", vendor.provider, providers(), see="harness providers")
    contract = load(vendor.provider)
    picked = chosen(vendor.provider, vendor.quirks, contract.folder)
    with bound() as (api, base), bound() as (other, files):
        simulator = WatchedSimulator(contract, picked, files=files, patience=vendor.patience)
        with hosting(simulator, [api, other]):
            yield Playing(vendor, simulator, base)


def _response(reply: Reply) -> Response:
    headers = {name.lower(): text for name, text in reply.headers.items()}
    if looks_like_media(headers.get("content-type", ""), reply.body):
        return Response(status=reply.status, headers=headers, media=facts(reply.body))
    return Response(status=reply.status, headers=headers, body=reply.body)


def _json(body: bytes) -> Any:
    try:
        return strict_json(body)
    except ValueError:
        return None
