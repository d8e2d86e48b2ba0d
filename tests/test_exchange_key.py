"""A key that cannot be sent, or cannot be kept secret, is refused before a run begins."""

from __future__ import annotations

from argparse import Namespace

import pytest

from harness.cli import main
from harness.cli.leak_check import keys
from harness.errors import ConfigurationError
from harness.exchange.key import key_of, secret_of

KEY = "sk-test-0123456789abcdef"


@pytest.mark.parametrize("held", [KEY, KEY + "\n", KEY + "\r\n", KEY + "\n\n"])
def test_a_line_end_behind_a_key_is_none_of_it(held: str) -> None:
    assert key_of({"A": held}, "A") == KEY


@pytest.mark.parametrize("held", [{}, {"A": ""}, {"A": "\n"}])
def test_nothing_is_no_key(held: dict[str, str]) -> None:
    assert key_of(held, "A") == ""


@pytest.mark.parametrize(
    ("held", "fault"),
    [
        (f"{KEY}\nsecond", "holds a line end"),
        (f"\r{KEY}", "holds a line end"),
        (f"{KEY}\0", r"holds a control character \(U\+0000\)"),
        (f"a\t{KEY}", r"holds a control character \(U\+0009\)"),
        (f" {KEY}", "holds a space at one of its ends"),
        (f"{KEY} \n", "holds a space at one of its ends"),
        (f"{KEY}\udcff", "holds bytes that are not UTF-8"),
        ("Zq7#pw9", "holds a secret of 6 letters and digits"),
        ("Zq7@#/-ключ-+=:;pw9", "holds a secret of 6 letters and digits"),
    ],
)
def test_what_is_no_key_is_refused_without_being_shown(held: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=f"SOME_KEY {fault}") as caught:
        key_of({"SOME_KEY": held}, "SOME_KEY")
    assert held.strip() not in str(caught.value)


@pytest.mark.parametrize("held", [f"{KEY}\nsecond", "Zq7#pw9"])
def test_a_run_with_such_a_key_does_not_begin(
    held: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNIFIED_V2_API_KEY", held)
    words = ["check", "unified-v2", "--live", "--base-url", "http://127.0.0.1:1", "--allow-private", "--yes"]
    assert main([*words, "--budget", "1", "--assume-price", "0.01"]) == 2
    assert "UNIFIED_V2_API_KEY holds a" in capsys.readouterr().err


@pytest.mark.parametrize("held", [KEY + "\n", f" {KEY}"])
def test_a_secret_that_is_in_no_header_may_have_spaces_at_its_ends(held: str) -> None:
    assert secret_of({"A": held}, "A") == held.rstrip("\n")


def test_a_leak_is_looked_for_as_the_key_stands_there_and_as_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIFIED_V2_API_KEY", KEY + "\n")
    assert keys(Namespace(provider=["unified-v2"])) == [KEY + "\n", KEY]
