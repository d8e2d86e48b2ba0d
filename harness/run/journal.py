"""What a run meant to send, what came of it and what it cost, on disk before anything else happens.

An intent is committed before its request leaves, its outcome before anybody hears of it. A run that was
killed is told again from here: what has an outcome is read, not sent, and a submission whose outcome nobody
recorded is never sent a second time. Caps are checked in the transaction that writes the intent, so that any
number of processes share one budget.
"""

from __future__ import annotations

import json
import os
import sqlite3
import weakref
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from harness.contract.prices import Price
from harness.errors import JournalError, StrangeJournal, UnknownName
from harness.run.budget import Caps, Committed, allow
from harness.run.holding import beside, holding

#: What came of a submission: of an unknown one, nobody can tell whether it began a job.
Came: TypeAlias = Literal["accepted", "refused", "never left", "unknown"]
#: What a failure says when the process that sent the request did not live to see the answer.
INTERRUPTED = "interrupted: the run was stopped while this was sent, and whether it arrived is not known"

#: What each version of the file has beyond the one before it.
_VERSIONS = (
    """
CREATE TABLE runs (id TEXT PRIMARY KEY, created TEXT NOT NULL, state TEXT NOT NULL, caps TEXT NOT NULL,
                   settings TEXT NOT NULL) STRICT;
CREATE TABLE parts (run TEXT NOT NULL REFERENCES runs, provider TEXT NOT NULL, number INTEGER NOT NULL,
                    base_url TEXT NOT NULL, plan TEXT NOT NULL, PRIMARY KEY (run, provider)) STRICT;
CREATE TABLE steps (id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs, provider TEXT NOT NULL,
                    key TEXT NOT NULL, digest TEXT NOT NULL, kind TEXT NOT NULL, day TEXT NOT NULL, began REAL NOT NULL,
                    ended REAL, interaction TEXT, price REAL, price_source TEXT, cost REAL, basis TEXT,
                    UNIQUE (run, provider, key)) STRICT;
CREATE INDEX priced ON steps (day) WHERE price IS NOT NULL;
CREATE TABLE pace (origin TEXT NOT NULL, what TEXT NOT NULL, at REAL NOT NULL) STRICT;
CREATE INDEX paced ON pace (origin, what, at);
""",
    """
CREATE TABLE places (run TEXT NOT NULL, provider TEXT NOT NULL, many INTEGER NOT NULL, at REAL NOT NULL,
                     PRIMARY KEY (run, provider), FOREIGN KEY (run, provider) REFERENCES parts) STRICT;
""",
)
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A step as the journal knows it. ``ended`` and ``interaction`` are None while its outcome is not known."""

    key: str
    digest: str
    kind: str
    began: float
    ended: float | None
    interaction: str | None
    price: float | None
    price_source: str | None
    cost: float | None
    basis: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """USD of one run, or of one provider in it.

    ``reserved`` is set aside for jobs of which it is not known yet what they cost, ``unknown`` the part of it for
    submissions that may or may not have arrived; ``refunded`` what failed jobs would have cost, which stays counted
    against the budget; ``metered`` what the provider said that jobs cost, and ``claimed`` what the prices had said of
    the same jobs.
    """

    reserved: float = 0.0
    spent: float = 0.0
    unknown: float = 0.0
    refunded: float = 0.0
    claimed: float = 0.0
    metered: float = 0.0


class Journal:
    """One SQLite file, shared by any number of runs and processes.

    Write-ahead log with full synchronisation: what was committed is there after a power cut. Only its owner may
    read it. ``patience``: seconds to wait for another process's transaction. Raises JournalError, with the file and
    what to do; StrangeJournal for a file that is something else.
    """

    def __init__(self, path: Path, *, patience: float = _PATIENCE) -> None:
        self.path, self.patience = path, patience
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            names = 1 if path.is_dir() else path.stat().st_nlink
        except OSError as fault:
            raise JournalError(f"cannot be made: {fault.strerror}", where=str(path), hint=_ELSEWHERE) from None
        if names > 1:  # SQLite keeps its log, and we our locks, beside each of them
            raise StrangeJournal(
                f"has {names} names (hard links), and by each of them another process could go on with its runs",
                where=str(path),
                hint="Leave it only one. A symbolic link to it does no harm.",
            )
        with self._guarded():
            self._db = sqlite3.connect(path, timeout=patience, isolation_level=None)
        # Python 3.13 warns of a connection that nobody closed; a journal that nobody holds any more is closed.
        weakref.finalize(self, _close, self._db)
        try:
            self._refuse_strangers()
            self._prepare()
        except JournalError:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    # Runs

    def start(self, run: str, *, created: str, caps: Caps, settings: Mapping[str, Any]) -> None:
        """Write a new run down. ``settings`` is what a resumed run needs to be set up again, as JSON."""
        with self.writing() as db:
            db.execute(
                "INSERT INTO runs VALUES (?, ?, 'running', ?, ?)",
                (run, created, json.dumps(asdict(caps)), json.dumps(settings)),
            )

    def part(self, run: str, provider: str, *, base_url: str, plan: Mapping[str, Any]) -> None:
        """Write one provider's plan down; what is there already stays."""
        with self.writing() as db:
            (number,) = db.execute("SELECT count(*) FROM parts WHERE run = ?", (run,)).fetchone()
            db.execute(
                "INSERT INTO parts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (run, provider, number, base_url, json.dumps(plan)),
            )

    def mark(self, run: str, state: str) -> None:
        """Write down how far the run is: ``running``, ``stopped`` or ``finished``."""
        with self.writing() as db:
            db.execute("UPDATE runs SET state = ? WHERE id = ?", (state, run))

    def settle_in(self, run: str) -> None:
        """Write down where the run is at home: in this file. For whoever has the run to himself.

        Raises StrangeJournal where this is a copy, and the file that it was copied from still has the run: gone on
        with in both, its submissions would be sent twice. A file that was moved settles in its new place, and what is
        finished sends nothing anywhere.
        """
        with self.reading():
            query = "SELECT json_extract(settings, '$.home'), state FROM runs WHERE id = ?"
            ((said, state),) = self._db.execute(query, (run,))
        home = self.path.resolve()
        if state != "finished" and said is not None and Path(said) != home and _has(Path(said), run, besides=home):
            raise StrangeJournal(
                f"is a copy, and {said} has run {run}, too: nothing may be sent by both",
                where=str(self.path),
                hint=f"Use that one. Or, if this one is to take its place, move {said} away first.",
            )
        with self.writing() as db:
            db.execute("UPDATE runs SET settings = json_set(settings, '$.home', ?) WHERE id = ?", (str(home), run))

    def caps(self, run: str) -> Caps:
        """What the run may cost; raises UnknownName."""
        return Caps(**json.loads(self.run(run)["caps"]))

    def change_caps(self, run: str, caps: Caps) -> None:
        """What it may cost from now on, whatever it has cost."""
        with self.writing() as db:
            db.execute("UPDATE runs SET caps = ? WHERE id = ?", (json.dumps(asdict(caps)), run))

    def run(self, run: str) -> dict[str, Any]:
        """One run's row; raises UnknownName."""
        with self.reading():
            found = self._rows("SELECT * FROM runs WHERE id = ?", run)
            if not found:
                known = [each["id"] for each in self._rows("SELECT id FROM runs")]
                raise UnknownName("run", run, known, where=str(self.path), see="harness runs")
        return found[0]

    def runs(self) -> list[dict[str, Any]]:
        """Every run, newest first, with its parts."""
        with self.reading():
            found = self._rows("SELECT * FROM runs ORDER BY created DESC, id DESC")
            return [each | {"parts": self.parts(each["id"])} for each in found]

    def parts(self, run: str) -> list[dict[str, Any]]:
        """The providers of a run in their order, each with base URL and plan."""
        with self.reading():
            found = self._rows("SELECT provider, base_url, plan FROM parts WHERE run = ? ORDER BY number", run)
        return [each | {"plan": json.loads(each["plan"])} for each in found]

    def texts(self, run: str) -> Iterator[str]:
        """Everything that is written down of a run, for whoever looks for what must not be in it."""
        yield json.dumps(self.run(run))
        for part in self.parts(run):
            yield json.dumps(part)
            yield from (row.interaction for row in self.steps(run, part["provider"]) if row.interaction is not None)

    # Steps

    def find(self, run: str, provider: str, key: str) -> Row | None:
        with self.reading():
            found = self._rows(f"SELECT {_ROW} FROM steps WHERE (run, provider, key) = (?, ?, ?)", run, provider, key)
        return Row(**found[0]) if found else None

    def steps(self, run: str, provider: str) -> Iterator[Row]:
        """Every step of one provider in the order in which they began, one at a time: all may be hundreds of MB."""
        with self.reading():
            # By the index, they would all be held to be put into order; as they stand, they are in order already.
            query = f"SELECT {_ROW} FROM steps NOT INDEXED WHERE (run, provider) = (?, ?) ORDER BY id"
            for each in self._each(query, run, provider):
                yield Row(**each)

    def intend(
        self, run: str, provider: str, key: str, *, digest: str, kind: str, at: float, day: str,
        price: Price | None = None, what: str = "a job",
    ) -> None:  # fmt: skip
        """Commit that a request is about to be sent; of a submission, set its worst price aside with it.

        Raises BudgetSpent or Unpriced, and then nothing is written.
        """
        with self.writing() as db:
            reserved: Price | None = None
            if kind == "submission":
                caps = Caps(**json.loads(db.execute("SELECT caps FROM runs WHERE id = ?", (run,)).fetchone()[0]))
                reserved = allow(price, caps, self._committed(run, provider, day), what)
            usd, source = (reserved.usd, reserved.source) if reserved else (None, None)
            db.execute(
                "INSERT INTO steps (run, provider, key, digest, kind, day, began, price, price_source)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (run, provider, key, digest, kind, day, at, usd, source),
            )

    def withdraw(self, run: str, provider: str, key: str) -> None:
        """Take back an intent of which surely nothing came; what has an outcome stays."""
        with self.writing() as db:
            db.execute(
                "DELETE FROM steps WHERE (run, provider, key) = (?, ?, ?) AND interaction IS NULL", (run, provider, key)
            )

    def outcome(self, run: str, provider: str, key: str, *, interaction: str, at: float) -> None:
        """Commit what came of it. What was seen stays; what was only taken for lost gives way to what is known."""
        with self.writing() as db:
            db.execute(
                "UPDATE steps SET interaction = ?, ended = ? WHERE (run, provider, key) = (?, ?, ?)"
                " AND (ended IS NULL OR json_extract(interaction, '$.failure') = ?)",
                (interaction, at, run, provider, key, INTERRUPTED),
            )

    def arrived(self, run: str, provider: str, key: str, *, interaction: str, at: float) -> None:
        """Commit what the provider sent by itself; the same delivery is written down once."""
        with self.writing() as db:
            db.execute(
                "INSERT INTO steps (run, provider, key, digest, kind, day, began, ended, interaction)"
                " VALUES (?, ?, ?, '', 'delivery', '', ?, ?, ?) ON CONFLICT DO NOTHING",
                (run, provider, key, at, at, interaction),
            )

    def submitted(self, run: str, provider: str, key: str, came: Came) -> None:
        """Note once what came of a submission: an accepted one cost what was set aside, whatever prices are now."""
        with self.writing() as db:
            db.execute(
                "UPDATE steps SET cost = CASE ?1 WHEN 'accepted' THEN price WHEN 'unknown' THEN NULL ELSE 0.0 END,"
                " basis = iif(?1 = 'accepted', price_source, ?1)"
                " WHERE (run, provider, key) = (?2, ?3, ?4) AND basis IS NULL",
                (came, run, provider, key),
            )

    def settle(self, run: str, provider: str, key: str, *, cost: float, basis: str) -> None:
        """Replace what a submission was taken to have cost by what is known of it; ``basis`` says how."""
        with self.writing() as db:
            db.execute(
                "UPDATE steps SET cost = ?, basis = ? WHERE (run, provider, key) = (?, ?, ?)",
                (cost, basis, run, provider, key),
            )

    def money(self, run: str, provider: str | None = None) -> Ledger:
        """What the run's submissions cost, or one provider's of them."""
        with self.reading():
            found = self._rows(
                "SELECT total(price) FILTER (WHERE cost IS NULL) AS reserved, total(cost) AS spent,"
                " total(price) FILTER (WHERE basis = 'unknown') AS unknown,"
                " total(price) FILTER (WHERE basis = 'refunded') AS refunded,"
                " total(price) FILTER (WHERE basis = 'metered') AS claimed,"
                " total(cost) FILTER (WHERE basis = 'metered') AS metered"
                " FROM steps WHERE run = ?1 AND price IS NOT NULL AND (?2 IS NULL OR provider = ?2)",
                run, provider,
            )  # fmt: skip
        return Ledger(**{name: round(each, 6) for name, each in found[0].items()})

    # Health

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file; nothing when it is sound."""
        with self.reading():
            found = [str(each[0]) for each in self._db.execute("PRAGMA integrity_check")]
        return [each for each in found if each != "ok"]

    @contextmanager
    def holding(self, run: str, part: str) -> Iterator[bool]:
        """Whether this process has ``part`` of the run to itself, for the length of a ``with`` block.

        The operating system lets go of it when the process dies, however it does.
        """
        with holding(self.path, f"{run}.{part}") as alone:
            yield alone

    def beside(self, name: str) -> Path:
        """Where something of that name belongs that is kept with the file, and moved with it."""
        return beside(self.path) / name

    def _committed(self, run: str, provider: str, day: str) -> Committed:
        # That a failed job is not billed is what documents say, and no budget is kept by that alone.
        taken = "total(CASE basis WHEN 'refunded' THEN price ELSE coalesce(cost, price) END)"
        one = f"SELECT {taken} FROM steps WHERE price IS NOT NULL AND"
        get = self._db.execute
        return Committed(
            run=get(f"{one} run = ?", (run,)).fetchone()[0],
            provider=get(f"{one} run = ? AND provider = ?", (run, provider)).fetchone()[0],
            day=get(f"{one} day = ?", (day,)).fetchone()[0],
        )

    def _refuse_strangers(self) -> None:
        """Before anything is changed in the file."""
        with self.reading():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and not tables >= _TABLES:
            raise StrangeJournal(_STRANGE, where=str(self.path), hint=_ANOTHER)
        if version > len(_VERSIONS):
            raise StrangeJournal(
                f"is of version {version}, and this harness knows version {len(_VERSIONS)}",
                where=str(self.path),
                hint="Use the harness that wrote it, or another file: --journal FILE.",
            )

    def _prepare(self) -> None:
        with self.reading():
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
        with self.writing() as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            for number, script in enumerate(_VERSIONS[version:], start=version + 1):
                for statement in filter(str.strip, script.split(";")):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {number}")

    def _rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        return list(self._each(query, *values))

    def _each(self, query: str, *values: Any) -> Iterator[dict[str, Any]]:
        cursor = self._db.execute(query, values)
        names = [each[0] for each in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that no other process can come between. Raises JournalError."""
        with self.reading():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk may have rolled back already
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Each query by itself. Raises JournalError for what SQLite says against one."""
        with self._guarded():
            yield self._db

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as fault:
            match getattr(fault, "sqlite_errorcode", None):
                case sqlite3.SQLITE_NOTADB:
                    raise StrangeJournal(_STRANGE, where=str(self.path), hint=_ANOTHER) from None
                case sqlite3.SQLITE_CORRUPT:
                    raise StrangeJournal("is damaged", where=str(self.path), hint=_DAMAGED) from None
            raise JournalError(f"cannot be used: {fault}", where=str(self.path), hint=_ELSEWHERE) from None


def _close(db: sqlite3.Connection) -> None:
    with suppress(sqlite3.ProgrammingError):  # garbage may be collected in a thread that it does not belong to
        db.close()


def _has(path: Path, run: str, *, besides: Path) -> bool:
    """Whether another file than ``besides`` is a journal with that run."""
    try:
        if not path.is_file() or path.samefile(besides):
            return False
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            return bool(db.execute("SELECT 1 FROM runs WHERE id = ?", (run,)).fetchone())
    except (OSError, sqlite3.Error):
        return False


_ROW = "key, digest, kind, began, ended, interaction, price, price_source, cost, basis"
_TABLES = {"runs", "parts", "steps", "pace"}
_STRANGE = "is not a journal of harness's"
_ANOTHER = "Name the journal, or a file that does not exist yet: --journal FILE."
_DAMAGED = "Jobs in it may be paid for: keep it, look for them at the provider, and begin another: --journal FILE."
_ELSEWHERE = "Is there space, and may you write there? Another place: --journal FILE."
