"""Results put into words, once, for the summary panel, the report and the terminal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from pathgui.core.language.retelling import retold, retold_all
from pathgui.core.language.texts import filled, localized, say
from pathgui.core.measurement.results import ReferenceMeasurement, RobustnessIndex, SameCenterErrors
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Sensitivity
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.charts import INDEX_MARKS
from pathgui.core.results.findings import LOW_SUPPORT, letters_of, verdict
from pathgui.core.results.formatting import NOT_ASSESSABLE, NOTHING, number, stage
from pathgui.core.results.judging import (
    OUTCOME_MARKS,
    OUTCOME_WORDS,
    criterion_text,
    judgement_text,
)
from pathgui.core.results.measures import IN_ROLES, MEASURES, Cell, measure, measures
from pathgui.core.results.published import headline, published
from pathgui.core.results.readings import NOT_MEASURED
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

    def called(self, columns: RoleColumns) -> Column:
        """The same in the words of the columns that play center and tissue."""
        return replace(self, title=columns.say(self.title), help=columns.say(self.help))


@dataclass(frozen=True)
class SummaryRow:
    """What is said of one encoder."""

    encoder: str
    cells: dict[str, Cell]
    sentence: str
    warnings: tuple[str, ...] = ()


def _measured(key: str, name: str = "", help_: str = "") -> Column:
    """A column of a measurement, which says what it is and where it is explained."""
    known = next(each for each in IN_ROLES if each.key == key)
    assert isinstance(known.column, str)
    return Column(name or key, known.column, help_ or known.help, anchor=known.anchor)


# Beside the index: what it is compared with and rests on. The rest follow in their own order.
_FRONT = ("robustness_index", "support")
_FIRST = ("tissue_probe", "center_probe", "croma_median", "croma_tail", "enrichment",
          "apd_same_centers")  # fmt: skip
_SHOWN = tuple(
    dict.fromkeys(
        (*_FIRST, *(m.key for m in MEASURES if isinstance(m.column, str) and m.key not in _FRONT))
    )
)
_TIME = "time-and-speed-seconds-tiles_per_second"
# In their texts {center} and {tissue} stand for the words of the columns that play them.
_IN_ROLES = (
    Column(
        "encoder",
        say("Encoder"),
        say("The model that turns a tile into an embedding."),
        right=False,
        anchor="the-encoder-encoder",
    ),
    Column(
        "letters",
        say("Group"),
        say(
            "Encoders that share a letter cannot be told apart by their index on "
            "these slides. Numbers before the letters: only encoders with the "
            "same number were compared."
        ),
        right=False,
        anchor="comparing-encoders",
    ),
    _measured(
        "robustness_index",
        "index",
        say(
            "Robustness index: of the neighbors that share either {{tissue}} or "
            "{{center}} with a tile, but not both, the share that shares its "
            "{{tissue}}. 1: only {{tissue}} counts; 0: only {{center}}. Where it "
            "is drawn, {INDEX_MARKS}. The filled part of the disc is the support.",
            INDEX_MARKS=INDEX_MARKS,
        ),
    ),
    Column(
        "null",
        say("Chance value"),
        say(
            "The index that neighbors drawn at random from this set would give. "
            "Compare the index with it, not with ½."
        ),
        anchor="its-chance-value-null",
    ),
    _measured("support"),
    Column(
        "k",
        "k",
        say(
            "How many nearest neighbors of each tile count. All encoders of a "
            "run share one k. Compare values only at the same k."
        ),
        anchor="k-k-k_rule-curve",
    ),
    Column(
        "criteria",
        say("Criteria"),
        say("Acceptance criteria that were set before the run: met, not met, not assessable."),
        right=False,
        anchor="acceptance-criteria-criteria",
    ),
    *(_measured(key) for key in _SHOWN),
    Column(
        "geometries",
        say("Robustness index, other distances"),
        say(
            "The index at the same k with distances taken in other ways: "
            "centered, standardized, on 50 principal components, whitened. Far "
            "apart: the index says as much about that choice as about the encoder."
        ),
        anchor="other-distances-sensitivity",
    ),
    Column(
        "time",
        say("Time"),
        say("How long the whole evaluation of this encoder took."),
        anchor=_TIME,
    ),
    Column(
        "rate",
        say("Tiles/s"),
        say("Tiles embedded per second in this run; reading them is counted."),
        anchor=_TIME,
    ),
    Column(
        "published",
        say("Published robustness index"),
        say(
            "Robustness index that others have published for this encoder, on "
            "their tiles. Read it beside the measured one, never in its place."
        ),
        anchor="published-values",
    ),
)


def columns_in(columns: RoleColumns) -> tuple[Column, ...]:
    """All columns in the words of the columns of a set that play center and tissue."""
    return tuple(each.called(columns) for each in _IN_ROLES)


COLUMNS = columns_in(USUAL)
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

# In the window until the user chooses: those of the first page of the report.
AT_FIRST = TERMINAL - {"croma_median", "enrichment"}


def columns_of(run: Run) -> tuple[Column, ...]:
    """The columns in which this run has anything to say; the others would be all dashes."""
    rows = summary_rows(run)
    always = {"encoder", "index", "null", "support", "k", "tissue_probe", "center_probe", "rate"}
    return tuple(
        column
        for column in columns_in(run.reference.columns)
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
        return say("{value} [no interval]", value=number(index.value, 3))
    return f"{number(index.value, 3)} [{number(index.low, 3)}, {number(index.high, 3)}]"


def sentence(result: EncoderResult) -> str:
    """What an encoder does, for a reader of one sentence or two."""
    columns = result.reference.columns
    said = verdict(result.reference.robustness_index, columns)
    errors = result.reference.same_center_errors
    if isinstance(errors, SameCenterErrors) and errors.n_errors:
        said += say(
            " Where neighbors name the wrong {of_tissue}, {in_ratio} of the "
            "misleading ones are from the tile's own {of_center} (chance "
            "value: {in_ratio2}).",
            of_tissue=columns.of_tissue,
            in_ratio=in_ratio(errors.fraction),
            of_center=columns.of_center,
            in_ratio2=in_ratio(errors.expected),
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
        return say("almost all") if near else say("almost none")
    return say(
        "{numerator} in {denominator}", numerator=near.numerator, denominator=near.denominator
    )


def _row(result: EncoderResult, letters: str, criteria: JudgedCriteria | None) -> SummaryRow:
    measured = result.reference
    index = measured.robustness_index
    rate = result.tiles_per_second
    seconds = sum(result.seconds.values())
    cells = {
        "encoder": Cell(result.encoder.title, _encoder_note(result)),
        "letters": Cell(letters or NOTHING),
        "k": Cell(str(measured.k), _k_note(measured), measured.k),
        "criteria": _criteria(result, criteria),
        **{
            each.key: each.cell(result) for each in measures(measured.columns) if each.key in _SHOWN
        },
        "geometries": _geometries(result),
        "time": Cell(in_table(seconds), _stages(result), seconds) if seconds else Cell(NOTHING),
        "rate": Cell(NOTHING, say("no tile was embedded: all were kept from an earlier run"))
        if rate is None
        else Cell(localized(rate, ".1f"), "", rate),
        "published": _published(result),
    }
    for name, key in (("index", "robustness_index"), ("support", "support")):
        known = measure(key, measured.columns)
        assert known is not None
        cells[name] = known.cell(result)
    if isinstance(index, NotAssessable):
        cells["null"] = cells["support"] = Cell(NOTHING, retold(index.reason))
    else:
        cells["index"] = replace(cells["index"], text=index_text(index))
        cells["null"] = Cell(number(index.null, 3), retold(index.definition), index.null)
        cells["support"] = replace(cells["support"], text=localized(index.support, ".0%"))
    return SummaryRow(result.encoder.name, cells, sentence(result), warnings_of(result))


def difference_text(
    difference: float | None, low: float | None, high: float | None, digits: int
) -> str:
    """A difference with its sign and interval.

    >>> difference_text(-0.0271, -0.05, 0.01, 3)
    '−0.027 [−0.050, +0.010]'
    """
    if difference is None:
        return NOTHING
    text = localized(difference, f"+.{digits}f")
    if low is not None and high is not None:
        text += filled(
            " [{low}, {high}]",
            low=localized(low, f"+.{digits}f"),
            high=localized(high, f"+.{digits}f"),
        )
    return text.replace("-", "−")


def _geometries(result: EncoderResult) -> Cell:
    """From the lowest to the highest index over geometries; each in the note."""
    found = result.reference.sensitivity
    if not isinstance(found, Sensitivity):
        return Cell(NOTHING, retold(found.reason if found else NOT_MEASURED))
    values = [each.value for each in found.indices if each.value is not None]
    if not values:
        return Cell(
            NOT_ASSESSABLE,
            result.reference.columns.say(
                say("no neighbor shares {tissue} or {center}, but not both, in any geometry")
            ),
        )
    note = "\n".join(
        f"{each.name}: {NOT_ASSESSABLE if each.value is None else number(each.value, 3)}"
        for each in found.indices
    )
    text = say(
        "{values} to {values2}", values=number(min(values), 3), values2=number(max(values), 3)
    )
    return Cell(text, say("k = {k}\n{note}", k=found.k, note=note), max(values) - min(values))


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
        return Cell(NOTHING, say("no criterion is about this encoder"))
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
        return Cell(NOTHING, note or say("pathgui knows of no published value"))
    note = say("Published, on other tiles and at another k:\n") + "\n".join(
        each.text for each in known
    )
    note += say("\nMeasured here at k = {k}.", k=result.reference.k)
    value = first.values["ri"]
    return Cell(f"{number(value, 3)} ({first.source.title})", note, value)


def _stages(result: EncoderResult) -> str:
    return "\n".join(f"{stage(name)}: {in_table(n)}" for name, n in result.seconds.items())


def warnings_of(result: EncoderResult) -> tuple[str, ...]:
    """What has to be known to read the numbers of an encoder."""
    measured = result.reference
    warnings = retold_all([*result.warnings, *measured.notices])
    if measured.interval_basis is not None and measured.interval_basis.caution:
        warnings.append(retold(measured.interval_basis.caution))
    index = measured.robustness_index
    if isinstance(index, RobustnessIndex) and index.support < LOW_SUPPORT:
        warnings.append(
            say(
                "The index rests on only {support:.0%} of the tiles; read it with caution.",
                support=index.support,
            )
        )
    return tuple(warnings)


def _encoder_note(result: EncoderResult) -> str:
    facts = result.encoder
    used = (
        ""
        if facts.mpp_used is None
        else say(", seen at {mpp_used:.3g} µm/px", mpp_used=facts.mpp_used)
    )
    return say(
        "embedding of {dim} numbers; made for {mpp_expected:.3g} µm/px{used}",
        dim=facts.dim,
        mpp_expected=facts.mpp_expected,
        used=used,
    )


def _k_note(measured: ReferenceMeasurement) -> str:
    if measured.own_k is None:
        return measured.k_rule
    return say(
        "{k_rule}\nThis encoder's own best: {own_k}", k_rule=measured.k_rule, own_k=measured.own_k
    )
