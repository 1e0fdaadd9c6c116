"""Opening slides of an archive: asks it in the background, and hands links on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from pathgui.core.archives.links import write_link
from pathgui.core.archives.logins import Login, keep_login, keyring_at_hand, logins
from pathgui.core.archives.search import (
    MOST_STUDIES,
    Series,
    Study,
    Wanted,
    find_studies,
    list_series,
)
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import counted, say
from pathgui.core.progress import ProgressFn
from pathgui.folders import links_dir
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job
from pathgui.gui.jobs.recent import Recent
from pathgui.gui.slides.archive_dialog import ArchiveDialog


class ArchiveControl(QObject):
    """Serves the dialog. One question at a time: a new one stops the one before."""

    chosen = Signal(list)  # paths of links

    def __init__(self, desk: Desk, recent: Recent, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._recent = recent
        self._window = parent
        self._dialog: ArchiveDialog | None = None
        self._job: Job | None = None

    @Slot()
    def ask(self) -> ArchiveDialog:
        """Show the dialog."""
        dialog = self._dialog = ArchiveDialog(self._window, self._recent.archives)
        dialog.search_wanted.connect(self._search)
        dialog.study_wanted.connect(self._list)
        dialog.open_wanted.connect(self._open)
        dialog.cancel_wanted.connect(self._stop)
        dialog.address_chosen.connect(self._look_for_login)
        dialog.finished.connect(self._on_closed)
        dialog.open()
        self._look_for_login(dialog.address.currentText())
        return dialog

    @Slot(str)
    def _look_for_login(self, address: str) -> None:
        """Ask the keyring, which may wait for the user to unlock it."""

        def look(_: ProgressFn) -> tuple[bool, Login | None]:
            return keyring_at_hand(), logins.of(address) if address else None

        def show(found: tuple[bool, Login | None]) -> None:
            if self._dialog is not None and self._dialog.address.currentText() == address:
                self._dialog.offer_keyring(*found)

        self._desk.quick.run(look, show, self._desk.show_error)

    @Slot(str, object, object, bool)
    def _search(self, base: str, wanted: Wanted, login: Login | None, keep: bool) -> None:
        def work(report: ProgressFn) -> tuple[tuple[Study, ...], str]:
            found = find_studies(base, wanted, login, report)
            unkept = ""
            if login is not None:  # and it is the right one
                logins.give(base, login)
                if keep:
                    try:
                        keep_login(base, login)
                    except PathguiError as error:
                        unkept = str(error)
            return found, unkept

        def show(answer: tuple[tuple[Study, ...], str]) -> None:
            studies, unkept = answer
            self._recent.add_archive(base)
            if self._dialog is not None:
                self._dialog.show_studies(studies, " ".join((_told(studies), unkept)).strip())

        self._start(work, show, say("Searching {base}…", base=base))

    @Slot(str, str)
    def _list(self, base: str, study: str) -> None:
        def show(series: tuple[Series, ...]) -> None:
            if self._dialog is not None:
                n = len(series)
                told = counted(n, "{n:,} slide in this study.", "{n:,} slides in this study.")
                self._dialog.show_series(series, told)

        self._start(
            lambda report: list_series(base, study, report=report),
            show,
            say("Listing the slides of the study…"),
        )

    @Slot(object)
    def _open(self, series: Sequence[Series]) -> None:
        def work(_: ProgressFn) -> list[Path]:
            return [write_link(each.address.url, links_dir(), each.title) for each in series]

        self._desk.quick.run(work, self.chosen.emit, self._desk.show_failure)

    def _start(
        self,
        work: Callable[[ProgressFn], object],
        then: Callable[..., object],
        doing: str,
    ) -> None:
        self._stop()
        assert self._dialog is not None
        self._dialog.set_busy(doing)
        job = self._job = self._desk.quick.run(work, then, self._on_failed)
        job.cancelled.connect(lambda: self._on_stopped(job))
        job.ended.connect(lambda: self._on_ended(job))

    @Slot()
    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _on_stopped(self, job: Job) -> None:
        if self._dialog is not None and self._job is job:
            self._dialog.show_stopped()

    def _on_ended(self, job: Job) -> None:
        if self._job is job:
            self._job = None

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, PathguiError) and self._dialog is not None:
            self._dialog.show_problem(str(error))
        elif not isinstance(error, PathguiError):
            self._desk.show_error(error)

    @Slot()
    def _on_closed(self) -> None:
        self._stop()
        self._dialog = None


def _told(studies: Sequence[Study]) -> str:
    if not studies:
        return say("No study with slides matches. Search for less, or with * at the end.")
    if len(studies) >= MOST_STUDIES:
        return say("The first {most} studies. Search for more to see others.", most=MOST_STUDIES)
    n = len(studies)
    found = counted(n, "{n:,} study with slides.", "{n:,} studies with slides.")
    return found if n == 1 else f"{found} {say('Choose one to list its slides.')}"
