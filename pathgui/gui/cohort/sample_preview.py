"""The tiles that a plan takes, as pictures: each can be taken out again before anything is cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QTabWidget, QWidget

from pathgui.core.cohort.sampling.inspection import ThrownOut
from pathgui.core.cohort.sampling.preview import Place, Preview, read_places
from pathgui.core.cohort.sampling.sample import Sample
from pathgui.core.language.texts import say
from pathgui.core.results.formatting import plural
from pathgui.core.results.summary import Column
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row
from pathgui.gui.kit.widgets import ElidedLabel, label, push_button
from pathgui.gui.reference.tile_grid import TileCard, TileGrid
from pathgui.gui.reference.tile_pictures import PICTURE_PX, TilePictures
from pathgui.gui.results.text_table import TextRow, TextTable

_REASONS = (
    Column(
        "slide", say("Slide"), say("The slide that gives nothing, or nothing of one tissue."), False
    ),
    Column("why", say("Why it gives nothing"), say("What stands in the way."), False),
)
_SOME = say(
    "Some of each {tissue} at each {center}. Click a field of the table to see all of its tiles."
)
_HOW = say("A click takes a tile out, and a second one puts it back.")


class SamplePreview(QWidget):
    """Shows a sample with what is taken out of it by hand."""

    dropped = Signal()  # tiles or slides were taken out, or put back
    kept_changed = Signal()  # spoiled tiles are taken back after all, or not

    def __init__(self, runner: JobRunner) -> None:
        super().__init__()
        self.tiles: set[str] = set()  # names of those that are taken out
        self.slides: set[str] = set()  # those that are taken out
        self.kept_anyway: set[str] = set()  # names of spoiled tiles that stay
        self._sample: Sample | None = None
        self._preview: Preview | None = None
        self._pair: tuple[str, str] | None = None
        self._spoiled: dict[Place, ThrownOut] = {}
        self.pictures = TilePictures(runner, self)
        picture = self.pictures.picture
        self.told = ElidedLabel("", "muted")
        self.grid = TileGrid(say("Tiles that would be taken"), self._card, picture)
        self.all_button = push_button(say("Some of each"), self._show_some, name="link")
        self.slide_button = push_button(say("Take its slide out"), self._toggle_slide)
        self.back_button = push_button(
            say("Put all back"), self._put_back, say("All tiles and slides that you took out")
        )
        self.spoiled = TileGrid(
            say("Spoiled tiles that are thrown out"), self._spoiled_card, picture
        )
        self.reasons = TextTable(_REASONS, say("Slides that give nothing, and why"))
        for grid in (self.grid, self.spoiled):
            grid.in_sight.connect(self.pictures.want)
            self.pictures.came.connect(grid.repaint_tiles)
        self.pictures.came.connect(self._tell)
        self.grid.pressed_once.connect(self._on_pressed)
        self.grid.delete_pressed.connect(self._toggle_selected)
        self.grid.chosen.connect(self._on_chosen)
        self.spoiled.pressed_once.connect(self._on_spoiled)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(
            holder(
                in_column(
                    in_row((self.told, 1), self.all_button),
                    (self.grid, 1),
                    in_row(label(_HOW, "muted"), STRETCH, self.slide_button, self.back_button),
                    spacing=4,
                )
            ),
            say("Tiles"),
        )
        why = label(
            say(
                "The filter took these for spoiled. A click takes one back, and "
                "the plan is drawn anew."
            ),
            "muted",
            wrap=True,
        )
        self.tabs.addTab(holder(in_column(why, (self.spoiled, 1), spacing=4)), say("Spoiled"))
        self.tabs.addTab(self.reasons, say("Slides that give nothing"))
        self.setLayout(in_column(self.tabs))
        self._on_chosen([])

    # What is shown

    def show_sample(self, sample: Sample, preview: Preview) -> None:
        """Show what a plan draws, before anything is taken out by hand."""
        same = self._sample is not None and self._sample.slides == sample.slides
        self._sample, self._preview = sample, preview
        if not same:
            self.pictures.read_with(partial(_read, sample))
        if self._pair is not None and preview.pair(*self._pair) is None:
            self._pair = None
        now = dict(preview.thrown_out)
        back = {at: each for at, each in self._spoiled.items() if each.name in self.kept_anyway}
        self._spoiled = back | now
        self.spoiled.show_keys(list(self._spoiled))
        self.tabs.setTabText(1, say("Spoiled ({n_spoiled:,})", n_spoiled=len(self._spoiled)))
        self.tabs.setTabVisible(1, bool(self._spoiled))
        self._show_places()

    def show_without(self, sample: Sample) -> None:
        """Show the sample as it will be: with what is taken out."""
        rows = [TextRow({"slide": each.slide_id, "why": each.why}) for each in sample.faults]
        self.reasons.show_rows(rows)
        self.tabs.setTabText(2, say("Slides that give nothing ({n_rows:,})", n_rows=len(rows)))
        self.tabs.setTabVisible(2, bool(rows))
        self.back_button.setEnabled(bool(self.tiles or self.slides))
        self.grid.repaint_tiles()
        self.spoiled.repaint_tiles()
        self._on_chosen(self.grid.selected)

    def show_pair(self, tissue: str, center: str) -> None:
        """Show all tiles of one tissue at one center."""
        self._pair = tissue, center
        self.tabs.setCurrentIndex(0)
        self._show_places()

    @Slot()
    def _show_some(self) -> None:
        self._pair = None
        self._show_places()

    def _show_places(self) -> None:
        preview, pair = self._preview, self._pair
        if preview is None:
            return
        if pair is None:
            places = [place for each in preview.pairs for place in each.examples]
        else:
            centers = {slide.slide_id: slide.center for slide in self._drawn.slides}
            places = [
                place
                for name, found in preview.places.items()
                if centers[name] == pair[1]
                for place in found
                if place.tissue == pair[0]
            ]
        self.all_button.setVisible(pair is not None)
        self.grid.show_keys(places)
        self._tell()

    @property
    def _drawn(self) -> Sample:
        assert self._sample is not None  # who shows places has a sample
        return self._sample

    @Slot()
    def _tell(self) -> None:
        waiting, pair = self.pictures.waiting, self._pair
        if waiting and self.pictures.is_reading:
            self.told.say(
                say("Reading pictures: {pictures} to come…", pictures=plural(waiting, "picture"))
            )
        elif pair is None:
            self.told.say(self._drawn.columns.say(_SOME))
        else:
            self.told.say(
                say(
                    "{pair} at {pair2}: {tiles}.",
                    pair=pair[0],
                    pair2=pair[1],
                    tiles=plural(len(self.grid.tiles.keys), "tile"),
                )
            )

    def _center_of(self, place: Place) -> str:
        return next(each.center for each in self._drawn.looked_at if each.row == place.row)

    def _card(self, place: Any) -> TileCard:
        is_out = place.name in self.tiles or place.slide_id in self.slides
        x, y = place.origin
        told = say(
            "{place_name}\n{tissue} at {center_of}, x {x:,}, y {y:,}",
            place_name=place.name,
            tissue=place.tissue,
            center_of=self._center_of(place),
            x=x,
            y=y,
        )
        told += (
            say("\nYou took it out. A click puts it back.")
            if is_out
            else say("\nA click takes it out.")
        )
        lines = (place.tissue, self._center_of(place), place.slide_id)
        return TileCard(lines, told, is_out)

    def _spoiled_card(self, place: Any) -> TileCard:
        thrown = self._spoiled[place]
        back = thrown.name in self.kept_anyway
        told = f"{thrown.name} {thrown.flaw.shown}"
        told += say("\nYou took it back.") if back else say("\nA click takes it back.")
        return TileCard((thrown.flaw.kind, place.tissue, place.slide_id), told, not back, back)

    # What is taken out

    @Slot(object)
    def _on_pressed(self, place: Any) -> None:
        held = QApplication.keyboardModifiers()
        if held & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier):
            return  # several are selected
        self._toggle([place])

    @Slot()
    def _toggle_selected(self) -> None:
        self._toggle(self.grid.selected)

    def _toggle(self, places: Sequence[Place]) -> None:
        """Take tiles out, or put them back where all are out; a slide that is out comes back."""
        names = {place.name for place in places}
        of = {place.slide_id for place in places} & self.slides
        if of:
            self.slides -= of
        elif names <= self.tiles:
            self.tiles -= names
        else:
            self.tiles |= names
        if names:
            self.dropped.emit()

    @Slot()
    def _toggle_slide(self) -> None:
        if place := self._current:
            self.slides ^= {place.slide_id}
            self.dropped.emit()

    @Slot()
    def _put_back(self) -> None:
        self.tiles.clear()
        self.slides.clear()
        self.dropped.emit()

    @property
    def _current(self) -> Place | None:
        """The tile that was pressed last."""
        index, keys = self.grid.currentIndex(), self.grid.tiles.keys
        place: Place | None = keys[index.row()] if index.isValid() else None
        return place

    @Slot(object)
    def _on_chosen(self, _: object) -> None:
        place = self._current
        self.slide_button.setEnabled(place is not None)
        out = place is not None and place.slide_id in self.slides
        self.slide_button.setText(say("Put its slide back") if out else say("Take its slide out"))
        which = say("the slide of the tile that was clicked") if place is None else place.slide_id
        self.slide_button.setToolTip(say("All tiles of {which}", which=which))

    @Slot(object)
    def _on_spoiled(self, place: Any) -> None:
        self.kept_anyway ^= {self._spoiled[place].name}
        self.spoiled.repaint_tiles()
        self.kept_changed.emit()


def _read(
    sample: Sample, places: Sequence[Any], beat: Callable[[], None]
) -> Iterator[tuple[Place, NDArray[np.uint8] | None]]:
    with closing(read_places(sample, places, beat, PICTURE_PX)) as pictures:
        yield from pictures
