"""Writing the report and the numbers of the run in the summary."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QWidget

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.runs.run_table import write_run_table
from pathgui.core.system.files import write_file
from pathgui.core.system.json_records import InvalidRecord, from_json, to_json
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import REPORT as REPORT_KEY
from pathgui.gui.kit.dialogs import open_file
from pathgui.gui.report.report_dialog import ReportDialog
from pathgui.gui.results.summary_panel import SummaryPanel

if TYPE_CHECKING:
    from pathgui.gui.evaluation.evaluation_control import EvaluationController

log = logging.getLogger(__name__)


class ReportControl(QObject):
    """What leaves the window as a file."""

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        summary: SummaryPanel,
        config: Path,
        parent: QWidget | None = None,
    ) -> None:
        """``config``: the folder in which choices are kept."""
        super().__init__(parent)
        self._window = parent
        self._desk = desk
        self._controller = controller
        self._file = config / "report.json"
        self._options = self._kept()
        self.dialog: ReportDialog | None = None
        summary.export_requested.connect(self.ask)
        summary.table_wanted.connect(self.export_table)
        summary.problem.connect(self._on_problem)
        summary.folder_requested.connect(self.show_folder)

    @Slot(str)
    def _on_problem(self, text: str) -> None:
        self._desk.messages.show_message("error", text, key=REPORT_KEY)

    @Slot()
    def ask(self) -> None:
        """Ask how the report of the run in the summary is to be, and show its pages."""
        finished = self._controller.finished
        if finished is None or self._controller.busy:
            return
        services, quick = self._desk.services, self._desk.quick
        dialog = ReportDialog(
            finished.folder, self._options, services.preview_report, quick, self._window,
            frozen=finished.evaluation.run.intended_use,
            cohort=finished.evaluation.run.cohort is not None,
        )  # fmt: skip
        dialog.save_requested.connect(self._on_save)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog = dialog
        dialog.open()

    def export(self, out: Path | None = None, options: ReportOptions | None = None) -> None:
        """Write the report of the run in the summary; by default into its folder."""
        finished = self._controller.finished
        if finished is None or self._controller.busy:
            return
        folder, options = finished.folder, options or self._options
        self._desk.messages.show_message(
            "info", say("Writing the report…"), key=REPORT_KEY, closable=False
        )
        job = self._desk.runner.run(
            lambda report: self._desk.services.write_report(folder, out, options, report),
            self._on_report,
            partial(self._desk.show_failure, key=REPORT_KEY),
        )
        job.cancelled.connect(lambda: self._desk.messages.clear(REPORT_KEY))

    @Slot(object, object)
    def _on_save(self, out: Path | None, options: ReportOptions) -> None:
        self._options = options
        try:
            write_file(self._file, to_json(options))
        except OSError:
            log.warning("the choices for the report were not kept", exc_info=True)
        self.export(out, options)

    def _kept(self) -> ReportOptions:
        """The choices of the last time."""
        try:
            return from_json(ReportOptions, self._file.read_bytes())
        except FileNotFoundError:
            return ReportOptions()
        except (OSError, ValueError, InvalidRecord):
            log.warning("the choices for the report cannot be read", exc_info=True)
            return ReportOptions()

    @Slot(Path)
    def export_table(self, path: Path) -> None:
        """Write every number of the run in the summary."""
        finished = self._controller.finished
        if finished is None:
            return
        try:
            write_run_table(finished.evaluation.run, path)
        except PathguiError as error:
            self._desk.messages.show_message("error", str(error), key=REPORT_KEY)
            return
        self._desk.show_written(say("The numbers are written"), path, REPORT_KEY)

    @Slot()
    def show_folder(self) -> None:
        """Show the folder of the run in the summary."""
        if self._controller.finished is not None:
            open_file(self._controller.finished.folder)

    @Slot(object)
    def _on_report(self, path: Path) -> None:
        read = Offer(say("Open"), lambda: open_file(path))
        self._desk.show_written(say("The report is written"), path, REPORT_KEY, read)
