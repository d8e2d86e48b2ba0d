"""What a client under test sent and got, and when."""

from __future__ import annotations

from dataclasses import dataclass

from harness.interaction import Interaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request of a client's and its answer. ``at`` in seconds, by a clock that only goes forward.

    ``keyed``: it carried the key that the client was given. ``elsewhere``: to another origin than the API's.
    ``lost``: the answer does not say what came of the request, by the test's own wish. That the client was stopped,
    because it asked for ever, is ``gave_up`` of the interaction.
    """

    interaction: Interaction
    at: float
    keyed: bool = False
    elsewhere: bool = False
    lost: bool = False
