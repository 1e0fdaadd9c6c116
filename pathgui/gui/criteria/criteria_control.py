"""Acceptance criteria in the window: those of the next run, and judging a finished one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QWidget

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.core.results.judging import criterion_text, judge_later, read_criteria
from pathgui.core.runs.criteria import Criterion, JudgedCriteria, save_criteria
from pathgui.core.runs.record import Evaluation
from pathgui.core.runs.run_files import add_later
from pathgui.core.system.times import now
from pathgui.gui.criteria.before_run_panel import BeforeRunPanel
from pathgui.gui.criteria.criteria_dialog import CriteriaDialog
from pathgui.gui.criteria.criteria_presets import Presets
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_keys import CRITERIA as KEY
from pathgui.gui.results.summary_panel import SummaryPanel
from pathgui.gui.slides.region_book import Step

if TYPE_CHECKING:
    from pathgui.gui.evaluation.shown_run import Finished

log = logging.getLogger(__name__)
Encoders = Sequence[tuple[str, str]]


class CriteriaPanel(BeforeRunPanel):
    """Says which criteria the next run has to meet."""

    def __init__(self) -> None:
        tip = say("Set limits before the results are seen")
        super().__init__(say("Acceptance criteria"), tip)
        self.show_criteria(())

    def show_criteria(self, criteria: Sequence[Criterion]) -> None:
        """Show them in a line; the tooltip has each."""
        texts = [criterion_text(each) for each in criteria]
        self.say(texts, say("none set: nothing is passed or failed"), texts)


class CriteriaControl(QObject):
    """Keeps the criteria of the next run, also for the next session."""

    changed = Signal()  # the criteria of the next run
    judged = Signal(Path, object)  # a run's folder, and all criteria set after its results

    def __init__(
        self,
        desk: Desk,
        panel: CriteriaPanel,
        summary: SummaryPanel,
        encoders: Callable[[], Encoders],
        shown: Callable[[], Finished | None],
        folder: Path,
        parent: QWidget | None = None,
        *,
        undo: QUndoStack | None = None,
    ) -> None:
        """``encoders`` gives those that can be judged; ``shown`` the run in the summary.

        With an ``undo`` stack, what was set can be taken back.
        """
        super().__init__(parent)
        self._window = parent
        self._desk = desk
        self._panel = panel
        self._summary = summary
        self._encoders = encoders
        self._shown = shown
        self._undo = undo
        self._file = folder / "criteria.toml"
        self._presets = Presets(folder / "criteria")
        self.criteria: tuple[Criterion, ...] = ()
        self.dialog: CriteriaDialog | None = None
        self._judging: Finished | None = None
        panel.edit_requested.connect(self.edit)
        self._restore()

    @Slot()
    def edit(self) -> None:
        """Ask for the criteria of the next run."""
        dialog = self._open(self.criteria, self._encoders(), after_results=False)
        dialog.accepted.connect(self._on_set)

    @Slot()
    def judge_shown(self) -> None:
        """Ask for criteria, and judge the run in the summary by them."""
        finished = self._shown()
        if finished is None:
            return
        run = finished.evaluation.run
        named = [(result.encoder.name, result.encoder.title) for result in run.encoders]
        self._judging = finished
        dialog = self._open((), named, after_results=True)
        dialog.accepted.connect(self._on_judge)

    # Slots, not lambdas that hold the dialog: it has to go where it was made, on this thread.

    @Slot()
    def _on_set(self) -> None:
        assert self.dialog is not None
        before, after = self.criteria, self.dialog.criteria
        if self._undo is None:
            self.set_criteria(after)
        elif before != after:
            self._undo.push(
                Step(say("Set the acceptance criteria"), before, after, self.set_criteria)
            )

    @Slot()
    def _on_judge(self) -> None:
        assert self.dialog is not None
        assert self._judging is not None
        self._judge(self._judging, self.dialog.criteria)

    def set_criteria(self, criteria: tuple[Criterion, ...]) -> None:
        """Ask this of the next run, and of those after it."""
        self.criteria = criteria
        self._panel.show_criteria(criteria)
        try:
            if criteria:
                save_criteria(criteria, self._file, times=True)
            else:
                self._file.unlink(missing_ok=True)
        except (PathguiError, OSError):
            log.warning("the criteria were not kept", exc_info=True)
        self.changed.emit()

    def _open(
        self, criteria: Sequence[Criterion], encoders: Encoders, *, after_results: bool
    ) -> CriteriaDialog:
        dialog = CriteriaDialog(
            criteria, encoders, self._presets, now, self._window, after_results=after_results
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.explain_requested.connect(self._summary.explain)
        self.dialog = dialog
        dialog.open()
        return dialog

    def _judge(self, finished: Finished, criteria: tuple[Criterion, ...]) -> None:
        evaluation: Evaluation = finished.evaluation

        def work(report: ProgressFn) -> tuple[JudgedCriteria, ...]:
            judged = judge_later(evaluation.run, criteria)
            return add_later(finished.folder, evaluation.run, judged)

        self._desk.quick.run(
            work,
            partial(self.judged.emit, finished.folder),
            partial(self._desk.show_failure, key=KEY),
        )

    def _restore(self) -> None:
        if self._file.exists():
            try:
                self.criteria = read_criteria(self._file, now())
            except PathguiError as error:
                self._desk.messages.show_message("caution", str(error), key=KEY)
        self._panel.show_criteria(self.criteria)
