"""Which tiles of a slide an evaluation takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn, during
from pathgui.core.runs.options import RunSettings, cut_key
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.slides.drawn_tissue import tissue_of_region
from pathgui.core.slides.region import tiles_inside
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.tiling import TileGrid, sample_tiles, tile_grid
from pathgui.core.slides.tissue import TissueMask, find_tissue, slide_overview, tissue_of
from pathgui.core.system.background import watched


@dataclass(frozen=True)
class WholeGrid:
    """All tiles of a slide that an evaluation could take."""

    grid: TileGrid
    mask: TissueMask
    title: str  # of the imported embeddings whose tiles they are; "": they were cut here
    automatic: TissueMask | None = None  # by the automatic threshold, where another was chosen


@dataclass(frozen=True)
class ChosenTiles:
    """The tiles of a slide that an evaluation takes."""

    within: TileGrid  # those in the region
    settings: RunSettings

    def __len__(self) -> int:
        most = self.settings.max_tiles
        return len(self.within) if most is None else min(most, len(self.within))

    @cached_property
    def grid(self) -> TileGrid:
        """These tiles; a sample takes a moment to be drawn."""
        if len(self) == len(self.within):
            return self.within
        return sample_tiles(self.within, self.settings.max_tiles, self.settings.seed)


@dataclass(frozen=True)
class TileRequest:
    """All that decides which tiles of a slide an evaluation takes.

    An evaluation, its cost, the preview in the window and exports ask here, each with all
    settings. So an option that changes the tiles changes them for all of these.
    """

    edge_um: float  # of a tile
    specs: tuple[EncoderSpec, ...]  # imported embeddings among them bring tiles of their own
    settings: RunSettings

    @classmethod
    def of(cls, request: EvaluationRequest, edge_um: float) -> Self:
        """That of an evaluation whose reference set has tiles of ``edge_um``."""
        return cls(edge_um, request.specs, request.settings)

    @property
    def key(self) -> tuple[object, ...]:
        """All that :meth:`whole` depends on, the slide aside."""
        imports = tuple(spec for spec in self.specs if spec.embeddings)
        return (self.edge_um, imports, cut_key(self.settings))

    def whole(self, slide: Slide, imports: MatchedImports, report: ProgressFn) -> WholeGrid:
        """Find the tissue of ``slide`` and cut it; ``imports`` are those of ``specs``.

        Where the settings say so, the region is the tissue mask, and none is sought.

        Raises
        ------
        ScaleError
            If the slide cannot be cut to this edge.
        NoTissueError
            If it has no tissue, or the region is to be the tissue mask and there is none.
        """
        report = during(Part.READING, report)
        mask, automatic = self._mask(slide, report)
        grid, title = imports.grid(slide, self.edge_um) or (
            tile_grid(slide, mask, self.edge_um),
            "",
        )
        return WholeGrid(grid, mask, title, automatic)

    def _mask(self, slide: Slide, report: ProgressFn) -> tuple[TissueMask, TissueMask | None]:
        """The mask and, where the user chose its threshold, the one of the automatic threshold."""
        settings = self.settings
        threshold, looking = settings.tissue_threshold, Progress(say("Finding tissue"), 0, 1)
        if settings.tissue_from_region:
            return tissue_of_region(slide, settings.region_l0), None
        if threshold is None:
            return watched(lambda inner: find_tissue(slide, inner), report, looking), None
        seen = watched(lambda inner: slide_overview(slide, inner), report, looking)
        mask = watched(lambda inner: tissue_of(seen, inner, threshold), report, looking)
        return mask, watched(lambda inner: tissue_of(seen, inner), report, looking)

    def choose(self, whole: TileGrid, slide_name: str) -> ChosenTiles:
        """Those of ``whole`` that are evaluated.

        Raises
        ------
        NoTissueError
            If none lies in the region.
        """
        region = self.settings.region_l0
        within = tiles_inside(whole, region, slide_name) if region else whole
        return ChosenTiles(within, self.settings)
