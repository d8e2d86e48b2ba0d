"""What comes to callback URLs, from the simulator's sending to the verdict, in process and over loopback."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import vcr.cassette
import vcr.persisters.filesystem
import vcr.serializers.yamlserializer
import yaml
from conftest import played

from harness.claim import Kind
from harness.cli import main
from harness.contract import load
from harness.errors import ConfigurationError, RecordingError, SpecError
from harness.exchange import load_recording, save_cassette
from harness.exchange.kept import packed
from harness.exchange.mailbox import FULL, TAKEN, UNKEPT
from harness.exchange.receiver import listening
from harness.interaction import Arrival, Interaction, Origin, Provenance
from harness.judge import judge
from harness.probe.plan import plan
from harness.run.budget import Caps
from harness.run.journal import Journal
from harness.run.listening import listen
from harness.run.sending import JournalReader
from harness.run.sources import simulated
from harness.simulator import chosen
from harness.simulator.server import serving
from harness.verdict import Outcome, Verdict

PREFIX = "openrouter.createVideos.callback_url."
SECRET = "whsec_of_a_test_0123"


@cache
def honest() -> tuple[Interaction, ...]:
    """The default model of a provider that documents everything about its webhooks."""
    return played("openrouter", (load("openrouter").default_model,))


def deliveries(interactions: tuple[Interaction, ...]) -> list[Interaction]:
    return [each for each in interactions if each.arrival is not None]


def judged(interactions: list[Interaction]) -> dict[str, Verdict]:
    found = judge(load("openrouter"), interactions)
    return {v.claim.id.removeprefix(PREFIX): v for v in found if v.claim.kind is Kind.WEBHOOK}


def outcomes(change: Callable[[Interaction], list[Interaction]]) -> dict[str, Outcome]:
    """The verdicts after every delivery was replaced."""
    changed = [new for each in honest() for new in (change(each) if each.arrival is not None else [each])]
    return {rule: verdict.outcome for rule, verdict in judged(changed).items()}


def with_body(delivery: Interaction, change: Callable[[dict[str, Any]], object]) -> list[Interaction]:
    body = json.loads(delivery.request.body)
    change(body)
    return [replace(delivery, request=replace(delivery.request, body=json.dumps(body).encode()))]


def test_claims_are_made_of_what_is_documented_and_of_nothing_else() -> None:
    rules = {
        provider: {c.rule for c in load(provider).claims.values() if c.kind is Kind.WEBHOOK}
        for provider in ("openrouter", "relaydance", "venice", "unified-v2")
    }
    assert rules == {
        "openrouter": {"notified", "addressed", "form", "same-state", "identified", "signed", "fresh"},
        "relaydance": {"notified", "form", "same-state"},
        "venice": set(),
        "unified-v2": set(),
    }


def test_an_honest_provider_passes_and_failed_jobs_are_told_of_too() -> None:
    sent = [each.request.json["type"] for each in deliveries(honest())]
    assert {"video.generation.completed", "video.generation.failed"} == set(sent)
    assert {verdict.outcome for verdict in judged(list(honest())).values()} == {Outcome.PASS}


def test_each_job_has_an_address_of_its_own() -> None:
    urls = [each.request.url for each in deliveries(honest())]
    assert len(set(urls)) == len(urls) >= 3


def test_a_recording_in_which_nobody_listened_says_nothing() -> None:
    assert set(outcomes(lambda _: []).values()) == {Outcome.UNTESTED}


def test_what_was_awaited_and_never_came_is_a_divergence_shown_by_the_submission() -> None:
    changed = [replace(i, response=None, failure="nothing came") if i.arrival else i for i in honest()]
    verdict = judged(changed)["notified"]
    assert verdict.outcome is Outcome.FAIL
    shown = verdict.divergences[0].interaction
    assert shown is not None and shown.arrival is None and b"callback_url" in shown.request.body


def test_what_may_have_come_and_been_turned_away_is_no_divergence() -> None:
    full = "nothing came, and 1 deliveries were turned away for want of room"
    changed = [replace(i, response=None, failure=full, gave_up=True) if i.arrival else i for i in honest()]
    verdict = judged(changed)["notified"]
    assert verdict.outcome is Outcome.INCONCLUSIVE and verdict.reason == full


def test_a_delivery_without_room_is_remembered_in_place_of_what_never_came() -> None:
    inbox = simulated(load("openrouter"), []).inbox
    assert inbox is not None
    inbox.ended(inbox.addressed({"callback_url": "https://x"}))
    inbox.mailbox.turn_away(FULL)
    (missing,) = inbox.settled()
    assert missing.gave_up and "1 deliveries were turned away" in str(missing.failure)


def test_a_repeated_delivery_under_the_same_id_is_no_divergence() -> None:
    assert set(outcomes(lambda delivery: [delivery, delivery]).values()) == {Outcome.PASS}


@pytest.mark.parametrize(
    "change",
    [
        lambda d: with_body(d, lambda body: body.pop("data")),
        lambda d: with_body(d, lambda body: body["data"].update(id="somebody-elses")),
        lambda d: with_body(d, lambda body: body.update(type="video.generation.expired")),
        lambda d: [replace(d, request=replace(d.request, method="PUT"))],
        lambda d: [replace(d, request=replace(d.request, body=b'{"type": '))],
    ],
    ids=["no job", "unknown job", "other name", "other method", "no JSON"],
)
def test_what_is_sent_in_another_form_diverges(change: Callable[[Interaction], list[Interaction]]) -> None:
    assert outcomes(change)["form"] is Outcome.FAIL


@pytest.mark.parametrize(
    "signature, outcome",
    [
        ("valid", Outcome.PASS),
        ("wrong", Outcome.FAIL),
        ("missing", Outcome.FAIL),
        ("malformed", Outcome.FAIL),
        ("unchecked", Outcome.INCONCLUSIVE),
        (None, Outcome.INCONCLUSIVE),
    ],
)
def test_a_signature_is_judged_by_what_came_of_it_on_arrival(signature: str | None, outcome: Outcome) -> None:
    received = deliveries(honest())[0].arrival
    assert received is not None
    found = outcomes(lambda d: [replace(d, arrival=Arrival(received=received.received, signature=signature))])
    assert found["signed"] is outcome


@pytest.mark.parametrize("age, outcome", [(0, "pass"), (300, "pass"), (301, "fail"), (-59, "pass"), (-3600, "fail")])
def test_a_signature_may_be_as_old_as_documented(age: int, outcome: str) -> None:
    def aged(delivery: Interaction) -> list[Interaction]:
        made = int(delivery.request.headers["x-openrouter-signature"].partition(",")[0].removeprefix("t="))
        return [replace(delivery, arrival=Arrival(received=made + age, signature="valid"))]

    assert outcomes(aged)["fresh"] == outcome


def test_deliveries_are_not_counted_as_requests_and_come_with_no_command(tmp_path: Path) -> None:
    save_cassette(tmp_path / "tape.yaml", [replace(i, arrival=i.arrival) for i in honest()])
    assert main(["judge", "openrouter", str(tmp_path / "tape.yaml"), "--out", str(tmp_path), "--format", "json"]) == 0
    (entry,) = json.loads((tmp_path / "report.json").read_text())["providers"]
    assert entry["requests"]["total"] == len(honest()) - len(deliveries(honest()))
    assert entry["requests"]["deliveries"] == len(deliveries(honest()))


def test_deliveries_survive_a_cassette_and_vcrpy_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    lost = replace(deliveries(honest())[0], response=None, failure="nothing came")
    save_cassette(path, [*honest(), lost])
    loaded = load_recording(path)
    assert [(i.request, i.arrival, i.response and i.response.status) for i in loaded if i.arrival] == [
        (i.request, i.arrival, i.response and i.response.status) for i in (*deliveries(honest()), lost)
    ]
    assert judged(loaded[:-1]).keys() == judged(list(honest())).keys()
    assert {v.outcome for v in judged(loaded[:-1]).values()} == {Outcome.PASS}
    read, _ = vcr.persisters.filesystem.FilesystemPersister.load_cassette(path, vcr.serializers.yamlserializer)
    assert len(read) == len(honest()) + 1


@pytest.mark.parametrize(
    "said, message",
    [
        ({"direction": "sent"}, "must be delivered or absent"),
        ({"direction": "delivered"}, "has no `received`"),
        ({"direction": "delivered", "received": "now"}, "must be a number"),
        ({"direction": "delivered", "received": -1}, "Unix seconds"),
        ({"direction": "delivered", "received": 1, "signature": "fine"}, "must be one of valid"),
        ({"received": 1}, "of deliveries only"),
    ],
)
def test_a_cassette_that_says_it_wrongly_is_refused(tmp_path: Path, said: dict[str, Any], message: str) -> None:
    path = tmp_path / "tape.yaml"
    save_cassette(path, deliveries(honest())[:1])
    document = yaml.safe_load(path.read_text())
    kept = document["interactions"][0]["harness"]
    for key in ("direction", "received", "signature"):
        kept.pop(key)
    kept.update(said)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    with pytest.raises(RecordingError, match=message):
        load_recording(path)


def test_the_secret_is_kept_nowhere_and_the_signature_is(tmp_path: Path) -> None:
    run = simulated(load("openrouter"), [])
    assert run.inbox is not None and run.inbox.secret is not None
    webhook = run.inbox
    path = webhook.mailbox.path()
    webhook.addressed({"callback_url": "https://example.com/webhook"})
    headers = {"x-openrouter-signature": "t=1,v1=ab", "authorization": "Bearer abc", "x-api-key": "k"}
    webhook.mailbox.take("POST", path.replace("/1", "/2"), headers, f'{{"echo": "{webhook.secret}"}}'.encode())
    (kept,) = webhook.arrived()
    assert kept.request.headers == {
        "x-openrouter-signature": "t=1,v1=ab",
        "authorization": "Bearer $KEY",
        "x-api-key": "$KEY",
    }
    assert webhook.secret not in repr(kept)


def test_requests_that_are_meant_to_be_refused_keep_their_own_address() -> None:
    sent = [i.request.json for i in honest() if i.purpose == "violating" and isinstance(i.request.json, dict)]
    given = [body["callback_url"] for body in sent if "callback_url" in body]
    assert given and not [url for url in given if "inbox.invalid" in str(url)]


@pytest.mark.slow
def test_a_run_over_loopback_gives_a_verdict_of_every_claim_and_the_cassette_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-of-a-test-0123456789")
    monkeypatch.setenv("OPENROUTER_WEBHOOK_SECRET", SECRET)
    assert _checked(tmp_path / "honest", []) == dict.fromkeys(judged([]), "pass")
    (tape,) = (tmp_path / "honest").glob("*.yaml")
    assert SECRET not in tape.read_text()
    again = judged(load_recording(tape))
    assert {rule: verdict.outcome.value for rule, verdict in again.items()} == _checked(tmp_path / "honest", None)


@pytest.mark.slow
def test_over_loopback_lies_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-of-a-test-0123456789")
    monkeypatch.setenv("OPENROUTER_WEBHOOK_SECRET", SECRET)
    quirks = ["webhook-signed-before-writing", "webhook-says-otherwise", "webhook-to-one-address"]
    found = _checked(tmp_path / "lies", quirks)
    assert {rule for rule, outcome in found.items() if outcome == "fail"} == {"signed", "same-state", "addressed"}


def _checked(folder: Path, quirks: list[str] | None) -> dict[str, str]:
    """Outcomes of the claims after a live run against a simulator; of the run before, if ``quirks`` is None."""
    contract = load("openrouter")
    if quirks is not None:
        with serving(contract, chosen("openrouter", quirks), SECRET) as base:
            main(
                ["check", "openrouter", "--live", "--base-url", base, "--allow-private", "--yes", "--budget", "5"]
                + ["--assume-price", "0.01", "--webhook-listen", "127.0.0.1:0", "--out", str(folder)]
                + ["--format", "json", "--random", "0", "--model", contract.default_model]
            )
    (entry,) = json.loads((folder / "report.json").read_text())["providers"]
    assert entry["source"]["provenance"] == "simulated"
    claims = {each["claim"]: each["outcome"] for each in entry["verdicts"] if each["kind"] == "webhook"}
    return {name.removeprefix(PREFIX): outcome for name, outcome in claims.items()}


@pytest.mark.parametrize(
    "place, message",
    [
        ("127.0.0.1:0,http://hooks.example.com", "begins with https://"),
        ("127.0.0.1:0,https://", "is no callback URL"),
        ("127.0.0.1:0,https://user:pass@hooks.example.com", "is no callback URL"),
        ("127.0.0.1:0,https://hooks.example.com/?a=b", "is no callback URL"),
        ("0.0.0.0:0", "cannot reach"),
    ],
)
def test_an_address_that_cannot_work_is_refused(place: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-of-a-test-0123456789")
    real = Provenance(origin=Origin.LIVE)
    with pytest.raises(ConfigurationError) as fault:
        listen(load("openrouter"), "http://127.0.0.1:9", listening(place), token="a-token-of-a-test", provenance=real)
    assert message in str(fault.value)
    assert "--webhook-listen" in str(fault.value)


def test_the_simulator_in_process_needs_no_receiver(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "relaydance", "--simulated", "--webhook-listen", "127.0.0.1:0"]) == 2
    assert "--webhook-listen needs --live" in capsys.readouterr().err


def test_an_interrupted_run_keeps_what_came() -> None:
    contract = load("openrouter")
    run = simulated(contract, [])
    assert run.inbox is not None
    closed: list[bool] = []
    came: list[bool] = []
    run.inbox.close = lambda: closed.append(True)

    def interrupted(_: Interaction) -> None:
        if run.inbox is not None and run.inbox._came and not came:
            came.append(True)
            raise KeyboardInterrupt

    run.heard = interrupted
    with pytest.raises(KeyboardInterrupt):
        run.go(plan(contract, models=[contract.default_model], simulated=True))
    assert closed == [True]
    assert deliveries(tuple(run.interactions))


def test_a_delivery_is_written_down_before_its_sender_may_forget_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite", patience=0.0)
    journal.start("r", created="2026-01-01T00:00:00Z", caps=Caps(run=1.0), settings={})
    inbox = simulated(load("openrouter"), []).inbox
    assert inbox is not None
    inbox.keep = JournalReader(journal, "r", "openrouter", lambda: 1.0).arrived
    address = inbox.addressed({"callback_url": "https://example.com/webhook"})["callback_url"]
    path = address.removeprefix(inbox.base)
    with closing(sqlite3.connect(journal.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert inbox.mailbox.take("POST", path, {}, b"{}") == UNKEPT
        other.execute("ROLLBACK")
    assert (inbox.mailbox.turned_away, list(inbox.arrived())) == ({UNKEPT: 1}, [])
    assert inbox.mailbox.take("POST", path, {}, b"{}") == TAKEN
    (row,) = journal.steps("r", "openrouter")
    assert [row.interaction] == [packed(each) for each in inbox.arrived()]


def test_what_comes_to_an_address_that_the_run_has_not_come_to_again_is_asked_for_later() -> None:
    inbox = simulated(load("openrouter"), []).inbox
    assert inbox is not None
    inbox.given_out({"callback_url": f"{inbox.base}/no-real-token/7"})
    assert inbox.mailbox.take("POST", "/no-real-token/6", {}, b"{}") == UNKEPT
    assert inbox.mailbox.take("POST", "/no-real-token/7", {}, b"{}") == TAKEN


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda t: t.replace('form: "t={timestamp},v1={signature}"', 'form: "t={timestamp}"'), "not one {signature}"),
        (lambda t: t.replace("algorithm: hmac-sha256", "algorithm: md5"), "md5"),
        (lambda t: t.replace('is: "{job}-{status}"', 'is: "{job}-{nonce}"'), "does not match"),
        (lambda t: t.replace("  status: /data/status\n", "  state: /data/status\n"), "unknown key 'state'"),
    ],
)
def test_a_spec_that_describes_webhooks_wrongly_is_refused(
    change: Callable[[str], str], message: str, tmp_path: Path
) -> None:
    folder = tmp_path / "specs" / "openrouter"
    folder.mkdir(parents=True)
    for path in (Path(__file__).parent.parent / "specs" / "openrouter").iterdir():
        text = path.read_text(encoding="utf-8")
        (folder / path.name).write_text(change(text) if path.name == "provider.yaml" else text, encoding="utf-8")
    with pytest.raises(SpecError, match="provider.yaml") as fault:
        load("openrouter", folder.parent)
    assert message in str(fault.value)
