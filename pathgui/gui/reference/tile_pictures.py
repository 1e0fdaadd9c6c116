"""Pictures of tiles read in the background: those in sight first, and none twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn
from pathgui.core.system.byte_cache import ByteCache
from pathgui.gui.jobs.jobs import Job, JobRunner
from pathgui.gui.reference.tile_grid import PICTURE, Key
from pathgui.gui.slides.slide_control import to_image

PICTURE_PX = 2 * PICTURE  # of the pictures that are kept: sharp on a screen of twice the density
_KEPT_BYTES = 96 << 20  # some 650 pictures
_MOST_WANTED = 600  # at once, so that what is wanted can be kept

# Pictures of keys, in any order, None where there is none; the callable is called now and then, and
# stops the reading by raising.
Read = Callable[[Sequence[Any], Callable[[], None]], Iterator[tuple[Any, NDArray[np.uint8] | None]]]


class TilePictures(QObject):
    """Reads what is in sight and keeps it; a newer wish takes the place of one under way."""

    came = Signal()  # pictures, or the last of them
    failed = Signal(Exception)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._read: Read | None = None
        self._kept = ByteCache[Key, QImage](_KEPT_BYTES)
        self._job: Job | None = None
        self._wanted: list[Key] = []

    @property
    def is_reading(self) -> bool:
        """Whether pictures are being read."""
        return self._job is not None

    @property
    def waiting(self) -> int:
        """Tiles in sight whose pictures have not come."""
        return sum(key not in self._kept for key in self._wanted)

    def read_with(self, read: Read | None) -> None:
        """Pictures come from elsewhere; None: there are none to be had."""
        self.stop()
        self._read = read
        self._kept = ByteCache[Key, QImage](_KEPT_BYTES)

    def picture(self, key: Key) -> QImage | None:
        """None where it has not come; a null image where there is none."""
        return self._kept.get(key)

    @Slot(list)
    def want(self, keys: Sequence[Key]) -> None:
        """Read those of ``keys`` that are not kept, in place of what was wanted before."""
        self._wanted = list(keys)[:_MOST_WANTED]
        self._go_on()

    @Slot()
    def stop(self) -> None:
        """Read no more. What has come stays."""
        self._wanted = []
        if self._job is not None:
            self._job.cancel()

    def _go_on(self) -> None:
        missing = [key for key in self._wanted if key not in self._kept]
        read = self._read
        if not missing or read is None:
            return
        if self._job is not None:
            self._job.cancel()  # when it has ended, this is looked at again
            return
        kept = self._kept

        def work(report: ProgressFn) -> None:
            done = 0

            def beat() -> None:
                report(Progress(say("Reading pictures"), done, len(missing), part=Part.READING))

            for key, pixels in read(missing, beat):
                done += 1
                # Kept from here: each is of use at once, and a job that is stopped loses none
                image = QImage() if pixels is None else to_image(pixels)
                kept.put(key, image, max(1, image.sizeInBytes()))
                beat()
            for key in missing:
                if key not in kept:  # not asked for again and again
                    kept.put(key, QImage(), 1)

        job = Job(work)
        job.reported.connect(self._on_reported)
        job.failed.connect(self._on_failed)
        job.ended.connect(self._on_ended)
        self._job = job
        self._runner.start(job)

    @Slot(list)
    def _on_reported(self, _: list[object]) -> None:
        self.came.emit()

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        self._wanted = []  # not again and again
        self.failed.emit(error)

    @Slot()
    def _on_ended(self) -> None:
        self._job = None
        self.came.emit()
        self._go_on()
