"""The lab's own classifier on the run in the summary: looked at, judged, and kept with it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from shiboken6 import isValid

from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.errors import PathguiError
from pathgui.core.evaluation.classifying_run import Recognized
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.progress import Progress, ProgressFn
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.report.copied import classifier_command
from pathgui.core.runs.kept_classifiers import load_classifiers
from pathgui.core.runs.record import Run
from pathgui.core.system.endings import RUN_ENDING
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job, JobRunner, stage_text
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.results.classifier_dialog import ClassifierDialog


class ClassifierControl(QObject):
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
        self._judging = JobRunner(self)
        self._reading = JobRunner(self)
        self.runners = (self._judging, self._reading)
        self.dialog: ClassifierDialog | None = None

    @property
    def possible(self) -> bool:
        """Whether a run is shown whose reference set is open."""
        return self._run_and_set is not None

    @property
    def _run_and_set(self) -> tuple[Run, ReferenceSet] | None:
        finished = self._controller.finished
        if finished is None:
            return None
        run = finished.evaluation.run
        reference = self._references.set_of(run)
        return None if reference is None else (run, reference)

    def ask(self) -> bool:
        """Open the dialog on the run in the summary; False where that is not possible."""
        found, finished = self._run_and_set, self._controller.finished
        if found is None or finished is None:
            return False
        run, reference = found
        folder = finished.folder
        dialog = ClassifierDialog(
            folder.name.removesuffix(RUN_ENDING), run, self._controller.summary.window()
        )
        session = _Session(self._desk, self._controller, dialog, run, reference, folder)
        session.serve(self._judging, self._reading)
        self.dialog = dialog
        dialog.open()
        return True


class _Session(QObject):
    """One dialog, on one run."""

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        dialog: ClassifierDialog,
        run: Run,
        reference: ReferenceSet,
        folder: Path,
    ) -> None:
        super().__init__(dialog)
        self._desk = desk
        self._controller = controller
        self._dialog = dialog
        self._run, self._reference, self._folder = run, reference, folder
        self._job: Job | None = None
        self._look = 0  # number of the last look at a file; earlier ones do not count any more

    def serve(self, judging: JobRunner, reading: JobRunner) -> None:
        """Do what the dialog asks for, and show what is kept already."""
        self._judging, self._reading = judging, reading
        dialog = self._dialog
        dialog.look_requested.connect(self.look)
        dialog.judge_requested.connect(self.judge)
        dialog.cancel_requested.connect(self.cancel)
        dialog.copy_requested.connect(self.copy)
        dialog.finished.connect(self.cancel)
        self._show_kept()

    def _show_kept(self) -> None:
        def work(report: ProgressFn) -> list[AssessedClassifier]:
            return [each.found for each in load_classifiers(self._folder, self._run)]

        def then(found: list[AssessedClassifier]) -> None:
            if isValid(self._dialog):
                self._dialog.show_kept(found)

        self._reading.run(work, then, self._on_failed)

    def look(self) -> None:
        """Say what is in the file."""
        asked = self._dialog.asked
        if asked is None:
            return
        self._look += 1
        number, services = self._look, self._desk.services
        self._dialog.show_looking()

        def then(found: Recognized) -> None:
            if isValid(self._dialog) and number == self._look:
                self._dialog.show_recognized(found)

        def failed(error: Exception) -> None:
            if number == self._look:
                self._on_failed(error)

        self._reading.run(
            lambda report: services.recognize_classifier(asked, self._run, self._reference),
            then,
            failed,
        )

    def judge(self) -> None:
        """Judge it, and keep what is found with the run."""
        asked = self._dialog.asked
        if asked is None or self._job is not None:
            return
        if self._controller.busy:
            self._dialog.show_problem(
                say("An evaluation runs. Judge the classifier when it has ended.")
            )
            return
        services, run, folder = self._desk.services, self._run, self._folder
        store = self._controller.store
        device = self._desk.settings().device

        def work(report: ProgressFn) -> tuple[AssessedClassifier, str]:
            found = services.judge_classifier(
                asked, run, self._reference, known=services.known, store=store, device=device,
                report=report,
            )  # fmt: skip
            return found, services.keep_classifier(folder, run, found)

        job = Job(work, background=True)
        job.reported.connect(self._on_events)
        job.succeeded.connect(self._on_judged)
        job.failed.connect(self._on_not_judged)
        job.cancelled.connect(partial(self._over, say("Stopped. Nothing was kept.")))
        self._job = job
        self._dialog.show_problem("")
        self._dialog.show_progress(say("Reading the embeddings…"), None)
        self._judging.start(job)

    def cancel(self, _result: int = 0) -> None:
        """Stop judging."""
        if self._job is not None:
            self._job.cancel()
            self._dialog.show_stopping()

    def _on_events(self, events: list[object]) -> None:
        progress = [event for event in events if isinstance(event, Progress)]
        if not progress or self._job is None or self._job.stopping or not isValid(self._dialog):
            return
        last = progress[-1]
        share = last.done / last.total if last.total else None
        self._dialog.show_progress(stage_text(last) or retold(last.stage), share)

    def _on_judged(self, judged: tuple[AssessedClassifier, str]) -> None:
        found, why_not_kept = judged
        if not isValid(self._dialog):
            return
        self._over(
            why_not_kept or say("It is kept with the run, and its report has a section on it.")
        )
        if why_not_kept:
            self._dialog.show_kept([found])
        else:
            self._show_kept()

    def _on_not_judged(self, error: Exception) -> None:
        self._over("")
        self._on_failed(error)

    def _on_failed(self, error: Exception) -> None:
        if not isValid(self._dialog):
            return
        if isinstance(error, PathguiError):
            self._dialog.show_problem(str(error))
        else:
            self._desk.show_error(error)

    def _over(self, said: str) -> None:
        self._job = None
        if isValid(self._dialog):
            self._dialog.show_idle(said)

    def copy(self) -> None:
        """Put the command that judges the same into the clipboard."""
        asked = self._dialog.asked
        if asked is None:
            return
        command = classifier_command(
            self._folder, asked.path, linear=self._dialog.is_linear, columns=asked.columns,
            classes=asked.classes, encoder=asked.encoder, reference=self._reference.folder,
        )  # fmt: skip
        QGuiApplication.clipboard().setText(command)
        self._dialog.show_copied(say("The command is copied: paste it into a terminal."))
