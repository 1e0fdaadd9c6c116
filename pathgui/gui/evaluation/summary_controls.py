"""What the run in the summary can be asked for: measurements, comparisons, corrections, colors."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from pathgui.gui.evaluation.again_control import AgainControl
from pathgui.gui.evaluation.classifier_control import ClassifierControl
from pathgui.gui.evaluation.correct_control import CorrectControl
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.qualify_control import QualifyControl
from pathgui.gui.evaluation.what_if_control import WhatIfControl
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.results.pair_control import PairControl
from pathgui.gui.viewer.compare import CompareView
from pathgui.settings import Settings


class SummaryControls(QObject):
    """Makes a control for each, and ties it to the summary."""

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        references: ReferenceControl,
        compare: CompareView,
        settings: Callable[[], Settings],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        summary = controller.summary
        self.again = AgainControl(desk, controller, controller.slides, references, settings, self)
        summary.again_requested.connect(self.again.measure_again)
        self.pairs = PairControl(
            summary.pair, compare, desk.messages, lambda: controller.on_slide, self
        )
        self.correct = CorrectControl(desk, controller, references, self)
        self.classifiers = ClassifierControl(desk, controller, references, self)
        self.what_if = WhatIfControl(desk, controller, references, compare, self)
        self.qualify = QualifyControl(desk, controller, references, self)

    @property
    def runners(self) -> tuple[JobRunner, ...]:
        """Those of its own."""
        of = (self.correct, self.classifiers, self.what_if, self.qualify)
        return tuple(runner for each in of for runner in each.runners)
