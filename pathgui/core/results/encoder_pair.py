"""Two encoders of one run against each other: their numbers, and the tiles where they differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.measures import MEASURES
from pathgui.core.results.readings import Reading
from pathgui.core.runs.record import Run, TileTable

MOST_TILES = 200  # of those that differ most


@dataclass(frozen=True)
class PairRow:
    """One measurement of both; None where it is not assessable."""

    measure: str  # key of MEASURES
    title: str
    digits: int
    anchor: str
    one: Reading | None
    other: Reading | None
    difference: float | None  # one less other; None at different k, if it counts neighbors
    low: float | None = None  # 95 % interval of the difference, paired over slides
    high: float | None = None
    p: float | None = None  # corrected after Holm for all pairs of the run


@dataclass(frozen=True)
class ApartTile:
    """A tile of which two encoders do not say the same. Indices as in the reference facts."""

    row: int  # of the tile table
    x_l0: int  # of its middle
    y_l0: int
    tissue: tuple[int, int]
    tissue_probability: tuple[float, float]
    center: tuple[int, int]
    center_probability: tuple[float, float]
    score: float  # by which they are ordered, the strongest first


def pair_rows(run: Run, one: str, other: str) -> list[PairRow]:
    """All measurements that at least one of the two has; interval and p are the record's.

    Parameters
    ----------
    one, other
        Names of encoders of the run.
    """
    results = {result.encoder.name: result for result in run.encoders}
    rows = []
    for known in MEASURES:
        readings = [known.read(results[name]) for name in (one, other)]
        first, second = (None if isinstance(r, NotAssessable) else r for r in readings)
        if first is None and second is None:
            continue
        difference = low = high = p = None
        comparable = known.comparable(results[one], results[other])
        if comparable and first is not None and second is not None:
            difference = first.value - second.value
        if comparable and known.key == "robustness_index":
            low, high, p = _paired(run, one, other)
        rows.append(
            PairRow(
                known.key, known.title, known.digits, known.anchor, first, second, difference,
                low, high, p,
            )
        )  # fmt: skip
    return rows


def same_tiles(run: Run, one: str, other: str) -> bool:
    """Whether both were measured on the same tiles, so that they may be ranked."""
    return run.comparison is not None and any(
        one in group.encoders and other in group.encoders for group in run.comparison.groups
    )


def _paired(run: Run, one: str, other: str) -> tuple[float | None, float | None, float | None]:
    if run.comparison is None:
        return None, None, None
    for group in run.comparison.groups:
        for pair in group.differences:
            if (pair.one, pair.other) == (one, other):
                return pair.low, pair.high, pair.p_holm
            if (pair.one, pair.other) == (other, one):
                low = None if pair.high is None else -pair.high
                high = None if pair.low is None else -pair.low
                return low, high, pair.p_holm
    return None, None, None


def apart_tiles(
    run: Run, tiles: TileTable, one: str, other: str, most: int = MOST_TILES
) -> list[ApartTile]:
    """Tiles of which the two say another tissue or another center, the surest first.

    The score is the sum, over tissue and center where the answers differ, of the smaller of the
    two probabilities: both are sure, and not of the same.
    """
    slide = run.slide
    assert slide is not None
    score = np.zeros(len(tiles.cells))
    for answers, sure in (
        (tiles.tissue, tiles.tissue_probability),
        (tiles.center, tiles.center_probability),
    ):
        differ = (answers[one] != answers[other]) & tiles.readable
        least = np.minimum(sure[one], sure[other])  # NaN where one lies outside: neither is sure
        score += np.where(differ, np.nan_to_num(least), 0.0)
    order = np.argsort(-score, kind="stable")[:most]
    half = slide.tile_size_l0 // 2
    found = []
    for row in (int(r) for r in order if score[r] > 0):
        column, line = (int(v) for v in tiles.cells[row])
        found.append(
            ApartTile(
                row=row,
                x_l0=slide.tile_origin_l0[0] + column * slide.tile_stride_l0 + half,
                y_l0=slide.tile_origin_l0[1] + line * slide.tile_stride_l0 + half,
                tissue=(int(tiles.tissue[one][row]), int(tiles.tissue[other][row])),
                tissue_probability=(
                    float(tiles.tissue_probability[one][row]),
                    float(tiles.tissue_probability[other][row]),
                ),
                center=(int(tiles.center[one][row]), int(tiles.center[other][row])),
                center_probability=(
                    float(tiles.center_probability[one][row]),
                    float(tiles.center_probability[other][row]),
                ),
                score=float(score[row]),
            )
        )
    return found
