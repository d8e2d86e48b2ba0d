"""`venice-py` from PyPI: jobs whose file the poll streams and jobs with a link, and one refusal.

Prints what the client made of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import loopback_only  # noqa: F401
import vcr
from venice_ai import VeniceClient
from venice_ai.exceptions import APIError, InvalidRequestError

MODEL = "seedance-2-0-text-to-video-basic"
base_url, recording, folder = sys.argv[1:]


async def one_job(client: VeniceClient) -> dict[str, Any]:
    asked = {"model": MODEL, "duration_seconds": 5, "aspect_ratio": "16:9", "resolution": "720p"}
    quote = await client.video.quote(**asked)
    async with await client.video.run(**asked, prompt="A paper boat") as job:
        words = []
        done = await job.wait(poll_interval=0.01, on_progress=lambda status: words.append(status.status))
        file = await job.download(Path(folder) / f"{job.queue_id}.mp4", done)
    try:
        await client.video.retrieve(model=MODEL, queue_id=job.queue_id)
        afterwards = "still there"
    except APIError as gone:
        afterwards = type(gone).__name__
    return {
        "quote": quote.quote,
        "words": [*words, done.status],
        "streamed": done.data is not None,
        "file": file.stat().st_size,
        "afterwards": afterwards,
    }


async def main() -> dict[str, Any]:
    async with VeniceClient(api_key="sk-nobody", base_url=f"{base_url}/api/v1") as client:
        seen: dict[str, Any] = {"type": (await client.models.get(MODEL)).type}
        seen["jobs"] = [await one_job(client) for _ in range(2)]
        try:
            await client.video.submit(model=MODEL, prompt="A paper boat", duration_seconds=5, aspect_ratio="16:10")
        except InvalidRequestError as refused:
            seen["refused"] = str(refused)
        return seen


with vcr.use_cassette(recording):
    print(json.dumps(asyncio.run(main())))
