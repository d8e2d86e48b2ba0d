"""Live runs as processes of their own, against a simulator that counts what they send."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from conftest import MINIATURE, lantern
from starlette.types import Receive, Scope, Send

from harness.pointer import value
from harness.run.journal import Journal
from harness.simulator import Simulator
from harness.simulator.server import application

KEY = "sk-test-5f0c2b7e91d84a36"
MODELS = ["lantern-small"]


class Counting:
    """The simulator on a port, a little slow, that counts what is submitted to it, and which jobs it accepted.

    ``most``: how many of these it had under way at once, from the submission to the poll that told of the end.
    """

    def __init__(self, delay: random.Random) -> None:
        self.simulator = Simulator(lantern(), [])
        self.inner = application(self.simulator)
        self.delay = delay
        self.submitted: Counter[bytes] = Counter()
        self.accepted: set[str] = set()
        self.ended: set[str] = set()
        self.most = 0
        self.slow = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken: list[bytes] = []
        given: list[dict[str, Any]] = []

        async def reading() -> Any:
            message = await receive()
            taken.append(message.get("body", b""))
            return message

        async def writing(message: Any) -> None:
            given.append(message)

        await self.inner(scope, reading, writing)
        submission = scope["method"] == "POST" and scope["path"].endswith(lantern().submit.path)
        if submission:
            key = next((v for n, v in scope["headers"] if n == b"authorization"), b"")
            self.submitted[key + b"".join(taken)] += 1
            if given[0]["status"] in (200, 202):
                self.accepted.add(json.loads(_body(given))["id"])
                self.most = max(self.most, len(self.accepted - self.ended))
        elif scope["method"] == "GET" and given[0]["status"] == 200:
            self.ended |= {job for job in self.accepted - self.ended if job in scope["path"] and _over(_body(given))}
        time.sleep(self.slow or self.delay.uniform(0, 0.006))  # whoever is killed meanwhile has sent, and has no answer
        for message in given:
            await send(message)


@contextmanager
def counting(seed: int) -> Iterator[tuple[str, Counting]]:
    app = Counting(random.Random(seed))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", app
    server.should_exit = True
    thread.join(10)


def started(folder: Path, *words: str, said: int | None = None) -> subprocess.Popen[bytes]:
    """``said``: where its output goes (default: ``said.txt`` in the folder)."""
    environment = os.environ | {"HARNESS_SPECS": str(MINIATURE), "LANTERN_API_KEY": KEY}
    if "--journal" not in words:
        words += ("--journal", str(folder / "journal.sqlite"))
    with (folder / "said.txt").open("ab") as file:
        out = file if said is None else said
        return subprocess.Popen(
            [sys.executable, "-m", "harness", *words], stdout=out, stderr=subprocess.STDOUT, env=environment
        )


def begun(
    folder: Path, base: str, budget: str = "1000", more: Sequence[str] = (), said: int | None = None
) -> subprocess.Popen[bytes]:
    return started(
        folder, "check", "lantern", "--live", "--base-url", base, "--allow-private", "--budget", budget, "--yes",
        "--random", "0", "--out", str(folder / "out"), "--fail-on", "never", "--model", *MODELS, *more, said=said,
    )  # fmt: skip


def rows(folder: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{folder / 'journal.sqlite'}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM steps").fetchone()[0])
    except sqlite3.Error:
        return 0


def name_of(folder: Path) -> str:
    with closing(Journal(folder / "journal.sqlite")) as journal:
        return str(journal.runs()[0]["id"])


def _body(given: list[dict[str, Any]]) -> bytes:
    return b"".join(message.get("body", b"") for message in given)


def _over(body: bytes) -> bool:
    states = lantern().job.words
    told = value(json.loads(body), lantern().job.status)
    return isinstance(told, str) and told in states and states[told].terminal
