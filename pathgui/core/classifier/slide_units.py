"""Slides in the place of tiles, for a classifier that answers one class a slide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pathgui.core.classifier.assess import Seen
from pathgui.core.errors import ClassifierError
from pathgui.core.language.texts import counted, say
from pathgui.core.metrics.jackknife import Codes
from pathgui.core.reference.labels import TileLabels


def slides_told(
    labels: TileLabels, slides: Sequence[str]
) -> tuple[TileLabels, Codes, tuple[str, ...]]:
    """Labels of the slides that have one tissue and one center, which they are, and what to say.

    Parameters
    ----------
    labels
        Of tiles.
    slides
        Names of slides, as ``labels`` has them.

    Raises
    ------
    ClassifierError
        If each slide has several tissues.
    """
    rows: list[int] = []
    several: list[str] = []
    kept: list[int] = []
    for at, slide in enumerate(slides):
        tiles = np.flatnonzero(labels.slide == slide)
        if len(set(labels.tissue[tiles].tolist())) == len(set(labels.center[tiles].tolist())) == 1:
            rows.append(int(tiles[0]))
            kept.append(at)
        else:
            several.append(slide)
    if not rows:
        raise ClassifierError(
            say(
                "Each slide of the reference set has tiles of several tissues, so one class a "
                "slide cannot be judged. Give one answer a tile."
            )
        )
    notices: tuple[str, ...] = ()
    if several:
        notices = (
            counted(
                len(several),
                # Without their names: a report prints this.
                "{n:,} slide has tiles of several tissues and was left out.",
                "{n:,} slides have tiles of several tissues and were left out.",
            ),
        )
    return labels.take(np.array(rows, np.intp)), np.array(kept, np.intp), notices


def slides_seen(seen: Seen, tiles: TileLabels, slides: TileLabels) -> Seen:
    """What an encoder makes of slides: the mean of their tiles' embeddings."""
    values, rows = [], []
    of = tiles.slide[seen.rows]
    for at, slide in enumerate(slides.slide.tolist()):
        mine = np.flatnonzero(of == slide)
        if len(mine):
            values.append(seen.values[mine].mean(axis=0, dtype=np.float64))
            rows.append(at)
    shape = (0, seen.values.shape[1])
    return Seen(
        seen.name,
        seen.title,
        np.array(values) if values else np.empty(shape),
        np.array(rows, np.intp),
    )
