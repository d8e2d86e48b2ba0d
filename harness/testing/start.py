"""What is checked before a session collects anything, and what is said at its end."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from harness.contract import load, providers
from harness.errors import ConfigurationError, UnknownName
from harness.run.sources import address
from harness.testing.evidence import today
from harness.testing.settings import Live, Settings


def checked(settings: Settings) -> Settings:
    """The same. Raises HarnessError for what would stop the first test, or a live run before it sends anything."""
    for name in settings.providers:
        if name not in providers():
            raise UnknownName("provider", name, providers(), see="harness providers")
    for path in filter(None, (settings.cassettes, settings.waivers)):
        if not path.exists():
            raise ConfigurationError("does not exist", where=str(path))
    if settings.live is not None:
        _live(settings, settings.live)
    return settings


def _live(settings: Settings, live: Live) -> None:
    if live.base_url and len(settings.providers) != 1:
        raise ConfigurationError("--harness-base-url is one provider's address", hint="Name the one provider.")
    for name in settings.providers:
        contract = load(name)
        where = address(contract, base_url=live.base_url, allow_private=live.allow_private, date=today().isoformat())
        if where.loopback and not live.allow_private:
            raise ConfigurationError(f"{where.base} is this machine", hint="Add --harness-allow-private to mean it.")
        for model in live.models:
            if model not in contract.models:
                raise UnknownName("model", model, contract.models, see=f"harness explain {name}")


def folder(settings: Settings) -> Path:
    """A folder that no other session has; made when something is put there."""
    out = settings.live.out if settings.live is not None else Path()
    return out.absolute() / f"pytest-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}"


def ending(folder: Path) -> Iterator[str]:
    """Where a live run left what it saw, and how to go on with one that did not come to its end."""
    from harness.testing.live import ended

    said = ended(folder)
    if said is None:
        return
    yield f"harness: the live run's report, plan and recordings are in {folder}"
    if said["code"] not in (0, 1):
        yield f"harness: it did not come to its end (exit code {said['code']}); harness runs says how to go on"
