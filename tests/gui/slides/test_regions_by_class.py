"""Regions have classes: chosen by key, list and right button, evaluated or not, and taken back."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from pathgui.core.slides.drawn_regions import DrawnRegion
from pathgui.core.slides.slide import open_slide
from tests.core.slide_factory import tissue_picture, write_slide
from tests.gui.conftest import idle, texts
from tests.gui.viewer.test_slide_view import drag

LEFT, RIGHT = (300.0, 200.0, 600.0, 500.0), (700.0, 200.0, 1000.0, 500.0)


@pytest.fixture
def win(qtbot, ready):
    win = ready()
    qtbot.waitUntil(lambda: win.viewer.sharp and bool(win.viewer.pixels.content_id))
    win.viewer.setFocus()
    return win


def square(x0, y0, x1, y1):
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def draw(win, rectangle):
    view = win.viewer
    if view.tools.active != "rectangle":
        view.perform("rectangle")
    corners = [view.viewport.to_px(each) for each in (rectangle[:2], rectangle[2:])]
    (x0, y0), (x1, y1) = ((x / view.dpr, y / view.dpr) for x, y in corners)
    drag(view, (x0, y0), (x0 + 9, y0 + 9), (x1, y1))


def press(qtbot, win, key, modifier=Qt.KeyboardModifier.AltModifier):
    qtbot.keyClick(win.viewer, key, modifier)


def rows(win):
    """Of the list: the class, what stands beside it, and whether it is ticked."""
    tree = win.markup.regions.tree
    items = [tree.topLevelItem(i) for i in range(tree.topLevelItemCount())]
    checked = Qt.CheckState.Checked
    return {i.text(0): (i.text(1), i.checkState(0) == checked) for i in items}


def test_a_class_is_chosen_by_key_and_regions_of_it_are_told_from_others(qtbot, win):
    one, other = win.references.reference.tissues[:2]
    press(qtbot, win, Qt.Key.Key_1)
    draw(win, LEFT)
    press(qtbot, win, Qt.Key.Key_2)
    draw(win, RIGHT)  # one more, without Shift
    assert win.viewer.tools.kinds == (one, other)
    qtbot.waitUntil(lambda: "0.0225 mm²" in rows(win)[one][0])
    assert rows(win)[other][0].startswith("1 · ")
    assert other in win.viewer.tools.hint()


def test_a_region_drawn_without_a_class_gets_the_one_that_is_chosen_next(qtbot, win):
    draw(win, LEFT)
    assert win.viewer.tools.kinds == ("",)
    press(qtbot, win, Qt.Key.Key_2)
    assert win.viewer.tools.kinds == (win.references.reference.tissues[1],)


def test_every_change_of_regions_is_taken_back_and_done_again_in_order(qtbot, win):
    tissue = win.references.reference.tissues[0]
    draw(win, LEFT)
    (drawn,) = win.viewer.drawn
    press(qtbot, win, Qt.Key.Key_1)
    win.viewer.perform("clear_region")
    assert [win.undo.text(i) for i in range(win.undo.count())] == [
        "Draw a region", "Class of a region", "Remove the regions"
    ]  # fmt: skip
    control = Qt.KeyboardModifier.ControlModifier
    press(qtbot, win, Qt.Key.Key_Z, control)
    assert win.viewer.drawn == (DrawnRegion(drawn.outline, tissue),)
    press(qtbot, win, Qt.Key.Key_Z, control)
    assert win.viewer.drawn == (drawn,)
    press(qtbot, win, Qt.Key.Key_Z, control)
    assert win.viewer.drawn == ()
    press(qtbot, win, Qt.Key.Key_Y, control)
    assert win.viewer.drawn == (drawn,)


def test_a_class_that_is_left_out_is_taken_out_of_the_evaluation_and_so_is_ignore(qtbot, win):
    win.region_book.show((
        DrawnRegion(square(300, 200, 1000, 600), "Tumor"),
        DrawnRegion(square(300, 200, 500, 600), "Necrosis"),
        DrawnRegion(square(900, 200, 1100, 600), "Ignore*"),
    ))  # fmt: skip
    whole = win.controller._settings_now().region_l0
    assert max(x for polygon in whole for x, _ in polygon) == 900
    qtbot.waitUntil(lambda: rows(win).get("Necrosis", ("", False))[1])
    tree = win.markup.regions.tree
    (item,) = tree.findItems("Necrosis", Qt.MatchFlag.MatchExactly)
    item.setCheckState(0, Qt.CheckState.Unchecked)
    part = win.controller._settings_now().region_l0
    assert min(x for polygon in part for x, _ in polygon) == 500
    assert "left out: Necrosis, Ignore*" in win.run_panel.region.text()
    win.undo.undo()
    assert win.controller._settings_now().region_l0 == whole
    assert win.viewer.tools.kinds == ("Tumor", "Necrosis", "Ignore*")


def test_where_left_out_classes_leave_nothing_evaluate_is_off_and_says_why(win):
    win.region_book.show((DrawnRegion(square(-10, -10, 9000, 9000), "Ignore*"),))
    assert not win.run_panel.evaluate_button.isEnabled()
    assert "nothing else is left to evaluate" in win.run_panel.hint.text()
    win.viewer.clear_regions()
    assert win.run_panel.evaluate_button.isEnabled()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_right_button_gives_a_region_another_class_or_removes_it(qtbot, win):
    win.region_book.show((DrawnRegion(square(*LEFT), "Tumor"), DrawnRegion(square(*RIGHT), "Fat")))
    x, y = (each / win.viewer.dpr for each in win.viewer.viewport.to_px((850, 350)))
    qtbot.mouseClick(win.viewer, Qt.MouseButton.RightButton, pos=QPoint(round(x), round(y)))
    menu = next(m for m in win.viewer.findChildren(QMenu) if m.isVisible())
    entries = {entry.text(): entry for entry in menu.actions()}
    assert entries["Fat"].isChecked()
    entries["Ignore*"].trigger()
    assert win.viewer.tools.kinds == ("Tumor", "Ignore*")
    entries["Remove this region"].trigger()
    assert win.viewer.tools.kinds == ("Tumor",)


def test_classes_and_colors_of_qupath_come_in_and_go_out_again(qtbot, win, tmp_path):
    ring = [list(corner) for corner in square(*LEFT)]
    classification = {"name": "Drüse", "color": [1, 2, 3]}
    feature = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        "properties": {"objectType": "annotation", "classification": classification},
    }
    line = feature | {"geometry": {"type": "LineString", "coordinates": ring}}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps([feature, line]), "utf-8")
    win.regions.open(path)
    qtbot.waitUntil(lambda: win.viewer.tools.kinds == ("Drüse",))
    assert win.region_book.classes.color_of("Drüse") == (1, 2, 3)
    assert "1 point or line left out" in texts(win)
    win.exports.ask = lambda title, name, kinds: tmp_path / "out.geojson"
    win.exports.regions()
    qtbot.waitUntil(lambda: (tmp_path / "out.geojson").exists() and idle(win)(), timeout=10_000)
    (back,) = json.loads((tmp_path / "out.geojson").read_text("utf-8"))["features"]
    assert back["properties"]["classification"] == classification
    assert back["geometry"] == feature["geometry"]
    win.undo.undo()
    assert win.viewer.drawn == ()


def test_classes_come_back_with_the_slide_and_a_step_back_reaches_one_that_is_not_shown(
    qtbot, win, tmp_path, slide_path
):
    press(qtbot, win, Qt.Key.Key_1)
    draw(win, LEFT)
    drawn, content_id = win.viewer.drawn, win.viewer.pixels.content_id
    told = []
    win.region_book.regions_changed.connect(lambda *what: told.append(what))
    other = write_slide(tmp_path / "other.tif", tissue_picture(900, 700)[0])
    win.open_slides([other])
    with open_slide(other) as slide:
        wanted = slide.content_id
    qtbot.waitUntil(lambda: getattr(win.viewer.pixels, "content_id", "") == wanted)
    assert win.viewer.drawn == ()
    win.slides.open(slide_path)
    qtbot.waitUntil(lambda: win.viewer.drawn == drawn, timeout=10_000)
    win.slides.open(other)
    qtbot.waitUntil(lambda: win.viewer.drawn == ())
    win.undo.undo()
    assert win.viewer.memory.recall(content_id).drawn == ()
    assert told[-1] == (content_id, ())
    win.undo.redo()
    assert win.viewer.memory.recall(content_id).drawn == drawn
