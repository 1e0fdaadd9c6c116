"""Writing the report and the numbers of the run in the summary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from pathgui.core.errors import PathguiError
from pathgui.core.run_table import write_run_table
from pathgui.gui.desk import Desk
from pathgui.gui.jobs import Job
from pathgui.gui.message_bar import Offer
from pathgui.gui.summary_panel import SummaryPanel, open_file

if TYPE_CHECKING:
    from pathgui.gui.controller import EvaluationController

REPORT_KEY = "report"


class ReportControl(QObject):
    """What leaves the window as a file."""

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        summary: SummaryPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._controller = controller
        summary.export_requested.connect(self.export)
        summary.table_wanted.connect(self.export_table)
        summary.folder_requested.connect(self.show_folder)

    @Slot()
    def export(self) -> None:
        """Write the PDF of the run in the summary."""
        finished = self._controller.finished
        if finished is None or self._controller.busy:
            return
        folder = finished.folder
        self._desk.messages.show_message(
            "info", "Writing the report…", key=REPORT_KEY, closable=False
        )
        job = Job(lambda report: self._desk.services.write_report(folder, report))
        job.succeeded.connect(self._on_report)
        job.failed.connect(self._on_report_failed)
        job.cancelled.connect(lambda: self._desk.messages.clear(REPORT_KEY))
        self._desk.runner.start(job)

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
        self._desk.messages.show_message(
            "info",
            f"The numbers are written: {path}",
            key=REPORT_KEY,
            offers=(Offer("Show folder", lambda: open_file(str(path.parent))),),
        )

    @Slot()
    def show_folder(self) -> None:
        """Show the folder of the run in the summary."""
        if self._controller.finished is not None:
            open_file(str(self._controller.finished.folder))

    @Slot(object)
    def _on_report(self, path: Path) -> None:
        self._desk.messages.show_message(
            "info",
            f"The report is written: {path}",
            key=REPORT_KEY,
            offers=(
                Offer("Open", lambda: open_file(str(path))),
                Offer("Show folder", lambda: open_file(str(path.parent))),
            ),
        )

    @Slot(Exception)
    def _on_report_failed(self, error: Exception) -> None:
        self._desk.messages.clear(REPORT_KEY)
        self._desk.show_failure(error, REPORT_KEY)
