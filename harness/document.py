"""Reading YAML and JSON that may be hostile, and saying where a fault is.

YAML is read as YAML 1.2 (core schema): ``16:9`` is a string, ``no`` is a string, ``010`` is ten.
Everything is bounded: size, depth, number of nodes after aliases are expanded. Tags that would
build objects are refused, and so is a key that appears twice.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import yaml

from harness.errors import HarnessError
from harness.json_text import MAX_DEPTH, MAX_DIGITS, canonical, strict_json
from harness.pointer import is_index, parse

#: A recording of a whole campaign is tens of megabytes; more is a mistake or an attack.
MAX_BYTES = 256 * 1024 * 1024
#: Nodes after aliases are expanded: stops "billion laughs" while vcrpy's own few aliases pass.
MAX_NODES = 20_000_000

#: Tokens of a pointer that lead nowhere, and the line (from 0) on which the last other one stands.
Reached = tuple[int, int]

_NONE: frozenset[str] = frozenset()


#: Suffixes of what is read here.
_KINDS = frozenset({".yaml", ".yml", ".json", ".har"})

_PLAIN = {
    "tag:yaml.org,2002:null": (re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    "tag:yaml.org,2002:bool": (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    "tag:yaml.org,2002:int": (
        re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"),
        list("-+0123456789"),
    ),
    "tag:yaml.org,2002:float": (
        re.compile(
            r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
        ),
        list("-+.0123456789"),
    ),
}


class _Core(yaml.CSafeLoader):
    """YAML 1.2 core schema on libyaml's scanner."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]
    yaml_constructors: ClassVar[dict[Any, Any]] = {}


for _tag, (_pattern, _first) in _PLAIN.items():
    _Core.add_implicit_resolver(_tag, _pattern, _first)


class _Writer(yaml.SafeDumper):
    """What every reader of YAML 1.1 and 1.2 reads alike: whatever is not plainly a word is quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_WORDS = re.compile(r"[A-Za-z_/$][A-Za-z0-9_/$. -]*[A-Za-z0-9_/$.-]|[A-Za-z_/$]")


def _text_node(writer: _Writer, text: str) -> yaml.ScalarNode:
    # Without a style, what YAML 1.1 would read as something else (yes, 16:9, null) is quoted all the same.
    style = None if len(text) <= 120 and _WORDS.fullmatch(text) else '"'
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _list_node(writer: _Writer, values: list[Any]) -> yaml.SequenceNode:
    short = not any(isinstance(each, (dict, list)) for each in values) and len(canonical(values)) <= 100
    return writer.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=short)


_Writer.add_representer(str, _text_node)
_Writer.add_representer(list, _list_node)


class _Fault(Exception):
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message, self.line = message, line


def read_text(path: Path, error: type[HarnessError]) -> str:
    """The file's text, or a pipe's; a clear error when it is missing, unreadable, too large or not UTF-8."""
    try:
        if path.is_dir():
            raise error("is a folder, not a file", where=str(path), hint=_inside(path))
        with path.open("rb") as file:
            known = os.fstat(file.fileno())
            if stat.S_ISCHR(known.st_mode) or stat.S_ISBLK(known.st_mode):
                raise error("is a device, not a file", where=str(path))
            data = file.read(MAX_BYTES + 1) if known.st_size <= MAX_BYTES else None
        if data is None or len(data) > MAX_BYTES:
            raise error(f"is larger than {MAX_BYTES // 1024**2} MiB", where=str(path))
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise error(f"is not UTF-8 text (byte {fault.start})", where=str(path), hint="Is it a binary file?") from None
    except OSError as fault:
        raise error(fault.strerror or "cannot be read", where=str(path)) from None


def parse_yaml(text: str, *, where: str, error: type[HarnessError]) -> Any:
    """JSON values from one YAML 1.2 document; errors name file and line."""
    try:
        return _construct(_compose(text))
    except _Fault as fault:
        raise error(fault.message, where=f"{where}:{fault.line}") from None
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line = mark.line + 1 if mark else 1
        raise error(f"is not YAML: {fault.problem}", where=f"{where}:{line}", hint=_marks(text)) from None
    except (yaml.YAMLError, ValueError) as fault:
        raise error(f"is not YAML: {str(fault).splitlines()[0]}", where=where, hint=_marks(text)) from None
    except RecursionError:
        raise error("is nested too deeply", where=where) from None


def yaml_text(value: Any) -> str:
    """JSON values as YAML that readers of both versions read alike, all ASCII: ratios and control characters quoted."""
    return yaml.dump(value, Dumper=_Writer, sort_keys=False, allow_unicode=False, width=118)


def parse_json(text: str, *, where: str, error: type[HarnessError]) -> Any:
    """JSON values; errors name file and line. Strict: see :func:`strict_json`."""
    try:
        return strict_json(text)
    except json.JSONDecodeError as fault:
        said = f"is not JSON: {fault.msg} (column {fault.colno}){_trailing(text, fault.pos)}"
        raise error(said, where=f"{where}:{fault.lineno}", hint=_marks(text)) from None
    except ValueError as fault:
        raise error(str(fault), where=where) from None


def line_of(text: str, pointer: Iterable[str | int]) -> int:
    """The line (from 1) of the value at ``pointer`` in a YAML or JSON text, or of what is nearest to it.

    For one place; :class:`Lines` finds many. 1 for a text that cannot be parsed.
    """
    try:
        return Lines(text).nearest(pointer)
    except (yaml.YAMLError, _Fault):
        return 1


class Lines:
    """Where things stand in a YAML or JSON text that can be read: parsed once, asked many times.

    A ``$ref`` within the document and the parts of an ``allOf`` are looked into, as a reader of a schema would.
    """

    def __init__(self, text: str) -> None:
        self._root = _compose(text)

    def of(self, pointer: Iterable[str | int]) -> int | None:
        """The line (from 1) of the key or the item at ``pointer``; None where there is no such place."""
        left, line = self._reached(self._root, tuple(map(str, pointer)), self._root.start_mark.line)
        return None if left else line + 1

    def nearest(self, pointer: Iterable[str | int]) -> int:
        """The line (from 1) of the last thing on the way to ``pointer`` that is there."""
        return self._reached(self._root, tuple(map(str, pointer)), self._root.start_mark.line)[1] + 1

    def items(self) -> list[tuple[int, int]]:
        """First and last line (from 1) of each item of the list that the text is; nothing where it is no list."""
        if not isinstance(self._root, yaml.SequenceNode):
            return []
        return [(node.start_mark.line + 1, _last(node) + 1) for node in self._root.value]

    def _reached(self, node: Any, tokens: tuple[str, ...], line: int, followed: frozenset[str] = _NONE) -> Reached:
        """How many tokens were not found, and the line (from 0) of the last one that was."""
        if not tokens:
            return 0, line
        best = len(tokens), line
        for way in self._ways(node, tokens, line, followed):
            best = min(best, way, key=lambda reached: reached[0])
        return best

    def _ways(self, node: Any, tokens: tuple[str, ...], line: int, followed: frozenset[str]) -> Iterator[Reached]:
        if isinstance(node, yaml.SequenceNode):
            if is_index(tokens[0]) and int(tokens[0]) < len(node.value):
                item = node.value[int(tokens[0])]
                yield self._reached(item, tokens[1:], item.start_mark.line)
        elif isinstance(node, yaml.MappingNode):
            for key, inner in node.value:
                if key.value == tokens[0]:
                    yield self._reached(inner, tokens[1:], key.start_mark.line)
                elif key.value == "$ref" and inner.value not in followed and str(inner.value).startswith("#/"):
                    yield from self._ways(self._target(inner.value), tokens, line, followed | {inner.value})
                elif key.value == "allOf" and isinstance(inner, yaml.SequenceNode):
                    for part in inner.value:
                        yield from self._ways(part, tokens, line, followed)

    def _target(self, reference: str) -> Any:
        node = self._root
        for token in parse(reference.removeprefix("#")):
            inner = node.value if isinstance(node, yaml.MappingNode) else ()
            node = next((value for key, value in inner if key.value == token), None)
        return node


def _last(node: Any) -> int:
    """The line (from 0) on which a node ends; a block of text ends where the next line begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last(last[1] if isinstance(last, tuple) else last)
    end = node.end_mark
    return int(max(node.start_mark.line, end.line - 1 if end.column == 0 else end.line))


def _refuse_deep(text: str) -> None:
    """libyaml composes recursively and would take the process down with it."""
    if text.count("[") + text.count("{") + text.count("- ") + text.count(":") <= MAX_DEPTH:
        return
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _Fault(f"is nested deeper than {MAX_DEPTH} levels", _line(event.start_mark))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1


def _compose(text: str) -> Any:
    _refuse_deep(text)
    loader = _Core(text)
    try:
        node = loader.get_single_node()
    finally:
        loader.dispose()
    if node is None:
        raise _Fault("is empty", 1)
    return node


def _construct(root: Any) -> Any:
    """Values from nodes, without recursion limits being met and with aliases counted each time."""
    sizes: dict[int, int] = {}
    values: dict[int, Any] = {}

    def build(node: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise _Fault(f"is nested deeper than {MAX_DEPTH} levels", node.start_mark.line + 1)
        if id(node) in values:
            return values[id(node)]
        if id(node) in sizes:
            raise _Fault("an alias contains itself", node.start_mark.line + 1)
        sizes[id(node)] = 1
        size = 1
        value: Any
        if isinstance(node, yaml.ScalarNode):
            value = _scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            _plain_tag(node, "seq")
            value = []
            for each in node.value:
                value.append(build(each, depth + 1))
                size += sizes[id(each)]
        else:
            _plain_tag(node, "map")
            value = {}
            for key_node, each in node.value:
                key = build(key_node, depth + 1)
                if not isinstance(key, str):
                    if isinstance(key, (list, dict)):
                        raise _Fault("a key must be a string", key_node.start_mark.line + 1)
                    key = key_node.value  # ``401:`` is the key "401", as in JSON
                if key in value:
                    raise _Fault(f"the key {key!r} appears twice", key_node.start_mark.line + 1)
                value[key] = build(each, depth + 1)
                size += 1 + sizes[id(each)]
        if size > MAX_NODES:
            raise _Fault("expands to too many nodes (an alias bomb?)", node.start_mark.line + 1)
        sizes[id(node)] = size
        values[id(node)] = value
        return value

    return build(root, 0)


def _plain_tag(node: Any, kind: str) -> None:
    if node.tag not in (f"tag:yaml.org,2002:{kind}", "tag:yaml.org,2002:python/tuple"):
        raise _Fault(f"the tag {_short(node.tag)} is not allowed", node.start_mark.line + 1)


def _scalar(node: Any) -> Any:
    text, line = node.value, node.start_mark.line + 1
    match node.tag.rpartition(":")[2]:
        case "str" | "python/str" | "python/unicode":
            return text
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            if len(text) > MAX_DIGITS:
                raise _Fault(f"an integer has more than {MAX_DIGITS} digits", line)
            try:
                return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
            except ValueError:
                raise _Fault(f"{text[:40]!r} is not an integer", line) from None
        case "float":
            plain = text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf")
            try:
                value = float(plain.replace(".nan", "nan").replace(".NaN", "nan").replace(".NAN", "nan"))
            except ValueError:
                raise _Fault(f"{text[:40]!r} is not a number", line) from None
            if value - value != 0:
                raise _Fault(f"{text[:40]} is not a JSON number", line)
            return value
        case "binary":
            try:
                return base64.b64decode(text, validate=False)
            except (binascii.Error, ValueError):
                raise _Fault("!!binary is not base64", line) from None
        case _:
            raise _Fault(f"the tag {_short(node.tag)} is not allowed", line)


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")[:80]


def _marks(text: str) -> str:
    if re.search(r"^(<{7}|={7}|>{7})( |$)", text, re.MULTILINE):
        return "It has merge-conflict marks: resolve the conflict first."
    if re.search(r"^ *\t", text, re.MULTILINE):
        return "It is indented with tabs: YAML takes spaces."
    return ""


def _trailing(text: str, position: int) -> str:
    """Whether what JSON ends at is a bracket behind a comma, which JavaScript allows."""
    comma = text[:position].rstrip().endswith(",") and text[position : position + 1] in ("]", "}")
    return "; a trailing comma?" if comma else ""


def _inside(folder: Path) -> str:
    """Which files of a folder may be meant."""
    kinds = Counter(path.suffix for path in folder.iterdir() if path.suffix in _KINDS and path.is_file())
    named = [
        str(folder / f"*{kind}") if many > 1 else str(next(folder.glob(f"*{kind}")))
        for kind, many in sorted(kinds.items())
    ]
    return f"Name a file in it: {' or '.join(named)}" if named else ""
