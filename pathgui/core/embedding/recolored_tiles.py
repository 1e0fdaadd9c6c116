"""Tiles whose slides' colors are brought to those of another center before they are embedded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pathgui.core.corrections.registry import TileCorrection
from pathgui.core.corrections.stain import ColorCounts, Look, color_counts, pooled, rounded
from pathgui.core.embedding.tile_feed import TileSource
from pathgui.core.errors import UnreadableRegionError
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.slides.identity import DIGEST_BYTES, TileIdentity
from pathgui.core.system.background import in_parallel

VERSION = 1  # of what recoloring does to a pixel; embeddings of another are not found again
READERS = 4  # slides whose colors are counted at a time
MOST_PILED = 2_000_000  # colors of tiles before equal ones are put together: 22 MB a slide


@dataclass(frozen=True)
class SlideColors:
    """The looks of slides, by what a correction of tiles knows of them."""

    looks: Mapping[str, tuple[Look | None, ...]]  # by correction; None: too little stain
    kept: Mapping[int, ColorCounts]  # colors of the slides that were to be kept


def slide_colors(
    source: TileSource,
    slide_of: NDArray[np.intp],
    corrections: Sequence[TileCorrection],
    keep: Sequence[int] = (),
    report: ProgressFn = ignore_progress,
) -> SlideColors:
    """Read all tiles and say how each slide looks, its tiles pooled.

    Parameters
    ----------
    slide_of : (n,) int array
        Slide of each tile of ``source``, 0-based.
    keep
        Slides whose colors are wanted themselves, to be pooled with those of others.

    Tiles that cannot be read are left out.
    """
    count = int(slide_of.max(initial=-1)) + 1
    looks: dict[str, list[Look | None]] = {each.name: [None] * count for each in corrections}
    kept: dict[int, ColorCounts] = {}

    def look(slide: int) -> None:
        colors = colors_of(source, np.flatnonzero(slide_of == slide))
        if colors is None:
            return
        for each in corrections:
            looks[each.name][slide] = each.look(colors)
        if slide in keep:
            kept[slide] = colors

    works: list[Callable[[], None]] = [partial(look, slide) for slide in range(count)]
    in_parallel(works, report, say("Measuring the colors of slides"), min(READERS, max(1, count)))
    return SlideColors({name: tuple(some) for name, some in looks.items()}, kept)


def colors_of(source: TileSource, rows: NDArray[np.intp], px: int = 0) -> ColorCounts | None:
    """The colors of some tiles, read at ``px`` a side; None if none of them can be read."""
    pile: list[ColorCounts] = []
    size, limit = 0, MOST_PILED
    for row in rows.tolist():
        try:
            pile.append(color_counts(source.read(row, px)))
        except UnreadableRegionError:
            continue
        size += len(pile[-1].counts)
        if size > limit:
            pile = [pooled(pile)]
            size = len(pile[0].counts)
            limit = MOST_PILED + size
    return pooled(pile) if pile else None


class RecoloredTiles:
    """A source of tiles, each recolored from the look of its slide to a target."""

    def __init__(
        self,
        source: TileSource,
        slide_of: NDArray[np.intp],
        looks: Sequence[Look | None],
        target: Look,
    ) -> None:
        """``slide_of`` (n,): index into ``looks``. A slide without a look stays as it is."""
        self._source = source
        self.slide_of = slide_of
        self._looks = looks
        self._target = target
        self.edge_um = source.edge_um
        self._changes = [_digest(each, target) for each in looks]
        whole = hashlib.sha256(source.content_key.encode())
        whole.update(slide_of.astype("<i8").tobytes())
        for change in self._changes:
            whole.update(change)
        self.content_key = f"recolored-{whole.hexdigest()}"

    def identity(self) -> TileIdentity:
        """By the picture of each tile and by what is done to it."""
        known = self._source.identity()
        digests = known.digests
        if digests is not None:
            changed = [
                hashlib.sha256(digest.tobytes() + self._changes[slide]).digest()[:DIGEST_BYTES]
                for digest, slide in zip(digests, self.slide_of.tolist(), strict=True)
            ]
            digests = np.frombuffer(b"".join(changed), np.uint8).reshape(-1, DIGEST_BYTES)
        return TileIdentity(digests=digests, stamp=known.stamp, check=known.check)

    def __len__(self) -> int:
        return len(self._source)

    def edge_px(self, min_px: int) -> int | None:
        """As of the source."""
        return self._source.edge_px(min_px)

    def read(self, index: int, min_px: int) -> NDArray[np.uint8]:
        """The tile as it was read, recolored, shape (h, w, 3). Raises what the source raises."""
        tile = self._source.read(index, min_px)
        look = self._looks[self.slide_of[index]]
        return tile if look is None else rounded(look.recolored(tile, self._target))


def _digest(look: Look | None, target: Look) -> bytes:
    """What decides how a tile is recolored."""
    digest = hashlib.sha256(f"{VERSION} {type(target).__name__}".encode())
    if look is not None:
        digest.update(look.numbers.astype("<f8").tobytes())
        digest.update(target.numbers.astype("<f8").tobytes())
    return digest.digest()


def correction_key(correction: str, method: str, target: Look) -> str:
    """What a key of embeddings says of a correction of tiles, on top of ``correction``."""
    digest = hashlib.sha256(f"{correction} {method} {VERSION}".encode())
    digest.update(target.numbers.astype("<f8").tobytes())
    return digest.hexdigest()
