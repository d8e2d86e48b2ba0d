"""The command that turns an official OpenAPI document into a first contract: import."""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.compare.beside import as_markdown, beside
from harness.contract import load
from harness.contract.catalogue import entries
from harness.contract.files import read
from harness.contract.model import Contract, Role
from harness.contract.record import FILE, text
from harness.draft import Draft, draft, inventory, review
from harness.errors import ConfigurationError
from harness.report.safe import plain

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
#: Of what is printed; REVIEW.md has all.
SHOWN = 8


def imported(args: argparse.Namespace) -> int:
    """Write the folder, whole or not at all, and say what it needs of a reviewer."""
    content = read(args.spec).content
    name = args.named or _titled(content, args.spec)
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{plain(name, 80)!r} is not a name for a provider", hint="Use a-z, 0-9 and hyphens.")
    folder = args.out / name
    if folder.exists():
        raise ConfigurationError(
            "is there already and is not overwritten", where=str(folder), hint="Choose another --out."
        )
    held = load(args.against) if args.against else None
    catalogue = entries(read(args.catalogue).content, str(args.catalogue)) if args.catalogue else []
    made = draft(content, name=name, path=args.spec, chosen=_chosen(args.operation), catalogue=catalogue)
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.out, prefix=".import-") as temporary:
        contract = _written(made, Path(temporary) / name)
        table = list(as_markdown(beside(contract, held), held.provider)) if held else []
        _reviewed(made, contract, table, Path(temporary) / name)
        (Path(temporary) / name / FILE).write_text(text(content, contract, args.spec), encoding="ascii")
        os.rename(Path(temporary) / name, folder)
    print("\n".join([_summary(made, contract, folder), *(["", *table] if table else [])]))
    return 0


def _written(made: Draft, folder: Path) -> Contract:
    """The folder's data; the contract that it makes, which the inventory and the review are about."""
    folder.mkdir()
    for file, written in made.files.items():
        (folder / file).write_text(written, encoding="ascii")
    return load(made.provider, folder.parent)


def _reviewed(made: Draft, contract: Contract, table: list[str], folder: Path) -> None:
    (folder / "inventory.yaml").write_text(inventory(made, contract), encoding="ascii")
    beneath = "".join(f"{line}\n" for line in (["", *table] if table else []))
    (folder / "REVIEW.md").write_text(review(made, contract) + beneath, encoding="utf-8")


def _chosen(operations: list[str]) -> dict[Role, str]:
    """Which operation plays which role, as the arguments say."""
    chosen: dict[Role, str] = {}
    for each in operations:
        role, equals, name = each.partition("=")
        if not equals:
            role, name = Role.SUBMIT.value, each
        if role not in list(Role):
            raise ConfigurationError(f"{role!r} is not a role", hint=f"Roles: {', '.join(Role)}.")
        chosen[Role(role)] = name
    return chosen


def _titled(content: Any, path: Path) -> str:
    info = content.get("info") if isinstance(content, Mapping) else None
    title = info.get("title") if isinstance(info, Mapping) else None
    words = re.sub(r"[^a-z0-9]+", "-", (title if isinstance(title, str) else path.stem).lower()).strip("-")
    return words[:40].strip("-") or "provider"


def _summary(made: Draft, contract: Contract, folder: Path) -> str:
    kinds = Counter(claim.kind.value for claim in contract.claims.values())
    lines = [
        f"{folder}: {len(contract.claims)} claims ({', '.join(f'{n} {kind}' for kind, n in kinds.most_common())})",
        *(f"  {role}: {plain(shown, 200)}" for role, shown in made.operations.items()),
        f"  {len(made.repairs)} repairs, {len(made.excluded) + len(made.notes)} exclusions, "
        f"{len(made.unknown)} things to look at:",
        *(f"    {plain(each.what, 100)}: {plain(each.now, 120)}" for each in made.unknown[:SHOWN]),
    ]
    if len(made.unknown) > SHOWN:
        lines.append(f"    … and {len(made.unknown) - SHOWN} more")
    lines += [f"Review: {folder / 'REVIEW.md'}", f"Try: HARNESS_SPECS={folder.parent} harness lint {made.provider}"]
    return "\n".join(lines)
