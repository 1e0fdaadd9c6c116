"""Checking a baseline from the list of runs: evaluate the same again, and say what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from pathgui.core.baselines.check import BaselineCheck
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Progress, ProgressFn
from pathgui.core.runs.record import Evaluation
from pathgui.core.system.endings import RUN_ENDING
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import BASELINE as KEY
from pathgui.gui.runs.check_dialog import CheckDialog
from pathgui.gui.runs.runs_panel import RunsPanel

_Checked = tuple[Evaluation, BaselineCheck]


class CheckControl(QObject):
    """Runs checks in the place of an evaluation, so that stop and pause act on them."""

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        panel: RunsPanel,
        known: Callable[[], Sequence[Path]],
        parent: QObject | None = None,
    ) -> None:
        """``known``: reference sets and slides that were used lately."""
        super().__init__(parent)
        self._desk = desk
        self._controller = controller
        self._panel = panel
        self._known = known
        panel.check_requested.connect(self.check)

    @Slot(Path)
    def check(self, baseline: Path) -> None:
        """Ask for the same as the filed run did; nothing, while an evaluation runs."""
        if self._controller.busy:
            self._desk.messages.show_message(
                "info", say("An evaluation runs. Check the baseline when it has ended."), key=KEY
            )
            return
        services, settings = self._desk.services, self._controller.asking.settings
        places = tuple(self._known())
        store = services.store(settings.store_limit_gb)
        near = (*places, *(path.parent for path in places), services.cache() / "demo")

        def work(report: ProgressFn) -> tuple[_Checked, Path]:
            return services.check_again(
                baseline, near=near, known=services.known, store=store, names=services.names(),
                pseudonym_key=services.pseudonym_key(), device=settings.run.device,
                offline=settings.run.offline, report=report,
            )  # fmt: skip

        self._desk.messages.clear(KEY)
        job = Job(work, background=True)
        job.reported.connect(self._on_events)
        job.succeeded.connect(self._on_finished)
        job.failed.connect(self._on_failed)
        self._controller.occupy(job)

    @Slot(list)
    def _on_events(self, events: list[object]) -> None:
        for event in events:
            if isinstance(event, Notice):
                self._desk.messages.show_message("info", event.text)
        progress = [event for event in events if isinstance(event, Progress)]
        if progress:
            last = progress[-1]
            self._controller.run_panel.show_progress(last.stage, last.done, last.total, None)

    @Slot(object)
    def _on_finished(self, checked: tuple[_Checked, Path]) -> None:
        (evaluation, found), folder = checked
        self._controller.show_run(Finished(evaluation, folder))
        self._controller.run_saved.emit(folder)
        self._desk.messages.show_message(
            "info" if found.outcome == "within" else "caution",
            f"{folder.name.removesuffix(RUN_ENDING)}: {found.sentence}",
            key=KEY,
            offers=(Offer(say("Show the numbers"), partial(self.show, found)),),
        )

    def show(self, found: BaselineCheck) -> None:
        """Show each number of a check."""
        CheckDialog(found, self._panel.window()).show()

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        self._desk.show_failure(error, KEY)
