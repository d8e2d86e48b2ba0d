"""Live campaigns: begun, told again after whatever happened, and ended so that nothing is lost."""

from __future__ import annotations

import argparse
import json
import math
import os
import secrets
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from harness.cli import gate_flags
from harness.cli.leak_check import keys, refuse_leaks_in
from harness.cli.progress import Progress
from harness.cli.setup import listed_prices, planned, priced, today, write_plan
from harness.contract import Contract
from harness.errors import (
    BudgetSpent,
    ConfigurationError,
    HarnessError,
    JournalError,
    StrangeJournal,
    TurnedAway,
    UnknownName,
    Unwelcome,
)
from harness.exchange.receiver import listening
from harness.interaction import Provenance
from harness.probe.plan import Plan
from harness.report.safe import plain
from harness.run import Run, Stopped
from harness.run.budget import Caps, Committed, allow
from harness.run.forecast import submissions, worst
from harness.run.journal import Journal
from harness.run.listening import listen
from harness.run.pricing import Pricing, named
from harness.run.sources import address, live

#: What a resumed run is set up from: the arguments that decide what is sent and what is made of it.
_SETTINGS = (
    "provider", "model", "max_requests", "find_limits", "seed", "random", "fuzz", "base_url", "assume_price", "prices",
    "poll_interval", "jobs", "allow_private", "out", "cassette", "format", "second_opinion", "log",
    "webhook_listen", "protocol", *gate_flags.SETTINGS,
)  # fmt: skip
#: How a run can have ended; of several providers' ends, the last of these is the run's. ``failed``: going on comes to
#: the same end again. A run that never said how it ended is still ``running``.
_STATES = ("finished", "out-of-budget", "failed", "stopped", "running")
#: Seconds between two polls of a provider, at least.
_QUICKEST = 1.0
#: Arguments that hold paths.
_PATHS = ("out", "cassette", "prices", "log", *gate_flags.FILES)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One provider's share of a campaign, ended in whatever way. ``why`` is what stopped it, if anything did."""

    contract: Contract
    plan: Plan
    run: Run
    money: dict[str, float]
    why: HarnessError | Stopped | None


class Campaign:
    """One run in the journal, and this process at work on it.

    ``caps`` replace those that it was begun with, from the moment at which nobody else is at work on it.
    """

    def __init__(
        self, journal: Journal, name: str, args: argparse.Namespace, caps: Mapping[str, float] | None = None
    ) -> None:
        self.journal = journal
        self.name = name
        self._args = args
        self._caps = caps or {}
        written = journal.run(name)
        self._created: str = written["created"]
        self._token: str = json.loads(written["settings"])["webhook_token"]
        self._asked_to_stop = threading.Event()

    @property
    def resume(self) -> str:
        """The command that goes on where this process stopped."""
        return resume_command(self.journal.path, self.name)

    def parts(self, contracts: Sequence[Contract]) -> Iterator[Part]:
        """Work through the providers. What stops the run stops it for the providers that are left, too."""
        with self.journal.holding(self.name, "run") as alone, self._signals():
            if not alone:
                raise ConfigurationError(
                    f"another process is at work on run {self.name}", hint="Let it end, or stop it."
                )
            self.journal.settle_in(self.name)
            self.journal.change_caps(self.name, replace(self.journal.caps(self.name), **self._caps))
            self.journal.mark(self.name, "running")
            states = []
            for contract in contracts:
                part = self._part(contract)
                states.append(_state(part.why))
                yield part
                if isinstance(part.why, (Stopped, JournalError)):
                    break
            if (state := max(states, key=_STATES.index)) != "running":  # a journal that failed may not take this either
                self.journal.mark(self.name, state)

    def unknown(self) -> str | None:
        """What to do about submissions of which nobody knows what came of them; None if there are none."""
        lost = [
            row.price or 0.0
            for each in self.journal.parts(self.name)
            for row in self.journal.steps(self.name, each["provider"])
            if row.basis == "unknown"
        ]
        if not lost:
            return None
        usd = sum(lost)
        return (
            f"{len(lost)} submissions may have started jobs; {usd:.4f} USD stay set aside, and they are not sent "
            f"again. Look for them where the provider lists jobs: harness runs {self.name}"
        )

    def seal(self) -> None:
        """Raises SecretLeaked if a key of this run's stands in the journal."""
        refuse_leaks_in(
            self.journal.texts(self.name), str(self.journal.path), keys(self._args),
            hint="This is a fault of the harness. Nobody but you may read that file: note the jobs in it (harness "
            "runs), remove it, and change the key.",
        )  # fmt: skip

    def _part(self, contract: Contract) -> Part:
        args = self._args
        where = address(contract, base_url=args.base_url, allow_private=args.allow_private, date=self._created[:10])
        written = {each["provider"]: each["plan"] for each in self.journal.parts(self.name)}
        plan = Plan.from_json(written[contract.provider])
        write_plan(plan, args.out / f"{contract.provider}-plan.json")
        steps = self.journal.steps(self.name, contract.provider)
        pricing = priced(contract, args)
        with Progress(contract.provider, plan, args.log, lambda: self._money(contract)) as progress:
            run, courier = live(
                contract, where, journal=self.journal.path, run=self.name,
                began=max((each.ended or each.began for each in steps), default=0.0),
                pricing=pricing, poll=args.poll_interval, jobs=args.jobs,
                sleep=self._sleeper(progress), patience=progress.tick, tell=_say,
            )  # fmt: skip
            if args.webhook_listen:
                _receive(run, args.webhook_listen, where.provenance, self._token)
            run.max_requests = args.max_requests
            run.find_limits = args.find_limits
            run.heard = progress.heard
            run.stopping = courier.stopping = self._asked_to_stop.is_set
            why: HarnessError | Stopped | None = None
            try:
                run.go(plan)
            except (HarnessError, Stopped) as stopped:
                why = stopped
            finally:
                courier.close()
        if run.inbox is not None and (strangers := run.inbox.mailbox.turned_away.total()):
            _say(f"{strangers} requests to the webhook receiver were turned away")
        if run.unended:
            _say(f"{_listed(run.unended)} had not ended when last asked, and may still cost")
        money = self._money(contract) | {"planned": worst(contract, plan, priced(contract, args))}
        return Part(contract=contract, plan=plan, run=run, money=money, why=why)

    def _money(self, contract: Contract) -> dict[str, float]:
        return asdict(self.journal.money(self.name, contract.provider)) | {"budget": self.journal.caps(self.name).run}

    def _sleeper(self, progress: Progress) -> Callable[[float], None]:
        def sleep(seconds: float) -> None:
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0 and not self._asked_to_stop.wait(min(left, 0.5)):
                progress.tick()

        return sleep

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C once: end after the request under way. Twice: at once, and the courier still writes it down."""

        def asked(*_: object) -> None:
            if self._asked_to_stop.is_set():
                self._leave()
            self._asked_to_stop.set()
            print(file=sys.stderr)  # behind the terminal's ^C
            _say("stopping after the request that is under way; again to stop at once")

        before = {each: signal.signal(each, asked) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _leave(self) -> NoReturn:
        _say(f"stopped. What was sent is in the journal; go on with: {self.resume}")
        os._exit(130)


def _state(why: HarnessError | Stopped | None) -> str:
    match why:
        case None:
            return "finished"
        case Stopped() | TurnedAway() | Unwelcome():
            return "stopped"
        case BudgetSpent():
            return "out-of-budget"
        case JournalError() if not isinstance(why, StrangeJournal):
            return "running"
        case _:
            return "failed"


def begin(args: argparse.Namespace, contracts: Sequence[Contract], plans: Sequence[Plan] | None = None) -> Campaign:
    """Write a new run down, with every provider's plan, before anything is sent. Raises ConfigurationError.

    ``plans`` in the order of the contracts; the whole of what can be tested if there are none.
    """
    if args.quirk:
        raise ConfigurationError("--quirk is for the simulator", hint="Use --simulated, or harness serve.")
    if args.budget is None:
        raise ConfigurationError("a live run needs a budget", hint="Say what it may cost at most: --budget USD.")
    if args.base_url and len(contracts) != 1:
        raise ConfigurationError(
            "--base-url is one provider's address", hint="Name the one provider whose key may be sent there."
        )
    where = [
        address(each, base_url=args.base_url, allow_private=args.allow_private, date=today()) for each in contracts
    ]
    if args.poll_interval is not None and args.poll_interval < _QUICKEST and not all(each.loopback for each in where):
        raise ConfigurationError(
            f"--poll-interval {args.poll_interval:g} asks more often than any provider is meant to be asked",
            hint=f"{_QUICKEST:g} second or more; less is for a simulator on this machine.",
        )
    _refuse_strange_models(args, contracts)
    plans = plans or [planned(each, args, simulated=False) for each in contracts]
    for contract, plan in zip(contracts, plans, strict=True):
        _refuse_unpriced(contract, plan, priced(contract, args))
    if not args.yes:
        many = sum(len(submissions(*each)) for each in zip(contracts, plans, strict=True))
        _ask(
            f"Send {many} submissions, more to find out what a refusal is for, and what polls and downloads they need, "
            f"to {', '.join(w.base for w in where)}, for at most {args.budget:.2f} USD?"
        )
    journal = Journal(args.journal or default_journal())
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    name = f"{created[:10]}-{secrets.token_hex(3)}"
    settings = {key: getattr(args, key, None) for key in _SETTINGS}
    settings |= {"webhook_token": secrets.token_urlsafe(24)}
    settings |= {"provider": [each.provider for each in contracts]}
    settings |= {key: str(each.absolute()) for key in _PATHS if (each := settings[key]) is not None}
    journal.start(name, created=created, caps=Caps(**_caps(args)), settings=settings)
    for contract, plan, each in zip(contracts, plans, where, strict=True):
        journal.part(name, contract.provider, base_url=each.base, plan=plan.as_json())
    return Campaign(journal, name, args)


def again(args: argparse.Namespace) -> tuple[Campaign, list[str], argparse.Namespace]:
    """A run from the journal, its providers, and the arguments that it was begun with. Raises UnknownName.

    What an older harness did not write down, and what the command that began it does not have, is None.
    """
    path = args.journal or default_journal()
    if not path.exists():
        raise ConfigurationError("there is no journal, so no run to resume", where=str(path))
    journal = Journal(path)
    settings: dict[str, Any] = json.loads(journal.run(args.name)["settings"])
    settings |= {key: Path(settings[key]) for key in _PATHS if settings.get(key) is not None}
    again = ("assume_price", "prices", *gate_flags.SETTINGS)  # what was spent already is not reckoned anew
    settings |= {key: each for key in again if (each := getattr(args, key)) is not None}
    settings["protocol"] = settings.get("protocol") is not False  # a run that was begun by `record` does not say
    meant = argparse.Namespace(**{**dict.fromkeys(_SETTINGS), **settings}, mode="live")
    if args.out is not None:
        meant.out = args.out
        meant.cassette = meant.cassette and args.out / meant.cassette.name
    return Campaign(journal, args.name, meant, _caps(args)), settings["provider"], meant


def resume_command(journal: Path, name: str) -> str:
    """What to type to go on with a run."""
    where = "" if journal == default_journal() else f" --journal {shlex.quote(str(journal))}"
    return f"harness resume {name}{where}"


def default_journal() -> Path:
    """``HARNESS_JOURNAL``, or where the system keeps a user's state."""
    named = os.environ.get("HARNESS_JOURNAL")
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(named) if named else Path(state).expanduser() / "harness" / "journal.sqlite"


def _refuse_strange_models(args: argparse.Namespace, contracts: Sequence[Contract]) -> None:
    """Raises UnknownName for a price of a model that none of these providers has: nothing would be reserved by it."""
    known = {model for contract in contracts for model in contract.models}
    for model in listed_prices(args.prices):
        if model not in known:
            raise UnknownName("model", model, known, where=str(args.prices))


def _refuse_unpriced(contract: Contract, plan: Plan, pricing: Pricing) -> None:
    """Raises Unpriced, before anything is spent on other providers, where the run would come to nothing for it."""
    if pricing.partial:
        return
    for probe in submissions(contract, plan):
        allow(pricing.price(probe.body), Caps(run=math.inf), Committed(), named(contract, probe.body))


def _caps(args: argparse.Namespace) -> dict[str, float]:
    """The caps that the arguments name."""
    said = {"run": args.budget, "provider": args.max_per_provider, "job": args.max_per_job, "day": args.max_per_day}
    return {name: each for name, each in said.items() if each is not None}


def _receive(run: Run, place: str, provenance: Provenance, token: str) -> None:
    if run.contract.webhook is None:
        _say(f"{run.contract.provider} documents no webhook; nothing listens")
        return
    inbox = listen(run.contract, run.base_url, listening(place), token=token, provenance=provenance)
    run.inbox = inbox
    _say(f"webhooks are awaited at {inbox.base}")
    signature = run.contract.webhook.signature
    if signature is not None and inbox.secret is None:
        _say(f"{signature.secret} is not set, so signatures are not checked")


def _listed(jobs: Sequence[str]) -> str:
    shown = ", ".join(plain(each, 60) for each in jobs[:5])
    return f"{len(jobs)} job{'s' if len(jobs) > 1 else ''} ({shown}{', …' if len(jobs) > 5 else ''})"


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise ConfigurationError("a live run asks before it spends", hint="Add --yes where nobody can answer.")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ConfigurationError("not started")


def _say(word: str) -> None:
    print(f"harness: {word}", file=sys.stderr, flush=True)
