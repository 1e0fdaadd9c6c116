"""Keeps the table of slides that is no cohort yet, and offers what the last program left of one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from pathgui.core.cohort.draft import Draft, DraftTable, new_draft, table_of, take_left
from pathgui.core.errors import PathguiError, plural
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.gui.cohort.book import SlideBook
from pathgui.gui.cohort.cohort_control import SAVE_MS, CohortControl
from pathgui.gui.cohort.content import Content
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import NOT_KEPT, NOT_SAVED


class DraftControl(QObject):
    """Writes what is typed a moment later, off this thread, as a cohort on disk is written.

    A table has its draft until it is saved as a cohort, or nothing is left in it that anybody
    typed. One that another table takes the place of keeps it: the next start offers it.
    """

    opened = Signal()  # what the last program left is shown

    def __init__(
        self,
        desk: Desk,
        book: SlideBook,
        control: CohortControl,
        folder: Callable[[], Path],
        parent: QObject | None = None,
    ) -> None:
        """``folder``: where drafts lie."""
        super().__init__(parent)
        self._desk = desk
        self._book = book
        self._control = control
        self._folder = folder
        self.runner = JobRunner(self)
        self._draft: Draft | None = None  # of the table shown
        self._offered: Draft | None = None  # of a table that an earlier program left
        self._going: list[Draft] = []  # to be removed
        self._of_cohort = False  # the table shown is that of a cohort on disk
        self._asked: Content | None = None  # what was handed to the disk last
        self._kept: Content | None = None  # what is on it for sure
        self._soon = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._soon.timeout.connect(self._keep)
        book.left.connect(self._on_left)
        book.changed.connect(self._on_change)
        control.shown.connect(self._on_shown)
        control.saved.connect(self._on_saved)

    # Keeping

    @Slot()
    def _on_change(self) -> None:
        if not self._of_cohort and not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _on_left(self) -> None:
        """Another table comes: what was typed into this one is written to the last letter."""
        self._keep()
        draft = self._draft
        self._show(None)
        if draft is not None:
            self.runner.run(lambda report: draft.leave())

    @Slot()
    def _on_shown(self) -> None:
        self._of_cohort = self._control.opened is not None
        if not self._of_cohort:
            self._on_change()

    @Slot()
    def _on_saved(self) -> None:
        self._of_cohort = True
        self._forget()

    def _show(self, draft: Draft | None, content: Content | None = None) -> None:
        """The table shown has this draft, which holds that."""
        self._draft, self._asked, self._kept = draft, content, content

    @Slot()
    def _keep(self) -> None:
        """Write what the table holds, or remove the draft where it holds nothing of anybody."""
        content = self._book.content
        self._soon.stop()
        if self._of_cohort or content is self._asked:
            return
        if not content.is_work:
            self._forget()
            return
        draft = self._draft = self._draft or new_draft(self._folder())
        self._asked = content

        def kept(_: object) -> None:
            if self._draft is draft:
                self._kept = content
            self._desk.messages.clear(NOT_KEPT)

        self.runner.run(lambda report: draft.keep(_table(content)), kept, self._on_failed)

    def _forget(self) -> None:
        self._soon.stop()
        draft = self._draft
        self._show(None)
        if draft is not None:
            self._remove(draft)

    def _remove(self, draft: Draft) -> None:
        self._going.append(draft)
        job = self.runner.run(lambda report: draft.forget())
        job.succeeded.connect(lambda _: self._going.remove(draft))

    def _on_failed(self, error: Exception) -> None:
        self._asked = None
        if isinstance(error, PathguiError):
            self._desk.messages.show_message("caution", str(error), key=NOT_KEPT)
        else:
            self._desk.show_error(error)

    def let_go(self) -> None:
        """Write what is left, and let the next program have it. For the end of the program."""
        content = self._book.content
        if not self._of_cohort and content is not self._kept and content.is_work:
            self._draft = self._draft or new_draft(self._folder())
            with contextlib.suppress(PathguiError):  # was said before, if it could not be kept
                self._draft.keep(_table(content))
        for draft in self._going:
            draft.forget()
        for held in (self._draft, self._offered):
            if held is not None:
                held.leave()

    # What the last program left

    def look(self) -> None:
        """Offer the newest table that was not saved, if there is one."""
        folder = self._folder()

        def work(report: ProgressFn) -> tuple[Draft, Content] | None:
            found = take_left(folder)
            return None if found is None else (found[0], _content(found[1]))

        self.runner.run(work, self._offer, self._on_failed)

    def _offer(self, found: tuple[Draft, Content] | None) -> None:
        if found is None:
            return
        draft, content = found
        self._offered = draft

        def show() -> None:
            if self._control.busy:
                self._offer(found)
                return
            self._control.show_unsaved(content, shown)

        def shown() -> None:
            self._offered = None
            self._show(draft, content)
            self.opened.emit()

        def forget() -> None:
            self._offered = None
            self._remove(draft)

        slides = plural(len(content.files), "slide")
        self._desk.messages.show_message(
            "info",
            say(
                "A table of {slides} was not saved as a cohort. What was typed into it is kept.",
                slides=slides,
            ),
            key=NOT_SAVED,
            offers=(Offer(say("Open the table"), show), Offer(say("Throw it away"), forget)),
        )


def _table(content: Content) -> DraftTable:
    return table_of(content.slides, content.roles, content.files)


def _content(table: DraftTable) -> Content:
    return Content(table.slides, table.roles, table.found())
