"""Every claim knows its line: what the line holds is read here from the text itself, not from the parsed document."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from conftest import ALL, PROVIDERS, contract_of
from reports import reported

from harness.claim import Claim, Kind
from harness.contract.model import Contract
from harness.contract.places import lines
from harness.interaction import Origin
from harness.judge import judge
from harness.report import entry, github, sarif


def block(text: str, line: int) -> str:
    """The line and everything indented below it, without what YAML and JSON put around words."""
    first, *rest = text.splitlines()[line - 1 :]
    depth = len(first) - len(first.lstrip())
    kept = [first]
    for each in rest:
        if each.strip() and len(each) - len(each.lstrip()) <= depth:
            break
        kept.append(each)
    return words("\n".join(kept))


def words(text: str) -> str:
    return re.sub(r"[\s\"'\\]+", "", text)


def holds(claim: Claim, contract: Contract, line: int) -> bool:
    """Whether the text from this line on says what the claim says."""
    name, *pointer = claim.place
    text = contract.texts[name]
    if name == "openapi.yaml":
        return holds_keyword(claim, pointer, text.splitlines()[line - 1])
    if name.endswith(".json"):
        return holds_entry(claim, pointer[-1], text.splitlines(), line)
    if pointer == ["job", "words"]:
        return all(words(each) in block(text, line) for each in contract.job.words)
    return words(claim.source.quote) in block(text, line)


def holds_keyword(claim: Claim, pointer: list[str], shown: str) -> bool:
    """The line has the keyword, the field or the status; a short value stands beside it."""
    of_a_field = claim.kind is Kind.CONTRADICTION or claim.schema is not None or claim.rule == "default"
    fields = [field for at, field in pairwise(pointer) if at == "properties"]
    value = claim.parameters.get("value")
    beside = isinstance(value, int | str) and claim.schema is not None and claim.rule != "pattern"
    return (
        fields == [token for token in claim.tokens if token != "*" and of_a_field]
        and re.search(rf"(^|[\s{{,\"-]){re.escape(pointer[-1])}\"?:", shown) is not None
        and (not beside or str(value).lower() in shown)
    )


def holds_entry(claim: Claim, member: str, text: list[str], line: int) -> bool:
    """The line has the member, and the last id up to it is the claim's model."""
    model = claim.model or claim.rule.partition("@")[2]
    shown = text[line - 1]
    before, member_there, after = shown.partition(f'"{member}"')
    upto = "\n".join([*text[: line - 1], before]) + (f'"id"{after}' if member == "id" else "")
    ids = re.findall(r'"id":\s*"([^"]+)"', upto)
    return bool(member_there) and ids[-1] == model


@pytest.mark.parametrize("provider", ALL)
def test_every_claim_stands_where_it_says(provider: str) -> None:
    contract = contract_of(provider)
    found = lines(contract, contract.claims.values())
    assert set(found) == set(contract.claims)
    assert {file for file, _ in found.values()} <= {f"specs/{provider}/{name}" for name in contract.texts}
    wrong = [
        f"{name}: {found[name]}"
        for name, claim in contract.claims.items()
        if not holds(claim, contract, found[name][1])
    ]
    assert not wrong


def test_a_line_of_the_wrong_place_is_noticed() -> None:
    contract = contract_of("lantern")
    moved = replace(contract, texts={name: f"# one more line\n{text}" for name, text in contract.texts.items()})
    before, after = (lines(each, contract.claims.values()) for each in (contract, moved))
    assert {name: (file, line + 1) for name, (file, line) in before.items()} == after
    assert sum(holds(claim, moved, before[name][1]) for name, claim in contract.claims.items()) < len(before) // 4


def test_a_claim_without_a_place_has_no_line() -> None:
    contract = contract_of("lantern")
    claim = next(iter(contract.claims.values()))
    for place in ((), ("elsewhere.yaml", "a"), ("openapi.yaml", "paths", "/nowhere")):
        assert lines(contract, [replace(claim, place=place)]) == {}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_alerts_and_annotations_point_at_the_line(provider: str) -> None:
    contract = contract_of(provider)
    made = reported(
        entry(contract, judge(contract, []), [], mode="recorded", provenance=Origin.LIVE, cost_usd=0, extra={})
    )
    found = lines(contract, contract.claims.values())
    verdicts = made["providers"][0]["verdicts"]
    assert {each["claim"]: (each["spec_file"], each["spec_line"]) for each in verdicts} == found
    results = json.loads(sarif.render(made))["runs"][0]["results"]
    for result in results:
        place = result["locations"][0]["physicalLocation"]
        assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == found[result["ruleId"]]
    for name in re.findall(r"title=([^:]+)::SHOULD", github.render(made)):
        file, line = found[name]
        assert f"file={file},line={line},title={name}::" in github.render(made)
    assert results
