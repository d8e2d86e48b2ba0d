"""Imports point one way, and what only one module needs to know stays in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from conftest import PROVIDERS, ROOT, TESTS

PACKAGE = ROOT / "harness"

#: Lower ranks know nothing of higher ones; equal ranks nothing of each other. The values at the bottom are ordered too.
RANKS = {
    "errors": 0.0,
    "folders": 0.05,
    "pointer": 0.0,
    "json_text": 0.0,
    "document": 0.1,
    "claim": 0.1,
    "interaction": 0.2,
    "verdict": 0.3,
    "contract": 1,
    "probe": 2,
    "strategies": 2.5,
    "exchange": 2,
    "judge": 2,
    "simulator": 2,
    "gate": 2.5,
    "fuzzing": 3,
    "run": 3,
    "report": 3,
    "compare": 3.5,
    "draft": 3.6,
    "judged": 3.7,
    "cli": 4,
    "testing": 5,
    "plugin": 6,
    "__main__": 5,
}

#: Reports are made of verdicts; whoever reads one need not have the machinery that made it.
REPORT_KNOWS = {
    "errors",
    "folders",
    "pointer",
    "json_text",
    "document",
    "claim",
    "interaction",
    "verdict",
    "contract",
    "report",
}

#: Libraries that only these modules may import.
ONLY = {
    "httpx": {
        "harness.exchange.failure",
        "harness.exchange.live",
        "harness.exchange.receive",
        "harness.exchange.replay",
        "harness.exchange.wire",
        "harness.probe.fuzz",  # Schemathesis wants its answers as httpx has them
        "harness.simulator.transport",
        "harness.simulator.webhook",  # a webhook is a request of the provider's
    },
    "vcr": {"harness.exchange.cassette"},
    "schemathesis": {"harness.probe.fuzz"},
    "av": {"harness.exchange.decoding", "harness.exchange.media", "harness.exchange.upright", "harness.simulator.clip"},
    "uvicorn": {"harness.simulator.server"},
    "starlette": {"harness.simulator.server"},
    "hypothesis": {"harness.probe.draw", "harness.probe.strategies", "harness.strategies"},
    "jinja2": {"harness.compare.page", "harness.report.html", "harness.report.templating"},
    "socket": {
        "harness.cli.serve",  # binds its port before it says that it does
        "harness.exchange.live",
        "harness.exchange.receiver",
        "harness.exchange.watchdog",
        "harness.simulator.server",
    },
    "yaml": {"harness.document", "harness.exchange.cassette"},
    "requests": set(),
    "random": set(),
    "pytest": {"harness.plugin", "harness.testing.items"},
    "secrets": {"harness.cli.campaign", "harness.exchange.files"},  # names of runs and of temporary files
    "sqlite3": {"harness.run.journal"},
    "fcntl": {"harness.run.holding"},
    "multiprocessing": {"harness.run.courier"},
    "subprocess": set(),
    "pickle": set(),
}

#: Clock, sleep and environment are arguments, except where a run is put together or a file is found.
IMPURE = re.compile(
    r"\btime\.(time|monotonic|perf_counter|sleep)\b|\bos\.(environ|getenv)\b|\brandom\.\w"
    r"|\b(datetime|date)\.(now|today|utcnow)\b|\buuid4?\("
)
MAY_BE_IMPURE = {
    "harness.folders",  # HARNESS_SPECS
    "harness.exchange.wire",  # the clock that a Session has unless it is given another
    "harness.run.courier",  # a process of its own
    "harness.run.listening",
    "harness.run.sources",
    "harness.simulator.webhook",  # only a simulator that serves a real port sends any
    "harness.cli.campaign",
    "harness.cli.drift",  # the key, for a catalogue that is shown to nobody else
    "harness.cli.write_reports",
    "harness.cli.progress",
    "harness.cli.report",  # today, for how old evidence is
    "harness.cli.setup",
    "harness.cli.leak_check",  # the keys whose leaks it looks for
    "harness.cli.compare",
    "harness.cli",
    "harness.cli.serve",
    "harness.testing.evidence",
    "harness.testing.live",
    "harness.testing.playing",
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def imported(path: Path) -> frozenset[str]:
    return frozenset(_imports(ast.parse(path.read_text(encoding="utf-8"))))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parts(module: str) -> str:
    """``harness.probe.plan`` belongs to ``probe``; the package itself to nobody."""
    return module.split(".")[1] if "." in module else ""


def ours(path: Path) -> set[str]:
    return {parts(name) for name in imported(path) if name.startswith("harness.")} - {"__version__", ""}


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    here = parts(module)
    for there in ours(MODULES[module]) - {here}:
        assert there in RANKS, f"{module} imports harness.{there}, which has no rank: say where it belongs"
        assert RANKS[there] < RANKS[here], f"{module} must not know harness.{there}"


def test_every_part_of_the_package_has_a_rank() -> None:
    assert {parts(module) for module in MODULES} - {""} <= set(RANKS)


def test_reports_and_comparisons_know_verdicts_and_not_the_machinery() -> None:
    for module, path in MODULES.items():
        if parts(module) in ("report", "compare"):
            assert ours(path) - {parts(module)} <= REPORT_KNOWS, module


@pytest.mark.parametrize("library", ONLY)
def test_a_library_stays_where_it_is_wrapped(library: str) -> None:
    users = {m for m, path in MODULES.items() if any(name.split(".")[0] == library for name in imported(path))}
    assert users <= ONLY[library]


@pytest.mark.parametrize("module", MODULES)
def test_no_provider_is_named(module: str) -> None:
    words = {*PROVIDERS, "unified v2", "unified_v2"}
    text = MODULES[module].read_text(encoding="utf-8").lower()
    assert not [word for word in words if word in text], "a provider is data"


@pytest.mark.parametrize("module", sorted(set(MODULES) - MAY_BE_IMPURE))
def test_time_chance_and_environment_are_arguments(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Call)}
    assert not {use for use in used if IMPURE.search(use)}


def test_no_test_module_imports_another() -> None:
    for path in (*TESTS.glob("*.py"), *TESTS.glob("benchmarks/*.py")):
        others = {name for name in imported(path) if name.startswith("test_")}
        assert not others, f"{path.name}: what several share belongs in a helper module"


@pytest.mark.parametrize(
    "planted", ["from harness.judge import judge", "import harness.run", "from harness import cli"]
)
def test_a_planted_violation_is_found(planted: str) -> None:
    names = {parts(name) for name in _imports(ast.parse(planted)) if name.startswith("harness.")}
    assert any(RANKS[name] >= RANKS["probe"] for name in names)
