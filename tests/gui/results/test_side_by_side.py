"""Several columns in the center's role, in the window."""

import pytest
from PySide6.QtCore import Qt

from pathgui.core.results.confounders import COLUMNS, confounder_rows
from pathgui.gui.results.accuracy_charts import AccuracyChart
from pathgui.gui.results.summary_panel import SummaryPanel
from tests.confounder_factory import with_confounders
from tests.run_factory import make_evaluation


@pytest.fixture
def panel(qtbot):
    panel = SummaryPanel()
    qtbot.addWidget(panel)
    return panel


def titles(panel):
    return [panel.tabs.tabText(i) for i in range(panel.tabs.count()) if panel.tabs.isTabVisible(i)]


def test_columns_stand_side_by_side_in_a_tab_that_a_run_of_one_column_lacks(panel):
    run = with_confounders(2).run
    panel.show_run(make_evaluation(2).run)
    assert "Columns" not in titles(panel)
    panel.show_run(run)
    assert "Columns" in titles(panel)
    model = panel.confounders_table.sorted
    shown = [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]
    assert shown == [[row.cells[c.key].text for c in COLUMNS] for row in confounder_rows(run)]
    assert "cannot be told apart" in panel.associations.text()
    panel.show_run(None)
    assert "Columns" not in titles(panel)


def test_headings_parts_and_axes_call_the_center_by_the_columns_name(panel):
    panel.show_run(with_confounders(2, in_depth=True).run)
    model, across = panel.model, Qt.Orientation.Horizontal
    heads = [model.headerData(i, across) for i in range(model.columnCount())]
    assert "Scanner accuracy, probe" in heads
    assert not any("enter" in head for head in heads)
    rows = range(panel.parts.rowCount())
    assert {panel.parts.index(row, 1).data() for row in rows} == {"tissue", "scanner"}
    chart = AccuracyChart()
    chart.show_run(with_confounders(2).run)
    assert chart.getAxis("bottom").labelText.startswith("Scanner accuracy")
