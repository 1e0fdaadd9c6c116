"""What the legend says: which classes, in which order, and what is folded away. No painting."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pathgui.core.errors import plural
from pathgui.core.language.texts import say
from pathgui.core.pictures.fading import HOLLOW
from pathgui.core.pictures.overlay import NO_TILE
from pathgui.core.pictures.palette import FEW
from pathgui.gui.viewer.model.layers import OverlayLayer

FIND_FROM = 13  # classes from which on one searches rather than looks


@dataclass(frozen=True)
class LegendRow:
    """One class: ``count`` tiles of it; ``code`` is what its tiles are marked with."""

    name: str
    color: tuple[int, int, int]
    shown: bool
    count: int
    code: str = ""

    @property
    def words(self) -> str:
        """The name without the code, which stands before it."""
        return self.name.removeprefix(f"{self.code}  ") if self.code else self.name


@dataclass(frozen=True)
class LegendFacts:
    """What a legend says. Either ``rows``, or ``bar`` with its ends."""

    title: str
    rows: tuple[LegendRow, ...] = ()
    bar: tuple[tuple[int, int, int], ...] = ()
    low: float = 0.0
    high: float = 1.0
    stretched: bool = False
    faded: bool = False  # tiles are painted the fainter, the less probable their class is
    hollow: bool = False  # some are an outline alone: they have no probability
    more: str = ""  # a line below the rows: what is folded away

    @property
    def counted(self) -> bool:
        """Whether any tile has an answer."""
        return any(row.count for row in self.rows)

    def narrowed(self, *, unfolded: bool = False, find: str = "") -> LegendFacts:
        """With the rows that are listed: those with tiles, or all, or those that are sought."""
        if len(self.rows) <= FEW:
            return self
        if find:
            found = tuple(row for row in self.rows if find.casefold() in row.name.casefold())
            return replace(self, rows=found, more="" if found else say("none is called so"))
        rows = tuple(row for row in self.rows if row.count)
        empty = len(self.rows) - len(rows)
        if not empty:
            return self
        if unfolded:
            return replace(self, more=say("▴ only those with tiles"))
        if not rows:
            return replace(
                self, rows=(), more=say("▾ {n:,} classes, no tile yet", n=len(self.rows))
            )
        return replace(self, rows=rows, more=say("▾ {n:,} without tiles", n=empty))

    @property
    def words(self) -> str:
        """For those who hear it."""
        return ", ".join(f"{row.name}: {plural(row.count, 'tile')}" for row in self.rows)


def legend_of(layer: OverlayLayer, shown: list[bool], stretched: bool) -> LegendFacts:
    """The legend of a layer: a few classes in their order, many by their number of tiles."""
    if layer.scalar:
        low, high = layer.data_range() if stretched else layer.value_range
        return LegendFacts(layer.title, (), tuple(layer.colors), low, high, stretched)
    counts = layer.counts()
    rows = [
        LegendRow(
            name,
            layer.colors[index],
            shown[index],
            counts[index],
            layer.codes[index] if layer.codes else "",
        )
        for index, name in enumerate(layer.names)
    ]
    if len(rows) > FEW:
        rows.sort(key=lambda row: -row.count)
    faded = hollow = False
    if layer.fades is not None:
        steps = layer.fades[layer.image != NO_TILE]
        hollow = bool((steps == HOLLOW).any())
        faded = bool((steps < np.uint8(HOLLOW)).any())
    return LegendFacts(layer.title, tuple(rows), faded=faded, hollow=hollow)
