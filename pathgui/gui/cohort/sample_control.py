"""Making a reference set of the cohort that is shown."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot

from pathgui.core.cohort.check import Fault
from pathgui.core.cohort.sampling.preview import preview_of
from pathgui.core.cohort.sampling.sample import Sample, plan_sample
from pathgui.core.cohort.sampling.sampled_set import write_sample
from pathgui.core.language.texts import say
from pathgui.core.measurement.measurable import measurable
from pathgui.core.progress import ProgressFn
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.sampling_plan import SamplingPlan
from pathgui.core.reference.set_writing import Described
from pathgui.core.results.formatting import plural
from pathgui.core.runs.targets import require_target
from pathgui.core.system.endings import COHORT_ENDING, REFERENCE_ENDING
from pathgui.gui.cohort.cohort_control import CohortControl
from pathgui.gui.cohort.cohort_panel import CohortPanel
from pathgui.gui.cohort.sample_dialog import SampleDialog
from pathgui.gui.cohort.sample_fields import Drawn
from pathgui.gui.reference.reference_control import ReferenceControl

FAULTS_SHOWN = 8


class SampleControl(QObject):
    """Asks how tiles are to be drawn, cuts them, and lets the window use the set."""

    def __init__(
        self,
        panel: CohortPanel,
        cohort: CohortControl,
        references: ReferenceControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._panel = panel
        self._cohort = cohort
        self._references = references
        self.dialog: SampleDialog | None = None

    def ask(self) -> None:
        """Show what comes of a plan, and ask where the set goes."""
        opened = self._cohort.opened
        if opened is None:
            return
        self._cohort.keep()  # what is typed counts; drawing waits for it in the same queue

        def draw(plan: SamplingPlan, report: ProgressFn) -> Drawn:
            sample = plan_sample(opened, plan, report)
            can = measurable(sample.labels, edge_um=plan.edge_um)
            return Drawn(sample, can, preview_of(sample))

        folder = opened.folder
        suggested = folder.with_name(folder.name.removesuffix(COHORT_ENDING) + REFERENCE_ENDING)
        dialog = SampleDialog(folder, suggested, draw, self._cohort.disk, self._panel.window())
        dialog.make_requested.connect(self.make)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog = dialog
        dialog.open()

    @Slot(object, object, Path, bool)
    def make(self, sample: Sample, described: Described, out: Path, replace: bool) -> None:
        """Cut the tiles and use the set."""

        def write(report: ProgressFn) -> tuple[ReferenceSet, str]:
            before = require_target(out, "reference set", replace=replace)
            made = write_sample(sample, out, described, replacing=before, report=report)
            return made.reference, _told(made.reference, made.faults)

        self._references.make(say("Making {out_name}", out_name=out.name), write)


def _told(reference: ReferenceSet, faults: tuple[Fault, ...]) -> str:
    n = len(set(reference.labels.slide.tolist()))
    text = say(
        "The reference set {info_name} has {tiles} of {slides} and is in use: {folder}",
        info_name=reference.info.name,
        tiles=plural(len(reference), "tile"),
        slides=plural(n, "slide"),
        folder=reference.folder,
    )
    if not faults:
        return text
    lines = [str(fault) for fault in faults[:FAULTS_SHOWN]]
    if len(faults) > FAULTS_SHOWN:
        lines.append(say("and {n_faults:,} more.", n_faults=len(faults) - FAULTS_SHOWN))
    return "\n".join([text, say("Tiles are missing:"), *lines])
