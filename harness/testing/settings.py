"""What a pytest session was asked to hold providers to: the command line, and ``[tool.harness]`` of pyproject.toml."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import ConfigurationError, UnknownName

FAIL_ON = ("must", "should", "never")
#: The keys of ``[tool.harness]`` and what each holds.
_KEYS: Mapping[str, tuple[type, str]] = {
    "providers": (list, 'a list of provider ids: ["NAME"]'),
    "cassettes": (str, 'a folder with one folder of recordings per provider: "tests/cassettes"'),
    "waivers": (str, 'a file: "waivers.yaml"'),
    "fail_on": (str, f"one of {', '.join(FAIL_ON)}"),
    "models": (list, "a list of model ids, of live runs"),
    "assume_price": (float, "USD for one job, of live runs"),
    "out": (str, 'a folder for what live runs leave: "harness-report"'),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What a live run may do; nothing is sent without ``budget``, in USD."""

    budget: float
    base_url: str | None = None
    allow_private: bool = False
    models: tuple[str, ...] = ()
    assume_price: float | None = None
    out: Path = Path("harness-report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``cassettes`` None for the shipped ones; ``live`` None for replay.

    ``named``: the providers stand on the command line, and not in a file that every start of pytest reads.
    """

    providers: tuple[str, ...] = ()
    named: bool = False
    cassettes: Path | None = None
    waivers: Path | None = None
    fail_on: str = "must"
    live: Live | None = None


def table(file: Path) -> Mapping[str, Any]:
    """``[tool.harness]`` of a pyproject.toml, checked; empty where there is none. Raises ConfigurationError."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    if "harness" not in text:
        return {}
    try:
        said = tomllib.loads(text).get("tool", {}).get("harness", {})
    except tomllib.TOMLDecodeError as fault:
        raise ConfigurationError(f"is no TOML: {fault}", where=str(file)) from None
    where = f"{file} [tool.harness]"
    if not isinstance(said, dict):
        raise ConfigurationError("is no table", where=where)
    for key, given in said.items():
        if key not in _KEYS:
            raise UnknownName("key", key, _KEYS, where=where)
        kind, meant = _KEYS[key]
        fits = isinstance(given, kind) or (kind is float and isinstance(given, int) and not isinstance(given, bool))
        if not fits or (kind is list and not all(isinstance(each, str) for each in given)):
            raise ConfigurationError(f"{key} = {given!r} is not {meant}", where=where)
    if said.get("fail_on", "must") not in FAIL_ON:
        raise UnknownName("level", said["fail_on"], FAIL_ON, where=f"{where} fail_on")
    return dict(said)


def settings(given: Mapping[str, Any], said: Mapping[str, Any], root: Path) -> Settings:
    """The options (by name, None where not given) over the table. Paths of the table are relative to ``root``.

    Recordings that the table names are for replay. Raises ConfigurationError for an option without its partner.
    """
    named = tuple(given["provider"] or ())
    if given["live"] and given["cassettes"]:
        raise ConfigurationError(
            "--harness-live and --harness-cassettes exclude each other", hint="Leave one of them out."
        )
    return Settings(
        providers=tuple(dict.fromkeys(named or said.get("providers", ()))),
        named=bool(named),
        cassettes=None if given["live"] else _path(given["cassettes"], said.get("cassettes"), root),
        waivers=_path(given["waivers"], said.get("waivers"), root),
        fail_on=given["fail_on"] or said.get("fail_on", "must"),
        live=_live(given, said, root),
    )


def _live(given: Mapping[str, Any], said: Mapping[str, Any], root: Path) -> Live | None:
    if not given["live"]:
        for name in ("yes_spend_money", "budget", "base_url", "allow_private", "model", "assume_price"):
            if given[name]:
                raise ConfigurationError(
                    f"{_option(name)} is for live runs", hint="Leave it out, or add --harness-live."
                )
        return None
    lacking = [name for name in ("yes_spend_money", "budget") if not given[name]]
    if lacking:
        raise ConfigurationError(
            f"--harness-live also needs {' and '.join(map(_option, lacking))}",
            hint="A live run sends requests that cost money: say so, and how much in USD it may cost at most.",
        )
    if not (given["provider"] or said.get("providers")):
        raise ConfigurationError("--harness-live names no provider", hint="Add --harness-provider NAME.")
    assumed = given["assume_price"] if given["assume_price"] is not None else said.get("assume_price")
    return Live(
        budget=_usd("budget", given["budget"]),
        base_url=given["base_url"],
        allow_private=bool(given["allow_private"]),
        models=tuple(given["model"] or said.get("models", ())),
        assume_price=None if assumed is None else _usd("assume_price", assumed),
        out=_path(None, said.get("out", "harness-report"), root) or root,
    )


def _usd(name: str, given: Any) -> float:
    try:
        amount = float(given)
    except ValueError:
        amount = math.nan
    if not (math.isfinite(amount) and amount > 0):
        raise ConfigurationError(f"{_option(name)} {given!r} is not an amount in USD above zero")
    return amount


def _path(given: str | None, said: str | None, root: Path) -> Path | None:
    if given is not None:
        return Path(given).absolute()
    return root / said if said is not None else None


def _option(name: str) -> str:
    return f"--harness-{name.replace('_', '-')}"
