"""harness schemas: the JSON Schemas of every operation, for use without the harness."""

from __future__ import annotations

import argparse
import re
import sys

from harness.contract import load, providers
from harness.contract.schemas import files

#: Names that `harness schemas` gives; it removes no other file.
_OURS = re.compile(r"\w+\.(?:request|[0-9]{3})\.json")


def schemas(args: argparse.Namespace) -> int:
    """Write the schemas, or say which are not current."""
    stale = []
    for name in args.provider or providers():
        folder = args.out / name
        wanted = dict(files(load(name)))
        for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
            if path.name not in wanted and _OURS.fullmatch(path.name):
                stale.append(path)
                if not args.check:
                    path.unlink()
        for file_name, text in wanted.items():
            path = folder / file_name
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(path)
                if not args.check:
                    folder.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{'not current' if args.check else 'written'}: {path}")
    if args.check and stale:
        print("Run: harness schemas", file=sys.stderr)
        return 1
    return 0
