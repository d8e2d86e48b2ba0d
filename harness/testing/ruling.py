"""What the evidence on one claim comes to as the outcome of a test. Pure; entries are those of report.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.claim import Level
from harness.gate import FAIL_ON, real
from harness.json_text import Json
from harness.report import order, words
from harness.report.junit import told
from harness.report.safe import plain
from harness.verdict import Outcome

#: An entry, and its verdict on the claim in question.
Held = tuple[Json, Json]


class Fate(StrEnum):
    """How a test ends."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """``why`` is one line; ``text`` is all there is to say, and empty of what passed or was not reached.

    ``verdict`` and ``entry`` are what decided; None where nothing may.
    """

    fate: Fate
    why: str
    text: str = ""
    entry: Json | None = None
    verdict: Json | None = None

    @property
    def waived(self) -> str | None:
        """Why a divergence is known and let be; None where it is not."""
        said = self.verdict.get("waived") if self.verdict is not None else None
        if said is None:
            return None
        return plain(f"{said['reason']} ({said['link']}, {said['owner']}, until {said['expires']})")

    @property
    def properties(self) -> Sequence[tuple[str, str]]:
        """For JUnit."""
        if self.verdict is None or self.entry is None:
            return ()
        source = self.verdict["source"]
        said = {
            "claim": self.verdict["claim"],
            "level": self.verdict["level"],
            "kind": self.verdict["kind"],
            "outcome": self.verdict["outcome"],
            "provenance": self.entry["source"]["provenance"],
            "source": f"{source['document']} ({source['revision']})",
            "quote": source["quote"],
        }
        if self.verdict["outcome"] == Outcome.FAIL:
            said |= {"direction": order.direction(self.verdict)}
        return [(f"harness_{name}", plain(text)) for name, text in said.items()]


#: What the verdicts of several provenances come to: what diverges anywhere does, else what was confirmed anywhere was.
_TELLING = (
    Outcome.ERROR,
    Outcome.FAIL,
    Outcome.PASS,
    Outcome.INCONCLUSIVE,
    Outcome.UNTESTED,
    Outcome.NOT_APPLICABLE,
)


def demonstrates(entries: Sequence[Json], *, shipped: bool) -> bool:
    """Whether simulated evidence among the entries of one provider is shown and decides nothing.

    So it is of the recordings that come with the harness, and wherever a provider itself was heard.
    """
    return shipped or any(real(entry) and entry["requests"]["total"] for entry in entries)


def rulings(entries: Sequence[Json], *, demonstrations: bool, fail_on: str) -> Mapping[str, Ruling]:
    """By claim: what the entries of one provider come to."""
    held: dict[str, list[Held]] = {}
    for entry in entries:
        for verdict in entry["verdicts"]:
            held.setdefault(verdict["claim"], []).append((entry, verdict))
    return {claim: rule(each, demonstrations=demonstrations, fail_on=fail_on) for claim, each in held.items()}


def rule(held: Sequence[Held], *, demonstrations: bool, fail_on: str) -> Ruling:
    """What the verdicts on one claim come to. Those of real and of simulated evidence are never made one.

    A divergence of a level below ``fail_on`` is skipped: it did not pass, and was not to fail.
    """
    deciding = [each for each in held if real(each[0]) or not demonstrations]
    beside = [each for each in held if each not in deciding]
    if not deciding:
        return Ruling(fate=Fate.SKIPPED, why=_shown(beside) or "no evidence")
    entry, verdict = min(deciding, key=lambda each: (_TELLING.index(Outcome(each[1]["outcome"])), "waived" in each[1]))
    where = words.provenance(entry, verdict)
    match Outcome(verdict["outcome"]):
        case Outcome.PASS:
            return Ruling(fate=Fate.PASSED, why=where, entry=entry, verdict=verdict)
        case Outcome.FAIL:
            counts = Level(verdict["level"]) in FAIL_ON[fail_on]
            why = plain(order.summary(verdict))
            return Ruling(
                fate=Fate.FAILED if counts else Fate.SKIPPED,
                why=why if counts else f"diverges, {verdict['level']} is below fail_on={fail_on}: {why}",
                text=_text(entry, verdict, deciding, beside),
                entry=entry,
                verdict=verdict,
            )
        case Outcome.ERROR:
            why = f"a fault of the harness: {plain(verdict['reason'] or '')}"
            return Ruling(fate=Fate.ERROR, why=why, text=why, entry=entry, verdict=verdict)
        case outcome:
            why = f"{outcome}: {plain(verdict['reason'] or 'no reason given')}"
            why = "; ".join(filter(None, [why, _shown(beside)]))
            return Ruling(fate=Fate.SKIPPED, why=why, entry=entry, verdict=verdict)


def _text(entry: Json, verdict: Json, deciding: Sequence[Held], beside: Sequence[Held]) -> str:
    others = [
        f"also: {each['outcome']}, {words.provenance(other, each)}" for other, each in deciding if each is not verdict
    ]
    said = [plain(order.summary(verdict)), *told(entry, verdict, elsewhere=None), *others, _shown(beside)]
    return "\n".join(filter(None, said))


def _shown(beside: Sequence[Held]) -> str:
    """What demonstrations show; they decide nothing."""
    return "; ".join(f"demonstrated by the simulator, which decides nothing: {each['outcome']}" for _, each in beside)
