"""The measurements that have a name of their own, and where each is shown.

An entry is all that criteria, their dialog, comparisons of encoders and of runs, the summary of
window and terminal, ``pathgui metrics`` and the report know of a measurement. Each place shows it
under its title, or says why it does not show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from textwrap import wrap
from typing import Literal

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results import basis
from pathgui.core.results import formatting as fmt
from pathgui.core.results import readings as read
from pathgui.core.results.basis import ReadBasis
from pathgui.core.results.readings import NOT_MEASURED, Beside, Measured, Read, Reading
from pathgui.core.runs.tile_columns import FAR_MEANS


@dataclass(frozen=True)
class LeftOut:
    """Why a place does not show a measurement."""

    reason: str


@dataclass(frozen=True)
class InReport:
    """Where the report shows a measurement, and how it writes it."""

    write: Callable[[float], str] = fmt.index
    table: str = ""  # one of the report's tables that make a column of each entry; "": by hand
    words: str = ""  # what that table's text says of it
    detail: Beside | None = None  # below the value where it has no interval
    heading: str = ""  # of its column, which is narrow: the title of the measurement in short lines


_HEADING = 13  # letters of such a line
FORMS, SHAPE = say("other forms of the index"), say("shape of the embedding")  # such tables


@dataclass(frozen=True)
class Cell:
    """One entry of a table: its text, a note for the tooltip, and the number to sort by."""

    text: str
    note: str = ""
    sort: float = float("-inf")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measurement of an encoder."""

    key: str
    title: str  # the one name that it has in window, terminal, report and documentation
    help: str
    anchor: str  # of its section in docs/measurements.md
    better: Literal["high", "low"]
    least: float | None  # bounds of what it can be; None: none
    most: float | None
    digits: int
    read: Read
    basis: ReadBasis  # what it is compared with and rests on
    beside: Beside | None = None  # what is to be read beside the value, where help does not do
    has_interval: bool = False
    needs_slide: bool = False  # so ``pathgui metrics`` cannot have it
    counts_neighbors: bool = False  # at different k its values do not stand side by side
    not_in_summary: LeftOut | None = None  # of window and terminal
    after_title: str = ""  # in the heading of its column there
    report: InReport | LeftOut

    def __post_init__(self) -> None:
        if isinstance(self.report, InReport):
            heading = "\n".join(wrap(self.title, _HEADING, break_long_words=False,
                                     break_on_hyphens=False))  # fmt: skip
            object.__setattr__(self, "report", replace(self.report, heading=heading))

    @property
    def column(self) -> str | LeftOut:
        """Heading in the summary of window and terminal."""
        return self.not_in_summary or self.title + self.after_title

    def called(self, columns: RoleColumns) -> Measure:
        """The same in the words of the columns that play center and tissue."""
        report = self.report
        if isinstance(report, InReport):
            report = replace(report, words=columns.say(report.words))
        return replace(
            self, title=columns.say(self.title), help=columns.say(self.help), report=report
        )

    def comparable(self, one: Measured, other: Measured) -> bool:
        """Whether the values of two results may be held against each other."""
        return not self.counts_neighbors or one.reference.k == other.reference.k

    def text(self, found: Reading | NotAssessable) -> str:
        """A value with its interval, or that there is none: ``1.51 [1.20, 1.83]``."""
        return reading_text(found, self.digits)

    def cell(self, result: Measured) -> Cell:
        """The value with what makes it readable; where there is none, why."""
        found = self.read(result)
        if isinstance(found, NotAssessable):
            text = fmt.NOTHING if found.reason == NOT_MEASURED else fmt.NOT_ASSESSABLE
            return Cell(text, retold(found.reason))
        note = self.beside(result) if self.beside else self.help
        if found.no_interval and self.beside:
            note += say("; no interval: {no_interval}", no_interval=retold(found.no_interval))
        return Cell(self.text(found), note + self.why_none(result), found.value)

    def why_none(self, result: Measured) -> str:
        """The sentence at the end of a note that says why there is no interval; "" if none does."""
        found = self.read(result)
        if isinstance(found, NotAssessable) or self.beside or not found.no_interval:
            return ""
        return say(" No interval: {no_interval}.", no_interval=retold(found.no_interval))


def reading_text(found: Reading | NotAssessable, digits: int) -> str:
    """A value with its interval, or that there is none: ``1.51 [1.20, 1.83]``."""
    if isinstance(found, NotAssessable):
        return fmt.NOT_ASSESSABLE
    text = fmt.number(found.value, digits)
    if found.low is not None and found.high is not None:
        text += f" [{fmt.number(found.low, digits)}, {fmt.number(found.high, digits)}]"
    return text.replace("-", "−")


def measure(key: str, columns: RoleColumns = USUAL) -> Measure | None:
    """The measurement of that key, in the words of these columns; None where there is none."""
    return _by_key(columns).get(key)


@lru_cache(maxsize=16)
def measures(columns: RoleColumns) -> tuple[Measure, ...]:
    """All measurements in the words of the columns that play center and tissue."""
    return tuple(each.called(columns) for each in IN_ROLES)


@lru_cache(maxsize=16)
def _by_key(columns: RoleColumns) -> dict[str, Measure]:
    return {each.key: each for each in measures(columns)}


CAN_BE_READ = say(
    "High: the {center} can be read from the embedding. That alone does not "
    "say that the encoder follows it."
)
_INDEX = "robustness-index-robustness_index"
_PARTS = "parts-by_tissue-by_center-by_cell"
_ACCURACY = "balanced-accuracies-knn-probe"
_CASES = "cases-cases"
_SHAPE = "the-shape-of-the-embedding-geometry"
_SLIDE = "a-slide-against-the-reference-set"
_FORM = LeftOut(say("the summary has the index itself; the report has its other forms"))
_EACH_PART = LeftOut(say("every center and every tissue has its value in a table of its own"))
_ONE_OF_ROW = LeftOut(say("it says little without the values beside it, which the report has"))
DESCRIBES = LeftOut(say("it describes the set and has no interval; the report has it in its table"))
_OF_SLIDE = LeftOut(say("sentences below the table say what is found of the slide"))

# In their texts {center} and {tissue} stand for the words of the columns that play them.
IN_ROLES: tuple[Measure, ...] = (
    Measure(
        key="robustness_index",
        title=say("Robustness index"),
        help=say("Of the neighbors that share either {tissue} or {center} with a "
            "tile, but not both, the share that shares its {tissue}. 1: only "
            "{tissue} counts; 0: only {center}. It compares the two; it does not "
            "say that the {center} cannot be read."),
        anchor=_INDEX, better="high", least=0, most=1, digits=3,
        read=read.bounded(lambda found: found.robustness_index),
        beside=read.what_the_index_rests_on,
        has_interval=True, counts_neighbors=True,
        basis=basis.telling_tiles(),
        after_title=say(" [95 % interval]"),
        report=InReport(),
    ),
    Measure(
        key="robustness_index_less_null",
        title=say("Robustness index less its chance value"),
        help=say("How far the index lies above its chance value, which neighbors "
            "drawn at random would give."),
        anchor="its-chance-value-null", better="high", least=-1, most=1, digits=3,
        read=read.above_null, has_interval=True, counts_neighbors=True,
        basis=basis.telling_tiles(0.0),
        not_in_summary=LeftOut(say("the index and its chance value stand side by side")),
        report=LeftOut(say("the index and its chance value stand side by side")),
    ),
    Measure(
        key="robustness_index_adjusted",
        title=say("Robustness index, adjusted"),
        help=say("The index with the make-up of the reference set taken out. Its "
            "chance value is ½ for every set."),
        anchor="composition-adjusted-index-adjusted", better="high", least=0, most=1, digits=3,
        read=read.adjusted, has_interval=True, counts_neighbors=True,
        basis=basis.telling_tiles(0.5),
        not_in_summary=_FORM,
        report=InReport(table=FORMS, words=say("Robustness index, adjusted: the make-up of the "
                                               "set taken out, so "
            "that the chance value is 0.5 for every set.")),
    ),
    Measure(
        key="robustness_index_lowest_center",
        title=say("Robustness index, lowest {center}"),
        help=say("The index of the {center} where it is lowest. The lowest of several "
            "is low by chance alone, so it describes this set and has no interval."),
        anchor=_PARTS, better="high", least=0, most=1, digits=3,
        read=read.worst_part(lambda result: result.reference.by_center, "centers"),
        basis=basis.lowest_part(lambda found: found.by_center),
        counts_neighbors=True, not_in_summary=_EACH_PART, report=_EACH_PART,
    ),
    Measure(
        key="robustness_index_lowest_tissue",
        title=say("Robustness index, lowest {tissue}"),
        help=say("The index of the {tissue} where it is lowest. The lowest of several "
            "is low by chance alone, so it describes this set and has no interval."),
        anchor=_PARTS, better="high", least=0, most=1, digits=3,
        read=read.worst_part(lambda result: result.reference.by_tissue, "tissues"),
        basis=basis.lowest_part(lambda found: found.by_tissue),
        counts_neighbors=True, not_in_summary=_EACH_PART, report=_EACH_PART,
    ),
    Measure(
        key="support",
        title=say("Support"),
        help=say("Share of the tiles with at least one neighbor that shares {tissue} "
            "or {center}, but not both. The index rests on these tiles."),
        anchor="support-support-undefined", better="high", least=0, most=1, digits=3,
        read=read.support, beside=read.what_support_rests_on,
        has_interval=True, counts_neighbors=True,
        basis=basis.without_null,
        report=InReport(fmt.percent),
    ),
    Measure(
        key="robustness_index_2025",
        title=say("Index of 2025"),
        help=say("How many neighbors share the {tissue} for each one that shares the "
            "{center}: the index of de Jong and others (2025). The robustness "
            "index is that of PathoROB (2026)."),
        anchor="the-index-of-2025-robustness_index_2025", better="high", least=0, most=None,
        digits=3, read=read.bounded(lambda found: found.robustness_index_2025),
        beside=read.null_of_2025,
        has_interval=True, counts_neighbors=True,
        basis=basis.index_2025,
        not_in_summary=_FORM, report=InReport(),
    ),
    Measure(
        key="mari",
        title=say("MaRI"),
        help=say("The robustness index with near neighbors counted more than far ones."),
        anchor="mari-mari", better="high", least=0, most=1, digits=3,
        read=read.bounded(lambda found: found.mari), has_interval=True, counts_neighbors=True,
        basis=basis.without_null,
        not_in_summary=_FORM,
        report=InReport(table=FORMS,
                        words=say("MaRI: the index with near neighbors counted more "
                            "than far ones.")),
    ),
    Measure(
        key="croma_median",
        title=say("CRoMa margin, median"),
        help=say("For each tile: how much nearer the same {tissue} of another "
            "{center} is than other {tissue} of its own {center}. The median "
            "over tiles; above 0, the same {tissue} is nearer."),
        anchor="croma-croma", better="high", least=-1, most=1, digits=3,
        read=read.of_croma(
            lambda found: Reading(found.value, found.low, found.high, found.no_interval)
        ),
        basis=basis.margins,
        has_interval=True, report=InReport(fmt.signed),
    ),
    Measure(
        key="croma_tail",
        title=say("Worst tenth of the margin"),
        help=say("Mean CRoMa margin of the worst tenth of the tiles. Below 0, other "
            "{tissue} of their own {center} is on average nearer to them than "
            "their own {tissue} of other {centers}."),
        anchor="croma-croma", better="high", least=-1, most=1, digits=3,
        read=read.of_croma(lambda found: read.with_interval(found.ltm10, found.ltm10_interval)),
        basis=basis.margins,
        has_interval=True,
        report=InReport(fmt.signed),
    ),
    Measure(
        key="croma_at_or_below_0",
        title=say("Tiles with a margin at or below 0"),
        help=say("Share of the tiles to which other {tissue} of their own {center} is "
            "at least as near as their own {tissue} of other {centers}."),
        anchor="croma-croma", better="low", least=0, most=1, digits=3,
        read=read.of_croma(lambda found: read.with_interval(found.f0, found.f0_interval)),
        basis=basis.margins,
        has_interval=True, not_in_summary=_ONE_OF_ROW,
        report=InReport(fmt.percent),
    ),
    Measure(
        key="tissue_knn",
        title=say("{Tissue} accuracy, kNN"),
        help=say("Balanced accuracy with which the nearest neighbors name the "
            "{tissue}. Tiles of the own slide do not count."),
        anchor=_ACCURACY, better="high", least=0, most=1, digits=2,
        read=read.accuracy("knn", "tissue"), beside=read.guessing("knn", "tissue"),
        has_interval=True, counts_neighbors=True,
        basis=basis.guessing("knn", "tissue"),
        report=InReport(fmt.accuracy),
    ),
    Measure(
        key="center_knn",
        title=say("{Center} accuracy, kNN"),
        help=say("Balanced accuracy with which the nearest neighbors name the "
                 "{center}. ") + CAN_BE_READ,
        anchor=_ACCURACY, better="low", least=0, most=1, digits=2,
        read=read.accuracy("knn", "center"), beside=read.guessing("knn", "center"),
        has_interval=True, counts_neighbors=True,
        basis=basis.guessing("knn", "center"),
        report=InReport(fmt.accuracy),
    ),
    Measure(
        key="tissue_probe",
        title=say("{Tissue} accuracy, probe"),
        help=say("Balanced accuracy with which a linear probe names the {tissue} on "
            "slides that it was not fitted on. The interval is that of this "
            "fitted probe."),
        anchor=_ACCURACY, better="high", least=0, most=1, digits=2,
        read=read.accuracy("probe", "tissue"), beside=read.guessing("probe", "tissue"),
        basis=basis.guessing("probe", "tissue"),
        has_interval=True,
        report=InReport(fmt.accuracy),
    ),
    Measure(
        key="center_probe",
        title=say("{Center} accuracy, probe"),
        help=say("Balanced accuracy with which a linear probe names the {{center}} on "
            "slides that it was not fitted on. {CAN_BE_READ} The interval is "
            "that of this fitted probe.", CAN_BE_READ=CAN_BE_READ),
        anchor=_ACCURACY, better="low", least=0, most=1, digits=2,
        read=read.accuracy("probe", "center"), beside=read.guessing("probe", "center"),
        basis=basis.guessing("probe", "center"),
        has_interval=True,
        report=InReport(fmt.accuracy),
    ),
    Measure(
        key="tissue_new_centers",
        title=say("{Tissue} accuracy, each {center} left out"),
        help=say("Balanced accuracy with which a linear probe names the {tissue} at "
            "each {center} in turn, fitted at the others. The interval is that "
            "of these fitted probes."),
        anchor="prediction-prediction", better="high", least=0, most=1, digits=2,
        read=read.of_prediction("left_center_out"), has_interval=True,
        basis=basis.asked_tiles("n_left_center_out"),
        not_in_summary=_ONE_OF_ROW, report=InReport(fmt.accuracy),
    ),
    Measure(
        key="tiles_less_slides",
        title=say("Gain from known slides"),
        help=say("How much better the {tissue} is predicted if tiles of one slide are "
            "in training and test. This gain is false."),
        anchor="prediction-prediction", better="low", least=-1, most=1, digits=3,
        read=read.of_prediction("random_minus_grouped"), has_interval=True,
        basis=basis.asked_tiles("n_grouped"),
        not_in_summary=_ONE_OF_ROW, report=InReport(fmt.signed),
    ),
    Measure(
        key="case_tissue",
        title=say("Cases, nearest of the {tissue}"),
        help=say("Of the 5 nearest slides, each as the mean of its tiles, the share "
            "of the same {tissue}."),
        anchor=_CASES, better="high", least=0, most=1, digits=2,
        read=read.of_cases(lambda found: found.same_tissue[found.shown]),
        beside=read.nearest_cases("tissue"),
        basis=basis.cases("tissue_by_chance"),
        report=InReport(fmt.percent),
    ),
    Measure(
        key="case_center",
        title=say("Cases, nearest of the {center}"),
        help=say("Of the 5 nearest slides, each as the mean of its tiles, the share "
            "from the same {center}. Compare it with its chance value."),
        anchor=_CASES, better="low", least=0, most=1, digits=2,
        read=read.of_cases(lambda found: found.same_center[found.shown]),
        beside=read.nearest_cases("center"),
        basis=basis.cases("center_by_chance"),
        report=InReport(fmt.percent),
    ),
    Measure(
        key="case_tissue_probe",
        title=say("Cases, {tissue} accuracy, probe"),
        help=say("Balanced accuracy with which a linear probe names the {tissue} of "
            "whole new slides, each as the mean of its tiles."),
        anchor=_CASES, better="high", least=0, most=1, digits=2,
        read=read.of_cases(lambda found: found.tissue_probe),
        beside=read.guessing_of_cases("tissue"),
        basis=basis.cases("tissue_chance"),
        not_in_summary=_ONE_OF_ROW, report=InReport(fmt.accuracy),
    ),
    Measure(
        key="case_center_probe",
        title=say("Cases, {center} accuracy, probe"),
        help=say("Balanced accuracy with which a linear probe names the {{center}} of "
            "whole new slides, each as the mean of its tiles. "
            "{CAN_BE_READ}", CAN_BE_READ=CAN_BE_READ),
        anchor=_CASES, better="low", least=0, most=1, digits=2,
        read=read.of_cases(lambda found: found.center_probe),
        beside=read.guessing_of_cases("center"),
        basis=basis.cases("center_chance"),
        not_in_summary=_ONE_OF_ROW, report=InReport(fmt.accuracy),
    ),
    Measure(
        key="enrichment",
        title=say("Enrichment of same-{center} errors"),
        help=say("Where neighbors name the wrong {tissue}: how often the misleading "
            "ones come from the tile's own {center}, in multiples of the chance "
            "value. 1: no more often."),
        anchor="same-center-errors-same_center_errors", better="low", least=0, most=None,
        digits=2, read=read.bounded(lambda found: found.same_center_errors, "enrichment"),
        has_interval=True, counts_neighbors=True,
        basis=basis.errors,
        report=InReport(fmt.times),
    ),
    Measure(
        key="apd_same_centers",
        title=say("APD, same {centers}"),
        help=say("Average performance drop: how much accuracy a probe for {tissue} "
            "loses when {tissue} goes together with {center} in training. Tested "
            "on new slides of the training {centers}. Below 0: a loss."),
        anchor="shortcuts-shortcut", better="high", least=-1, most=None, digits=3,
        read=read.performance_drop("in_domain"), has_interval=True,
        basis=basis.repetitions,
        report=InReport(fmt.signed),
    ),
    Measure(
        key="apd_other_centers",
        title=say("APD, other {centers}"),
        help=say("Average performance drop: the same loss, tested at {centers} that "
            "were not in training."),
        anchor="shortcuts-shortcut", better="high", least=-1, most=None, digits=3,
        read=read.performance_drop("out_of_domain"), has_interval=True,
        basis=basis.repetitions,
        not_in_summary=_ONE_OF_ROW, report=InReport(fmt.signed),
    ),
    Measure(
        key="clustering_score",
        title=say("Clustering score"),
        help=say("Whether clusters of tiles follow {tissue} (above 0) or {center} "
            "(below 0). From about −1 to 1."),
        anchor=_SHAPE, better="high", least=None, most=None, digits=3,
        read=read.of_record(read.clustering), beside=read.squares_of_clustering,
        basis=basis.squares,
        not_in_summary=DESCRIBES,
        report=InReport(fmt.signed, SHAPE, say("Clustering score: whether clusters follow "
                                               "{tissue} (above 0) or "
            "{center} (below 0)."),
                        read.spread_of_clustering),
    ),
    Measure(
        key="center_variance",
        title=say("Variance explained by {center}"),
        help=say("Share of the variance of the embeddings that the {center} explains."),
        anchor=_SHAPE, better="low", least=0, most=1, digits=3,
        read=read.of_record(read.center_variance),
        basis=basis.all_tiles,
        not_in_summary=DESCRIBES, report=InReport(),
    ),
    Measure(
        key="outside_share",
        title=say("Slide: share of far tiles"),
        help=say("Share of the slide's tiles that are far: each lies ") + retold(FAR_MEANS) + ".",
        anchor=_SLIDE, better="low", least=0, most=1, digits=3,
        read=read.of_slide(lambda found: found.outside_share, read.NOTHING_OUTSIDE),
        basis=basis.tiles_of_slide,
        needs_slide=True, not_in_summary=_OF_SLIDE, report=InReport(fmt.percent),
    ),
    Measure(
        key="center_sharpness",
        title=say("Slide: drawn to one {center} (sharpness)"),
        help=say("How strongly the slide is drawn to some {center} beyond what its "
            "{tissues} explain. 0: not at all."),
        anchor=_SLIDE, better="low", least=0, most=1, digits=3,
        read=read.of_slide(read.sharpness, say("it was not measured in this run")),
        needs_slide=True, counts_neighbors=True,
        basis=basis.tiles_of_slide,
        not_in_summary=_OF_SLIDE, report=InReport(),
    ),
)  # fmt: skip

MEASURES = measures(USUAL)
