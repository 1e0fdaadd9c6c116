"""Corrections of tiles, as cross-fitting sees them: embeddings that were made again.

What they are fitted on is the slides of one center, to whose colors all others are brought. So
there are two tables of embeddings, each for the halves in which these slides are fitted on. A
correction to published colors is fitted on nothing, and has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pathgui.core.crossfit.material import Floats, Tiles
from pathgui.core.crossfit.results import RecoloredSlides
from pathgui.core.metrics.jackknife import Codes


@dataclass(frozen=True)
class RecoloredTable:
    """Embeddings of the tiles after they were brought to one look."""

    values: Floats  # (n, d) of all tiles that labels are of
    fitted_rows: Codes  # tiles that the look is of; none if it was published

    def of(self, tiles: Tiles) -> Floats:
        """The embeddings of some tiles."""
        return self.values[tiles.rows]


@dataclass(frozen=True)
class Recolored:
    """A correction of tiles that is to be judged beside corrections of embeddings."""

    name: str
    tables: tuple[RecoloredTable, ...]
    slides: RecoloredSlides
    needs_center: ClassVar[bool] = False
    met_alike: ClassVar[bool] = True  # slides of a new center tell it nothing

    def fitted_on(self, tiles: Tiles) -> RecoloredTable:
        """The table that was fitted on none but these tiles.

        Raises
        ------
        ValueError
            If there is none: what was fitted on other tiles must not be judged by them.
        """
        for table in self.tables:
            if np.isin(table.fitted_rows, tiles.rows).all():
                return table
        raise ValueError("no table was fitted on these tiles alone")
