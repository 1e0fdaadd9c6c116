"""Which tiles of a slide are evaluated, and which reference tiles may judge them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import ReferenceSetError, ScaleError, SlideError, plural
from pathgui.core.evaluation.tile_request import TileRequest
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.language.texts import counted, say
from pathgui.core.progress import Notice, Progress, ProgressFn, TilePlan
from pathgui.core.reference.given import check_given
from pathgui.core.reference.leakage import OwnTiles, own_tiles, with_slides
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.record import SlideFacts, TileTable
from pathgui.core.runs.request import EvaluationRequest, Opened
from pathgui.core.slides.scale_doubts import scale_doubts, sure_mpp
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_scale import require_mpp
from pathgui.core.slides.stain import OVERVIEW_PX, stain_doubt
from pathgui.core.slides.tiling import SlideTiles, TileGrid, rows_in
from pathgui.core.slides.tissue import TissueMask
from pathgui.core.slides.tissue_left_out import tissue_left_out
from pathgui.core.system.background import watched


@dataclass(frozen=True)
class SlidePlan:
    """Where the slide's tiles lie, and which reference tiles may judge them.

    Embeddings are kept under the slide's whole lattice of tissue tiles, of which ``rows`` are
    evaluated: so a region, a sample and the whole slide share what is embedded.
    """

    slide: Slide
    mask: TissueMask
    tiles: SlideTiles  # all with tissue
    rows: NDArray[np.intp]  # (n,) rising: those of ``tiles`` that are evaluated
    grid: TileGrid  # these n
    tiles_region: int | None  # tissue tiles in the region; None: no region
    own: OwnTiles  # of the reference set: of this slide or of its patient
    automatic: TissueMask | None = None  # by the automatic threshold, where another was chosen

    @property
    def admissible(self) -> NDArray[np.bool_]:
        """Reference tiles that may judge the slide, shape (n_reference,)."""
        return ~self.own.rows

    def without(self, slides: Sequence[str], reference: ReferenceSet) -> SlidePlan:
        """The same, with these slides of the set left out too: their pixels are the slide's.

        Raises ReferenceSetError if no tile is left.
        """
        plan = replace(self, own=with_slides(reference, self.own, slides))
        _require_judges(plan, reference)
        return plan

    def facts(self, request: EvaluationRequest, tiles: TileTable | None) -> SlideFacts:
        """What the record says of the slide."""
        slide, grid = self.slide, self.grid
        mpp = require_mpp(slide)
        return SlideFacts(
            pseudonym=f"slide-{slide.content_id[:8]}",
            file_name=slide.path.name,
            content_id=slide.content_id,
            format=slide.format,
            vendor=slide.vendor,
            size_l0=slide.size_l0,
            levels=len(slide.levels),
            mpp=mpp,
            mpp_source="user" if slide.mpp_source == "user" else "file",
            objective=slide.objective,
            has_icc_profile=slide.icc_profile is not None,
            reader=slide.reader,
            given_center=request.center,
            new_center=request.new_center,
            left_out=list(self.own.left_out),
            file_stamp=slide.stamp.text,
            given_tissue=request.tissue,
            tissue_mask_method=self.mask.method,
            tissue_area_mm2=self.mask.area_mm2(mpp),
            tile_size_l0=grid.size_l0,
            tile_stride_l0=grid.stride_l0,
            tile_origin_l0=grid.origin_l0,
            lattice=grid.shape,
            tile_edge_um=grid.edge_um,
            tiles_tissue=len(self.tiles),
            tiles_used=len(grid),
            tiles_unreadable=0 if tiles is None else int((~tiles.readable).sum()),
            thumbnail="thumbnail.png",
            tiles_region=self.tiles_region,
            bounds_l0=slide.bounds_l0,
            remarks=slide.remarks,
            tissue_threshold=self.mask.threshold,
            region_classes=request.region_classes,
            tissue_left_out=tissue_left_out(
                self.mask, self.automatic, request.settings.region_l0, mpp
            ),
        )

    def event(self, reference: ReferenceSet) -> TilePlan:
        """What those who show partial answers need to know."""
        grid = self.grid
        return TilePlan(
            cells=grid.cells,
            shape=grid.shape,
            size_l0=grid.size_l0,
            stride_l0=grid.stride_l0,
            origin_l0=grid.origin_l0,
            tissues=tuple(reference.tissues),
            centers=tuple(reference.centers),
            center_column=reference.columns.center,
            tissue_column=reference.columns.tissue,
        )


def require_edge(reference: ReferenceSet) -> float:
    """How many µm a tile of the set shows, across.

    Raises
    ------
    ScaleError
        If the set does not say it.
    """
    edge_um = reference.info.edge_um
    if edge_um is None:
        raise ScaleError(
            say(
                "The reference set {info_name} does not say how many µm its "
                "tiles show, so no slide can be cut to match. Build it again "
                "from a manifest with a column mpp.",
                info_name=reference.info.name,
            )
        )
    return edge_um


def plan_slide(
    request: EvaluationRequest, opened: Opened, imports: MatchedImports, report: ProgressFn
) -> SlidePlan | None:
    """Find the tissue, cut it into tiles and choose those that are asked for.

    None if the request names no slide.

    Raises
    ------
    ScaleError, NoTissueError
        If the slide cannot be cut to the field of view of the reference set, or has no tissue
        there.
    ReferenceSetError
        If no reference tile may judge this slide, or what is given of it is not in the set.
    """
    reference, slide, settings = opened.reference, opened.slide, request.settings
    if slide is None:
        return None
    check_given(reference, request.center, request.tissue, request.new_center)
    require_mpp(slide)
    edge_um = require_edge(reference)
    sure_mpp(slide, edge_um)
    for doubt in scale_doubts(slide, edge_um):  # the user gave it all the same
        report(Notice(doubt))
    looking = Progress(say("Looking at the slide"), 0, 1)
    if said := watched(lambda _: _stain_words(slide), report, looking):
        report(Notice(said))
    asked = TileRequest.of(request, edge_um)
    found = asked.whole(slide, imports, report)
    whole, mask = found.grid, found.mask
    if mask.unread > 0:
        share = (
            say("About {unread:.0%}", unread=mask.unread)
            if mask.unread >= 0.01
            else say("Less than 1%")
        )
        report(
            Notice(
                say(
                    "{share} of {path_name} cannot be decoded. No tissue is "
                    "found there, so no tile is cut there either. Copy or "
                    "download the slide again.",
                    share=share,
                    path_name=slide.path.name,
                )
            )
        )
    if said := _mask_words(mask, settings.tissue_threshold):
        report(Notice(said))
    if found.title:
        report(
            Notice(
                say(
                    "The slide's {n_whole} tiles are those of {found_title}, which is imported.",
                    n_whole=len(whole),
                    found_title=found.title,
                )
            )
        )
    chosen = asked.choose(whole, slide.path.name)
    in_region = len(chosen.within)
    if settings.region_l0:
        report(
            Notice(
                counted(
                    in_region,
                    "{n} of the slide's {all_tiles} lies in the region.",
                    "{n} of the slide's {all_tiles} lie in the region.",
                    all_tiles=plural(len(whole), "tile"),
                )
            )
        )
    if len(chosen) < in_region:
        there = plural(in_region, "tile")
        report(
            Notice(
                counted(
                    len(chosen),
                    "{n} of the region's {there} is evaluated, as asked.",
                    "{n} of the region's {there} are evaluated, as asked.",
                    there=there,
                )
                if settings.region_l0
                else counted(
                    len(chosen),
                    "{n} of the slide's {there} is evaluated, as asked.",
                    "{n} of the slide's {there} are evaluated, as asked.",
                    there=there,
                )
            )
        )
    grid = chosen.grid
    plan = SlidePlan(
        slide=slide,
        mask=mask,
        tiles=SlideTiles(slide, whole, edge_um),
        rows=rows_in(grid, whole),
        grid=grid,
        tiles_region=in_region if settings.region_l0 else None,
        own=own_tiles(reference, slide, request.slide_id, request.patient),
        automatic=found.automatic,
    )
    _say_what_is_left_out(plan, request, reference, report)
    report(plan.event(reference))
    return plan


def _stain_words(slide: Slide) -> str:
    """Why the slide seems not to be stained by H&E; "" also where it has no overview."""
    try:
        return stain_doubt(slide.thumbnail(OVERVIEW_PX), slide.path.name)
    except SlideError:
        return ""


def _mask_words(mask: TissueMask, chosen: float | None) -> str:
    """What the user chose of the tissue mask; "" where it was found as ever."""
    if mask.drawn:
        unused = "" if chosen is None else say(" The tissue threshold has no effect.")
        return say("The region is the tissue mask; no tissue was sought.{unused}", unused=unused)
    return (
        ""
        if chosen is None
        else say("Tissue is what exceeds {chosen:g}, as chosen.", chosen=chosen)
    )


def _say_what_is_left_out(
    plan: SlidePlan, request: EvaluationRequest, reference: ReferenceSet, report: ProgressFn
) -> None:
    _require_judges(plan, reference)
    if sentence := plan.own.sentence:
        report(Notice(sentence))
    if request.new_center:
        report(
            Notice(
                say(
                    "The slide's {of_center}, {center}, is new: the reference "
                    "set does not have it, so none of its neighbors can share it.",
                    of_center=reference.columns.of_center,
                    center=request.center,
                )
            )
        )


def _require_judges(plan: SlidePlan, reference: ReferenceSet) -> None:
    if not plan.admissible.any():
        raise ReferenceSetError(
            say(
                "Every tile of the reference set {info_name} comes from this "
                "slide or its patient, so nothing is left to compare with. "
                "Choose another reference set.",
                info_name=reference.info.name,
            )
        )
