"""The window without a mouse and without eyes: names of controls, the order of Tab, the focus."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTabBar,
    QTableView,
    QWidget,
)

from pathgui.gui.cohort.slide_grid import SlideGrid
from pathgui.gui.kit.theme import DARK, LIGHT
from pathgui.gui.viewer.slide_view import SlideView
from tests.color_vision import AA_TEXT, contrast
from tests.gui.conftest import idle

CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit,
    QAbstractScrollArea, SlideView,
)  # fmt: skip


@pytest.fixture
def win(qtbot, ready, slide_path):
    """A window after an evaluation, with every panel open."""
    made = ready()
    made.controller.evaluate()
    qtbot.waitUntil(lambda: made.controller.finished is not None, timeout=10_000)
    qtbot.waitUntil(idle(made), timeout=10_000)
    for dock in (made.docks.summary, made.docks.explore, made.docks.cohort):
        dock.show()
    return made


def controls(win):
    """Every control of a window, those in folds and behind tabs too; not the insides of others."""
    for each in win.findChildren(QWidget):
        inside = each.objectName().startswith("qt_") or isinstance(each.parent(), QTabBar)
        reached = each.focusPolicy() != Qt.FocusPolicy.NoFocus and each.window() is win
        if isinstance(each, CONTROLS) and reached and not inside:
            yield each


def name_of(control):
    """As a screen reader says it: what it was named, else the words on it."""
    words = control.text() if isinstance(control, QAbstractButton) else ""
    return control.accessibleName() or words.replace("&", "")


def is_empty(control):
    """A button that waits for its words, and is not shown."""
    return isinstance(control, QAbstractButton) and not control.text() and control.isHidden()


def in_order_of_tab(within):
    """What Tab reaches in a part of the window, as it does."""
    at, found = within, []
    while (at := at.nextInFocusChain()) is not within:
        reached = at.focusPolicy() & Qt.FocusPolicy.TabFocus and at.focusProxy() is None
        # What is scrolled away lies, for the eye, in the place of something else.
        if reached and within.isAncestorOf(at) and not at.visibleRegion().isEmpty():
            found.append(at)
    return found


def is_read_before(one, other):
    """Whether a reader meets ``one`` first: it lies higher, or in the same line farther left."""
    a, b = (each.rect().translated(each.mapToGlobal(QPoint())) for each in (one, other))
    common = min(a.bottom(), b.bottom()) - max(a.top(), b.top())
    same_line = common > min(a.height(), b.height()) / 2
    return a.left() <= b.left() if same_line else a.top() <= b.top()


def test_every_control_has_a_name_of_its_own_and_tab_goes_through_them_as_they_are_read(win):
    named = [(type(each).__name__, name_of(each)) for each in controls(win) if not is_empty(each)]
    nameless = sorted({kind for kind, name in named if not name})
    twice = [each for each, n in Counter(named).items() if n > 1 and each[1]]
    assert (nameless, twice) == ([], [])
    views = [each for each in controls(win) if isinstance(each, QTableView)]
    assert {type(each) for each in views if each.tabKeyNavigation()} == {SlideGrid}  # has an end
    win.encoder_panel.folds["download"].button.setChecked(True)
    for panel in (
        win.docks.slides.widget(), win.overlay_panel, win.docks.encoders.widget(),
        win.docks.summary.titleBarWidget(),
    ):  # fmt: skip
        order = in_order_of_tab(panel)
        assert len(order) > 1
        pairs = [(a, b) for a, b in pairwise(order) if not is_read_before(a, b)]
        assert not [f"{name_of(a)} before {name_of(b)}" for a, b in pairs]


def inks_and_grounds(top):
    """Of all words of a window: their color, and the color that is painted below them most."""
    image = top.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    ratio, bits = image.devicePixelRatio(), np.frombuffer(image.constBits(), np.uint32)
    drawn = bits.reshape(image.height(), -1)[:, : image.width()] & 0xFFFFFF
    for each in (*top.findChildren(QLabel), *top.findChildren(QAbstractButton)):
        seen = each.visibleRegion().boundingRect().translated(each.mapTo(top, QPoint()))
        # Pressed buttons have another color by the style sheet, which the palette does not say.
        pressed = isinstance(each, QAbstractButton) and each.isChecked()
        if seen.isEmpty() or pressed or not each.isEnabled() or not each.text():
            continue
        x, y, w, h = (round(ratio * side) for side in seen.getRect())
        grounds, counts = np.unique(drawn[y : y + h, x : x + w], return_counts=True)
        ink = each.palette().color(each.foregroundRole())
        yield each.text(), ink.name(), f"#{int(grounds[counts.argmax()]):06x}"


def test_all_words_of_the_window_can_be_read_in_both_themes(win):
    of_light = {color.lower(): name for name, color in asdict(LIGHT).items()}
    low = []
    for words, *colors in set(inks_and_grounds(win)):
        for theme in (LIGHT, DARK):  # what is no color of a theme is over the slide, in both
            shown = [getattr(theme, of_light.get(color, ""), color) for color in colors]
            if (found := contrast(*(QColor(each).getRgb()[:3] for each in shown))) < AA_TEXT:
                low.append(f"{found:.2f}: {words!r}, {shown[0]} on {shown[1]}")
    assert not low


def pixels(widget):
    top = widget.window()
    return top.grab(widget.rect().translated(widget.mapTo(top, QPoint()))).toImage()


def is_open(widget):
    return isinstance(widget, QDialog) and widget.isVisible()


def test_the_focus_is_seen_on_every_kind_of_control_and_goes_where_the_work_goes(qtbot, win):
    win.summary_panel.show_numbers()
    kinds = {
        "button": win.summary_panel.export_button,
        "main button": win.run_panel.evaluate_button,
        "link": win.encoder_panel.all_button,
        "pressed button": win.overlay_panel.segments.button("tissue"),
        "pressed tool": win.tool_strip.buttons["move"],
        "check box": win.encoder_panel.rows["shell"].box,
        "choice": win.overlay_panel.encoder_box,
        "slider": win.overlay_panel.slider,
        "number": win.overlay_panel.number,
        "list of slides": win.slide_panel.list,
        "list of runs": win.runs_panel.list,
        "table": win.summary_panel.table,
        "fold": win.settings_fold.button,
        "slide": win.viewer,
        "tabs": next(each for each in win.findChildren(QTabBar) if each.isVisible()),
    }
    unseen = []
    areas = win.docks.encoders.widget().findChildren(QScrollArea)
    for name, widget in kinds.items():
        for area in areas:
            if area.isAncestorOf(widget):
                area.ensureWidgetVisible(widget)
        win.encoder_panel.none_button.setFocus()
        before = pixels(widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        assert widget.hasFocus(), name
        if pixels(widget) == before:
            unseen.append(name)
    assert unseen == []
    win.run_panel.evaluate_button.setFocus()
    win.controller.evaluate()
    assert win.run_panel.cancel_button.hasFocus()
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert win.run_panel.evaluate_button.hasFocus()
    row = win.encoder_panel.rows["uni2-h"]
    win.encoder_panel.reveal("uni2-h")
    row.set_note("It is not on this computer.", "go-on")
    row.buttons["go-on"].setFocus()
    row.set_progress(0.5, "half of it")
    assert row.cancel_button.hasFocus()
    row.set_problem("The network went away.", "go-on")
    assert row.buttons["go-on"].hasFocus()  # not that of another encoder
    for place in (win.encoder_panel.filter, win.summary_panel.export_button):
        place.setFocus()
        for action in ("criteria", "help", "commands", "manual"):
            win.viewer.perform(action)
            (dialog,) = (each for each in QApplication.topLevelWidgets() if is_open(each))
            qtbot.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Escape)
            assert not dialog.isVisible(), action
            assert win.focusWidget() is place, action  # which has it once the window is in front
