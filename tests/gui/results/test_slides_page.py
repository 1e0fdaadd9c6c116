"""The slides of a run on a cohort, as the page of the summary shows and links them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from pathgui.core.evaluation.slides_together import slides_together
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results.answers import as_text
from pathgui.gui.results.slides_page import SlidesPage
from pathgui.gui.results.summary_panel import SummaryPanel
from tests.cohort_run_factory import make_cohort_run

RUN = make_cohort_run()[0].run
TITLES = [each.encoder.title for each in RUN.encoders]


@pytest.fixture
def page(qtbot) -> SlidesPage:
    made = SlidesPage()
    qtbot.addWidget(made)
    made.resize(420, 260)
    made.show_run(RUN)
    made.show()
    return made


def listed(page: SlidesPage, key: str) -> list[str]:
    return [row.cells[key] for row in page.list.lines.rows]


def test_enter_on_a_cell_lists_its_slides_and_says_which_they_are(qtbot, page):
    chosen = []
    page.slides_chosen.connect(chosen.append)
    page.table.setCurrentIndex(page.table.sorted.index(0, 1))
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert chosen == [["S-01", "S-05"]]
    assert listed(page, "slide") == ["S-01", "S-05"]
    assert page.heading.text().startswith("2 of 2 slides of ")
    opened = []
    page.slide_wanted.connect(opened.append)
    page.list.activated.emit(page.list.sorted.index(1, 0))
    assert opened == ["S-05"]
    wanted = []
    page.table_wanted.connect(wanted.append)
    page.find_button.click()
    assert wanted == [["S-01", "S-05"]]


def test_a_cell_without_slides_leads_nowhere(page):
    empty = next(
        column for column in range(1, page.matrix.columnCount() - 1)
        if not page.matrix.slides_at(0, column)[0]
    )  # fmt: skip
    page.table.clicked.emit(page.table.sorted.index(0, empty))
    assert page.listed == []
    assert page.view.current == "matrix"


def test_the_sentence_has_count_chance_and_interval_of_the_encoder_that_is_chosen(page):
    names = [each.encoder.name for each in RUN.encoders]
    together = slides_together(RUN.slides, names, RUN.reference.centers)
    page.show_run(replace(RUN, over_slides=together))
    assert page.said.text().startswith(f"{TITLES[0]} places 6 of 6 slides at their own center")
    assert "chance value" in page.said.text()
    page.encoder.setCurrentIndex(1)
    page.encoder.activated.emit(1)
    assert page.said.text().startswith(f"{TITLES[1]} places 5 of 6 slides at their own center")
    page.show_run(RUN)  # as it is while slides wait: nothing is put together yet
    assert page.said.text().startswith("6 of the 7 slides of the cohort ")
    assert page.encoder.currentText() == TITLES[1]


def test_slides_outside_name_the_encoders_that_find_so(page):
    slide = RUN.slides[1]
    first, second = slide.encoders
    outside = second.slide.outside
    assert outside is not None
    far = replace(second.slide, outside=replace(outside, no_known_center=True))
    marked = replace(slide, encoders=[first, replace(second, slide=far)])
    page.show_run(replace(RUN, slides=[RUN.slides[0], marked, *RUN.slides[2:]]))
    page.view.button("outside").click()
    assert TITLES[1] in listed(page, "state")[listed(page, "slide").index("S-02")]
    assert page.encoder.currentText() == TITLES[0]


def test_another_column_in_the_centers_place_is_called_by_its_name(page):
    facts = replace(RUN.reference, columns=RoleColumns("scanner"))
    page.show_run(replace(RUN, reference=facts))
    titles = [page.matrix.headerData(0, Qt.Orientation.Horizontal),
              page.list.lines.headerData(1, Qt.Orientation.Horizontal)]  # fmt: skip
    assert titles == ["Known scanner", "Known scanner"]


def test_slides_that_failed_have_their_reason_and_a_way_to_try_again(qtbot, page):
    page.view.button("slides").click()
    assert listed(page, "state")[-1].startswith("failed: ")
    with qtbot.waitSignal(page.retry_wanted):
        page.retry_button.click()
    assert page.retry_button.isVisible()
    page.show_run(replace(RUN, slides=RUN.slides[:-1]))
    assert not page.retry_button.isVisible()


def test_the_page_in_short_names_the_slides_and_leads_to_them(qtbot):
    evaluation, _ = make_cohort_run(6)
    run = evaluation.run
    names = [result.encoder.name for result in run.encoders]
    run = replace(run, over_slides=slides_together(run.slides, names, run.reference.centers))
    panel = SummaryPanel()
    qtbot.addWidget(panel)
    panel.resize(1000, 600)
    panel.show_run(run)
    panel.show_slides(run)
    panel.show()
    second = panel.answers.rows[1]
    link = next(
        each
        for each in panel.answers.findChildren(QPushButton)
        if each.text() == "Slides…" and second.title in each.accessibleName()
    )
    link.click()
    assert panel.tabs.currentWidget() is panel.slides_page
    assert panel.slides_page.isVisible()
    assert panel.slides_page.encoder.currentData() == second.encoder
    panel.views.button("short").click()
    panel.answers.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert copied == as_text(run)
    QGuiApplication.clipboard().clear()
    panel.copy()
    assert QGuiApplication.clipboard().text() == copied
    far = replace(
        run,
        slides=[
            replace(
                slide,
                slide_id="Müller Haut",
                encoders=[
                    replace(said, slide=replace(said.slide, outside_share=0.6))
                    for said in slide.encoders
                ],
            )
            for slide in run.slides[:1]
        ],
    )
    panel.show_slides(far)  # as their user calls them
    assert any("Müller Haut" in text for row in panel.answers.rows for text in row.why)
