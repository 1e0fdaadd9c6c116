"""What the mouse and the keys do, and what must not outlive what they began."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from tests.gui.viewer.slides import MemorySlide, tissue_like
from tests.gui.viewer.test_slide_view import BIG, grid, hover, layer


@pytest.fixture
def view(show):
    return show(MemorySlide(tissue_like(BIG), (1.0, 4.0)))


def test_another_tile_grid_takes_the_tile_of_the_resting_cursor_with_it(qtbot, view):
    view.set_tile_grid(grid())
    told: list[int] = []
    view.tile_hovered.connect(told.append)
    hover(view, view.viewport.to_px((4100, 4100)))
    qtbot.waitUntil(lambda: view.hand.tile > 100)
    view.set_tile_grid(grid(stride=1000))
    assert view.hand.tile == -1
    view.grab()
    qtbot.waitUntil(lambda: view.hand.tile >= 0)  # as it still rests there, on one of the new
    assert view.hand.tile == view.row_at(4100, 4100)
    assert told[1:] == [-1, view.hand.tile]
    view.set_tile_grid(None)
    view.grab()
    assert view.hand.tile == -1


def test_the_place_said_is_the_one_under_the_cursor_after_a_key_moved_the_view(qtbot, view):
    view.go_to(3000, 2000, 1.0)
    hover(view, (100, 100))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_R, Qt.Key.Key_Minus):
        qtbot.keyClick(view, key)
        x, y = view.viewport.to_l0((100.0, 100.0))
        assert view.hand.words == f"{x:,.0f}, {y:,.0f} px"


def test_a_tile_that_a_key_moved_from_under_the_cursor_is_looked_at_no_more(qtbot, view):
    view.set_tile_grid(grid())
    view.go_to(3000, 2000, 1.0)
    hover(view, view.viewport.to_px((2900, 2100)))
    qtbot.waitUntil(lambda: view.hand.tile >= 0)
    before = view.hand.tile
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert view.hand.tile == -1
    qtbot.waitUntil(lambda: view.hand.tile >= 0)
    assert view.hand.tile > before


MODIFIERS = [
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
]


@pytest.mark.parametrize("modifier", MODIFIERS)
def test_a_held_arrow_ends_with_its_key_whatever_modifier_is_down_by_then(qtbot, view, modifier):
    view.navigator.reduced_motion = False
    view.go_to(1000, 2000, 1.0)
    qtbot.keyPress(view, Qt.Key.Key_Right)
    qtbot.keyRelease(view, Qt.Key.Key_Right, modifier)
    qtbot.waitUntil(lambda: not view.navigator.moving)
    assert view.viewport.center_l0 == pytest.approx((1050, 2000), abs=8)


def test_a_peek_ends_with_its_key_whatever_modifier_is_down_by_then(qtbot, view):
    view.set_layers([layer()])
    qtbot.keyPress(view, Qt.Key.Key_H)
    assert not view.look.visible
    qtbot.wait(350)  # holding a key is a matter of time
    qtbot.keyRelease(view, Qt.Key.Key_H, Qt.KeyboardModifier.ShiftModifier)
    assert view.look.visible


def leave(view):
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))


def test_a_key_means_the_place_under_the_cursor(qtbot, view):
    view.go_to(3000, 2000, 1.0)
    hover(view, (100, 100))
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(view, Qt.Key.Key_C, control | shift)
    copied = QGuiApplication.clipboard().text()
    assert copied == "2850, 1900"
    assert "copied: 2,850, 1,900 px" in view.instruments.facts().notes
    view.fit()
    view.perform("go_to")
    dialog = QApplication.activeModalWidget()
    dialog.edit.setText(copied)
    dialog.accept()
    assert view.viewport.center_l0 == (2850, 1900)


def test_a_menu_means_the_place_where_the_cursor_rested_not_the_edge_it_left_by(qtbot, view):
    view.set_tile_grid(grid())
    view.go_to(3000, 2000, 1.0)
    hover(view, (100, 100))
    qtbot.waitUntil(lambda: view.hand.tile >= 0)  # the hand rests
    hover(view, (120, 40))
    hover(view, (130, 0))
    leave(view)
    assert view.hand.place_l0 == (2850, 1900)
    view.go_to(5000, 3000, 1.0)  # where that place is out of view
    assert view.hand.place_l0 == (5000, 3000)


def test_without_a_place_pointed_at_the_middle_is_meant(view):
    view.go_to(3000, 2000, 1.0)
    assert view.hand.place_l0 == (3000, 2000)
    hover(view, (100, 100))
    leave(view)
    view.set_slide(MemorySlide(tissue_like(BIG), (1.0, 4.0)))
    assert view.hand.place_l0 == view.viewport.center_l0
