"""Opening slides, showing one of them, and its scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import filled, say
from pathgui.core.phantom.demo_slide import is_demo_slide
from pathgui.core.progress import ProgressFn
from pathgui.core.slides.identity import FileStamp
from pathgui.core.slides.reading import slide_pool
from pathgui.core.slides.scale_doubts import scale_doubts
from pathgui.core.slides.slide_scale import why_no_mpp
from pathgui.core.slides.stain import stain_doubt
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_bar import ScaleBar
from pathgui.gui.jobs.message_keys import REMARKS
from pathgui.gui.jobs.message_keys import SCALE as SCALE_KEY
from pathgui.gui.jobs.message_keys import STAIN as STAIN_KEY
from pathgui.gui.slides.slide_panel import THUMBNAIL, SlidePanel
from pathgui.gui.viewer.slide_view import SlideView

DEMO = say("Demo, drawn")  # one line of the narrow list; not scanned from a patient
_WITHOUT_SCALE = say(
    "Without its scale it can be looked at, but not evaluated. Scanners "
    "write about 0.25 µm/px at 40x, 0.5 at 20x."
)


@dataclass(frozen=True)
class _Opened:
    slide: Any
    thumbnail: QImage
    stamp: FileStamp
    stain_doubt: str  # why it seems not to be stained by H&E
    is_demo: bool


class SlideControl(QObject):
    """Knows which slide is shown."""

    shown = Signal()  # another slide, or none, or its scale changed
    opened = Signal(Path)  # could be opened; for the list of recent slides
    replaced = Signal(Path)  # its file is another than when it was last shown; before `shown`

    def __init__(
        self,
        desk: Desk,
        panel: SlidePanel,
        viewer: SlideView,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._panel = panel
        self._viewer = viewer
        self._scales: dict[Path, float] = {}  # given by the user
        self._stamps: dict[Path, FileStamp] = {}  # of the files as they were when last opened
        self._edge_um: float | None = None  # of the tiles that it is to be cut into
        self._stains_said: set[tuple[Path, FileStamp]] = set()  # once a slide is enough
        self._runners: list[JobRunner] = []
        self._failed: Path | None = None  # was wanted, and could not be opened
        self.wanted: Path | None = None
        self.path: Path | None = None
        self.mpp: float | None = None
        panel.slide_chosen.connect(self.show)
        panel.slide_closed.connect(self.close)
        viewer.mpp_given.connect(self.give_scale)
        self.rekey()

    @property
    def given_mpp(self) -> float | None:
        """The scale that the user gave for the slide shown, if he did."""
        return None if self.path is None else self._scales.get(self.path)

    def scale_of(self, path: Path) -> float | None:
        """The scale that the user gave for a slide, if he did."""
        return self._scales.get(path)

    def remember_scale(self, path: Path, mpp: float) -> None:
        """The scale of a slide, as it was written down elsewhere, for when it is opened."""
        self._scales[path] = mpp
        if path == self.path and mpp != self.mpp:
            self.give_scale(mpp)

    @Slot(Path)
    def open(self, path: Path) -> None:
        """Add a slide to the list and show it."""
        self.add([path])

    def add(self, paths: Sequence[Path]) -> None:
        """Add slides to the list and show the last one. The others are not read."""
        self._panel.add(paths)

    @Slot(Path)
    def show(self, path: Path) -> None:
        """Show a slide of the list. Returns at once."""
        if path == self.path and path == self.wanted:
            self._look_again(path)
            return
        self._open(path)

    def has_changed(self, path: Path) -> bool:
        """Whether the file's size or a time of it is another than when it was last opened here.

        Asks the disk: for any thread but the window's.
        """
        return self._stamps.get(path) not in (None, _stamp_of(path))

    def _look_again(self, path: Path) -> None:
        """Open the slide that is shown anew if its file is another by now."""

        def answer(other: bool) -> None:
            if other and path == self.path:
                self._open(path)

        # A file that has gone stays in view as long as it can.
        self._desk.quick.run(lambda report: path.exists() and self.has_changed(path), answer)

    def _open(self, path: Path) -> None:
        if self._failed is not None:
            self._desk.messages.clear(_key(self._failed))  # its row says it still
            self._failed = None
        self.wanted = path
        self._forget()
        self._viewer.hint = (say("Opening {path_name}…", path_name=path.name), "")
        self._viewer.update()
        mpp, former = self._scales.get(path), self._stamps.get(path)

        def work(report: ProgressFn) -> _Opened:
            stamp = _stamp_of(path)
            # A scale was given for one file, not for whatever has its name.
            given = mpp if former in (None, stamp) else None
            slide = self._desk.open_slide(path, given, report=report)
            doubt = ""
            try:
                picture = slide.thumbnail(4 * max(THUMBNAIL.width(), THUMBNAIL.height()), report)
                doubt = stain_doubt(picture, path.name)
            except PathguiError:
                picture = np.full((4, 4, 3), 220, np.uint8)  # it may lack coarse levels
            except BaseException:
                slide.close()  # it is no longer wanted
                raise
            slide_pool.warm_up()  # for the next one
            return _Opened(slide, to_image(picture), stamp, doubt, is_demo_slide(path))

        self._free_runner().run(
            work, partial(self._on_opened, path), partial(self._on_failed, path)
        )

    @property
    def runners(self) -> tuple[JobRunner, ...]:
        """What opens slides: one for each that is being opened or given up."""
        return tuple(self._runners)

    def _free_runner(self) -> JobRunner:
        """What is still being opened is no longer wanted, and not waited for."""
        for runner in self._runners:
            runner.cancel()
        free = next((runner for runner in self._runners if not runner.busy), None)
        if free is None:
            free = JobRunner(self)
            self._runners.append(free)
        return free

    @Slot(Path)
    def close(self, path: Path) -> None:
        """Take a slide out of the list."""
        if path in (self.wanted, self.path):
            self.wanted = None
            for runner in self._runners:
                runner.cancel()
            self._forget()
            self.rekey()
        self._desk.messages.clear(_key(path))
        self._panel.remove(path)

    @Slot()
    def rekey(self) -> None:
        """Where no slide is open, say how one is opened, under the key that does it now."""
        if self.wanted is None and self.path is None:
            keys = self._viewer.keys.keys("open")
            press = say(" or press {keys}", keys=keys[0]) if keys else ""
            self._viewer.hint = (
                say("No slide is open"),
                say("Drop a slide here{press}", press=press),
            )
            self._viewer.update()

    @Slot(float)
    def give_scale(self, mpp: float) -> None:
        """The user says how many µm a pixel of the slide shown has."""
        if self.path is None:
            return
        self._scales[self.path] = mpp
        self.mpp = mpp
        self._viewer.set_mpp(mpp)
        self._desk.messages.clear(SCALE_KEY)
        self.shown.emit()

    @property
    def sure_mpp(self) -> float | None:
        """µm per pixel of the slide shown; None where it is not known, or doubted and not given."""
        return None if self._doubts() else self.mpp

    def expect_tiles(self, edge_um: float | None) -> None:
        """The slide shown is to be cut into tiles of this edge: ask, where its scale is doubted."""
        if edge_um == self._edge_um:
            return
        self._edge_um = edge_um
        if self.mpp and self.given_mpp is None:
            self._desk.messages.clear(SCALE_KEY)
            self._ask_if_doubted()

    def _ask_if_doubted(self) -> None:
        if doubts := self._doubts():
            self._ask_scale(say("{doubts} Which is right?", doubts=" ".join(doubts)))

    def _doubts(self) -> tuple[str, ...]:
        """What speaks against the scale that the file gives the slide shown."""
        slide = self._viewer.slide
        if self.path is None or slide is None or self.given_mpp is not None:
            return ()
        return scale_doubts(slide, self._edge_um)

    def _ask_scale(self, reason: str) -> None:
        """Ask for the scale of the slide shown, in a bar above it."""
        slide = self._viewer.slide

        def against(mpp: float) -> tuple[str, ...]:
            return () if slide is None else scale_doubts(slide, self._edge_um, given=mpp)

        bar = ScaleBar(reason, self.mpp, against)
        bar.scale_given.connect(self._viewer.give_mpp)  # kept with the slide, and told to us
        self._desk.messages.place(bar, SCALE_KEY)
        bar.field.setFocus()

    def _forget(self) -> None:
        self.path = self.mpp = None
        self._desk.messages.clear(SCALE_KEY)
        self._desk.messages.clear(STAIN_KEY)
        self._desk.messages.clear(REMARKS)
        self._viewer.set_slide(None)
        self.shown.emit()

    def _on_opened(self, path: Path, opened: _Opened) -> None:
        slide = opened.slide
        former = self._stamps.get(path)
        if former not in (None, opened.stamp):
            self._scales.pop(path, None)
            self.replaced.emit(path)
        self._stamps[path] = opened.stamp
        width, height = slide.size_l0
        scale = filled("{mpp:.3g} µm/px", mpp=slide.mpp) if slide.mpp else say("no scale")
        about = filled("{width:,} × {height:,}\n{scale}", width=width, height=height, scale=scale)
        if opened.is_demo:
            about = f"{DEMO}\n{about}"
        self._panel.set_thumbnail(path, opened.thumbnail, about, slide.remarks)
        self.opened.emit(path)
        if path != self.wanted:
            slide.close()  # another one was chosen meanwhile
            return
        self._desk.messages.clear(_key(path))
        self.path, self.mpp = path, slide.mpp
        self._viewer.set_slide(slide, owned=True)
        if slide.mpp is None:
            self._ask_scale(f"{why_no_mpp(slide)}. {_WITHOUT_SCALE}")
        elif self.given_mpp is None:
            self._ask_if_doubted()
        if slide.remarks:
            self._desk.messages.show_message("info", " ".join(slide.remarks), key=REMARKS)
        if opened.stain_doubt and (path, opened.stamp) not in self._stains_said:
            self._stains_said.add((path, opened.stamp))
            self._desk.messages.show_message("caution", opened.stain_doubt, key=STAIN_KEY)
        self.shown.emit()

    def _on_failed(self, path: Path, error: Exception) -> None:
        self._panel.set_failed(path, str(error))
        if path == self.wanted:
            self.wanted, self._failed = None, path
            self._viewer.hint = (
                say("{path_name} cannot be opened", path_name=path.name),
                say("The reason stands above"),
            )
            self._viewer.update()
        self._desk.show_failure(error, _key(path))


def _stamp_of(path: Path) -> FileStamp:
    try:
        return FileStamp.of([path])
    except OSError:  # opening it will say so
        return FileStamp((), (), ())


def _key(path: Path) -> str:
    return say("slide {path}", path=path)


def to_image(picture: NDArray[np.uint8]) -> QImage:
    """An RGB array (h, w, 3) as an image of its own."""
    data = np.ascontiguousarray(picture)
    height, width = data.shape[:2]
    image = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.copy()  # its own pixels: the array goes
