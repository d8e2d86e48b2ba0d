"""How a provider signs what it sends us: the documented scheme, and holding bytes against it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

#: What the placeholders of a documented header may stand for; several signatures are separated like its other parts.
_PLACES = {"timestamp": r"(?P<timestamp>[0-9]{1,12})", "signature": r"(?P<signature>[A-Za-z0-9+/=_-]{1,256})"}
_DIGESTS = {"hmac-sha256": hashlib.sha256, "hmac-sha512": hashlib.sha512, "hmac-sha1": hashlib.sha1}
ALGORITHMS = tuple(_DIGESTS)


class Signature(StrEnum):
    """What came of holding a delivery's signature against the secret."""

    VALID = "valid"
    MISSING = "missing"
    MALFORMED = "malformed"
    WRONG = "wrong"
    UNCHECKED = "unchecked"  # nobody gave the secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """The documented signature of a delivery.

    ``form`` is the header's text, such as ``t={timestamp},v1={signature}``; ``signs`` what is signed, such as
    ``{timestamp},{body}``, the body as the raw bytes. ``timestamp_header`` is the header of the time where it is not
    part of ``form``. ``tolerance`` in seconds. ``secret`` is the environment variable that holds the secret.
    """

    header: str
    form: str
    signs: str
    algorithm: str
    encoding: str  # hex or base64
    secret: str
    timestamp_header: str | None = None
    tolerance: float | None = None

    def faults(self) -> list[str]:
        """What makes the scheme unusable, one sentence each."""
        timed = "{timestamp}" in self.form or self.timestamp_header is not None
        checks = {
            "form has not one {signature}": self.form.count("{signature}") == 1,
            "form has more than one {timestamp}": self.form.count("{timestamp}") <= 1,
            "signs has not one {body}": self.signs.count("{body}") == 1,
            "signs a {timestamp} that neither form nor timestamp_header gives": timed
            or "{timestamp}" not in self.signs,
            "tolerance needs a {timestamp} in form, or timestamp_header": timed or self.tolerance is None,
        }
        return [fault for fault, sound in checks.items() if not sound]

    def headers(self, secret: str, body: bytes, now: float) -> dict[str, str]:
        """The headers that a delivery signed at ``now`` (Unix seconds) carries."""
        timestamp = str(int(now))
        made = {self.timestamp_header: timestamp} if self.timestamp_header else {}
        signature = self._digest(secret, timestamp, body)
        return {**made, self.header: self.form.format(timestamp=timestamp, signature=signature)}

    def verify(self, secret: str | None, headers: Mapping[str, str], body: bytes) -> Signature:
        """Whether ``body``, the bytes as they came, was signed with the secret. Header names in lower case."""
        given = headers.get(self.header.lower())
        if secret is None:
            return Signature.UNCHECKED
        if not given:
            return Signature.MISSING
        timestamp, signatures = self._timestamp(headers), self._parts(given, "signature")
        if not signatures or (timestamp is None and "{timestamp}" in self.signs):
            return Signature.MALFORMED
        wanted = self._digest(secret, timestamp or "", body)
        found = [hmac.compare_digest(each.encode(), wanted.encode()) for each in signatures]
        return Signature.VALID if any(found) else Signature.WRONG

    def signed_at(self, headers: Mapping[str, str]) -> float | None:
        """When the delivery says it was signed, in Unix seconds."""
        timestamp = self._timestamp(headers)
        return None if timestamp is None else float(timestamp)

    def _timestamp(self, headers: Mapping[str, str]) -> str | None:
        if self.timestamp_header:
            given = headers.get(self.timestamp_header.lower(), "")
            return given if re.fullmatch(r"[0-9]{1,12}", given) else None
        return next(iter(self._parts(headers.get(self.header.lower(), ""), "timestamp")), None)

    def _parts(self, given: str, name: str) -> list[str]:
        """Every value of a placeholder. Parts between commas may stand in any order and be repeated."""
        for part in self.form.split(","):
            if f"{{{name}}}" in part:
                before, after = part.split(f"{{{name}}}")
                pattern = re.compile(re.escape(before.strip()) + _PLACES[name] + re.escape(after.strip()))
                found = (pattern.fullmatch(each.strip()) for each in given.split(","))
                return [match[name] for match in found if match]
        return []

    def _digest(self, secret: str, timestamp: str, body: bytes) -> str:
        before, after = self.signs.replace("{timestamp}", timestamp).split("{body}")
        signed = before.encode() + body + after.encode()
        made = hmac.new(secret.encode(), signed, _DIGESTS[self.algorithm]).digest()
        return made.hex() if self.encoding == "hex" else base64.b64encode(made).decode()
