"""The courses that jobs took, and the latencies of operations, measured out for drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.json_text import Json

#: Steps of one course that are drawn: the first ones and the end.
STEPS = 9
#: Courses that are drawn.
COURSES = 12
#: Pixels from one step to the next.
STEP = 104


def courses(entry: Json) -> list[dict[str, Any]]:
    """Jobs of the same course together, most jobs first: ``steps`` is a list of (x, word, note, state)."""
    found: dict[tuple[Any, ...], list[Json]] = {}
    for job in entry.get("jobs", []):
        found.setdefault(tuple((word, state) for word, _, state in _steps(job)), []).append(job)
    ordered = sorted(found.values(), key=lambda jobs: -int(jobs[0]["alike"]))[:COURSES]
    return [_drawn(jobs) for jobs in ordered]


def latency(entry: Json) -> list[dict[str, Any]]:
    """Per operation the percentiles, and each as a share of the slowest answer of all, in percent."""
    measured = entry.get("latency", [])
    slowest = max((each["max"] for each in measured), default=0) or 1
    return [
        {**each, "widths": {key: round(100 * each[key] / slowest, 2) for key in ("p50", "p90", "max")}}
        for each in measured
    ]


def _drawn(jobs: Sequence[Json]) -> dict[str, Any]:
    steps = list(_steps(jobs[0]))
    drawn = [(STEP // 2 + number * STEP, *step) for number, step in enumerate(steps)]
    told = ", then ".join(f"{word} {note}".strip() for word, note, _ in steps)
    models = sorted({str(job["model"]) for job in jobs if job.get("model")})
    return {"jobs": jobs, "steps": drawn, "width": STEP * len(steps), "told": told, "models": models}


def _steps(job: Json) -> Iterator[tuple[str, str, str]]:
    """(word, note, state) of the submission, of each run of polls with one answer, and of the file."""
    steps = [("submitted", _after(job.get("submitted")), "submitted")]
    for poll in job["polls"]:
        times = f"×{poll['times']:,}" if poll["times"] > 1 else ""
        steps.append((_word(poll), " ".join(filter(None, (times, _after(poll["at"])))), poll["state"] or "unknown"))
    if job["file"]:
        steps.append(("video fetched", _after(job.get("downloaded")), "file"))
    if job["gave_up"]:
        steps.append(("given up", f"after {job['poll_count']} polls", "given-up"))
    if len(steps) > STEPS:
        left_out = len(steps) - STEPS
        steps = [*steps[: STEPS - 2], (f"… {left_out + 1} more", "", "unknown"), steps[-1]]
    yield from steps


def _word(poll: Json) -> str:
    if poll["word"]:
        return str(poll["word"])
    return f"status {poll['status']}" if poll["status"] else "no answer"


def _after(seconds: float | None) -> str:
    return f"{seconds:,.2f} s" if seconds else ""
