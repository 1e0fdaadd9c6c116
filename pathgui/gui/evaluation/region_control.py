"""The regions drawn on the slide: what they mean for the evaluation, and the tiles it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from pathgui.core.errors import NoTissueError, RegionError, plural
from pathgui.core.evaluation.tile_request import TileRequest
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.language.texts import counted, say
from pathgui.core.progress import Notice, ProgressFn
from pathgui.core.slides.drawn_regions import OpenedRegions, open_regions
from pathgui.core.slides.slide_file import SlideFile
from pathgui.core.slides.tiling import TileGrid
from pathgui.gui.evaluation.run_panel import RunPanel
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import REGIONS as KEY
from pathgui.gui.slides.region_book import RegionBook
from pathgui.gui.slides.region_panel import RegionPanel
from pathgui.gui.viewer.instruments.tools import Regions
from pathgui.gui.viewer.model.region_cut import CutAsked
from pathgui.gui.viewer.model.units import area_words, polygon_area_px
from pathgui.gui.viewer.slide_view import SlideView

_MOST_CORNERS = 2_000  # of regions whose area and tiles are counted at once


@dataclass(frozen=True)
class WantedTiles:
    """The tiles that Evaluate would take now."""

    slide: SlideFile
    tiles: TileRequest

    @property
    def key(self) -> tuple[object, ...]:
        """All that the slide's tiles depend on, of which the region and a sample take some."""
        return (self.slide, *self.tiles.key)


def _words(
    wanted: WantedTiles | None, regions: Regions, grid: TileGrid | None, mpp: float | None
) -> str:
    """What an evaluation of these regions takes; empty where there is none."""
    if not regions:
        return ""
    area = sum(polygon_area_px(region) for region in regions)
    areas = say("the region") if len(regions) == 1 else plural(len(regions), "region")
    text = say("Only {areas}: {area_words}", areas=areas, area_words=area_words(area, mpp))
    if wanted is None or grid is None:
        return text
    try:
        chosen = wanted.tiles.choose(grid, wanted.slide.path.name)
    except NoTissueError:
        return say("{text}, 0 of {tiles}", text=text, tiles=plural(len(grid), "tile"))
    text += say(
        ", {n_within:,} of {tiles}", n_within=len(chosen.within), tiles=plural(len(grid), "tile")
    )
    if len(chosen) < len(chosen.within):
        text += counted(
            len(chosen), ", of which {n:,} is evaluated", ", of which {n:,} are evaluated"
        )
    return text


class RegionControl(QObject):
    """Says beside Evaluate that it is restricted, to how many tiles, and takes that away.

    The tiles are those that ``wanted`` asks for now. They are looked for when the tile grid is
    shown or a region is drawn, since finding the tissue takes a moment.
    """

    def __init__(
        self,
        desk: Desk,
        viewer: SlideView,
        run: RunPanel,
        runner: JobRunner,
        wanted: Callable[[], WantedTiles | None],
        book: RegionBook,
        panel: RegionPanel,
        offers: Callable[[Exception], tuple[Offer, ...]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._viewer = viewer
        self._run = run
        self._runner = runner
        self._wanted = wanted
        self._known: tuple[tuple[object, ...], TileGrid] | None = None
        self._looking: tuple[object, ...] | None = None
        viewer.grid_shown.connect(self.refresh)
        viewer.cut_wanted.connect(self._cut)
        viewer.slide_changed.connect(lambda: desk.messages.clear(KEY))  # it was of the former
        viewer.slide_changed.connect(self.refresh)
        run.whole_slide_requested.connect(viewer.clear_regions)
        self._book = book
        self._panel = panel
        self._offers = offers
        self._listing = QTimer(self, singleShot=True)  # a list is not changed under a click in it
        self._listing.timeout.connect(self._list)
        book.changed.connect(self._listing.start)
        viewer.tools.region_selected.connect(lambda _: viewer.update())
        panel.class_chosen.connect(book.take_class)
        panel.class_typed.connect(lambda name: book.take_class(book.add_class(name)))
        panel.evaluated_changed.connect(lambda name, on: book.leave_out(name, not on))
        panel.region_chosen.connect(viewer.tools.select)
        panel.region_wanted.connect(self._go_to)
        panel.region_removed.connect(viewer.tools.remove)
        self._list()

    @Slot()
    def rekey(self) -> None:
        """Say the keys of classes as they are now."""
        self._listing.start()

    def _list(self) -> None:
        self._panel.show_regions(self._book.classes, self._book.regions, self._viewer.mpp)

    def _go_to(self, which: int) -> None:
        regions = self._viewer.regions
        if which < len(regions):
            xs, ys = zip(*regions[which], strict=True)
            self._viewer.go_to((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)

    def open(self, path: Path) -> None:
        """Take the regions of a GeoJSON file in place of those drawn."""
        slide = self._viewer.slide
        if slide is None:
            return
        bounds = slide.bounds_l0

        def on_loaded(opened: OpenedRegions) -> None:
            if self._viewer.slide is slide:
                for name, color in opened.colors.items():
                    self._book.add_class(name, color)
                self._book.show(opened.regions, say("Open regions"))

        def tell(events: list[object]) -> None:
            for event in events:
                if isinstance(event, Notice):
                    self._desk.messages.show_message("info", event.text, key=KEY)

        job = self._desk.quick.run(
            lambda report: open_regions(path, bounds, report),
            on_loaded,
            partial(self._desk.show_failure, key=KEY),
        )
        job.reported.connect(tell)

    @Slot()
    def refresh(self, *_: object) -> None:
        """Say anew what is evaluated; look for its tiles if they are asked for."""
        wanted = self._wanted()
        grid = None
        if wanted is not None and self._known is not None and self._known[0] == wanted.key:
            grid = self._known[1]
        try:
            regions = self._viewer.evaluated_region()
        except RegionError as error:
            self._run.show_region(str(error))
            return
        if self._viewer.tile_grid is None and grid is not None:
            self._viewer.set_tile_grid(grid)
        if wanted is not None and grid is None and (regions or self._viewer.overlay.grid_visible):
            self._look(wanted)
        if sum(map(len, regions)) <= _MOST_CORNERS:
            words = _words(wanted, regions, grid, self._viewer.mpp)
            self._run.show_region(words + self._left_out())
            return
        self._run.show_region(say("Only {regions}…", regions=plural(len(regions), "region")))
        drawn, mpp = self._viewer.regions, self._viewer.mpp

        def on_counted(words: str) -> None:
            if drawn is self._viewer.regions:
                self._run.show_region(words + self._left_out())

        self._desk.quick.run(lambda report: _words(wanted, regions, grid, mpp), on_counted)

    @Slot(object)
    def _cut(self, asked: CutAsked) -> None:
        """Cut many regions off the window's thread."""

        def on_failed(error: Exception) -> None:
            self._viewer.take_cut(asked, None)
            self._desk.show_error(error)

        take = partial(self._viewer.take_cut, asked)
        job = self._desk.quick.run(lambda report: asked.cut(), take, on_failed)
        job.cancelled.connect(partial(take, None))

    def _left_out(self) -> str:
        """Which classes are drawn and not evaluated."""
        out = [k for k in dict.fromkeys(self._viewer.tools.kinds) if self._book.classes.is_out(k)]
        return say("; left out: {out}", out=", ".join(out)) if out else ""

    def _look(self, wanted: WantedTiles) -> None:
        if wanted.key == self._looking:
            return
        self._looking = wanted.key

        def work(report: ProgressFn) -> TileGrid:
            with self._desk.open_slide(wanted.slide.path, wanted.slide.mpp) as slide:
                imports = MatchedImports.read(wanted.tiles.specs, report)
                return wanted.tiles.whole(slide, imports, report).grid

        self._runner.run(work, partial(self._found, wanted), partial(self._not_found, wanted))

    def _not_found(self, wanted: WantedTiles, error: Exception) -> None:
        if wanted.key == self._looking:
            self._looking = None  # to be looked for when they are asked for again
        self._desk.show_failure(error, KEY, self._offers(error))

    def _found(self, wanted: WantedTiles, grid: TileGrid) -> None:
        self._known = (wanted.key, grid)
        now = self._wanted()
        if now is not None and wanted.key == now.key:
            if self._viewer.tile_grid is not None and not self._viewer.layers:
                self._viewer.set_tile_grid(None)  # that of another reference set
            self.refresh()
