"""What was tried to qualify the program, in words: for the window and the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pathgui.core.language.texts import say
from pathgui.core.results import formatting as fmt
from pathgui.core.runs.qualification import Qualification, Same

TRIED = say(
    "A self-test does the whole job in small, from drawn tissue to a report. Center effects of "
    "known size are looked for in drawn tissue. The checksums of the encoders and of the "
    "reference set are compared with those of the run."
)
HEADINGS: Final = (say("What"), say("Found"), say("Outcome"))
_PASSED: Final = {True: say("passed"), False: say("failed")}
_NOW: Final[dict[Same, str]] = {
    "same": say("the same"),
    "other": say("another"),
    "not found": say("not found here"),
}


@dataclass(frozen=True)
class OutcomeRow:
    """One thing that was tried or compared."""

    what: str
    found: str
    outcome: str
    fine: bool  # nothing failed here, and nothing differs

    @property
    def cells(self) -> tuple[str, str, str]:
        """In the order of :data:`HEADINGS`."""
        return self.what, self.found, self.outcome


def outcome_rows(found: Qualification) -> list[OutcomeRow]:
    """The steps of the self-test, the phantoms, and what was compared."""
    rows = [
        OutcomeRow(step.what, step.found, _PASSED[step.passed], step.passed) for step in found.steps
    ]
    for each in found.phantom:
        index = fmt.NOT_ASSESSABLE if each.index is None else fmt.number(each.index, 3)
        expected = say(
            "index {index}, expected {low} to {high}",
            index=index, low=fmt.number(each.low), high=fmt.number(each.high),
        )  # fmt: skip
        what = say("phantom, center effect {effect}", effect=fmt.number(each.effect, 1))
        rows.append(OutcomeRow(what, expected, _PASSED[each.passed], each.passed))
    rows += [
        OutcomeRow(one.what, one.sha256[:12] or "–", _NOW[one.now], one.now != "other")
        for one in found.checksums
    ]
    return rows


def outcome_sentence(found: Qualification) -> str:
    """Whether the program may be relied on here."""
    when = fmt.moment(found.at)
    if found.passed:
        return say("On {when} everything that was tried came out as it should.", when=when)
    return say(
        "On {when} something failed or differs. Find out why before you rely on the run.",
        when=when,
    )
