"""The process that sends. A run may be killed at any moment: what is on its way then still arrives in the journal.

The run asks for a step through a pipe and reads what came of it in the journal. The courier is a process of its own, in
a session of its own: it outlives the run by the one request that it is busy with, writes down what came of that,
and ends. Only the courier ever holds the key.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeAlias

from harness.contract.model import Manners
from harness.errors import HarnessError, JournalError
from harness.exchange import Session
from harness.exchange.kept import unpacked
from harness.exchange.redact import taken_by
from harness.interaction import Interaction
from harness.run.conversation import Stopped
from harness.run.journal import Came, Journal
from harness.run.lifeboat import Lifeboat
from harness.run.limiter import Limiter, Places
from harness.run.manners import Paced
from harness.run.sending import Journalled, JournalReader, Sent, Step

#: What went wrong with a step: an error of ours, or a bug with its traceback.
Fault: TypeAlias = HarnessError | RuntimeError | None

#: How often a courier that died is replaced before the run gives up.
_LIVES = 3


@dataclass(frozen=True, kw_only=True)
class Errand:
    """What a courier needs to know: nothing secret, since the key is read where it is used.

    ``sessions`` makes the session, given the highest number that a signed link has so far; ``offset`` turns the
    machine's monotonic clock into the run's.
    """

    journal: Path
    run: str
    provider: str
    offset: float
    sessions: Callable[[int], Session]
    manners: Manners

    def clock(self) -> float:
        """The run's clock, the same in every process of the machine."""
        return self.offset + time.monotonic()


class Courier:
    """A run's end of the pipe. Known steps are told from the journal without asking anybody.

    While the courier is busy ``patience`` is called now and then, ``tell`` with what it has to say meanwhile, and
    ``stopping`` asked whether a step that is still waiting is to be given up.
    """

    def __init__(
        self, errand: Errand, patience: Callable[[], None] = lambda: None, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self._errand = errand
        self._patience = patience
        self._tell = tell
        self.stopping: Callable[[], bool] = lambda: False
        self._process: Any = None
        self._pipe: Connection | None = None
        self._deaths = 0
        self._told = JournalReader(Journal(errand.journal), errand.run, errand.provider, errand.clock)

    def send(self, step: Step) -> Sent:
        if not self.known(step.key):
            self._ask(step)
        return self._told.told(step)

    def known(self, key: str) -> bool:
        return self._told.known(key)

    def submitted(self, key: str, came: Came) -> None:
        self._told.submitted(key, came)

    def settle(self, key: str, cost: float, basis: str) -> None:
        self._told.settle(key, cost, basis)

    def clock(self) -> float:
        return self._told.clock()

    def arrived(self, delivery: Interaction) -> None:
        self._told.arrived(delivery)

    def arrivals(self) -> list[Interaction]:
        return self._told.arrivals()

    def places(self, longest: float) -> Places:
        """This run's jobs beside those of others; each may be under way for ``longest`` seconds."""
        limiter = Limiter(self._told.journal)
        return Places(
            limiter=limiter, run=self._errand.run, provider=self._errand.provider, longest=longest, clock=time.time
        )

    def close(self) -> None:
        """Let the courier end what it is busy with, and wait for it."""
        self._dismiss()
        self._told.journal.close()

    def _ask(self, step: Step) -> None:
        while True:
            pipe = self._pipe or self._started()
            try:
                pipe.send(step)
                fault = self._heard(pipe)
            except (EOFError, BrokenPipeError, ConnectionResetError):
                self._process.join()
                self._pipe = None
                self._deaths += 1
                if self._deaths >= _LIVES:
                    raise JournalError(
                        f"the process that sends died {self._deaths} times (last exit code {self._process.exitcode})",
                        where=str(self._errand.journal),
                        hint=f"Nothing is lost: harness resume {self._errand.run}",
                    ) from None
                continue
            if fault is None:
                return
            raise fault

    def _heard(self, pipe: Connection) -> Fault:
        """What went wrong with a step, or None, once the courier has done with it.

        Raises Stopped if the run is to stop while the courier is waiting for something else than the answer.
        """
        waiting = False
        while True:
            while not pipe.poll(0.25):
                self._patience()
                if waiting and self.stopping():
                    self._dismiss()
                    raise Stopped
            said: Fault | str = pipe.recv()
            if not isinstance(said, str):
                return said
            self._tell(said)
            waiting = True

    def _dismiss(self) -> None:
        """Let the courier end what it is busy with, and wait for it. What it has not sent yet it does not send."""
        if self._pipe is not None:
            self._pipe.close()
            self._process.join()
            self._pipe = None

    def _started(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        self._process = context.Process(target=_work, args=(there, self._errand), name="harness-courier")
        with _silent():
            self._process.start()
        there.close()
        self._pipe = here
        return here


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """What is started in here holds none of our files: whoever reads the run's output must not wait for the courier.

    Nor for the process with which :mod:`multiprocessing` keeps track of others, and which has no name for it.
    """
    kept = {}
    for each in (0, 1, 2):
        with contextlib.suppress(OSError):  # it may be closed
            kept[each] = os.dup(each)
    quiet = os.open(os.devnull, os.O_RDWR)
    try:
        for each in kept:
            os.dup2(quiet, each)
        yield
    finally:
        for each, copy in kept.items():
            os.dup2(copy, each)
            os.close(copy)
        os.close(quiet)


def _work(pipe: Connection, errand: Errand) -> None:
    """The courier's life: until nobody asks any more. Of each step it tells what went wrong, or None."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sender: Journalled | None = None
    gone = (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt)
    with contextlib.suppress(*gone), contextlib.ExitStack() as stack:
        while True:
            step = pipe.recv()
            fault: Fault = None
            try:
                sender = sender or _sender(pipe, errand, stack)
                sender.send(step)
            except gone:
                raise
            except HarnessError as ours:
                fault = ours
            except Exception:  # a bug, which nobody would see here
                trace = traceback.format_exc()
                trace = sender.session.redacted(trace) if sender else trace
                fault = RuntimeError(f"in the process that sends\n{trace}")
            pipe.send(fault)


def _sender(pipe: Connection, errand: Errand, stack: contextlib.ExitStack) -> Journalled:
    """By the journal, in which nobody else sends for this provider until the stack is left."""
    kept = Journal(errand.journal)
    stack.callback(kept.close)
    while not stack.enter_context(kept.holding(errand.run, f"{errand.provider}.courier")):
        time.sleep(0.05)  # a courier of the run's earlier life is still busy
    paced = Paced(Limiter(kept), errand.manners, clock=time.time, sleep=_waiting(pipe), say=_saying(pipe))
    told = (row.interaction for row in kept.steps(errand.run, errand.provider))
    session = errand.sessions(taken_by(unpacked(each) for each in told if each is not None))
    lifeboat = stack.enter_context(Lifeboat(kept.beside(f"{errand.run}.{errand.provider}.answer")))
    sender = Journalled(
        kept, errand.run, errand.provider, errand.clock, session=session, day=_today,
        before=paced.wait, after=paced.note, lifeboat=lifeboat, sleep=time.sleep, say=_saying(pipe),
    )  # fmt: skip
    sender.adopt()
    return sender


def _waiting(pipe: Connection) -> Callable[[float], None]:
    """Wait before a request, as long as somebody wants it sent: if the run is gone, its next life will."""

    def wait(seconds: float) -> None:
        if pipe.poll(seconds):  # nothing is asked for while another step is under way, so this is the end of the pipe
            raise EOFError

    return wait


def _saying(pipe: Connection) -> Callable[[str], None]:
    def say(word: str) -> None:
        with contextlib.suppress(OSError):  # whoever is gone need not hear it
            pipe.send(word)

    return say


def _today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())
