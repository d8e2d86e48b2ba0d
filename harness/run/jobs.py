"""The jobs under way: polled to their end, their files fetched, and deleted where the documents say how."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from harness.contract import Operation, Role, State
from harness.contract.links import result_urls
from harness.contract.pictures import last_frame_urls
from harness.interaction import KeyState, Malformed, Request
from harness.judge.seen import Seen, state
from harness.pointer import put, value
from harness.run.conversation import Conversation, Stopped
from harness.run.limiter import LOOK_AGAIN, Places
from harness.run.sending import Sent, Step, StepKind

#: How many of the jobs that ended are polled once more, to see that the end is one.
POLLED_AGAIN = 3
#: Once a job has outlived its deadline, the others are not waited for as long.
IMPATIENT_POLLS = 3
#: A job that was accepted may be unknown for a while: so many such answers in a row are waited out, twice as long each.
STRANGE_POLLS = 4
#: Meanings of answers to polls that will pass.
_PASSING = ("rate-limited", "unavailable", "server-error", "upstream", "none")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds between polls, a job's deadline in seconds, how to wait, and how many jobs may be under way.

    ``jitter``: the part of a wait by which it may be longer, so that runs of other names do not ask in step.
    ``tidy``: have the provider delete what it made, where it documents how. ``places``: counts the jobs of other
    runs, too, for which one may have to wait; ``say`` is told of that.
    """

    poll: float
    deadline: float
    sleep: Callable[[float], None]
    jobs: int = 1
    jitter: float = 0.0
    name: str = ""
    tidy: bool = False
    places: Places | None = None
    say: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class _Due:
    """When a job wants to be looked at again on the run's clock, the step that it then takes, and the job's id."""

    at: float
    key: str
    job: str


class Jobs:
    """``anchor``: the submission of a job that probes about jobs can name, a job with a result if there is one.

    ``anchor_key``: the key of the step that submitted it.
    """

    def __init__(self, conversation: Conversation, pace: Pace) -> None:
        self._conversation = conversation
        self._contract = conversation.contract
        self._pace = pace
        self.anchor: Seen | None = None
        self.anchor_key = ""
        self._under_way: list[tuple[_Due, Iterator[_Due]]] = []
        self._ended = 0
        self._made: list[tuple[str, Seen]] = []
        self._impatient = False
        self._deleted: set[str] = set()

    def follow(self, submission: Seen, sent: Sent) -> None:
        """Take a job up, and go on with whatever is due until no more are under way than may be."""
        answer, poll = submission.answer, self._contract.role(Role.POLL)
        name = None if isinstance(answer, Malformed) else value(answer, self._contract.job.id)
        if poll is not None and isinstance(name, str):
            due = _Due(sent.at, f"{sent.key}/poll-0", name)
            self._under_way.append((due, self._job(sent.key, name, submission, poll, sent.at)))
        self.room()

    def give_up(self) -> None:
        """Name those under way: nobody looks after them any more."""
        self._conversation.unended += [due.job for due, _ in self._under_way]

    def room(self) -> None:
        """Look after the jobs until one more may be started."""
        self._until(self._pace.jobs - 1)

    @contextmanager
    def place(self, key: str) -> Iterator[None]:
        """Begin a job in here, or try to: there is room for one, whoever has others under way. Raises Stopped."""
        self._admitted(key)
        yield
        self._counted()  # not after an error: whoever is stopped has its jobs under way all the same

    def finish(self) -> None:
        """Look after the jobs until the last of them has ended."""
        self._until(0)
        self._counted()

    def tidy_up(self) -> None:
        """Have deleted what the jobs made. The last one's is left to the probes of deletion, which come before this."""
        complete = self._contract.role(Role.COMPLETE)
        if complete is None or not self._pace.tidy:
            return
        for key, submission in self._made:
            if submission is not self.anchor:
                self._about(complete, submission, f"{key}/clean-up", "clean-up")

    def asked_again(self, key: str, submission: Seen) -> None:
        """Ask once more for a video that was deleted."""
        poll = self._contract.role(Role.POLL)
        if poll is not None:
            self._about(poll, submission, f"{key}/deleted", "after deletion")

    def _about(self, operation: Operation, submission: Seen, key: str, purpose: str) -> tuple[Sent, Seen | None]:
        request = self._conversation.about(operation, submission)
        return self._conversation.send(key, request, operation, purpose=purpose)

    def _admitted(self, key: str) -> None:
        """Wait until a step may begin one more job, and look after those under way meanwhile."""
        conversation, pace = self._conversation, self._pace
        if pace.places is None or conversation.sender.known(key):
            return
        waited = False
        while not pace.places.take(len(self._under_way), pace.jobs):
            if not waited and not self._under_way:
                pace.say("jobs of another run are under way, which is waited for (--jobs says how many may be)")
                waited = True
            conversation.wait(key, LOOK_AGAIN)
            self._until(len(self._under_way))
            if conversation.stopping():
                raise Stopped

    def _counted(self) -> None:
        if self._pace.places is not None:
            self._pace.places.hold(len(self._under_way))

    def _until(self, many: int) -> None:
        """Look after the jobs, the one that is due next first, until only so ``many`` are left."""
        sender = self._conversation.sender
        while self._under_way:
            due, job = min(self._under_way, key=lambda each: each[0].at)
            late = due.at <= sender.clock() or sender.known(due.key)
            if len(self._under_way) <= many and not late:
                return
            self._conversation.wait(due.key, due.at - sender.clock())
            following = next(job, None)
            self._under_way.remove((due, job))
            if following is not None:
                self._under_way.append((following, job))
            else:
                self._counted()

    def _job(self, key: str, name: str, submission: Seen, poll: Operation, started: float) -> Iterator[_Due]:
        """Poll a job to its end, fetch its file, and now and then look again. Yields when it wants to go on."""
        contract, pace = self._contract, self._pace
        polls, now, last, strange = 0, started, None, 0
        while last is None or not (found := state(contract, last)) or not found.terminal:
            if last is not None:
                late = now - started >= pace.deadline
                if late:
                    self._gave_up(last)
                if late or strange > STRANGE_POLLS or (self._impatient and polls >= IMPATIENT_POLLS):
                    break
                pause = pace.poll * 2**strange * (1 + pace.jitter * _share(f"{pace.name}/{key}/{polls}"))
                yield _Due(now + pause, f"{key}/poll-{polls}", name)
            sent, last = self._about(poll, submission, f"{key}/poll-{polls}", "poll")
            now = sent.at
            polls += 1
            if last is None:
                break
            strange = 0 if last.accepted or last.meaning in _PASSING else strange + 1
        final = None
        if last is not None:
            final = state(contract, last)
            self._conversation.ended(key, last, final)
        if final is None or not final.terminal:
            self._conversation.unended.append(name)
        inbox = self._conversation.inbox
        if inbox is not None and final is not None and final.terminal:
            inbox.ended(submission.body)
            for each in inbox.arrived():
                self._conversation.hear(each)
        if last is not None and final is State.SUCCEEDED:
            self._succeeded(key, submission, last, poll)
        if self.anchor is None:
            self.anchor, self.anchor_key = submission, key

    def _succeeded(self, key: str, submission: Seen, last: Seen, poll: Operation) -> None:
        self._fetch(key, submission, last)
        self._fetch_last_frames(key, submission, last)
        self._ended += 1
        if self._ended <= POLLED_AGAIN:
            self._about(poll, submission, f"{key}/poll-again", "poll again")
        if not self._deletes(key, submission):
            self.anchor, self.anchor_key = submission, key
            self._made.append((key, submission))

    def _gave_up(self, last: Seen) -> None:
        interactions = self._conversation.interactions
        place = next(i for i, each in enumerate(interactions) if each.name == last.interaction.name)
        interactions[place] = replace(interactions[place], gave_up=True)
        self._impatient = True

    # Files

    def _fetch(self, key: str, submission: Seen, last: Seen) -> None:
        """The video, wherever the documentation says it is."""
        if last.interaction.response and last.interaction.response.media:
            return
        contract = self._contract
        for place, answer in (("submission", submission.answer), ("body", last.answer)):
            if isinstance(answer, Malformed):
                continue
            authorized = any(r.authorized for r in contract.job.results if r.place == place)
            for url in result_urls(contract, place, answer)[:1]:
                source = self._source(key, submission) if place == "body" else None
                self._at(
                    url, f"{key}/result", "result", authorization="key" if authorized else "missing", source=source
                )
                return
        content = contract.role(Role.CONTENT)
        if content is not None:
            self._about(content, submission, f"{key}/result", "result")

    def _fetch_last_frames(self, key: str, submission: Seen, last: Seen) -> None:
        """What may be the last picture, where a request asked for it: the documentation says what it is within."""
        capability = self._contract.capabilities.get("return_last_frame")
        if capability is None or value(submission.body, capability.tokens) is not True:
            return
        answer = None if isinstance(last.answer, Malformed) else last.answer
        for number, url in enumerate(last_frame_urls(self._contract, answer)):
            source = self._source(key, submission)
            self._at(url, f"{key}/last-frame-{number}", "last frame", accept="image/*", source=source)

    def _source(self, key: str, submission: Seen) -> Step | None:
        """The step that tells once more where the files of a job are."""
        poll = self._contract.role(Role.POLL)
        if poll is None:
            return None
        request = self._conversation.about(poll, submission)
        return Step(key=f"{key}/link", request=request, kind="reading", purpose="link", group=Role.POLL)

    def _at(
        self,
        url: str,
        key: str,
        purpose: str,
        *,
        method: str = "GET",
        accept: str = "video/*",
        authorization: KeyState = "missing",
        group: Role = Role.CONTENT,
        source: Step | None = None,
    ) -> None:
        """A request to a link that an answer gave."""
        kind: StepKind = "reading" if method == "GET" else "once"
        request = Request(method=method, url=url, headers={"accept": accept})
        self._conversation.exchange(
            Step(
                key=key,
                request=request,
                kind=kind,
                authorization=authorization,
                purpose=purpose,
                group=group,
                source=source,
            )
        )

    # Deletion

    def _deletes(self, key: str, submission: Seen) -> bool:
        """Have the file of one job deleted, in the next documented way that was not tried yet; not the anchor's."""
        contract = self._contract
        poll, promises = contract.role(Role.POLL), contract.promises
        if poll is None or self.anchor is None:
            return False
        if promises.flag and "flag" not in self._deleted:
            self._deleted.add("flag")
            request = self._conversation.about(poll, submission)
            body = {**request.json}
            put(body, promises.flag, True)
            flagged = replace(request, body=json.dumps(body).encode())
            self._conversation.send(f"{key}/delete", flagged, poll, purpose="deletion")
            self.asked_again(key, submission)
            return True
        links = result_urls(contract, "submission", submission.answer) if promises.link else []
        if links and "link" not in self._deleted and self._served(links[0]):
            self._deleted.add("link")
            for method, name in (("DELETE", "delete"), ("GET", "deleted")):
                self._at(links[0], f"{key}/{name}", "deletion", method=method, group=Role.COMPLETE)
            return True
        return False

    def _served(self, url: str) -> bool:
        """Whether a video came from there: nothing is deleted at an address that an answer merely names."""
        seen = self._conversation.interactions
        return any(i.request.url == url and i.response is not None and i.response.media for i in seen)


def _share(key: str) -> float:
    """From 0 to 1, the same for the same key: chance that a run that is told again meets again."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
