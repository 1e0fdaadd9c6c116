"""Regions of a slide that belongs to the open cohort live in the cohort."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QTimer, Slot

from pathgui.core.cohort.labeled_regions import keep_regions, load_regions
from pathgui.core.cohort.opened import REGIONS_FOLDER, OpenCohort
from pathgui.core.cohort.unsaved import DrawnOnSlide
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.core.slides.drawn_regions import Bounds, Color, DrawnRegion, areas_of, regions_of
from pathgui.core.slides.region_files import Area
from pathgui.gui.cohort.book import SlideBook
from pathgui.gui.cohort.cohort_control import CohortControl
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_keys import COHORT_REGIONS as KEY
from pathgui.gui.slides.region_book import RegionBook, Regions
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.gui.viewer.slide_view import SlideView

SAVE_MS = 400  # after a change it is written; what is drawn meanwhile goes along


@dataclass
class _Kept:
    """The regions of one slide as the cohort holds them."""

    opened: OpenCohort
    slide_id: str
    bounds_l0: Bounds
    # As they were read, so that what nobody touched is written as it was, to the byte. Only jobs
    # on the disk use it, which follow each other.
    areas: dict[DrawnRegion, Area] = field(default_factory=dict)
    known: Regions = ()  # that the disk holds, or will hold when what is written now is there
    wanted: Regions | None = None  # to be written; None: the disk holds them


@dataclass(frozen=True)
class _Read:
    """What the cohort holds of a slide, beside what was drawn on it when it was read."""

    areas: tuple[Area, ...]
    regions: Regions  # the same as regions of the slide
    drawn: Regions  # those with a class
    is_drawn: bool  # both are the same


class CohortRegions(QObject):
    """Shows the regions that the cohort holds of a slide, and writes what becomes of them.

    A region without a class is no labeled region: it stays with the viewer's memory of the slide.
    Regions that were drawn before the slide belonged to the cohort go into it, unless the cohort
    has some; then those are shown, which can be taken back.
    """

    def __init__(
        self,
        desk: Desk,
        control: CohortControl,
        table: SlideBook,
        slides: SlideControl,
        viewer: SlideView,
        book: RegionBook,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._control = control
        self._table = table
        self._slides = slides
        self._viewer = viewer
        self._book = book
        self._kept: dict[str, _Kept] = {}  # by the content of slides that were shown
        self._reading = ""
        self._soon = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._soon.timeout.connect(self._save)
        control.shown.connect(self._on_cohort)
        viewer.slide_known.connect(self._on_known)
        table.changed.connect(self._offer)
        table.changed.connect(self._follow)  # the slide may have become a row
        book.regions_changed.connect(self._on_regions)
        control.drawn_on = self._drawn_on

    @Slot()
    def flush(self) -> None:
        """Write what is not written yet, at once. For the end of the program."""
        self._soon.stop()
        for kept in self._kept.values():
            if kept.wanted is not None and not kept.opened.why_read_only:
                _write(kept, kept.wanted, self._colors(kept.wanted))
                kept.wanted = None

    def _on_cohort(self) -> None:
        """Another cohort, or none: what the former lacks is written all the same."""
        self._save()
        self._kept.clear()
        self._reading = ""
        self._offer()
        self._follow()

    def _offer(self) -> None:
        """The tissues of the table are the first classes of the list."""
        content = self._table.content
        column = content.column_in("tissue")
        there = content.slides.column(column) if content.slides.has(column) else []
        self._book.offer_cohort(sorted(set(filter(None, there))))

    def _content_id(self) -> str:
        pixels = self._viewer.pixels
        return pixels.content_id if pixels is not None else ""

    def _on_known(self) -> None:
        """A slide is shown (again): the cohort may hold other regions of it by now."""
        kept = self._kept.get(self._content_id())
        if kept is not None and kept.wanted is None:
            del self._kept[self._content_id()]
        self._follow()

    def _follow(self) -> None:
        """Read the regions of the slide shown, if it is one of the cohort's."""
        opened, slide, path = self._control.opened, self._viewer.slide, self._slides.path
        content_id = self._content_id()
        if opened is None or slide is None or path is None or not content_id:
            return
        row = self._table.content.row_of.get(path)
        if row is None or content_id in self._kept or content_id == self._reading:
            return
        slide_id = self._table.content.slides.slide_ids[row]
        if not slide_id:
            return
        kept = _Kept(opened, slide_id, slide.bounds_l0)
        folder, self._reading = opened.folder / REGIONS_FOLDER, content_id
        drawn = self._book.regions

        def read(report: ProgressFn) -> _Read:
            areas = load_regions(folder, slide_id)
            regions = regions_of(areas, kept.bounds_l0)
            kept.areas = dict(zip(regions, areas, strict=True))
            named = tuple(region for region in drawn if region.kind)
            return _Read(areas, regions, named, set(regions) == set(named))

        def on_read(there: _Read) -> None:
            if self._reading == content_id and self._control.opened is opened:
                self._reading = ""
                self._kept[content_id] = kept
                self._show(content_id, kept, there)

        def on_failed(error: Exception) -> None:  # a damaged file is not written over
            self._desk.show_failure(error, KEY)

        self._control.disk.run(read, on_read, on_failed)

    def _show(self, content_id: str, kept: _Kept, there: _Read) -> None:
        kept.known = there.regions
        if self._content_id() != content_id:
            return
        drawn = self._book.regions
        named = tuple(region for region in drawn if region.kind)
        if not there.areas:
            if named:
                self._on_regions(content_id, drawn)
            return
        for area in there.areas:
            self._book.classes.add(area.kind, area.color)
        if there.is_drawn and named == there.drawn:
            kept.known = named  # in the order in which they are drawn
            return
        unnamed = tuple(region for region in drawn if not region.kind)
        what = say("Regions of the cohort") if named else ""
        self._book.show((*there.regions, *unnamed), what)

    @Slot(str, object)
    def _on_regions(self, content_id: str, regions: Regions) -> None:
        kept = self._kept.get(content_id)
        if kept is None:
            return
        named = tuple(region for region in regions if region.kind)
        if kept.wanted is None and named == kept.known:
            return
        if why := kept.opened.why_read_only:
            text = say("{why} What you draw is kept on this computer only.", why=why)
            self._desk.messages.show_message("caution", text, key=KEY)
            return
        kept.wanted = named
        if not self._soon.isActive():
            self._soon.start()  # not begun anew: who draws on and on is kept as well

    @Slot()
    def _save(self) -> None:
        """Write what was changed, off this thread."""
        self._soon.stop()
        for kept in self._kept.values():
            if kept.wanted is not None:
                kept.known, kept.wanted = kept.wanted, None
                work = _writing(kept, kept.known, self._colors(kept.known))
                self._control.disk.run(work, self._on_kept, self._on_not_kept)

    @Slot(object)
    def _on_kept(self, _: object) -> None:
        self._control.regions_changed()

    def _colors(self, regions: Regions) -> dict[str, Color]:
        color_of = self._book.classes.color_of
        return {kind: color_of(kind) for kind in {region.kind for region in regions}}

    def _drawn_on(self, content_id: str) -> DrawnOnSlide:
        """What the viewer remembers of a slide. For jobs."""
        known = self._viewer.memory.look_up(content_id)
        color_of = self._book.classes.color_of
        colors = {kind: color_of(kind) for kind in set(known.kinds)} | dict(known.colors)
        return DrawnOnSlide(known.drawn, colors)

    def _on_not_kept(self, error: Exception) -> None:
        self._desk.show_failure(error, KEY)


def _writing(
    kept: _Kept, wanted: Regions, colors: Mapping[str, Color]
) -> Callable[[ProgressFn], None]:
    return lambda report: _write(kept, wanted, colors)


def _write(kept: _Kept, wanted: Regions, colors: Mapping[str, Color]) -> None:
    """Write regions; what is written of each is known by the next job."""
    found: dict[DrawnRegion, Area] = {}
    areas: list[Area] = []
    for region in wanted:
        before = kept.areas.get(region)
        made = (before,) if before else areas_of((region,), kept.bounds_l0, colors.get)
        areas += made
        if len(made) == 1:
            found[region] = made[0]
    keep_regions(kept.opened.folder / REGIONS_FOLDER, kept.slide_id, areas)
    kept.areas = found
