"""Several columns in the center's role, side by side: for the window, the terminal and the report.

The first line of an encoder is the main column, with the same numbers as everywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from pathgui.core.language.retelling import retold, retold_all
from pathgui.core.language.texts import say
from pathgui.core.measurement.confounders import Association
from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.reference.roles import RoleColumns, noun_of
from pathgui.core.results import formatting as fmt
from pathgui.core.results.findings import side_of
from pathgui.core.results.measures import Cell
from pathgui.core.results.summary import Column, index_text
from pathgui.core.runs.record import EncoderResult, Run

_ANCHOR = "several-columns-side-by-side-confounders"
TOGETHER = 0.999  # Cramér's V from which two columns say the same of every slide

COLUMNS = (
    Column(
        "encoder",
        say("Encoder"),
        say("The model that turns a tile into an embedding."),
        right=False,
        anchor="the-encoder-encoder",
    ),
    Column(
        "column",
        say("Column"),
        say(
            "The column that plays the center in this line. The first one is the "
            "main one, which all other numbers are of."
        ),
        right=False,
        anchor=_ANCHOR,
    ),
    Column(
        "index",
        say("Robustness index [95 % interval]"),
        say(
            "Robustness index with this column in the center's place, at the "
            "same k. Compare it with the chance value of its own line."
        ),
        anchor=_ANCHOR,
    ),
    Column(
        "null",
        say("Chance value"),
        say(
            "The index that neighbors drawn at random would give. It depends on "
            "how many values the column has."
        ),
        anchor="its-chance-value-null",
    ),
    Column(
        "reading",
        say("Grouped by"),
        say(
            "What the encoder groups tiles by more than chance would: the "
            "tissue, or this column. It can be chance where the interval holds "
            "the chance value."
        ),
        right=False,
        anchor=_ANCHOR,
    ),
    Column(
        "adjusted",
        say("Adjusted"),
        say(
            "The index with the make-up of the set taken out. Its chance value "
            "is ½ in every line, so lines can be compared by it."
        ),
        anchor="composition-adjusted-index-adjusted",
    ),
    Column(
        "support",
        say("Support"),
        say(
            "Share of the tiles with at least one neighbor that shares the "
            "tissue or this column's value, but not both."
        ),
        anchor="support-support-undefined",
    ),
    Column(
        "probe",
        say("Probe"),
        say(
            "Balanced accuracy with which a linear probe names this column's "
            "value on slides that it was not fitted on, and its chance value."
        ),
        anchor="balanced-accuracies-knn-probe",
    ),
    Column(
        "cramers_v",
        say("V with tissue"),
        say("Cramér's V of this column and the tissue over the tiles. At 1, one tells the other."),
        anchor=_ANCHOR,
    ),
    Column(
        "tiles", say("Tiles"), say("Tiles that the numbers of this line rest on."), anchor=_ANCHOR
    ),
    Column("values", say("Values"), say("How many values the column has."), anchor=_ANCHOR),
)
TERMINAL = frozenset(("encoder", "column", "index", "null", "reading", "probe", "tiles"))


@dataclass(frozen=True)
class ConfounderRow:
    """One encoder with one column in the center's role."""

    encoder: str
    main: bool
    cells: dict[str, Cell]
    warnings: tuple[str, ...] = ()


def has_confounders(run: Run) -> bool:
    """Whether the run has more than one column in the center's role."""
    return bool(run.reference.confounders)


def confounder_rows(run: Run) -> list[ConfounderRow]:
    """A line for each encoder and column, encoders in the order of the run; none of one column."""
    if not has_confounders(run):
        return []
    return [row for result in run.encoders for row in _of_encoder(run, result)]


def columns_words(run: Run) -> str:
    """Which columns stand side by side, the main one first: ``scanner, center``."""
    further = (each.column for each in run.reference.confounders)
    return ", ".join(noun_of(name).one for name in (run.reference.columns.center, *further))


def association_rows(run: Run) -> list[tuple[str, str]]:
    """Each two columns, and how far they go together, in words."""
    return [
        (
            say(
                "{noun_of} and {noun_of2}", noun_of=noun_of(each.one), noun_of2=noun_of(each.other)
            ),
            association_text(each),
        )
        for each in run.reference.associations
    ]


def association_text(found: Association) -> str:
    """How far two columns go together over the slides.

    >>> association_text(Association("scanner", "site", 0.5, 0.38, 8))
    'Cramér’s V 0.50 over 8 slides; chance value about 0.38'
    """
    slides = fmt.plural(found.n_slides, "slide")
    if found.cramers_v is None or found.by_chance is None:
        return say(
            "not assessable: of {slides} that both columns say something of, one has one value",
            slides=slides,
        )
    return say(
        "Cramér’s V {cramers_v} over {slides}; chance value about {by_chance}",
        cramers_v=fmt.number(found.cramers_v),
        slides=slides,
        by_chance=fmt.number(found.by_chance),
    )


def association_sentences(run: Run) -> list[str]:
    """What the associations mean for who reads the lines; none of one column."""
    together = [
        say("{one} and {one2}", one=noun_of(each.one).one, one2=noun_of(each.other).one)
        for each in run.reference.associations
        if each.cramers_v is not None and each.cramers_v >= TOGETHER
    ]
    if not run.reference.associations:
        return []
    said = [
        say(
            "Columns that go together cannot be told apart: what is measured of "
            "one may be due to the other."
        )
    ]
    if together:
        pairs = "; ".join(together)
        said.append(say("Here one tells the other on every slide: {pairs}.", pairs=pairs))
    return said


def _of_encoder(run: Run, result: EncoderResult) -> list[ConfounderRow]:
    measured, title = result.reference, result.encoder.title
    tissue = run.reference.columns.tissue
    main = _row(
        title,
        RoleColumns(run.reference.columns.center, tissue),
        measured.robustness_index,
        measured.probe.center_balanced_accuracy,
        measured.probe.center_chance,
        measured.probe.center_interval,
        measured.cramers_v,
        measured.n_used,
        len(measured.centers),
        main=True,
    )
    further = [
        _row(
            title,
            RoleColumns(each.column, tissue),
            each.robustness_index,
            each.probe,
            each.probe_chance,
            each.probe_interval,
            each.cramers_v,
            each.n_used,
            len(each.values),
            (*retold_all(each.notices), *_caution(each.n_unlabeled, each.column)),
        )
        for each in measured.confounders
    ]
    return [main, *further]


def _caution(n_unlabeled: int, column: str) -> tuple[str, ...]:
    if not n_unlabeled:
        return ()
    tiles = fmt.plural(n_unlabeled, "tile")
    return (
        say(
            "{tiles} left out: the set does not say of which {noun_of}.",
            tiles=tiles,
            noun_of=noun_of(column),
        ),
    )


def _row(
    title: str,
    columns: RoleColumns,
    index: RobustnessIndex | NotAssessable,
    probe: float | NotAssessable,
    chance: float,
    of_probe: Interval | None,
    cramers_v: float | None,
    tiles: int,
    values: int,
    warnings: tuple[str, ...] = (),
    *,
    main: bool = False,
) -> ConfounderRow:
    noun = columns.of_center
    cells = {
        "encoder": Cell(title),
        "column": Cell(noun.one, "\n".join(warnings)),
        "index": Cell(index_text(index)),
        "tiles": Cell(fmt.count(tiles), "", tiles),
        "values": Cell(fmt.count(values), "", values),
        "cramers_v": Cell(fmt.NOTHING)
        if cramers_v is None
        else Cell(fmt.number(cramers_v), "", cramers_v),
    }
    if isinstance(index, NotAssessable):
        nothing = Cell(fmt.NOTHING, retold(index.reason))
        cells["index"] = Cell(fmt.NOT_ASSESSABLE, retold(index.reason))
        cells |= dict.fromkeys(("null", "reading", "adjusted", "support"), nothing)
    else:
        cells["index"] = Cell(index_text(index), retold(index.no_interval), index.value)
        cells["null"] = Cell(fmt.index(index.null), retold(index.definition), index.null)
        by = {1: columns.of_tissue.one, -1: noun.one, 0: say("can be chance")}[side_of(index)]
        cells["reading"] = Cell(by)
        cells["support"] = Cell(fmt.percent(index.support), "", index.support)
        cells["adjusted"] = (
            Cell(fmt.NOTHING)
            if index.adjusted is None
            else Cell(fmt.index(index.adjusted), "", index.adjusted)
        )
    if isinstance(probe, NotAssessable):
        cells["probe"] = Cell(fmt.NOT_ASSESSABLE, retold(probe.reason))
    else:
        note = ""
        if of_probe is not None and of_probe.low is not None and of_probe.high is not None:
            bounds = say(
                "{accuracy} to {accuracy2}",
                accuracy=fmt.accuracy(of_probe.low),
                accuracy2=fmt.accuracy(of_probe.high),
            )
            note = say("95 % interval of this fitted probe: {bounds}", bounds=bounds)
        text = say(
            "{accuracy} (chance value {accuracy2})",
            accuracy=fmt.accuracy(probe),
            accuracy2=fmt.accuracy(chance),
        )
        cells["probe"] = Cell(text, note, probe)
    return ConfounderRow(title, main, cells, warnings)
