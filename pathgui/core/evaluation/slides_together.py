"""The slides of a run on a cohort, put together for each encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pathgui.core.measurement.over_slides import OverSlides, SlideSeen, over_slides
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.runs.record import SlideByEncoder, SlideOfRun


def slides_together(
    slides: Sequence[SlideOfRun],
    encoders: Sequence[str],
    centers: Sequence[str],
    seed: int = 0,
    columns: RoleColumns = USUAL,
    tiles: Sequence[int] = (),
) -> list[OverSlides]:
    """What each of ``encoders`` says of all ``slides`` that are done; none where none is.

    ``centers`` are those of the reference set, in the order of its record; ``columns`` play tissue
    and center in it. ``tiles``: how many the set has of each center. A slide whose own tiles, left
    out where it is judged, are all of its center's cannot be placed there.
    """
    done = [slide for slide in slides if slide.state == "done"]
    if not done:
        return []
    found = []
    of_center = dict(zip(centers, tiles, strict=False))
    for name in encoders:
        seen = [
            _seen(slide, said, of_center)
            for slide in done
            for said in slide.encoders
            if said.encoder == name
        ]
        found.append(over_slides(name, seen, centers, seed, columns))
    return found


def _seen(slide: SlideOfRun, said: SlideByEncoder, of_center: Mapping[str, int]) -> SlideSeen:
    own = 0 if slide.slide is None else sum(each.tiles for each in slide.slide.left_out or ())
    nearest, right = said.slide.nearest_center, said.tissue_right
    return SlideSeen(
        patient=slide.patient or "",
        center=slide.center,
        nearest=[] if nearest is None else nearest.counts,
        tissue_tiles=0 if right is None else right.n_tiles,
        tissue_right=0 if right is None else right.n_right,
        alone=0 < of_center.get(slide.center or "", 0) <= own,
    )
