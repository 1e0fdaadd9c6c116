"""Cutting what is left out from regions: at once, or by a worker where it takes long.

Without Qt.
"""

from __future__ import annotations

from dataclasses import dataclass

from pathgui.core.errors import RegionError
from pathgui.core.slides.drawn_regions import Bounds, DrawnRegion, evaluated_region
from pathgui.core.slides.region import Region

MOST_CORNERS = 500  # of regions that are cut at once: 15 ms


class NotCutYetError(RegionError):
    """The regions are being cut."""


@dataclass(frozen=True)
class CutAsked:
    """All that what is evaluated depends on."""

    outlines: Region
    kinds: tuple[str, ...]
    left_out: frozenset[str]
    bounds_l0: Bounds

    @property
    def takes_long(self) -> bool:
        """Whether the window would wait for it."""
        return sum(map(len, self.outlines)) > MOST_CORNERS

    def cut(self) -> Region | RegionError:
        """What is left, or why nothing is. For any thread."""
        drawn = tuple(map(DrawnRegion, self.outlines, self.kinds))
        try:
            return evaluated_region(drawn, self.left_out, self.bounds_l0)
        except RegionError as error:
            return error
