"""How much of what a server answers a run holds in memory: the journal has all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.interaction import Interaction, Response
from harness.json_text import too_deep

#: What an answer that is heard as it came weighs at most, however many there are: ten times a usual poll's.
SMALL = 16 * 1024
#: What all that are larger may weigh together: many times the largest model catalogue that is documented.
MOST = 8 * 1024 * 1024
#: Bytes that one value of an answer takes once it is parsed.
_VALUE = 100


@dataclass
class Allowance:
    """What the larger answers of one run still may weigh, in bytes. A run that is told again spends it alike."""

    left: int = MOST

    def held(self, made: Interaction) -> Interaction:
        """The interaction; where its answer is too much beside those before, a failure that says so stands for it."""
        if made.response is None or (heavy := weight(made.response)) <= SMALL:
            return made
        if heavy > self.left:
            said = f"the answer ({made.response.status}, {len(made.response.body):,} bytes) is too much"
            return replace(made, response=None, failure=f"{said} beside those that this run holds already")
        self.left -= heavy
        return made


def weight(response: Response) -> int:
    """Bytes that an answer takes in memory, about: its headers, its body as it came and parsed."""
    body = response.body
    values = 0 if too_deep(body) else body.count(b",") + body.count(b"[") + body.count(b"{")
    return sum(len(name) + len(each) for name, each in response.headers.items()) + 2 * len(body) + _VALUE * values
