"""Which screen a window is on, and that it stays when the window goes."""

import os
import subprocess
import sys

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from pathgui.gui.kit.inside import bring_inside, room_of
from pathgui.gui.kit.screens import screen_of

# Dialogs that hold themselves, as slots make them; then a new widget asks Qt for the screen.
THROWN_AWAY = """
import gc
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pathgui.gui.kit.screens import screen_of
application = QApplication([])

class Large(QDialog):
    def __init__(self):
        super().__init__()
        self.itself = self

def throw_away():
    screen = QGuiApplication.primaryScreen()
    large = Large()
    ASKED.availableSize()

for _ in range(3):
    throw_away()
    gc.collect()
    QWidget()
print("still there:", QGuiApplication.primaryScreen().availableSize().width() > 0)
"""


def thrown_away(asked):
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-c", THROWN_AWAY.replace("ASKED", asked)],
        capture_output=True, text=True, env=environment, timeout=60, check=False,
    )  # fmt: skip


def test_a_dialog_that_was_asked_for_its_screen_does_not_take_it_along():
    done = thrown_away("screen_of(large)")
    assert (done.returncode, done.stdout) == (0, "still there: True\n"), done.stderr


def test_a_window_that_is_not_shown_yet_is_where_the_window_is_that_it_belongs_to(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = QDialog(parent)
    assert screen_of(dialog) is screen_of(parent) is QGuiApplication.primaryScreen()


@pytest.mark.parametrize("place", [(0, 0), (-5000, -5000), (90_000, 10)])
def test_a_window_off_every_screen_has_the_first_one_and_is_brought_back(qtbot, place):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 200)
    window.move(*place)
    assert screen_of(window) is QGuiApplication.primaryScreen()
    bring_inside(window)
    assert room_of(window).contains(window.geometry().center())
