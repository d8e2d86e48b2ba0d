"""One translated request sent to each provider, or to its simulator, and what came of it in one line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence

from harness.cli.campaign import begin
from harness.cli.setup import keep
from harness.compare.offers import Fit, Offer
from harness.contract import Contract, Role, State
from harness.interaction import Interaction, Malformed, MediaFacts, Origin
from harness.judge.seen import Seen, read, state
from harness.probe.plan import Plan, Probe
from harness.report.safe import plain
from harness.run.sources import relabelled, simulated
from harness.simulator import chosen

#: Characters of a refusal that are shown.
REFUSAL = 160
#: What a campaign also wants to know, and the comparison does not ask for.
_AS_A_CHECK = {
    "max_requests": None,
    "find_limits": None,
    "seed": 0,
    "random": 0,
    "fuzz": 0,
    "second_opinion": False,
    "fail_on": "never",
}


def outcomes(offers: Sequence[Offer], args: argparse.Namespace) -> dict[str, str]:
    """Provider → accepted with what was delivered, or refused with what. What cannot take the request gets none.

    A live run keeps the same rules as ``harness check --live``: a budget, a plan that is written down first, and a
    cassette of everything that was seen, whatever happens.
    """
    sent = [offer for offer in offers if offer.answer is not Fit.CANNOT]
    if args.mode == "live":
        return dict(_live(sent, args))
    found = {}
    for offer in sent:
        contract = offer.scopes.contract
        run = simulated(contract, chosen(contract.provider, args.quirk, contract.folder))
        run.go(_plan(offer))
        found[contract.provider] = f"{_origin(run.interactions)}: {outcome(contract, run.interactions)}"
    return found


def _plan(offer: Offer) -> Plan:
    contract = offer.scopes.contract
    probe = Probe(family="translated", operation=contract.submit.id, model=offer.model, body=offer.body)
    return Plan(provider=contract.provider, probes=(probe,), unprobed={})


def _live(sent: Sequence[Offer], args: argparse.Namespace) -> Iterator[tuple[str, str]]:
    contracts = [offer.scopes.contract for offer in sent]
    meant = argparse.Namespace(**_AS_A_CHECK | vars(args) | {"out": args.keep, "format": "json"})
    campaign = begin(meant, contracts, [_plan(offer) for offer in sent])
    for part in campaign.parts(contracts):
        provider, seen = part.contract.provider, part.run.interactions
        if seen:
            keep(part.run, meant.out / f"{provider}-{campaign.name}.yaml", overwrite=True)
            yield provider, f"{_origin(seen)}: {outcome(part.contract, seen)}"
        else:
            yield provider, f"not sent: {part.why}"
    campaign.seal()


def _origin(interactions: Sequence[Interaction]) -> str:
    """Who answered: an address that turns out to be a simulator is one."""
    origins = {each.provenance.origin for each in relabelled(interactions)}
    return "SIMULATED, not the provider" if Origin.SIMULATED in origins else "LIVE"


def outcome(contract: Contract, interactions: Sequence[Interaction]) -> str:
    """The life of one request in one line."""
    seen = [each for interaction in interactions if (each := read(contract, interaction))]
    submitted = next((each for each in seen if each.operation.role is Role.SUBMIT), None)
    if submitted is None or submitted.interaction.response is None:
        failure = submitted.interaction.failure if submitted else None
        return f"no answer{f': {plain(failure, REFUSAL)}' if failure else ''}"
    if not submitted.accepted:
        return f"refused, {submitted.status} {submitted.meaning}: {_words(submitted)}"
    media = [each.response.media for each in interactions if each.response and each.response.media]
    if media:
        return f"accepted, delivered {_file(media[-1])}"
    polled = [now for each in seen if each.operation.role is Role.POLL and (now := state(contract, each))]
    if polled and polled[-1] is State.SUCCEEDED:
        return "accepted, succeeded, no video was found where it is documented to be"
    return f"accepted, then {polled[-1] if polled else 'not followed'}"


def _words(seen: Seen) -> str:
    response = seen.interaction.response
    if isinstance(seen.answer, Malformed) and response is not None:
        return plain(response.body.decode("utf-8", "replace"), REFUSAL)
    return plain(json.dumps(seen.answer), REFUSAL)


def _file(media: MediaFacts) -> str:
    if media.width is None or media.height is None:
        return f"{media.size:,} bytes that are no video{f': {plain(media.fault, REFUSAL)}' if media.fault else ''}"
    length = "" if media.duration is None else f", {media.duration:.1f} s"
    return f"{media.width}×{media.height}{length}, {'with' if media.audio_codec else 'without'} sound"
