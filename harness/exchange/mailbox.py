"""Where deliveries come in: addresses that nobody can guess, and what comes to them, within bounds."""

from __future__ import annotations

import hmac
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: One delivery names a job and its state; even an inlined thumbnail fits.
LARGEST_BODY = 1024 * 1024
#: Deliveries of one run; a provider that repeats itself for ever fills no memory.
MOST = 2000
LARGEST_ALTOGETHER = 64 * 1024 * 1024
#: Status codes of our answers.
TAKEN, UNKNOWN, TOO_LARGE, UNKEPT, FULL = 200, 404, 413, 503, 507
#: Those that say nothing against a delivery: it came, and we had no room for it.
OURS = (TOO_LARGE, UNKEPT, FULL)

_NUMBERED = re.compile(r"/(?P<token>[A-Za-z0-9_-]{8,128})/(?P<number>[0-9]{1,9})/?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request as it arrived: ``number`` is that of the address it came to, ``body`` the raw bytes.

    Header names are lower case; ``received`` in Unix seconds.
    """

    number: int
    received: float
    method: str
    headers: Mapping[str, str]
    body: bytes


class Mailbox:
    """Addresses of one run, told apart by their number. Deliveries may come from several threads.

    ``token`` is what makes an address one that nobody guesses: at least 8 characters that need no quoting in a URL.
    ``turned_away`` counts, by status, what was not kept. ``keep`` is called with each delivery before it is answered,
    one at a time, and says whether it has it safe: whoever is told that it was taken will not send it again.
    """

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        self._token, self._clock = token, clock
        self._issued = 0
        self._taken = self._size = 0
        self._lock = threading.Lock()
        self.turned_away: Counter[int] = Counter()
        self.keep: Callable[[Delivery], bool] = lambda _: False

    def path(self) -> str:
        """The path of the next address: ``/TOKEN/NUMBER``."""
        with self._lock:
            self._issued += 1
            return f"/{self._token}/{self._issued}"

    def recall(self, address: str) -> int | None:
        """The number of an address with this token, which counts as issued from now on; None for any other."""
        match = _NUMBERED.search(address)
        if match is None or not hmac.compare_digest(match["token"], self._token):
            return None
        with self._lock:
            self._issued = max(self._issued, int(match["number"]))
        return int(match["number"])

    def knows(self, path: str) -> int | None:
        """The number of the address that a path, under whatever prefix, leads to; None for any other path."""
        match = _NUMBERED.search(path)
        if match is None or not hmac.compare_digest(match["token"], self._token):
            return None
        number = int(match["number"])
        return number if 1 <= number <= self._issued else None

    def turn_away(self, status: int) -> None:
        """Count what is answered with ``status`` and not kept."""
        with self._lock:
            self.turned_away[status] += 1

    def take(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Have a delivery kept, every copy; the status to answer with. What comes to no address is only counted."""
        number = self.knows(path)
        with self._lock:
            status = self._verdict(number, body)
            if number is None or status != TAKEN:
                self.turned_away[status] += 1
                return status
            kept = {name.lower(): text for name, text in headers.items()}
            delivery = Delivery(number=number, received=self._clock(), method=method.upper(), headers=kept, body=body)
            if not self.keep(delivery):
                self.turned_away[UNKEPT] += 1
                return UNKEPT
            self._taken += 1
            self._size += len(body)
            return status

    def _verdict(self, number: int | None, body: bytes) -> int:
        if number is None:
            return UNKNOWN
        if len(body) > LARGEST_BODY:
            return TOO_LARGE
        if self._taken >= MOST or self._size + len(body) > LARGEST_ALTOGETHER:
            return FULL
        return TAKEN
