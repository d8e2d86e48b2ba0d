"""Nothing of what the documents say is silently left out, and every claim says where it was read."""

from __future__ import annotations

import re
from collections import Counter
from fnmatch import fnmatchcase
from typing import Any

import pytest
from conftest import PROVIDERS, ROOT

from harness.claim import Kind
from harness.contract import load
from harness.contract.files import read
from harness.judge import CHECKS, judge
from harness.verdict import Outcome

#: How many contradictions readers of the documents have listed.
CONTRADICTIONS = {"openrouter": 15, "venice": 15, "relaydance": 5, "unified-v2": 10}

each_provider = pytest.mark.parametrize("provider", PROVIDERS)


def inventory(provider: str) -> list[dict[str, Any]]:
    return list(read(ROOT / "specs" / provider / "inventory.yaml", "inventory").content)


@each_provider
def test_what_the_pages_say_is_listed(provider: str) -> None:
    pages = inventory(provider)
    assert pages
    assert all(page["items"] for page in pages)
    assert {page["document"] for page in pages} <= set(load(provider).documents)


@each_provider
def test_every_item_leads_to_a_claim_or_says_why_not(provider: str) -> None:
    claims = load(provider).claims
    for page in inventory(provider):
        for item in page["items"]:
            for name in item.get("claims", ()):
                assert any(each == name or fnmatchcase(each, name) for each in claims), item["says"]
            assert "claims" in item or len(item["excluded"]) > 3, item["says"]


@each_provider
def test_exclusions_reach_the_contract(provider: str) -> None:
    listed = [item["excluded"] for page in inventory(provider) for item in page["items"] if "excluded" in item]
    assert [each.reason for each in load(provider).exclusions] == listed
    assert listed


@each_provider
def test_nothing_that_a_claim_checks_is_said_to_be_left_out(provider: str) -> None:
    for page in inventory(provider):
        checked = {item["says"] for item in page["items"] if "claims" in item}
        assert not checked & {item["says"] for item in page["items"] if "excluded" in item}
    excluded = {(each.document, each.quote) for each in load(provider).exclusions}
    assert not {("task", "echo"), ("ark", "864×480")} & excluded, "metadata.echo and resolution.pixels are claims"


@pytest.mark.parametrize("provider, number", CONTRADICTIONS.items())
def test_the_known_contradictions_are_claims(provider: str, number: int) -> None:
    found = [claim for claim in load(provider).claims.values() if claim.kind is Kind.CONTRADICTION]
    assert len(found) >= number
    for claim in found:
        against = claim.parameters["against"]
        assert claim.source.quote and against.quote
        assert (claim.source.document, claim.source.quote) != (against.document, against.quote) or "keyword" in claim.id


@each_provider
def test_every_claim_quotes_a_known_document(provider: str) -> None:
    contract = load(provider)
    for claim in contract.claims.values():
        sources = [claim.source, *(earlier.source for earlier in claim.history)]
        for source in sources:
            assert source.quote.strip(), claim.id
            assert source.document in contract.documents, claim.id
            assert source.revision == contract.documents[source.document].revision, claim.id


@each_provider
def test_claim_ids_are_well_formed_and_stable(provider: str) -> None:
    contract = load(provider)
    for name, claim in contract.claims.items():
        assert name == claim.id
        plain, _, model = name.partition("@")
        prefix = f"{provider}.{claim.operation}."
        assert plain.startswith(prefix), name
        assert plain.endswith(f".{claim.rule.partition('@')[0]}"), name
        assert re.fullmatch(r"[A-Za-z0-9_.\[\]-]+", plain), name
        assert not re.search(r"(?<![0-9A-Za-z])[1-5][0-9][0-9](?![0-9A-Za-z])", plain), f"{name} names a status code"
        assert not model or model in contract.models, name
        assert claim.operation in contract.operations
        assert claim.statement
    assert list(contract.claims) == sorted(contract.claims)


def test_claim_ids_are_unique_over_all_providers() -> None:
    counted = Counter(name for provider in PROVIDERS for name in load(provider).claims)
    assert max(counted.values()) == 1


@each_provider
def test_every_claim_is_judged_by_a_known_check(provider: str) -> None:
    assert {claim.check for claim in load(provider).claims.values()} <= set(CHECKS)


@each_provider
def test_every_claim_that_nothing_reaches_says_why(provider: str) -> None:
    for verdict in judge(load(provider), []):
        assert verdict.outcome is (Outcome.FAIL if verdict.claim.kind is Kind.CONTRADICTION else Outcome.UNTESTED)
        assert verdict.divergences or (verdict.reason and "{" not in verdict.reason), verdict.claim.id


def test_every_check_is_cited_by_a_claim() -> None:
    cited = {claim.check for provider in PROVIDERS for claim in load(provider).claims.values()}
    # Nobody documents these for whoever has a key; tests/test_money.py has a provider that does.
    assert cited == set(CHECKS) - {"money-balance", "money-repeated"}


@each_provider
def test_public_reports_say_where_they_were_read(provider: str) -> None:
    for claim in load(provider).claims.values():
        for report in claim.reported:
            assert report.link and report.date and report.summary and report.asked
