"""The tab *What if*: what it offers, shows and says, without a window."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtGui import QGuiApplication

from pathgui.core.what_if.alterations import CURVES
from pathgui.gui.kit.room import Roomy
from pathgui.gui.results.what_if_page import COLORS, LAYERS, WhatIfPage
from tests.core.what_if.test_results import FOUND
from tests.gui.conftest import click
from tests.run_factory import make_evaluation

RUN = make_evaluation(2).run
NAMES = [result.encoder.name for result in RUN.encoders]
EVERY = [COLORS, *(kind.name for kind in CURVES)]


@pytest.fixture
def page(qtbot):
    made = WhatIfPage()
    qtbot.addWidget(made)
    made.resize(560, 420)
    made.show()
    made.show_run(RUN, {})
    return made


def test_nothing_can_be_tried_before_all_is_there_and_then_the_cost_is_said(qtbot, page):
    page.show_lacks("Open the slide.")
    assert not page.run_button.isEnabled()
    assert page.note.text() == "Open the slide."
    page.show_lacks("")
    page.show_cost("about 4 min")
    assert page.note.text() == "about 4 min"
    with qtbot.waitSignal(page.run_requested) as asked:
        click(qtbot, page.run_button)
    assert asked.args == [NAMES, EVERY]


def test_what_is_ticked_off_is_not_asked_for_and_costs_nothing(qtbot, page):
    page.show_lacks("")
    assert page.which.text() == f"{len(EVERY)} of {len(EVERY)} changes ▾"
    with qtbot.waitSignal(page.asked_changed):
        page.which.menu().actions()[0].trigger()
    assert page.which.text() == f"{len(EVERY) - 1} of {len(EVERY)} changes ▾"
    page.encoder.choose(NAMES[1])
    assert (page.wanted_encoders, page.wanted) == ([NAMES[1]], EVERY[1:])
    for action in page.which.menu().actions()[1:]:
        action.trigger()
    assert not page.run_button.isEnabled()


def test_where_there_is_little_room_it_says_less_and_does_not_scroll_to_the_side(qtbot, page):
    page.show_lacks("")
    page.resize(270, 420)
    scrolling = page.findChild(Roomy)
    qtbot.waitUntil(lambda: page.which.text() == f"{len(EVERY)} of {len(EVERY)} ▾")
    qtbot.waitUntil(lambda: scrolling.horizontalScrollBar().maximum() == 0)
    page.resize(560, 420)
    qtbot.waitUntil(lambda: page.which.text() == f"{len(EVERY)} of {len(EVERY)} changes ▾")


def test_tables_curves_and_words_show_what_was_found(qtbot, page):
    assert not page.tools.isVisible()
    other = msgspec.structs.replace(FOUND, curves=[])
    page.show_run(RUN, {NAMES[0]: FOUND, NAMES[1]: other})
    assert (len(page.colors.rows), len(page.curves.rows)) == (6, 4)
    assert "colored as another center" in page.said.text()
    menu = page.on_slide.menu()
    menu.aboutToShow.emit()
    of_first = menu.actions()[0].menu()
    for action, kind in zip(of_first.actions(), LAYERS, strict=True):
        with qtbot.waitSignal(page.layer_requested) as asked:
            action.trigger()
        assert asked.args == [NAMES[0], kind]
    page.encoder.choose(NAMES[0])
    menu.aboutToShow.emit()
    assert len(menu.actions()) == len(LAYERS)
    click(qtbot, page.view.button("chart"))
    chart = page.shown_chart.chart
    assert [line.title for line in chart.panel.lines] == [RUN.encoders[0].encoder.title]
    page.kind.choose("hue")
    page.kind.activated.emit(page.kind.currentIndex())
    assert chart.panel is None  # it was not tried
    page.show_run(None, {})
    assert not page.tools.isVisible()


def test_while_it_runs_only_cancel_is_offered(qtbot, page):
    page.show_lacks("")
    page.show_progress("Embedding altered tiles, about 3 min left", 0.4)
    assert not page.run_button.isVisible()
    assert page.bar.value() == 400
    with qtbot.waitSignal(page.cancel_requested):
        click(qtbot, page.cancel_button)
    page.show_stopping()
    assert not page.cancel_button.isEnabled()
    page.show_idle()
    assert page.run_button.isEnabled()
    assert not page.progress.isVisible()


def test_what_is_asked_for_and_the_table_in_front_are_copied(qtbot, page):
    page.show_run(RUN, {NAMES[0]: FOUND})
    for action, signal in zip(
        page.copy_button.menu().actions(), (page.command_requested, page.python_requested),
        strict=False,
    ):  # fmt: skip
        with qtbot.waitSignal(signal) as asked:
            action.trigger()
        assert asked.args == [NAMES, EVERY]
    page.copy_table.trigger()
    assert QGuiApplication.clipboard().text().startswith("Encoder\tColored as")
    page.view.button("curves").click()
    page.copy_table.trigger()
    assert "Perturbation" in QGuiApplication.clipboard().text()


def test_a_heading_leads_to_its_entry_in_the_help(qtbot, page):
    columns = page.colors_table.model().sourceModel().columns[1:]
    assert {column.anchor for column in columns} == {"what-if-what_if"}
    with qtbot.waitSignal(page.explain_requested) as asked:
        page.colors_table.explain_requested.emit("what-if-what_if")
    assert asked.args == ["what-if-what_if"]
