"""Which column of the reference set plays the center, in the window."""

from types import SimpleNamespace

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.reference.role_columns import candidates, in_roles
from pathgui.core.reference.roles import RoleColumns
from pathgui.gui.reference.center_column import CenterColumn
from pathgui.gui.reference.reference_panel import ReferencePanel
from pathgui.gui.reference.tissue_column import TissueColumn
from tests.gui.conftest import click, idle


def choose(box, name):
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())


@pytest.fixture
def column(qtbot):
    column = CenterColumn()
    qtbot.addWidget(column)
    return column


def test_columns_that_can_play_the_center_are_offered_and_the_others_say_why_not(column, reference):
    column.show_columns(reference, candidates(reference))
    assert [column.box.itemText(i) for i in range(column.box.count())] == ["center", "scanner"]
    assert "marker: it has several values" in column.box.toolTip()
    assert not column.isHidden()
    assert column.columns == ()


def test_it_is_hidden_where_there_is_nothing_to_choose(column, reference):
    plain = [each for each in candidates(reference) if each.name in ("center", "tissue")]
    column.show_columns(reference, plain)
    assert column.isHidden()
    column.show_columns(None, ())
    assert column.isHidden()
    assert column.columns == ()


def test_the_main_column_comes_first_and_others_stand_beside_it_where_that_is_ticked(
    qtbot, column, reference
):
    column.show_columns(in_roles(reference, ["scanner"]), candidates(reference))
    assert column.columns == ("scanner",)
    with qtbot.waitSignal(column.beside_changed):
        column.beside.setChecked(True)
    assert column.columns == ("scanner", "center")
    column.show_columns(reference, candidates(reference))
    assert column.columns == ("center", "scanner")
    column.forget()
    assert column.columns == ()


def test_the_panel_calls_what_it_asks_of_the_slide_by_the_columns_name(qtbot, reference):
    panel = ReferencePanel()
    qtbot.addWidget(panel)
    panel.show_reference(in_roles(reference, ["scanner"]), None, candidates(reference))
    assert panel.counts.text() == "48 tiles · 6 slides · 2 scanners · 2 tissues"
    assert [caption.text() for caption in panel._captions] == [
        "Scanner of this slide", "Tissue of this slide"
    ]  # fmt: skip
    names = [panel.center_box.itemText(i) for i in range(panel.center_box.count())]
    assert names == ["not given", "GT450", "P1000", "Another scanner…"]


def test_the_column_that_is_chosen_is_what_is_asked_for(qtbot, ready, reference):
    asked = SimpleNamespace(request=None, reference=None)

    def evaluate(request, at_hand, store, report):
        asked.request, asked.reference = request, at_hand.reference
        raise ReferenceSetError("That is enough.")

    win = ready(evaluate=evaluate)
    panel = win.reference_panel
    choose(panel.columns.box, "scanner")
    qtbot.waitUntil(lambda: win.references.reference.columns == RoleColumns("scanner"))
    qtbot.waitUntil(idle(win))
    panel.columns.beside.setChecked(True)
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: asked.request is not None)
    assert asked.request.settings.center_columns == ("scanner", "center")
    assert asked.reference.centers == ["GT450", "P1000"]
    assert "--center-column scanner --center-column center" in asked.request.command
    qtbot.waitUntil(idle(win))
    assert asked.request.settings.tissue_column == ""
    choose(panel.tissue_column.box, "marker")
    qtbot.waitUntil(lambda: win.references.reference.columns == RoleColumns("scanner", "marker"))
    qtbot.waitUntil(idle(win))
    assert panel.columns.columns == ("scanner", "center")
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: asked.request.settings.tissue_column == "marker")
    assert asked.reference.tissues == ["negative", "positive"]
    assert "--tissue-column marker" in asked.request.command
    qtbot.waitUntil(idle(win))
    choose(panel.tissue_column.box, "tissue")
    qtbot.waitUntil(lambda: win.references.reference.columns == RoleColumns("scanner"))
    qtbot.waitUntil(idle(win))


def test_columns_that_can_play_the_tissue_are_offered_but_not_what_plays_the_center(
    qtbot, reference
):
    column = TissueColumn()
    qtbot.addWidget(column)
    assert column.isHidden()
    column.show_columns(reference, candidates(reference))
    assert [column.box.itemText(i) for i in range(column.box.count())] == [
        "tissue", "scanner", "marker"
    ]  # fmt: skip
    assert "center: it plays the center" in column.box.toolTip()
    assert (column.column, column.isHidden()) == ("", False)
    played = in_roles(reference, ["scanner"], "marker")
    column.show_columns(played, candidates(played))
    assert [column.box.itemText(i) for i in range(column.box.count())] == ["tissue", "marker"]
    assert column.column == "marker"
    plain = [each for each in candidates(reference) if each.name in ("center", "tissue")]
    column.show_columns(reference, plain)
    assert column.isHidden()
