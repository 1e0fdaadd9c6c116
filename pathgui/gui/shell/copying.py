"""What Evaluate would do, put into the clipboard as a command or as Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QWidget

from pathgui.core.language.texts import say
from pathgui.core.pictures.layer_export import regions_geojson
from pathgui.core.progress import ProgressFn
from pathgui.core.report.copied import evaluate_command, evaluate_python
from pathgui.core.runs.criteria import save_criteria
from pathgui.core.runs.intended_use import save_intended_use
from pathgui.core.runs.repeat_command import AskedAs
from pathgui.core.runs.request import EvaluationRequest
from pathgui.gui.cohort.cohort_tab import CohortTab
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.run_naming import new_folder
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_keys import COPIED as KEY
from pathgui.gui.viewer.slide_view import SlideView

Made = Callable[[EvaluationRequest, AskedAs], str]


class CopyControl(QObject):
    """Makes the command, and beside it files of what a command takes from files."""

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        cohort: CohortTab,
        viewer: SlideView,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._controller = controller
        self._cohort = cohort
        self._viewer = viewer  # whose slide and regions are evaluated

    @property
    def possible(self) -> bool:
        """Whether Evaluate would do something, or does it now."""
        asking = self._controller.asking
        return asking.reference is not None and not asking.problem()

    @property
    def possible_for_all(self) -> bool:
        """Whether all slides of a cohort could be evaluated."""
        cohort = self._cohort
        return cohort.is_on_disk and cohort.has_slides and self._controller.can_measure

    def offer_on(self, button: QWidget, *entries: QAction) -> None:
        """A right click on the button that starts the work offers these entries, too."""
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        button.addActions(entries)

    def command(self) -> None:
        """What Evaluate would do, as a command."""
        self._copy(
            evaluate_command, say("The command is in the clipboard: paste it into a terminal.")
        )

    def python(self) -> None:
        """What Evaluate would do, as a call of pathgui.evaluate."""
        self._copy(evaluate_python, say("The lines of Python are in the clipboard."))

    def command_for_all(self) -> None:
        """What Evaluate all slides would do, as a command."""
        reference, opened = self._controller.asking.reference, self._cohort.control.opened
        if reference is None or opened is None or not self.possible_for_all:
            return
        request = self._controller.asking.request_of_cohort(reference)
        self._make(
            request, f"{opened.folder.stem} slides", evaluate_command,
            say("The command is in the clipboard: paste it into a terminal."), cohort=opened.folder,
        )  # fmt: skip

    def _copy(self, made: Made, told: str) -> None:
        reference = self._controller.asking.reference
        if reference is None or not self.possible:
            return
        request = self._controller.asking.request(reference)
        subject = request.slide.path.stem if request.slide else reference.info.name
        self._make(request, subject, made, told)

    def _make(
        self,
        request: EvaluationRequest,
        subject: str,
        made: Made,
        told: str,
        cohort: Path | None = None,
    ) -> None:
        slide, runs = request.slide, self._desk.services.runs()
        weights = self._controller.asking.settings.weights
        view = self._viewer.slide
        bounds = (0, 0, 0, 0) if view is None else view.bounds_l0

        def work(report: ProgressFn) -> tuple[str, Path | None]:
            out = new_folder(runs, subject)
            files = _write_inputs(request, out.with_name(f"{out.stem} inputs"), bounds)
            asked = AskedAs(
                out=str(out),
                slide=None if slide is None else str(slide.path),
                mpp=None if slide is None else slide.mpp,
                weights={name: str(file) for name, file in weights.items() if file},
                files={flag: str(path) for flag, path in files.items()},
                cohort=None if cohort is None else str(cohort),
            )
            first = next(iter(files.values()), None)
            return made(request, asked), None if first is None else first.parent

        def copied(result: tuple[str, Path | None]) -> None:
            text, inputs = result
            QGuiApplication.clipboard().setText(text)
            more = (
                ""
                if inputs is None
                else say(" What it reads from files is in {inputs}.", inputs=inputs)
            )
            self._desk.messages.show_message("info", told + more, key=KEY)

        self._desk.quick.run(work, copied, lambda error: self._desk.show_failure(error, KEY))


def _write_inputs(
    request: EvaluationRequest, folder: Path, bounds_l0: tuple[int, int, int, int]
) -> dict[str, Path]:
    """Files of region, criteria and intended use, where they are set, by their options."""
    files: dict[str, Path] = {}
    region = request.settings.region_l0 if request.slide is not None else ()
    if not (region or request.criteria or request.intended_use):
        return files
    folder.mkdir(parents=True, exist_ok=True)
    if region:
        files["--region"] = folder / "region.geojson"
        regions_geojson(files["--region"], region, bounds_l0)
    if request.criteria:
        files["--criteria"] = folder / "criteria.toml"
        save_criteria(request.criteria, files["--criteria"])
    if request.intended_use is not None:
        files["--intended-use"] = folder / "intended-use.toml"
        save_intended_use(request.intended_use, files["--intended-use"])
    return files
