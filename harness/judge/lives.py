"""The jobs that were observed: which interaction tells of which of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.contract import Contract, Role
from harness.contract.links import job_id, result_urls
from harness.contract.pictures import last_frame_urls
from harness.interaction import REDACTED_VALUE, Interaction, Malformed
from harness.judge.seen import Seen, named_job


@dataclass(eq=False)
class Life:
    """One job: its submission, the polls in order, the downloads, and what asked to delete its file by its link."""

    id: str
    submission: Seen | None = None
    polls: list[Seen] = field(default_factory=list)
    files: list[Interaction] = field(default_factory=list)
    contents: list[Seen] = field(default_factory=list)
    deletions: list[Interaction] = field(default_factory=list)
    last_frames: list[Interaction] = field(default_factory=list)  # what came from where the last picture may be
    polled_when_deleted: int | None = None  # how often it had been polled when its file was first deleted

    @property
    def body(self) -> Any:
        """What was submitted, as JSON; Malformed where that is not known."""
        return self.submission.body if self.submission else Malformed("no submission was seen")

    def fetched(self, interaction: Interaction) -> None:
        """Take note of a request to the video's own address."""
        if interaction.request.method.upper() != "DELETE":
            self.files.append(interaction)
            return
        self.deletions.append(interaction)
        if interaction.response is not None and 200 <= interaction.response.status < 300:
            self.deleted()

    def deleted(self) -> None:
        """Take note that its file is gone: from here on, a refused poll says no more than that."""
        if self.polled_when_deleted is None:
            self.polled_when_deleted = len(self.polls)


class Lives:
    """Jobs by id and recording: a recording with a submission of its own shows another job, whatever its id.

    ``told`` are interactions in their order, as the contract reads them. ``shared`` are those with an address that
    more than one job has named, so that nobody can tell whose file it was.
    """

    def __init__(self, contract: Contract, told: Sequence[tuple[Interaction, Seen | None]]) -> None:
        self._contract = contract
        self._submitted: dict[str, list[Life]] = defaultdict(list)
        self._results, self._pictures = _Links(), _Links()
        self.jobs: dict[tuple[str, str], Life] = {}
        self.shared: list[Interaction] = []
        for _, seen in told:
            if seen is not None and seen.operation.role is Role.SUBMIT:
                self._submit(seen)
        early = [interaction for interaction, seen in told if not self._followed(interaction, seen)]
        for interaction in early:  # nothing had named the address by then; something may have later
            self._fetched(interaction)

    def of(self, name: str, recording: str) -> Life | None:
        """The job that an id means in a recording: its own, or the only one that was submitted elsewhere."""
        elsewhere = self._submitted.get(name, ())
        return self.jobs.get((name, recording)) or (elsewhere[0] if len(elsewhere) == 1 else None)

    def _submit(self, seen: Seen) -> None:
        name = named_job(self._contract, seen.answer)
        if not seen.accepted or name is None:
            return
        key = (name, seen.interaction.recording)
        if key not in self.jobs:
            self.jobs[key] = Life(name, submission=seen)
            self._submitted[name].append(self.jobs[key])

    def _followed(self, interaction: Interaction, seen: Seen | None) -> bool:
        """Put an interaction where it belongs; False where that is not known yet."""
        if seen is None:
            return self._fetched(interaction)
        match seen.operation.role:
            case Role.SUBMIT:
                self._started(seen)
            case Role.POLL:
                self._polled(seen)
            case Role.CONTENT:
                self._served(seen)
            case Role.COMPLETE:
                self._completed(seen)
        return True

    def _started(self, seen: Seen) -> None:
        name = named_job(self._contract, seen.answer)
        life = self.of(name, seen.interaction.recording) if seen.accepted and name is not None else None
        if life is not None:
            self._results.named(life, seen.interaction, result_urls(self._contract, "submission", seen.answer))

    def _polled(self, seen: Seen) -> None:
        life = self._about(seen)
        if life is None:
            return
        life.polls.append(seen)
        if seen.accepted and seen.interaction.response and seen.interaction.response.media:
            life.files.append(seen.interaction)
        elif not isinstance(seen.answer, Malformed):
            self._results.named(life, seen.interaction, result_urls(self._contract, "body", seen.answer))
            self._pictures.named(life, seen.interaction, last_frame_urls(self._contract, seen.answer))

    def _served(self, seen: Seen) -> None:
        life = self._about(seen)
        if life is None:
            return
        life.contents.append(seen)
        self._led(life, seen.interaction)
        if seen.accepted:
            life.files.append(seen.interaction)

    def _completed(self, seen: Seen) -> None:
        name = job_id(self._contract, seen.operation, seen.path, seen.body)
        life = self.of(name, seen.interaction.recording) if name is not None and seen.accepted else None
        if life is not None:
            life.deleted()

    def _about(self, seen: Seen) -> Life | None:
        """The job that is asked about; one that nobody saw submitted is one where the answer says that it is."""
        name, recording = job_id(self._contract, seen.operation, seen.path, seen.body), seen.interaction.recording
        if name is None or seen.key in ("wrong", "malformed"):
            return None
        life = self.of(name, recording)
        if life is None and seen.accepted:
            life = self.jobs[name, recording] = Life(name)
        return life

    def _fetched(self, interaction: Interaction) -> bool:
        owners = self._results.owners(interaction)
        if len(owners) > 1:
            self.shared.append(interaction)
        elif owners:
            owners[0].fetched(interaction)
            self._led(owners[0], interaction)
        elif pictured := self._pictures.owners(interaction):
            pictured[-1].last_frames.append(interaction)
        else:
            return False
        return True

    def _led(self, life: Life, interaction: Interaction) -> None:
        """What a redirect leads to is what was asked for."""
        if interaction.moved is not None:
            self._results.named(life, interaction, [interaction.moved])


class _Links:
    """Which jobs have named an address so far, in each recording."""

    def __init__(self) -> None:
        self._here: dict[tuple[str, str], dict[Life, None]] = defaultdict(dict)
        self._anywhere: dict[str, dict[Life, None]] = defaultdict(dict)

    def named(self, life: Life, by: Interaction, urls: Iterable[str]) -> None:
        for url in urls:
            self._here[by.recording, url][life] = None
            self._anywhere[url][life] = None

    def owners(self, interaction: Interaction) -> list[Life]:
        """In the order in which they named it. What was taken out of an address counts within its recording alone."""
        url = interaction.request.url
        here = self._here.get((interaction.recording, url))
        if here is None and REDACTED_VALUE not in url:
            here = self._anywhere.get(url)
        return list(here or ())
