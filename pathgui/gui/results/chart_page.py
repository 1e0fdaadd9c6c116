"""The places of the charts.

pyqtgraph is slow to load and each chart takes its time to be made, so a chart comes into its place
when it is first looked at, and is drawn anew only while it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from pathgui.core.language.texts import say
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.runs.record import Run
from pathgui.gui.kit.layouts import in_column

if TYPE_CHECKING:
    from pathgui.gui.results.charts import Chart


def load_charts() -> None:
    """Import what charts and the page in short need, so that the first comes at once.

    On any thread.
    """
    import scipy.special  # noqa: F401  of intervals over the slides of a cohort

    import pathgui.gui.results.accuracy_charts  # noqa: F401


class ChartPage(QWidget):
    """Where a chart is, or will be. ``kind``: its class in charts.py, accuracy_charts.py or
    correction_charts.py."""

    def __init__(
        self, title: str, tip: str, kind: str, anchor: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.title = title  # of its tab
        self._tip = tip  # with {center} and {tissue}
        self.anchor = anchor  # of its entry in docs/measurements.md
        self.chart: Chart | None = None
        self._kind = kind
        self._run: Run | None = None
        self._stale = False
        self._layout = in_column()
        self.setLayout(self._layout)

    def tip(self, columns: RoleColumns) -> str:
        """What it shows, in the words of the columns that play center and tissue."""
        return columns.say(self._tip)

    def prepare(self) -> None:
        """Make the chart now, while there is time, rather than when it is to be looked at."""
        if self.chart is None:
            # pyqtgraph: not before it is needed
            from pathgui.gui.results import accuracy_charts, charts, correction_charts

            homes = (charts, accuracy_charts, correction_charts)
            home = next(each for each in homes if hasattr(each, self._kind))
            self.chart = getattr(home, self._kind)()
            self._layout.addWidget(self.chart)

    def show_run(self, run: Run) -> None:
        """Show another run; at once if the page is in view, else when it comes into view."""
        self._run, self._stale = run, True
        if self.isVisible():
            self._catch_up()

    def recolor(self) -> None:
        """Follow the theme."""
        if self.chart is not None:
            self.chart.recolor()

    def showEvent(self, event: QShowEvent) -> None:
        self._catch_up()
        super().showEvent(event)

    def _catch_up(self) -> None:
        if not self._stale or self._run is None:
            return
        self.prepare()
        assert self.chart is not None
        self._stale = False
        self.chart.show_run(self._run)


_INDEX = "robustness-index-robustness_index"
_ACCURACY = "balanced-accuracies-knn-probe"
# Title of the tab, what it shows, the class of the chart, and where it is explained.
CHARTS = (
    (say("Index"), say("Robustness index with 95 % intervals"), "IndexChart", _INDEX),
    (say("Over k"), say("Robustness index over k"), "CurveChart", "k-k-k_rule-curve"),
    (say("Neighbors"), say("Composition of the nearest neighbors"), "CompositionChart", _INDEX),
    (
        say("Accuracy"),
        say("Accuracy for {center} against accuracy for {tissue}"),
        "AccuracyChart",
        _ACCURACY,
    ),
    (
        say("Shortcuts"),
        say("Accuracy over Cramér's V in training"),
        "ShortcutChart",
        "shortcuts-shortcut",
    ),
)


def chart_pages() -> tuple[ChartPage, ...]:
    """A page for each chart, in the order of the tabs."""
    return tuple(ChartPage(*each) for each in CHARTS)
