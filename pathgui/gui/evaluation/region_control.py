"""The regions drawn on the slide: what they mean for the evaluation, and the tiles it takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Slot

from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.evaluation.slide_plan import whole_grid
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.progress import Notice, ProgressFn
from pathgui.core.slides.region import inside
from pathgui.core.slides.region_files import load_region
from pathgui.core.slides.tiling import TileGrid
from pathgui.gui.encoders.encoder_panel import EncoderPanel
from pathgui.gui.evaluation.run_panel import RunPanel
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job, JobRunner
from pathgui.gui.jobs.message_keys import REGIONS as KEY
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.gui.viewer.instruments.tools import Regions
from pathgui.gui.viewer.model.units import area_words, polygon_area_px
from pathgui.gui.viewer.slide_view import SlideView

_MOST_CORNERS = 2_000  # of regions whose area and tiles are counted at once


@dataclass(frozen=True)
class _Wanted:
    """What the tiles of a slide depend on."""

    path: Path
    mpp: float
    edge_um: float
    imports: tuple[EncoderSpec, ...]  # imported embeddings that are ticked: they bring tiles


def _words(regions: Regions, grid: TileGrid | None, mpp: float | None) -> str:
    """What an evaluation of these regions takes; empty where there is none."""
    if not regions:
        return ""
    area = sum(polygon_area_px(region) for region in regions)
    areas = "the region" if len(regions) == 1 else f"{len(regions):,} regions"
    text = f"Only {areas}: {area_words(area, mpp)}"
    if grid is not None:
        n = int(inside(grid.origins_l0 + grid.size_l0 / 2, regions).sum())
        text += f", {n:,} of {len(grid):,} tiles"
    return text


class RegionControl(QObject):
    """Says beside Evaluate that it is restricted, to how many tiles, and takes that away.

    The tiles are those of the evaluation to come: of the field of view of the reference set, or,
    without one, of the first ticked encoder. They are looked for when the tile grid is shown or a
    region is drawn, since finding the tissue takes a moment.
    """

    def __init__(
        self,
        desk: Desk,
        viewer: SlideView,
        slides: SlideControl,
        references: ReferenceControl,
        encoders: EncoderPanel,
        run: RunPanel,
        runner: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._viewer = viewer
        self._slides = slides
        self._references = references
        self._encoders = encoders
        self._run = run
        self._runner = runner
        self._known: tuple[_Wanted, TileGrid] | None = None
        self._looking: _Wanted | None = None
        viewer.regions_changed.connect(self.refresh)
        viewer.grid_shown.connect(self.refresh)
        viewer.slide_changed.connect(lambda: desk.messages.clear(KEY))  # it was of the former
        viewer.slide_changed.connect(self.refresh)
        slides.shown.connect(self.refresh)
        references.changed.connect(self.refresh)
        encoders.ticked_changed.connect(self.refresh)
        run.whole_slide_requested.connect(viewer.clear_regions)

    def open(self, path: Path) -> None:
        """Take the regions of a GeoJSON file in place of those drawn."""
        slide = self._viewer.slide
        if slide is None:
            return
        bounds = slide.bounds_l0

        def on_loaded(regions: Any) -> None:
            if self._viewer.slide is slide:
                self._viewer.set_regions(regions)

        def tell(events: list[object]) -> None:
            for event in events:
                if isinstance(event, Notice):
                    self._desk.messages.show_message("info", event.text, key=KEY)

        job = Job(lambda report: load_region(path, bounds, report=report))
        job.reported.connect(tell)
        job.succeeded.connect(on_loaded)
        job.failed.connect(lambda error: self._desk.show_failure(error, KEY))
        self._desk.quick.start(job)

    @Slot()
    def refresh(self, *_: object) -> None:
        """Say anew what is evaluated; look for its tiles if they are asked for."""
        wanted = self._wanted()
        grid = self._known[1] if self._known is not None and self._known[0] == wanted else None
        regions = self._viewer.regions
        if self._viewer.tile_grid is None and grid is not None:
            self._viewer.set_tile_grid(grid)
        if wanted is not None and grid is None and (regions or self._viewer.overlay.grid_visible):
            self._look(wanted)
        if sum(map(len, regions)) <= _MOST_CORNERS:
            self._run.show_region(_words(regions, grid, self._viewer.mpp))
            return
        self._run.show_region(f"Only {len(regions):,} regions…")
        mpp = self._viewer.mpp
        job = Job(lambda report: _words(regions, grid, mpp))

        def on_counted(words: str) -> None:
            if self._viewer.regions is regions:
                self._run.show_region(words)

        job.succeeded.connect(on_counted)
        self._desk.quick.start(job)

    def _wanted(self) -> _Wanted | None:
        path, mpp = self._slides.path, self._slides.mpp
        if path is None or not mpp:
            return None
        reference = self._references.reference
        edge = None if reference is None else reference.info.edge_um
        if reference is None and self._encoders.ticked:
            edge = self._encoders.rows[self._encoders.ticked[0]].spec.tile.edge_um
        imports = tuple(spec for spec in self._encoders.chosen if spec.embeddings)
        return None if edge is None else _Wanted(path, mpp, edge, imports)

    def _look(self, wanted: _Wanted) -> None:
        if wanted == self._looking:
            return
        self._looking = wanted

        def work(report: ProgressFn) -> TileGrid:
            with self._desk.open_slide(wanted.path, wanted.mpp) as slide:
                imports = MatchedImports.read(wanted.imports, report)
                return whole_grid(slide, wanted.edge_um, imports, report)[0]

        job = Job(work)
        job.succeeded.connect(lambda grid: self._found(wanted, grid))
        job.failed.connect(lambda error: self._not_found(wanted, error))
        self._runner.start(job)

    def _not_found(self, wanted: _Wanted, error: Exception) -> None:
        if wanted == self._looking:
            self._looking = None  # to be looked for when they are asked for again
        self._desk.show_failure(error, KEY)

    def _found(self, wanted: _Wanted, grid: TileGrid) -> None:
        self._known = (wanted, grid)
        if wanted == self._wanted():
            if self._viewer.tile_grid is not None and not self._viewer.layers:
                self._viewer.set_tile_grid(None)  # that of another reference set
            self.refresh()
