"""Trying whether the program works on this machine, for the run in the summary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from shiboken6 import isValid

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.progress import Progress, ProgressFn
from pathgui.core.report.copied import qualify_command
from pathgui.core.runs.qualification import Qualification, load_qualification
from pathgui.core.runs.record import Run
from pathgui.core.system.endings import RUN_ENDING
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job, JobRunner, stage_text
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.runs.qualify_dialog import QualifyDialog


class QualifyControl(QObject):
    """Opens the dialog, and does what it asks for; a job ends with its dialog."""

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        references: ReferenceControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._controller = controller
        self._references = references
        self._runner = JobRunner(self)
        self.runners = (self._runner,)
        self.dialog: QualifyDialog | None = None

    def ask(self) -> bool:
        """Open the dialog on the run in the summary; False where none is shown."""
        finished = self._controller.finished
        if finished is None:
            return False
        name = finished.folder.name.removesuffix(RUN_ENDING)
        self.dialog = QualifyDialog(name, self._controller.summary.window())
        run, folder = finished.evaluation.run, finished.folder
        reference = self._references.set_of(run)
        near = [] if reference is None else [reference.folder]
        _Session(self._desk, self.dialog, self._runner, run, folder, near)
        self.dialog.open()
        return True


class _Session(QObject):
    """One dialog, on one run."""

    def __init__(
        self,
        desk: Desk,
        dialog: QualifyDialog,
        runner: JobRunner,
        run: Run,
        folder: Path,
        near: Sequence[Path],
    ) -> None:
        super().__init__(dialog)
        self._desk, self._dialog, self._runner = desk, dialog, runner
        self._run, self._folder, self._near = run, folder, near
        self._job: Job | None = None
        dialog.try_requested.connect(self.begin)
        dialog.cancel_requested.connect(self.cancel)
        dialog.copy_requested.connect(self.copy)
        dialog.finished.connect(self.cancel)
        desk.quick.run(
            lambda report: load_qualification(folder, run), self._show_kept, self._on_failed
        )

    def _show_kept(self, found: Qualification | None) -> None:
        if isValid(self._dialog) and self._job is None:
            self._dialog.show_found(found)

    @Slot()
    def begin(self) -> None:
        """Try everything, and keep what is found with the run."""
        if self._job is not None:
            return
        services, run, folder, near = self._desk.services, self._run, self._folder, self._near

        def work(report: ProgressFn) -> Qualification:
            return services.qualify(run, folder, near, known=services.known, report=report)

        job = Job(work, background=True)
        job.reported.connect(self._on_events)
        job.succeeded.connect(self._on_found)
        job.failed.connect(self._on_failed)
        job.ended.connect(self._on_over)
        self._job = job
        self._dialog.show_progress(say("Trying the program…"), None)
        self._runner.start(job)

    def cancel(self, _result: int = 0) -> None:
        """Stop; what was found before stays."""
        if self._job is not None:
            self._job.cancel()
            if isValid(self._dialog):
                self._dialog.show_stopping()

    @Slot()
    def copy(self) -> None:
        """Put the command that does the same into the clipboard."""
        QGuiApplication.clipboard().setText(qualify_command(self._folder))
        self._dialog.show_said(say("The command is copied: paste it into a terminal."))

    @Slot(list)
    def _on_events(self, events: list[object]) -> None:
        progress = [event for event in events if isinstance(event, Progress)]
        if progress and self._job is not None and not self._job.stopping and isValid(self._dialog):
            last = progress[-1]
            share = last.done / last.total if last.total > 1 else None
            self._dialog.show_progress(stage_text(last) or last.stage, share)

    @Slot(object)
    def _on_found(self, found: Qualification) -> None:
        if isValid(self._dialog):
            self._dialog.show_found(found)

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, PathguiError):
            self._desk.show_error(error)
        elif isValid(self._dialog):
            self._dialog.show_said(str(error), "bad")

    @Slot()
    def _on_over(self) -> None:
        self._job = None
        if isValid(self._dialog):
            self._dialog.show_idle()
