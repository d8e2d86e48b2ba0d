"""The provider played from its contract, honestly or with named quirks."""

from harness.simulator.engine import SIMULATED_HEADER, Reply, Simulator
from harness.simulator.notice import ready
from harness.simulator.quirks import Quirk, chosen, known
from harness.simulator.transport import SimulatedTransport

__all__ = [
    "SIMULATED_HEADER",
    "Quirk",
    "Reply",
    "SimulatedTransport",
    "Simulator",
    "chosen",
    "known",
    "ready",
]
