"""`venice-cli` from PyPI, run as its command is: one job after the other. Prints each one's exit code and words."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path

import loopback_only  # noqa: F401
import vcr
from venice.cli import main

recording, folder = sys.argv[1:]
wanted = ["--model", "seedance-2-0-text-to-video-basic", "--duration", "5s", "--resolution", "720p", "--yes"]
wanted += ["--no-balance", "--poll-interval", "0.01"]
seen = []

with vcr.use_cassette(recording):
    for number, ratio in enumerate(["16:9", "16:9", "16:10"]):
        file = Path(folder) / f"{number}.mp4"
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(["video", "A paper boat", *wanted, "--aspect-ratio", ratio, "--output", str(file)])
        seen.append({"code": code, "said": said.getvalue(), "file": file.stat().st_size if file.exists() else None})

print(json.dumps(seen))
