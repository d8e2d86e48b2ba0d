"""Whether an address, a key, an account and the moment are any good: if not, a run asks no further."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import HarnessError, TurnedAway, Unwelcome
from harness.interaction import Interaction, KeyState
from harness.judge.seen import Seen

#: Requests without any answer after which an address is taken for a wrong one.
UNANSWERED = 3
#: Answers in a row that refuse the key, the account or the address, whatever was asked.
ALIKE = 5
#: By what such an answer means: what is amiss, what to do, and what it is raised as.
_AMISS: Mapping[str, tuple[str, str, type[HarnessError]]] = {
    "unauthenticated": (
        "as if the key were not valid", "Is the key in {key} right, and still good?", Unwelcome,
    ),
    "payment": ("as if the account had no money left", "Top up the account of {key}.", Unwelcome),
    "not-found": ("and nothing was found so far", "Is the address right, with its base path?", Unwelcome),
    "rate-limited": ("however long was waited in between", "Go on when the limit of {key} is renewed.", TurnedAway),
}  # fmt: skip


@dataclass
class Reception:
    """Hears what came of every request that was sent, and of none that is told again from a journal."""

    base_url: str
    key_variable: str
    answered: bool = False
    _heard: int = 0
    _found: bool = False
    _last: str = ""
    _alike: int = 0

    def hear(self, made: Interaction) -> None:
        """Raises Unwelcome where nothing answers at all."""
        self._heard += 1
        if made.response is not None:
            self.answered = True
        elif not self.answered and self._heard >= UNANSWERED:
            raise Unwelcome(
                f"nothing answers as an HTTP server: {made.failure}",
                where=self.base_url,
                hint="Is the address right, with its base path, and is the server up?",
            )

    def read(self, seen: Seen | None, authorization: KeyState) -> None:
        """Raises Unwelcome or TurnedAway where requests are all refused for what none of them asked."""
        if seen is None or seen.status == 0 or (authorization != "key" and seen.meaning != "rate-limited"):
            return
        self._alike = self._alike + 1 if seen.meaning == self._last else 1
        self._last = seen.meaning
        self._found = self._found or seen.meaning != "not-found"
        if self._alike < ALIKE or seen.meaning not in _AMISS or (seen.meaning == "not-found" and self._found):
            return
        what, advice, kind = _AMISS[seen.meaning]
        raise kind(
            f"the last {ALIKE} requests were answered with {seen.status}, {what}",
            where=self.base_url,
            hint=f"Nothing more was sent, as nothing is learned that way. {advice.format(key=self.key_variable)}",
        )
