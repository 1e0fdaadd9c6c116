"""The window on small screens: every scene, at every size.

``PATHGUI_PICTURES=FOLDER`` keeps a picture of each.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QScrollArea, QToolTip, QWidget

from pathgui.core.corrections.registry import CORRECTIONS
from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.errors import SlideError
from pathgui.core.progress import Part, Progress
from pathgui.gui.kit.dialogs import BugDialog
from pathgui.gui.kit.inside import USUAL_FRAME, fit_dialog
from pathgui.gui.kit.theme import tip_width
from pathgui.gui.kit.widgets import ElidedLabel
from pathgui.gui.shell.main_window import MainWindow
from tests.core.results.test_corrections import LEACE, found
from tests.explore_factory import explorable
from tests.gui.conftest import MISSING, SPECS, click, idle, places_known, spec

SCREENS = {
    "1024x700": QSize(1024, 700),
    "1280x720": QSize(1280, 720),  # 1920 x 1080 at 150 %, too
    "1366x768 with a task bar": QSize(1366, 728),
    "1920x1080": QSize(1920, 1080),
}
SMALLEST = "1024x700"
PICTURES = os.environ.get("PATHGUI_PICTURES", "")
LARGE = 1.5  # of the usual letters, as with QT_FONT_DPI=144
DIALOGS = (
    "intended_use", "criteria", "export", "numbers", "about", "commands", "help", "go_to", "mpp",
)  # fmt: skip
LONG = "An encoder with a name that is far too long for any column of a window"


def with_large_letters(win: MainWindow) -> None:
    """All of its letters larger; not those of the application, which has windows of other tests."""
    size = LARGE * win.font().pointSizeF()
    win.setStyleSheet(f"* {{ font-size: {size}pt; }}")


def settle() -> None:
    for _ in range(3):
        QApplication.processEvents()


def seen(win: MainWindow, widget: QWidget) -> bool:
    """Whether all of a widget lies in the window, and in whatever scrolls it."""
    here = QRect(widget.mapTo(win, QPoint(0, 0)), widget.size())
    shown = not widget.visibleRegion().isEmpty()
    return (
        shown
        and win.rect().contains(here)
        and widget.visibleRegion().boundingRect() == (widget.rect())
    )


def check(win: MainWindow, scene: str, *, everywhere: bool = False) -> None:
    """The window can be as small as the screen, and shows what must never leave it.

    What fits the smallest screen fits the others, which are looked at ``everywhere`` and for
    pictures.
    """
    for name, screen in SCREENS.items():
        if name != SMALLEST and not everywhere and not PICTURES:
            continue
        size = screen - USUAL_FRAME
        win.resize(size)
        settle()
        keep(win, f"{scene}, {name}")
        assert win.size() == size, f"{scene} at {name}: {win.minimumSizeHint()} at least"
        assert seen(win, win.run_panel.evaluate_button) or seen(win, win.run_panel.cancel_button)
        for button in win.tool_strip.buttons.values():  # whole, or in the menus only
            assert not button.isVisible() or button.height() >= button.sizeHint().height()
        research = win.statusBar().findChild(QLabel, "research")
        assert seen(win, research), f"{scene} at {name}"
        assert research.width() >= research.sizeHint().width()
        assert not (cut := cut_off(win)), f"{scene} at {name}: {cut}"
        for label in win.findChildren(ElidedLabel):
            cut = label.fontMetrics().horizontalAdvance(label.text()) > label.width()
            if label.isVisible() and cut:
                label.grab()  # what is cut while it is painted is whole in the tooltip
                assert label.text() in label.toolTip(), f"{scene} at {name}: {label.text()}"


def cut_off(win: QWidget) -> list[str]:
    """Texts of several lines that are not whole, and cannot be scrolled to."""
    cut = []
    for each in win.findChildren(QLabel):
        there = each.visibleRegion().boundingRect().height()
        if not (each.wordWrap() and each.text() and there):
            continue
        areas = [area for area in win.findChildren(QScrollArea) if area.isAncestorOf(each)]
        scrolled = any(area.verticalScrollBar().maximum() for area in areas)
        lines = each.heightForWidth(each.width())
        if each.height() < lines or (there < lines and not scrolled):
            cut.append(f"{there} and {each.height()} of {lines} px: {each.text()[:60]}")
    return cut


def keep(win: QWidget, name: str) -> None:
    if PICTURES:
        win.grab().save(str(Path(PICTURES) / f"{name}.png"))


def dialogs() -> list[QDialog]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]


def check_dialog(dialog: QDialog, name: str) -> None:
    """It can be as small as the smallest screen; what it has no room for can be scrolled to."""
    screen = SCREENS[SMALLEST]
    fit_dialog(dialog, screen)
    dialog.resize(screen - USUAL_FRAME)
    settle()
    keep(dialog, f"dialog {name}")
    assert dialog.size() == screen - USUAL_FRAME, f"{name}: {dialog.minimumSizeHint()}"
    dialog.close()
    settle()


def check_corrections(win: MainWindow) -> None:
    """The tab with what was tried, while something is tried, and with nothing."""
    page, run = win.summary_panel.correct, win.controller.finished.evaluation.run
    win.summary_panel.show_numbers()
    win.summary_panel.tabs.setCurrentWidget(page)
    check(win, "corrections, none tried")
    tried = found(*(replace(LEACE, name=each.name) for each in CORRECTIONS), v=0.4)
    page.show_corrected(
        replace(run, encoders=[replace(each, corrections=tried) for each in run.encoders])
    )
    for view in ("table", "words", "changes", "kept"):
        page.view.choose(view)
        page.view.chosen.emit(view)
        check(win, f"corrections, {view}")
    page.show_progress(f"{LONG}: halving 2 of 10, about 20 s left", 0.3)
    check(win, "corrections, running")
    page.show_idle()


@pytest.fixture
def run(reference: Any, slide_path: Path) -> Any:
    return explorable(reference, slide_path, "Lakeside")


# What the platform of the tests says of windows and tooltips.
@pytest.mark.qt_log_ignore("does not support raise", "does not support propagateSizeHints")
def test_every_scene_fits_every_screen(qtbot, window, reference, slide_path, run):
    go_on = threading.Event()

    def evaluate(request: Any, at_hand: Any, store: Any, report: Callable[[object], None]) -> Any:
        report(Progress("Embedding slide with " + LONG, 3, 12, ("shell",), Part.SLIDE))
        go_on.wait(20)
        return run

    specs = (*SPECS, *(spec(f"long-{i}", f"{LONG}, {i}", MISSING) for i in range(9)))
    win = window(evaluate=evaluate, known=Registry(specs))
    check(win, "empty")
    win.open_slides([slide_path])
    win.references.open(reference.folder)
    qtbot.waitUntil(win.run_panel.evaluate_button.isEnabled, timeout=10_000)
    check(win, "slide open")
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.run_panel.counted.text() != "")
    check(win, "running", everywhere=True)
    go_on.set()
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    qtbot.waitUntil(idle(win), timeout=10_000)
    check(win, "finished")
    for part in ("maps", "both", "neighbors"):
        win.docks.show_explorer()
        win.explore_panel.parts.button(part).click()
        check(win, part)
    win.docks.show_slide_table()
    check(win, "slide table")
    column = win.docks.encoders.widget()
    win.resize(SCREENS[SMALLEST])
    settle()
    assert column.in_turn
    for place, part in enumerate((win.reference_panel, win.encoder_panel, win.criteria_panel)):
        column.tabs.setCurrentIndex(place)
        check(win, f"tab {place}")
        assert part.isVisible()
        assert not part.visibleRegion().isEmpty()
    column.show_group(0)
    win.settings_fold.button.setChecked(True)  # as Ctrl+, does
    settle()
    assert not win.run_settings.visibleRegion().isEmpty()
    win.docks.summary.raise_()
    win.compare.set_panes(4)
    check(win, "four panes")
    for fold in (*win.encoder_panel.folds.values(), *win.markup.folds, win.settings_fold):
        fold.button.setChecked(True)
    check(win, "all unfolded", everywhere=True)
    for number in range(4):
        win.show_error(SlideError(f"{number}: " + "A sentence that takes some room. " * 6))
    check(win, "four errors")
    win.compare.set_panes(1)
    for action in DIALOGS:
        win.viewer.perform(action)
        qtbot.waitUntil(lambda: bool(dialogs()))
        check_dialog(*dialogs(), action)
    BugDialog(ValueError(LONG), Path("a.log"), win).open()
    check_dialog(*dialogs(), "bug")
    check_corrections(win)
    tips = [each for each in win.findChildren(QWidget) if each.toolTip()]
    assert len(tips) > 40
    for each in tips:
        QToolTip.showText(QPoint(0, 0), each.toolTip(), win)
        shown = next(w for w in QApplication.topLevelWidgets() if w.inherits("QTipLabel"))
        assert shown.contentsRect().width() <= tip_width() + 2 * shown.margin()
        assert "".join(shown.text().split()) == "".join(each.toolTip().split())
    QToolTip.hideText()
    assert not places_known()
    with_large_letters(win)
    check(win, "all of it in large letters", everywhere=True)
    qtbot.waitUntil(idle(win), timeout=10_000)
