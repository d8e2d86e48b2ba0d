"""Secrets taken out of whatever is kept.

Two kinds: the values that are known (the keys of this run, in every spelling a server or a log may give
them), and the values that are known by their name (credential headers, query parameters that sign or
authorise). A redacted text stays as it is when it is redacted again.

Two links that differ in their signature alone are two links still: within one recording a signing value's placeholder
has a number, the same for the same value, in the order in which they came. The number says nothing else of the value.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote, quote_plus, unquote_to_bytes, urlsplit

from harness.exchange.spelling import Finder
from harness.interaction import NO_KEY, Interaction, KeyState, Request, Response

REDACTED = "[redacted]"
#: Inside a URL the brackets must be escaped: a bare one makes it invalid, and we would blame its sender.
REDACTED_IN_URL = quote(REDACTED, safe="")
#: What a kept request shows for how its key was sent.
SHOWN: dict[KeyState, str] = {
    "key": "Bearer $KEY",
    "missing": NO_KEY,
    "wrong": "Bearer $WRONG_KEY",
    "malformed": "Basic $KEY",
}
#: Shorter values stand in ordinary text too often to be replaced everywhere.
SHORTEST_SECRET = 8
#: A text with so many odd spellings of a key, or so many secrets, is made of nothing else: all of it goes.
MANY = 1_000
MOST = 20_000
#: Below this, the base64 of a part of a longer text is too short to be told from chance.
SHORTEST_INSIDE_BASE64 = 8

#: What stands for a value already, as a text or inside a URL; and the numbers that a text has taken.
_TAKEN_OUT = re.compile(rb"(?i)(?:\[|%5b)(?P<name>redacted(?:-[0-9]{1,10})?)(?:\]|%5d)")
_TAKEN = re.compile(rb"(?i)(?:\[|%5b)redacted-(?P<number>[0-9]{1,9})(?:\]|%5d)")
_ESCAPED = re.compile(rb"(?i)\\u00(?P<code>[0-9a-f]{2})")
_PLACEHOLDER = re.compile(rf"^{NO_KEY}$|^(?:[A-Za-z][\w-]* )?\$(?:WRONG_)?KEY$")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9-]{0,31}(?= +\S)")
_AUTHORIZATION = ("authorization", "proxy-authorization")
_COOKIES = ("cookie", "set-cookie", "cookie2", "set-cookie2")
_KEY_HEADER = re.compile(
    r"(?:^|-)(?:authorization|subscription-key|private-token|payment|signature|api-?key|auth-?key|access-?key|auth-token|access-token|security-token|session-token"
    r"|csrf-token|xsrf-token|client-secret|api-token|secret)$"
)
_PARAMETERS = (
    rb"x-(?:amz|goog|tos|oss|cos|obs|bce)-[a-z0-9-]+|q-(?:ak|sign[a-z-]*|key-time|signature)|signature|sign|sig"
    rb"|(?:access_?|auth_?|id_?|refresh_?|security_?|session_?)?token|expires|policy|key-pair-id|credential"
    rb"|(?:api[_-]?|auth[_-]?|access[_-]?)?key|(?:aws|oss)?accesskeyid|googleaccessid|(?:client_)?secret|password"
    rb"|jwt|hdne[at]|hdnts|se|sp|sv|sr|st|spr|ske|sks|skt|skv|skoid|sktid"
)
# Of the values that follow, nothing is given back once it is taken: a repeat that may do so remembers every step.
_QUERY = re.compile(
    rb"(?i)(?P<start>(?:[?&]|\\u0026|\\u003f)(?:" + _PARAMETERS + rb")(?:=|\\u003d))"
    rb"(?P<value>(?:\\(?:/|u00(?!26|22|3c|3e)[0-9a-f]{2})|[^&\s\"'<>\\#)]++)++)"
)
#: A URL that is itself a parameter of another one.
_NESTED_QUERY = re.compile(
    rb"(?i)(?P<start>(?:%3f|%26)(?:" + _PARAMETERS + rb")%3d)"
    rb"(?P<value>(?:[^%&\s\"'<>\\#)]++|%(?!26|23))++)"
)
#: Keys that stand in a text by their form or by the name of the member that holds them, as in echoed requests.
_BEARER = re.compile(rb"(?i)(?P<start>\bbearer\s+)(?P<value>(?=[^\s\"']*[0-9])[A-Za-z0-9._~+/=-]{16,})")
_MEMBER = re.compile(
    rb"(?i)(?P<start>\"(?:x-)?(?:api[_-]?key|authorization|access[_-]?token|secret(?:[_-]?key)?|password)\"\s*:\s*\")"
    rb"(?P<value>(?!(?:[A-Za-z]+ )?\$(?:WRONG_)?KEY\")(?:[^\"\\]++|\\.)++)"
)
_USER = re.compile(rb"(?i)(?P<start>\bhttps?:(?:\\?/){2})(?P<value>[^\s/\\@\"'<>?#]+)@")


def taken(text: str | bytes) -> int:
    """The highest number that a placeholder in the text has; 0 where none has one."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    return max((int(found["number"]) for found in _TAKEN.finditer(data)), default=0)


def lacking(data: bytes) -> bool:
    """Whether something was taken out of it."""
    return _TAKEN_OUT.search(data) is not None


def taken_by(interactions: Iterable[Interaction]) -> int:
    """The highest number of a placeholder in what is kept of interactions; 0 where none has one."""
    return max((taken(part) for each in interactions for part in _parts(each)), default=0)


def unnumbered(data: bytes) -> bytes:
    """The data with placeholders that do not say which value each stands for."""
    return _TAKEN.sub(REDACTED_IN_URL.encode(), data)


class Redactor:
    """Takes these secrets, and whatever is a secret by its name, out of texts, bytes and headers.

    ``after``: number the values that sign or authorise, from the next number on; None: they all look the same.
    """

    def __init__(self, secrets: Iterable[str] = (), *, after: int | None = None) -> None:
        secrets = list(secrets)
        spellings = {s for secret in secrets if len(secret) >= SHORTEST_SECRET for s in _spellings(secret)}
        longest_first = sorted(spellings, key=lambda s: (-len(s), s))
        self._finder = Finder(secrets)
        self._known = re.compile(b"|".join(re.escape(s) for s in longest_first)) if spellings else None
        self._after = after
        self._numbers: dict[bytes, int] = {}

    def __repr__(self) -> str:
        return "Redactor(…)"

    def knows(self, text: str) -> bool:
        """Whether a known secret stands in the text, in any spelling."""
        return bool(self._finder.found(text.encode("utf-8", "replace"), most=1))

    def data(self, data: bytes) -> bytes:
        """The bytes without known secrets; where they are text, also without signed query values."""
        if self._known is not None:
            data = self._unspelled(_without(self._known, lambda _: REDACTED.encode(), data))
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return data
        return self._unsigned(data)

    def _unspelled(self, data: bytes) -> bytes:
        """The bytes without what :mod:`harness.exchange.spelling` finds beyond the usual spellings."""
        for _ in range(2):  # pieces are looked for where nothing stands that is enough alone
            places = self._finder.found(data, most=MANY)
            if len(places) >= MANY:
                return REDACTED.encode()
            for each in reversed(places):
                data = data[: each.start] + REDACTED.encode() + data[each.end :]
            if not places:
                break
        return data

    def text(self, text: str) -> str:
        """The text without known secrets and without signed query values."""
        return self.data(text.encode("utf-8", "replace")).decode("utf-8", "replace")

    def url(self, url: str) -> str:
        """The URL with the values of signing parameters replaced; equal URLs stay equal, and numbered ones different.

        One that cannot be taken apart at all comes back percent-encoded, so that whoever splits it later
        is safe.
        """
        url = self.text(url)
        try:
            urlsplit(url)
        except ValueError:
            return quote(url, safe="%:/?&=#@!$'()*+,;~")
        return url

    def headers(self, headers: Mapping[str, str], *, arrived: bool = False) -> dict[str, str]:
        """Lower-case names without secrets; credentials replaced by ``$KEY``, keeping the scheme they were sent with.

        The signature of what ``arrived`` stays: it opens nothing, and it says when it was made.
        """
        kept = {
            self.text(name.lower()): self.text(value)
            if arrived and name.lower().endswith("signature")
            else self._header(name.lower(), value)
            for name, value in headers.items()
        }
        whole = "\n".join(part for header in kept.items() for part in header)
        if not self.knows(whole):
            return kept
        left = self.text(whole).split("\n")  # a key that is spread over several headers
        return dict(zip(left[::2], left[1::2], strict=True)) if len(left) == 2 * len(kept) else {REDACTED: REDACTED}

    def interaction(self, interaction: Interaction) -> Interaction:
        """The interaction as it may be kept."""
        request, response, provenance = interaction.request, interaction.response, interaction.provenance
        return replace(
            interaction,
            request=Request(
                method=request.method,
                url=self.url(request.url),
                headers=self.headers(request.headers, arrived=interaction.arrival is not None),
                body=self.data(request.body),
                pictures=request.pictures,
            ),
            response=response
            and Response(
                status=response.status,
                headers=self.headers(response.headers),
                body=self.data(response.body),
                media=response.media,
            ),
            provenance=replace(
                provenance,
                base_url=provenance.base_url and self.url(provenance.base_url),
                link=provenance.link and self.url(provenance.link),
                note=provenance.note and self.text(provenance.note),
            ),
            failure=interaction.failure and self.text(interaction.failure),
            purpose=interaction.purpose and self.text(interaction.purpose),
        )

    def _unsigned(self, data: bytes) -> bytes:
        if b"=" in data or b"u003d" in data.lower():
            data = _without(_QUERY, lambda m: m["start"] + self._shown(m["value"], _plain), data)
        if b"%3d" in data.lower():
            data = _without(_NESTED_QUERY, lambda m: m["start"] + self._shown(m["value"], _plainest), data)
        if b"@" in data:
            data = _without(_USER, lambda m: m["start"] + REDACTED_IN_URL.encode() + b"@", data)
        data = _without(_BEARER, lambda m: m["start"] + REDACTED.encode(), data)
        return _without(_MEMBER, lambda m: m["start"] + REDACTED.encode(), data)

    def _shown(self, value: bytes, plain: Callable[[bytes], bytes]) -> bytes:
        """What stands for a value of a query: what does already, or its number."""
        kept = _TAKEN_OUT.fullmatch(value)
        if kept is not None:
            return b"%5B" + kept["name"] + b"%5D"
        if self._after is None:
            return REDACTED_IN_URL.encode()
        number = self._numbers.setdefault(plain(value), self._after + len(self._numbers) + 1)
        return b"%%5Bredacted-%d%%5D" % number

    def _header(self, name: str, value: str) -> str:
        if name in _AUTHORIZATION:
            if not value or _PLACEHOLDER.match(value):
                return value
            scheme = _SCHEME.match(value)
            return f"{scheme[0]} $KEY" if scheme else "$KEY"
        if name in _COOKIES:
            return REDACTED
        if _KEY_HEADER.search(name):
            return value if _PLACEHOLDER.match(value) else "$KEY"
        return self.text(value)


def _parts(interaction: Interaction) -> Iterator[str | bytes]:
    yield interaction.request.url
    for message in (interaction.request, interaction.response):
        if message is not None:
            yield message.body
            yield from message.headers.values()


def _plain(value: bytes) -> bytes:
    """A value of a query without its spelling in JSON or in a URL: the same link may be written in several ways."""
    value = _ESCAPED.sub(lambda m: bytes.fromhex(m["code"].decode()), value.replace(b"\\/", b"/"))
    return unquote_to_bytes(value)


def _plainest(value: bytes) -> bytes:
    """The same of a URL that is a parameter of another one, where all is escaped once more."""
    return unquote_to_bytes(_plain(value))


def _without(pattern: re.Pattern[bytes], shown: Callable[[re.Match[bytes]], bytes], data: bytes) -> bytes:
    """The data with matches replaced; nothing of it where there are more than a real text has."""
    left, count = pattern.subn(shown, data, count=MOST)
    return left if count < MOST else REDACTED.encode()


def _spellings(secret: str) -> Iterable[bytes]:
    raw = secret.encode("utf-8", "replace")
    yield raw
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield quoted.encode()
        yield re.sub(r"%[0-9A-F]{2}", lambda m: m[0].lower(), quoted).encode()
    for ascii_only in (True, False):
        escaped = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        for text in (escaped, escaped.replace("/", "\\/")):
            yield text.encode("utf-8", "replace")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw)
        yield encode(raw).rstrip(b"=")
        if len(raw) >= SHORTEST_INSIDE_BASE64:
            # The same characters stand inside the base64 of "user:SECRET", shifted by what precedes.
            for shift in range(3):
                inside = encode(b"\0" * shift + raw)
                yield inside[(shift * 8 + 5) // 6 : (shift + len(raw)) * 8 // 6]
