"""What the encoders say of each tile, side by side."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pathgui.core.evaluation.slide_judge import SlideJudge
from pathgui.core.measurement.slide_level import Agreement, agreement
from pathgui.core.runs.record import EncoderAgreement, TileTable
from pathgui.core.slides.tiling import TileGrid


def build_table(
    grid: TileGrid, judged: dict[str, tuple[SlideJudge, NDArray[np.bool_]]]
) -> TileTable:
    """The columns of each encoder, from its judge and the tiles of ``grid`` it could read.

    A tile counts as readable where every encoder could read it.
    """
    judges = {name: judge for name, (judge, _) in judged.items()}
    readable = np.ones(len(grid), np.bool_)
    for _, theirs in judged.values():
        readable &= theirs
    return TileTable(
        cells=grid.cells,
        readable=readable,
        tissue={name: judge.tissue for name, judge in judges.items()},
        tissue_probability={n: j.tissue_probability for n, j in judges.items()},
        center={name: judge.center for name, judge in judges.items()},
        center_probability={n: j.center_probability for n, j in judges.items()},
        distance={name: judge.distance for name, judge in judges.items()},
        outside={name: judge.outside() for name, judge in judges.items()},
        kinds={name: judge.kinds for name, judge in judges.items() if judge.has_kinds},
        neighbors={name: judge.neighbors().rows for name, judge in judges.items()},
        neighbor_distance={n: judge.neighbors().distances for n, judge in judges.items()},
        nearest_center={name: judge.nearest_center for name, judge in judges.items()},
        far={name: judge.far() for name, judge in judges.items()},
        no_known_center={name: judge.no_known_center() for name, judge in judges.items()},
    )


def agreement_of(tiles: TileTable | None) -> list[EncoderAgreement]:
    """Every pair of encoders, on the tiles that could be read."""
    if tiles is None or not tiles.readable.any():
        return []
    readable = tiles.readable

    def between(answers: dict[str, NDArray[np.int16]], one: str, other: str) -> Agreement | None:
        return agreement(
            answers[one][readable].astype(np.intp), answers[other][readable].astype(np.intp)
        )

    return [
        EncoderAgreement(
            one, other, between(tiles.tissue, one, other), between(tiles.center, one, other)
        )
        for one, other in combinations(tiles.tissue, 2)
    ]
