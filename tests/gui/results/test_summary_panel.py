import csv
from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton

from pathgui.core.results.charts import IndexBar, index_bars
from pathgui.core.results.findings import LOOKED_AT_FIRST, NOTHING_STOOD_OUT, findings
from pathgui.core.results.judging import judge
from pathgui.core.results.slide_verdict import slide_in_short
from pathgui.core.results.summary import (
    AT_FIRST,
    COLUMNS,
    Column,
    columns_of,
    summary_rows,
)
from pathgui.core.runs.criteria import Criterion
from pathgui.gui.results.accuracy_charts import AccuracyChart, ShortcutChart
from pathgui.gui.results.chart_page import CHARTS
from pathgui.gui.results.charts import CompositionChart, CurveChart, IndexChart
from pathgui.gui.results.index_delegate import BAR_ROLE, draw_support
from pathgui.gui.results.summary_help import SummaryHelp, help_markdown, slug
from pathgui.gui.results.summary_panel import SummaryPanel
from pathgui.gui.results.summary_tables import CRITERIA_COLUMNS, PART_COLUMNS
from pathgui.gui.results.text_table import TextRow, TextTable
from tests.anchors import anchors_of
from tests.gui.conftest import texts
from tests.run_factory import make_evaluation


@pytest.fixture
def panel(qtbot):
    panel = SummaryPanel()
    qtbot.addWidget(panel)
    panel.resize(1000, 320)
    panel.show_numbers()
    panel.show()
    return panel


def shown(table):
    model = table.sorted
    return [
        [model.index(r, c).data() for c in range(model.columnCount())]
        for r in range(model.rowCount())
    ]


def test_the_table_says_what_the_report_and_the_terminal_say(panel):
    run = make_evaluation(3).run
    panel.show_run(run)
    expected = [[row.cells[c.key].text for c in COLUMNS] for row in summary_rows(run)]
    assert shown(panel.table) == expected


def test_each_encoder_has_a_sentence_and_its_warnings(panel):
    run = make_evaluation(3, failure=True).run
    panel.show_run(run)
    said = panel.sentences.text()
    for row in summary_rows(run):
        assert f"{row.cells['encoder'].text}: {row.sentence}" in said
        assert all(warning in said for warning in row.warnings)
    assert "UNI2-h could not run: The weights are not on this machine." in said


def test_what_is_said_of_the_slide_comes_first_where_there_are_several_encoders(panel):
    """A window of 768 pixels shows four lines without scrolling."""
    run = make_evaluation(3, in_depth=True).run
    panel.show_run(run)
    assert panel.sentences.text().startswith(slide_in_short(run))


def test_it_sorts_by_number_and_a_third_click_brings_the_order_of_the_run_back(qtbot, panel):
    run = make_evaluation(5).run
    panel.show_run(run)
    header = panel.table.horizontalHeader()
    qtbot.waitUntil(lambda: header.viewport().height() > 20)
    column = [c.key for c in COLUMNS].index("index")

    def click_header():
        x = header.sectionViewportPosition(column) + 20
        qtbot.mouseClick(
            header.viewport(),
            Qt.MouseButton.LeftButton,
            pos=header.viewport().rect().center().__class__(x, 12),
        )

    values = [e.reference.robustness_index.value for e in run.encoders]
    texts_of = dict(zip(values, [row[0] for row in shown(panel.table)], strict=True))
    orders = []
    for _ in range(3):
        click_header()
        orders.append([row[0] for row in shown(panel.table)])
    up = [texts_of[v] for v in sorted(values)]
    assert orders[:2] in ([up, up[::-1]], [up[::-1], up])
    assert orders[2] == [texts_of[v] for v in values]


def test_what_is_not_assessable_is_said_in_words_with_the_reason(panel):
    panel.show_run(make_evaluation(1, assessable=False).run)
    row = shown(panel.table)[0]
    column = [c.key for c in COLUMNS].index("index")
    assert row[column] == "not assessable"
    index = panel.table.sorted.index(0, column)
    assert "one center" in index.data(Qt.ItemDataRole.ToolTipRole)
    for position in range(panel.tabs.count()):
        panel.tabs.setCurrentIndex(position)
        assert not panel.grab().isNull()


def test_the_index_is_drawn_with_its_interval_and_null(panel):
    run = make_evaluation(2).run
    panel.show_run(run)
    column = [c.key for c in COLUMNS].index("index")
    bar = panel.table.sorted.index(0, column).data(BAR_ROLE)
    index = run.encoders[0].reference.robustness_index
    assert (bar.value, bar.low, bar.high, bar.null) == (
        index.value, index.low, index.high, index.null,
    )  # fmt: skip
    picture = panel.table.grab().toImage()
    colors = {
        picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(30, 110)
    }
    assert "#d55e00" in colors  # the first encoder lies below its null


def test_support_is_drawn_in_the_cell_and_warns_where_it_is_low(qtbot):
    def inked(support: float, color: str) -> int:
        picture = QImage(20, 20, QImage.Format.Format_RGB32)
        picture.fill(QColor("white"))
        painter = QPainter(picture)
        draw_support(painter, QRectF(3, 3, 14, 14), support, color)
        painter.end()
        return sum(picture.pixelColor(x, y).lightness() < 128 for x in range(20) for y in range(20))

    amounts = [inked(support, "#000000") for support in (0.0, 0.25, 0.5, 1.0)]
    assert amounts == sorted(set(amounts))
    run = make_evaluation(1).run
    assert index_bars(run)[0].support == run.encoders[0].reference.robustness_index.support
    assert IndexBar("a", 0.9, support=0.1).low_support
    assert not IndexBar("a", 0.9, support=0.8).low_support


def test_a_chart_is_made_when_it_is_first_looked_at(panel):
    assert [page.chart for page in panel.pages] == [None] * len(CHARTS)
    panel.show_run(make_evaluation(2).run)
    assert [page.chart is not None for page in panel.pages] == [True, *[False] * (len(CHARTS) - 1)]
    panel.tabs.setCurrentIndex(2)
    made = [number for number, page in enumerate(panel.pages) if page.chart is not None]
    assert made == [0, 2]


def test_a_chart_in_the_background_shows_the_newest_run_once_it_is_looked_at(panel):
    panel.show_run(make_evaluation(2).run)
    panel.tabs.setCurrentIndex(2)
    panel.show_run(make_evaluation(3).run)
    assert len(panel.pages[0].chart.bars) == 2
    panel.tabs.setCurrentIndex(0)
    assert len(panel.pages[0].chart.bars) == 3


def test_the_charts_show_every_encoder(panel):
    run = make_evaluation(4, in_depth=True).run
    panel.show_run(run)
    charts = {}
    for position, page in enumerate(panel.pages):
        panel.tabs.setCurrentIndex(position)
        charts[type(page.chart)] = page.chart
    titles = [e.encoder.title for e in run.encoders]
    assert [bar.title for bar in charts[IndexChart].bars] == titles
    assert [curve.title for curve in charts[CurveChart].curves] == titles
    assert [row.title for row in charts[CompositionChart].rows] == titles
    assert [point.title for point in charts[AccuracyChart].probes] == titles
    shares = charts[CompositionChart].rows[0].shares
    counts = run.encoders[0].reference.counts
    assert shares["OS"] == pytest.approx(
        counts.OS / (counts.SS + counts.SO + counts.OS + counts.OO)
    )
    assert charts[CurveChart].curves[0].chosen == run.encoders[0].reference.k


def legend_is_off_the_data(chart):
    plot = chart.getPlotItem()
    legend = plot.legend.mapRectToItem(plot, plot.legend.boundingRect())
    data = plot.vb.geometry()
    off = legend.left() >= data.right() or legend.bottom() <= data.top()
    return plot.boundingRect().contains(legend) and off


def test_a_legend_leaves_the_data_most_of_a_small_chart(qtbot):
    for kind in (CurveChart, AccuracyChart, ShortcutChart):
        chart = kind()
        qtbot.addWidget(chart)
        chart.resize(390, 190)  # as on a laptop
        chart.show()
        chart.show_run(make_evaluation(2, in_depth=True).run)
        qtbot.waitUntil(lambda chart=chart: legend_is_off_the_data(chart))
        data = chart.getPlotItem().vb.geometry()
        assert data.width() > 0.8 * chart.width()
        assert data.height() > 0.4 * chart.height()


@pytest.mark.parametrize("kind", [CurveChart, AccuracyChart, ShortcutChart])
@pytest.mark.parametrize("height", [380, 190])
def test_the_legend_of_twelve_encoders_is_whole(qtbot, kind, height):
    chart = kind()
    qtbot.addWidget(chart)
    chart.resize(560, height)
    chart.show()
    chart.show_run(make_evaluation(12, in_depth=True).run)
    plot = chart.getPlotItem()
    assert len(plot.legend.items) == 12

    qtbot.waitUntil(lambda: legend_is_off_the_data(chart))
    for sample, text in plot.legend.items:  # each beside its words
        middle = sample.sceneBoundingRect().center().y()
        assert middle == pytest.approx(text.sceneBoundingRect().center().y(), abs=2)


def test_names_in_a_chart_are_cut_only_where_there_is_no_room(qtbot):
    chart = IndexChart()
    qtbot.addWidget(chart)
    run = make_evaluation(1).run
    (result,) = run.encoders
    title = "Our encoder of the year 2026, fine-tuned"
    facts = replace(result.encoder, title=title)
    for width, whole in ((1200, True), (300, False), (1200, True)):
        chart.resize(width, 240)
        chart.show_run(replace(run, encoders=[replace(result, encoder=facts)]))
        chart.show()
        ((_, shown_title),) = chart.getAxis("left")._tickLevels[0]
        assert (shown_title == title) == whole


def test_accuracy_is_drawn_over_the_association_of_tissue_and_center(panel):
    run = make_evaluation(3, in_depth=True).run
    panel.show_run(run)
    panel.tabs.setCurrentIndex([each[2] for each in CHARTS].index("ShortcutChart"))
    chart = panel.shown_chart()
    sweep = run.encoders[0].reference.shortcut
    assert chart.curves[0].v == [split.cramers_v for split in sweep.splits]
    assert chart.curves[0].inside == [split.in_domain for split in sweep.splits]
    assert chart.curves[0].outside[0] == sweep.splits[0].out_of_domain
    panel.show_run(make_evaluation(1).run)
    assert chart.curves == []
    assert not chart.grab().isNull()


def test_parts_are_listed_with_their_number_of_tiles(panel):
    run = make_evaluation(2, in_depth=True).run
    panel.show_run(run)
    rows = shown(panel.parts_table)
    measured = run.encoders[0].reference
    assert len(rows) == 2 * (len(measured.by_tissue) + len(measured.by_center))
    part = measured.by_center[0]
    line = next(row for row in rows if row[2] == part.center)
    assert (
        line[PART_COLUMNS.index(next(c for c in PART_COLUMNS if c.key == "tiles"))]
        == f"{part.n_anchors:,}"
    )


def test_copy_is_a_table_for_a_spreadsheet(panel):
    run = make_evaluation(3).run
    panel.show_run(run)
    panel.copy_button.click()
    lines = QGuiApplication.clipboard().text().strip().split("\n")
    columns = [c for c in columns_of(run) if c.key in AT_FIRST]
    assert lines[0].split("\t") == [column.title for column in columns]
    rows = summary_rows(run)
    assert [line.split("\t") for line in lines[1:]] == [
        [row.cells[column.key].text for column in columns] for row in rows
    ]


@pytest.mark.parametrize("position", range(len(CHARTS)))
def test_a_chart_is_saved_as_vectors_and_as_pixels(panel, tmp_path, position):
    panel.show_run(make_evaluation(3, in_depth=True).run)
    panel.tabs.setCurrentIndex(position)
    panel.save_chart(tmp_path / "chart.svg")
    assert QSvgRenderer(str(tmp_path / "chart.svg")).isValid()
    assert "EfficientNet-Lite0" in (tmp_path / "chart.svg").read_text(encoding="utf-8")
    panel.save_chart(tmp_path / "chart.png")
    picture = QImage(str(tmp_path / "chart.png"))
    assert picture.width() == 3 * panel.shown_chart().width()
    step = 7
    colors = {
        picture.pixelColor(x, y).name()
        for x in range(0, picture.width(), step)
        for y in range(0, picture.height(), step)
    }
    assert len(colors) > 3


@pytest.mark.parametrize("name", ["chart.svg", "chart.png"])
def test_a_chart_that_cannot_be_written_says_so(panel, tmp_path, name):
    panel.show_run(make_evaluation(1).run)
    (tmp_path / "file").write_text("in the way")
    said = []
    panel.problem.connect(said.append)
    panel.save_chart(tmp_path / "file" / name)
    assert len(said) == 1
    assert f"{name} cannot be written" in said[0]


def test_a_name_with_a_dot_is_no_reason_for_another_kind_of_file(panel, tmp_path, monkeypatch):
    def answer(name, kind):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / name), kind))

    panel.show_run(make_evaluation(1).run)
    tables = []
    panel.table_wanted.connect(tables.append)
    answer("RI v1.2", "Pictures (*.png)")
    panel._choose_chart_file()
    assert QImage(str(tmp_path / "RI v1.2.png")).width() > 0
    answer("site 2.0", "Parquet (*.parquet)")
    panel._choose_table_file()
    assert tables == [tmp_path / "site 2.0.parquet"]


@pytest.mark.parametrize("order", [Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
def test_numbers_are_in_order_beside_such_as_are_not_assessable(qtbot, order):
    table = TextTable([Column("n", "N", "")], "numbers")
    qtbot.addWidget(table)
    numbers = [1.14, None, 0.05, None, 1.38, -2.0, None, 1.03, 10.0]
    rows = [
        TextRow({"n": "not assessable"}) if n is None else TextRow({"n": f"{n:g}"}, sort={"n": n})
        for n in numbers
    ]
    table.show_rows(rows)
    table.sortByColumn(0, order)
    words = [line[0] for line in shown(table)]
    found = [float(each) for each in words if each != "not assessable"]
    assert found == sorted(found, reverse=order == Qt.SortOrder.DescendingOrder)


def test_help_explains_every_column():
    text = help_markdown()
    for column in COLUMNS:
        assert f"**{column.title}** | {column.help}" in text


@pytest.mark.parametrize("column", [c for c in COLUMNS if c.anchor], ids=lambda c: c.key)
def test_what_is_this_opens_the_entry_of_the_documentation(qtbot, panel, column):
    panel.show_run(make_evaluation(2, in_depth=True).run)
    panel.table.menu_of(COLUMNS.index(column)).actions()[0].trigger()
    dialog = panel.window().findChild(SummaryHelp)
    assert slug(dialog.entries.currentItem().toolTip()) == column.anchor
    assert dialog.entries.currentRow() > 0
    dialog.close()


@pytest.mark.parametrize(
    "column", [*PART_COLUMNS, *CRITERIA_COLUMNS], ids=lambda column: column.title
)
def test_every_column_of_the_other_tables_has_an_entry_too(column):
    assert column.anchor in anchors_of("measurements.md")


@pytest.mark.parametrize("position", range(len(CHARTS)))
def test_help_opens_at_the_chart_in_front(panel, position):
    panel.show_run(make_evaluation(2, in_depth=True).run)
    panel.tabs.setCurrentIndex(position)
    panel.help_button.click()
    dialog = panel.window().findChild(SummaryHelp)
    assert slug(dialog.entries.currentItem().toolTip()) == CHARTS[position][3]
    dialog.close()


def test_f1_explains_the_cell_at_hand(qtbot, panel):
    panel.show_run(make_evaluation(2, in_depth=True).run)
    column = [c.key for c in COLUMNS].index("support")
    panel.table.setCurrentIndex(panel.table.sorted.index(0, column))
    qtbot.keyClick(panel.table, Qt.Key.Key_F1)
    dialog = panel.window().findChild(SummaryHelp)
    assert dialog.entry == "Support"
    dialog.close()


def judged(run, threshold, **others):
    criterion = Criterion("robustness_index", "at least", threshold, who="A. Rossi")
    return judge([criterion], run.encoders, run.failures, frozen_at=run.started, **others)


def test_whether_criteria_are_met_is_said_above_the_table_and_per_encoder(panel):
    run = make_evaluation(2).run
    panel.show_run(replace(run, criteria=judged(run, 0.6)))
    assert panel.outcome.text() == "✗ Acceptance criteria not met: 1 of 2 met, 1 not met"
    column = [c.key for c in COLUMNS].index("criteria")
    assert [row[column] for row in shown(panel.table)] == ["✗ 1 not met", "✓ 1 met"]
    panel.outcome.click()
    assert panel.tabs.currentWidget() is panel.criteria_table
    rows = shown(panel.criteria_table)
    assert [row[3] for row in rows] == ["✗ not met", "✓ met"]
    assert rows[0][4] == "before the run, A. Rossi"


def test_criteria_set_after_results_are_shown_as_such(panel):
    run = make_evaluation(1).run
    panel.show_run(run)
    assert not panel.outcome.isVisible()
    panel.show_later([judged(run, 0.1, after_results=True)])
    assert panel.outcome.text() == "Criteria set after results were seen: 1 of 1 met"
    assert shown(panel.criteria_table)[0][4] == "after results, A. Rossi"
    panel.show_run(run)
    assert not panel.outcome.isVisible()


def test_columns_with_nothing_in_them_are_not_shown(panel):
    panel.show_run(make_evaluation(1).run)
    hidden = {c.key for i, c in enumerate(COLUMNS) if panel.table.isColumnHidden(i)}
    assert {"letters", "criteria", "croma_tail", "enrichment", "published"} <= hidden
    panel.show_run(make_evaluation(4, in_depth=True).run)
    hidden = {c.key for i, c in enumerate(COLUMNS) if panel.table.isColumnHidden(i)}
    others = {c.key for c in COLUMNS} - AT_FIRST  # shown once the user chooses them
    assert hidden == {"criteria"} | others
    panel.choice.show_all()
    hidden = {c.key for i, c in enumerate(COLUMNS) if panel.table.isColumnHidden(i)}
    assert hidden == {"criteria"}


def test_every_number_is_saved_from_the_window(qtbot, window, slide_path, reference, tmp_path):
    win = window()
    win.references.open(reference.folder)
    qtbot.waitUntil(lambda: win.run_panel.evaluate_button.isEnabled())
    win.controller.evaluate()
    qtbot.waitUntil(lambda: not win.controller.busy)
    win.summary_panel.table_wanted.emit(tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        names = {row["name"] for row in csv.DictReader(file)}
    assert "reference.robustness_index.value" in names
    (tmp_path / "file").touch()
    win.summary_panel.table_wanted.emit(tmp_path / "file" / "all.csv")
    assert "could not be written" in texts(win, "error")


def test_where_tabs_have_no_room_there_is_a_list_with_whole_titles(qtbot, panel):
    panel.show_run(make_evaluation(2, in_depth=True).run)
    views = panel.tabs.parent()
    views.setFixedWidth(260)
    qtbot.waitUntil(lambda: views.choice.isVisible())
    assert not panel.tabs.tabBar().isVisible()
    texts = [views.choice.itemText(row) for row in range(views.choice.count())]
    assert "Robustness index over k" in texts
    assert "Acceptance criteria and what came out" not in texts  # the run has none
    row = texts.index("Robustness index over k")
    views.choice.setCurrentIndex(row)
    views.choice.activated.emit(row)
    assert panel.tabs.tabText(panel.tabs.currentIndex()) == "Over k"
    views.setFixedWidth(900)
    qtbot.waitUntil(lambda: panel.tabs.tabBar().isVisible())
    assert not views.choice.isVisible()


def test_the_findings_of_the_report_stand_in_the_summary_the_worst_above_the_table(panel):
    run = make_evaluation(5, in_depth=True, failure=True).run
    panel.show_run(run)
    found = findings(run)
    assert len(found) > LOOKED_AT_FIRST
    assert panel.first.text() == f"▲ (1 of {len(found)}) {found[0].text}"
    assert panel.findings.text().split("\n") == [
        f"{number}. {each.text}" for number, each in enumerate(found, start=1)
    ]
    panel.first.click()
    assert panel.findings.isVisible()


def test_that_nothing_stands_out_is_no_proof_in_the_summary_either(panel):
    run = make_evaluation(0).run
    run = replace(run, slide=None, reference=replace(run.reference, refused=0))
    panel.show_run(run)
    assert panel.first.text() == panel.findings.text() == f"{NOTHING_STOOD_OUT}."


def test_the_summary_opens_with_what_to_decide_and_the_numbers_stand_behind(qtbot):
    panel = SummaryPanel()
    qtbot.addWidget(panel)
    panel.resize(1000, 320)
    panel.show()
    assert not panel.answers.isVisible()
    panel.show_run(make_evaluation(3, given_center=True).run)
    assert panel.answers.isVisible()
    assert not panel.table.isVisible()
    shown = "\n".join(each.text() for each in panel.answers.findChildren(QLabel))
    for answer in panel.answers.rows:
        assert answer.decision in shown
        for line in (*answer.why, *answer.missing, *answer.next):
            assert line in shown
    button = panel.answers.findChildren(QPushButton)[1]
    chosen = []
    panel.encoder_chosen.connect(chosen.append)
    button.click()
    assert panel.table.isVisible()
    assert chosen == [panel.answers.rows[1].encoder]
    (row,) = panel.table.selectionModel().selectedRows()
    assert row.data().startswith(panel.answers.rows[1].title)
    panel.show_run(make_evaluation(2).run)
    assert panel.table.isVisible()  # the user chose it
