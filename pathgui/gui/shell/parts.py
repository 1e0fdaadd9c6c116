"""What the window is made of, as its menus and actions need it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QMainWindow

from pathgui.gui.cohort.cohort_tab import CohortTab
from pathgui.gui.criteria.criteria_control import CriteriaControl
from pathgui.gui.criteria.intended_use_control import IntendedUseControl
from pathgui.gui.evaluation.cohort_run import CohortRunControl
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.run_panel import RunSettingsPanel
from pathgui.gui.evaluation.summary_controls import SummaryControls
from pathgui.gui.evaluation.tissue_control import TissueControl
from pathgui.gui.explore.explore_control import ExploreControl
from pathgui.gui.kit.widgets import FoldBox
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.report.export_control import ExportControl
from pathgui.gui.report.report_control import ReportControl
from pathgui.gui.results.summary_panel import SummaryPanel
from pathgui.gui.shell.choosers import Choosers
from pathgui.gui.shell.copying import CopyControl
from pathgui.gui.shell.docks import Docks
from pathgui.gui.shell.help_key import HelpKey
from pathgui.gui.shell.start_page import StartPage
from pathgui.gui.shell.viewer_control import ViewerControl
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.model.keys import KeyTable


@dataclass(frozen=True)
class Parts:
    """Panels and controls. The window fills it and hands it on, so that nothing takes all of it.

    Of the window itself there is only what every QMainWindow can do.
    """

    window: QMainWindow
    undo: QUndoStack
    tissue: TissueControl
    keys: KeyTable
    compare: CompareView
    viewers: ViewerControl
    choosers: Choosers
    docks: Docks
    controller: EvaluationController
    on_summary: SummaryControls
    references: ReferenceControl
    reports: ReportControl
    exports: ExportControl
    explore: ExploreControl
    intended_use: IntendedUseControl
    criteria: CriteriaControl
    run_settings: RunSettingsPanel
    settings_fold: FoldBox
    summary_panel: SummaryPanel
    cohort: CohortTab
    cohort_runs: CohortRunControl
    help: HelpKey
    copies: CopyControl
    start: StartPage
