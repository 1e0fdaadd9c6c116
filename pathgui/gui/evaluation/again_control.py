"""Measuring the run in the summary again, and the warning that offers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication

from pathgui.core.errors import PathguiError, RecordError
from pathgui.core.evaluation.measure_again import choose_set, given_mpp, request_again
from pathgui.core.language.texts import say
from pathgui.core.report.copied import remeasure_command
from pathgui.core.results.earlier_runs import EARLIER_INTERVALS, has_earlier_intervals
from pathgui.core.system.endings import RUN_ENDING
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import COPIED
from pathgui.gui.jobs.message_keys import EARLIER_RUN as KEY
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.settings import Settings

COPY = say("Copy as command")


class AgainControl(QObject):
    """Warns of runs with intervals of an earlier version, and measures a run again."""

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        slides: SlideControl,
        references: ReferenceControl,
        settings: Callable[[], Settings],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._controller = controller
        self._slides = slides
        self._references = references
        self._settings = settings
        controller.run_shown.connect(self._on_run_shown)

    @Slot(object)
    def _on_run_shown(self, finished: Finished | None) -> None:
        if finished is None or not has_earlier_intervals(finished.evaluation.run):
            self._desk.messages.clear(KEY)
        else:
            self._offer(EARLIER_INTERVALS)

    @Slot()
    def measure_again(self) -> None:
        """Measure the run in the summary again, as a run of its own; the earlier one stays.

        On the slide that is shown if it is the run's, else on the reference set alone.
        """
        finished, reference = self._controller.finished, self._references.reference
        if finished is None or self._controller.busy:
            return
        run, on_slide = finished.evaluation.run, self._controller.on_slide
        try:
            if reference is None:
                raise RecordError(choose_set(run))
            device = self._settings().run.device
            known = self._desk.services.known
            request = request_again(run, reference, known, on_slide=on_slide, device=device)
        except PathguiError as error:
            self._offer(str(error))
            return
        path = self._slides.path
        if on_slide and path is not None and run.slide is not None:
            file = self._desk.slide_file(path, given_mpp(run), run.slide.content_id)
            request = replace(request, slide=file)
        self._controller.start(request, reference)
        if run.slide is not None and not on_slide:
            self._desk.messages.show_message(
                "info",
                say(
                    "The slide of this run, {file_name}, is not the one shown, "
                    "so the reference set alone is measured again. To measure "
                    "the slide too, open it and then the run.",
                    file_name=run.slide.file_name,
                ),
                key=KEY,
            )

    def _offer(self, text: str) -> None:
        offers = Offer(say("Measure again"), self.measure_again), Offer(COPY, self.copy_command)
        self._desk.messages.show_message("caution", text, key=KEY, offers=offers)

    @Slot()
    def copy_command(self) -> None:
        """Put the command that measures the run again into the clipboard."""
        finished, reference = self._controller.finished, self._references.reference
        if finished is None:
            return
        if reference is None:
            self._offer(choose_set(finished.evaluation.run))
            return
        slide = self._slides.path if self._controller.on_slide else None
        run = finished.folder
        out = run.with_name(f"{run.name.removesuffix(RUN_ENDING)} again{RUN_ENDING}")
        QGuiApplication.clipboard().setText(remeasure_command(run, reference.folder, out, slide))
        self._desk.messages.show_message(
            "info", say("The command is in the clipboard."), key=COPIED
        )
