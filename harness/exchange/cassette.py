"""Cassettes: vcrpy's files, version 1, with what we know besides under ``harness``.

vcrpy reads what we write, and we read what it wrote. The only module that knows vcrpy. Its serializer does the
writing; the reading is ours, since a cassette may come from anybody and vcrpy trusts what it reads: it
takes the first of several values of a header, and dies of a missing key with a traceback.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vcr.request
import vcr.serialize
import yaml

from harness.document import parse_json, parse_yaml, read_text
from harness.errors import RecordingError
from harness.exchange import checked, entries, files
from harness.exchange.checked import REMEDY, Wrong
from harness.exchange.redact import Redactor, taken, taken_by
from harness.interaction import NO_KEY, Interaction

#: First key of the files that we write; such a file must also have its last key, ``complete``.
MARK = {"recorded_by": "harness"}

#: Of these a recording has one at least; the last is of another tool, which is told so.
_MEMBERS = frozenset({"version", "interactions", "http_interactions"})
_LIKE_A_RECORDING = re.compile(r"""(?m)^["']?(?:version|interactions)\b|"(?:version|interactions|log)\"""")
_STRANGE = "is no vcrpy cassette and no HAR file"
_NEEDS = "A cassette is a mapping with `version` and `interactions`, a HAR file one with `log`."


def load(path: Path) -> list[Interaction]:
    """The interactions of a cassette, redacted, in their order; raises RecordingError.

    They are named after the file: ``name#0``, ``name#1``. Time and space are linear in the file's size.
    """
    text = read_text(path, RecordingError)
    where = str(path)
    document = _document(text, where)
    try:
        ours = _checked(document)
        source = entries.Source(recording=path.stem, ours=ours)
        redactor = Redactor(after=taken(text))
        listed = enumerate(document["interactions"])
        return [redactor.interaction(entries.interaction(each, i, source)) for i, each in listed]
    except Wrong as fault:
        raise fault.in_file(where, text) from None


def save(
    path: Path, interactions: Iterable[Interaction], *, overwrite: bool = False, secrets: Iterable[str] = ()
) -> None:
    """Write a cassette in one step; raises RecordingError. Equal interactions give equal bytes.

    Everything is redacted once more, with ``secrets`` taken out. Numbers follow the order given.
    """
    listed = list(interactions)
    redactor = Redactor(secrets, after=taken_by(listed))
    kept = [redactor.interaction(each) for each in listed]
    recording: dict[str, Any] = {
        "requests": [_vcr_request(each) for each in kept],
        "responses": [_vcr_response(each) for each in kept],
    }
    text: str = vcr.serialize.serialize(recording, _Writer([entries.mapping(each) for each in kept]))
    files.write(path, text.encode("utf-8"), overwrite=overwrite)


def _document(text: str, where: str) -> dict[str, Any]:
    try:
        if not text.strip():
            raise RecordingError("is empty", where=where)
        if text.lstrip().startswith("<") and not text.lstrip().startswith("<<<<"):
            raise RecordingError("is HTML or XML, not a cassette", where=f"{where}:1")
        return _parsed(text, where)
    except RecordingError as fault:
        message = " ".join(fault.message.split())
        if message.startswith("is not ") and not _LIKE_A_RECORDING.search(text):
            raise RecordingError(f"{_STRANGE} ({message})", where=fault.where, hint=_NEEDS) from None
        raise RecordingError(message, where=fault.where, hint=fault.hint or REMEDY) from None


def _parsed(text: str, where: str) -> dict[str, Any]:
    value: Any
    if text.lstrip().startswith("{") and not where.endswith((".yaml", ".yml")):
        value = parse_json(text, where=where, error=RecordingError)
    else:
        value = parse_yaml(text, where=where, error=RecordingError)
    if isinstance(value, list):
        raise RecordingError(
            "is a list; a cassette is a mapping with `version` and `interactions`",
            where=f"{where}:1",
            hint="A list is what vcrpy wrote before its version 1: record it again with a newer one.",
        )
    if not isinstance(value, dict) or not _MEMBERS & value.keys():
        ours = isinstance(value, dict) and "report_version" in value
        hint = f"It is a report; to show it: harness report {where}" if ours else _NEEDS
        raise RecordingError(_STRANGE, where=f"{where}:1", hint=hint)
    return value


def _sent(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers as they were on the wire: that no key was sent stands in the ``harness`` mapping."""
    return {name: text for name, text in sorted(headers.items()) if (name, text) != ("authorization", NO_KEY)}


def _checked(document: Mapping[str, Any]) -> bool:
    """Whether we wrote the document; raises Wrong if it is no cassette or not all of one."""
    if "interactions" not in document and "http_interactions" in document:
        raise Wrong("is a cassette of another tool than vcrpy (`http_interactions`)", ())
    version = checked.member(document, "version", ())
    if version != 1 or not isinstance(version, int) or isinstance(version, bool):
        raise Wrong("must be 1, the only version of the format that is known", ("version",))
    listed = checked.sequence(checked.member(document, "interactions", ()), ("interactions",))
    ours = all(document.get(key) == value for key, value in MARK.items())
    if ours and "complete" not in document:
        raise Wrong(f"is cut short: the count at the end is missing after {len(listed)} interactions", ())
    if "complete" in document:
        count = checked.integer(document["complete"], ("complete",))
        if count != len(listed):
            raise Wrong(f"says {count} interactions, and there are {len(listed)}: the file is cut short", ("complete",))
    if not listed and not ours:
        raise Wrong("holds no interactions", ("interactions",))
    return ours


def _vcr_request(interaction: Interaction) -> Any:
    request = interaction.request
    return vcr.request.Request(request.method, request.url, request.body, _sent(request.headers))


def _vcr_response(interaction: Interaction) -> dict[str, Any] | None:
    response = interaction.response
    if response is None:
        return None
    return {
        "status": {"code": response.status, "message": entries.phrase(response.status)},
        "headers": {name: [value] for name, value in sorted(response.headers.items())},
        "body": {"string": response.body},
    }


@dataclass(frozen=True, slots=True)
class _Writer:
    """The serializer that adds what we know to what vcrpy keeps."""

    said: list[dict[str, Any]]

    def serialize(self, document: Mapping[str, Any]) -> str:
        both = zip(document["interactions"], self.said, strict=True)
        listed = [{**entry, "harness": said} for entry, said in both]
        whole = {**MARK, **document, "interactions": listed, "complete": len(listed)}
        text: str = yaml.dump(
            whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=2**31 - 1
        )
        return text


#: Numbers of YAML 1.2 that are text to YAML 1.1.
_NUMBER = re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|^0o[0-7]+$|^0x[0-9a-fA-F]+$")


class _Dumper(yaml.CSafeDumper):
    """One line per scalar, block style where a text has lines; no aliases.

    Quoted is whatever YAML 1.1 (vcrpy) or YAML 1.2 (we) would read as something else than text.
    """

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    style = None
    if not text.isprintable():
        block = text[0] not in " \n\t" and " \n" not in text and text[-1] != " "
        style = "|" if block and text.replace("\n", "").isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, list("-+.0123456789"))
