"""A check in rows and sentences, once for window, terminal and report."""

from __future__ import annotations

from dataclasses import dataclass

from pathgui.core.baselines.check import BaselineCheck, CheckedNumber, Outcome
from pathgui.core.language.texts import say
from pathgui.core.results.formatting import NOT_ASSESSABLE
from pathgui.core.results.measures import reading_text
from pathgui.core.results.summary import difference_text
from pathgui.core.runs.monitoring import MonitoringPlan

HEADINGS = (
    say("Encoder"), say("Measurement"), say("Filed"), say("Now"), say("Change"),
    say("Tolerance"), say("Outcome"),
)  # fmt: skip
OUTCOME_WORDS: dict[Outcome, str] = {
    "within": say("within"),
    "outside": say("outside"),
    "not compared": say("not compared"),
}
OUTCOME_MARKS: dict[Outcome, str] = {"within": "✓", "outside": "✗", "not compared": "▲"}
INTERVALS = say(
    "A number is outside where its change is larger than its tolerance. In "
    "brackets are 95 % intervals. Where runs do not keep what pairs them, "
    "the interval of a change takes them as independent, and is too wide for "
    "the same slides. “Open”: a paired interval reaches over a limit."
)


@dataclass(frozen=True)
class CheckRow:
    """One number of a check, in the order of :data:`HEADINGS`, and its outcome."""

    cells: tuple[str, ...]
    outcome: Outcome


def check_rows(found: BaselineCheck) -> list[CheckRow]:
    """Every number that has a tolerance: those outside first, then those not compared."""
    order: tuple[Outcome, ...] = ("outside", "not compared", "within")
    rows = sorted(found.numbers, key=lambda each: order.index(each.outcome))
    return [CheckRow(_cells(each), each.outcome) for each in rows]


def _cells(number: CheckedNumber) -> tuple[str, ...]:
    readings = (
        NOT_ASSESSABLE if each is None else reading_text(each, number.digits)
        for each in (number.before, number.after)
    )
    return (
        number.encoder,
        number.title,
        *readings,
        difference_text(number.change, number.low, number.high, number.digits),
        number.tolerance.text,
        outcome_text(number),
    )


def outcome_text(number: CheckedNumber) -> str:
    """The outcome of a number with its mark; why it was not compared; whether it is open."""
    text = f"{OUTCOME_MARKS[number.outcome]} {OUTCOME_WORDS[number.outcome]}"
    if number.reason:
        return f"{text}: {number.reason}"
    return say("{text}, open", text=text) if number.open else text


def check_sentences(found: BaselineCheck) -> list[str]:
    """What came out, against what, and when the next check is due."""
    said = [
        say(
            "Against {baseline_name}, filed {filed_at}: {sentence}",
            baseline_name=found.baseline_name,
            filed_at=found.filed_at[:10],
            sentence=found.sentence,
        )
    ]
    if found.without_tolerance:
        said.append(
            say(
                "Numbers without a tolerance, which are not judged: {without_tolerance}.",
                without_tolerance=found.without_tolerance,
            )
        )
    if found.next_check and not found.moves_the_date:
        said.append(
            say(
                "Not every number was compared, so this check does not move the date: the next "
                "check is due by {next_check}.",
                next_check=found.next_check,
            )
        )
    elif found.next_check:
        said.append(say("The next check is due by {next_check}.", next_check=found.next_check))
    return said


def plan_rows(plan: MonitoringPlan, due: str) -> list[tuple[str, str]]:
    """The plan of checks with its titles, "" where nothing is set. ``due``: the day, ISO 8601."""
    return [*plan.said(), (say("Next check by"), due)]
