"""Results put into words, once, for the summary panel, the report and the terminal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from pathgui.core.measurement.measure import (
    BalancedAccuracies,
    Cases,
    Interval,
    NotAssessable,
    ReferenceMeasurement,
    RobustnessIndex,
    SameCenterErrors,
    Sensitivity,
)
from pathgui.core.results.findings import LOW_SUPPORT, letters_of, verdict
from pathgui.core.results.formatting import NOT_ASSESSABLE, NOTHING, number
from pathgui.core.results.judging import (
    OUTCOME_MARKS,
    OUTCOME_WORDS,
    criterion_text,
    judgement_text,
)
from pathgui.core.results.measures import NOT_MEASURED, Reading, measure
from pathgui.core.results.published import headline, published
from pathgui.core.runs.criteria import JudgedCriteria
from pathgui.core.runs.record import EncoderResult, Run
from pathgui.core.system.times import in_table


@dataclass(frozen=True)
class Column:
    """One column of the robustness summary: its title and what it means."""

    key: str
    title: str
    help: str
    right: bool = True  # numbers are set flush right
    anchor: str = ""  # of the section in docs/measurements.md that explains it


@dataclass(frozen=True)
class Cell:
    """One entry: its text, a note for the tooltip, and the number to sort by."""

    text: str
    note: str = ""
    sort: float = float("-inf")


@dataclass(frozen=True)
class SummaryRow:
    """What is said of one encoder."""

    encoder: str
    cells: dict[str, Cell]
    sentence: str
    warnings: tuple[str, ...] = ()


def _measured(key: str, title: str) -> Column:
    """A column of a measurement; help and section are the measurement's."""
    known = measure(key)
    assert known is not None
    return Column(key, title, known.help, anchor=known.anchor)


_INDEX = "robustness-index-robustness_index"
COLUMNS = (
    Column("encoder", "Encoder", "The model that turns a tile into an embedding.", right=False),
    Column(
        "letters",
        "Group",
        "Encoders that share a letter cannot be told apart by their index on these slides. Numbers "
        "before the letters: only encoders with the same number were compared.",
        right=False,
        anchor="comparing-encoders",
    ),
    Column(
        "index",
        "RI [95 % interval]",
        "Robustness index: of the neighbors that share either tissue or center with a tile, but "
        "not both, the share that shares its tissue. 1: only tissue counts; 0: only center. Where "
        "it is drawn: the dot with its interval, the null dotted, and a disc filled as far as "
        "support goes.",
        anchor=_INDEX,
    ),
    Column(
        "null",
        "Null",
        "The index if neighbors were drawn at random from the tiles of this set that may be "
        "neighbors. Compare RI with it, not with ½.",
        anchor="its-neutral-value-null",
    ),
    Column(
        "support",
        "Support",
        "Share of tiles with a neighbor that tells tissue from center.",
        anchor="support-support-undefined",
    ),
    Column(
        "k",
        "k",
        "How many nearest neighbors of each tile are looked at. All encoders of a run share one "
        "k; only values at the same k stand side by side.",
        anchor="k-k-k_rule-curve",
    ),
    Column(
        "criteria",
        "Criteria",
        "Acceptance criteria that were set before the run: met, not met, not assessable.",
        right=False,
    ),
    _measured("tissue_probe", "Tissue, probe"),
    _measured("center_probe", "Center, probe"),
    _measured("croma_median", "CRoMa"),
    _measured("croma_tail", "CRoMa tail"),
    _measured("enrichment", "Enrichment"),
    _measured("apd_same_centers", "APD"),
    _measured("tissue_knn", "Tissue, kNN"),
    _measured("center_knn", "Center, kNN"),
    _measured("case_tissue", "Cases, tissue"),
    _measured("case_center", "Cases, center"),
    Column(
        "geometries",
        "RI, other geometries",
        "The index at the same k with distances taken in other ways: centered, standardized, on 50 "
        "principal components, whitened. Far apart: the index says as much about that choice as "
        "about the encoder.",
        anchor="other-geometries-sensitivity",
    ),
    Column("time", "Time", "Seconds that the whole evaluation of this encoder took."),
    Column("rate", "Tiles/s", "Tiles embedded per second in this run; reading them is counted."),
    Column(
        "published",
        "Published RI",
        "Robustness index that others have published for this encoder, on their tiles. To be read "
        "beside the measured one, never in its place.",
    ),
)
TERMINAL = frozenset(
    (
        "encoder",
        "letters",
        "index",
        "null",
        "support",
        "k",
        "criteria",
        "tissue_probe",
        "center_probe",
        "croma_median",
        "croma_tail",
        "enrichment",
        "rate",
    )
)  # fmt: skip  what fits a terminal


def columns_of(run: Run) -> tuple[Column, ...]:
    """The columns in which this run has anything to say; the others would be all dashes."""
    rows = summary_rows(run)
    always = {"encoder", "index", "null", "support", "k", "tissue_probe", "center_probe", "rate"}
    return tuple(
        column
        for column in COLUMNS
        if column.key in always or any(row.cells[column.key].text != NOTHING for row in rows)
    )


def summary_rows(run: Run) -> tuple[SummaryRow, ...]:
    """One row per encoder that ran, in the order of the request."""
    letters = letters_of(run)
    return tuple(
        _row(result, letters.get(result.encoder.name, ""), run.criteria) for result in run.encoders
    )


def index_text(index: RobustnessIndex | NotAssessable) -> str:
    """The index with its interval: ``0.437 [0.391, 0.482]``."""
    if isinstance(index, NotAssessable):
        return NOT_ASSESSABLE
    if index.low is None or index.high is None:
        return f"{number(index.value, 3)} [no interval]"
    return f"{number(index.value, 3)} [{number(index.low, 3)}, {number(index.high, 3)}]"


def rests_on(index: RobustnessIndex) -> str:
    """The tiles that the index and its interval rest on: all, or a sample of how many."""
    if index.anchors_of is None:
        return f"{index.n_anchors} tiles"
    return f"a sample of {index.n_anchors} of {index.anchors_of} tiles"


def sentence(result: EncoderResult) -> str:
    """What an encoder does, for a reader of one sentence or two."""
    said = verdict(result.reference.robustness_index)
    errors = result.reference.same_center_errors
    if isinstance(errors, SameCenterErrors) and errors.n_errors:
        said += (
            f" Where neighbors vote for the wrong tissue, {in_ratio(errors.fraction)} of those "
            f"that mislead come from the tile's own center ({in_ratio(errors.expected)} if center "
            "played no part)."
        )
    return said


def in_ratio(share: float) -> str:
    """A share as one would say it, to the nearest of small fractions.

    >>> in_ratio(0.7565), in_ratio(0.5), in_ratio(0.004), in_ratio(0.97), in_ratio(1)
    ('3 in 4', '1 in 2', 'almost none', 'almost all', 'all')
    """
    if share in (0, 1):
        return "all" if share else "none"
    near = Fraction(share).limit_denominator(6)
    if near in (0, 1):
        return "almost all" if near else "almost none"
    return f"{near.numerator} in {near.denominator}"


def _row(result: EncoderResult, letters: str, criteria: JudgedCriteria | None) -> SummaryRow:
    measured = result.reference
    index = measured.robustness_index
    rate = result.tiles_per_second
    seconds = sum(result.seconds.values())
    cells = {
        "encoder": Cell(result.encoder.title, _encoder_note(result)),
        "letters": Cell(letters or NOTHING),
        "index": Cell(index_text(index), _index_note(index), _sort(index)),
        "k": Cell(str(measured.k), _k_note(measured), measured.k),
        "criteria": _criteria(result, criteria),
        **{
            f"{what}_{judge}": accuracy_cell(measured, judge, what)
            for judge in ("knn", "probe")
            for what in ("tissue", "center")
        },
        "croma_median": _reading(result, "croma_median"),
        "croma_tail": _reading(result, "croma_tail"),
        "enrichment": _reading(result, "enrichment"),
        "apd_same_centers": _reading(result, "apd_same_centers"),
        "case_tissue": _case(result, "tissue"),
        "case_center": _case(result, "center"),
        "geometries": _geometries(result),
        "time": Cell(in_table(seconds), _stages(result), seconds) if seconds else Cell(NOTHING),
        "rate": Cell(NOTHING, "no tile was embedded: all were kept from an earlier run")
        if rate is None
        else Cell(f"{rate:.1f}", "", rate),
        "published": _published(result),
    }
    if isinstance(index, NotAssessable):
        cells["null"] = cells["support"] = Cell(NOTHING, index.reason)
    else:
        cells["null"] = Cell(number(index.null, 3), index.definition, index.null)
        cells["support"] = Cell(
            f"{index.support:.0%}",
            f"measured on {rests_on(index)}{_support_note(index)}",
            index.support,
        )
    return SummaryRow(result.encoder.name, cells, sentence(result), warnings_of(result))


def _support_note(index: RobustnessIndex) -> str:
    found = index.support_interval
    if found is None or found.low is None or found.high is None:
        return ""
    return f"; 95 % interval {found.low:.0%} to {found.high:.0%}"


def reading_text(found: Reading | NotAssessable, digits: int) -> str:
    """A value with its interval, or that there is none: ``1.51 [1.20, 1.83]``."""
    if isinstance(found, NotAssessable):
        return NOT_ASSESSABLE
    text = number(found.value, digits)
    if found.low is not None and found.high is not None:
        text += f" [{number(found.low, digits)}, {number(found.high, digits)}]"
    return text.replace("-", "−")


def difference_text(
    difference: float | None, low: float | None, high: float | None, digits: int
) -> str:
    """A difference with its sign and interval.

    >>> difference_text(-0.0271, -0.05, 0.01, 3)
    '−0.027 [−0.050, +0.010]'
    """
    if difference is None:
        return NOTHING
    text = f"{difference:+.{digits}f}"
    if low is not None and high is not None:
        text += f" [{low:+.{digits}f}, {high:+.{digits}f}]"
    return text.replace("-", "−")


def _reading(result: EncoderResult, key: str) -> Cell:
    known = measure(key)
    assert known is not None
    found = known.read(result)
    if isinstance(found, NotAssessable):
        text = NOTHING if found.reason == NOT_MEASURED else NOT_ASSESSABLE
        return Cell(text, found.reason)
    note = f"{known.help} No interval: {found.no_interval}." if found.no_interval else known.help
    return Cell(reading_text(found, known.digits), note, found.value)


def _case(result: EncoderResult, what: Literal["tissue", "center"]) -> Cell:
    """The share of the nearest cases, with what chance would give in the note."""
    cell, found = _reading(result, f"case_{what}"), result.reference.cases
    if not isinstance(found, Cases):
        return cell
    chance = found.tissue_by_chance if what == "tissue" else found.center_by_chance
    note = (
        f"{found.k[found.shown]} nearest of {found.n_cases} cases of {found.n_slides} slides; "
        f"chance would give {number(chance)}"
    )
    return replace(cell, note=note)


def _geometries(result: EncoderResult) -> Cell:
    """From the lowest to the highest index over geometries; each in the note."""
    found = result.reference.sensitivity
    if not isinstance(found, Sensitivity):
        return Cell(NOTHING, found.reason if found else NOT_MEASURED)
    values = [each.value for each in found.indices if each.value is not None]
    if not values:
        return Cell(NOT_ASSESSABLE, "no tile has a neighbor that tells, in any geometry")
    note = "\n".join(
        f"{each.name}: {NOT_ASSESSABLE if each.value is None else number(each.value, 3)}"
        for each in found.indices
    )
    text = f"{number(min(values), 3)} to {number(max(values), 3)}"
    return Cell(text, f"k = {found.k}\n{note}", max(values) - min(values))


def _criteria(result: EncoderResult, judged: JudgedCriteria | None) -> Cell:
    if judged is None:
        return Cell(NOTHING)
    found = [
        (item.criterion, judgement)
        for item in judged.items
        for judgement in item.judgements
        if judgement.encoder == result.encoder.name
    ]
    if not found:
        return Cell(NOTHING, "no criterion is about this encoder")
    count = dict.fromkeys(OUTCOME_MARKS, 0)
    for _, judgement in found:
        count[judgement.outcome] += 1
    parts = [
        f"{OUTCOME_MARKS[outcome]} {n} {OUTCOME_WORDS[outcome]}"
        for outcome, n in count.items()
        if n
    ]
    note = "\n".join(
        f"{OUTCOME_MARKS[judgement.outcome]} {criterion_text(criterion)}: "
        f"{judgement_text(criterion, judgement)}"
        for criterion, judgement in found
    )
    return Cell(", ".join(parts), note)


def _published(result: EncoderResult) -> Cell:
    known = published(result.encoder.name)
    first = headline(result.encoder.name)
    if first is None:
        note = "\n".join(each.text for each in known)
        return Cell(NOTHING, note or "nothing is known to the program")
    note = "Published, on other tiles and at another k:\n" + "\n".join(each.text for each in known)
    note += f"\nMeasured here at k = {result.reference.k}."
    value = first.values["ri"]
    return Cell(f"{number(value, 3)} ({first.source.title})", note, value)


def _stages(result: EncoderResult) -> str:
    return "\n".join(f"{stage}: {in_table(n)}" for stage, n in result.seconds.items())


def warnings_of(result: EncoderResult) -> tuple[str, ...]:
    """What has to be known to read the numbers of an encoder."""
    measured = result.reference
    warnings = [*result.warnings, *measured.notices]
    if measured.interval_basis is not None and measured.interval_basis.caution:
        warnings.append(measured.interval_basis.caution)
    index = measured.robustness_index
    if isinstance(index, RobustnessIndex) and index.support < LOW_SUPPORT:
        warnings.append(
            f"The index rests on only {index.support:.0%} of the tiles; read it with caution."
        )
    return tuple(warnings)


def _encoder_note(result: EncoderResult) -> str:
    facts = result.encoder
    used = "" if facts.mpp_used is None else f", seen at {facts.mpp_used:.3g} µm/px"
    return f"{facts.dim} numbers a tile; made for {facts.mpp_expected:.3g} µm/px{used}"


def accuracy_cell(measured: ReferenceMeasurement, judge: str, what: str) -> Cell:
    """The balanced accuracy of ``judge`` ("knn" or "probe") for ``what``, with its interval.

    The note says what guessing would give, and of a probe what its interval leaves out: it is not
    fitted anew without a slide.
    """
    accuracies: BalancedAccuracies = getattr(measured, judge)
    value: float | NotAssessable = getattr(accuracies, f"{what}_balanced_accuracy")
    if isinstance(value, NotAssessable):
        return Cell(NOT_ASSESSABLE, value.reason)
    chance: float = getattr(accuracies, f"{what}_chance")
    found: Interval | None = getattr(accuracies, f"{what}_interval")
    note = f"guessing would give {number(chance)}"
    if found is None:
        return Cell(number(value), note, value)
    if found.reason:
        note += f"; no interval: {found.reason}"
    elif judge == "probe":
        note += "; the interval is that of this fitted probe"
    return Cell(reading_text(Reading(value, found.low, found.high), 2), note, value)


def _k_note(measured: ReferenceMeasurement) -> str:
    if measured.own_k is None:
        return measured.k_rule
    return f"{measured.k_rule}\nThis encoder's own best: {measured.own_k}"


def _index_note(index: RobustnessIndex | NotAssessable) -> str:
    if isinstance(index, NotAssessable):
        return index.reason
    note = index.definition
    if index.no_interval:
        note += f"; no interval: {index.no_interval}"
    if index.anchors_of is None:
        return note
    return f"{note}; value and interval rest on {rests_on(index)}"


def _sort(index: RobustnessIndex | NotAssessable) -> float:
    return float("-inf") if isinstance(index, NotAssessable) else index.value
