"""Tiles as an encoder after a correction of tiles sees them: each brought to one stain.

The look of a slide is that of its tiles, pooled. It is measured when the first of them is read, so
what is in the store costs nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pathgui.core.corrections.registry import StainTarget
from pathgui.core.corrections.stain import Look, rounded
from pathgui.core.embedding.recolored_tiles import colors_of
from pathgui.core.embedding.tile_feed import TileSource
from pathgui.core.errors import EncoderError
from pathgui.core.language.texts import say
from pathgui.core.slides.identity import TileIdentity

MOST_TILES = 400  # of a slide, evenly over it, that say how it looks


@runtime_checkable
class OfSlides(Protocol):
    """A source of tiles that knows which slide each is of."""

    @property
    def slide_of(self) -> NDArray[np.intp]:
        """0-based, (n,)."""
        ...


class NormalizedTiles:
    """Tiles of ``source``, each recolored from the look of its slide to a stain.

    Looks follow from the tiles of the source and from ``px``, whichever tiles are asked for. So
    the key of the embeddings is that of the source, and of the encoder with its correction.
    """

    def __init__(self, source: TileSource, target: StainTarget, px: int) -> None:
        """``px``: the side at which tiles are read to see how a slide looks.

        Raises
        ------
        EncoderError
            If the source does not know slides.
        """
        if not isinstance(source, OfSlides):
            raise EncoderError(
                say(
                    "{title} brings slides to one stain, and must have the tiles of a whole slide. "
                    "These are single tiles. Take a slide or a reference set.",
                    title=target.correction.title,
                )
            )
        self.slide_of = source.slide_of
        self.content_key = source.content_key
        self.edge_um = source.edge_um
        self._source: TileSource = source
        self._target = target
        self._px = px
        self._looks: dict[int, Look | None] = {}
        self._locks = [threading.Lock() for _ in range(int(self.slide_of.max(initial=-1)) + 1)]

    def identity(self) -> TileIdentity:
        """By the files alone: the same picture looks otherwise among the tiles of another slide."""
        known = self._source.identity()
        return TileIdentity(stamp=known.stamp, check=known.check)

    def __len__(self) -> int:
        return len(self._source)

    def edge_px(self, min_px: int) -> int | None:
        """As of the source."""
        return self._source.edge_px(min_px)

    def read(self, index: int, min_px: int) -> NDArray[np.uint8]:
        """The tile, recolored, shape (h, w, 3). Raises what the source raises."""
        tile = self._source.read(index, min_px)
        look = self._look(int(self.slide_of[index]))
        return tile if look is None else rounded(look.recolored(tile, self._target.look))

    @property
    def unchanged(self) -> int:
        """Slides seen so far that have too little stain, and stay as they are."""
        return sum(look is None for look in self._looks.values())

    def _look(self, slide: int) -> Look | None:
        with self._locks[slide]:  # others that read tiles of it wait, those of other slides do not
            if slide not in self._looks:
                rows = np.flatnonzero(self.slide_of == slide)
                some = np.linspace(0, len(rows) - 1, min(len(rows), MOST_TILES)).astype(np.intp)
                colors = colors_of(self._source, rows[some], self._px)
                self._looks[slide] = (
                    None if colors is None else self._target.correction.look(colors)
                )
            return self._looks[slide]


def normalized(source: TileSource, targets: Sequence[StainTarget], px: int) -> TileSource:
    """What an encoder sees of ``source`` after these, in this order; ``source`` itself for none."""
    for target in targets:
        source = NormalizedTiles(source, target, px)
    return source
