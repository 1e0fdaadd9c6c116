"""Trying corrections on the run in the summary, and taking one home: what the tab asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from pathgui.core.corrections.correction_file import ENDING, save_correction
from pathgui.core.crossfit.cross_fit import STAGE
from pathgui.core.crossfit.outlook import Outlook, outlook
from pathgui.core.crossfit.results import Corrections
from pathgui.core.encoders.corrected import variant_name
from pathgui.core.errors import PathguiError
from pathgui.core.evaluation.correct_encoders import (
    CorrectionsAsked,
    Tried,
    TriedSoFar,
    asked_of_run,
    keep_for_run,
)
from pathgui.core.evaluation.measure_again import choose_set
from pathgui.core.language.texts import say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Notice, PartialResult, Progress, ProgressFn
from pathgui.core.reference.role_columns import in_roles
from pathgui.core.report.copied import correct_command, correct_python
from pathgui.core.system.endings import RUN_ENDING
from pathgui.core.system.times import in_words
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.trial_control import TrialControl
from pathgui.gui.jobs.correction_clock import CorrectionClock
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job, stage_text
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import COPIED
from pathgui.gui.jobs.message_keys import CORRECT as KEY
from pathgui.gui.kit.dialogs import with_suffix
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.results.correct_page import TO_FILE

if TYPE_CHECKING:
    from pathgui.core.corrections.correction_file import CorrectionHead
    from pathgui.core.corrections.fitted import Fitted
    from pathgui.core.corrections.stain import Stain

FILES = say("Corrections (*.safetensors)")


@dataclass(frozen=True)
class _Ended:
    """What a job has found, and why it is not kept; "" if it is."""

    tried: Tried
    why_not_kept: str


class CorrectControl(TrialControl):
    """Tries corrections, and takes them home."""

    fitted = Signal(object, object)  # for the list of encoders: what it is, its CorrectionHead

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        references: ReferenceControl,
        parent: QObject | None = None,
    ) -> None:
        self.page = controller.summary.correct
        super().__init__(desk, controller, references, self.page, KEY, parent)
        self._clock: CorrectionClock | None = None
        self._titles: dict[str, str] = {}
        self.page.run_requested.connect(self.run)
        self.page.cancel_requested.connect(self.cancel)
        self.page.home_requested.connect(self.take_home)
        self.page.command_requested.connect(self.copy_command)
        self.page.python_requested.connect(self.copy_python)
        controller.run_shown.connect(self._look)
        references.changed.connect(self._look)

    # What can be tried

    @Slot()
    def _look(self) -> None:
        """Say who would take part, by the labels of the set."""
        run, reference = self._run, self._set
        if run is None or reference is None:
            self.page.show_outlook(None)
            return
        settings = run.settings

        def work(report: ProgressFn) -> Outlook | NotAssessable:
            roles = in_roles(reference, settings.center_columns, settings.tissue_column)
            return outlook(roles.labels, seed=settings.seed)

        def then(found: Outlook | NotAssessable) -> None:
            if self._run is run and self._set is reference:
                self.page.show_outlook(found)

        self._desk.quick.run(work, then, partial(self._desk.show_failure, key=KEY))

    def _asked(self, encoders: list[str], corrections: list[str]) -> CorrectionsAsked | None:
        """What to ask core for; None where the set is not at hand, or it is refused in words."""
        run, reference = self._run, self._set
        if run is None or reference is None:
            return None
        try:
            return asked_of_run(
                run,
                reference,
                self._desk.services.known.chosen(encoders),
                corrections,
                device=self._desk.settings().device,
            )
        except PathguiError as error:
            self._desk.show_failure(error, KEY)
            return None

    # Trying

    @Slot(list, list)
    def run(self, encoders: list[str], corrections: list[str]) -> None:
        """Try corrections on encoders of the run in the summary."""
        finished = self._controller.finished
        if finished is None or self._job is not None:
            return
        if self._controller.busy:
            text = say("An evaluation runs. Try corrections when it has ended.")
            self._desk.messages.show_message("info", text, key=KEY)
            return
        asked = self._asked(encoders, corrections)
        if asked is None:
            return
        self._desk.messages.clear(KEY)
        services, store = self._desk.services, self._controller.store
        run, folder = finished.evaluation.run, finished.folder

        def work(report: ProgressFn) -> _Ended:
            tried = services.correct(asked, store=store, report=report)
            return _Ended(tried, keep_for_run(folder, run, tried.found))

        self._clock = CorrectionClock(encoders, asked.halvings)
        self._titles = {spec.name: spec.title for spec in asked.specs}
        self._start(finished, work, self._on_events, self._on_ended, say("Reading the embeddings…"))

    @Slot(list)
    def _on_events(self, events: list[object]) -> None:
        found = {}
        for event in events:
            if isinstance(event, Notice):
                self._desk.messages.show_message("info", event.text, key=KEY, passing=False)
            elif isinstance(event, PartialResult) and isinstance(event.result, TriedSoFar):
                found[event.result.encoder] = event.result.found
        if found:
            self._show(found)
        progress = [event for event in events if isinstance(event, Progress)]
        if progress and self._job is not None and not self._job.stopping:
            self._show_progress(progress[-1])

    def _show_progress(self, event: Progress) -> None:
        if self._clock is None:
            return
        if event.stage != STAGE or not event.encoders:
            self.page.show_progress(stage_text(event) or event.stage, None)
            return
        share, left = self._clock.update(event)
        encoder, number = self._titles[event.encoders[0]], self._clock.halving(event)
        if left is None:
            text = say(
                "{encoder}: halving {number} of {all}",
                encoder=encoder, number=number, all=self._clock.halvings,
            )  # fmt: skip
        else:
            text = say(
                "{encoder}: halving {number} of {all}, {time} left",
                encoder=encoder, number=number, all=self._clock.halvings, time=in_words(left),
            )  # fmt: skip
        of, shown = self._of, self._controller.finished
        if of is not None and (shown is None or shown.folder != of.folder):
            text = f"{of.folder.name.removesuffix(RUN_ENDING)}: {text}"
        self.page.show_progress(text, share)

    def _show(self, found: Mapping[str, Corrections | NotAssessable]) -> None:
        """Note what was found with its run, and show it, if that run is in the summary."""
        of = self._of
        if of is None:
            return
        run = self._controller.runs.corrected(of.folder, found)
        if run is not None:
            self.page.show_corrected(run)

    @Slot(object)
    def _on_ended(self, ended: _Ended) -> None:
        self._show(ended.tried.found)
        self._desk.messages.clear(KEY)  # what was said of the cost
        if ended.why_not_kept:
            self._desk.messages.show_message("info", ended.why_not_kept, key=KEY)

    # Taking home

    @Slot(str, str, str)
    def take_home(self, encoder: str, method: str, way: str) -> None:
        """Fit a correction on all slides, and write it or list the corrected encoder.

        One that is listed already is replaced once the user has confirmed it: its embeddings are
        other ones from then on, under the same name.
        """
        name = variant_name(encoder, method)
        known = [spec.name for spec in self._desk.services.known.encoders()]
        if way == TO_FILE or name not in known:
            self._take_home(encoder, method, way)
            return
        text = say(
            "{name} is in the list of encoders already. Replace it? Its embeddings will be others.",
            name=name,
        )
        replace = Offer(say("Replace"), partial(self._take_home, encoder, method, way))
        self._desk.messages.show_message(
            "caution", text, key=KEY, offers=(replace, Offer(say("Keep"))), closable=False
        )

    def _take_home(self, encoder: str, method: str, way: str) -> None:
        run, asked = self._run, self._asked([encoder], [method])
        if run is None or asked is None:
            return
        result = next(each for each in run.encoders if each.encoder.name == encoder)
        found = result.corrections
        if not isinstance(found, Corrections):
            return
        path: Path | None = None
        if way == TO_FILE:
            name = f"{variant_name(encoder, method)}{ENDING}"
            chosen, _ = QFileDialog.getSaveFileName(
                self.page, say("Write the correction"), name, FILES
            )
            if not chosen:
                return
            path = with_suffix(Path(chosen), ENDING)
        services, store = self._desk.services, self._controller.store

        def work(report: ProgressFn) -> tuple[Fitted | Stain, CorrectionHead]:
            fitted, head = services.take_home(asked, found, store=store, report=report)
            if path is not None:
                save_correction(path, fitted, head)
            return fitted, head

        def then(made: tuple[Fitted | Stain, CorrectionHead]) -> None:
            if path is None:
                self._desk.messages.clear(KEY)
                self.fitted.emit(*made)
            else:
                self._desk.show_written(say("The correction is written"), path, KEY)

        job = Job(work, background=True)
        job.succeeded.connect(then)
        job.failed.connect(self._on_failed)
        text = say("Fitting {title} on all slides…", title=asked.chosen[0].title)
        self._desk.watch(job, text, KEY, lambda event: event.stage)
        self._runner.start(job)

    # Copying

    @Slot(list, list)
    def copy_command(self, encoders: list[str], corrections: list[str]) -> None:
        """Put the command that tries the same into the clipboard."""
        finished = self._controller.finished
        if finished is None:
            return
        reference = self._set
        text = correct_command(
            finished.folder, encoders, corrections,
            reference=None if reference is None else reference.folder,
        )  # fmt: skip
        self._copy(text, say("The command is in the clipboard: paste it into a terminal."))

    @Slot(list, list)
    def copy_python(self, encoders: list[str], corrections: list[str]) -> None:
        """Put lines of Python that try the same into the clipboard."""
        run, reference = self._run, self._set
        if run is None:
            return
        if reference is None:
            self._desk.messages.show_message("info", choose_set(run), key=KEY)
            return
        text = correct_python(
            reference.folder, encoders, corrections, k=None if run.k is None else run.k.k,
            seed=run.settings.seed,
        )  # fmt: skip
        self._copy(text, say("The lines of Python are in the clipboard."))

    def _copy(self, text: str, told: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._desk.messages.show_message("info", told, key=COPIED)
