"""What a right click on the slide offers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication

from pathgui.gui.shell.actions import ACTIONS
from pathgui.gui.shell.menus import ON_SLIDE

REGION = [(0.0, 0.0), (600.0, 0.0), (600.0, 400.0), (0.0, 400.0)]


def right_click(view, at=None, reason=QContextMenuEvent.Reason.Mouse):
    at = at or view.rect().center()
    QApplication.sendEvent(view, QContextMenuEvent(reason, at, view.mapToGlobal(at)))
    return QApplication.activePopupWidget()


def test_each_entry_is_an_action_of_the_menus_and_stands_once():
    entries = [id for group in ON_SLIDE for id in group]
    assert len(entries) == len(set(entries))
    assert set(entries) <= {action.id for action in ACTIONS}


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_right_click_on_the_slide_offers_what_can_be_done_there(qtbot, ready):
    win = ready()
    menu = right_click(win.viewer)
    entries = [entry for entry in menu.actions() if not entry.isSeparator()]
    assert entries == [win.menus.by_id[id] for group in ON_SLIDE for id in group]
    win.menus.by_id["rectangle"].trigger()
    assert win.viewer.tools.active == "rectangle"
    menu.close()
    win.viewer.set_regions([REGION])
    win.viewer.fit()
    inside = win.viewer.to_logical((10, 10, 11, 11)).boundingRect().center().toPoint()
    assert right_click(win.viewer, inside) is None  # the region has a menu of its own
    assert right_click(win.viewer, inside, QContextMenuEvent.Reason.Keyboard) is not None
    QApplication.activePopupWidget().close()
    assert right_click(win.viewer, QPoint(2, 2)) is not None
    QApplication.activePopupWidget().close()
