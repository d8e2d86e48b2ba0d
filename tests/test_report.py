"""The report: its shape, its order, its exchanges, and that every format takes every report."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from entries import entries
from formats import assert_wellformed, validator
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from reports import claim, contract, diverging, entry_of, hostile, interaction, reported, request, sample
from words import HOSTILE

from harness.claim import Kind, Level
from harness.errors import RecordingError
from harness.interaction import MediaFacts, Origin, Provenance, Request, Response
from harness.report import FORMATS, load, text
from harness.report import html as page
from harness.report.evidence import curl, shown_request, shown_response
from harness.report.json_format import schema
from harness.report.safe import block, cell, code, fence, plain, storable
from harness.verdict import Direction, Outcome, Verdict


def test_a_report_has_the_shape_that_is_published() -> None:
    validator().validate(sample())


def test_what_is_required_is_what_the_design_promises() -> None:
    defs = schema()["$defs"]
    assert set(schema()["required"]) == {"report_version", "harness_version", "generated_at", "providers"}
    assert set(defs["entry"]["required"]) == {"provider", "source", "counts", "requests", "verdicts"}
    assert set(defs["verdict"]["required"]) == set(
        ["claim", "operation", "pointer", "kind", "level", "model", "statement"]
        + ["source", "outcome", "reason", "divergences"]
    )
    assert set(defs["divergence"]["required"]) == (
        {"direction", "summary", "expected", "observed", "interaction", "request", "response", "curl", "provenance"}
    )
    assert set(defs["entry"]["properties"]["counts"]["required"]) == {outcome.value for outcome in Outcome}
    assert defs["verdict"]["properties"]["kind"]["enum"] == [kind.value for kind in Kind]
    assert defs["divergence"]["properties"]["direction"]["enum"] == [direction.value for direction in Direction]


def test_real_evidence_comes_first_and_providers_are_in_alphabetical_order() -> None:
    made = reported(
        entry_of([], [interaction(Origin.SIMULATED)], Origin.SIMULATED, contract=contract("acme")),
        entry_of([], [interaction()], contract=contract("zeta")),
        entry_of([], [interaction(Origin.PUBLISHED)], Origin.PUBLISHED, contract=contract("beta")),
        entry_of([], [interaction()], contract=contract("beta")),
    )
    order = [(each["provider"], each["source"]["provenance"]) for each in made["providers"]]
    assert order == [("beta", "live"), ("beta", "published"), ("zeta", "live"), ("acme", "simulated")]


def test_evidence_of_another_provenance_is_never_mixed_in() -> None:
    with pytest.raises(ValueError, match="simulated"):
        entry_of([], [interaction(), interaction(Origin.SIMULATED)])
    with pytest.raises(ValueError, match="simulated"):
        entry_of([diverging(interaction(Origin.SIMULATED))], [interaction()])


def test_an_entry_counts_outcomes_requests_and_dates() -> None:
    refused = interaction(response=Response(status=400), provenance=Provenance(origin=Origin.LIVE, date="2026-11-02"))
    poll = interaction(request=Request(method="GET", url="https://api.example.com/v1/videos/1"))
    odd = interaction(request=Request(method="GET", url="http://[broken"))
    made = entry_of(
        [diverging(interaction())], [refused, poll, odd, interaction()], extra={"waived": 2, "provider": "x"}
    )
    assert made["requests"] == {"total": 4, "answered": 4, "submitted": 2, "accepted": 1, "cost_usd": 0.5}
    assert made["counts"] == {
        "pass": 0,
        "fail": 1,
        "inconclusive": 0,
        "untested": 0,
        "not-applicable": 0,
        "error": 0,
    }
    assert made["source"] == {
        "mode": "recorded",
        "provenance": "live",
        "base_url": "https://api.example.com/v1",
        "recorded": "2026-10-01 to 2026-11-02",
    }
    assert (made["waived"], made["provider"], made["exclusions"]) == (2, "acme", 1)


def test_no_more_divergences_are_spelled_out_than_a_reader_needs() -> None:
    (verdict,) = entry_of([diverging(interaction(), times=9)])["verdicts"]
    assert len(verdict["divergences"]) == 5
    assert verdict["divergence_count"] == 9


def test_a_divergence_carries_the_whole_exchange() -> None:
    (verdict,) = entry_of([diverging(interaction())])["verdicts"]
    assert verdict["divergences"] == [
        {
            "direction": "accepts-forbidden",
            "summary": "7 was accepted",
            "expected": "400",
            "observed": "200",
            "provenance": "live",
            "interaction": "cassette#1",
            "elapsed": 0.25,
            "request": {
                "method": "POST",
                "url": "https://api.example.com/v1/videos",
                "headers": {"content-type": "application/json", "authorization": "Bearer $KEY"},
                "body": {"duration": 7},
                "marks": ["/duration"],
            },
            "response": {"status": 200, "headers": {"content-type": "application/json"}, "body": {"id": "j1"}},
            "failure": None,
            "curl": "curl --globoff -X POST https://api.example.com/v1/videos -H 'content-type: application/json' "
            '-H "Authorization: Bearer $ACME_API_KEY" --data-raw \'{"duration": 7}\'',
            "origin": {"date": "2026-10-01T10:00:00Z", "base_url": "https://api.example.com/v1"},
        }
    ]


def test_bodies_that_are_not_json_or_too_long_are_shortened_and_say_so() -> None:
    told = shown_response(Response(status=500, body=b"<html>" + b"x" * 5_000))
    assert len(told["body"]) == 2_000
    assert "5,006 characters" in told["note"] and "not JSON" in told["note"]
    long = shown_request(request(json.dumps({"image": "A" * 5_000, "n": 1}).encode()))
    assert long["body"]["image"].endswith("… (5,000 characters)") and long["body"]["n"] == 1
    many = shown_response(Response(status=200, body=json.dumps(list(range(20_000))).encode()))
    assert len(many["body"]) == 2_000 and "too long" in many["note"]
    media = MediaFacts(size=3, sha256="00", container="mp4", duration=4.0)
    assert shown_response(Response(status=200, media=media))["media"] == {
        "size": 3,
        "sha256": "00",
        "container": "mp4",
        "duration": 4.0,
    }


@pytest.mark.parametrize(
    ("kept", "sent"),
    [
        ("Bearer $KEY", '-H "Authorization: Bearer $ACME_API_KEY"'),
        ("Bearer $WRONG_KEY", "-H 'Authorization: Bearer not-a-key'"),
        ("Basic $KEY", "-H 'Authorization: Basic bm90LWEta2V5'"),
        ("Bearer sk-leaked-0123456789", "-H 'Authorization: [removed]'"),
    ],
)
def test_a_command_authorizes_as_the_request_did(kept: str, sent: str) -> None:
    made = interaction(request=request(headers={"authorization": kept, "content-type": "a/b"}))
    assert f" {sent} " in (curl(made, "ACME_API_KEY") or "")
    assert "leaked" not in json.dumps(shown_request(made.request))


def test_a_request_without_authorization_is_repeated_without() -> None:
    assert "uthorization" not in (curl(interaction(request=request(headers={})), "ACME_API_KEY") or "")


def test_a_command_never_reads_files_or_leaves_the_web() -> None:
    local = interaction(request=request(url="file:///etc/passwd"))
    assert curl(local, "K") is None
    assert curl(interaction(request=request(method="-o x")), "K") is None
    sly = curl(interaction(request=request(b"@/etc/passwd", headers={"@/etc/passwd": "x", "x": "1\r\ny: 2"})), "K")
    assert sly is not None
    assert arguments(sly)[4:] == [b"-H", b"x: 1y: 2", b"-H", b"Content-Type:", b"--data-raw", b"@/etc/passwd"]


def test_a_body_too_long_for_a_command_is_read_from_a_file() -> None:
    command = curl(interaction(request=request(b'"' + b"x" * 30_000 + b'"')), "K")
    assert command is not None and len(command) < 1_000
    assert command.startswith(
        "# The body (30,002 bytes) is too long to show: save it from cassette#1 as request-body\n"
    )
    assert command.endswith("--data-binary @request-body")


def arguments(command: str) -> list[bytes]:
    """What a POSIX shell would hand to curl; ``@-`` is replaced by what would come over standard input."""
    fake = """curl() { printf '%s\\0' "$@" >args; case "$*" in *' --data-binary @-') cat >body;; esac; }\n"""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["sh", "-c", fake + command], capture_output=True, env={"K": "key"}, cwd=folder, check=True
        )
        assert not done.stdout + done.stderr
        given = Path(folder, "args").read_bytes().split(b"\0")[:-1]
        return [*given[:-1], Path(folder, "body").read_bytes()] if given[-2:] == [b"--data-binary", b"@-"] else given


@settings(max_examples=20, deadline=None)
@given(
    st.binary(min_size=1, max_size=60) | st.text(min_size=1, max_size=60).map(lambda t: t.encode("utf-8", "replace"))
)
@example(b'{"a": "\xe2\x80\xae"}')
@example(b"@-")
@example(b"-%s\\n'\"$(reboot)`\x00\xff\r\n")
def test_a_command_sends_the_same_body(body: bytes) -> None:
    command = curl(interaction(request=request(body)), "K")
    assert command is not None
    sent = arguments(command)
    assert b"Authorization: Bearer key" in sent
    assert sent[-1] == body or json.loads(sent[-1]) == json.loads(body)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(entries(), max_size=3))
def test_every_format_takes_every_report(given: list[dict[str, Any]]) -> None:
    made = reported(*given)
    validator().validate(made)
    bare = json.loads(FORMATS["json"](made))
    strip(bare, schema())
    validator().validate(bare)
    for form in FORMATS.values():
        assert form(made) == form(made)
        form(made).encode("utf-8")
        form(bare).encode("utf-8")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text.render(made))
    assert_wellformed(page.render(made))


def strip(value: Any, rule: Mapping[str, Any]) -> None:
    """Take out every field that the schema does not require, as another writer may leave them out."""
    if "$ref" in rule:
        strip(value, schema()["$defs"][rule["$ref"].rpartition("/")[2]])
    elif isinstance(value, list):
        for each in value:
            strip(each, rule.get("items", {}))
    elif isinstance(value, dict) and "required" in rule:
        for key in set(value) - set(rule["required"]):
            del value[key]
        for key, each in value.items():
            strip(each, rule["properties"][key])


def test_markup_from_a_server_stays_text() -> None:
    rendered = page.render(hostile())
    assert_wellformed(rendered)
    assert rendered.count("<script") == rendered.count("</script") == 2 and "<img" not in rendered
    assert "&lt;script&gt;alert(1)" in rendered
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e\u2066]", rendered)
    assert len(rendered) < 100_000


def test_the_page_allows_its_own_style_and_script_and_nothing_else() -> None:
    rendered = page.render(sample())
    style = rendered.partition("<style>")[2].partition("</style>")[0]
    script = rendered.partition("<script>")[2].partition("</script>")[0]
    digest, digest_of_script = (
        base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in (style, script)
    )
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', rendered)
    assert policy is not None
    assert policy[1] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; script-src 'sha256-{digest_of_script}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "innerHTML" not in script and "eval" not in script and "fetch(" not in script
    assert "url(" not in style and "@import" not in style


def test_the_page_links_to_the_web_only() -> None:
    rendered = page.render(sample())
    assert 'href="https://example.com/issue"' in rendered
    assert "javascript:" not in rendered and "a trap" in rendered
    assert page.link("HTTPS://x/y") and not page.link("data:text/html,x") and not page.link(None)


def test_the_page_says_where_evidence_is_from() -> None:
    rendered = page.render(sample())
    assert rendered.index("LIVE</span>") < rendered.index("PUBLISHED</span>") < rendered.index("SIMULATED</span>")
    assert "Demonstration: the harness&#39;s own simulator, not the provider" in rendered
    assert "Simulated evidence only" not in rendered
    alone = reported(entry_of([], [interaction(Origin.SIMULATED)], Origin.SIMULATED))
    assert "Simulated evidence only" in page.render(alone)
    assert "Simulated evidence only" in text.render(alone)


def test_a_claim_has_one_stable_anchor_for_each_provenance() -> None:
    rendered = page.render(sample())
    for provenance in ("live", "published", "simulated"):
        assert rendered.count(f'id="{provenance}:acme.createVideo.duration.enum"') == 1
    assert page.anchor("live", "a b\x00[]") == "live:a_b_[]"


def test_a_large_report_stays_small_enough_to_open() -> None:
    many = [
        Verdict(claim=claim(f"acme.createVideo.metadata.content.field{i}.enum@some-model-{i}"), outcome=Outcome.PASS)
        for i in range(2_950)
    ]
    failed = [diverging(interaction(), claim(f"acme.createVideo.field{i}.enum"), times=9) for i in range(50)]
    rendered = page.render(reported(entry_of(many + failed)))
    assert len(rendered.encode()) < 2_000_000


def test_the_summary_fits_a_screen() -> None:
    everything = [entry_of([diverging(interaction(), claim(f"acme.createVideo.{i}")) for i in range(30)])]
    for provider in ("beta", "gamma", "zeta"):
        everything.append({**everything[0], "provider": provider})
    lines = text.render(reported(*everything)).splitlines()
    assert len(lines) <= 40
    assert all(len(line) <= 100 for line in lines)
    assert lines.count("    … and 28 more: another --format shows all") == 4


def test_the_summary_of_one_provider_shows_the_worst_first() -> None:
    assert text.render(sample()).startswith(
        """\
Conformance report  2026-11-21T12:00:00Z, harness 0.1.0
3 observed divergences.

acme  LIVE https://api.example.com/v1 recorded 2026-10-01
  5 claims: 1 error, 2 fail, 1 pass, 1 untested; 8 requests, 8 of 8 submissions accepted, $0.50
  MUST Accepts what the documentation forbids (1)
    acme.createVideo.duration.enum  7 was accepted
  SHOULD Accepts a setting, then ignores it (1)
    acme.createVideo.a  7 was accepted
  reported in public, not judged here: 2 divergences on 1 claim
  1 error: our own fault
  1 untested: nothing reached it

acme  PUBLISHED — exchanges others made public, 2026-10-01
"""
    )
    assert "Demonstration" in text.render(sample())


def test_contradictions_about_a_value_come_before_those_about_nothing_in_particular() -> None:
    said = {"kind": Kind.CONTRADICTION, "level": Level.SHOULD}
    of = [("acme.x.body.contradicts-statuses", ()), ("acme.x.size.contradicts-list", ("size",))]
    found = [diverging(None, claim(name, tokens=at, **said), direction=Direction.CONTRADICTION) for name, at in of]
    shown = text.render(reported(entry_of(found)))
    assert shown.index("acme.x.size.contradicts-list") < shown.index("acme.x.body.contradicts-statuses")


@pytest.mark.parametrize(
    ("status", "said"),
    [(200, "1 request; of 1 for a video, 1 was accepted,"), (400, "1 request; of 1 for a video, none was accepted,")],
)
def test_the_page_counts_requests_in_plain_english(status: int, said: str) -> None:
    made = entry_of([diverging(interaction(response=Response(status=status)))])
    assert said in " ".join(page.render(reported(made)).split())


def test_money_that_is_zero_is_left_out_but_for_the_budget_and_what_was_spent() -> None:
    kept = {"budget": 1.0, "planned": 0.9, "spent": 0.0, "reserved": 0.1, "unknown": 0.0, "refunded": 0.0}
    made = reported(entry_of([diverging(interaction())], mode="live", extra={"money": kept}))
    shown = text.render(made)
    assert "  money: $1.00 budget, $0.90 planned at most, $0.00 spent, $0.10 still set aside\n  MUST" in shown
    lost = reported(entry_of([diverging(interaction())], extra={"money": kept | {"unknown": 0.1}}))
    assert "$0.10 of that, for requests of unknown outcome" in text.render(lost)


def test_colour_only_if_asked_for() -> None:
    assert "\x1b" not in text.render(hostile())
    coloured = text.render(hostile(), color=True)
    assert re.sub(r"\x1b\[[0-9;]+m", "", coloured) == text.render(hostile())


@pytest.mark.parametrize("columns", [70, 80])
def test_a_narrow_terminal_is_kept_to_and_what_is_said_of_a_long_claim_stands_below_it(columns: int) -> None:
    long = claim("acme.createVideo." + "metadata." * 4 + "enum")
    made = reported(entry_of([diverging(interaction(), long, summary="7 was accepted, and 9 was as well")]))
    lines = text.render(made, columns=columns, whole="a/folder/" * 20).splitlines()
    place = lines.index(f"    {long.id}")
    assert lines[place + 1].startswith("      7 was accepted, and")
    assert all(len(line) <= columns for line in lines if "curl" not in line)
    assert f"    {long.id}  7 was accepted" in text.render(made)
    many = reported(entry_of([diverging(interaction(), claim(f"acme.x.{i}")) for i in range(40)]))
    shown = text.render(many, columns=columns, whole="a/folder/" * 20)
    assert f"more: {'a/folder/' * 20}\n" in shown, "a path is copied, so that it stands whole"


def test_wide_characters_count_twice() -> None:
    made = reported(entry_of([diverging(interaction(), summary="漢" * 200)]))
    (line,) = [each for each in text.render(made).splitlines() if "漢" in each]
    assert line.endswith("…") and len(line) < 75


def test_nothing_judged_is_said() -> None:
    empty = reported()
    validator().validate(empty)
    assert "Nothing was judged." in text.render(empty) and "Nothing was judged." in page.render(empty)


def test_a_report_read_back_is_the_same_report(tmp_path: Path) -> None:
    for made in (sample(), hostile()):
        path = tmp_path / "report.json"
        path.write_text(FORMATS["json"](made), encoding="utf-8")
        assert load(path) == made
        assert FORMATS["json"](load(path)) == FORMATS["json"](made)
        assert path.read_text(encoding="utf-8").isascii()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("{", "truncated"),
        ("[1, 2]", "not a harness report"),
        ('{"version": 1}', "no report_version"),
        ('{"report_version": 2}', "report_version 2; this harness reads version 1"),
        ('{"report_version": "1\\u001b[31m"}', "this harness reads version 1"),
        ('{"report_version": 1}', "'harness_version' is a required property"),
        ("report: yes", "is not JSON"),
        ('{"report_version": 1, "report_version": 1}', "twice"),
        ('{"report_version": NaN}', "NaN"),
    ],
)
def test_a_file_that_is_no_report_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RecordingError, match=re.escape(message)) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_truncated_report_or_one_with_a_broken_field_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    whole = FORMATS["json"](sample())
    for part in (0.1, 0.5, 0.9):
        path.write_text(whole[: int(len(whole) * part)], encoding="utf-8")
        with pytest.raises(RecordingError):
            load(path)
    made = sample()
    made["providers"][0]["verdicts"][0]["outcome"] = "\x1b[2Jgreat"
    path.write_text(FORMATS["json"](made), encoding="utf-8")
    with pytest.raises(RecordingError, match=r"\$\.providers\[0\]\.verdicts\[0\]\.outcome") as caught:
        load(path)
    assert "\x1b" not in str(caught.value)


def test_missing_folders_and_bytes_are_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        load(tmp_path / "none.json")
    with pytest.raises(RecordingError, match="is a folder"):
        load(tmp_path)
    (tmp_path / "video.json").write_bytes(b"\x00\xff\xfe")
    with pytest.raises(RecordingError, match="not UTF-8"):
        load(tmp_path / "video.json")


@settings(deadline=None)
@given(st.text(alphabet=st.characters(), max_size=50) | st.just(HOSTILE), st.integers(1, 40))
def test_plain_text_is_one_harmless_line(given: str, limit: int) -> None:
    line = plain(given, limit)
    assert len(line) <= limit
    assert "\n" not in line and "\x1b" not in line
    line.encode("utf-8")
    block(given, limit).encode("utf-8")


def test_escape_sequences_vanish_whole() -> None:
    assert plain("a\x1b[31mred\x1b[0m \x1b]8;;http://x\x1b\\link\x1b]8;;\x07\x9b2Jb") == "ared linkb"
    assert plain("kept \x1b]0;unfinished title") == "kept 0;unfinished title"
    assert block("a\u202eb\x00\tc\nd") == "a\\u202eb\\u0000\tc\nd"
    assert plain("x" * 10_000_000, 10) == "xxxxxxxxx…"


@pytest.mark.parametrize(
    "given, span",
    [
        ("@team #1", "`@team #1`"),
        ("a`b``c", "```a`b``c```"),
        ("`x`", "`` `x` ``"),
        ("a\nb\x1b[2J", "`a b`"),
        ("", "(none)"),
    ],
)
def test_nothing_ends_a_code_span(given: str, span: str) -> None:
    assert code(given) == span
    assert fence(given, least=3) == "```"


def test_no_bar_ends_a_cell_and_no_line_ends_a_fence() -> None:
    assert cell("a|b`c") == "``a¦b`c``"
    assert fence("````", least=3) == "`````"


def test_what_is_stored_is_json_and_utf8() -> None:
    made = storable({"a\ud800": (float("inf"), {"z", "b"}, Level.MUST, b"x"), 1: None})
    assert made == {"a\ufffd": ["inf", ["b", "z"], "MUST", "b'x'"], "1": None}
