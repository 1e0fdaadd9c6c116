"""The window on an X server of its own, since Qt's offscreen platform draws on none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.service("an X server (Debian: sudo apt install xvfb)"),
    pytest.mark.skipif(not shutil.which("xvfb-run"), reason="needs xvfb-run: apt install xvfb"),
]

LOOK_AND_CLOSE = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
import pathgui.gui.app as app

class Shown(app.MainWindow):
    def showEvent(self, event):
        super().showEvent(event)
        QTimer.singleShot(1000, self.look)

    def look(self):
        screen = QGuiApplication.primaryScreen().size()
        print(QGuiApplication.platformName(), screen.width(), screen.height())
        print("inside", self.width() <= screen.width() and self.height() <= screen.height())
        self.close()

app.MainWindow = Shown
sys.exit(app.main([]))
"""


@pytest.mark.parametrize("size", [(1366, 768), (1024, 700)])
def test_the_window_opens_on_a_screen_fits_it_and_ends_with_0(size):
    width, height = size
    environment = {key: value for key, value in os.environ.items() if key != "WAYLAND_DISPLAY"}
    done = subprocess.run(
        ["xvfb-run", "--auto-servernum", "--server-args", f"-screen 0 {width}x{height}x24",
         sys.executable, "-c", LOOK_AND_CLOSE],
        env=environment | {"QT_QPA_PLATFORM": "xcb"}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"xcb {width} {height}", "inside True"]
