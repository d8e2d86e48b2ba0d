"""The pytest plugin: claims as tests, and simulators for the tests of one's own client.

Every start of pytest imports this module wherever the harness is installed, so that it imports nothing of weight:
what does the work is in :mod:`harness.testing`, and is imported when it is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.testing.playing import Playing, WatchedClient
    from harness.testing.settings import Settings

_MARKERS = (
    "harness_provider(provider, quirks=(), patience=20, speed=None): which provider the fixture harness_provider "
    "plays, and how it misbehaves",
    "provider(name): the provider of a claim, as in -m \"provider(name='NAME')\"",
    "claim(id): the claim of an item of the harness",
    "kind(name): the kind of a claim, as in -m \"kind(name='media')\"",
    "live: a claim that is checked against a live run of this session",
    "paid: a claim whose live test sends what can be billed",
)
OPTIONS: dict[str, dict[str, Any]] = {
    "provider": {"action": "append", "metavar": "NAME", "help": "one test per claim of this provider; may be repeated"},
    "cassettes": {
        "metavar": "DIR",
        "help": "a folder of recordings per provider in it (default: the shipped ones)",
    },
    "waivers": {"metavar": "FILE", "help": "known divergences: strict xfail"},
    "fail-on": {"choices": ("must", "should", "never"), "help": "levels whose divergences fail (default: must)"},
    "live": {"action": "store_true", "help": "hold the claims against the provider itself, not against recordings"},
    "yes-spend-money": {"action": "store_true", "help": "of a live run: yes, it may cost money"},
    "budget": {"metavar": "USD", "help": "of a live run: the most that it may cost, whatever number of processes"},
    "base-url": {"metavar": "URL", "help": "of a live run: another address than the documented one"},
    "allow-private": {"action": "store_true", "help": "of a live run: allow loopback and private addresses"},
    "model": {"action": "append", "metavar": "ID", "help": "of a live run: only this model; may be repeated"},
    "assume-price": {"metavar": "USD", "help": "of a live run: what a job can cost where no price is documented"},
}
#: What this session was asked for; not there where it was asked for nothing.
_ASKED = pytest.StashKey["Settings"]()
#: Names of items that were asked for one by one: ``pytest harness::NAME``.
_ONLY = pytest.StashKey[list[str]]()
#: Where a live run is made; the same in every worker of pytest-xdist.
_FOLDER = pytest.StashKey[Path]()
_ROOT = "harness::"
#: The plugin's name as an entry point, and as a module.
_NAMES = frozenset(("harness", __name__))
_IN_WORKER = "harness_folder"


def pytest_plugin_registered(plugin: object, plugin_name: str, manager: pytest.PytestPluginManager) -> None:
    """Once is enough: who names this module as well (``-p harness.plugin``) has it under one name alone."""
    if plugin is sys.modules[__name__]:
        for other in _NAMES - {plugin_name}:
            manager.set_blocked(other)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("harness", "conformance of video-generation providers")
    for name, said in OPTIONS.items():
        group.addoption(f"--harness-{name}", dest=f"harness_{name.replace('-', '_')}", **said)


def pytest_configure(config: pytest.Config) -> None:
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    # An item of ours is no file, and pytest would look for one.
    config.stash[_ONLY] = [each.removeprefix(_ROOT) for each in config.args if each.startswith(_ROOT)]
    config.args[:] = [each for each in config.args if not each.startswith(_ROOT)]
    with _usage():
        settings = _settings(config)
        if config.stash[_ONLY] and not (settings and settings.providers):
            raise pytest.UsageError(f"{_ROOT}{config.stash[_ONLY][0]}: which provider? Add --harness-provider NAME")
        if settings is not None and _asked(config, settings):
            from harness.testing.start import checked, folder

            config.stash[_ASKED] = checked(settings)
            known = getattr(config, "workerinput", {}).get(_IN_WORKER)
            config.stash[_FOLDER] = Path(known) if known else folder(settings)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A worker of pytest-xdist shares the live run of the others."""
    if _FOLDER in node.config.stash:
        node.workerinput[_IN_WORKER] = str(node.config.stash[_FOLDER])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before anybody selects among them."""
    if _ASKED in config.stash:
        from harness.testing.items import Claims

        with _usage():
            only = config.stash[_ONLY]
            claims = Claims.asked(session, config.stash[_ASKED], config.stash[_FOLDER], frozenset(only))
        items.extend(item for item in session.genitems(claims) if isinstance(item, pytest.Item))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if _ASKED in config.stash and config.stash[_ASKED].live is not None:
        from harness.testing.start import ending

        for line in ending(config.stash[_FOLDER]):
            terminalreporter.write_line(line)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """A client that is watched is judged when its test has passed; where it has not, the findings stand beside it."""
    client: WatchedClient | None = getattr(pyfuncitem, "funcargs", {}).get("harness_client")
    try:
        result = yield
    except Exception as fault:
        if client is not None and (told := client.told()) and told not in str(fault):
            fault.add_note(told)
        raise
    if client is not None and (told := client.told()):
        pytest.fail(told, pytrace=False)
    return result


@pytest.fixture
def harness_provider(request: pytest.FixtureRequest) -> Iterator[Playing]:
    """A provider played on loopback for this test alone: ``base_url`` and ``key`` are for the client under test.

    Which one and how it misbehaves says ``@pytest.mark.harness_provider("NAME", quirks=["NAME"])``.
    """
    from harness.errors import HarnessError
    from harness.testing.playing import Vendor, playing

    mark = request.node.get_closest_marker("harness_provider")
    if mark is None:
        pytest.fail('which provider? Mark the test: @pytest.mark.harness_provider("NAME", quirks=[…])', pytrace=False)
    with ExitStack() as stack:
        try:
            played = stack.enter_context(playing(Vendor(*mark.args, **mark.kwargs)))
        except (HarnessError, TypeError) as fault:
            raise pytest.fail.Exception(f"@pytest.mark.harness_provider: {fault}", pytrace=False) from None
        yield played


@pytest.fixture
def harness_client(harness_provider: Playing) -> WatchedClient:
    """What the client under test sends and gets, checked against the documentation when the test has passed."""
    from harness.testing.playing import WatchedClient

    return WatchedClient(harness_provider)


def _settings(config: pytest.Config) -> Settings | None:
    given = {name.replace("-", "_"): config.getoption(f"harness_{name.replace('-', '_')}") for name in OPTIONS}
    file = config.rootpath / "pyproject.toml"
    if not any(given.values()) and not (file.is_file() and b"harness" in file.read_bytes()):
        return None
    from harness.testing.settings import settings, table

    return settings(given, table(file), config.rootpath)


def _asked(config: pytest.Config, settings: Settings) -> bool:
    """Whoever names files wants the tests in them, and not those of a table in pyproject.toml."""
    whole = config.args_source is not pytest.Config.ArgsSource.ARGS
    return bool(settings.providers and (settings.named or whole or config.stash[_ONLY]))


@contextmanager
def _usage() -> Iterator[None]:
    """An error of ours that stops the session is one message, and no traceback."""
    try:
        yield
    except Exception as fault:
        from harness.errors import HarnessError

        if isinstance(fault, HarnessError):
            raise pytest.UsageError(str(fault)) from None
        raise
