"""Results put into words, once, for the summary panel, the report and the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pathgui.core.measurement import (
    BalancedAccuracies,
    NotAssessable,
    ReferenceMeasurement,
    RobustnessIndex,
)
from pathgui.core.record import EncoderResult, Run

LOW_SUPPORT = 0.20  # below, the index is shown with a warning
NOT_ASSESSABLE = "not assessable"


@dataclass(frozen=True)
class Column:
    """One column of the robustness summary: its title and what it means."""

    key: str
    title: str
    help: str
    right: bool = True  # numbers are set flush right


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


COLUMNS = (
    Column("encoder", "Encoder", "The model that turns a tile into an embedding.", right=False),
    Column(
        "index",
        "RI [95 % interval]",
        "Robustness index: of the neighbours that share either tissue or center with a tile, "
        "the share that shares its tissue. 1: only tissue counts; 0: only center.",
    ),
    Column("null", "Null", "The index if neighbours were drawn at random. Compare RI with it."),
    Column("support", "Support", "Share of tiles with a neighbour that tells tissue from center."),
    Column("k", "k", "How many nearest neighbours of each tile are looked at."),
    Column(
        "tissue_knn",
        "Tissue, kNN",
        "Balanced accuracy of predicting the tissue from the neighbours; own slide left out.",
    ),
    Column(
        "center_knn",
        "Center, kNN",
        "Balanced accuracy of predicting the center from the neighbours; lower is better.",
    ),
    Column(
        "tissue_probe",
        "Tissue, probe",
        "Balanced accuracy of a linear probe for tissue, folds split by slide.",
    ),
    Column(
        "center_probe",
        "Center, probe",
        "Balanced accuracy of a linear probe for center, folds split by slide; lower is better.",
    ),
    Column("rate", "Tiles/s", "Tiles embedded per second in this run; reading them is counted."),
)


def summary_rows(run: Run) -> tuple[SummaryRow, ...]:
    """One row per encoder that ran, in the order of the request."""
    return tuple(_row(result) for result in run.encoders)


def number(value: float, digits: int = 2) -> str:
    """A number as it is printed everywhere.

    >>> number(0.12345), number(0.12345, 3)
    ('0.12', '0.123')
    """
    return f"{value:.{digits}f}"


def index_text(index: RobustnessIndex | NotAssessable) -> str:
    """The index with its interval: ``0.437 [0.391, 0.482]``."""
    if isinstance(index, NotAssessable):
        return NOT_ASSESSABLE
    if index.low is None or index.high is None:
        return f"{number(index.value, 3)} [no interval]"
    return f"{number(index.value, 3)} [{number(index.low, 3)}, {number(index.high, 3)}]"


def accuracy_text(accuracy: float | NotAssessable) -> str:
    """A balanced accuracy: ``0.81``."""
    return NOT_ASSESSABLE if isinstance(accuracy, NotAssessable) else number(accuracy)


def verdict(index: RobustnessIndex | NotAssessable) -> str:
    """One plain sentence on what the index says; it claims no more than the interval does."""
    if isinstance(index, NotAssessable):
        return f"The robustness index is not assessable: {index.reason}"
    if index.low is None or index.high is None:
        return "Too few slides for an interval, so the index cannot be told from its null."
    if index.high < index.null:
        return "Groups these tiles by center more than chance would: it follows the hospital."
    if index.low > index.null:
        return "Groups these tiles by tissue more than by center, compared with chance."
    return "Cannot be told from chance: the interval holds the null value."


def composition_sentence(names: Sequence[str], counts: Sequence[int]) -> str:
    """The two largest shares: ``62 % stroma, 21 % tumor``."""
    total = sum(counts)
    if not total:
        return "no tile"
    order = sorted(range(len(names)), key=lambda i: -counts[i])[:2]
    return ", ".join(f"{counts[i] / total:.0%} {names[i]}" for i in order if counts[i])


def _row(result: EncoderResult) -> SummaryRow:
    measured = result.reference
    index = measured.robustness_index
    rate = result.tiles_per_second
    cells = {
        "encoder": Cell(result.encoder.title, _encoder_note(result)),
        "index": Cell(index_text(index), _reason(index), _sort(index)),
        "k": Cell(str(measured.k), "", measured.k),
        "tissue_knn": _accuracy(measured.knn, "tissue"),
        "center_knn": _accuracy(measured.knn, "center"),
        "tissue_probe": _accuracy(measured.probe, "tissue"),
        "center_probe": _accuracy(measured.probe, "center"),
        "rate": Cell("–", "no tile was embedded: all were kept from an earlier run")
        if rate is None
        else Cell(f"{rate:.1f}", "", rate),
    }
    if isinstance(index, NotAssessable):
        cells["null"] = cells["support"] = Cell("–", index.reason)
    else:
        cells["null"] = Cell(number(index.null, 3), index.definition, index.null)
        cells["support"] = Cell(
            f"{index.support:.0%}", f"{index.n_anchors} tiles measured", index.support
        )
    return SummaryRow(result.encoder.name, cells, verdict(index), _warnings(result, measured))


def _warnings(result: EncoderResult, measured: ReferenceMeasurement) -> tuple[str, ...]:
    warnings = [*result.warnings, *measured.notices]
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


def _accuracy(accuracies: BalancedAccuracies, what: str) -> Cell:
    value: float | NotAssessable = getattr(accuracies, f"{what}_balanced_accuracy")
    if isinstance(value, NotAssessable):
        return Cell(NOT_ASSESSABLE, value.reason)
    chance: float = getattr(accuracies, f"{what}_chance")
    return Cell(number(value), f"guessing would give {number(chance)}", value)


def _reason(index: RobustnessIndex | NotAssessable) -> str:
    return index.reason if isinstance(index, NotAssessable) else index.definition


def _sort(index: RobustnessIndex | NotAssessable) -> float:
    return float("-inf") if isinstance(index, NotAssessable) else index.value
