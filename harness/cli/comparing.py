"""The commands that compare: diff."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli import revising
from harness.compare import FORMATS, REVISION_FORMATS, Difference, Timeline, Turn, differences
from harness.errors import ConfigurationError, NothingToJudge
from harness.report import load

#: What turned verdicts make exit code 1, by --fail-on.
FAIL_ON = {
    "new": {Turn.NEW, Turn.TROUBLE},
    "untested": {Turn.NEW, Turn.TROUBLE, Turn.LOST},
}
#: What revisions can fail on besides, the default first.
_REVISIONS = ("breaking", "any")

_EPILOG = """OLD and NEW are told by what they hold, and are of one kind:
  report.json           what a run found: which verdicts turned
  specs/PROVIDER        a provider's folder, as in another checkout: which claims got stricter, looser, new or gone
  openapi.json, .yaml   a provider's own OpenAPI 3 document, as claims
  history.json@DATE     a list of {date, commit, schemas}: what held on that day (or by a commit; without @: the newest)
One history without NEW is listed step by step, from DATE on if one is given; one folder of specs tells what its claims
keep of older documents. Recordings of the provider are judged under both revisions, under a contract of ours with what
differs laid over it where the document is no whole contract.

exit codes: 0 nothing that --fail-on names, 1 something, 2 a file that is none of these, 5 nothing in common to compare.
Simulated evidence decides only where no real evidence is compared."""


def diff(said: argparse.Namespace) -> int:
    """What turned between two reports, or shifted between two revisions."""
    old = revising.given(said.old)
    new = revising.given(said.new) if said.new is not None else None
    if revising.alike(old, new) is not revising.What.REPORT:
        found = revising.timeline(old, new, provider=said.provider, cassettes=said.cassettes)
        print(REVISION_FORMATS[said.format](found), end="")
        return int(_matters(found, said.fail_on or _REVISIONS[0]))
    assert new is not None
    if said.fail_on in _REVISIONS:
        raise ConfigurationError(
            f"--fail-on {said.fail_on} is for revisions of documents", hint=f"Of reports: {', '.join(FAIL_ON)}."
        )
    return _reports(old.path, new.path, said)


def _reports(old: Path, new: Path, said: argparse.Namespace) -> int:
    found = differences(load(old), load(new))
    if not found.comparable:
        raise NothingToJudge(
            "nothing to compare: the reports have no provider with the same provenance in common",
            where=f"{old}, {new}",
            hint="Compare live with live, published with published, simulated with simulated.",
        )
    print(FORMATS[said.format](found), end="")
    return int(_turned(found, said.fail_on or "new"))


def _turned(found: Difference, fail_on: str) -> bool:
    return any(change.turn in FAIL_ON[fail_on] for change in found.decisive)


def _matters(found: Timeline, fail_on: str) -> bool:
    match fail_on, found.recordings:
        case "any", seen:
            return bool(found.revised) or bool(seen and seen.decisive)
        case "breaking", seen:
            return found.breaking or bool(seen and _turned(seen, "new"))
        case _, seen:
            return bool(seen and _turned(seen, fail_on))


def arguments(command: argparse.ArgumentParser) -> None:
    """What ``harness diff`` takes."""
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.add_argument("old", metavar="OLD", help="the older one; see below")
    command.add_argument("new", metavar="NEW", nargs="?", help="the newer one, of the same kind")
    command.add_argument("--format", choices=tuple(FORMATS), default="text", help="default: %(default)s")
    command.add_argument(
        "--fail-on",
        choices=(*FAIL_ON, *_REVISIONS),
        help="exit code 1 on: 'new' divergences and errors (default for reports); 'untested': also what is no longer "
        "tested; of revisions 'breaking': what a client may have to answer, and new divergences in recordings "
        "(default for revisions); 'any': whatever shifted",
    )
    command.add_argument("--provider", metavar="ID", help="whose document it is (default: told by its paths)")
    command.add_argument("--cassettes", type=Path, help="folder of cassettes (default: the shipped ones)")
    command.epilog = _EPILOG
    command.set_defaults(run=diff)
