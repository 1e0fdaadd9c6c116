"""What is tried on the run in the summary, beside all else: what each such tab shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from PySide6.QtCore import QObject, Slot

from pathgui.core.progress import ProgressFn
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.record import Run
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job, JobRunner
from pathgui.gui.reference.reference_control import ReferenceControl

Found = TypeVar("Found")


class TrialPage(Protocol):
    """The tab of a trial."""

    def show_progress(self, text: str, share: float | None) -> None:
        """Something is tried; ``share`` 0..1, None where nobody knows."""

    def show_stopping(self) -> None:
        """Cancel was pressed."""

    def show_idle(self) -> None:
        """Nothing is tried any more."""


class TrialControl(QObject):
    """Runs one trial at a time, beside all else; the run that it is of need not stay in view."""

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        references: ReferenceControl,
        tab: TrialPage,
        key: str,
        parent: QObject | None = None,
    ) -> None:
        """``tab``: which shows how far a trial is; ``key``: of the messages on it."""
        super().__init__(parent)
        self._desk = desk
        self._controller = controller
        self._references = references
        self._tab = tab
        self._key = key
        self._runner = JobRunner(self)
        self.runners = (self._runner,)
        self._job: Job | None = None
        self._of: Finished | None = None  # the run that the trial is of

    @property
    def _run(self) -> Run | None:
        finished = self._controller.finished
        return None if finished is None else finished.evaluation.run

    @property
    def _set(self) -> ReferenceSet | None:
        """The reference set of the run in the summary, if it is the one that is open."""
        run = self._run
        return None if run is None else self._references.set_of(run)

    def _start(
        self,
        of: Finished,
        work: Callable[[ProgressFn], Found],
        reported: Callable[[list[object]], None],
        then: Callable[[Found], None],
        first: str,
    ) -> None:
        """Begin a trial on a run; ``first`` is said until it reports something."""
        self._of = of
        job = Job(work, background=True)
        job.reported.connect(reported)
        job.succeeded.connect(then)
        job.failed.connect(self._on_failed)
        job.ended.connect(self._on_over)
        self._job = job
        self._tab.show_progress(first, None)
        self._runner.start(job)

    @Slot()
    def cancel(self) -> None:
        """Stop; what was done before stays."""
        if self._job is not None:
            self._tab.show_stopping()
            self._job.cancel()

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        self._desk.show_failure(error, self._key)

    @Slot()
    def _on_over(self) -> None:
        self._job = self._of = None
        self._tab.show_idle()
