"""Looking at the slides of the table in the background: thumbnails, scale, what each row lacks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage

from pathgui.core.cohort.check import Fault, faults_of, states_of
from pathgui.core.cohort.slide_facts import SlideFacts, facts_from
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.progress import Progress, ProgressFn
from pathgui.core.slides.slide_file import SlideFile
from pathgui.gui.cohort.book import SlideBook
from pathgui.gui.cohort.cohort_panel import CohortPanel
from pathgui.gui.cohort.slide_model import THUMBNAIL
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job, JobRunner
from pathgui.gui.slides.slide_control import to_image

_BATCH_S = 0.4  # of slides that are looked at before others may be more urgent
_REST_MS = 250  # after the user moved rows: two threads of Python at once make both slow
_SOON_MS = 250  # after a change, rows are judged anew


@dataclass(frozen=True)
class _Seen:
    """One slide that was looked at."""

    facts: SlideFacts
    picture: QImage | None  # None where none can be made


class LookControl(QObject):
    """Looks at slides while the table is in front: first at those in sight, then at all others."""

    judged = Signal()  # what rows lack was found anew

    def __init__(
        self, desk: Desk, panel: CohortPanel, book: SlideBook, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._panel = panel
        self._book = book
        self.runner = JobRunner(self)
        self.regions: Path | None = None  # the folder of the regions of the cohort on disk
        self._changes = 0  # of what lies in it
        self._seen: dict[Path, _Seen] = {}
        self._in_view: list[Path] = []
        self._in_front = False
        self._judged: object = None  # what the faults shown are of
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._go_on)
        self._job: Job | None = None
        self._resting = QTimer(self, singleShot=True, interval=_REST_MS)
        self._resting.timeout.connect(self._on_rested)
        panel.grid.touched.connect(self._rest)
        panel.seen.connect(self._on_seen)
        panel.grid.in_view.connect(self._on_view)
        book.changed.connect(self._soon.start)
        self.faults: tuple[Fault, ...] = ()

    @property
    def facts(self) -> dict[int, SlideFacts]:
        """What is known of the files of rows that were looked at."""
        files = self._book.content.files
        return {
            row: self._seen[path].facts
            for row, path in enumerate(files)
            if path is not None and path in self._seen
        }

    @property
    def is_held(self) -> bool:
        """Whether it waits because the user moves rows."""
        return self._resting.isActive() and (self._job is None or self._job.paused)

    def look_again(self) -> None:
        """Look at all files anew."""
        self._seen.clear()
        self._judged = None
        self._panel.model.forget_pictures(self._panel.devicePixelRatioF())
        self._go_on()

    @Slot()
    def judge_again(self) -> None:
        """Say anew what each row lacks: its regions are others now."""
        self._changes += 1  # a judgement that is being made now is already old
        self._go_on()

    @Slot(bool)
    def _on_seen(self, in_front: bool) -> None:
        self._in_front = in_front
        if in_front:
            self._panel.model.forget_pictures(self._panel.devicePixelRatioF())
            self._soon.start()
        else:
            self.runner.cancel()

    @Slot(list)
    def _on_view(self, paths: list[Path]) -> None:
        self._in_view = paths
        for path in paths:
            self._show(path)
        self._go_on()

    def _show(self, path: Path) -> None:
        seen = self._seen.get(path)
        if seen is not None and self._panel.model.lacks_picture(path):
            self._panel.model.show_picture(path, seen.picture)

    @Slot()
    def _go_on(self) -> None:
        """Do what is most urgent, if anything is: judge rows, look at slides in sight, at others.

        A wish that comes while a job runs is found when it has ended.
        """
        if not self._in_front or self.runner.busy or self._resting.isActive():
            return
        content, there = self._book.content, self._seen
        wanted = [path for path in self._in_view if path not in there and path in content.row_of]
        wanted += [path for path in content.row_of if path not in there and path not in wanted]
        key = (content, len(there), (self.regions, self._changes))
        if self._judged != key and (not wanted or self._judged_is_old(key)):
            self._judge(key)
        elif wanted:
            self._look_at(wanted)

    def _judged_is_old(self, key: tuple[object, int, object]) -> bool:
        """Whether the table is another, or a tenth more of its slides was looked at."""
        judged = self._judged
        if not isinstance(judged, tuple) or judged[0] is not key[0] or judged[2] != key[2]:
            return True
        return bool(key[1] > 1.1 * judged[1] + 8)

    def _judge(self, key: tuple[object, int, object]) -> None:
        content, facts, regions = self._book.content, self.facts, self.regions

        def work(report: ProgressFn) -> tuple[Fault, ...]:
            states = states_of(content.slides, content.files, facts, regions)
            return faults_of(content.slides, content.roles, states, regions)

        def then(faults: tuple[Fault, ...]) -> None:
            self._judged = key
            if content is self._book.content:
                self.faults = faults
                gone = {row for row, path in enumerate(content.files) if path is None}
                self._panel.model.show_faults(faults, frozenset(facts) | gone)
                self.judged.emit()

        self._run(work, then)

    def _look_at(self, wanted: Sequence[Path]) -> None:
        px = round(THUMBNAIL.height() * self._panel.devicePixelRatioF())

        def work(report: ProgressFn) -> dict[Path, _Seen]:
            found: dict[Path, _Seen] = {}
            end = time.monotonic() + _BATCH_S
            for path in wanted:
                report(Progress(say("Looking at slides"), 0, 0))  # here it can be held
                found[path] = _look(path, px, report)
                if time.monotonic() > end:
                    break
            return found

        def then(found: dict[Path, _Seen]) -> None:
            self._seen |= found
            in_view = set(self._in_view)
            for path in found:
                if path in in_view:
                    self._show(path)

        self._run(work, then)

    def _run(self, work: Callable[[ProgressFn], object], then: Callable[..., None]) -> None:
        job = self.runner.run(work, then, self._on_failed, background=True)
        job.ended.connect(self._on_ended)
        job.finished.connect(self._soon_again, Qt.ConnectionType.QueuedConnection)
        self._job = job

    @Slot()
    def _on_ended(self) -> None:
        self._job = None

    @Slot()
    def _rest(self) -> None:
        """Hold what is looked at between two slides, for as long as the user moves rows."""
        self._resting.start()
        if self._job is not None:
            self._job.pause(True)

    @Slot()
    def _on_rested(self) -> None:
        if self._job is not None:
            self._job.pause(False)
        self._go_on()

    @Slot()
    def _soon_again(self) -> None:
        QTimer.singleShot(0, self._go_on)

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        self._in_front = False  # not again and again
        self._desk.show_error(error)


def _look(path: Path, px: int, report: ProgressFn) -> _Seen:
    """Open a slide; what it says of itself, and a picture of ``px`` pixels."""
    try:
        with SlideFile(path, direct=False).open(report) as slide:
            facts = facts_from(path, slide)
            try:
                whole = to_image(slide.thumbnail(4 * px, report))
            except PathguiError:  # it may lack coarse levels
                return _Seen(facts, None)
    except PathguiError as error:
        return _Seen(SlideFacts(path, fault=str(error)), None)
    return _Seen(facts, _framed(whole, px))


def _framed(picture: QImage, px: int) -> QImage:
    """The picture as large as it can be in a square of ``px``, in its middle."""
    scaled = picture.scaled(
        px, px, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    ).convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    return scaled.copy((scaled.width() - px) // 2, (scaled.height() - px) // 2, px, px)
