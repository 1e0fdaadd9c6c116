"""The slides of a run on a cohort, put together for each encoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.measurement.over_slides import OverSlides, SlideSeen, over_slides
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.runs.record import SlideByEncoder, SlideOfRun

# Of each encoder: rows of the set that a slide's tiles lie nearest to; -1 where there is none.
NearestRows = Callable[[SlideOfRun], Mapping[str, NDArray[np.int32]]]


@dataclass(frozen=True)
class SetSlides:
    """The slides of a reference set; one that is at two centers counts as two."""

    names: list[str]  # as a run calls them
    centers: list[int]  # index into the centers of the set
    of_row: NDArray[np.intp]  # (n,) the slide of each tile

    @classmethod
    def of(
        cls, labels: TileLabels, centers: Sequence[str], called: Callable[[str], str]
    ) -> SetSlides:
        """Those of the tiles with these labels; ``called``: how a run calls a slide."""
        pairs = np.stack([labels.slide.astype(np.str_), labels.center.astype(np.str_)])
        found, of_row = np.unique(pairs, axis=1, return_inverse=True)
        index = {name: i for i, name in enumerate(centers)}
        return cls(
            [called(str(name)) for name in found[0]],
            [index[str(name)] for name in found[1]],
            of_row.ravel().astype(np.intp),
        )


def slides_together(
    slides: Sequence[SlideOfRun],
    encoders: Sequence[str],
    centers: Sequence[str],
    seed: int = 0,
    columns: RoleColumns = USUAL,
    tiles: Sequence[int] = (),
    of_set: SetSlides | None = None,
    nearest_rows: NearestRows | None = None,
) -> list[OverSlides]:
    """What each of ``encoders`` says of all ``slides`` that are done; none where none is.

    ``centers`` are those of the reference set, in the order of its record; ``columns`` play tissue
    and center in it. ``tiles``: how many the set has of each center. A slide whose own tiles, left
    out where it is judged, are all of its center's cannot be placed there. ``of_set`` and
    ``nearest_rows`` say what chance is where tiles are left out.
    """
    done = [slide for slide in slides if slide.state == "done"]
    if not done:
        return []
    own: dict[str, list[int]] = {}
    near: dict[str, Mapping[str, NDArray[np.int32]]] = {}
    if of_set is not None:
        own = {slide.folder: _own(slide, of_set) for slide in done}
    if nearest_rows is not None and any(own.values()):
        near = {slide.folder: nearest_rows(slide) for slide in done}
    found = []
    of_center = dict(zip(centers, tiles, strict=False))
    for name in encoders:
        seen = [
            _seen(
                slide,
                said,
                of_center,
                own.get(slide.folder, []),
                _by_slide(near.get(slide.folder, {}).get(name), of_set),
            )
            for slide in done
            for said in slide.encoders
            if said.encoder == name
        ]
        set_centers = [] if of_set is None else of_set.centers
        found.append(over_slides(name, seen, centers, seed, columns, set_centers))
    return found


def _own(slide: SlideOfRun, of_set: SetSlides) -> list[int]:
    """The slides of the set that never judge a slide."""
    left_out = set() if slide.slide is None else {each.slide for each in slide.slide.left_out or ()}
    return [i for i, name in enumerate(of_set.names) if name in left_out]


def _by_slide(rows: NDArray[np.int32] | None, of_set: SetSlides | None) -> dict[int, int] | None:
    """How many of these rows are of each slide of the set."""
    if rows is None or of_set is None:
        return None
    there, counts = np.unique(of_set.of_row[rows[rows >= 0]], return_counts=True)
    return dict(zip(there.tolist(), counts.tolist(), strict=True))


def _seen(
    slide: SlideOfRun,
    said: SlideByEncoder,
    of_center: Mapping[str, int],
    own: Sequence[int],
    nearest_slides: Mapping[int, int] | None,
) -> SlideSeen:
    left_out = 0 if slide.slide is None else sum(each.tiles for each in slide.slide.left_out or ())
    nearest, right = said.slide.nearest_center, said.tissue_right
    return SlideSeen(
        patient=slide.patient or "",
        center=slide.center,
        nearest=[] if nearest is None else nearest.counts,
        tissue_tiles=0 if right is None else right.n_tiles,
        tissue_right=0 if right is None else right.n_right,
        alone=0 < of_center.get(slide.center or "", 0) <= left_out,
        own=own,
        nearest_slides=nearest_slides,
    )
