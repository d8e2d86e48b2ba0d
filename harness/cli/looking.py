"""The commands that show what is known: serve, lint, explain, providers, schemas, quirks."""

from __future__ import annotations

import argparse
import os
import re
import socket
import sys
from collections import Counter
from fnmatch import fnmatchcase

from harness.claim import Claim, Kind
from harness.contract import Contract, load, load_all, providers
from harness.contract.lint import faults
from harness.contract.protocol import practice
from harness.contract.schemas import files
from harness.errors import ConfigurationError, UnknownName
from harness.report.safe import block
from harness.simulator import Quirk, chosen, known

#: Names that `harness schemas` gives; it removes no other file.
_OURS = re.compile(r"\w+\.(?:request|[0-9]{3})\.json")


def serve(said: argparse.Namespace) -> int:
    """Play a provider until interrupted."""
    from harness.simulator.server import serve as run

    contract = load(said.provider)
    quirks = chosen(said.provider, said.quirk)
    if not 0 < said.port < 65536:
        raise ConfigurationError(f"{said.port} is not a port", hint="Choose one from 1 to 65535.")
    try:
        listener = socket.create_server((said.host, said.port))
    except OSError as fault:
        raise ConfigurationError(
            f"cannot listen on {said.host}:{said.port}: {fault.strerror}", hint="Choose another --port or --host."
        ) from None
    print(
        f"SIMULATED {contract.title} on http://{said.host}:{said.port} — made from its documentation, not the provider."
    )
    for quirk in quirks:
        print(f"  quirk {quirk.name}: {quirk.summary}")
    secret = None
    if contract.webhook is not None:
        print("  webhooks go to this machine alone, without TLS even where the callback URL says https")
        if signature := contract.webhook.signature:
            secret = os.environ.get(signature.secret) or None
            print(f"  and are {'signed with' if secret else 'not signed: set'} {signature.secret}")
    sys.stdout.flush()
    run(contract, quirks, listener, secret)
    return 0


def lint(said: argparse.Namespace) -> int:
    """Contradictions in the documentation, and faults of our own specs."""
    wrong = 0
    for name in said.provider or providers():
        contract = load(name)
        found = [claim for claim in contract.claims.values() if claim.kind is Kind.CONTRADICTION]
        _say(
            f"{name}: {len(contract.claims)} claims, {len(contract.exclusions)} exclusions, {len(found)} contradictions"
        )
        for claim in found:
            _say(f"  {claim.id}\n      {claim.statement}")
            for side in (claim.source, claim.parameters["against"]):
                _say(f"      {side.document}: “{side.quote}”")
        for fault in faults(contract, known(name).values()):
            wrong += 1
            _say(f"  FAULT {fault}")
    return 2 if wrong else 0


def explain(said: argparse.Namespace) -> int:
    """One claim in full, or a list."""
    if said.name in providers():
        contract = load(said.name)
        for claim in contract.claims.values():
            _say(f"{claim.id}\t{claim.level}\t{claim.statement}")
        return 0
    contracts = {each.provider: each for each in load_all()}
    claims = {
        claim.id: (contract, claim)
        for contract in contracts.values()
        for claim in (*contract.claims.values(), *practice(contract).values())
    }
    if said.name in claims:
        _explained(*claims[said.name])
        return 0
    fitting = [name for name in claims if fnmatchcase(name, said.name)]
    if not fitting:
        raise UnknownName("claim", said.name, claims, see="harness explain PROVIDER")
    for name in fitting:
        _say(f"{name}\t{claims[name][1].level}\t{claims[name][1].statement}")
    return 0


def _explained(contract: Contract, claim: Claim) -> None:
    _say(
        f"{claim.id}\n  {claim.level} · {claim.kind} · operation {claim.operation} · {claim.pointer or 'no one field'}"
    )
    _say(f"  {claim.statement}")
    _say(f"  source   {claim.source.document} ({claim.source.revision}): “{claim.source.quote}”")
    if claim.source.url:
        _say(f"           {claim.source.url}")
    for earlier in claim.history:
        _say(
            f"  earlier  {earlier.source.document} ({earlier.source.revision}): {earlier.value} "
            f"“{earlier.source.quote}”"
        )
    if claim.kind is Kind.CONTRADICTION:
        against = claim.parameters["against"]
        _say(f"  against  {against.document} ({against.revision}): “{against.quote}”")
    for each in claim.reported:
        _say(f"  reported in public ({each.evidence}, {each.date}): {each.summary}\n           {each.link}")
        _say(f"           asked: {each.asked}{f' of {each.model}' if each.model else ''}")
    catching = [q.name for q in known(contract.provider).values() if any(fnmatchcase(claim.id, g) for g in q.breaks)]
    if catching:
        _say(f"  quirks   {', '.join(catching)}")
    _say(f"  judged by the check {claim.check!r}")


def _say(line: str) -> None:
    """A line with a document's words in it, which may be anybody's since documents are imported."""
    print(block(line))


def providers_table(said: argparse.Namespace) -> int:
    """One line per provider."""
    for contract in load_all():
        kinds = Counter(claim.kind.value for claim in contract.claims.values())
        shown = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
        print(f"{contract.provider}\t{contract.title}\t{contract.base_url}\tkey: {contract.key_variable}")
        print(
            f"\t{len(contract.operations)} operations, {len(contract.models)} models, "
            f"{len(contract.claims)} claims ({shown})"
        )
        print(f"\t{len(contract.exclusions)} exclusions, {len(known(contract.provider))} quirks")
    return 0


def schemas(said: argparse.Namespace) -> int:
    """Write the schemas, or say which are not current."""
    stale = []
    for name in said.provider or providers():
        folder = said.out / name
        wanted = dict(files(load(name)))
        for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
            if path.name not in wanted and _OURS.fullmatch(path.name):
                stale.append(path)
                if not said.check:
                    path.unlink()
        for file_name, text in wanted.items():
            path = folder / file_name
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(path)
                if not said.check:
                    folder.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{'not current' if said.check else 'written'}: {path}")
    if said.check and stale:
        print("Run: harness schemas", file=sys.stderr)
        return 1
    return 0


def quirks(said: argparse.Namespace) -> int:
    """The quirks, or the kill matrix."""
    from harness.run.proof import matrix

    missed = 0
    for name in said.provider or providers():
        load(name)
        if not said.prove:
            for quirk in known(name).values():
                print(f"{name}\t{quirk.name}\t{quirk.summary}{_reported(quirk)}")
            continue
        caught = total = 0
        for row in matrix(name):
            total += 1
            caught += row.caught
            shown = ", ".join(claim.removeprefix(f"{name}.") for claim in row.killed_by[:4])
            more = f" (+{len(row.killed_by) - 4})" if len(row.killed_by) > 4 else ""
            print(f"{'caught' if row.caught else 'MISSED'}\t{name}\t{row.quirk.name}\t{shown}{more}")
            for glob in row.missed:
                print(f"\t\t\texpected and not failed: {glob}")
        print(f"{name}: {caught} of {total} quirks caught")
        missed += total - caught
    return 1 if missed else 0


def _reported(quirk: Quirk) -> str:
    return f"  [reported: {quirk.reported['link']}]" if quirk.reported else ""
