"""The chance value has one mark: in the table of encoders and in every chart of the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QImage, QPainter

from pathgui.core.results.charts import CHANCE_DASHES, CHANCE_MARK, IndexBar
from pathgui.gui.kit.theme import LIGHT
from pathgui.gui.results.accuracy_charts import AccuracyChart, ShortcutChart
from pathgui.gui.results.charts import CurveChart, IndexChart
from pathgui.gui.results.index_delegate import draw_bar
from tests.run_factory import make_evaluation

FIRST = make_evaluation(2, in_depth=True).run.encoders[0].reference
CHANCE = {
    IndexChart: {FIRST.robustness_index.null},
    CurveChart: {FIRST.robustness_index.null},
    AccuracyChart: {FIRST.probe.center_chance, FIRST.probe.tissue_chance},
    ShortcutChart: {FIRST.shortcut.chance},
}


@pytest.mark.parametrize("kind", CHANCE)
def test_a_chart_draws_chance_values_with_these_dashes_and_its_axis_says_so(qtbot, kind):
    chart = kind()
    qtbot.addWidget(chart)
    chart.show_run(make_evaluation(2, in_depth=True).run)
    drawn = chart.getPlotItem().listDataItems()
    dashed = [
        each
        for each in drawn
        if each.opts["pen"] is not None and tuple(each.opts["pen"].dashPattern()) == CHANCE_DASHES
    ]
    places = [
        {float(value) for axis in each.getOriginalDataset() for value in axis} for each in dashed
    ]
    assert dashed
    assert all(any(near(chance, place) for place in places) for chance in CHANCE[kind])
    assert CHANCE_MARK in chart.getAxis("bottom").labelText


def near(chance: float, places: set[float]) -> list[float]:
    """Those of ``places`` that are the chance value, as rounded as a chart draws it."""
    return [place for place in places if abs(place - chance) < 1e-5]


class Recorder(QPainter):
    """A painter that keeps the dashes of its pens."""

    def __init__(self, image: QImage) -> None:
        super().__init__(image)
        self.dashes = []

    def setPen(self, pen) -> None:
        self.dashes.append(tuple(pen.dashPattern()))
        super().setPen(pen)


def test_the_table_draws_the_chance_value_with_the_dashes_of_charts(qtbot):
    image = QImage(200, 9, QImage.Format.Format_RGB32)
    painter = Recorder(image)
    draw_bar(painter, QRectF(0, 0, 200, 9), IndexBar("", 0.7, 0.6, 0.8, 0.4), LIGHT)
    painter.end()
    assert CHANCE_DASHES in painter.dashes


@pytest.mark.parametrize("kind", CHANCE)
def test_a_chart_that_is_gone_leaves_no_window_behind(qtbot, qapp, kind):
    before = len(qapp.topLevelWidgets())
    chart = kind()
    chart.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert len(qapp.topLevelWidgets()) == before
