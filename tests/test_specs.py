"""Every provider's files load, agree with their neighbours and read the same for everybody; broken ones say where."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import MINIATURE, PROVIDERS, ROOT, lantern
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from harness.cli import main
from harness.contract import Contract, load, load_all, providers
from harness.contract.lint import faults
from harness.contract.record import recorded
from harness.document import parse_json, parse_yaml
from harness.errors import HarnessError, SpecError, UnknownName
from harness.probe.fuzz import loaded
from harness.simulator import known

SPECS = ROOT / "specs"
YAMLS = [path for folder in (SPECS, MINIATURE) for path in sorted(folder.rglob("*.yaml"))]
FORMS = ("provider", "contradictions", "reported", "quirks", "inventory", "families")


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def parsed(path: Path) -> Any:
    return parse_yaml(path.read_text(encoding="utf-8"), where=named(path), error=SpecError)


def everyone() -> list[Contract]:
    return [*load_all(SPECS), lantern()]


def test_all_providers_are_there() -> None:
    assert {"openrouter", "venice", "relaydance", "unified-v2"} <= set(providers(SPECS))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_loads(provider: str) -> None:
    contract = load(provider)
    assert contract.provider == provider
    assert contract.claims
    assert contract.default_model in contract.models


@pytest.mark.parametrize("path", YAMLS, ids=named)
def test_yaml_reads_the_same_under_1_1_and_1_2(path: Path) -> None:
    assert misread(path) == []


def misread(path: Path) -> list[str]:
    """Places that YAML 1.1 reads as something else."""
    try:
        old = _texts_as_keys(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValueError as fault:
        return [str(fault)]
    return _different(old, parsed(path), "")


def _texts_as_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _texts_as_keys(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_texts_as_keys(inner) for inner in value]
    return value.isoformat() + " (a date)" if isinstance(value, date) else value


def _different(old: Any, new: Any, place: str) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        return [found for key in old for found in _different(old[key], new[key], f"{place}/{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            found for n, pair in enumerate(zip(old, new, strict=True)) for found in _different(*pair, f"{place}/{n}")
        ]
    same = type(old) is type(new) and old == new
    return [] if same else [f"{place}: {old!r} under YAML 1.1, {new!r} under 1.2"]


@pytest.mark.parametrize(
    "written", ["[16:9, 9:16]", "{16:9: 1}", "no", "on", "1:1", "2026-01-02", "1_000", "0o10", "010"]
)
def test_unquoted_texts_that_yaml_1_1_would_change_are_found(tmp_path: Path, written: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"a: {written}")
    assert misread(path)


@pytest.mark.parametrize("contract", everyone(), ids=lambda c: c.provider)
def test_the_openapi_document_is_valid(contract: Contract) -> None:
    folder = MINIATURE if contract.provider == "lantern" else SPECS
    document = parsed(folder / contract.provider / "openapi.yaml")
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


@pytest.mark.parametrize("contract", everyone(), ids=lambda c: c.provider)
def test_schemathesis_loads_the_contract(contract: Contract) -> None:
    schema = loaded(contract)
    for operation in contract.operations.values():
        assert schema[operation.path][operation.method].definition


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_a_schema(form: str) -> None:
    Draft202012Validator.check_schema(_form(form))


@pytest.mark.parametrize("form", FORMS)
def test_every_file_has_the_published_form(form: str) -> None:
    validator = Draft202012Validator(_form(form))
    files = [path for path in YAMLS if path.stem == form]
    assert files
    for path in files:
        assert [f"{named(path)}: {e.json_path} {e.message[:200]}" for e in validator.iter_errors(parsed(path))] == []


def _form(form: str) -> Any:
    return json.loads((ROOT / "schemas" / f"{form}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_lint_finds_nothing(provider: str) -> None:
    assert list(faults(load(provider), known(provider).values())) == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_examples_in_the_contract_are_harmless(provider: str) -> None:
    text = (SPECS / provider / "openapi.yaml").read_text(encoding="utf-8")
    examples = re.findall(r"^ *examples: .*$", text, re.MULTILINE)
    hosts = {host for line in examples for host in re.findall(r"https?://([\w.-]+)", line)}
    assert all(host.endswith(("example", "example.com", "example.org")) for host in hosts)


# Broken files

Damage = Callable[[Path], None]


def replaced(name: str, old: str, new: str) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r} any more"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return damage


def written(name: str, content: str | bytes) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    return damage


def gone(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


BROKEN: dict[str, tuple[Damage, str, list[str]]] = {
    "a bad reference": (
        replaced("openapi.yaml", "schemas/ClipRequest", "schemas/ClipRequst"),
        "openapi.yaml",
        ["leads nowhere", "ClipRequst", "Known schemas"],
    ),
    "a reference to another file": (
        replaced("openapi.yaml", "#/components/schemas/ClipRequest", "other.yaml#/ClipRequest"),
        "openapi.yaml",
        ["leads nowhere", "References start with '#/'"],
    ),
    "a reference to itself": (
        replaced("openapi.yaml", "    Clip:\n      type: object", '    Clip:\n      $ref: "#/components/schemas/Clip"'),
        "openapi.yaml",
        ["leads back to itself", "#/components/schemas/Clip"],
    ),
    "an unknown key with a near miss": (
        replaced("provider.yaml", "poll_seconds: 1", "poll_secnds: 1"),
        "provider.yaml",
        ["unknown key 'poll_secnds'", "Did you mean 'poll_seconds'?"],
    ),
    "an unknown key far from any other": (
        replaced("provider.yaml", "title: Lantern\n", "title: Lantern\nzzzzzz: 1\n"),
        "provider.yaml",
        ["unknown key 'zzzzzz'", "Known: "],
    ),
    "a missing key": (
        replaced("provider.yaml", "key: LANTERN_API_KEY\n", ""),
        "provider.yaml",
        ["'key' is a required"],
    ),
    "a value of the wrong type": (
        replaced("provider.yaml", "poll_seconds: 1", 'poll_seconds: "1"'),
        "provider.yaml",
        ["job/poll_seconds", "is not of type 'number'"],
    ),
    "an unquoted ratio where a number is meant": (
        replaced("provider.yaml", "deadline_seconds: 20", "deadline_seconds: 1:20"),
        "provider.yaml",
        ["job/deadline_seconds", "'1:20' is not of type 'number'"],
    ),
    "an unquoted word of YAML 1.1 where a boolean is meant": (
        replaced("provider.yaml", "{ place: body, at: /video }", "{ place: body, at: /video, authorized: yes }"),
        "provider.yaml",
        ["job/results/0/authorized", "'yes' is not of type 'boolean'"],
    ),
    "a key that appears twice": (
        replaced("openapi.yaml", "        seed:", "        ratio: { type: string }\n        seed:"),
        "openapi.yaml",
        ["the key 'ratio' appears twice"],
    ),
    "an unknown operation": (
        replaced("provider.yaml", "poll: getClip", "poll: getClips"),
        "provider.yaml",
        ["unknown operation 'getClips'", "Did you mean 'getClip'?"],
    ),
    "a dependency of an unknown operation": (
        replaced("provider.yaml", "  - id: named\n", "  - id: named\n    operation: makeClip\n"),
        "provider.yaml",
        ["unknown operation 'makeClip'", "dependencies/4"],
    ),
    "an unknown role": (
        replaced("provider.yaml", "poll: getClip", "poll: getClip, watch: getClip"),
        "provider.yaml",
        ["unknown key 'watch'", "Known: "],
    ),
    "an unknown document": (
        replaced("openapi.yaml", "x-source: what to show", "x-source: { document: pge, quote: what to show }"),
        "openapi.yaml",
        ["unknown document 'pge'", "Did you mean 'page'?"],
    ),
    "an unknown document in the data": (
        replaced("provider.yaml", "source: three models", "source: { document: newer, quote: three }"),
        "provider.yaml",
        ["unknown document 'newer'", "older"],
    ),
    "an unknown default document": (
        replaced("openapi.yaml", "x-document: page", "x-document: pages"),
        "openapi.yaml",
        ["unknown document 'pages'", "Did you mean 'page'?"],
    ),
    "no default document": (
        replaced("openapi.yaml", "x-document: page\n", ""),
        "openapi.yaml",
        ["has no x-document", "quotes by default"],
    ),
    "an unknown default model": (
        replaced("provider.yaml", "default: lantern-large", "default: lantern-huge"),
        "provider.yaml",
        ["unknown model 'lantern-huge'", "Did you mean 'lantern-large'?"],
    ),
    "a missing x-source": (
        replaced("openapi.yaml", ", x-source: what to show", ""),
        "openapi.yaml",
        ["createClip.prompt has no usable source", "Write x-source as a quote"],
    ),
    "a missing x-source on a response": (
        replaced("openapi.yaml", "          x-source: 400 for an invalid request\n", ""),
        "openapi.yaml",
        ["response 400 has no usable source", "Write x-source as a quote"],
    ),
    "a missing x-meaning": (
        replaced("openapi.yaml", "          x-meaning: invalid\n", ""),
        "openapi.yaml",
        ["createClip response 400", "x-meaning None", "One of: accepted"],
    ),
    "an unknown x-meaning": (
        replaced("openapi.yaml", "x-meaning: invalid", "x-meaning: unvalid"),
        "openapi.yaml",
        ["'unvalid'", "invalid"],
    ),
    "a price list whose names nobody reads": (
        replaced("provider.yaml", "per_second: 0.05", "catalogue: /skus"),
        "provider.yaml",
        ["prices", "'units' is a dependency of 'catalogue'"],
    ),
    "a pattern that is none": (
        replaced("provider.yaml", "per_second: 0.05", "catalogue: /skus, units: { second: '(' }"),
        "provider.yaml",
        ["prices/units/second", "'(' is not a 'regex'"],
    ),
    "tokens of which nobody knows how many there are": (
        replaced("provider.yaml", "per_second: 0.05", "catalogue: /skus, units: { token: tokens }"),
        "provider.yaml",
        ["prices", "'token' is a required property"],
    ),
    "bad YAML": (replaced("provider.yaml", "capabilities:", "capabilities: ["), "provider.yaml", ["is not YAML"]),
    "conflict marks": (
        replaced("provider.yaml", "title: Lantern\n", "<<<<<<< HEAD\ntitle: Lantern\n=======\ntitle: L\n>>>>>>> x\n"),
        "provider.yaml",
        ["merge-conflict", "resolve the conflict first"],
    ),
    "a tab": (
        replaced("provider.yaml", "  id: /id", "\tid: /id"),
        "provider.yaml",
        ["is not YAML", "cannot start any token"],
    ),
    "an empty file": (written("provider.yaml", ""), "provider.yaml", ["is empty"]),
    "an empty OpenAPI document": (written("openapi.yaml", ""), "openapi.yaml", ["is empty"]),
    "an OpenAPI document that is a list": (
        written("openapi.yaml", "[1]"),
        "openapi.yaml",
        ["is not a mapping with `paths`"],
    ),
    "an OpenAPI document without paths": (
        replaced("openapi.yaml", "\npaths:\n", "\nroutes:\n"),
        "openapi.yaml",
        ["paths"],
    ),
    "an operation without an operationId": (
        replaced("openapi.yaml", "      operationId: getClip\n", ""),
        "openapi.yaml",
        ["operationId", "/clips/{clip}"],
    ),
    "an operation without an accepted answer": (
        replaced(
            "openapi.yaml",
            "          x-meaning: accepted\n          x-source: 200 with",
            "          x-meaning: conflict\n          x-source: 200 with",
        ),
        "openapi.yaml",
        ["getClip", "accepted"],
    ),
    "a status that is no number": (
        replaced("openapi.yaml", '        "400":', "        default:"),
        "openapi.yaml",
        ["default"],
    ),
    "a status in other digits": (
        replaced("openapi.yaml", '        "400":', '        "4²0":'),
        "openapi.yaml",
        ["4²0"],
    ),
    "bytes": (written("openapi.yaml", b"\xff\xfe"), "openapi.yaml", ["is not UTF-8", "binary"]),
    "a missing OpenAPI document": (gone("openapi.yaml"), "openapi.yaml", ["No such file"]),
    "a missing catalogue": (gone("models.json"), "models.json", ["No such file"]),
    "a catalogue that is no JSON": (written("models.json", "[{'id': 1}]"), "models.json", ["is not JSON"]),
    "a catalogue entry without an id": (written("models.json", '[{"name": "x"}]'), "models.json", ["id"]),
    "a catalogue that is an object": (written("models.json", '{"data": []}'), "models.json", ["list"]),
    "two models with one id": (
        replaced("models.json", '"id": "lantern-small"', '"id": "lantern-large"'),
        "models.json",
        ["lantern-large", "twice"],
    ),
    "two dependencies with one id": (
        replaced(
            "provider.yaml", "  - id: three-keys\n    field: /keys\n", "  - id: one-key-a-moment\n    field: /keys\n"
        ),
        "provider.yaml",
        ["two claims have the id lantern.createClip.keys.one-key-a-moment", "another id"],
    ),
    "an unknown rule": (
        replaced("provider.yaml", "rule: at-most-one", "rule: at-most-on"),
        "provider.yaml",
        ["at-most-on", "at-most-one"],
    ),
    "a rule without what it needs": (
        replaced("provider.yaml", "    needs: /start_frame\n", ""),
        "provider.yaml",
        ["dependencies/0", "needs"],
    ),
    "a condition that is none": (
        replaced("provider.yaml", "needs: /start_frame", "needs: { at: /start_frame, equals: 1 }"),
        "provider.yaml",
        ["dependencies/0"],
    ),
    "a narrowing of no field": (
        replaced("provider.yaml", "field: /length, rule: enum", "field: /lenght, rule: enum"),
        "provider.yaml",
        ["/lenght is not a field of createClip"],
    ),
    "a regular expression that is none": (
        replaced("provider.yaml", 'regex: "^https://"', 'regex: "^https://("'),
        "provider.yaml",
        ["dependencies/13", "cannot be compiled", "specs/README.md lists"],
    ),
    "a regular expression that is none in the OpenAPI document": (
        replaced("openapi.yaml", "maxLength: 40", 'pattern: "["'),
        "openapi.yaml",
        ["lantern.createClip.music.pattern cannot be compiled"],
    ),
    "a report on an unknown claim": (
        replaced("reported.yaml", "length.enum", "lenght.enum"),
        "reported.yaml",
        ["unknown claim", "Did you mean 'lantern.createClip.length.enum'?"],
    ),
    "a contradiction that nothing computes": (
        replaced("contradictions.yaml", "  sides:", "  computed: lantern.createClip.noise.contradicts-x\n  sides:"),
        "contradictions.yaml",
        ["which nothing computes", "Computed are: none"],
    ),
    "another provider's name": (
        replaced("provider.yaml", "provider: lantern", "provider: torch"),
        "provider.yaml",
        ["says provider 'torch' in the folder 'lantern'"],
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(MINIATURE, tmp_path / "specs")
    return tmp_path / "specs"


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_spec_says_where_and_what_to_do(case: str, folder: Path) -> None:
    damage, file, says = BROKEN[case]
    damage(folder / "lantern")
    with pytest.raises(HarnessError) as caught:
        load("lantern", folder)
    assert isinstance(caught.value, SpecError | UnknownName)
    text = str(caught.value)
    assert file in text
    assert [words for words in says if words not in text] == [], text
    assert "Traceback" not in text
    assert len(text.splitlines()) <= 3


@pytest.mark.parametrize("case", ["a bad reference", "an unknown model", "conflict marks"])
def test_the_command_line_shows_the_same_message(
    case: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    BROKEN.get(case, BROKEN["an unknown default model"])[0](folder / "lantern")
    monkeypatch.setenv("HARNESS_SPECS", str(folder))
    assert main(["lint", "lantern"]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("harness: ")
    assert "Traceback" not in shown.err and "internal error" not in shown.err


def test_an_unknown_provider_is_answered_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'lantern'"):
        load("lanterne", folder)


def test_the_miniature_is_sound(folder: Path) -> None:
    assert list(faults(load("lantern", folder), known("lantern", folder).values())) == []


def test_a_contract_from_elsewhere_is_held_against_what_lies_beside_it(folder: Path) -> None:
    assert recorded(load("venice")) is not None
    shutil.copytree(ROOT / "specs" / "venice", folder / "venice")
    (folder / "venice" / "official.json").unlink()
    assert recorded(load("venice", folder)) is None


@pytest.mark.parametrize(
    "damage, says",
    [
        (
            replaced("quirks.yaml", "breaks: [lantern.createClip.length.enum]", "breaks: [lantern.createClip.nothing]"),
            "matches no claim",
        ),
        (replaced("inventory.yaml", "lantern.createClip.*", "lantern.createClip.prompt.*"), "no item leads to"),
        (replaced("inventory.yaml", "lantern.createClip.*", "lantern.makeClip.*"), "which is not a claim"),
        (replaced("inventory.yaml", "document: page", "document: nowhere"), "unknown document"),
        (gone("inventory.yaml"), "there is no inventory"),
    ],
)
def test_lint_finds_what_loading_does_not(damage: Damage, says: str, folder: Path) -> None:
    damage(folder / "lantern")
    found = list(faults(load("lantern", folder), known("lantern", folder).values()))
    assert any(says in fault for fault in found), found


def test_a_catalogue_may_have_the_form_of_any_provider() -> None:
    for provider in PROVIDERS:
        path = SPECS / provider / "models.json"
        entries = parse_json(path.read_text(encoding="utf-8"), where=named(path), error=SpecError)
        assert len({entry["id"] for entry in entries}) == len(entries)
