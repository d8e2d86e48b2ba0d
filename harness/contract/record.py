"""What a provider's official OpenAPI document said when it was last gone through: ``official.json`` beside a contract.

A contract leaves things out on purpose and adds what other documents say, so it cannot tell by itself what is new in
the official one. The record can: it is that document with the operations that concern a video job, as plain schemas
without any of its prose, and is read as every official document is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.contract.files import read
from harness.contract.foreign import UNREAD
from harness.contract.model import Contract
from harness.contract.official import METHODS, Rewriter, official
from harness.contract.revision import Revision
from harness.json_text import canonical

FILE = "official.json"
#: Characters: shorter schemas are no longer where they stand than references to them.
LONG = 120


def recorded(contract: Contract) -> Revision | None:
    """What is on record of the official document of a provider; None where nothing is."""
    path = contract.folder / contract.provider / FILE
    if not path.exists():
        return None
    return official(read(path).content, provider=contract.provider, contract=contract, path=path)


def concerning(content: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    """The document with the operations that the contract has or that are about video, and no others.

    "About video" is what has the word in its path, its name, its summary or its tags.
    """
    held = {(operation.method.lower(), operation.path) for operation in contract.operations.values()}
    paths = content.get("paths")
    kept = {
        path: {
            name: each
            for name, each in item.items()
            if name not in METHODS or (name, path) in held or "video" in _named(path, each)
        }
        for path, item in (paths.items() if isinstance(paths, Mapping) else ())
        if isinstance(item, Mapping)
    }
    return {**content, "paths": {path: item for path, item in kept.items() if set(item) & {*METHODS, "$ref"}}}


def text(content: Mapping[str, Any], contract: Contract, path: Path) -> str:
    """official.json for a document: one line for each operation and each schema that several of them share."""
    rewriter = Rewriter(concerning(content, contract), contract, str(path), excerpt=False)
    paths = {
        where: {method: _wordless(said) for method, said in item.items()} for where, item in rewriter.paths().items()
    }
    info = content.get("info")
    version = str(info.get("version", "")) if isinstance(info, Mapping) else ""
    shared: dict[str, Any] = {}
    times = Counter(canonical(each) for each in _schemas(paths))
    made = _hoisted(paths, {each for each, count in times.items() if count > 1 and len(each) > LONG}, shared)
    lines = [f"{json.dumps(where)}: {canonical(item)}" for where, item in made.items()]
    schemas = [f"{json.dumps(name)}: {canonical(schema)}" for name, schema in shared.items()]
    head = f'{{"openapi": "3.1.0", "info": {canonical({"title": contract.title, "version": version})}, "paths": {{\n'
    return head + ",\n".join(lines) + '\n}, "components": {"schemas": {\n' + ",\n".join(schemas) + "\n}}}\n"


def _named(path: str, operation: Any) -> str:
    said = operation if isinstance(operation, Mapping) else {}
    tags = said.get("tags")
    told = (path, said.get("operationId"), said.get("summary"), *(tags if isinstance(tags, list) else ()))
    return " ".join(each for each in told if isinstance(each, str)).lower()


def _wordless(node: Any) -> Any:
    """Without quotes; a reference that leads nowhere stands as one again."""
    if isinstance(node, list):
        return [_wordless(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    made = {
        name: each if isinstance(each, list) and name in ("enum", "required") else _wordless(each)
        for name, each in node.items()
        if name not in ("x-source", "x-meaning", UNREAD)
    }
    return {**made, "$ref": node[UNREAD]} if UNREAD in node else made


def _hoisted(node: Any, several: set[str], shared: dict[str, Any]) -> Any:
    """The same with what stands in several places written once."""
    if isinstance(node, list):
        return [_hoisted(each, several, shared) for each in node]
    if not isinstance(node, Mapping):
        return node
    made = {}
    for name, each in node.items():
        if name == "schema" and (written := canonical(each)) in several:
            key = next((k for k, kept in shared.items() if canonical(kept) == written), f"S{len(shared) + 1}")
            shared.setdefault(key, each)
            made[name] = {"$ref": f"#/components/schemas/{key}"}
        else:
            made[name] = _hoisted(each, several, shared)
    return made


def _schemas(node: Any) -> list[Any]:
    """The schemas of bodies, at whatever depth."""
    if isinstance(node, list):
        return [found for each in node for found in _schemas(each)]
    if not isinstance(node, Mapping):
        return []
    own = [node["schema"]] if isinstance(node.get("schema"), Mapping) else []
    return own + [found for name, each in node.items() if name != "schema" for found in _schemas(each)]
