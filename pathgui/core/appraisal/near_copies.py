"""Tiles that show nearly the same picture: cut twice, or stored again by another program.

An encoder's embeddings only suggest where to look, for what is near depends on the encoder: for
color statistics, two tiles of plain muscle are. Whether two pictures are equal is decided by their
pixels, by the rule for slides that are in a set under another name (:mod:`leakage`): the same but
for resizing and compression.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.appraisal.doubles import NamedTile, named_tile
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.progress import Part, Progress, ProgressFn, during, ignore_progress
from pathgui.core.reference.leakage import equal_pixels
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles

AT_A_TIME = 32  # pairs; where none of as many is equal, those that are farther apart are not, too
MOST_PAIRS = 512  # that are looked at: some five seconds


@dataclass(frozen=True)
class NearPair:
    """Two tiles with equal pixels, whose files differ."""

    one: NamedTile
    other: NamedTile
    distance: float  # cosine distance of their embeddings

    @property
    def apart(self) -> bool:
        """Whether they are of two slides, or bear two labels."""
        one, other = self.one, self.other
        return (one.slide, one.tissue, one.center) != (other.slide, other.tissue, other.center)


@dataclass(frozen=True)
class NearCopies:
    """What was found by looking at the pairs that are nearest to each other."""

    pairs: list[NearPair]
    looked_at: int  # pairs of tiles whose pixels were compared, the nearest first
    more: bool  # pairs were equal to the last that was looked at


def find_near_copies(
    reference: ReferenceSet,
    embeddings: NDArray[np.floating[Any]],
    rows: NDArray[np.intp],
    report: ProgressFn = ignore_progress,
) -> NearCopies:
    """Compare the pixels of tiles that are each other's nearest.

    ``embeddings`` (m, d) are of the tiles ``rows`` (m,) of the set, finite and none of them zero.
    """
    report = during(Part.MEASURING, report)
    if len(rows) < 2 or not reference.has_pictures:
        return NearCopies([], 0, False)
    found = nearest(embeddings, np.arange(len(rows)), 1, report)
    other, distance = found.indices[:, 0], found.distances[:, 0]
    pairs = {
        (min(one, two), max(one, two)): far
        for one, (two, far) in enumerate(zip(other.tolist(), distance.tolist(), strict=True))
    }
    near = sorted(pairs, key=lambda pair: (pairs[pair], pair))[:MOST_PAIRS]
    tiles = ReferenceTiles(reference)
    equal: list[NearPair] = []
    looked, some = 0, True
    while some and looked < len(near):
        some = False
        for pair in near[looked : looked + AT_A_TIME]:
            report(Progress(say("Comparing pictures"), looked, len(near)))
            looked += 1
            one, two = (int(rows[each]) for each in pair)
            if reference.sha256 and reference.sha256[one] == reference.sha256[two]:
                some = True  # the same to the byte, which is told elsewhere
                continue
            try:
                same = equal_pixels(tiles.read(one, 1), tiles.read(two, 1))
            except PathguiError:
                continue
            if same:
                some = True
                named = named_tile(reference, one), named_tile(reference, two)
                equal.append(NearPair(*named, pairs[pair]))
    report(Progress(say("Comparing pictures"), len(near), len(near)))
    return NearCopies(equal, looked, some and looked == MOST_PAIRS)
