"""What is found of the lab's own classifier, in words, cells and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pathgui.core.classifier.results import (
    AssessedClassifier,
    Calibration,
    CenterErrors,
    CenterTest,
    Confounding,
    ErrorsAfter,
    KindShares,
    Reliability,
)
from pathgui.core.crossfit.results import Change
from pathgui.core.language.texts import counted, say
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results import formatting as fmt
from pathgui.core.results.corrections import brought_to, change_text, title_of

DEFINITION = say(
    "An error is an answer that is not the tissue of the reference set. Intervals leave out one "
    "slide (or patient) after the other; tiles of a slide are no independent cases. Expected is "
    "the rate that a center's mix of tissues has over all centers. p is from exchanging centers "
    "among slides of the same tissues, corrected for the number of centers (Holm)."
)
CAUTION = say(
    "These numbers hold for slides that the classifier was not trained on. If slides of this "
    "reference set were among its training data, it errs more on new ones."
)
NEIGHBORS = say(
    "Of the nearest tiles of other slides those of the class answered are looked at. The first "
    "letter of a kind says whether a neighbor has the tile's tissue (S) or another (O), the second "
    "the same of its center. A tile's own slide and patient never count."
)
AFTER = say(
    "The classifier stays as it is; what it is given is corrected. Corrections are "
    "fitted on one half of the slides and judged on the other, then the halves change places."
)


@dataclass(frozen=True)
class TableOfWords:
    """A table as it is shown: its headings and its rows of cells."""

    title: str
    headings: tuple[str, ...]
    rows: list[list[str]]
    note: str = ""


def tables(found: AssessedClassifier) -> list[TableOfWords]:
    """All tables that there is something for, in order."""
    shown = [errors_table(found)]
    for each in found.confounding:
        if isinstance(each.found, Confounding):
            shown.append(_neighbors_table(each.title, each.found))
    if isinstance(found.calibration, Calibration):
        shown.append(_calibration_table(found.calibration))
        shown += _reliability_tables(found.calibration)
    if not isinstance(found.corrections, NotAssessable):
        shown.append(_corrections_table(found.corrections.effects))
    return shown


def errors_table(found: AssessedClassifier) -> TableOfWords:
    """A row a center: how many, the rate, the interval, what was expected, p."""
    slides = say("Patients") if found.over == "patients" else say("Slides")
    units = say("Tiles") if found.unit == "tile" else say("Slides judged")
    rows = [
        [
            each.center,
            fmt.count(each.n),
            fmt.count(each.n_slides),
            fmt.count(each.wrong),
            fmt.percent(each.rate),
            _shares(each.interval.low, each.interval.high),
            fmt.percent(each.expected),
            _p_cell(each),
            fmt.count(each.unanswered),
        ]
        for each in found.centers
    ]
    return TableOfWords(
        say("Errors by center"),
        (say("Center"), units, slides, say("Wrong"), say("Error rate"), say("95 % interval"),
         say("Expected"), say("p, corrected"), say("Unanswered")),
        rows,
        DEFINITION,
    )  # fmt: skip


def _shares(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return say("no interval")
    return say("{low} to {high}", low=fmt.percent(low), high=fmt.percent(high))


def _p_cell(each: CenterErrors) -> str:
    if isinstance(each.test, NotAssessable):
        return fmt.NOT_ASSESSABLE
    return fmt.probability(each.test.p_holm)


def _neighbors_table(title: str, found: Confounding) -> TableOfWords:
    return TableOfWords(
        say("Neighbors of wrong and right answers, {encoder}, k = {k}", encoder=title, k=found.k),
        (say("Answers"), say("Number"), *KINDS, say("Near tiles of the class answered"),
         say("From their own center"), say("Expected")),
        [_kinds_row(say("wrong"), found.wrong), _kinds_row(say("right"), found.right)],
        NEIGHBORS,
    )  # fmt: skip


def _kinds_row(name: str, of: KindShares) -> list[str]:
    shares = [fmt.percent(each) for each in of.shares]
    ends = [fmt.NOTHING if each is None else fmt.percent(each)
            for each in (of.same_center, of.expected)]  # fmt: skip
    return [name, fmt.count(of.n), *shares, fmt.count(of.supported), *ends]


def _calibration_table(found: Calibration) -> TableOfWords:
    rows = [_reliable(say("all"), found.all)]
    rows += [_reliable(each.center, each.found) for each in found.by_center]
    return TableOfWords(
        say("Calibration by center"),
        (say("Center"), say("Answers"), say("Slides"), say("Probability"), say("Right"),
         say("Over-confident by"), say("95 % interval"), say("Brier score"), say("95 % interval"),
         say("Calibration error")),
        rows,
        say(
            "Probability is the mean of the answers' probabilities. Over-confident by is "
            "probability less share of right answers. The Brier score is 0 at best and 2 at worst. "
            "The calibration error is the mean distance within ranges of probability; with few "
            "answers it is above 0 by chance alone."
        ),
    )  # fmt: skip


def _reliable(name: str, found: Reliability | NotAssessable) -> list[str]:
    if isinstance(found, NotAssessable):
        return [name, fmt.NOT_ASSESSABLE, *[fmt.NOTHING] * 8]
    return [
        name,
        fmt.count(found.n),
        fmt.count(found.n_slides),
        fmt.accuracy(found.probability),
        fmt.accuracy(found.right),
        fmt.signed(found.over),
        _signed(found.over_interval.low, found.over_interval.high),
        fmt.index(found.brier),
        fmt.interval(found.brier_interval.low, found.brier_interval.high),
        fmt.index(found.error),
    ]


def _signed(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return say("no interval")
    return say("{low} to {high}", low=fmt.signed(low), high=fmt.signed(high))


def _reliability_tables(found: Calibration) -> list[TableOfWords]:
    """Reliability in ranges of probability: of all answers, then of each center."""
    named = [(say("all centers"), found.all)]
    named += [(each.center, each.found) for each in found.by_center]
    shown = [(name, each) for name, each in named if isinstance(each, Reliability)]
    if not shown:
        return []
    rows = []
    for name, each in shown:
        rows += [
            [
                name,
                say("{low} to {high}", low=fmt.number(row.low, 1), high=fmt.number(row.high, 1)),
                fmt.count(row.n),
                fmt.count(row.n_slides),
                fmt.accuracy(row.probability),
                fmt.accuracy(row.right),
                _shares(row.interval.low, row.interval.high),
            ]
            for row in each.rows
        ]
    headings = (
        say("Center"), say("Probability from"), say("Answers"), say("Slides"),
        say("Mean probability"), say("Right"), say("95 % interval"),
    )  # fmt: skip
    return [TableOfWords(say("Reliability in ranges of probability"), headings, rows)]


def _corrections_table(effects: Sequence[ErrorsAfter]) -> TableOfWords:
    rows = []
    for each in effects:
        worst = _worst(each)
        rows.append(
            [
                title_of(each.name),
                change_text(each.overall),
                change_text(each.spread),
                fmt.NOTHING if worst is None else f"{worst[0]}: {change_text(worst[1])}",
                after_reading(each),
            ]
        )
    return TableOfWords(
        say("Errors after corrections"),
        (say("Correction"), say("Error rate"), say("Between centers"),
         say("Center with most errors"), say("Reading")),
        rows,
        AFTER,
    )  # fmt: skip


def _worst(effect: ErrorsAfter) -> tuple[str, Change] | None:
    """The center with the highest error rate before."""
    if not effect.by_center:
        return None
    worst = max(effect.by_center, key=lambda each: each.change.before)
    return worst.center, worst.change


def after_reading(effect: ErrorsAfter) -> str:
    """What a correction does to the errors, by the interval of the difference."""
    if isinstance(effect.overall, NotAssessable):
        return fmt.NOT_ASSESSABLE
    if effect.overall.rises:
        return say("more errors")
    if effect.overall.falls:
        return say("fewer errors")
    if effect.overall.low is None and effect.overall.difference:
        return say("open: no interval")
    return say("no change told apart from chance")


def sentences(found: AssessedClassifier) -> list[str]:
    """What may be said, with no more certainty than intervals and tests have."""
    return [
        _overall(found),
        *_about_centers(found),
        *[_behind(e.title, e.found) for e in found.confounding],
        *_calibrated(found.calibration),
        *_corrected(found),
        CAUTION,
        *found.notices,
    ]


def _overall(found: AssessedClassifier) -> str:
    certainty = fmt.certainty(
        found.interval.low, found.interval.high, found.interval.reason, fmt.percent
    )
    over = (
        counted(found.n_slides, "{n:,} patient", "{n:,} patients")
        if found.over == "patients"
        else counted(found.n_slides, "{n:,} slide", "{n:,} slides")
    )
    told = {"n": found.n, "rate": fmt.percent(found.rate), "certainty": certainty, "over": over}
    if found.unit == "slide":
        return say(
            "{wrong:,} of {n:,} slides are answered wrongly ({rate}; {certainty}, over {over}).",
            wrong=found.wrong,
            **told,
        )
    return say(
        "{wrong:,} of {n:,} tiles are answered wrongly ({rate}; {certainty}, over {over}).",
        wrong=found.wrong,
        **told,
    )


def _about_centers(found: AssessedClassifier) -> list[str]:
    tested = [each for each in found.centers if isinstance(each.test, CenterTest)]
    if not tested:
        reasons = {e.test.reason for e in found.centers if isinstance(e.test, NotAssessable)}
        why = fmt.because(sorted(reasons)[0]) if reasons else say("there is no center")
        return [
            say("Whether centers differ cannot be told apart from chance: {why}.", why=why)
        ]  # fmt: skip
    said = []
    for each in found.differing:
        assert isinstance(each.test, CenterTest)
        told = {
            "center": each.center,
            "rate": fmt.percent(each.rate),
            "expected": fmt.percent(each.expected),
            "p": fmt.probability(each.test.p_holm),
            "n": len(tested),
        }
        said.append(
            say(
                "{center} has more errors than its tissues have over all centers: {rate}, "
                "expected {expected} (p {p}, corrected for {n} centers).",
                **told,
            )
            if each.rate > each.expected
            else say(
                "{center} has fewer errors than its tissues have over all centers: {rate}, "
                "expected {expected} (p {p}, corrected for {n} centers).",
                **told,
            )
        )
    if not said:
        said = [
            say(
                "No center's errors can be told apart from chance (p {p} or more, corrected for "
                "{n} centers). With few slides a difference can be there and not be seen.",
                p=fmt.probability(min(e.test.p_holm for e in tested if isinstance(
                    e.test, CenterTest))),
                n=len(tested),
            )
        ]  # fmt: skip
    return said


def _behind(title: str, found: Confounding | NotAssessable) -> str:
    if isinstance(found, NotAssessable):
        return say("Same-center confounders in {encoder}: not assessable, {why}.",
                   encoder=title, why=fmt.because(found.reason))  # fmt: skip
    wrong, right = found.wrong, found.right
    if None in (wrong.same_center, wrong.expected, right.same_center, right.expected):
        return say("Same-center confounders in {encoder}: among the {k} nearest of the wrong "
                   "answers none is of the class answered, so neighbors do not explain them.",
                   encoder=title, k=found.k)  # fmt: skip
    shares = say(
        "{encoder}, {k} nearest: where an answer is wrong, {wrong} of the neighbors of its class "
        "are from the tile's own center (expected {wrong_expected}). Where it is right, {right} "
        "are (expected {right_expected}).",
        encoder=title,
        k=found.k,
        wrong=_known(wrong.same_center),
        wrong_expected=_known(wrong.expected),
        right=_known(right.same_center),
        right_expected=_known(right.expected),
    )
    low, high = found.interval.low, found.interval.high
    if found.excess is None or low is None or high is None:
        why = found.interval.reason or say("no interval")
        return shares + " " + say("Whether that differs is open: {why}.", why=why)
    difference = say("{excess}, 95 % interval {low} to {high}", excess=fmt.signed(found.excess),
                     low=fmt.signed(low), high=fmt.signed(high))  # fmt: skip
    if low > 0:
        verdict = say("Wrong answers lie among their own center more than right ones do "
                      "({difference}): same-center confounders are behind errors.",
                      difference=difference)  # fmt: skip
    elif high < 0:
        verdict = say("Wrong answers lie among their own center less than right ones do "
                      "({difference}).", difference=difference)  # fmt: skip
    else:
        verdict = say("No difference between wrong and right can be told apart from chance "
                      "({difference}).", difference=difference)  # fmt: skip
    return f"{shares} {verdict}"


def _known(share: float | None) -> str:
    return fmt.NOTHING if share is None else fmt.percent(share)


def _calibrated(found: Calibration | NotAssessable) -> list[str]:
    if isinstance(found, NotAssessable):
        return [say("Calibration: not assessable, {why}.", why=fmt.because(found.reason))]
    off = []
    for each in found.by_center:
        if isinstance(each.found, Reliability):
            low, high = each.found.over_interval.low, each.found.over_interval.high
            if low is not None and high is not None and (low > 0 or high < 0):
                off.append((each.center, each.found))
    n = sum(isinstance(each.found, Reliability) for each in found.by_center)
    said = []
    if off:
        listed = "; ".join(
            say("{center} {over} ({certainty})", center=center, over=fmt.signed(one.over),
                certainty=_signed(one.over_interval.low, one.over_interval.high))
            for center, one in off
        )  # fmt: skip
        said = [
            say(
                "Probability less share of right answers differs from 0, by its interval, at: "
                "{centers}. Intervals of single centers are not corrected for their number.",
                centers=listed,
            )
        ]
    elif n:
        said = [
            counted(
                n,
                "At the one center that can be assessed, over- or under-confidence cannot be told "
                "apart from chance.",
                "At none of the {n:,} centers that can be assessed is over- or under-confidence "
                "told apart from chance.",
            )
        ]
    said += [
        say("Calibration at {center}: not assessable, {why}.", center=each.center,
            why=fmt.because(each.found.reason))
        for each in found.by_center
        if isinstance(each.found, NotAssessable)
    ]  # fmt: skip
    return said


def _corrected(found: AssessedClassifier) -> list[str]:
    after = found.corrections
    if isinstance(after, NotAssessable):
        return [say("What corrections do: not assessable, {why}.", why=fmt.because(after.reason))]
    said = []
    for each in after.effects:
        title = title_of(each.name)
        if isinstance(each.overall, NotAssessable):
            said.append(say("{title}: {reason}.", title=title,
                            reason=fmt.because(each.overall.reason)))  # fmt: skip
            continue
        change = change_text(each.overall)
        if each.overall.falls:
            text = say("After {title} there are fewer errors: {change}.", title=title,
                       change=change)  # fmt: skip
        elif each.overall.rises:
            text = say("After {title} there are more errors: {change}.", title=title,
                       change=change)  # fmt: skip
        elif each.overall.low is None and each.overall.difference:
            text = say("After {title} the error rate goes from {before} to {after}, and it is open "
                       "whether that is chance: {why}.", title=title,
                       before=fmt.percent(each.overall.before),
                       after=fmt.percent(each.overall.after),
                       why=each.overall.no_interval)  # fmt: skip
        else:
            text = say("After {title} no change of the errors can be told apart from chance: "
                       "{change}.", title=title, change=change)  # fmt: skip
        if each.recolored is not None:
            text = " ".join([text, *brought_to(each.recolored)])
        said.append(text)
    said.append(
        say("Judged on {tiles:,} tiles of {slides:,} slides, {halvings} halvings. The classifier "
            "was trained on embeddings without a correction; trained anew on corrected ones it may "
            "err less.", tiles=after.n_tiles, slides=after.n_slides, halvings=after.halvings)
    )  # fmt: skip
    return [*said, *after.notices]


COLUMNS: Final = (
    "classifier", "center", "n", "n_slides", "wrong", "rate", "low", "high", "no_interval",
    "expected", "p", "p_holm", "unanswered", "probability", "right", "over", "over_low",
    "over_high", "brier", "brier_low", "brier_high", "calibration_error", "not_calibrated",
)  # fmt: skip


def by_center_csv(found: AssessedClassifier) -> bytes:
    """One row a center, English and with dots in every language; UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    calibrated = {}
    if isinstance(found.calibration, Calibration):
        calibrated = {each.center: each.found for each in found.calibration.by_center}
    for each in found.centers:
        test = each.test if isinstance(each.test, CenterTest) else None
        row: list[object] = [
            found.name, each.center, each.n, each.n_slides, each.wrong, each.rate,
            each.interval.low, each.interval.high, each.interval.reason, each.expected,
            test and test.p, test and test.p_holm, each.unanswered,
        ]  # fmt: skip
        one = calibrated.get(each.center)
        if isinstance(one, Reliability):
            row += [
                one.probability, one.right, one.over, one.over_interval.low,
                one.over_interval.high, one.brier, one.brier_interval.low,
                one.brier_interval.high, one.error, "",
            ]  # fmt: skip
        else:
            reason = found.calibration if one is None else one
            row += [*[""] * 9, reason.reason if isinstance(reason, NotAssessable) else ""]
        writer.writerow(["" if cell is None else cell for cell in row])
    return text.getvalue().encode()
