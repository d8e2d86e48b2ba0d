"""The axes on which providers are compared, and how each is read off a contract.

A new axis is one line here: of a field of the request, where ``capabilities`` in ``provider.yaml`` has it, or with a
function from a contract to a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.compare import fields, lifecycle, pricing, refusals
from harness.compare.cells import Cell
from harness.compare.fields import field
from harness.compare.scope import Scopes
from harness.contract import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One row. ``read`` takes the models that are looked at, never none of them."""

    id: str
    title: str
    group: str
    read: Callable[[Scopes, Sequence[str]], Cell]


def _axes(group: str, rows: Iterable[tuple[str, str, Callable[[Scopes, Sequence[str]], Cell]]]) -> Iterator[Axis]:
    return (Axis(id=name, title=title, group=group, read=read) for name, title, read in rows)


AXES: tuple[Axis, ...] = (
    *_axes(
        "What can be asked for",
        [
            ("models", "Models", fields.served),
            ("prompt", "Prompt", field("prompt")),
            ("negative_prompt", "Negative prompt", field("negative_prompt")),
            ("duration", "Duration", field("duration")),
            ("aspect_ratio", "Aspect ratio", field("aspect_ratio")),
            ("resolution", "Resolution", field("resolution")),
            ("size", "Size in pixels", field("size")),
            ("audio", "Audio", field("audio")),
            ("seed", "Seed", field("seed")),
            ("watermark", "Watermark", field("watermark")),
            ("camera", "Fixed camera", field("camera")),
            ("upscale", "Upscale factor", field("upscale")),
            ("creativity", "Creativity", field("creativity")),
            ("task_type", "Kind of task", field("task_type")),
            ("return_last_frame", "Last frame handed out", field("return_last_frame")),
            ("passthrough", "Vendor options", field("passthrough")),
        ],
    ),
    *_axes(
        "What can be handed in",
        [
            ("first_frame", "First frame", field("first_frame")),
            ("last_frame", "Last frame", field("last_frame")),
            ("reference_images", "Reference images", field("reference_images")),
            ("reference_videos", "Reference videos", field("reference_videos")),
            ("reference_audios", "Reference sounds", field("reference_audios")),
            ("reference_documents", "Reference documents", field("reference_documents")),
            ("elements", "Elements", field("elements")),
            ("scene_images", "Scene images", field("scene_images")),
            ("keyframes", "Keyframes", field("keyframes")),
            ("input_video", "Video to work on", field("input_video")),
            ("input_audio", "Background sound", field("input_audio")),
            ("together", "Rules between fields", fields.together),
        ],
    ),
    *_axes(
        "The job",
        [
            ("acceptance", "Acceptance", lifecycle.acceptance),
            ("words", "Status words", lifecycle.words),
            ("result", "Result", lifecycle.delivery),
            ("result_expiry", "Result expires", lifecycle.stated("result_expiry")),
            ("delete", "Deletion", lifecycle.operation(Role.COMPLETE, "no such operation")),
            ("cancel", "Cancelling", lifecycle.cancel),
            ("webhook", "Webhook", lifecycle.webhook),
            ("webhook_signature", "Webhook signature", lifecycle.signature),
            ("consent", "Consent", lifecycle.consent),
        ],
    ),
    *_axes(
        "Refusals and money",
        [
            ("key", "API key", refusals.key),
            ("statuses", "Statuses of refusal", refusals.statuses),
            ("errors", "Body of a refusal", refusals.error_shape),
            ("quote", "Price before the job", lifecycle.operation(Role.QUOTE, "no such operation")),
            ("price", "Price of a second", pricing.price),
        ],
    ),
)
