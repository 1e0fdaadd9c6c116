"""The tab *Correct*: what it offers, shows and says, without a window."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication

from pathgui.core.corrections.registry import CORRECTIONS, TILE_CORRECTIONS
from pathgui.core.crossfit.outlook import Outlook
from pathgui.core.crossfit.results import RecoloredSlides
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.correction_columns import FULL_COLUMNS
from pathgui.core.results.corrections import (
    rows,
    tissue_warning,
)
from pathgui.gui.results.correct_page import TO_FILE, TO_LIST, CorrectPage
from tests.core.results.test_corrections import DOWN, LEACE, found
from tests.gui.conftest import click
from tests.run_factory import make_evaluation

RUN = make_evaluation(2).run
NAMES = [result.encoder.name for result in RUN.encoders]
READY = Outlook(1200, ["a", "b"], [], 0.0)
COMBAT = replace(LEACE, name="combat", tissue_new_slides=DOWN)


@pytest.fixture
def page(qtbot):
    made = CorrectPage()
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    return made


def corrected(*tried):
    results = [replace(r, corrections=c) for r, c in zip(RUN.encoders, tried, strict=True)]
    return replace(RUN, encoders=results)


def choose(page, name):
    page.encoder.choose(name)
    page.encoder.activated.emit(page.encoder.currentIndex())


def test_it_says_what_to_do_next_where_nothing_can_be_tried(qtbot, page):
    assert "Evaluate encoders, or open a run" in page.empty.text()
    page.show_run(RUN)
    assert RUN.reference.name in page.empty.text()
    assert not page.run_button.isEnabled()
    with qtbot.waitSignal(page.reference_requested):
        click(qtbot, page.find_button)
    page.show_outlook(NotAssessable("Not assessable: one center."))
    assert page.empty.text().startswith("Not assessable: one center. Take a reference set with 4")
    assert not page.run_button.isEnabled()
    assert page.find_button.isHidden()
    page.show_outlook(READY)
    assert "press Try" in page.empty.text()
    assert page.run_button.isEnabled()


def test_what_is_ticked_is_asked_for(qtbot, page):
    page.show_run(RUN)
    page.show_outlook(READY)
    page.which.menu().aboutToShow.emit()
    actions = {action.text(): action for action in page.which.menu().actions()}
    assert list(actions) == [each.title for each in (*CORRECTIONS, *TILE_CORRECTIONS)]
    assert not actions["Reinhard"].isChecked()  # it costs: tiles are embedded again
    assert "embedded again" in actions["Reinhard"].toolTip()
    assert actions["LEACE"].isChecked()
    assert not actions["ComBat"].isChecked()
    actions["LEACE"].trigger()
    actions["ComBat"].trigger()
    with qtbot.waitSignal(page.run_requested) as asked:
        click(qtbot, page.run_button)
    names, corrections = asked.args
    assert names == NAMES
    assert "combat" in corrections
    assert "leace" not in corrections
    choose(page, NAMES[1])
    for name in list(corrections):
        page.choose(name, False)
    assert page.wanted_encoders == [NAMES[1]]
    assert not page.run_button.isEnabled()  # nothing is ticked


def test_where_tissue_goes_with_center_it_warns_and_ticks_what_knows_the_tissue(page):
    page.show_run(RUN)
    page.show_outlook(replace(READY, cramers_v=0.4))
    assert page.warning.text() == tissue_warning(0.4)
    assert page.wanted_corrections == ["within-tissue"]
    page.show_outlook(READY)
    assert page.warning.isHidden()


def test_each_correction_has_a_row_with_everything_that_it_is_read_by(page):
    both = found(LEACE, COMBAT)
    page.show_run(corrected(both, None))
    model = page.table.sorted
    assert model.rowCount() == 2
    for at, line in enumerate(rows(both)):
        cells = [model.index(at, c).data() for c in range(1, model.columnCount())]
        assert cells == [line.text(column.key) for column in FULL_COLUMNS]
    assert "→" in page.table.tsv()
    page.copy()
    assert QGuiApplication.clipboard().text() == page.table.tsv()
    assert all(column.anchor for column in page.model.columns)
    for sentence in (line.sentence for line in rows(both)):
        assert sentence in page.said.text()
    page.table.selectRow(1)
    assert rows(both)[0].sentence not in page.said.text()
    assert rows(both)[1].sentence in page.said.text()


def test_rows_come_while_others_are_tried_and_the_one_that_was_chosen_stays(page):
    page.show_run(corrected(None, None))
    page.show_outlook(READY)
    page.show_progress("halving 1 of 10", 0.25)
    assert page.bar.value() == page.bar.maximum() // 4
    assert page.run_button.isHidden()
    assert not page.which.isEnabled()
    page.show_corrected(corrected(found(LEACE, COMBAT), None))
    page.table.selectRow(1)
    page.show_corrected(corrected(found(LEACE, COMBAT), found(LEACE)))
    assert page.table.sorted.rowCount() == 3
    assert page.table.currentIndex().row() == 1
    page.show_idle()
    assert page.progress.isHidden()
    assert page.run_button.isVisible()


def test_an_encoder_that_cannot_be_corrected_says_why(page):
    page.show_run(corrected(NotAssessable("Not assessable: too few slides."), found(LEACE)))
    page.show_outlook(READY)
    choose(page, NAMES[0])
    assert "too few slides" in page.empty.text()
    assert page.table.sorted.rowCount() == 0
    choose(page, NAMES[1])
    assert page.table.sorted.rowCount() == 1


def test_a_row_is_taken_home_and_one_that_needs_the_center_as_a_file_only(qtbot, page):
    page.show_run(corrected(found(LEACE, COMBAT), None))
    page.home_button.menu().aboutToShow.emit()
    below = [action.menu() for action in page.home_button.menu().actions()]
    assert not any(entry.isEnabled() for menu in below for entry in menu.actions())  # no set
    page.show_outlook(READY)
    page.table.selectRow(1)
    page.home_button.menu().aboutToShow.emit()
    to_file, to_list = page.home_button.menu().actions()
    assert to_file.isEnabled()
    assert not to_list.isEnabled()
    assert "the center of each tile" in to_list.toolTip()
    page.table.selectRow(0)
    page.home_button.menu().aboutToShow.emit()
    to_file, to_list = page.home_button.menu().actions()
    for action, way in ((to_file, TO_FILE), (to_list, TO_LIST)):
        with qtbot.waitSignal(page.home_requested) as asked:
            action.trigger()
        assert asked.args == [NAMES[0], "leace", way]
    assert f"{NAMES[0]}~leace" in to_list.text()
    recolored = replace(LEACE, name="reinhard", recolored=RecoloredSlides("", 8, 0))
    page.show_run(corrected(found(recolored), None))
    page.show_outlook(READY)
    page.table.selectRow(0)
    page.home_button.menu().aboutToShow.emit()
    assert [each.isEnabled() for each in page.home_button.menu().actions()] == [True, True]


def test_the_pictures_show_the_encoders_that_are_chosen(qtbot, page):
    page.show_run(corrected(found(LEACE, COMBAT), found(LEACE)))
    page.view.button("changes").click()
    chart = page.shown_chart.chart
    assert len(chart.bars) == 3
    assert chart.svg().startswith(b"<?xml")
    page.measure.choose("center_probe")
    page.measure.activated.emit(page.measure.currentIndex())
    assert chart.bars[0].before == LEACE.center_probe.before
    page.view.button("kept").click()
    assert len(page.shown_chart.chart.points) == 3
    choose(page, NAMES[1])
    assert len(page.shown_chart.chart.points) == 1
    page.recolor()
    page.view.button("table").click()
    assert page.shown_chart is None
