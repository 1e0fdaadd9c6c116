"""Pictures of tiles for the neighbor explorer, read off the GUI thread and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from pathgui.core.errors import PathguiError
from pathgui.core.explore.neighborhood import TileId
from pathgui.core.progress import ProgressFn
from pathgui.core.reference.reference_pictures import find_reference, tile_pictures
from pathgui.core.slides.tiling import SlideTiles, TileGrid
from pathgui.core.system.byte_cache import ByteCache
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.slides.slide_control import to_image

PICTURE_PX = 192  # of the pictures that are kept
_KEPT_BYTES = 600 * 4 * PICTURE_PX**2


@dataclass(frozen=True)
class PicturesWanted:
    """A tile, and the pictures that belong to it."""

    tile: TileId
    sha256: str  # of the reference set
    files: frozenset[str]  # in its folder
    slide: Path | None  # where the tile is one of this slide
    mpp: float | None  # as given by the user
    grid: TileGrid | None


@dataclass(frozen=True)
class Pictures:
    """What there is of what was wanted."""

    tile: TileId
    sha256: str
    found: bool  # whether the reference set is here
    by_file: dict[str, QImage]  # those that could be read
    own: QImage | None  # of the slide's tile


class PictureLoader(QObject):
    """Reads one tile's pictures at a time; while it does, only the newest wish waits."""

    loaded = Signal(object)  # Pictures

    def __init__(
        self,
        desk: Desk,
        references_known: Callable[[], Sequence[Path]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._references_known = references_known
        # By the set, not by its folder: another one may be built there.
        self._kept = ByteCache[tuple[str, str], QImage](_KEPT_BYTES)
        self._busy = False
        self._next: PicturesWanted | None = None

    def load(self, wanted: PicturesWanted) -> None:
        """Read what is not kept; ``loaded`` follows, unless something else is wanted meanwhile."""
        if self._busy:
            self._next = wanted
            return
        folders = tuple(self._references_known())
        desk = self._desk
        found = {name: self._kept.get((wanted.sha256, name)) for name in wanted.files}
        missing = sorted(name for name, picture in found.items() if picture is None)

        def work(report: ProgressFn) -> tuple[Path | None, dict[str, QImage], QImage | None]:
            folder = find_reference(folders, wanted.sha256)
            read: dict[str, QImage] = {}
            if folder is not None:
                read = {name: picture for name, picture in found.items() if picture is not None}
                pictures = tile_pictures(folder, missing, PICTURE_PX, report)
                for name, picture in zip(missing, pictures, strict=True):
                    if picture is not None:
                        read[name] = to_image(picture)
            own = None
            if wanted.slide is not None and wanted.grid is not None:
                own = _slide_tile(desk, wanted)
            return folder, read, own

        self._busy = True
        job = desk.quick.run(work, partial(self._on_read, wanted), desk.show_failure)
        job.ended.connect(self._on_ended)

    def _on_read(
        self,
        wanted: PicturesWanted,
        result: tuple[Path | None, dict[str, QImage], QImage | None],
    ) -> None:
        folder, read, own = result
        for name, picture in read.items():
            self._kept.put((wanted.sha256, name), picture, picture.sizeInBytes())
        self.loaded.emit(Pictures(wanted.tile, wanted.sha256, folder is not None, read, own))

    @Slot()
    def _on_ended(self) -> None:
        self._busy = False
        wanted, self._next = self._next, None
        if wanted is not None:
            self.load(wanted)


def _slide_tile(desk: Desk, wanted: PicturesWanted) -> QImage | None:
    """A tile of the slide, read with a handle of its own; None where that cannot be."""
    assert wanted.slide is not None
    assert wanted.grid is not None
    try:
        with desk.open_slide(wanted.slide, wanted.mpp) as slide:
            return to_image(SlideTiles(slide, wanted.grid).read(wanted.tile.row, PICTURE_PX))
    except PathguiError:
        return None
