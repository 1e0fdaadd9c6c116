"""The cohort of the window: the slides that are open, or one on disk, kept there as it changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from pathgui.core.cohort.new_slides import add_slides
from pathgui.core.cohort.opened import REGIONS_FOLDER, Cohort, OpenCohort, open_cohort
from pathgui.core.cohort.slide_search import slides_named
from pathgui.core.cohort.slide_table import SlideTable
from pathgui.core.cohort.unsaved import NOTHING_DRAWN, DrawnOnSlide, save_as
from pathgui.core.errors import PathguiError, plural
from pathgui.core.language.texts import counted, say
from pathgui.core.progress import ProgressFn
from pathgui.gui.cohort.book import SlideBook
from pathgui.gui.cohort.cohort_panel import CohortPanel
from pathgui.gui.cohort.cohort_read import Read, Surroundings, content_of, leave
from pathgui.gui.cohort.content import Content
from pathgui.gui.cohort.look_control import LookControl
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job, JobRunner, stage_text
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import COHORT, NOT_IN_COHORT, NOT_KEPT

SAVE_MS = 400  # after a change it is written; what is typed meanwhile goes along


class CohortControl(QObject):
    """Opens, makes and writes cohorts. Without one, the open slides are the rows."""

    shown = Signal()  # another cohort, or none
    saved = Signal()  # the table became a cohort, which is about to be shown
    folder_opened = Signal()  # its slides are rows now

    def __init__(
        self,
        desk: Desk,
        panel: CohortPanel,
        book: SlideBook,
        look: LookControl,
        around: Surroundings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._panel = panel
        self._book = book
        self._look = look
        self._around = around
        self.disk = JobRunner(
            self
        )  # one after the other: nothing of a cohort is done twice at once
        self.opened: OpenCohort | None = None
        # What was drawn on a slide, by its content; called by jobs. Whoever keeps regions sets it.
        self.drawn_on: Callable[[str], DrawnOnSlide] = lambda content_id: NOTHING_DRAWN
        self._busy = ""  # what is being done, while nothing can be typed
        self._kept: Content | None = None  # what the disk holds
        self._saving = False
        self._soon = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._soon.timeout.connect(self._save)
        book.changed.connect(self._on_change)
        book.refused.connect(self._say_refused)
        look.judged.connect(self._say_state)
        panel.reopen_wanted.connect(self.open)
        around.slide_panel.slides_added.connect(self._on_slides_opened)
        around.slide_panel.slide_closed.connect(self._on_slide_closed)
        around.slide_panel.cohort_wanted.connect(self._open_last)
        self._offer_last()
        self._on_change()

    @property
    def runners(self) -> tuple[JobRunner, ...]:
        """What works for the table."""
        return (self.disk, self._look.runner)

    def regions_changed(self) -> None:
        """The regions of the cohort on disk are others: say anew what each row lacks."""
        self._look.judge_again()

    @property
    def can_change(self) -> bool:
        """Whether the table can be changed now."""
        return not self._book.why_read_only

    @property
    def known(self) -> list[Path]:
        """Cohorts that were used before, the last one first."""
        return self._around.recent.cohorts

    @property
    def busy(self) -> bool:
        """Whether a job is about to change the table, so that nothing else may."""
        return bool(self._busy)

    # Opening and closing

    @Slot(Path)
    def open(self, folder: Path) -> None:
        """Show a cohort. What was said of slides that belong to none is kept if it can be."""
        if self._would_lose():
            self._desk.messages.show_message(
                "caution",
                say("What you wrote into the table of slides is not saved as a cohort yet."),
                key=COHORT,
                offers=(
                    Offer(
                        say("Open {stem} without it", stem=folder.stem), lambda: self._open(folder)
                    ),
                    Offer(say("Stay")),
                ),
            )
            return
        self._open(folder)

    def _would_lose(self) -> bool:
        return self.opened is None and self._book.content.is_described

    def _open(self, folder: Path) -> None:
        former, places, pending = self.opened, self._around.places(), self._pending()

        def work(report: ProgressFn) -> Read:
            if former is not None and former.folder == folder:
                leave(former, pending)
            opened = open_cohort(folder, places)
            if former is not None and former.folder != folder:
                leave(former, pending)
            cohort = opened.cohort
            return Read(opened, content_of(opened, cohort.slides, cohort.info.roles))

        self.exclusively(
            say("Opening {folder_name}", folder_name=folder.name), work, self._on_opened
        )

    def close(self) -> None:
        """Show the open slides again."""
        former, pending = self.opened, self._pending()
        if former is None:
            return

        def work(report: ProgressFn) -> None:
            leave(former, pending)

        self.exclusively(
            say("Closing {folder_name}", folder_name=former.folder.name),
            work,
            lambda _: self._show_open_slides(),
        )

    def _show_open_slides(self) -> None:
        self._show(None, Content().with_files(self._around.slide_panel.paths))

    def _on_opened(self, read: Read) -> None:
        self._show(read.opened, read.content)
        for notice in (*read.opened.notices, *read.notes):
            self._desk.messages.show_message("caution", notice)

    def _show(self, opened: OpenCohort | None, content: Content) -> None:
        self.opened, self._kept = opened, content
        self._look.regions = None if opened is None else opened.folder / REGIONS_FOLDER
        self._book.show(content, "" if opened is None else opened.why_read_only)
        self._desk.messages.clear(NOT_IN_COHORT)
        if opened is not None:
            self._around.recent.add_cohort(opened.folder)
        self._offer_last()
        self.shown.emit()

    def new_from(self, folder: Path) -> None:
        """Begin a table with the slides of a folder."""
        former, pending = self.opened, self._pending()

        def work(report: ProgressFn) -> list[Path]:
            paths = slides_named(folder)
            if former is not None:
                leave(former, pending)
            return paths

        def then(paths: list[Path]) -> None:
            self._show(None, Content().with_files(paths))
            self._around.slides.add(paths)
            self.folder_opened.emit()

        self.exclusively(
            say("Looking for slides in {folder_name}", folder_name=folder.name), work, then
        )

    def show_unsaved(self, content: Content, then: Callable[[], object]) -> None:
        """Show a table that is no cohort, and open its slides."""
        former, pending = self.opened, self._pending()

        def work(report: ProgressFn) -> None:
            if former is not None:
                leave(former, pending)

        def left(_: object) -> None:
            self._show(None, content)
            then()
            self._around.slides.add([path for path in content.files if path is not None])

        self.exclusively(say("Opening the table"), work, left)

    def add_folder(self, folder: Path) -> None:
        """Open the slides of a folder, or the one slide that it is; into the cohort, if any."""
        if self.opened is not None:
            self.add([folder])
            return

        def then(paths: list[Path]) -> None:
            self._around.slides.add(paths)
            self.folder_opened.emit()

        self.exclusively(
            say("Looking for slides in {folder_name}", folder_name=folder.name),
            lambda report: slides_named(folder),
            then,
        )

    # Slides of the cohort on disk

    def add(self, paths: Sequence[Path]) -> None:
        """Add slides, and those in folders, to the cohort on disk."""

        def work(opened: OpenCohort, report: ProgressFn) -> tuple[Content, tuple[str, ...]]:
            added = add_slides(opened, paths, report)
            return self.content_with(opened, added.slides), added.notes

        self.with_cohort(say("add slides"), say("Looking at slides"), work)

    def with_cohort(
        self,
        what: str,
        words: str,
        work: Callable[[OpenCohort, ProgressFn], tuple[Content, tuple[str, ...]]],
    ) -> None:
        """Let core change the cohort on disk, from what the table holds now.

        ``work`` returns what it makes of it and notes. Nothing can be typed meanwhile.
        """
        opened, pending = self.opened, self._pending()
        if opened is None or not self.can_change:
            self._say_refused(self._book.why_read_only or say("Save the slides as a cohort first."))
            return

        def on_disk(report: ProgressFn) -> tuple[Content, tuple[str, ...]]:
            if pending is not None:
                opened.save(pending)
            return work(opened, report)

        def then(made: tuple[Content, tuple[str, ...]]) -> None:
            content, notes = made
            if pending is not None:
                self._kept = self._book.content
            changed = content != self._book.content
            self._book.change(what, content)
            if notes or not changed:
                text = "\n".join(notes[:6]) or say("Nothing was changed.")
                more = (
                    say("\n… and {n_notes} more.", n_notes=len(notes) - 6) if len(notes) > 6 else ""
                )
                self._desk.messages.show_message("info", text + more, key=COHORT)

        self.exclusively(words, on_disk, then)

    def on_disk(
        self,
        words: str,
        work: Callable[[OpenCohort, ProgressFn], object],
        then: Callable[..., object],
    ) -> None:
        """Let a job read the cohort on disk, with all that was typed."""
        opened, pending = self.opened, self._pending()
        if opened is None:
            self._say_refused(say("Save the slides as a cohort first."))
            return

        def read(report: ProgressFn) -> object:
            if pending is not None:
                opened.save(pending)
            return work(opened, report)

        self.exclusively(words, read, then)

    def content_with(self, opened: OpenCohort, slides: SlideTable) -> Content:
        """What the table shows once it is that of ``slides``. For the threads of jobs."""
        return content_of(opened, slides, self._book.content.roles)

    def save_as(self, folder: Path) -> None:
        """Make a cohort of the table, and go on with it."""
        content, places = self._book.content, self._around.places()

        def work(report: ProgressFn) -> Read:
            opened, notes = save_as(
                folder, places, content.slides, content.roles, content.files, report,
                drawn=self.drawn_on,
            )  # fmt: skip
            return Read(opened, replace(content, slides=opened.cohort.slides), notes)

        def then(read: Read) -> None:
            self.saved.emit()
            self._on_opened(read)
            self._desk.show_written(say("The cohort was saved"), folder, COHORT)

        self.exclusively(say("Saving {folder_name}", folder_name=folder.name), work, then)

    # Keeping

    def _pending(self) -> Cohort | None:
        """What is to be written; None if the disk holds it."""
        content = self._book.content
        if self.opened is None or content is self._kept or self.opened.why_read_only:
            return None
        info = replace(self.opened.cohort.info, roles=content.roles)
        return Cohort(info, content.slides)

    @Slot()
    def _on_change(self) -> None:
        self._panel.model.show(self._book.content, locked=bool(self._book.why_read_only))
        if self.opened is not None and not self._soon.isActive():
            self._soon.start()  # not begun anew: who types on and on is kept as well
        self._say_state()

    def keep(self) -> None:
        """Write what was typed now, not a moment later."""
        self._save()

    @Slot()
    def _save(self) -> None:
        """Write what was changed, off this thread; what changes meanwhile follows."""
        pending, opened, content = self._pending(), self.opened, self._book.content
        if pending is None or opened is None or self._saving:
            return

        def ended() -> None:
            self._saving = False
            if self._book.content is not content:
                self._soon.start()

        def then(_: object) -> None:
            if self.opened is opened:
                self._kept = content
                self._desk.messages.clear(NOT_KEPT)

        self._saving = True
        job = self.disk.run(lambda report: opened.save(pending), then, self._on_not_kept)
        job.ended.connect(ended)

    def _on_not_kept(self, error: Exception) -> None:
        if not isinstance(error, PathguiError) or self.opened is None:
            self._desk.show_error(error)
            return
        folder = self.opened.folder
        self._desk.messages.show_message(
            "error",
            str(error),
            key=NOT_KEPT,
            offers=(Offer(say("Open it again"), lambda: self._reload(folder)),),
        )

    def _reload(self, folder: Path) -> None:
        self._kept = self._book.content  # given up
        self._open(folder)

    def let_go(self) -> None:
        """Write what is left and let others change the cohort. For the end of the program."""
        if self.opened is None:
            return
        try:
            leave(self.opened, None if self._saving else self._pending())
        except PathguiError:
            self.opened.close()
        self.opened = None

    # Slides that are opened and closed while there is no cohort

    @Slot(list)
    def _on_slides_opened(self, paths: list[Path]) -> None:
        content = self._book.content
        new = [path for path in paths if path not in content.row_of]
        if not new:
            return
        if self.opened is None:
            self._book.extend(content.with_files(new))
            return
        if not self.can_change:
            return
        what = (
            say("{name} is", name=new[0].name)
            if len(new) == 1
            else say("{n_new} slides are", n_new=len(new))
        )
        self._desk.messages.show_message(
            "info",
            say("{what} open and not in {stem}.", what=what, stem=self.opened.folder.stem),
            key=NOT_IN_COHORT,
            offers=(Offer(say("Add to the cohort"), partial(self.add, new)),),
        )

    @Slot(Path)
    def _on_slide_closed(self, path: Path) -> None:
        row = self._book.content.row_of.get(path)
        if self.opened is None and row is not None:
            self._book.change(
                say("close {path_name}", path_name=path.name),
                self._book.content.without_rows([row]),
            )

    # Saying

    def exclusively(
        self, words: str, work: Callable[[ProgressFn], object], then: Callable[..., object]
    ) -> None:
        """Run a job during which nothing can be typed; its bar has a way to stop it."""
        if self._busy:
            self._say_refused(
                say("{busy} goes on still; wait for it, or cancel it.", busy=self._busy)
            )
            return
        self._busy, before = words, self._book.why_read_only
        self._lock(f"{words}…")

        def unlock() -> None:
            self._busy = ""
            if self._book.why_read_only == f"{words}…":
                self._lock(before)

        def done(result: object) -> None:
            self._busy = ""
            self._desk.messages.clear(COHORT)
            self._lock(before)
            then(result)

        job = Job(work)
        job.succeeded.connect(done)
        job.failed.connect(self._on_failed)
        job.ended.connect(unlock)
        self._desk.watch(job, f"{words}…", COHORT, stage_text)
        self.disk.start(job)

    def _on_failed(self, error: Exception) -> None:
        self._desk.show_failure(error, COHORT)

    def _lock(self, why: str) -> None:
        self._book.why_read_only = why
        self._panel.model.show(self._book.content, locked=bool(why))
        self._say_state()

    @Slot(str)
    def _say_refused(self, why: str) -> None:
        self._desk.messages.show_message(
            "caution", say("{why} Nothing was changed.", why=why), key=COHORT
        )

    @Slot()
    def _say_state(self) -> None:
        content, opened = self._book.content, self.opened
        n = len(content.files)
        lacking = len({fault.row for fault in self._look.faults if fault.row})
        parts = [opened.folder.stem] if opened is not None else []
        parts.append(plural(n, "slide"))
        if lacking and n:
            parts.append(counted(lacking, "{n:,} lacks something", "{n:,} lack something"))
        if opened is None and n:
            parts.append(say("not saved as a cohort"))
        why = "" if opened is None else opened.why_read_only
        self._panel.show_state(
            " · ".join(parts) if n or opened is not None else "",
            some=n > 0, saved=opened is not None, locked=why,
        )  # fmt: skip

    def _offer_last(self) -> None:
        known = self._around.recent.cohorts
        last = known[0] if known and self.opened is None else None
        self._panel.offer_last(last)
        self._around.slide_panel.offer_cohort("" if last is None else last.stem)

    @Slot()
    def _open_last(self) -> None:
        known = self._around.recent.cohorts
        if known:
            self.open(known[0])
