"""What can go wrong with us: our files, our arguments, our environment.

A provider's misbehaviour is never one of these; it is a divergence.

    HarnessError            exit code 2 unless a subclass says otherwise
    ├── SpecError           a file under specs/ is wrong
    ├── RecordingError      a cassette, HAR or report cannot be used
    ├── RequestFileError    a request file cannot be judged
    ├── GateError           waivers, a baseline, required claims or a limit cannot be used
    ├── UnknownName         a provider, model, quirk, claim … that does not exist
    ├── ConfigurationError  a missing key, a flag without its partner, an unusable address
    │   ├── Unpriced        a job of which nobody says what it can cost
    │   └── Unwelcome       a key, an account or an address that the provider refuses
    ├── NothingToJudge      exit code 5
    ├── BudgetSpent         exit code 4
    ├── TurnedAway          exit code 6: a provider that takes no more requests for now
    ├── SecretLeaked        exit code 3
    └── JournalError        exit code 6: what a run writes down cannot be written or read
        └── StrangeJournal  exit code 2: no journal of ours, one of two, or what it holds belongs to other requests
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class HarnessError(Exception):
    """One clear message: what is wrong, where, and what to do next."""

    exit_code = 2

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n  {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[Any, ...]:
        """From one process to another, whatever a subclass is made of."""
        return _again, (type(self), self.message, self.where, self.hint)


def _again(kind: type[HarnessError], message: str, where: str, hint: str) -> HarnessError:
    made = kind.__new__(kind)
    HarnessError.__init__(made, message, where=where, hint=hint)
    return made


class SpecError(HarnessError):
    """A file under specs/ is malformed or contradicts its neighbours."""


class RecordingError(HarnessError):
    """A cassette, HAR or report is malformed, truncated, a stranger's, or hostile."""


class RequestFileError(HarnessError):
    """A request file is not JSON, too deep, or for an unknown operation."""


class GateError(HarnessError):
    """What is to decide about a run is malformed: waivers, a baseline, a list of required claims, a limit."""


class ConfigurationError(HarnessError):
    """A key, flag or address that a run needs is missing or unusable."""


class Unpriced(ConfigurationError):
    """Nobody says what a submission can cost, so that no budget can be kept."""


class Unwelcome(ConfigurationError):
    """Request after request is refused for the key, the account or the address. Mended, the run can be resumed."""


class NothingToJudge(HarnessError):
    """No interaction reached the judge."""

    exit_code = 5


class SecretLeaked(HarnessError):
    """A key stands in a file that we wrote."""

    exit_code = 3


class BudgetSpent(HarnessError):
    """The next submission could cost more than what is left of the budget."""

    exit_code = 4


class TurnedAway(HarnessError):
    """A provider answers request after request that there are too many. The run can be resumed later."""

    exit_code = 6


class JournalError(HarnessError):
    """The journal cannot be written or read. Nothing was sent that is not in it, and the run can be resumed."""

    exit_code = 6


class StrangeJournal(JournalError):
    """No journal of ours, one of two, or another request under a step's key than the one that the run makes now."""

    exit_code = 2


class UnknownName(HarnessError):
    """A name that is not one of the known ones; the message offers the nearest."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "", see: str = "") -> None:
        names = sorted(known)
        near = nearest(name, names)
        if near:
            hint = f"Did you mean {near!r}?"
        elif len(names) <= 12:
            hint = f"Known: {', '.join(names) or 'none'}."
        else:
            hint = f"{len(names)} are known."
        if see:
            hint += f" See: {see}"
        super().__init__(f"unknown {kind} {name!r}", where=where, hint=hint)


#: How alike two names must be: `ratio` is to find `aspect_ratio`, and `never-done` is not to find `fewer-lines`.
_LIKE = 0.58


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name a user most likely meant, or None."""
    names = list(known)
    lowered = {each.lower(): each for each in names}
    if name.lower() in lowered:
        return lowered[name.lower()]
    close = difflib.get_close_matches(name, names, n=1, cutoff=_LIKE)
    return close[0] if close else None
