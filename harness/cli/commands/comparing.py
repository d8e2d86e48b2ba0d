"""What is compared: compare, diff, drift."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli import options
from harness.cli.command import Command

#: Written out, as in options; a test holds them.
TABLES, OFFERS = "text, markdown, csv, html, json", "text, markdown, json"
DIFFERENCES = ("text", "json", "markdown")
FAIL_ON = ("new", "untested", "breaking", "any")


def _compare_takes(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what is compared")
    options.some_providers(what)
    what.add_argument(
        "--model", "--same-model", nargs="+", action="extend", metavar="NAME",
        help="compare models: a family as --models lists them (seedance-2.0), its title, an id, or a glob",
    )  # fmt: skip
    what.add_argument("--models", action="store_true", help="list which models several providers serve")
    what.add_argument("--differences", action="store_true", help="only the axes on which they differ")
    what.add_argument(
        "--report", type=Path, metavar="REPORT.json", help="what was observed (default: the recordings are judged)"
    )
    options.cassettes(what)
    what.add_argument(
        "--format", default="text", metavar="NAME",
        help=f"{TABLES}; with --request or --portable {OFFERS} (default: %(default)s)",
    )  # fmt: skip
    what.add_argument("--out", type=Path, metavar="FILE", help="file to write (default: stdout)")
    one = parser.add_argument_group("one request for all")
    one.add_argument(
        "--request", type=Path, metavar="REQUEST.json",
        help="who takes this request, and with which changes; in neutral words (schemas/request.json) unless --from",
    )  # fmt: skip
    one.add_argument("--from", dest="source", metavar="PROVIDER", help="the request is in this provider's words")
    one.add_argument("--portable", action="store_true", help="what all of them document in common")
    mode = one.add_mutually_exclusive_group()
    mode.add_argument(
        "--simulated", action="store_const", const="simulated", dest="mode",
        help="send it to each one's simulator; without --request: also show what simulators did, with the quirks that "
        "were switched on",
    )  # fmt: skip
    mode.add_argument("--live", action="store_const", const="live", dest="mode", help="send it to each provider")
    options.quirks(one)
    one.add_argument(
        "--keep", type=Path, default=Path("harness-compare"), metavar="DIR",
        help="folder of what live runs saw (default: %(default)s)",
    )  # fmt: skip
    options.live(parser)


def _diff_takes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", metavar="OLD", help="the older one; see below")
    parser.add_argument("new", metavar="NEW", nargs="?", help="the newer one, of the same kind")
    parser.add_argument("--format", choices=DIFFERENCES, default="text", help="how to show it (default: %(default)s)")
    parser.add_argument(
        "--fail-on", choices=FAIL_ON,
        help="exit code 1 on: 'new' divergences and errors (default for reports); 'untested': also what is no longer "
        "tested; of revisions 'breaking': what a client may have to answer, and new divergences in recordings "
        "(default for revisions); 'any': whatever shifted",
    )  # fmt: skip
    parser.add_argument("--provider", metavar="PROVIDER", help="whose document it is (default: told by its paths)")
    options.cassettes(parser)


def _drift_takes(parser: argparse.ArgumentParser) -> None:
    options.one_provider(parser)
    parser.add_argument("--openapi", metavar="FILE|URL", help="the provider's official OpenAPI document of today")
    parser.add_argument("--catalogue", metavar="FILE|URL", help="the answer of its model catalogue of today")
    parser.add_argument("--format", choices=DIFFERENCES, default="text", help="how to show it (default: %(default)s)")
    parser.add_argument("--keep", action="store_true", help="put the document on record as what is held from now on")
    parser.add_argument("--allow-private", action="store_true", help="allow loopback and private addresses")


_RECORD = """Nothing is fetched but what a URL is given for: without the key first, with it only where the
provider's own address asks for one. Redirects are not followed; private addresses need
--allow-private.

The document is checked against the record of what it said when the contract was made (official.json
beside it), the catalogue against models.json. Stricter is narrowed, looser is widened. --keep puts
the document on record, once the contract has been gone through.

exit codes: 0 no drift, 1 drift, 2 a document that cannot be had or read"""

_KINDS = """OLD and NEW are told by what they hold, and are of one kind:
  report.json           what a run found: which verdicts turned
  specs/PROVIDER        a provider's folder, as in another checkout: which claims got stricter,
                        looser, new or gone
  openapi.json, .yaml   a provider's own OpenAPI 3 document, as claims
  history.json@DATE     a list of {date, commit, schemas}: what held on that day (or by a commit;
                        without @: the newest)
One history without NEW is listed step by step, from DATE on if one is given; one folder of specs
tells what its claims keep of older documents. Recordings of the provider are judged under both
revisions, under a contract of ours with what differs laid over it where the document is no whole
contract.

exit codes: 0 nothing that --fail-on names, 1 something, 2 a file that is none of these,
5 nothing in common to compare. Simulated evidence decides only where no real evidence is compared."""

COMMANDS = (
    Command(
        name="compare",
        help="vendors side by side: what they document, what was seen",
        about="Lay providers side by side, axis by axis: what each documents, with the quote, and what was observed. "
        "With --request, say who takes one request as it is, and what the others would have to be asked instead.",
        notes="exit codes: 0, or 1 where a provider cannot take the request, 2 usage or a faulty file.",
        arguments=_compare_takes,
        run="harness.cli.compare:compare",
    ),
    Command(
        name="diff",
        help="two reports, or two revisions of what a provider documents",
        about="Say what is new, fixed or no longer tested since an older report; or what a newer document makes "
        "stricter or looser, and which recordings that turns.",
        notes=_KINDS,
        arguments=_diff_takes,
        run="harness.cli.diff:diff",
    ),
    Command(
        name="drift",
        help="a provider's current documents against those on record",
        about="Hold a provider's documents of today, files or addresses, against what was on record when its contract "
        "was made: what is new, gone, narrowed or widened, and which claims that touches.",
        notes=_RECORD,
        arguments=_drift_takes,
        run="harness.cli.drift:drift",
    ),
)
