"""`openrouter` from PyPI: one video from submission to file, and every refusal that it has a class for.

Prints what the client made of it.
"""

from __future__ import annotations

import json
import sys

import loopback_only  # noqa: F401
import vcr
from openrouter import OpenRouter, errors
from openrouter.utils import RetryConfig

base_url, recording = sys.argv[1:]
seen: dict[str, object] = {}

with vcr.use_cassette(recording):
    client = OpenRouter(server_url=f"{base_url}/api/v1", retry_config=RetryConfig("none", None, False))
    videos = client.video_generation
    seen["models"] = len(videos.list_videos_models().data)
    wanted = {"model": "google/veo-3.1-lite", "prompt": "A paper boat", "resolution": "720p", "aspect_ratio": "16:9"}
    job = videos.generate(**wanted, duration=4)
    seen["words"] = [job.status]
    while job.status in ("pending", "in_progress") and len(seen["words"]) < 10:
        job = videos.get_generation(job_id=job.id)
        seen["words"].append(job.status)
    seen["urls"] = job.unsigned_urls
    seen["cost"] = job.usage.cost
    seen["file"] = len(videos.get_video_content(job_id=job.id).read())
    try:
        videos.generate(**wanted, duration=5)
    except errors.BadRequestResponseError as refused:
        seen["refused"] = str(refused)
    seen["errors"] = {}
    for situation in ("payment", "too-large", "rate-limited", "server-error"):
        try:
            videos.generate(**wanted, duration=4, http_headers={"x-harness-situation": situation})
        except errors.OpenRouterError as told:
            seen["errors"][situation] = type(told).__name__
    try:
        videos.get_generation(job_id="nobodys")
    except errors.OpenRouterError as told:
        seen["errors"]["not-found"] = type(told).__name__
    failed = videos.generate(**wanted, duration=4, http_headers={"x-harness-situation": "job-fails"})
    while failed.status in ("pending", "in_progress"):
        failed = videos.get_generation(job_id=failed.id)
    seen["failed"] = {"word": failed.status, "error": failed.error, "urls": failed.unsigned_urls}

print(json.dumps(seen))
